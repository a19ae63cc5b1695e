"""Duplicates: examples that stand in the data twice, exactly or nearly.

    exact     the bytes of two examples are equal
    near      ‖s - t‖ <= r,     s = p/‖p‖,   p the picture averaged over 8 × 8 fields, less its mean

An example of dev that stands in train too is not unseen: its error is a train error, and makes dev look better than it
is. s does not change with brightness and contrast, and hardly under recompression or noise; a picture that is mirrored,
shifted or cut otherwise is another one. A pair that is near by s is kept where the whole pictures correlate too. Of
tables only exact ones: two rows nearly alike may well be two things, and no distance tells.

The search misses none: |v·s - v·t| <= ‖s - t‖ for any direction v of length 1, so of train only those cells of a grid
over the first principal directions need be looked at that lie within r. Source: Barz & Denzler 2020, "Do we train on
test data?", arXiv:1902.00423, who found 3 and 10 % of the test pictures of CIFAR-10 and 100 in the training sets.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pairs = NDArray[np.intp]  # (n, 2): an example of the first set, and one of the second that repeats it
Signatures = NDArray[np.float32]

FIELDS, RADIUS, CORRELATION = 8, 0.03, 0.95
_DIRECTIONS, _MOST = 6, 20_000_000  # pairs to look at: a second
_PART, _BYTES = 2000, 1 << 24  # examples that are looked at together, and what they may take


def exact_duplicates(x: NDArray[Any], later: NDArray[Any] | None = None) -> Pairs:
    """Each example of `later` that is in x, or of x that is in x before, beside the first that it equals.

    >>> exact_duplicates(np.array([[1.0], [2.0], [1.0]])).tolist()
    [[0, 2]]
    >>> exact_duplicates(np.array([[1.0], [2.0], [1.0]]), np.array([[2.0], [3.0]])).tolist()
    [[1, 0]]
    """
    if not len(x):
        return np.empty((0, 2), np.intp)
    x = _flat(x)
    own = row_keys(x)
    keys, first = np.unique(own, return_index=True)
    others, of_others = (x, own) if later is None else (_flat(later), row_keys(_flat(later)))
    at = np.minimum(np.searchsorted(keys, of_others), len(keys) - 1)
    pairs = np.stack([first[at], np.arange(len(at))], axis=1)[keys[at] == of_others]
    pairs = pairs[pairs[:, 0] != pairs[:, 1]] if later is None else pairs
    parts = np.array_split(pairs, _parts(x, len(pairs)))
    found: Pairs = pairs[np.concatenate([(x[part[:, 0]] == others[part[:, 1]]).all(1) for part in parts])]
    return found


def near_duplicates(x: NDArray[Any], later: NDArray[Any], *, radius: float = RADIUS) -> tuple[Pairs, int]:
    """Each picture of `later` that is nearly one of x, beside the nearest; and how many of `later` were looked at.

    That is all of them, unless so many are alike that it would take long; then an even sample of them. A picture
    without contrast is like no other.

    Shapes: pictures (m, channels, height, width), of any numbers.

    >>> x = np.random.default_rng(0).integers(0, 200, (3, 1, 28, 28)).astype(np.uint8)
    >>> near_duplicates(x, x[2:] // 2 + 40)
    (array([[2, 0]]), 1)
    """
    s, t = _signatures(x), _signatures(later)
    some, other = (np.flatnonzero(np.abs(a).max(1, initial=0) > 0) for a in (s, t))
    if not len(some) or not len(other):
        return np.empty((0, 2), np.intp), len(later)
    pairs, looked = _within(s[some], t[other], radius)
    pairs = np.stack([some[pairs[:, 0]], other[pairs[:, 1]]], axis=1)
    pairs = pairs[[_correlation(x[i], later[j]) >= CORRELATION for i, j in pairs]]
    distance = np.square(s[pairs[:, 0]] - t[pairs[:, 1]]).sum(1)
    pairs = pairs[np.lexsort((distance, pairs[:, 1]))]
    return pairs[np.unique(pairs[:, 1], return_index=True)[1]], looked + len(later) - len(other)


def _parts(x: NDArray[Any], m: int | None = None) -> int:
    """In how many parts so many examples such as these, by default all of them, are looked at."""
    m = len(x) if m is None else m
    return 1 + max(m // _PART, m * x.nbytes // max(1, len(x)) // _BYTES)


def _flat(x: NDArray[Any]) -> NDArray[Any]:
    return x.reshape(len(x), math.prod(x.shape[1:]))


def row_keys(rows: NDArray[Any]) -> NDArray[np.uint64]:
    """A number for every row of (m, n), (m,): the same for equal ones, and hardly ever for others; -0 is 0."""
    odd = np.random.default_rng(0).integers(2**63, size=rows.shape[1] * rows.itemsize // 8 + 1, dtype=np.uint64) * 2 + 1

    def keys(part: NDArray[Any]) -> NDArray[np.uint64]:
        filled = np.zeros((len(part), 8 * len(odd)), np.uint8)
        part = np.ascontiguousarray(part + 0.0 if part.dtype.kind == "f" else part)
        filled[:, : part.shape[1] * part.itemsize] = part.view(np.uint8)
        words = filled.view(np.uint64)
        words = (words ^ (words >> np.uint64(32))) * odd  # the sign, the highest bit, is to count below it too
        sums: NDArray[np.uint64] = (words ^ (words >> np.uint64(29))).sum(1, dtype=np.uint64)
        return sums

    return np.concatenate([keys(part) for part in np.array_split(rows, _parts(rows))])


def _signatures(x: NDArray[Any]) -> Signatures:
    """(m, 64); 0 where the contrast is below a thousandth of the mean, or a number is not finite."""
    parts = np.array_split(x, _parts(x))
    with np.errstate(invalid="ignore", over="ignore"):
        pooled = np.concatenate([_pooled(part) for part in parts])
        mean = pooled.mean(1, keepdims=True)
        pooled = pooled - mean
        size = np.linalg.norm(pooled, axis=1, keepdims=True)
        sound = np.isfinite(size) & (size > 1e-3 * np.abs(mean))
        return np.where(sound, pooled / np.where(sound, size, 1), np.float32(0))


def _pooled(x: NDArray[Any]) -> Signatures:
    """The averages over the fields, of the channels together."""
    grey = x.mean(1, dtype=np.float32) if x.shape[1] > 1 else x[:, 0].astype(np.float32)
    rows = np.swapaxes(grey @ _fields(x.shape[3]), 1, 2)  # (m, 8, height)
    averages: Signatures = (rows @ _fields(x.shape[2])).reshape(len(x), -1)
    return averages


def _fields(n: int) -> Signatures:
    """(n, 8): the columns average over eight stretches of n pixels."""
    stretch = np.arange(n) * min(n, FIELDS) // n
    one: Signatures = (stretch[:, None] == np.arange(min(n, FIELDS))).astype(np.float32)
    share: Signatures = one / one.sum(0)
    return share


def _within(s: Signatures, t: Signatures, radius: float) -> tuple[Pairs, int]:
    """All pairs of signatures at most `radius` apart, and how many of t were looked at."""
    directions = np.linalg.eigh(np.cov(s[:: max(1, len(s) // 5000)].T, ddof=0))[1][:, : -_DIRECTIONS - 1 : -1]
    a, b = s @ directions.astype(np.float32), t @ directions.astype(np.float32)
    width = 4 * radius  # of a cell
    lowest = np.minimum(a.min(0), b.min(0)) - 2 * width
    cells = np.floor((a - lowest) / width).astype(np.int64)
    place = np.cumprod(np.r_[1, np.maximum(cells.max(0), ((b - lowest) / width).max(0).astype(np.int64))[:-1] + 3])
    keys = cells @ place
    order = np.argsort(keys, kind="stable")
    keys = keys[order]

    at = (b - lowest) / width
    own = np.floor(at).astype(np.int64)
    side = np.where(at - own < 0.5, -1, 1)  # the neighbour that is nearer, in every direction
    reaches = np.abs(at - own - (side > 0)) * width <= radius
    found: list[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]] = []
    for corner in range(2 ** a.shape[1]):
        moved = corner >> np.arange(a.shape[1]) & 1
        j = np.flatnonzero((reaches | (moved == 0)).all(1))
        key = (own[j] + moved * side[j]) @ place
        start = np.searchsorted(keys, key)
        found.append((j, start, np.searchsorted(keys, key, "right") - start))
    step = 1 + sum(int(count.sum()) for *_, count in found) // _MOST
    near = []
    for j, start, count in found:
        j, start, count = (part[j % step == 0] for part in (j, start, count))
        again = np.repeat(np.arange(len(j)), count)
        i = order[start[again] + np.arange(len(again)) - (np.cumsum(count) - count)[again]]
        pairs = np.stack([i, j[again]], axis=1)
        pairs = pairs[(np.abs(a[pairs[:, 0]] - b[pairs[:, 1]]) <= radius).all(1)]
        near.append(pairs[np.square(s[pairs[:, 0]] - t[pairs[:, 1]]).sum(1) <= radius**2])
    return np.concatenate(near), -(-len(t) // step)


def _correlation(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Of two pictures, pixel by pixel."""
    a, b = (p.astype(np.float64).ravel() - p.mean() for p in (one, other))
    return float(a @ b / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-300))
