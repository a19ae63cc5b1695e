"""The error where an example answers several questions, some of which nobody has labelled.         [notes 5.4, 15]

    error of question j    Σ w [ŷ_j ≠ y_j] / Σ w over the examples that have a label of it
    label error            the mean of those over the questions: each weighs alike, however many labels it has

Source: the Hamming loss where no label is missing. A mean over all labels would be another number in a set that has
other questions labelled, though the model errs alike: then a gap between two sets would be one between their labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.practice.confusion import mean_ratio, total
from wengu.practice.metric import Weights, unchanged
from wengu.practice.metric_words import Direction, Scale
from wengu.practice.records import Array, Records, same_kind, table_of


@dataclass(frozen=True)
class MultiLabelError:
    """The mean error of the questions; of each over its labels that are there. None, NaN and -100 are missing.

    A row has its labels in order, or by name: {"kind": "shoe", "sleeve": None}. `of` are the questions that are judged,
    by name or place, by default all. One without any label, in the set or in a resample, is left out.

    >>> metric = MultiLabelError()
    >>> metric.value(metric.parts([["coat", "long"], ["shoe", None]], [["coat", "short"], ["boot", "short"]]))
    0.75
    """

    name: ClassVar[str] = "label error"
    direction: ClassVar[Direction] = "lower"
    scale: ClassVar[Scale] = "rate"
    unit: str = "example"
    worth: float = 0.01
    of: tuple[Any, ...] | None = None

    def parts(self, truth: Any, predicted: Any) -> NDArray[np.int64]:
        """Of each of T questions whether it is wrong, then whether it is there: (m, 2·T)."""
        names, wrong, there = _wrong_and_there(truth, predicted)
        if self.of is not None:
            places = [names.index(name) for name in self.of]
            wrong, there = wrong[:, places], there[:, places]
        return np.concatenate([wrong, there], axis=1).astype(np.int64)

    def value(self, parts: Array, weights: Weights | None = None) -> Any:
        return mean_ratio(*self.rates(parts, weights))

    def rates(self, parts: Array, weights: Weights | None = None) -> tuple[Array, Array]:
        """How many labels of each question are wrong, and how many there are."""
        wrong, there = np.split(total(parts, weights), 2, axis=-1)
        return wrong, there

    curve = staticmethod(unchanged)

    def on_all_of(self, sets: Mapping[str, Records]) -> MultiLabelError:
        """The same over the questions of which every set has a label. Raises InputError where there is none."""
        missing = unlabelled(sets)
        if self.of is not None or not missing:
            return self
        first = next(iter(sets.values()))
        if not (of := tuple(name for name in each_question(first.truth, first.predicted) if name not in missing)):
            raise InputError(say("truth: no question has a label in each of {sets}; label some more",
                                 sets=", ".join(sets)))
        return replace(self, of=of)


def unlabelled(sets: Mapping[str, Records]) -> dict[Any, tuple[str, ...]]:
    """The questions that some sets have no label of, and which sets.

    >>> unlabelled({"train": Records([[1, 0]], [[1, 0]]), "dev": Records([[1, None]], [[1, 0]])})
    {1: ('dev',)}
    """
    without: dict[Any, tuple[str, ...]] = {}
    for name, rows in sets.items():
        for question, (_, there) in each_question(rows.truth, rows.predicted).items():
            if not there:
                without[question] = (*without.get(question, ()), name)
    return without


def each_question(truth: Any, predicted: Any) -> dict[Any, tuple[int, int]]:
    """How many labels of each question are wrong, and how many there, by its name or place.

    >>> each_question([{"top": 1, "sleeve": None}], [{"top": 0, "sleeve": 1}])
    {'top': (1, 1), 'sleeve': (0, 0)}
    """
    names, wrong, there = _wrong_and_there(truth, predicted)
    counted = zip(wrong.sum(axis=0).tolist(), there.sum(axis=0).tolist(), strict=True)
    return dict(zip(names, counted, strict=True))


def by_question(records: Records) -> dict[Any, Records]:
    """The labels of each question that has any, as classes: truth, predicted and groups where the label is there."""
    names, _, there = _wrong_and_there(records.truth, records.predicted)
    _, truth, predicted = _tables(records.truth, records.predicted)
    found = {}
    for k, name in enumerate(names):
        if (index := np.flatnonzero(there[:, k])).size:
            group = None if records.group is None else records.group[index]
            found[name] = Records(truth[index, k].tolist(), predicted[index, k].tolist(), group)
    return found


def wrong_of_each(truth: Any, predicted: Any) -> tuple[str, ...]:
    """The error of each question in words, the worst first."""
    found = [(wrong / n, name, n) for name, (wrong, n) in each_question(truth, predicted).items() if n]
    return tuple(say("{name}: {percent:.1f} % wrong of {n:,} {n:label|labels}", name=name, percent=100 * share, n=n)
                 for share, name, n in sorted(found, key=lambda one: -one[0]))


def _wrong_and_there(truth: Any, predicted: Any) -> tuple[tuple[Any, ...], NDArray[np.bool_], NDArray[np.bool_]]:
    """The questions, and of each label whether it is wrong and whether it is there: (m, T)."""
    names, y, y_hat = _tables(truth, predicted)
    there = np.asarray((y == y) & (y != -100) & (y != None), dtype=np.bool_)  # noqa: E711  NaN is not itself
    for column, row in enumerate(there.argmax(axis=0)):  # the first label that is there
        if there[row, column]:
            same_kind(isinstance(y[row, column], str), isinstance(y_hat[row, column], str))
    return names, np.asarray((y != y_hat) & there, dtype=np.bool_), there


def _tables(truth: Any, predicted: Any) -> tuple[tuple[Any, ...], Array, Array]:
    """The questions by name or place, and both columns in their order: (m, T)."""
    names: tuple[Any, ...] = tuple(truth[0]) if len(truth) and isinstance(truth[0], Mapping) else ()
    for row in (*truth, *predicted) if names else ():
        if not isinstance(row, Mapping) or row.keys() != set(names):
            raise InputError(say("predicted: expected the labels {names} in every row, as in the first of truth, got "
                                 "{got}", names=", ".join(map(str, names)),
                                 got=", ".join(map(str, row)) if isinstance(row, Mapping) else type(row).__name__))
    y, y_hat = (table_of(column, [[row[name] for name in names] for row in rows] if names else rows)
                for column, rows in (("truth", truth), ("predicted", predicted)))
    if y.shape != y_hat.shape:
        raise InputError(say("predicted: expected as many labels as truth has, {want}, got {got}",
                             want=y.shape, got=y_hat.shape))
    return names or tuple(range(y.shape[1])), y, y_hat
