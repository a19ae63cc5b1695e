"""Intervals hold the truth as often as they say: counted over all outcomes, over simulated groups, and as published."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from wengu.practice import Records, difference, estimate, estimate_rate
from wengu.practice.intervals import Rates, degrees_of_freedom, difference_of, rate_ends

RATES = np.linspace(0.01, 0.5, 99)


@pytest.mark.parity
@pytest.mark.parametrize(("k", "m"), [(4, 50), (25, 50), (110, 1000), (46, 50), (5000, 10_000)])
@pytest.mark.parametrize("level", [0.95, 0.99])
def test_parity_of_more_than_three_cases(k: int, m: int, level: float) -> None:
    """Authority: scipy's Wilson interval."""
    want = binomtest(k, m).proportion_ci(level, method="wilson")
    assert estimate_rate(k / m, m).interval(level) == pytest.approx((want.low, want.high), abs=1e-12)


@pytest.mark.parity
@pytest.mark.parametrize("x", [1, 2, 3])
def test_parity_of_at_most_three_cases(x: int) -> None:
    """Authority: scipy's Poisson distribution: so many cases or more are as rare as that (Brown, Cai & DasGupta 2001)."""
    from scipy.stats import poisson

    for m in (50, 400):
        low, high = estimate_rate(x / m, m).interval()
        assert poisson.sf(x - 1, low * m) == pytest.approx(0.05, rel=1e-9)
        assert estimate_rate(1 - x / m, m).interval() == pytest.approx((1 - high, 1 - low), abs=1e-12)


@pytest.mark.parametrize("m", [50, 75, 100, 200, 1000])
def test_a_rates_interval_holds_the_truth(m: int) -> None:
    """Every outcome is counted with its probability, so this is no simulation."""
    k = np.arange(m + 1)
    low, high = rate_ends(k / m, np.full(m + 1, float(m)))
    held = np.array([(binom.pmf(k, m, p) * ((low <= p) & (p <= high))).sum() for p in RATES])
    assert held.min() > 0.925
    assert 0.945 < held.mean() < 0.96


def test_more_errors_never_have_a_lower_end() -> None:
    for m in (5, 50, 333):
        ends = [estimate_rate(k / m, m).interval() for k in range(m + 1)]
        assert all((a.low <= b.low and a.high < b.high) or b.high == 1 for a, b in pairwise(ends))
        assert ends[0].low == 0 and ends[-1].high == 1


@pytest.mark.parity
def test_parity_difference_of_two_rates() -> None:
    """Authority: Newcombe 1998, Statistics in Medicine 17, table II, method 10: 56/70 less 48/80."""
    assert difference(estimate_rate(56 / 70, 70), estimate_rate(48 / 80, 80)) == pytest.approx((0.0524, 0.3339), abs=5e-5)


@pytest.mark.parametrize(("p", "q"), [(0.12, 0.07), (0.02, 0.01), (0.3, 0.3), (0.01, 0.01)])
def test_a_differences_interval_holds_the_truth(p: float, q: float) -> None:
    """All outcomes of two sets of 60 and 150 examples, with their probabilities."""
    held = 0.0
    seen = [(k / 60, estimate_rate(k / 60, 60).interval(), binom.pmf(k, 60, p)) for k in range(61)]
    others = [(k / 150, estimate_rate(k / 150, 150).interval(), binom.pmf(k, 150, q)) for k in range(151)]
    for a, of_a, chance in seen:
        for b, of_b, also in others:
            if chance * also > 1e-7:
                low, high = difference_of(a, of_a, b, of_b)
                held += chance * also * (low <= p - q <= high)
    assert 0.93 < held < 0.995


@pytest.mark.parametrize("groups", [10, 20, 60])
@pytest.mark.parametrize("alike", [0.0, 0.05, 0.3, 0.8])
def test_a_rate_in_groups_holds_the_truth(groups: int, alike: float) -> None:
    """Examples of a group err together to every degree; few errors stand in two or three groups."""
    generator, times, held = np.random.default_rng(5), 200, {}
    for p in (0.02, 0.05, 0.1, 0.3, 0.5):
        own = generator.beta(*(s * (1 - alike) / alike for s in (p, 1 - p)), (times, groups)) if alike else np.full((times, groups), p)
        sizes = generator.integers(5, 60, (times, groups))
        wrong = generator.binomial(sizes, own)
        held[p] = 0.0
        for k, m in zip(wrong, sizes, strict=True):
            group = np.repeat(np.arange(groups), m)
            predicted = np.concatenate([np.arange(size) < x for x, size in zip(k, m, strict=True)])
            low, high = estimate(Records(np.zeros(len(group), bool), predicted, group)).interval()
            held[p] += (low <= p <= high) / times
    assert min(held.values()) > 0.90 - 2.5 * np.sqrt(0.9 * 0.1 / times), held
    assert np.mean(list(held.values())) > 0.92, held


def test_the_rows_of_a_group_are_not_so_many_examples() -> None:
    """Ten ids, each a hundred times over: as sure as ten examples, and no surer."""
    bad = np.repeat(np.arange(10) < 3, 100)
    found = estimate(Records(np.zeros(1000, bool), bad, np.repeat(np.arange(10), 100)))
    alone = estimate(Records(np.zeros(1000, bool), bad))
    ten = estimate_rate(0.3, 10)
    width, narrow, of_ten = (end.high - end.low for end in (found.interval(), alone.interval(), ten.interval()))
    assert width > 0.9 * of_ten > 3 * narrow


def test_errors_in_one_group_leave_few_degrees_of_freedom() -> None:
    assert degrees_of_freedom(np.r_[9.0, -np.ones(9)]) < 2
    assert degrees_of_freedom(np.random.default_rng(0).normal(size=2000)) == pytest.approx(2000, rel=0.2)
    assert degrees_of_freedom(np.zeros(8)) == 7
    assert degrees_of_freedom(np.array([1.0, -1.0])) == 1


def test_what_hangs_together_does_not_cancel() -> None:
    two, half = np.array([0.2, 0.2]), np.array([0.5, 0.5])
    apart, together = (Rates(two, np.array([100.0, 100.0]), half, r) for r in (np.eye(2), np.ones((2, 2))))
    one = Rates.single(0.2, 100.0)
    assert tuple(together.interval(0.2, 0.95)) == pytest.approx(tuple(one.interval(0.2, 0.95)))
    assert np.ptp(apart.interval(0.2, 0.95)) == pytest.approx(np.ptp(one.interval(0.2, 0.95)) / np.sqrt(2))


@pytest.mark.parametrize("groups", [10, 20])
def test_coverage_where_groups_are_of_very_different_sizes(groups: int) -> None:
    """From 1 to 200 examples, evenly on a log scale, so that two or three hold half of all; each has a rate of its own."""
    rng, held, n = np.random.default_rng(0), 0, 0
    for p in (0.05, 0.1, 0.2, 0.5):
        for _ in range(150):
            sizes = np.round(10 ** rng.uniform(0, 2.3, groups)).astype(int)
            of = np.repeat(np.arange(groups), sizes)
            wrong = rng.random(len(of)) < rng.beta(p / 0.43, (1 - p) / 0.43, groups)[of]  # correlation 0.3 within
            low, high = estimate(Records(np.zeros(len(of), int), wrong.astype(int), of)).interval() or (0, 1)
            held, n = held + (low <= p <= high), n + 1
    assert held >= 0.93 * n, held / n
