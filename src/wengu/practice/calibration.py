"""Whether probabilities are what they say: of all that get 70 %, are 70 % so?                          [notes 15]

    Brier score         mean of Σ_k (p_k - y_k)², of two classes half of it: (p - y)²
    log loss            mean of -ln p of the true class
    calibration error   Σ_b n_b/m |ȳ_b - p̄_b| over bins b of p, as wide as each other; of several classes p is that of
                        the likeliest one, and y whether it is the true one

The first two are lowest, on average, for true probabilities alone. The calibration error is never below 0, so chance
alone makes one: beside it stands what calibrated probabilities would show on as many examples, on average and in 95 of
100 sets, by drawing y with them. That bias is large where bins hold few examples.

Source: Brier 1950; Good 1952; Guo et al. 2017, arXiv:1706.04599 (they take 15 bins); scikit-learn's definitions. The
chance by drawing: Bröcker & Smith 2007, Weather and Forecasting 22(3).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from wengu.core.checks import InputError, at_least
from wengu.core.i18n import say
from wengu.practice.estimate import Estimate
from wengu.practice.influence import influenced, of_pieces
from wengu.practice.intervals import Floats, OnLogScale, Rates, degrees_of_freedom, rate_ends
from wengu.practice.records import Array

BINS = 10
DRAWS = 1_000
LEAST = float(np.finfo(np.float64).eps)  # of a p, whose logarithm is taken


@dataclass(frozen=True, eq=False)
class Reliability:
    """By bins of p: how many examples, their mean p, the share that is so, and its interval; bins without any are not.

    `error` is the calibration error; `by_chance` and `by_chance_at_most` are those of calibrated probabilities.
    """

    n: Array  # (bins,)
    p: Floats
    rate: Floats
    low: Floats
    high: Floats
    error: float
    by_chance: float
    by_chance_at_most: float

    @property
    def too_high(self) -> float:
        """By how much p is too high on average."""
        return float((self.n * (self.p - self.rate)).sum() / self.n.sum())

    @property
    def is_off(self) -> bool:
        """Whether it is more than chance would make of calibrated probabilities in 95 of 100 sets."""
        return self.error > self.by_chance_at_most


def reliability(truth: Any, p: Any, *, bins: int = BINS, group: Any = None) -> Reliability:
    """How often what gets p is so, in bins of p as wide as each other.

    truth is True or False of each example, p the probability of True.

    >>> found = reliability([True, False, True, True] * 50, [0.75] * 200)
    >>> found.rate.tolist(), found.error, found.is_off
    ([0.75], 0.0, False)
    """
    y, p = np.asarray(truth, dtype=np.float64), _checked(p, np.shape(truth))
    of = np.minimum((p * int(at_least("bins", bins, 1))).astype(np.intp), bins - 1)
    _, of, count = np.unique(of, return_inverse=True, return_counts=True)
    n: Floats = count.astype(np.float64)
    hits, said = (np.bincount(of, weights=column) for column in (y, p))
    rate, mean = hits / n, said / n
    if group is None:
        low, high = rate_ends(rate, n)
        drawn = np.random.default_rng(0).binomial(count, mean.clip(0, 1), (DRAWS, len(n))) - n * mean
    else:
        s, as_sure = _in_groups(y, p, of, np.unique(group, return_inverse=True)[1], rate, n)
        low, high = rate_ends(rate, as_sure)
        drawn = np.random.default_rng(0).standard_normal((DRAWS, len(n))) * s
    by_chance = np.abs(drawn).sum(axis=1) / len(y)
    return Reliability(count, mean, rate, low, high, float(np.abs(hits - said).sum() / len(y)),
                       float(by_chance.mean()), float(np.quantile(by_chance, 0.95)))


def brier_score(truth: Any, p: Any, *, group: Any = None) -> Estimate:
    """The mean squared distance of the probabilities (m, k) from the truth, which has the place of each class: (m,).

    In simulated sets of 50 to 400 examples 93 to 98 % of intervals hold the truth.

    >>> round(brier_score([1, 0], [[0.2, 0.8], [0.6, 0.4]]).value, 3)
    0.1
    """
    p = _checked(p)
    y = _places(truth, p)
    scale = 1.0 if p.shape[1] == 2 else 2.0
    half = squares(y, p) / scale
    mean = float(half.mean())
    pieces = len(y) if group is None else len(np.unique(group))
    found = influenced(mean, (half - mean) / len(y), group=group, at_0=pieces)
    spread = Rates(np.array([mean]), np.array([found.n]), np.array([scale]), np.eye(1))
    return Estimate(scale * mean, len(y), len(found.influence), spread)


def squares(places: Array, p: Floats) -> Floats:
    """The squared distance of each example's probabilities from the truth; of two classes half of it."""
    each: Floats = (p**2).sum(axis=1) - 2 * p[np.arange(len(places)), places] + 1
    return each / 2 if p.shape[1] == 2 else each


def log_loss(truth: Any, p: Any, *, group: Any = None, least: float = LEAST) -> Estimate:
    """The mean of -ln p of the true class, p (m, k) and the place of each class (m,); a p below `least` counts as that.

    In simulated sets of 50 to 400 examples 92 to 98 % of intervals hold the truth.

    >>> round(log_loss([1, 0], [[0.2, 0.8], [0.6, 0.4]]).value, 3)
    0.367
    """
    p = _checked(p)
    y = _places(truth, p)
    each = -np.log(np.clip(p[np.arange(len(y)), y], least, 1.0))
    value = float(each.mean())
    psi = of_pieces((each - value) / len(y), group)
    s = math.sqrt(float((psi**2).sum()) * len(psi) / max(len(psi) - 1, 1))
    return Estimate(value, len(y), len(psi), OnLogScale(s, degrees_of_freedom(psi), len(psi), -math.log(least)))


def _in_groups(y: Floats, p: Floats, of: Array, piece: Array, rate: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Of each bin the standard error of its sum of y - p, and as many examples as are as sure of its rate."""
    bins, groups = len(n), int(piece.max()) + 1
    cell = of * groups + piece

    def of_each(values: Floats) -> Floats:
        sums: Floats = np.bincount(cell, weights=values, minlength=bins * groups).astype(np.float64)
        return sums.reshape(bins, groups)

    few = groups / max(groups - 1, 1)
    of_rate = (of_each(y - rate[of]) ** 2).sum(axis=1) * few
    with np.errstate(divide="ignore", invalid="ignore"):
        as_sure = np.where(of_rate > 0, rate * (1 - rate) * n**2 / of_rate, (of_each(np.ones_like(y)) > 0).sum(axis=1))
    return np.sqrt((of_each(y - p) ** 2).sum(axis=1) * few), np.minimum(as_sure, n)


def _places(truth: Any, p: Floats) -> Array:
    y = np.asarray(truth)
    if p.ndim != 2 or y.shape != p.shape[:1] or y.dtype.kind not in "iu" or y.min() < 0 or y.max() >= p.shape[1]:
        raise InputError(say("truth: expected the place of a class, from 0 on, for each row of p {shape}",
                             shape=p.shape))
    return y


def _checked(p: Any, shape: tuple[int, ...] | None = None) -> Floats:
    values = np.asarray(p, dtype=np.float64)
    if (shape is not None and values.shape != shape) or not values.size:
        raise InputError(say("p: expected a probability for each example, got shape {shape}", shape=values.shape))
    if not ((values >= -1e-6) & (values <= 1 + 1e-6)).all():
        raise InputError(say("p: expected probabilities from 0 to 1, got {got}",
                             got=values[~((values >= -1e-6) & (values <= 1 + 1e-6))][0]))
    return np.clip(values, 0.0, 1.0)
