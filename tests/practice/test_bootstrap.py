"""Intervals: against scipy, against all resamples written out, and against the truth in simulated data."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from wengu.core.checks import InputError
from wengu.practice import (
    ErrorRate,
    Estimate,
    FunctionMetric,
    Records,
    difference,
    error_rate,
    estimate,
    estimate_rate,
    paired_difference,
)

SQUARED = FunctionMetric(lambda t, p: float(np.mean((t - p) ** 2)), "squared error", "lower", "number", worth=0.1)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def wrong(k: int, m: int) -> Records:
    return Records(np.zeros(m, int), np.arange(m) < k)


@pytest.mark.parity
def test_parity_rate_is_binomial() -> None:
    """Authority: the quantiles of scipy.stats.binom, which the percentile bootstrap of 0/1 errors tends to."""
    from scipy.stats import binom

    for k, m in ((5, 40), (110, 1000), (700, 10_000)):
        low, high = estimate(wrong(k, m), generator=rng(), resamples=100_000).interval()
        want = binom.ppf([0.025, 0.975], m, k / m) / m
        assert (low, high) == pytest.approx(want, abs=1.01 / m)


@pytest.mark.parity
def test_parity_difference_of_two_rates() -> None:
    """Authority: scipy.stats.bootstrap (percentile, two samples)."""
    from scipy.stats import bootstrap

    a, b = np.arange(400) < 80, np.arange(300) < 30
    theirs = bootstrap((a, b), lambda x, y, axis: x.mean(axis) - y.mean(axis), method="percentile", n_resamples=4000,
                       rng=rng(1), vectorized=True).confidence_interval
    ours = difference(estimate_rate(0.2, 400, generator=rng(2)), estimate_rate(0.1, 300, generator=rng(3)))
    assert ours == pytest.approx((theirs.low, theirs.high), abs=0.005)


@pytest.mark.parity
def test_parity_no_errors_at_all() -> None:
    """Authority: scipy's exact (Clopper-Pearson) interval; a bare bootstrap would say 0 to 0."""
    from scipy.stats import binomtest

    for m in (1, 20, 500):
        for k in (0, m):
            exact = binomtest(k, m).proportion_ci(method="exact")
            found = estimate(wrong(k, m), generator=rng()).interval()
            assert found == pytest.approx((exact.low, exact.high), abs=1e-12)
    none = estimate_rate(0.0, 30, generator=rng(0))
    some = estimate_rate(0.0, 100, generator=rng(1))
    ends = [binomtest(0, m).proportion_ci(method="exact").high for m in (30, 100)]
    assert difference(none, some) == pytest.approx((-ends[1], ends[0]), abs=1e-12)  # Newcombe's method 10


@pytest.mark.parity
@pytest.mark.parametrize("other", [False, True])
def test_parity_groups_are_drawn_whole(other: bool) -> None:
    """Authority: all 4^4 resamples of four groups, written out; once for errors, once for a metric of one's own."""
    truth, group = np.zeros(12, int), np.repeat(list("abcd"), (2, 3, 3, 4))
    predicted = np.array([0, 0, 1, 0, 0, 1, 1, 1, 0, 0, 0, 1])
    rows = [predicted[group == g] for g in "abcd"]
    every = [np.concatenate([rows[i] for i in drawn]).mean() for drawn in itertools.product(range(4), repeat=4)]
    metric = FunctionMetric(error_rate, "mine", "lower", "rate", worth=0.01) if other else ErrorRate()
    order = rng(5).permutation(12)
    shuffled = Records(truth[order], predicted[order], group[order])
    found = estimate(shuffled, metric, resamples=8_000, generator=rng())
    assert found.pieces == 4
    assert found.n == 12
    assert found.draws.mean() == pytest.approx(np.mean(every), abs=0.005)
    assert found.draws.std() == pytest.approx(np.std(every), abs=0.005)
    assert set(np.round(found.draws, 9)) <= set(np.round(every, 9))


def test_95_percent_of_intervals_hold_the_truth() -> None:
    generator, p, q, times = rng(11), 0.12, 0.07, 1000
    held = both = 0
    for _ in range(times):
        seen = (generator.binomial(400, p) / 400, generator.binomial(400, q) / 400)
        a, b = (estimate_rate(rate, 400, resamples=400, generator=generator) for rate in seen)
        low, high = a.interval()
        held += low <= p <= high
        low, high = difference(a, b)
        both += low <= p - q <= high
    slack = 3.5 * np.sqrt(times * 0.95 * 0.05) + 0.01 * times  # chance, and a point for 400 resamples of 400
    assert abs(held - 0.95 * times) < slack
    assert abs(both - 0.95 * times) < slack


def test_grouped_interval_holds_the_truth_where_the_plain_one_does_not() -> None:
    generator, times, held, plain = rng(12), 200, 0, 0
    group = np.repeat(np.arange(60), 10)
    for _ in range(times):  # examples of a group are right or wrong together
        bad = np.repeat(generator.random(60) < 0.3, 10)
        low, high = estimate(Records(np.zeros(600, int), bad, group), generator=generator, resamples=400).interval()
        held += low <= 0.3 <= high
        low, high = estimate(Records(np.zeros(600, int), bad), generator=generator, resamples=400).interval()
        plain += low <= 0.3 <= high
    assert held > 0.88 * times
    assert plain < 0.6 * times


def test_any_metric_over_rows() -> None:
    truth = rng(1).normal(size=300)
    found = estimate(Records(truth, np.zeros(300)), SQUARED, generator=rng(2))
    low, high = found.interval()
    spread = 1.96 * np.std(truth**2) / np.sqrt(300)  # the central limit theorem
    assert high - low == pytest.approx(2 * spread, rel=0.15)
    assert low < found.value < high


def test_a_number_taken_as_exact_has_no_interval() -> None:
    assert Estimate(0.1).interval() is None
    assert difference(Estimate(0.2), Estimate(0.1)) is None
    low, high = difference(estimate_rate(0.2, 500, generator=rng()), Estimate(0.1))
    assert (low + 0.1, high + 0.1) == pytest.approx(estimate_rate(0.2, 500, generator=rng()).interval())


def test_sets_resampled_a_different_number_of_times_still_compare() -> None:
    few, many = wrong(30, 300), wrong(10, 300)
    grouped = Records(few.truth, few.predicted, np.arange(300))
    low, high = difference(estimate(grouped, generator=rng()), estimate(many, generator=rng(1)))
    assert low < 20 / 300 < high


def test_what_collapses_outside_rates_stays_a_point_and_nan_is_refused() -> None:
    loss = estimate(Records([3.0], [0.0]), SQUARED, generator=rng())
    assert loss.interval() == (9.0, 9.0)
    with pytest.raises(InputError, match="metric: expected a finite number, got nan"):
        estimate(Records([1, 0], [1, 0]), replace(SQUARED, function=lambda t, p: float("nan")), generator=rng())


def test_a_few_groups_do_not_make_certainty() -> None:
    """Two groups, one all wrong: the draws alone would say from 0 to 1 or, alike, nothing at all."""
    truth, group = np.zeros(200, int), np.repeat(["a", "b"], 100)
    predicted = np.tile(np.repeat([0, 1], [90, 10]), 2)  # a tenth wrong in each
    found = estimate(Records(truth, predicted, group), generator=rng())
    unseen = 1 - 0.025 ** (1 / 2)  # what two draws can miss
    assert found.interval() == pytest.approx((0.1 * (1 - unseen), 0.1 + 0.9 * unseen))
    best = estimate(Records(truth, truth, group), generator=rng())
    low, high = difference(found, best)
    assert low < 0 < high


def test_paired_difference_is_that_of_mcnemar() -> None:
    """Authority: the normal interval of a paired difference of proportions (McNemar 1947)."""
    a, b = np.arange(2000) < 150, (np.arange(2000) >= 120) & (np.arange(2000) < 350)
    truth = np.zeros(2000)
    found = paired_difference(ErrorRate(), Records(truth, a), Records(truth, b), generator=rng())
    only_a, only_b = (a & ~b).mean(), (b & ~a).mean()
    half = 1.96 * np.sqrt((only_a + only_b - (only_a - only_b) ** 2) / 2000)
    assert found.value == pytest.approx(a.mean() - b.mean())
    assert found.interval() == pytest.approx((found.value - half, found.value + half), abs=0.001)
