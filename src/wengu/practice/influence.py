"""How sure a value is that is no rate, from the influence of each example on it.                        [notes 15]

    s² = G/(G-1) Σ_g (Σ_{i in g} ψ_i)²        ψ_i = dv/dw_i, so that Σ ψ_i = 0; without groups each is its own
    as a rate    n = v(1-v)/s² · (z/t)², t with ν of the kurtosis of the groups' sums, but never more than `most`
    mean of k    each by its own n, together as their ψ hang together (intervals.py, sums)

Where the ψ are all 0, as of two classes that no score mixes, s says nothing: n is then `at_0`. `most` is what a formula
gives that needs no spread of the ψ, so that few examples that happen to agree make nobody too sure; in groups it is
less by what they do to s².

Of few groups ψ is what leaving each of them out does (left_out.py), which also says how far the value is too high.

Source: the infinitesimal jackknife, Jaeckel 1972; for AUC it is DeLong, DeLong & Clarke-Pearson 1988.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from wengu.practice.estimate import Estimate
from wengu.practice.intervals import Floats, Rates, degrees_of_freedom
from wengu.practice.left_out import LeftOut
from wengu.practice.records import Array

LEVEL = 0.95  # of which t stands beside z


@dataclass(frozen=True, eq=False)
class Influenced:
    """A value in [0, 1], how many examples of a rate would be as sure, and the influences, a group's together."""

    value: float
    n: float
    influence: NDArray[np.float32]  # (pieces,), for how several hang together
    few: dict[str, int]  # the class that is too rare, and how many examples or groups it has
    examples: int
    about: tuple[float, float]  # the value with less of its bias, from which either end is measured

    def estimate(self) -> Estimate:
        """The value and its interval."""
        return mean_of([self])


def influenced(
    value: float,
    influence: Floats,
    *,
    group: Array | None = None,
    most: float = math.inf,
    at_0: float,
    df: float | None = None,
    few: dict[str, int] | None = None,
    left_out: LeftOut | None = None,
    about: tuple[float, float] | None = None,
) -> Influenced:
    """The value with its n.

    value, influence   of all, and of each example
    group              which examples hang together
    most, at_0         the largest n that is believed, and the one where no example has any influence
    df                 where better known than from the kurtosis of the influences
    few                the class that is too rare to judge by
    left_out           what is known by leaving out each group, where that was done
    about              without it, from where the lower and the upper end are measured
    """
    m = len(influence)
    psi = of_pieces(influence, group) if left_out is None else left_out.influence
    if left_out is not None:
        df = min(left_out.alike - 1, math.inf if df is None else df)
        bias = value - left_out.corrected  # twice: what is left of it after once is as much as a third
        about = min(max(value - 2 * bias, 0.0), value), min(max(value - bias, value), 1.0)
    s2 = float((psi**2).sum()) * len(psi) / max(len(psi) - 1, 1)
    n = at_0
    if s2 > 1e-20 and not few:
        known = degrees_of_freedom(psi) if df is None or group is not None else math.inf
        n = value * (1 - value) / s2 * _z_over_t(max(min(known, math.inf if df is None else df), 1.0))
        most *= min(1.0, float((influence**2).sum()) / s2)  # as much less as the groups make of it
    return Influenced(value, max(min(n, most), 1e-9), psi.astype(np.float32), few or {}, m, about or (value, value))


def mean_of(every: list[Influenced]) -> Estimate:
    """Their mean: as sure as all are together; not to be judged where one of them is not."""
    value, k = float(np.mean([one.value for one in every])), len(every)
    m, pieces = every[0].examples, len(every[0].influence)
    if few := min((one.few for one in every if one.few), key=lambda few: min(few.values()), default=None):
        return Estimate.unknown(value, m, pieces, few)
    psi = np.stack([one.influence for one in every])
    length = np.sqrt((psi**2).sum(axis=1))
    unit = psi / np.where(length > 0, length, 1)[:, None]
    together = unit @ unit.T
    np.fill_diagonal(together, 1)
    values, n = (np.array([getattr(one, name) for one in every]) for name in ("value", "n"))
    below, above = np.array([one.about for one in every]).T
    return Estimate(value, m, pieces, Rates(values, n, np.full(k, 1 / k), together, about=(below, above)))


def of_pieces(influence: Floats, group: Array | None) -> Floats:
    """Those of a group together."""
    if group is None:
        return influence
    return np.asarray(np.bincount(np.unique(group, return_inverse=True)[1], weights=influence), dtype=np.float64)


def _z_over_t(df: float) -> float:
    """(z/t)²: so many times fewer are as sure where s itself is an estimate."""
    alpha = (1 - LEVEL) / 2
    return float(ndtri(alpha) / stdtrit(df, alpha)) ** 2
