"""What a value is without each group in turn: how sure it is, and by how much it is too high.              [notes 15]

    ψ_g = (G-1)/G (θ̄ - θ_(g))         the influence of group g, θ_(g) the value without it, θ̄ their mean
    θ_J = θ + (G-1)(θ - θ̄)            with less of its bias

Of few groups, or of some that are far larger, the derivatives by weight say too little: a large group pulls the value
to itself. Where there are more than 500 groups they are as good, and quicker. Of many scores 5,000 steps are
distinguished. Source: the jackknife, Quenouille 1956, Tukey 1958; of whole groups Cameron & Miller 2015, Journal of
Human Resources 50(2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from wengu.practice.intervals import Floats
from wengu.practice.records import Array

MOST, STEPS = 500, 5000  # groups, different scores


class LeftOut(NamedTuple):
    """The influence of each group, (G,), the value with less of its bias, and as many groups of one size."""

    influence: Floats
    corrected: float
    alike: float


def left_out(area: Callable[[Floats, Floats], float], place: Array, positive: Array, group: Array) -> LeftOut | None:
    """By an area of the counts (positives, negatives) at each score, the highest first; None of too many groups.

    place     of each example's score among the different ones
    """
    _, of, sizes = np.unique(group, return_inverse=True, return_counts=True)
    g, steps = len(sizes), int(place.max()) + 1
    if not 1 < g <= MOST:
        return None
    at, k = (place * STEPS // steps, STEPS) if steps > STEPS else (place, steps)
    order = np.argsort(of.reshape(-1), kind="stable")
    parts = [at[rows] + k * ~positive[rows] for rows in np.split(order, np.cumsum(sizes)[:-1])]
    whole = np.bincount(at + k * ~positive, minlength=2 * k).astype(np.float64)
    value = area(whole[:k], whole[k:])
    without = np.empty(g)
    for i, part in enumerate(parts):
        rest = whole - np.bincount(part, minlength=2 * k)
        without[i] = area(rest[:k], rest[k:])
    mean = float(without.mean())
    return LeftOut((mean - without) * (g - 1) / g, value + (g - 1) * (value - mean), _alike(of.reshape(-1), positive))


def _alike(of: Array, positive: Array) -> float:
    """As many groups of one size as there are of the kind that has fewer."""
    found = []
    for those in (positive, ~positive):
        share = np.bincount(of[those]) / max(int(those.sum()), 1)
        found.append(1 / float((share**2).sum()))
    return min(found)
