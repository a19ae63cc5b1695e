"""How sure a measured number is.                                                                     [notes 15]

    mean of rates    error, recall and F1 of classes, questions: each of its own count (intervals.py); how they hang
                     together, and what is no mean of rates, is known by resampling
    others           draw m of the m examples with replacement, measure again, many times
    groups           are drawn whole (cluster bootstrap), as examples of one group err together
    difference       of two sets by the ends of their intervals; paired of the errors that one alone makes, b - c

Where a mean of many rates is skewed one way and its parts are another, the wider of both intervals is taken.
Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, 13.3. The paired difference of two errors has an
interval without 0 where McNemar's mid-p is below 0.05, but for some cases at 0.049 (Fagerland et al. 2013).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.practice.confusion import ratio
from wengu.practice.fitting import check_fits
from wengu.practice.in_groups import change_in_groups, mean_in_groups
from wengu.practice.intervals import (
    Anywhere,
    Drawn,
    Floats,
    Interval,
    Rates,
    Spread,
    StudentsT,
    Wider,
    difference_of,
)
from wengu.practice.metric import MeanOfRates, Metric, described
from wengu.practice.metrics import ERROR, ErrorRate
from wengu.practice.records import Array, Records
from wengu.practice.resampling import resample, value_of_each
from wengu.practice.too_few import too_few

TIMES = 1_000  # draws


@dataclass(frozen=True, eq=False)
class Estimate:
    """A value and how sure it is; without a spread, a number taken as exact."""

    value: float
    n: int | None = None  # examples
    pieces: int | None = None  # that are independent: groups, or examples
    spread: Spread | None = None
    few: dict[str, int] = field(default_factory=dict)  # a class that is too rare to judge by, and its count

    @classmethod
    def unknown(cls, value: float, n: int, pieces: int, few: dict[str, int], low: float = 0.0) -> Estimate:
        """A value of so many examples of which nothing is said but that it is from `low` to 1."""
        return cls(value, n, pieces, Anywhere(low, 1.0), few)

    def interval(self, level: float = 0.95) -> Interval | None:
        """What holds the truth in `level` of all cases; None of a number taken as exact."""
        return None if self.spread is None else self.spread.interval(self.value, level)


def estimate_rate(rate: float, n: int) -> Estimate:
    """An error rate of which only the count of examples is known.

    >>> [round(end, 3) for end in estimate_rate(0.11, 1000).interval()]
    [0.092, 0.131]
    """
    return Estimate(rate, n, n, Rates.single(rate, n))


def estimate(
    records: Records,
    metric: Metric = ERROR,
    *,
    resamples: int = TIMES,
    generator: np.random.Generator | None = None,
) -> Estimate:
    """A metric, measured on the records, and how sure it is.

    resamples, generator: of what is known by resampling alone.

    >>> rows = Records(["cat"] * 100, ["cat"] * 90 + ["dog"] * 10)
    >>> found = estimate(rows)
    >>> found.value, tuple(round(end, 3) for end in found.interval())
    (0.1, (0.055, 0.174))
    """
    scale = described(metric)["scale"]
    check_fits(metric, records)
    parts = metric.parts(records.truth, records.predicted)
    value = _finite(float(metric.value(parts)))
    known = Estimate(value, len(records), len(records))
    if isinstance(metric, ErrorRate):
        if records.group is None:
            return estimate_rate(value, len(records))
        pieces, s, df = mean_in_groups(parts.astype(np.float64), records.group)
        return replace(known, pieces=pieces, spread=_as_a_rate(value, s, pieces, df, at_most=len(records)))
    if few := too_few(metric, records):
        return Estimate.unknown(value, len(records), _pieces(records), few)
    generator = generator or np.random.default_rng(0)
    pieces, draws = resample(lambda sides, w: _values(metric, sides[0], w), [parts], len(records), group=records.group,
                             times=resamples, generator=generator)
    drawn = _enough(draws[:, 0], value)
    spread: Spread = Drawn(drawn, pieces)
    if scale == "rate" and 0 <= value <= 1:
        spread = _as_a_rate(value, _error_of(drawn, pieces), pieces, pieces - 1)
    if hasattr(metric, "rates"):
        exact = _mean_of_rates(cast("MeanOfRates", metric), parts, draws[:, 1:], pieces,
                               grouped=records.group is not None)
        spread = Wider((exact, spread)) if len(exact.rate) > 1 else exact
    return replace(known, pieces=pieces, spread=spread)


def difference(a: Estimate, b: Estimate, level: float = 0.95) -> Interval | None:
    """The interval of a - b, measured on two independent sets; None where both are exact.

    >>> low, high = difference(estimate_rate(0.3, 1000), estimate_rate(0.2, 1000))
    >>> low > 0  # it fell
    True
    """
    if a.spread is None and b.spread is None:
        return None
    of_a, of_b = (e.interval(level) or Interval(e.value, e.value) for e in (a, b))
    return difference_of(a.value, of_a, b.value, of_b)


def paired_difference(
    metric: Metric,
    a: Records,
    b: Records,
    *,
    resamples: int = TIMES,
    generator: np.random.Generator | None = None,
) -> Estimate:
    """The metric of a less that of b, two models' answers to the same examples, row by row.

    What both get wrong, or both right, cancels, so the interval is narrower than that of `difference`. Rows of one
    group err together. Where few answers differ, that much less is known: s has 2 degrees of freedom for each.

    >>> truth, a, b = np.zeros(1000), np.arange(1000) < 100, np.arange(1000) < 120
    >>> e = paired_difference(ErrorRate(), Records(truth, a), Records(truth, b))
    >>> e.value, [round(end, 3) for end in e.interval()]
    (-0.02, [-0.031, -0.012])
    """
    if len(a) != len(b) or not _same(a.group, b.group):
        raise InputError(
            say("b: expected the same examples as a, in the same groups; give those that both were judged on")
        )
    scale = described(metric)["scale"]
    check_fits(metric, a)
    ours, theirs = (metric.parts(side.truth, side.predicted) for side in (a, b))
    known = Estimate(_finite(float(metric.value(ours) - metric.value(theirs))), len(a), len(a))
    if isinstance(metric, ErrorRate):
        change = ours.astype(np.float64) - theirs
        known = replace(known, value=float(change.mean()))
        if a.group is None:
            return replace(known, spread=_discordant(float((change > 0).mean()), float((change < 0).mean()), len(a)))
        pieces, s, df = change_in_groups(change, a.group)
        return replace(known, pieces=pieces, spread=StudentsT(s, df, pieces))
    if few := too_few(metric, a) or too_few(metric, b):
        return Estimate.unknown(known.value, len(a), _pieces(a), few, low=-1.0)
    pieces, draws = resample(lambda sides, w: value_of_each(metric, sides[0], w) - value_of_each(metric, sides[1], w),
                             [ours, theirs], len(a), group=a.group, times=resamples,
                             generator=generator or np.random.default_rng(0))
    draws = _enough(draws, known.value)
    if scale != "rate":
        return replace(known, pieces=pieces, spread=Drawn(draws, pieces))
    df = max(1, min(2 * _differing(a, b), pieces - 1))
    return replace(known, pieces=pieces, spread=StudentsT(_error_of(draws, pieces), df, pieces))


def _pieces(records: Records) -> int:
    return len(records) if records.group is None else len(np.unique(records.group))


def _values(metric: Metric, parts: Any, weights: Floats) -> Floats:
    """Of each draw the value, and the rates that it is the mean of: (draws, 1 + k)."""
    value = value_of_each(metric, parts, weights)[:, None]
    if not hasattr(metric, "rates"):
        return value
    hits, of = cast("MeanOfRates", metric).rates(parts, weights)
    return np.concatenate([value, ratio(hits, of)], axis=1)


def _mean_of_rates(metric: MeanOfRates, parts: Any, draws: Floats, pieces: int, *, grouped: bool) -> Rates:
    """Each rate with its own count, of groups as many examples as would be as sure; together as they are drawn."""
    hits, of = (np.asarray(x, dtype=np.float64) for x in metric.rates(parts))
    there = np.flatnonzero(of > 0)
    rate, n, draws = hits[there] / of[there], of[there], draws[:, there]
    df = np.inf
    if grouped:
        with np.errstate(divide="ignore", invalid="ignore"):
            as_sure = rate * (1 - rate) / (np.nanvar(draws, axis=0) * pieces / max(pieces - 1, 1))
        n, df = np.fmin(n, np.where(np.isfinite(as_sure), as_sure, pieces)), max(pieces - 1, 1)
    curved = np.where(np.isfinite(draws), metric.curve(draws), metric.curve(rate))
    spread = curved.std(axis=0)
    moved = (curved - curved.mean(axis=0)) / np.where(spread > 0, spread, 1)
    correlation = moved.T @ moved / len(moved)
    np.fill_diagonal(correlation, 1)
    return Rates(rate, n, np.full(len(there), 1 / len(there)), correlation, df, metric.curve)


def _as_a_rate(value: float, s: float, pieces: int, df: float, at_most: float = math.inf) -> Rates:
    """As sure as a rate of n = v(1-v)/s² examples; where all pieces are alike, of as many as there are."""
    n = value * (1 - value) / s**2 if s > 0 else pieces
    return Rates.single(value, min(n, at_most), max(df, 1))


def _discordant(b: float, c: float, m: int) -> Rates:
    """b - c: the share of examples that the first alone gets wrong, less that which the second alone does."""
    together = -math.sqrt(b * c / ((1 - b) * (1 - c))) if max(b, c) < 1 else 0.0
    return Rates(np.array([b, c]), np.array([m, m], dtype=np.float64), np.array([1.0, -1.0]),
                 np.array([[1, together], [together, 1]]))


def _differing(a: Records, b: Records) -> int:
    """To how many rows, or in how many groups, the answers are not the same."""
    if object in (a.predicted.dtype, b.predicted.dtype):  # whole objects, such as boxes
        differ = np.array([not np.array_equal(x, y) for x, y in zip(a.predicted, b.predicted, strict=True)])
    else:
        differ = (a.predicted != b.predicted).reshape(len(a), -1).any(axis=1)
    return int(differ.sum()) if a.group is None else len(np.unique(a.group[differ]))


def _error_of(draws: Floats, pieces: int) -> float:
    """The standard error; a little more than the draws', which are of too few pieces by one."""
    s = float(np.nanstd(draws)) * math.sqrt(pieces / max(pieces - 1, 1))
    return s if s > 1e-12 else 0.0


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise InputError(say("metric: expected a finite number, got {value} on the set; it is too small or the metric "
                             "has no value on it", value=value))
    return value


def _enough(draws: Floats, value: float) -> Floats:
    """The draws in which the metric has a value, if it has one in most."""
    if (share := np.isfinite(draws).mean()) < 0.5:
        raise InputError(
            say("metric: expected a finite number, got {value} on the set and {share} of its resamples; the set is too "
                "small or the metric has no value on it", value=value, share=f"{share:.0%}")
        )
    return draws


def _same(a: Array | None, b: Array | None) -> bool:
    return a is b if a is None or b is None else np.array_equal(a, b)
