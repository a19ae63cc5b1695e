"""Features by their ranks: where a row lies among the others, and how far out, whatever the feature's scale.

    u = 2 · (rows below + half of the equal ones)/m - 1
    φ = u, (3u² - 1)/2       each less its mean, over its deviation

Legendre's first two polynomials: of u, which is even in [-1, 1], they are uncorrelated. A missing number is in the
middle, u = 0, and beside it stands whether it is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ranked:
    """Rows x (m, q) with `names`, their ranks u (m, q) and the features φ; `of` makes those of other rows."""

    names: tuple[str, ...]
    x: Floats
    u: Floats
    features: Floats
    gaps: tuple[int, ...]  # the columns that have missing numbers
    knots: tuple[Floats, ...]  # each column, sorted
    mean: Floats
    std: Floats

    def of(self, x: Floats) -> Floats:
        """The features of other rows, by the ranks that these would have."""
        u = _ranks(_with_gaps(x, self.gaps), self.knots)
        return (_legendre(u) - self.mean) / self.std


def ranked(x: Floats, names: Sequence[str]) -> Ranked:
    """The rows with their ranks and features; what never changes is 0."""
    gaps = tuple(np.flatnonzero(np.isnan(x).any(axis=0)).tolist())
    x = _with_gaps(x, gaps)
    knots = tuple(np.sort(column[~np.isnan(column)]) for column in x.T)
    u = _ranks(x, knots)
    phi = _legendre(u)
    mean, std = phi.mean(axis=0), phi.std(axis=0)
    std = np.where(std > 1e-9, std, np.inf)
    every = (*names, *(f"{names[i]} missing" for i in gaps))
    return Ranked(every, x, u, (phi - mean) / std, gaps, knots, mean, std)


def spread_evenly(m: int, most: int) -> NDArray[np.intp]:
    """At most so many of m places, evenly over them.

    >>> spread_evenly(3, 5).tolist(), spread_evenly(10, 4).tolist()
    ([0, 1, 2], [0, 2, 5, 7])
    """
    n = min(m, most)
    return np.arange(n) * m // max(n, 1)


def _with_gaps(x: Floats, gaps: Sequence[int]) -> Floats:
    return np.concatenate([x, np.isnan(x[:, list(gaps)])], axis=1) if gaps else x


def _ranks(x: Floats, knots: Sequence[Floats]) -> Floats:
    u = np.zeros_like(x)
    for k, own in enumerate(knots):
        known = ~np.isnan(x[:, k])
        below = sum(np.searchsorted(own, x[known, k], side) for side in ("left", "right"))
        u[known, k] = below / max(len(own), 1) - 1
    return u


def _legendre(u: Floats) -> Floats:
    return np.concatenate([u, (3 * u**2 - 1) / 2], axis=1)
