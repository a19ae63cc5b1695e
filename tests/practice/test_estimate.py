"""Estimates: against McNemar's test, against all resamples written out, and against the truth in simulated data."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t

from tests.pace import slower
from wengu.core.checks import InputError
from wengu.practice import (
    F1,
    BalancedAccuracy,
    ErrorRate,
    Estimate,
    FunctionMetric,
    MacroF1,
    Metric,
    MultiLabelError,
    Records,
    difference,
    estimate,
    estimate_rate,
    paired_difference,
)

SQUARED = FunctionMetric(lambda t, p: float(np.mean((t - p) ** 2)), "squared error", "lower", "number", worth=0.1)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def wrong(k: int, m: int) -> Records:
    return Records(np.zeros(m, int), np.arange(m) < k)


def discordant(b: int, c: int, m: int = 2000) -> tuple[Records, Records]:
    """Two models, of which the first alone is wrong b times and the second alone c times."""
    truth, row = np.zeros(m), np.arange(m)
    return Records(truth, row < b), Records(truth, (row >= b) & (row < b + c))


@pytest.mark.parity
def test_parity_paired_verdicts_are_those_of_mcnemar() -> None:
    """Authority: McNemar's exact test, mid-p, by scipy's binomial: 4 to 0 is no difference, 5 to 0 is one."""
    from scipy.stats import binom

    others = []
    for b in range(31):
        for c in range(b):
            low, _ = paired_difference(ErrorRate(), *discordant(b, c)).interval()
            mid_p = 2 * (binom.sf(b, b + c, 0.5) + binom.pmf(b, b + c, 0.5) / 2)
            if (low > 0) != (mid_p < 0.05):
                others.append((b, c, mid_p))
    assert paired_difference(ErrorRate(), *discordant(4, 0)).interval()[0] < 0
    assert paired_difference(ErrorRate(), *discordant(5, 0)).interval()[0] > 0
    assert [(b, c) for b, c, _ in others] == [(12, 4), (28, 15)]
    assert all(0.0485 < p < 0.05 for *_, p in others)  # and none is called better that is not


@pytest.mark.parametrize(("b", "c"), [(0.02, 0.02), (0.1, 0.02), (0.3, 0.05)])
@pytest.mark.parametrize("m", [50, 400])
def test_a_paired_interval_holds_the_truth(b: float, c: float, m: int) -> None:
    times, held = 400, 0
    for n, k, _ in rng(1).multinomial(m, (b, c, 1 - b - c), times):
        low, high = paired_difference(ErrorRate(), *discordant(n, k, m)).interval()
        held += low <= b - c <= high
    assert held > 0.92 * times


@pytest.mark.parametrize("metric", [ErrorRate(), BalancedAccuracy()], ids=lambda one: one.name)
@pytest.mark.parametrize("grouped", [False, True])
def test_a_few_other_answers_make_no_better_model(metric: Metric, grouped: bool) -> None:
    """Where 4 answers in 500 differ, all one way, chance alone may have made it, as a normal distribution would not say."""
    truth, group = np.arange(500) % 2, np.arange(500) // 2 if grouped else None
    ours = np.where(np.arange(500) % 10 == 0, 1 - truth, truth)
    for fixed, settled in ((4, False), (20, True)):
        theirs = ours.copy()
        theirs[np.flatnonzero(ours != truth)[:fixed]] = truth[np.flatnonzero(ours != truth)[:fixed]]
        low, high = paired_difference(metric, Records(truth, ours, group), Records(truth, theirs, group)).interval()
        assert (low > 0 or high < 0) is settled


def test_paired_in_groups_is_wider_than_alone() -> None:
    truth, bad = np.zeros(400, int), np.repeat(rng(3).random(40) < 0.3, 10)
    better = bad & (np.repeat(rng(4).random(40), 10) < 0.5)
    alone, grouped = (paired_difference(ErrorRate(), Records(truth, bad, group), Records(truth, better, group))
                      for group in (None, np.repeat(np.arange(40), 10)))
    assert alone.value == grouped.value and grouped.pieces == 40
    assert np.ptp(grouped.interval()) > 2 * np.ptp(alone.interval())


PRIORS = {"even": ((0.5, 0.5), (0.9, 0.9)), "one in ten": ((0.1, 0.9), (0.7, 0.97)),
          "one in ten, well told": ((0.1, 0.9), (0.9, 0.99)), "four": ((0.1, 0.2, 0.3, 0.4), (0.6, 0.7, 0.8, 0.9)),
          "ten": ((0.1,) * 10, (0.8,) * 10)}


@pytest.mark.parametrize("kind", PRIORS)
@pytest.mark.parametrize("m", [50, 200])
def test_intervals_of_means_of_rates_hold_the_truth(kind: str, m: int) -> None:
    """Also where a class has five examples: resampling alone held 45 % of these (balanced accuracy, well told)."""
    prior, right = (np.array(each) for each in PRIORS[kind])
    k, times, generator = len(prior), 120, rng(7)
    joint = (1 - right)[:, None] * prior / (1 - prior)[:, None]
    np.fill_diagonal(joint, right)
    joint *= prior[:, None]
    whole = rng(0).choice(k * k, 400_000, p=(joint / joint.sum()).ravel())
    for metric in (MacroF1(), BalancedAccuracy(), F1(0)):
        true = metric.value(metric.parts(whole // k, whole % k))
        held = counted = 0
        for _ in range(times):
            rows = generator.choice(k * k, m, p=(joint / joint.sum()).ravel())
            if len(np.unique(rows // k)) < k:
                continue
            low, high = estimate(Records(rows // k, rows % k), metric, resamples=200, generator=generator).interval()
            held, counted = held + (low <= true <= high), counted + 1
        assert held > (0.91 - 2.5 * np.sqrt(0.91 * 0.09 / counted)) * counted, (metric.name, held, counted)


def test_a_question_with_few_labels_is_as_unsure_as_it_is() -> None:
    """'rare' has five labels, all right: that says little of its error, and so of the mean."""
    truth = [{"often": 1, "rare": 1 if i < 5 else None} for i in range(500)]
    predicted = [{"often": int(i % 10 > 0), "rare": 1} for i in range(500)]
    _, high = estimate(Records(truth, predicted), MultiLabelError(), resamples=300).interval()
    assert high > 0.05 + 0.15  # 0 of 5 reach 0.43, of which half


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
    low, high = difference(estimate_rate(0.2, 500), Estimate(0.1))
    assert (low + 0.1, high + 0.1) == pytest.approx(estimate_rate(0.2, 500).interval())


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
    """Two groups, a tenth wrong in each: how far they differ is known from two."""
    truth, group = np.zeros(200, int), np.repeat(["a", "b"], 100)
    found = estimate(Records(truth, np.tile(np.repeat([0, 1], [90, 10]), 2), group))
    low, high = found.interval()
    assert low < 0.02 and high > 0.4
    best = estimate(Records(truth, truth, group))
    assert best.interval() == pytest.approx((0, 1), abs=0.05)
    low, high = difference(found, best)
    assert low < 0 < high


def test_a_million_answers_of_two_models_are_compared_in_no_time() -> None:
    truth = rng(1).integers(0, 10, 1_000_000)
    ours, theirs = (np.where(rng(k).random(len(truth)) < 0.9, truth, rng(k + 9).integers(0, 10, len(truth))) for k in (2, 3))
    start = time.process_time()
    paired_difference(MacroF1(), Records(truth, ours), Records(truth, theirs), resamples=50)
    assert time.process_time() - start < 1.2 * slower()


def test_rows_that_are_whole_objects_are_compared_one_by_one() -> None:
    truth, ours = [[1, 2]] * 40, [[1, 2]] * 40
    theirs = [[2, 1] if k < 3 else [1, 2] for k in range(40)]
    metric = FunctionMetric(lambda y, y_hat: float(np.mean([a == b for a, b in zip(y, y_hat, strict=True)])), "exact", "higher", "rate", worth=0.01)
    low, _ = paired_difference(metric, Records(truth, ours), Records(truth, theirs)).interval()
    assert low < 0  # three of forty may be chance


@pytest.mark.parametrize(("errors", "likeness", "groups", "sizes"), [
    ((0.005, 0.03), 0.4, 10, (1, 200)), ((0.005, 0.03), 0.4, 20, (1, 200)), ((0.01, 0.02), 0.4, 10, (1, 200)), ((0.02, 0.02), 0.1, 20, (5, 40)),
    ((0.2, 0.5), 0.6, 15, (1, 200)), ((0.1, 0.2), 0.1, 20, (1, 200)), ((0.2, 0.5), 0.3, 20, (5, 40)), ((0.05, 0.08), 0.6, 10, (1, 200)),
])
def test_a_paired_difference_in_uneven_groups_holds_the_truth(
    errors: tuple[float, float], likeness: float, groups: int, sizes: tuple[int, int]
) -> None:
    """Errors of each group from a beta distribution, alike to such a degree; it was 82 % where few groups have changes."""
    rng, times, held = np.random.default_rng(3), 400, 0
    for _ in range(times):
        group = np.repeat(np.arange(groups), rng.integers(*sizes, groups))
        a, b = (Records(np.zeros(len(group)), rng.random(len(group)) < rng.beta(p / likeness - p, (1 - p) / likeness - (1 - p), groups)[group], group)
                for p in errors)
        low, high = paired_difference(ErrorRate(), a, b).interval() or (0, 0)
        held += low <= errors[0] - errors[1] <= high
    assert held >= 0.9 * times, held / times


def test_a_plain_gain_over_the_baseline_is_told_in_uneven_groups() -> None:
    """From 50 to 25 % in 15 groups of 1 to 200 rows, much alike: nearly as often as if its standard error were known."""
    rng, times, told, changes, ends = np.random.default_rng(4), 400, 0, [], []
    for _ in range(times):
        sizes = rng.integers(1, 200, 15)
        group = np.repeat(np.arange(15), sizes)
        a, b = (Records(np.zeros(len(group)), rng.random(len(group)) < rng.beta(4 * p, 4 * (1 - p), 15)[group], group) for p in (0.25, 0.5))
        found = paired_difference(ErrorRate(), a, b)
        told += (found.interval() or (0, 0))[1] < 0
        changes.append(found.value)
        ends.append(t.ppf(0.975, sizes.sum() ** 2 / (sizes**2).sum() - 1))
    known = np.mean(np.array(changes) + np.array(ends) * np.std(changes) < 0)
    assert told / times >= 0.93 * known  # it was 0.9
