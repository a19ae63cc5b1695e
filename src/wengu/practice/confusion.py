"""Which class is taken for which, and what that makes of each class.                               [notes 15]

    precision = TP / (TP + FP)      recall = TP / (TP + FN)      F1 = 2 TP / (2 TP + FP + FN)

Source: the usual definitions, equal to scikit-learn's. Where a denominator is 0 (a class never predicted, or never
true) the value is NaN, not 0: nothing was measured.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.practice.records import Array, labels, pair


def confusion(truth: ArrayLike, predicted: ArrayLike, classes: ArrayLike | None = None) -> NDArray[np.int64]:
    """Counts, a row a true class and a column a predicted one: (classes, classes).

    `classes` names and orders them; without it, all that occur, sorted.

    >>> confusion(["cat", "dog", "dog"], ["cat", "cat", "dog"], ["cat", "dog"]).tolist()
    [[1, 0], [1, 1]]
    """
    y, y_hat = pair(truth, predicted)
    known = np.unique(np.concatenate([y, y_hat])) if classes is None else labels("classes", classes)
    k = len(known)
    cells = codes("truth", y, known) * k + codes("predicted", y_hat, known)
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
        error=ratio(true - right, true),
        precision=ratio(right, said),
        recall=ratio(right, true),
        f1=ratio(2 * right, true + said),  # TP + FN + TP + FP
    )


def codes(name: str, values: Array, classes: Array) -> NDArray[np.intp]:
    """The place of each value among the classes."""
    order = np.argsort(classes, kind="stable")
    found: NDArray[np.intp] = order[np.searchsorted(classes, values, sorter=order).clip(max=len(classes) - 1)]
    unknown = classes[found] != values
    if unknown.any():
        raise InputError(
            say("{name}: {value!r} is not among the classes; add it or fix the row",
                name=name, value=str(values[int(np.argmax(unknown))]))
        )
    return found


def ratio(top: Array, bottom: Array) -> NDArray[np.float64]:
    """top / bottom, NaN where bottom is 0."""
    share = np.full(np.shape(top), np.nan)
    np.divide(top, bottom, out=share, where=np.asarray(bottom) != 0)
    return share


def mean_ratio(top: Array, bottom: Array) -> Any:
    """The mean of top / bottom over those of which there is any: (..., classes) -> (...)."""
    there = bottom > 0
    return share(np.where(there, ratio(top, bottom), 0).sum(axis=-1), there.sum(axis=-1))


def total(rows: Array, weights: NDArray[np.float64] | None) -> Array:
    """The weighted sum of the rows (m, k): (k,), or (draws, k)."""
    return np.asarray(rows.sum(axis=0) if weights is None else weights @ rows)


def share(top: Array, bottom: Array) -> Any:
    """top / bottom: a float of one value, an array of several."""
    return plain(ratio(top, bottom))


def plain(values: Array) -> Any:
    """A float of one value, an array of several."""
    return values if np.ndim(values) else float(values)
