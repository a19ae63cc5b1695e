"""Which class of dev was taken for which: the confusion matrix, the commonest confusions, each class by itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wengu.core.i18n import say
from wengu.practice import confusion, per_class
from wengu.report.parts.wording import percent
from wengu.running.predictions import Predicted

WHOLE = 20  # classes at most that are shown as a whole matrix
COMMONEST = 8

Counts = NDArray[np.int64]


def confusions(dev: Predicted, classes: Sequence[str]) -> dict[str, Any]:
    """The section of the dev predictions."""
    counts = confusion(dev.truth, dev.predicted, classes)
    wrong = int(counts.sum() - np.trace(counts))
    rows, looks = _shown(counts)
    return {
        "title": say("What is taken for what"),
        "look": say("A row is a true class, a column what it was taken for; only the diagonal is right. The darker a "
                    "cell, the larger its share of the row. One dark cell off the diagonal is worth more thought than "
                    "many pale ones."),
        "summary": say("{wrong} of {m} dev {m:example|examples} {wrong:is|are} wrong: {rate}.",
                       wrong=f"{wrong:,}", m=f"{len(dev.truth):,}",
                       rate=percent(wrong / len(dev.truth))),
        "partly": say("Of {n} {n:class|classes} the {shown} with the most errors are shown; the others share the last "
                      "column.",
                      n=len(classes), shown=WHOLE) if len(rows) < len(classes) else "",
        "truth": say("truth"),
        "guess": say("taken for"),
        "columns": [classes[k] for k in rows] + ([say("others")] if len(rows) < len(classes) else []),
        "rows": [(classes[k], _cells(row, i)) for i, (k, row) in enumerate(zip(rows, looks, strict=True))],
        "commonest_title": say("The commonest confusions"),
        "commonest": _commonest(counts, classes),
        "none": say("No dev example is wrong."),
        "class_title": say("Class by class"),
        "class_look": say("Precision: of what was taken for the class, how much is. Recall: of the class, how much was "
                          "found. The class with the most errors comes first."),
        "class_columns": [say("class"), say("examples"), say("wrong"), say("error"), say("precision"), say("recall")],
        "class_rows": _class_rows(counts, classes),
    }


def _shown(counts: Counts) -> tuple[list[int], Counts]:
    """The classes shown, and their rows; the columns of the others added up where there are too many."""
    if len(counts) <= WHOLE:
        return list(range(len(counts))), counts
    missed = counts.sum(axis=1) - np.diag(counts)
    kept = sorted(np.argsort(-missed, kind="stable")[:WHOLE].tolist())
    inside = counts[np.ix_(kept, kept)]
    others = counts[kept].sum(axis=1) - inside.sum(axis=1)
    return kept, np.column_stack([inside, others])


def _cells(row: Counts, diagonal: int) -> list[dict[str, Any]]:
    """The cells of a row: count, share of the row, and how dark; the root lets few errors be seen too."""
    total = max(int(row.sum()), 1)
    return [
        {
            "n": f"{n:,}",
            "kind": "right" if k == diagonal else "wrong" if n else "zero",
            "share": percent(n / total),
            "dark": f"{100 * (n / total if k == diagonal else math.sqrt(n / total)):.0f}%",
        }
        for k, n in enumerate(row.tolist())
    ]


def _commonest(counts: Counts, classes: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs and how often, in words, the most frequent first; among equals the larger share of its class."""
    true = counts.sum(axis=1)
    off = counts - np.diag(np.diag(counts))
    pairs = sorted(zip(*np.nonzero(off), strict=True), key=lambda ij: (-off[ij], true[ij[0]]))[:COMMONEST]
    return [
        (say("{truth} taken for {guess}", truth=classes[i], guess=classes[j]),
         say("{n:once|{n} times}, {share} of all {truth}", n=f"{off[i, j]:,}", share=percent(off[i, j] / true[i], 0),
             truth=classes[i]))
        for i, j in pairs
    ]


def _class_rows(counts: Counts, classes: Sequence[str]) -> list[tuple[str, ...]]:
    table = per_class(counts)
    missed = table.n - np.diag(counts)
    return [
        (classes[k], f"{table.n[k]:,}", f"{missed[k]:,}", percent(table.error[k]), percent(table.precision[k]),
         percent(table.recall[k]))
        for k in np.argsort(-missed, kind="stable")
    ]
