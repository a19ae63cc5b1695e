"""One set's truth and predictions, row by row, and the checks of labels.

A row is whatever a metric reads: a label, a sentence, the boxes of a picture. Labels may be text or numbers, the same
in both columns; m is the number of rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wengu.core.checks import InputError
from wengu.core.i18n import say

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Records:
    """One set's truth and predictions, row by row; `group` says which rows belong together (a patient, a film).

    >>> len(Records(["cat", "dog"], ["cat", "cat"]))
    2
    """

    truth: Any
    predicted: Any
    group: Any = None

    def __post_init__(self) -> None:
        for name in ("truth", "predicted", "group"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, rows_of(getattr(self, name)))
        _same_length("predicted", self.predicted, self.truth)
        if self.group is not None:
            object.__setattr__(self, "group", labels("group", self.group))
            _same_length("group", self.group, self.truth)
        if len(self) == 0:
            raise InputError(say("truth: expected at least one example, got none"))

    def __len__(self) -> int:
        return len(self.truth)


def labels(name: str, values: Any) -> Array:
    """`values` as a flat array of labels, if there is one an example and none is missing (NaN or None)."""
    array = rows_of(values)
    if array.dtype.kind == "O" and len(array) and isinstance(array[0], Mapping):
        raise InputError(say("{name}: expected one label an example, got several by name: {names}", name=name,
                             names=", ".join(map(str, array[0]))))
    shape = array.shape + (np.shape(array[0]) if array.dtype.kind == "O" and len(array) else ())
    if len(shape) != 1:
        raise InputError(
            say("{name}: expected one label an example, got shape {shape}; for probabilities, give argmax(axis=1)",
                name=name, shape=shape)
        )
    missing = np.isnan(array) if array.dtype.kind == "f" else np.zeros(0, dtype=np.bool_)
    if array.dtype.kind == "O":
        missing = np.fromiter((v is None or v != v for v in array), dtype=np.bool_, count=len(array))
    if missing.any():
        first = int(missing.argmax())
        raise InputError(
            say("{name}: {n} of {m} {m:label|labels} {n:is|are} missing, the first at index {first}; fill in or drop "
                "those rows",
                name=name, n=int(missing.sum()), m=len(array), first=first)
        )
    return array


def rows_of(values: Any) -> Array:
    """An array with an entry a row; rows that are not scalars (token lists, boxes) stay whole objects."""
    if hasattr(values, "__array__"):
        return np.asarray(values)
    rows = list(values)
    if not rows or rows[0] is None or np.isscalar(rows[0]):
        with suppress(ValueError):  # None, a label that is missing, stands before rows that are whole objects
            return np.asarray(rows)
    array = np.empty(len(rows), dtype=object)
    for i, row in enumerate(rows):  # `array[:] = rows` would spread rows of equal length over columns
        array[i] = row
    return array


def table_of(name: str, rows: Any) -> Array:
    """Rows of as many entries each, as a table: (m, entries); of objects where they are no numbers."""
    if isinstance(rows, np.ndarray) and rows.ndim == 2 and rows.dtype.kind in "biuf":
        return rows
    single = [isinstance(row, str | Mapping) or row is None or np.isscalar(row) for row in rows]
    table = np.array([row if one else tuple(row) for row, one in zip(rows, single, strict=True)], dtype=object)
    if table.ndim != 2:
        got = say("one") if all(single) else say("rows of different lengths")
        raise InputError(say("{name}: expected as many entries in every row, got {got}", name=name, got=got))
    return table


def pair(truth: ArrayLike, predicted: ArrayLike) -> tuple[Array, Array]:
    """Both columns, checked: as long as each other, neither empty, both text or both numbers."""
    y, y_hat = labels("truth", truth), labels("predicted", predicted)
    _same_length("predicted", y_hat, y)
    if len(y) == 0:
        raise InputError(say("truth: expected at least one example, got none"))
    same_kind(is_text(y), is_text(y_hat))
    return y, y_hat


def same_kind(truth_is_text: bool, predicted_is_text: bool) -> None:
    """Raises InputError where text stands beside numbers: numpy would call every 1 != "1" an error, silently."""
    if truth_is_text != predicted_is_text:
        raise InputError(
            say("predicted: expected text as in truth, got numbers") if truth_is_text else
            say("predicted: expected numbers as in truth, got text")
        )


def is_text(array: Array) -> bool:
    """Are the labels text, and no numbers?"""
    return array.dtype.kind in "UT" or (array.dtype.kind == "O" and isinstance(array[0], str))


def _same_length(name: str, column: Array, truth: Array) -> None:
    if len(column) != len(truth):
        raise InputError(
            say("{name}: expected {want} {want:entry|entries}, one for each in truth, got {got}",
                name=name, want=len(truth), got=len(column))
        )
