"""What a model got wrong: counts and rates over labels.                                            [notes 15]

    error     = wrong / m                            wrong: ŷ ≠ y
    precision = TP / (TP + FP)      recall = TP / (TP + FN)      F1 = 2 TP / (2 TP + FP + FN)

Source: the usual definitions, equal to scikit-learn's. Where a denominator is 0 (a class never predicted, or never
true) the value is NaN, not 0: nothing was measured. Labels may be text or numbers; m is the number of examples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wengu.core.checks import InputError
from wengu.core.i18n import say

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Records:
    """One set's truth and predictions, row by row; `group` says which rows belong together (a patient, a film).

    A row is whatever the metric reads: a label, a sentence, the boxes of a picture.

    >>> len(Records(["cat", "dog"], ["cat", "cat"]))
    2
    """

    truth: Any
    predicted: Any
    group: Any = None

    def __post_init__(self) -> None:
        for name in ("truth", "predicted", "group"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _rows(getattr(self, name)))
        _same_length("predicted", self.predicted, self.truth)
        if self.group is not None:
            object.__setattr__(self, "group", labels("group", self.group))
            _same_length("group", self.group, self.truth)
        if len(self) == 0:
            raise InputError(say("truth: expected at least one example, got none"))

    def __len__(self) -> int:
        return len(self.truth)


def errors(truth: ArrayLike, predicted: ArrayLike) -> NDArray[np.bool_]:
    """Which predictions differ from the truth: (m,) booleans.

    >>> errors(["cat", "dog"], ["cat", "cat"]).tolist()
    [False, True]
    """
    y, y_hat = _pair(truth, predicted)
    return np.asarray(y != y_hat, dtype=np.bool_)


def error_rate(truth: ArrayLike, predicted: ArrayLike) -> float:
    """The share of wrong predictions, from 0 to 1.

    >>> error_rate(["cat", "dog"], ["cat", "cat"])
    0.5
    """
    return float(errors(truth, predicted).mean())


def confusion(truth: ArrayLike, predicted: ArrayLike, classes: ArrayLike | None = None) -> NDArray[np.int64]:
    """Counts, a row a true class and a column a predicted one: (classes, classes).

    `classes` names and orders them; without it, all that occur, sorted.

    >>> confusion(["cat", "dog", "dog"], ["cat", "cat", "dog"], ["cat", "dog"]).tolist()
    [[1, 0], [1, 1]]
    """
    y, y_hat = _pair(truth, predicted)
    known = np.unique(np.concatenate([y, y_hat])) if classes is None else labels("classes", classes)
    k = len(known)
    cells = _codes("truth", y, known) * k + _codes("predicted", y_hat, known)
    return np.bincount(cells, minlength=k * k).reshape(k, k).astype(np.int64)


class PerClass(NamedTuple):
    """One number a class, in the order of the confusion matrix."""

    n: NDArray[np.int64]
    error: NDArray[np.float64]
    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]


def per_class(counts: ArrayLike) -> PerClass:
    """Examples, error (1 - recall), precision, recall and F1 of every class, from a confusion matrix.

    >>> per_class([[1, 0], [1, 1]]).precision.tolist()
    [0.5, 1.0]
    """
    table = np.asarray(counts)
    if table.ndim != 2 or table.shape[0] != table.shape[1]:
        raise InputError(say("counts: expected a square confusion matrix, got shape {shape}", shape=table.shape))
    right, true, said = np.diag(table), table.sum(axis=1), table.sum(axis=0)
    return PerClass(
        n=true.astype(np.int64),
        error=_ratio(true - right, true),
        precision=_ratio(right, said),
        recall=_ratio(right, true),
        f1=_ratio(2 * right, true + said),  # TP + FN + TP + FP
    )


def labels(name: str, values: Any) -> Array:
    """`values` as a flat array of labels, if there is one an example and none is missing (NaN or None)."""
    array = _rows(values)
    shape = array.shape + (np.shape(array[0]) if array.dtype.kind == "O" and len(array) else ())
    if len(shape) != 1:
        raise InputError(
            say("{name}: expected one label an example, got shape {shape}; of probabilities take argmax(axis=1)",
                name=name, shape=shape)
        )
    missing = np.isnan(array) if array.dtype.kind == "f" else np.zeros(0, dtype=np.bool_)
    if array.dtype.kind == "O":
        missing = np.fromiter((v is None or v != v for v in array), dtype=np.bool_, count=len(array))
    if missing.any():
        first = int(missing.argmax())
        raise InputError(
            say("{name}: {n} of {m} labels are missing, the first at index {first}; fill in or drop those rows",
                name=name, n=int(missing.sum()), m=len(array), first=first)
        )
    return array


def _rows(values: Any) -> Array:
    """An array with an entry a row; rows that are not scalars (token lists, boxes) stay whole objects."""
    if hasattr(values, "__array__"):
        return np.asarray(values)
    rows = list(values)
    if not rows or rows[0] is None or np.isscalar(rows[0]):
        return np.asarray(rows)
    array = np.empty(len(rows), dtype=object)
    for i, row in enumerate(rows):  # `array[:] = rows` would spread rows of equal length over columns
        array[i] = row
    return array


def _pair(truth: ArrayLike, predicted: ArrayLike) -> tuple[Array, Array]:
    """Both columns, checked: as long as each other, neither empty, both text or both numbers."""
    y, y_hat = labels("truth", truth), labels("predicted", predicted)
    _same_length("predicted", y_hat, y)
    if len(y) == 0:
        raise InputError(say("truth: expected at least one example, got none"))
    if _is_text(y) != _is_text(y_hat):  # numpy would call every 1 != "1" an error, silently
        raise InputError(
            say("predicted: expected text as in truth, got numbers") if _is_text(y) else
            say("predicted: expected numbers as in truth, got text")
        )
    return y, y_hat


def _is_text(array: Array) -> bool:
    return array.dtype.kind in "UT" or (array.dtype.kind == "O" and isinstance(array[0], str))


def _same_length(name: str, column: Array, truth: Array) -> None:
    if len(column) != len(truth):
        raise InputError(
            say("{name}: expected {want} entries, one for each in truth, got {got}",
                name=name, want=len(truth), got=len(column))
        )


def _codes(name: str, values: Array, classes: Array) -> NDArray[np.intp]:
    """The place of each value among the classes."""
    order = np.argsort(classes, kind="stable")
    codes: NDArray[np.intp] = order[np.searchsorted(classes, values, sorter=order).clip(max=len(classes) - 1)]
    unknown = classes[codes] != values
    if unknown.any():
        raise InputError(
            say("{name}: {value!r} is not among the classes; add it or mend the row",
                name=name, value=str(values[int(np.argmax(unknown))]))
        )
    return codes


def _ratio(top: Array, bottom: Array) -> NDArray[np.float64]:
    """top / bottom, NaN where bottom is 0."""
    ratio = np.full(top.shape, np.nan)
    np.divide(top, bottom, out=ratio, where=bottom != 0)
    return ratio
