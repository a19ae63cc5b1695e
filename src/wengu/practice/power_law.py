"""Fitting a + b x^-c to measured errors, and what of it they leave open.                                [notes 15.6]

    q(a, b, c) = Σ (y - a - b x^-c)² / s²           a ≥ 0 (where an error cannot be less), b ≥ 0, 0 < c ≤ 2
    profile    q*(v) = min q over all a, b, c of which what is asked for is v
    interval   v with q*(v) - q* ≤ t²(4 + ν) max(1, (4 + q*)/(4 + ν)),  ν the degrees of freedom of q*

For a given c the best a and b are those of least squares, so c alone is searched, over a grid. The law is known by few
points, and its three numbers hang together: an interval of c says little, the profile of what is asked for all.

Points may scatter more than s says, as seeds differ; q*/ν, Birge's ratio, tells how much, if badly of few points. So it
counts as if four more had been as sure as said. Where nobody says how sure they are, q*/ν alone tells it.

Source: Seber & Wild 1989, Nonlinear Regression, 5.2.2 (profile) and 5.9 (bounds); the four were chosen by simulation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from wengu.practice.intervals import Floats, Interval

AS_SAID = 4  # points that count as if they were as sure as said
EXPONENTS = np.concatenate([[1e-3], np.linspace(0.02, 2.0, 100)])  # c


@dataclass(frozen=True, eq=False)
class PowerLaw:
    """The best a, b and c, their q*, and the points: x (k,), y (k,), standard errors s (k,)."""

    a: float
    b: float
    c: float
    misfit: float
    x: Floats
    y: Floats
    s: Floats
    positive: bool = True  # whether a ≥ 0
    known: bool = True  # whether s is, and not only how the points compare

    def at(self, x: Floats | float) -> Floats:
        """a + b x^-c."""
        return self.a + self.b * np.asarray(x, dtype=np.float64) ** -self.c

    @property
    def df(self) -> int:
        """ν: points beyond the numbers fitted."""
        return len(self.x) - 3

    def limit(self, level: float = 0.95) -> float:
        """How much more than q* is still possible."""
        more = AS_SAID if self.known else 0
        of = max(self.df + more, 1)
        scale = (self.misfit + more) / of
        return float(stdtrit(of, (1 + level) / 2) ** 2) * (max(1.0, scale) if self.known else scale)

    def value(self, x: float, level: float = 0.95) -> Interval:
        """The interval of a + b x^-c."""
        inverse = x**-EXPONENTS
        d = (self.x[None, :] ** -EXPONENTS[:, None] - inverse[:, None]) / self.s  # (c, k): of b = 1
        dd = (d * d).sum(axis=1)
        free = np.where(dd > 1e-300, dd, np.inf)

        def profile(v: Floats) -> Floats:  # only b is free, from 0 to where a would be below 0
            rest = (self.y - v[:, None]) / self.s  # (v, k)
            rd = rest @ d.T
            b = np.clip(rd / free, 0, v[:, None] / inverse if self.positive else np.inf)
            found: Floats = ((rest * rest).sum(axis=1)[:, None] + b * (b * dd - 2 * rd)).min(axis=1)
            return found

        return self._interval(float(self.at(x)), profile, level)

    def gain(self, x: float, y: float, level: float = 0.95) -> Interval:
        """The interval of how much it falls from x to y."""
        fall = x**-EXPONENTS - y**-EXPONENTS  # of b = 1
        shape = (self.x[None, :] ** -EXPONENTS[:, None]) / fall[:, None]  # (c, k): of a fall of 1

        def profile(v: Floats) -> Floats:
            rest = self.y - v[:, None, None] * shape  # (v, c, k)
            w = 1 / self.s**2
            a = (rest @ w) / w.sum()
            a = np.maximum(a, 0) if self.positive else a
            left: Floats = (((rest - a[..., None]) / self.s) ** 2).sum(axis=2).min(axis=1)
            return left

        return self._interval(float(self.at(x) - self.at(y)), profile, level, low=0.0)

    def _interval(self, best: float, profile: Callable[[Floats], Floats], level: float,
                  low: float | None = None) -> Interval:
        """Where the profile is within the limit, sought on ever finer grids around the best value."""
        limit, reach = self.limit(level) + self.misfit, float(np.ptp(self.y) + 10 * self.s.max())
        least = low if low is not None else 0.0 if self.positive else best - 100 * reach
        ends = []
        for side in (-1.0, 1.0):
            inner, outer = best, max(best - 100 * reach, least) if side < 0 else best + 100 * reach
            for _ in range(4):
                grid = np.linspace(inner, outer, 41)
                inside = np.flatnonzero(profile(grid) <= limit + 1e-9)
                last = int(inside[-1]) if len(inside) else 0
                inner, outer = float(grid[last]), float(grid[min(last + 1, 40)])
            ends.append(inner if inner == outer else (inner + outer) / 2)
        return Interval(ends[0], ends[1])


def fit_power_law(x: Floats, y: Floats, s: Floats, *, positive: bool = True, known: bool = True) -> PowerLaw:
    """The law that is nearest to y at x, each as sure as its standard error s; `known` is False where nobody says s.

    >>> x = np.array([1 / 16, 1 / 8, 1 / 4, 1 / 2, 1])
    >>> law = fit_power_law(x, 0.05 + 0.1 * x**-0.5, np.full(5, 0.01))
    >>> round(law.a, 3), round(law.b, 3), round(law.c, 3), round(law.misfit, 6)
    (0.05, 0.1, 0.5, 0.0)
    """
    found = _best(x, y, s, EXPONENTS, positive)
    step = EXPONENTS[2] - EXPONENTS[1]
    for _ in range(3):  # finer around the best c
        near = np.clip(np.linspace(found[3] - step, found[3] + step, 41), EXPONENTS[0], EXPONENTS[-1])
        found, step = _best(x, y, s, near, positive), step / 20
    misfit, a, b, c = found
    return PowerLaw(a, b, c, misfit, x, y, s, positive, known)


def _best(x: Floats, y: Floats, s: Floats, c: Floats, positive: bool) -> tuple[float, float, float, float]:
    """(q, a, b, c) of the best c: least squares of a and b, at their bounds where they would be below."""
    basis, w = x[None, :] ** -c[:, None], 1 / s**2
    s1, sx, sxx = w.sum(), basis @ w, (basis * basis) @ w
    sy, sxy, syy = float(w @ y), basis @ (w * y), float(w @ (y * y))
    det = s1 * sxx - sx**2
    det = np.where(det > 1e-12 * s1 * sxx, det, np.inf)
    free = ((sxx * sy - sx * sxy) / det, (s1 * sxy - sx * sy) / det)
    level = np.full(len(c), max(sy / s1, 0.0) if positive else sy / s1)
    pairs = [free, (np.zeros(len(c)), np.maximum(sxy / sxx, 0)), (level, np.zeros(len(c)))]
    q = np.stack([syy - 2 * a * sy - 2 * b * sxy + a * a * s1 + 2 * a * b * sx + b * b * sxx for a, b in pairs])
    q[0] = np.where(np.isfinite(det) & (free[1] >= 0) & ((free[0] >= 0) | (not positive)), q[0], np.inf)
    if not positive:
        q[1] = np.inf
    which, at = np.unravel_index(int(q.argmin()), q.shape)
    a, b = pairs[which]
    return max(float(q[which, at]), 0.0), float(a[at]), float(b[at]), float(c[at])


def binomial_error(rate: Floats, n: Floats) -> Floats:
    """The standard error of a rate measured on n examples, not 0 where none or all are wrong.

    >>> binomial_error(np.array([0.0, 0.5]), np.array([100, 100])).round(3).tolist()
    [0.007, 0.05]
    """
    smoothed = np.clip(rate, 0.5 / n, 1 - 0.5 / n)
    error: Floats = np.sqrt(smoothed * (1 - smoothed) / n)
    return error


