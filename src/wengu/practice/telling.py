"""In which features two sets differ, and how: where they lie, or how far they spread.                    [notes 15.2]

    lies       P(x_b > x_a) of one of each set, 1/2 where they lie alike
    spreads    the same of |u|, u the rank from the middle of both sets together

Named are those that are clearly not 1/2, all that were looked at taken together (Bonferroni), if a person would see it
too: means that are a tenth of the deviation apart, or deviations of which one is a quarter more. The farthest comes
first, of those that are about as far the one with the first name; what goes along with one that is named already
(|correlation of ranks| > 0.8) is not named again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from wengu.practice.ranks import Ranked

NAMED, ALONG, LEVEL = 8, 0.8, 0.05
APART, WIDER = 0.1, 1.25

Floats = NDArray[np.float64]
Kind = Literal["lies", "spreads"]


@dataclass(frozen=True)
class Difference:
    """A feature of which a and b have another mean, or, where it `spreads` otherwise, another deviation.

    `auc` is P(x_b > x_a), or that of the distances from the middle.
    """

    name: str
    kind: Kind
    a: float
    b: float
    auc: float


def telling(
    rows: Ranked, is_b: NDArray[np.bool_], group: NDArray[np.intp], *, steps: Sequence[float] | None = None
) -> tuple[Difference, ...]:
    """The features that tell the sets apart by themselves, the most telling first; by a step at least."""
    least = [*(steps or ()), *[0.0] * len(rows.names)]
    number = np.unique(group, return_inverse=True)[1].reshape(-1)
    sure = -float(ndtri(LEVEL / (4 * rows.u.shape[1])))
    found = []
    for k, u in enumerate(rows.u.T):
        every: tuple[tuple[Kind, Floats], ...] = (("lies", u), ("spreads", np.abs(u)))
        for kind, value in every:
            of_a, of_b = placements(value[~is_b], value[is_b])
            auc = float(of_b.mean())
            moved = np.empty(len(u))
            moved[~is_b], moved[is_b] = (of_a - auc) / len(of_a), (of_b - auc) / len(of_b)
            error = np.sqrt((np.bincount(number, moved) ** 2).sum())
            if abs(auc - 0.5) > sure * error and _visible(
                rows.x[~is_b, k], rows.x[is_b, k], kind, least[k]
            ):
                found.append((abs(auc - 0.5), kind == "lies", k, kind, auc))
    named: list[tuple[int, Kind, float]] = []
    for _, _, k, kind, auc in sorted(found, key=lambda one: (-round(10 * one[0]), one[2], -one[1])):
        if len(named) < NAMED and all(abs(_correlation(rows.u[:, k], rows.u[:, j])) <= ALONG for j, _, _ in named):
            named.append((k, kind, auc))
    return tuple(_difference(rows, is_b, k, kind, auc) for k, kind, auc in named)


def placements(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Of each of a the share of b above it, and of each of b that of a below it; half of the equal ones.

    The mean of either is P(b > a).

    >>> [part.tolist() for part in placements(np.array([1.0, 2.0]), np.array([2.0, 3.0]))]
    [[1.0, 0.75], [0.75, 1.0]]
    """
    low, high = np.sort(a), np.sort(b)
    below = sum(np.searchsorted(low, b, side) for side in ("left", "right")) / (2 * len(a))
    above = 1 - sum(np.searchsorted(high, a, side) for side in ("left", "right")) / (2 * len(b))
    return np.asarray(above), np.asarray(below)


def _difference(rows: Ranked, is_b: NDArray[np.bool_], k: int, kind: Kind, auc: float) -> Difference:
    a, b = rows.x[~is_b, k], rows.x[is_b, k]
    of = np.nanmean if kind == "lies" else np.nanstd
    return Difference(rows.names[k], kind, float(of(a)), float(of(b)), auc)


def _visible(a: Floats, b: Floats, kind: Kind, step: float) -> bool:
    low, high = sorted((float(np.nanstd(a)), float(np.nanstd(b))))
    apart = abs(float(np.nanmean(a)) - float(np.nanmean(b)))
    if kind == "lies":
        return apart >= max(step, APART * high)
    return high >= WIDER * low and high - low >= step


def _correlation(u: Floats, v: Floats) -> float:
    size = np.sqrt((u**2).sum() * (v**2).sum())
    return float(u @ v / size) if size > 0 else 0.0
