"""Which metrics fit which predictions.                                                                  [notes 15]

    a class an example                     error, macro-F1, balanced accuracy; F1, precision, recall of a class
    several labels an example, by name     label error
    (Σ cost, count) a block                perplexity

Of all others, and of a metric of one's own, nothing is known here: they are measured as they are. Source: ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.practice.class_metrics import F1, Precision, Recall
from wengu.practice.metric import Metric
from wengu.practice.metrics import BalancedAccuracy, ErrorRate, MacroF1, Perplexity
from wengu.practice.multi_label import MultiLabelError
from wengu.practice.records import Records

Kind = Literal["classes", "labels", "costs"]
READS: Mapping[type, Kind] = {
    ErrorRate: "classes", MacroF1: "classes", BalancedAccuracy: "classes", F1: "classes", Precision: "classes",
    Recall: "classes", MultiLabelError: "labels", Perplexity: "costs",
}  # fmt: skip
CALLED: Mapping[Kind, tuple[str, ...]] = {
    "classes": ("error", "macro-f1", "balanced-accuracy", "'F1 CLASS'", "'precision CLASS'", "'recall CLASS'"),
    "labels": ("label-error",),
    "costs": ("perplexity",),
}  # fmt: skip


def check_fits(metric: Metric, records: Records) -> None:
    """Raises InputError, with the metrics that fit, where the predictions are known to be of another kind.

    >>> check_fits(ErrorRate(), Records([{"top": 1}], [{"top": 0}]))
    Traceback (most recent call last):
        ...
    wengu.core.checks.InputError: metric: error does not fit several labels an example; expected label-error
    """
    reads, kind = READS.get(type(metric)), kind_of(records)
    if reads and kind and reads != kind:
        raise InputError(say("metric: {metric} does not fit {kind}; expected {fitting}", metric=metric.name,
                             kind=_in_words(kind), fitting=", ".join(CALLED[kind])))


def kind_of(records: Records) -> Kind | None:
    """What the predictions are, by their first row; None where that does not tell."""
    truth, predicted = records.truth[0], records.predicted[0]
    if isinstance(truth, Mapping) and isinstance(predicted, Mapping):
        return "labels"
    if _is_single(truth) and _is_single(predicted):
        return None if truth is None else "classes"
    pair = isinstance(predicted, list | tuple) and len(predicted) == 2 and not any(map(_is_text, predicted))
    return "costs" if pair and _is_single(truth) and all(map(_is_single, predicted)) else None


def _in_words(kind: Kind) -> str:
    match kind:
        case "classes":
            return say("one class an example")
        case "labels":
            return say("several labels an example")
        case "costs":
            return say("the costs of blocks")


def _is_single(value: Any) -> bool:
    return value is None or np.isscalar(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
