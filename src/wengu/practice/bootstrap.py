"""How sure a measured number is: percentile intervals by resampling what it was measured on.          [notes 15]

    draw m of the m examples with replacement, measure again, many times;   interval = middle 95 % of what came out
    errors:      wrong examples in a draw ~ Binomial(m, k/m), so the draws need no loop; the distribution is the same
    others:      a draw is how often each example is in it, and the metric weighs them so (resampling.py)
    groups:      whole groups are drawn (cluster bootstrap), as examples of one group err together
    difference:  a and b are drawn independently, interval = middle 95 % of a* - b*; paired: by the same draws

Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, 13.3. Where every draw is the same (no error at all,
all errors) or fewer than ten pieces are drawn, resampling would claim too much. Then, for a rate v in [0, 1], the share
u = 1 - 0.025^(1/m) of cases that m draws can miss entirely (Clopper & Pearson 1934; exact at 0 errors) widens the
interval to [v(1-u), v(1-u) + u], and a difference takes its ends from those of a and b (Newcombe 1998, method 10; Zou &
Donner 2008): low = a - b - √((a - a_low)² + (b_high - b)²), high likewise. What has no bounds stays as it was drawn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.practice.fitting import check_fits
from wengu.practice.metric import Metric, described
from wengu.practice.metrics import ERROR, ErrorRate
from wengu.practice.records import Array, Records
from wengu.practice.resampling import Draws, resample

FEW = 10  # pieces


class Interval(NamedTuple):
    """The two ends, low and high."""

    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Estimate:
    """A value and its bootstrap resamples, which say how uncertain it is; without them, a number taken as exact."""

    value: float
    n: int | None = None  # examples
    pieces: int | None = None  # what was drawn: groups, or examples
    draws: Draws | None = None  # (resamples,)
    bounds: tuple[float, float] | None = (0.0, 1.0)  # what a value can be at least and at most, if that is known

    def interval(self, level: float = 0.95) -> Interval | None:
        """The middle `level` of the draws; None where there are none."""
        if self.draws is None or self.pieces is None:
            return None
        drawn = _middle(self.draws, level)
        if self.bounds is None or not self.too_few:
            return drawn
        least, most = self.bounds
        unseen = 1 - ((1 - level) / 2) ** (1 / self.pieces)
        low, high = self.value - unseen * (self.value - least), self.value + unseen * (most - self.value)
        return Interval(min(low, drawn.low), max(high, drawn.high))

    @property
    def too_few(self) -> bool:
        """Is every draw the same, or are there too few pieces to draw from, so that resampling tells too little?"""
        if self.draws is None or self.pieces is None:
            return False
        return self.pieces < FEW or bool(np.ptp(self.draws[np.isfinite(self.draws)]) == 0)


def estimate_rate(rate: float, n: int, *, resamples: int = 10_000, generator: np.random.Generator) -> Estimate:
    """An error rate of which only the count of examples is known.

    >>> e = estimate_rate(0.11, 1000, generator=np.random.default_rng(0))
    >>> [round(end, 3) for end in e.interval()]
    [0.091, 0.13]
    """
    return Estimate(rate, n, n, generator.binomial(n, rate, resamples) / n)


def estimate(
    records: Records,
    metric: Metric = ERROR,
    *,
    resamples: int | None = None,
    generator: np.random.Generator,
) -> Estimate:
    """A metric, measured on the records and on resamples of them.

    resamples: without it 10,000 where the binomial serves (the error without groups), else 1,000.

    >>> rows = Records(["cat"] * 100, ["cat"] * 90 + ["dog"] * 10)
    >>> found = estimate(rows, generator=np.random.default_rng(0))
    >>> found.value, tuple(round(float(end), 2) for end in found.interval())
    (0.1, (0.05, 0.16))
    """
    times = resamples or 1_000
    bounds = (0.0, 1.0) if described(metric)["scale"] == "rate" else None
    check_fits(metric, records)
    parts = metric.parts(records.truth, records.predicted)
    value = float(metric.value(parts))
    if isinstance(metric, ErrorRate):
        if records.group is None:
            return estimate_rate(value, len(records), resamples=resamples or 10_000, generator=generator)
        pieces, draws = _mean_in_groups(parts, records.group, times, generator)
    else:
        pieces, draws = resample(lambda sides, w: metric.value(sides[0], w), [parts], len(records),
                                 group=records.group, times=times, generator=generator)
    return _known(value, len(records), pieces, draws, bounds)


def difference(a: Estimate, b: Estimate, level: float = 0.95) -> Interval | None:
    """The interval of a - b, measured on two independent sets; None where neither has draws.

    >>> old, new = (estimate_rate(rate, 1000, generator=np.random.default_rng(0)) for rate in (0.3, 0.2))
    >>> low, high = difference(old, new)
    >>> low > 0  # it fell
    True
    """
    if a.draws is None and b.draws is None:
        return None
    if not (a.too_few or b.too_few):
        times = min(len(e.draws) for e in (a, b) if e.draws is not None)
        a_drawn, b_drawn = (e.value if e.draws is None else e.draws[:times] for e in (a, b))
        return _middle(np.asarray(a_drawn - b_drawn), level)
    (a_low, a_high), (b_low, b_high) = (e.interval(level) or (e.value, e.value) for e in (a, b))
    gap = a.value - b.value
    return Interval(
        gap - math.hypot(a.value - a_low, b_high - b.value), gap + math.hypot(a_high - a.value, b.value - b_low)
    )


def paired_difference(
    metric: Metric,
    a: Records,
    b: Records,
    *,
    resamples: int | None = None,
    generator: np.random.Generator,
) -> Estimate:
    """The metric of a less that of b, two models' answers to the same examples, row by row.

    What both get wrong, or both right, cancels in every draw, so the interval is narrower than that of `difference`.
    Whole groups are drawn where there are any. resamples: without it 10,000 of the error, else 1,000.

    >>> truth, a, b = np.zeros(1000), np.arange(1000) < 100, np.arange(1000) < 120
    >>> e = paired_difference(ErrorRate(), Records(truth, a), Records(truth, b), generator=np.random.default_rng(0))
    >>> e.value, [round(end, 3) for end in e.interval()]
    (-0.02, [-0.029, -0.012])
    """
    if len(a) != len(b) or not _same(a.group, b.group):
        raise InputError(
            say("b: expected the same examples as a, in the same groups; give those that both were judged on")
        )
    bounds = (-1.0, 1.0) if described(metric)["scale"] == "rate" else None
    check_fits(metric, a)
    parts = [metric.parts(side.truth, side.predicted) for side in (a, b)]
    if isinstance(metric, ErrorRate):
        change = parts[0].astype(np.float64) - parts[1]
        group = np.arange(len(a)) if a.group is None else a.group
        value, (pieces, draws) = change.mean(), _mean_in_groups(change, group, resamples or 10_000, generator)
    else:
        value = metric.value(parts[0]) - metric.value(parts[1])
        pieces, draws = resample(lambda sides, w: metric.value(sides[0], w) - metric.value(sides[1], w), parts, len(a),
                                 group=a.group, times=resamples or 1_000, generator=generator)
    return _known(float(value), len(a), pieces, draws, bounds)


def _known(value: float, n: int, pieces: int, draws: Draws, bounds: tuple[float, float] | None) -> Estimate:
    """The estimate, if the metric has a value on the set and on most of its resamples."""
    share = np.isfinite(draws).mean()
    if not math.isfinite(value) or share < 0.5:
        raise InputError(
            say("metric: expected a finite number, got {value} on the set and {share} of its resamples; the set is too "
                "small or the metric has no value on it", value=value, share=f"{share:.0%}")
        )
    return Estimate(value, n, pieces, draws, bounds)


def _same(a: Array | None, b: Array | None) -> bool:
    return a is b if a is None or b is None else np.array_equal(a, b)


def _mean_in_groups(
    values: NDArray[Any], group: Array, resamples: int, generator: np.random.Generator
) -> tuple[int, Draws]:
    """The number of groups, and the mean of the values in draws of whole groups.

    Of a mean, groups with the same sum and as many examples are alike, so a draw is a multinomial over few kinds.
    """
    ids, of = np.unique(group, return_inverse=True)
    kinds, alike = np.unique(np.stack([np.bincount(of, weights=values), np.bincount(of)], axis=1), axis=0,
                             return_counts=True)  # (kinds, 2): sum, examples
    drawn = generator.multinomial(len(ids), alike / len(ids), size=resamples).astype(np.float64)  # (resamples, kinds)
    return len(ids), (drawn @ kinds[:, 0]) / (drawn @ kinds[:, 1])


def _middle(draws: Draws, level: float) -> Interval:
    low, high = np.nanquantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))
