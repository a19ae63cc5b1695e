"""A set drawn again and again, as weights: how often each example is in a draw.                      [notes 15]

    draw m of m pieces with replacement:  counts ~ Multinomial(m, 1/m, ..., 1/m)
    k of the m are alike:                 their counts together ~ the same with k/m, so a draw costs as much as kinds
    groups are drawn whole:               a kind is there as often as its groups, each times its rows of that kind

Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, 6.2 (the resampling vector). A million labels of ten
classes are at most a hundred kinds of (y, ŷ). Of what is all different rows are drawn and counted, a few draws at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.practice.metric import Metric
from wengu.practice.records import Array

Draws = NDArray[np.float64]
Measure = Callable[[Sequence[Any], Draws], Any]
AT_ONCE = 2**22  # weights: 32 MB
WORTH_A_BINOMIAL = 16  # rows of a kind, from which on one binomial is quicker than drawing them


def resample(
    measure: Measure,
    parts: Sequence[Any],
    m: int,
    *,
    group: Array | None,
    times: int,
    generator: np.random.Generator,
) -> tuple[int, Draws]:
    """How many pieces there are to draw, and what `measure(parts, weights)` gives in each of so many draws.

    parts: each is an array of m rows, of which equal ones are drawn as one kind; or anything else, then by m weights.
    """
    kind = np.arange(m)
    if all(isinstance(part, np.ndarray) and len(part) == m and part.dtype.kind in "biuf" for part in parts):
        kind = _kinds(np.concatenate([part.reshape(m, -1) for part in parts], axis=1))
        parts = [part[np.unique(kind, return_index=True)[1]] for part in parts]
    alike, weigh = np.bincount(kind), None
    if group is not None:
        piece = np.unique(group, return_inverse=True)[1]
        alike, weigh = np.ones(piece.max() + 1, dtype=np.intp), _by_group(kind, piece)
    draws = [measure(parts, weigh(drawn) if weigh else drawn)
             for drawn in _drawn(alike, times, max(1, AT_ONCE // m), generator)]
    return int(alike.sum()), np.concatenate(draws)


def value_of_each(metric: Metric, parts: Any, weights: Draws) -> Draws:
    """The metric's value in each draw: (draws,). Raises InputError where it gives anything else."""
    values = np.asarray(metric.value(parts, weights))
    if values.shape != (len(weights),):
        raise InputError(say("metric: expected a value for each of {n} {n:draw|draws} of weights {shape}, got "
                             "shape {got}",
                             n=len(weights), shape=weights.shape, got=values.shape))
    return values


def _by_group(kind: Array, piece: Array) -> Callable[[Draws], Draws]:
    """How often each kind of row is there, (draws, kinds), of how often each group was drawn, (draws, groups)."""
    _, rows, often = np.unique(kind * (piece.max() + 1) + piece, return_index=True, return_counts=True)
    of, starts = piece[rows], np.unique(kind[rows], return_index=True)[1]  # sorted by kind, then by group

    def weigh(drawn: Draws) -> Draws:
        each = drawn[:, of] * often
        return each if len(starts) == len(of) else np.add.reduceat(each, starts, axis=1)

    return weigh


def _drawn(alike: Array, times: int, at_once: int, generator: np.random.Generator) -> Iterator[Draws]:
    """How often each kind is drawn, (draws, kinds), some draws at once; `alike` pieces are of each kind."""
    kinds, m = len(alike), int(alike.sum())
    place = np.repeat(np.arange(kinds), alike)
    for start in range(0, times, at_once):
        n = min(at_once, times - start)
        if m >= WORTH_A_BINOMIAL * kinds:
            yield generator.multinomial(m, alike / m, size=n).astype(np.float64)
        else:
            counts = [np.bincount(place[generator.integers(0, m, m)], minlength=kinds) for _ in range(n)]
            yield np.stack(counts).astype(np.float64)


def _kinds(table: Array) -> NDArray[np.intp]:
    """The number of each row's kind: rows that are equal have the same, and the order is that of the rows."""
    order = np.lexsort(table.T[::-1])
    ordered = table[order]
    kinds = np.empty(len(table), dtype=np.intp)
    kinds[order] = np.concatenate([[0], (ordered[1:] != ordered[:-1]).any(axis=1).cumsum()])
    return kinds
