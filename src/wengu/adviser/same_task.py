"""Whether what two runs are worth can be compared: all of it, or the questions that both answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from wengu.adviser.what_differs import same_place
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.running.predictions import Predicted, file_of


def beside(run: RunFolder) -> Iterator[RunFolder]:
    """The judged runs in the same folder, without this one."""
    for path in run.path.parent.glob("[!.]*/ledger.json"):
        if path.parent.resolve() != run.path.resolve():
            try:
                yield RunFolder.open(path.parent)
            except (InputError, OSError):
                continue


def same_task(run: RunFolder, other: RunFolder) -> bool:
    """Whether what two runs are worth can be compared: by what each run says of its task."""
    ours, theirs = run.facts().get("task"), other.facts().get("task")
    if ours is not None and ours == theirs:
        return True
    classes = _classes_of(run)
    return classes is not None and classes == _classes_of(other)


def same_source(run: RunFolder, other: RunFolder) -> bool:
    """Whether two runs learn from the same data: their dev examples are the same, or the data that they name is.

    Many a table has the classes 0 and 1. What was tried on another one says nothing of this.
    """
    ours, theirs = run.facts().get("task"), other.facts().get("task")
    return (ours is not None and ours == theirs) or same_place(*(one.settings()[0].get("data") for one in (run, other)))


def _classes_of(run: RunFolder) -> tuple[Any, ...] | None:
    """Recipe, target and classes of a run that tells classes apart; their dev examples may then be others."""
    facts = run.facts()
    classes = facts.get("spec", {}).get("classes")
    ended = file_of(run, "dev")
    if classes is None or (ended and ended.suffix != ".csv"):  # boxes have classes too, and are no classes
        return None
    return facts.get("recipe"), run.settings()[0].get("target"), classes


def in_common(run: Predicted, other: Predicted) -> tuple[Predicted, Predicted] | None:
    """What both predicted of the questions that both answer, on the examples of both; None where truth is another.

    A run of some questions leaves out the examples that have no label of them: so may the other's be, and no more.
    """
    if not all(isinstance(rows.truth[0], Mapping) for rows in (run, other)):
        return None
    asked = [name for name in other.truth[0] if name in run.truth[0]]
    places = [{i: k for k, i in enumerate(rows.ids)} for rows in (run, other)]
    ids = [i for i in other.ids if i in places[0]]
    shared = set(ids)
    both = tuple(_only(rows, asked, [at[i] for i in ids]) for rows, at in zip((run, other), places, strict=True))
    alone = [_only(rows, asked, [k for k, i in enumerate(rows.ids) if i not in shared]) for rows in (run, other)]
    if not asked or not ids or both[0].truth != both[1].truth or any(
        value is not None for rows in alone for row in rows.truth for value in row.values()
    ):
        return None
    return both[0], both[1]


def _only(rows: Predicted, asked: Sequence[str], index: Sequence[int]) -> Predicted:
    """These examples of it, with their answers to these questions."""
    truth, predicted = ([{name: column[k][name] for name in asked} for k in index]
                        for column in (rows.truth, rows.predicted))
    groups = None if rows.groups is None else tuple(rows.groups[k] for k in index)
    return replace(rows, ids=tuple(rows.ids[k] for k in index), truth=tuple(truth), predicted=tuple(predicted),
                   groups=groups)
