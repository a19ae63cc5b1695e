"""Which rows of two sets are copies of one another, so that they count as one example.                    [notes 15.2]

    pairs of equal rows within a set:   Σ_v c_v(c_v-1)/2,   c_v rows that are v
    by chance                           pairs · max(Π_k λ_k, λ_ab)
        λ_k     the share of pairs that are equal in column k; their product where no column tells of another.
                Columns of 0 and 1 that stand together and are never 1 in one row are the levels of one column
        λ_ab    the share of pairs of a row of a and one of b that are equal: what is frequent is so in both

Far more than the product are copies, or columns that go together; far more than λ_ab are copies, or sets that share
nothing. So rows are copies where both say so. One alone is believed where enough different rows are left of each set:
thirty on the word of the product; ten on that of λ_ab, where one column gives all the rest, of which the product says
nothing. Taking rows for copies that are none makes an interval wider and never too sure. Source: pairs as in Simpson
1949's index of diversity; the numbers are ours.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wengu.practice.duplicates import row_keys
from wengu.practice.ranks import spread_evenly

ROWS, COLUMNS = 4000, 300  # of a set that are looked at
TIMES, PAIRS = 2, 3  # so many times what chance gives, and so many pairs
ONE_COLUMN = 1.5  # times as many are equal in the column that is most different
BY_PRODUCT, BY_OTHER = 30, 10  # different rows of each set, at least

Places = NDArray[np.intp]


def equal_rows(a: ArrayLike, b: ArrayLike) -> tuple[Places, Places]:
    """Groups of rows that are equal in every feature, for `distinguish`: the same example, twice.

    Not for tables of few columns, in which many rows are equal though they are of many; see `copied_rows`.

    >>> [part.tolist() for part in equal_rows([[1.0], [2.0]], [[2.0], [3.0]])]
    [[0, 1], [1, 2]]
    """
    x, y = _rows(a), _rows(b)
    keys = np.concatenate([row_keys(part) if len(part) else np.empty(0, np.uint64) for part in (x, y)])
    _, first, number = np.unique(keys, return_index=True, return_inverse=True)
    place: Places = np.argsort(np.argsort(first))[number.reshape(-1)]  # in the order in which they come
    return place[: len(x)], place[len(x) :]


def copied_rows(a: ArrayLike, b: ArrayLike) -> tuple[Places, Places] | None:
    """The same, where more rows are equal than chance makes so; None where each is an example of its own.

    >>> g = np.random.default_rng(0)
    >>> x, few = g.normal(size=(40, 3)), g.integers(0, 3, (300, 2))
    >>> copied_rows(x, x), copied_rows(few[:200], few[200:])
    (None, None)
    >>> thrice = copied_rows(np.repeat(x, 3, axis=0), g.normal(size=(50, 3)))
    >>> len(np.unique(thrice[0])), len(np.unique(thrice[1]))
    (40, 50)
    """
    groups = equal_rows(a, b)
    sides = [(_rows(part)[some], own[some]) for part, own in zip((a, b), groups, strict=True)
             for some in [spread_evenly(len(own), ROWS)]]
    pairs = np.array([len(own) * (len(own) - 1) / 2 for _, own in sides])
    found = sum(_equal_pairs(own) for _, own in sides)
    columns = np.array([[_equal_pairs(codes[part]) for part in (slice(len(sides[0][1])), slice(len(sides[0][1]), None))]
                        for codes in _columns(np.concatenate([rows for rows, _ in sides]))])  # (columns, 2)
    by_product = float(np.prod(columns / np.maximum(pairs, 1), axis=0) @ pairs)
    by_other = pairs.sum() * _shared(*(own for _, own in sides))
    product_says, other_says = (found > TIMES * chance + PAIRS for chance in (by_product, by_other))
    one_column = found * ONE_COLUMN >= float(columns.sum(axis=1).min())
    different = min(len(np.unique(own)) for _, own in sides)
    copied = (product_says and other_says) or (product_says and different >= BY_PRODUCT) or (
        other_says and one_column and different >= BY_OTHER)
    return groups if copied else None


def rows_in_both(a: ArrayLike, b: ArrayLike) -> int:
    """How many rows of b are in a too, where more are than rows of one set are like one another; else 0.

    >>> x = np.random.default_rng(0).normal(size=(40, 3))
    >>> rows_in_both(x, x[30:]), rows_in_both(x[:20], x[20:]), rows_in_both([[0.0], [1.0]] * 20, [[0.0], [1.0]] * 20)
    (10, 0, 0)
    """
    groups = equal_rows(a, b)
    sides = [own[spread_evenly(len(own), ROWS)] for own in groups]
    within = max(_equal_pairs(own) / max(len(own) * (len(own) - 1) / 2, 1) for own in sides)
    across, pairs = _shared(*groups), len(groups[0]) * len(groups[1])
    return int(np.isin(groups[1], groups[0]).sum()) if across > TIMES * within + PAIRS / max(pairs, 1) else 0


def _rows(of: ArrayLike) -> NDArray[np.float64]:
    x = np.asarray(of, np.float64)
    return np.where(np.isnan(x), np.nan, x)  # one NaN for all


def _columns(rows: NDArray[np.float64]) -> list[Places]:
    """The values of each column as numbers from 0, of the levels of one column together."""
    found: list[Places] = []
    levels = np.zeros(len(rows), np.intp)  # of the columns of 0 and 1 before: which of them is 1
    for k, column in enumerate(rows[:, spread_evenly(rows.shape[1], COLUMNS)].T, start=1):
        binary = bool(np.isin(column, (0, 1)).all())
        if binary and found and levels.any() and not (levels * column).any():
            levels = np.where(column == 1, k, levels)
            found[-1] = levels
        else:
            levels = np.where(column == 1, k, 0) if binary else np.zeros(len(rows), np.intp)
            found.append(np.unique(column, return_inverse=True)[1].reshape(-1))
    return found


def _equal_pairs(codes: Places) -> float:
    counts = np.bincount(codes).astype(np.float64)
    return float((counts * (counts - 1)).sum() / 2)


def _shared(a: Places, b: Places) -> float:
    """λ_ab of the groups of both."""
    n = int(max(a.max(initial=0), b.max(initial=0))) + 1
    return float(np.bincount(a, minlength=n) @ np.bincount(b, minlength=n)) / max(len(a) * len(b), 1)
