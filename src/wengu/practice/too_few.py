"""Whether there is enough of a class to judge by it.                                                    [notes 15]

    recall, F1 of a class     examples of the class ≥ 5
    precision of a class      examples taken for it ≥ 5
    macro-F1, balanced acc.   examples of the rarest class that occurs ≥ 5

of groups as many groups. Below that nothing is said of the value but that it lies in [0, 1]. Source: ours. Of fewer
examples it is chance which of them there are, and whether the class is there at all. From 5 on the intervals hold the
truth in 93 to 99 % of simulated sets of 50 to 200 examples (tests/practice/test_class_metrics.py).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from wengu.practice.class_metrics import F1, Precision, Recall
from wengu.practice.metric import Metric
from wengu.practice.metrics import BalancedAccuracy, MacroF1
from wengu.practice.records import Array, Records

ENOUGH = 5


def too_few(metric: Metric, records: Records) -> dict[str, int]:
    """The class of which there is too little to judge by this metric, and how much; empty where there is enough.

    >>> too_few(MacroF1(), Records(["dog"] * 97 + ["cat"] * 3, ["dog"] * 100))
    {'cat': 3}
    """
    if isinstance(metric, F1 | Precision | Recall):
        column = records.predicted if isinstance(metric, Precision) else records.truth
        counts = {str(metric.of): count_of(column == metric.of, records.group)}
    elif type(metric) in (BalancedAccuracy, MacroF1):
        counts = _of_each(records.truth, records.group)
        if type(metric) is MacroF1:  # a class that is never true has an F1, which is 0
            counts = {str(c): 0 for c in np.unique(records.predicted)} | counts
    else:
        return {}
    return rarest(counts)


def rarest(counts: Mapping[str, int]) -> dict[str, int]:
    """The rarest of them where it is too rare."""
    name = min(counts, key=lambda name: counts[name])
    return {name: counts[name]} if counts[name] < ENOUGH else {}


def _of_each(labels: Array, group: Array | None) -> dict[str, int]:
    """How many examples each class has, or in how many groups it is."""
    names, of = np.unique(labels, return_inverse=True)
    if group is not None:
        _, piece = np.unique(group, return_inverse=True)
        of = np.unique(np.stack([of, piece]), axis=1)[0]
    return dict(zip(map(str, names), np.bincount(of, minlength=len(names)).tolist(), strict=True))


def count_of(those: Array, group: Array | None) -> int:
    """How many examples those are, or how many groups they are in."""
    return int(those.sum()) if group is None else len(np.unique(group[those]))
