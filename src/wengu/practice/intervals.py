"""Intervals that hold the truth as often as they say: of rates, of rates in few groups, of sums of them.   [notes 15]

    rate     (v + z²/2n ± z √(v(1-v)/n + z²/4n²)) / (1 + z²/n)                                            Wilson
             of at most 3 cases, x = nv, the end next to 0 is that of a count:  λ/n with P(Poisson(λ) ≥ x) = 2α
    groups   a rate with standard error s is as sure as one of n = v(1-v)/s² examples, and t stands for z, with
             ν = 2G/(κ-1) degrees of freedom, κ the kurtosis of the G groups' deviations: where two groups have all
             the errors, s itself is known from two. Of groups of other sizes each deviation counts 1/√(1-n_g/n), for
             a large one pulls the mean to itself, ν is one less than 1/Σ(n_g/n)² at most, and s at least what
             the likeness ρ within groups makes it: s² ≥ v(1-v)/n · (1 + (Σn_g²/n - 1) ρ), ρ by ANOVA
    sums     Σ w v ± √(dᵀ R d),  d the way from each w v to the end of its own interval, R their correlations

Sources: Wilson 1927; Brown, Cai & DasGupta 2001, Statistical Science 16(2), 4.1.1; Korn & Graubard 1998 for n; ν from
Var s² = σ⁴(κ-1)/G (Cramér 1946, 27.4) as Satterthwaite 1946 has it, κ by Fisher's unbiased G₂; the deviations
by Bell & McCaffrey 2002, Survey Methodology 28(2); ρ's part by Kish 1965; sums by Zou & Donner 2008, of two rates
Newcombe 1998, method 10.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv, ndtr, ndtri, stdtrit

from wengu.practice.metric import unchanged

FEW = 3.0  # cases, of which a count's end is taken
LEAST_FOR_KURTOSIS = 4  # groups

Floats = NDArray[np.float64]


class Interval(NamedTuple):
    """The two ends, low and high."""

    low: float
    high: float


class Spread(Protocol):
    """How sure a value is."""

    def interval(self, value: float, level: float) -> Interval: ...


def rate_ends(rate: Floats, n: Floats, level: float = 0.95, df: float | Floats = np.inf) -> tuple[Floats, Floats]:
    """The lower and the upper end of each rate, measured on n examples; df where their error was itself estimated.

    >>> low, high = rate_ends(np.array([0.0, 0.11]), np.array([50, 1000]))
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.0, 0.092], [0.071, 0.131])
    """
    alpha = (1 - level) / 2
    z = -ndtri(alpha)
    n = np.maximum(n * (z / -_t(df, alpha)) ** 2, 1e-9)
    middle, spread = rate + z * z / (2 * n), z * np.sqrt(np.maximum(rate * (1 - rate), 0) / n + (z / (2 * n)) ** 2)
    low, high = (middle - spread) / (1 + z * z / n), (middle + spread) / (1 + z * z / n)
    return _of_a_count(low, rate, n, alpha), 1 - _of_a_count(1 - high, 1 - rate, n, alpha)


def summed(weight: Floats, value: Floats, low: Floats, high: Floats, correlation: Floats) -> Interval:
    """The interval of Σ w v from those of each v.

    >>> ends = rate_ends(np.array([56 / 70, 48 / 80]), np.array([70, 80]))  # Newcombe's example: 0.0524 to 0.3339
    >>> [round(end, 4) for end in summed(np.array([1, -1]), np.array([56 / 70, 48 / 80]), *ends, np.eye(2))]
    [0.0524, 0.3339]
    """
    at, signs = float(weight @ value), np.sign(weight)
    signed = correlation * np.outer(signs, signs)
    down = np.abs(weight) * np.where(weight > 0, value - low, high - value)
    up = np.abs(weight) * np.where(weight > 0, high - value, value - low)
    return Interval(*(at + side * float(np.sqrt(max(d @ signed @ d, 0.0))) for side, d in ((-1, down), (1, up))))


def difference_of(a: float, of_a: Interval, b: float, of_b: Interval) -> Interval:
    """The interval of a - b, measured independently."""
    low, high = np.array([of_a.low, of_b.low]), np.array([of_a.high, of_b.high])
    return summed(np.array([1.0, -1.0]), np.array([a, b]), low, high, np.eye(2))


@dataclass(frozen=True, eq=False)
class Rates:
    """A weighted sum of rates, each of examples of its own and read through a rising `curve`."""

    rate: Floats  # (k,)
    n: Floats  # (k,), examples, or as many as would be as sure
    weight: Floats  # (k,)
    correlation: Floats  # (k, k)
    df: float = np.inf
    curve: Callable[[Floats], Floats] = unchanged
    about: tuple[Floats, Floats] | None = None  # (k,) each: from which the ends are measured, of rates that are biased

    @classmethod
    def single(cls, rate: float, n: float, df: float = np.inf) -> Rates:
        """One rate."""
        return cls(np.array([rate]), np.array([n]), np.ones(1), np.eye(1), df)

    def interval(self, value: float, level: float) -> Interval:
        """What holds the truth so often."""
        below, above = self.about or (self.rate, self.rate)
        lows = np.minimum(rate_ends(below, self.n, level, self.df)[0], self.rate)
        highs = np.maximum(rate_ends(above, self.n, level, self.df)[1], self.rate)
        low, high = summed(self.weight, self.curve(self.rate), self.curve(lows), self.curve(highs), self.correlation)
        least, most = np.minimum(self.weight, 0).sum(), np.maximum(self.weight, 0).sum()
        return Interval(max(low, float(least)), min(high, float(most)))


@dataclass(frozen=True)
class StudentsT:
    """A value with the standard error `s`, known from so many pieces; where `s` is 0 they can have missed a case."""

    s: float
    df: float
    pieces: int

    def interval(self, value: float, level: float) -> Interval:
        """What holds the truth so often, of a difference of rates."""
        alpha = (1 - level) / 2
        half = -float(_t(self.df, alpha)) * self.s if self.s > 0 else 1 - alpha ** (1 / self.pieces)
        return Interval(max(value - half, -1.0), min(value + half, 1.0))


@dataclass(frozen=True, eq=False)
class Drawn:
    """A number and its resamples: their middle, a little more of it where they are drawn from few pieces."""

    draws: Floats
    pieces: int

    def interval(self, value: float, level: float) -> Interval:
        """Percentiles, expanded as t is beside z (Hesterberg 2015, The American Statistician 69(4), 5.3)."""
        few = max(self.pieces - 1, 1)
        alpha = float(ndtr(_t(few, (1 - level) / 2) * np.sqrt(self.pieces / few)))
        low, high = np.nanquantile(self.draws, [alpha, 1 - alpha])
        return Interval(float(low), float(high))


@dataclass(frozen=True)
class Wider:
    """The lowest and the highest end of several."""

    spreads: tuple[Spread, ...]

    def interval(self, value: float, level: float) -> Interval:
        """The lower of the low ends, the higher of the high ones."""
        every = [spread.interval(value, level) for spread in self.spreads]
        return Interval(min(one.low for one in every), max(one.high for one in every))


@dataclass(frozen=True)
class OnLogScale:
    """A mean of what is not below 0, and can be far above it: v · e^(±ts/v).

    Where `s` is 0, all pieces are alike and can have missed one of the `most` that there is.
    """

    s: float
    df: float
    pieces: int
    most: float

    def interval(self, value: float, level: float) -> Interval:
        """What holds the truth so often."""
        alpha = (1 - level) / 2
        if self.s <= 1e-12 * max(value, 1.0):
            return Interval(0.0 if value <= 0 else value, value + (1 - alpha ** (1 / self.pieces)) * self.most)
        times = float(np.exp(np.minimum(-_t(self.df, alpha) * self.s / value, 700.0)))
        return Interval(value / times, min(value * times, self.most))


@dataclass(frozen=True)
class Anywhere:
    """Of which too little was seen to say more than what every value is between."""

    low: float
    high: float

    def interval(self, value: float, level: float) -> Interval:
        """All that there can be."""
        return Interval(self.low, self.high)


def degrees_of_freedom(deviations: Floats) -> float:
    """ν = 2G/(κ-1) of G groups' deviations; at least 1, at most G-1.

    >>> round(degrees_of_freedom(np.array([1.0, -1, 1, -1, 1, -1, 1, -1])))  # as even as can be
    7
    >>> degrees_of_freedom(np.array([7.0, -1, -1, -1, -1, -1, -1, -1])) < 2  # one has it all
    True
    """
    g = len(deviations)
    squares = deviations**2
    if g < LEAST_FOR_KURTOSIS or not squares.sum():
        return float(max(g - 1, 1))
    plain = g * (squares**2).sum() / squares.sum() ** 2
    kurtosis = 3 + ((g + 1) * plain - 3 * (g - 1)) * (g - 1) / ((g - 2) * (g - 3))
    return float(np.clip(2 * g / max(kurtosis - 1, 1e-9), 1, g - 1))


def _t(df: float | Floats, alpha: float) -> Floats:
    """The quantile of Student's t; of the normal distribution where df is infinite."""
    quantile: Floats = np.where(np.isinf(df), ndtri(alpha), stdtrit(np.minimum(df, 1e9), alpha))
    return quantile


def _of_a_count(low: Floats, rate: Floats, n: Floats, alpha: float) -> Floats:
    """The lower end: 0 of no case, that of a Poisson count where it is lower and the cases are few."""
    x = n * rate
    of_a_count = np.where(x > 1e-9, gammaincinv(np.maximum(x, 1e-9), 2 * alpha) / n, 0.0)
    return np.where(x <= FEW + 1e-9, np.minimum(low, of_a_count), low)
