"""Resamples of any metric: against all of them written out, by how much work, and in how much memory."""

from __future__ import annotations

import itertools
import tracemalloc
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from wengu.core.checks import InputError
from wengu.practice import (
    BalancedAccuracy,
    ErrorRate,
    FunctionMetric,
    MacroF1,
    MultiLabelError,
    Perplexity,
    Records,
    difference,
    estimate,
    paired_difference,
)
from wengu.practice.resampling import resample, value_of_each


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@dataclass(frozen=True)
class Watched(MacroF1):
    """Macro-F1 that notes how many weights it was given at once."""

    seen: list[int] = field(default_factory=list, compare=False)

    def value(self, parts: Any, weights: Any = None) -> Any:
        self.seen.append(0 if weights is None else weights.size)
        return super().value(parts, weights)


@dataclass(frozen=True)
class Lists(Perplexity):
    """The perplexity of blocks that stay lists of costs: parts that are no array."""

    def parts(self, truth: Any, predicted: Any) -> Any:
        return [(float(np.sum(costs)), len(costs)) for costs in predicted]

    def value(self, parts: Any, weights: Any = None) -> Any:
        return super().value(np.array(parts), weights)


def labelled(m: int, seed: int = 0, classes: int = 10) -> Records:
    truth = rng(seed).integers(0, classes, m)
    return Records(truth, np.where(rng(seed + 1).random(m) < 0.9, truth, rng(seed + 2).integers(0, classes, m)))


def drawn(records: Records, metric: Any, times: int = 1000) -> tuple[int, Any]:
    """How many pieces there are, and the metric's value in each draw."""
    parts = metric.parts(records.truth, records.predicted)
    return resample(lambda sides, w: value_of_each(metric, sides[0], w), [parts], len(records), group=records.group,
                    times=times, generator=rng())


@pytest.mark.parity
@pytest.mark.parametrize("grouped", [False, True])
def test_parity_all_resamples(grouped: bool) -> None:
    """Authority: all 4^4 resamples of four examples, or four groups, written out row by row."""
    truth, predicted = np.array([0, 1, 1, 0, 1, 0, 1, 1]), np.array([0, 1, 0, 1, 1, 0, 0, 1])
    group = np.array(list("abcdabcd"))
    pieces = [np.flatnonzero(group == g) for g in "abcd"] if grouped else [np.array([i]) for i in range(4)]
    used = np.sort(np.concatenate(pieces))
    metric = BalancedAccuracy()
    every = [metric.value(metric.parts(truth[rows], predicted[rows]))
             for chosen in itertools.product(pieces, repeat=4) for rows in [np.concatenate(chosen)]]
    records = Records(truth[used], predicted[used], group[used] if grouped else None)
    pieces, draws = drawn(records, metric, 20_000)
    assert pieces == 4
    assert draws.mean() == pytest.approx(np.mean(every), abs=0.005)
    assert draws.std() == pytest.approx(np.std(every), abs=0.005)
    assert set(np.round(draws, 9)) <= set(np.round(every, 9))


def test_the_general_way_and_the_short_one_of_the_error_agree() -> None:
    """Alone, in groups and paired; the general way knows no more than the function and its resamples."""
    other = FunctionMetric(lambda y, y_hat: float(np.mean(y != y_hat)), "mine", "lower", "rate", worth=0.01)
    a = labelled(600, 0)
    b = Records(a.truth, np.where(np.arange(600) % 7 == 0, 0, a.predicted))
    for group in (None, np.arange(600) // 5):
        ours, theirs = Records(a.truth, a.predicted, group), Records(b.truth, b.predicted, group)
        for short, general in (
            (estimate(ours), estimate(ours, other, resamples=4000)),
            (paired_difference(ErrorRate(), ours, theirs), paired_difference(other, ours, theirs, resamples=4000)),
        ):
            assert general.value == pytest.approx(short.value, abs=1e-15)
            assert tuple(general.interval()) == pytest.approx(tuple(short.interval()), abs=0.1 * np.ptp(short.interval()))


@pytest.mark.parametrize("group", [None, np.arange(1_000_000) % 50], ids=["alone", "in groups"])
def test_a_million_rows_cost_as_much_as_their_kinds(group: Any) -> None:
    """1,000 draws of ten classes weigh a hundred kinds of (y, ŷ), not a million rows."""
    rows = labelled(1_000_000)
    metric = Watched()
    estimate(Records(rows.truth, rows.predicted, group), metric)
    assert sum(metric.seen) <= 1000 * 100


def test_memory_is_bounded_where_all_rows_differ() -> None:
    """1,000 draws of 200,000 rows held at once would be 1,600 MB."""
    costs = rng().exponential(200.0, 200_000)
    records = Records(np.zeros(200_000), np.stack([costs, np.full(200_000, 64.0)], axis=1))
    tracemalloc.start()
    try:
        _, draws = drawn(records, Perplexity(), 100)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 150e6
    spread = np.exp(costs.mean() / 64) * costs.std() / 64 / np.sqrt(200_000)  # the delta method
    assert draws.std() == pytest.approx(spread, rel=0.25)


def test_parts_that_are_no_array_are_weighed_row_by_row() -> None:
    blocks = [rng(k).exponential(3.0, 5 + k % 4).tolist() for k in range(60)]
    sums = [(sum(block), len(block)) for block in blocks]
    for group in (None, np.arange(60)[::-1] // 3):
        truth = np.zeros(60)
        pieces, lists = drawn(Records(truth, blocks, group), Lists(), 4000)
        same, plain = drawn(Records(truth, sums, group), Perplexity(), 4000)
        assert pieces == same == (60 if group is None else 20)
        assert lists.std() == pytest.approx(plain.std(), rel=0.08)


def test_paired_is_narrower_than_two_samples_and_centred() -> None:
    a = labelled(2000, 8)
    b = Records(a.truth, np.where(np.arange(2000) % 50 == 0, (a.truth + 1) % 10, a.predicted))
    metric = MacroF1()
    paired = paired_difference(metric, a, b, generator=rng())
    one, two = (estimate(rows, metric, generator=rng(k)) for k, rows in enumerate((a, b)))
    low, high = paired.interval()
    wide = difference(one, two)
    assert paired.value == pytest.approx(one.value - two.value)
    assert low < paired.value < high
    assert high - low < 0.6 * (wide.high - wide.low)


def test_order_of_rows_does_not_matter() -> None:
    rows, order = labelled(500, 3), rng(4).permutation(500)
    shuffled = Records(rows.truth[order], rows.predicted[order])
    one, two = (estimate(each, MacroF1(), generator=rng()) for each in (rows, shuffled))
    assert one.value == two.value
    assert tuple(one.interval()) == pytest.approx(tuple(two.interval()), rel=1e-12)


def test_where_every_draw_is_the_same_as_many_as_there_are_may_have_missed_a_case() -> None:
    best = estimate(Records([0, 1, 0, 1], [0, 1, 0, 1]), MacroF1())
    low, high = best.interval()
    assert low < 0.5 and high == 1
    one = estimate(Records([None], [(6.0, 3)]), Perplexity())
    assert one.interval() == (one.value, one.value)
    same = paired_difference(MultiLabelError(), Records([[1, 0]] * 5, [[1, 0]] * 5), Records([[1, 0]] * 5, [[1, 0]] * 5))
    assert same.interval() == pytest.approx((-(1 - 0.025 ** (1 / 5)), 1 - 0.025 ** (1 / 5)))


def test_bad_pairs_and_metrics_are_refused() -> None:
    rows = labelled(20)
    for other in (labelled(21), Records(rows.truth, rows.predicted, np.arange(20))):
        with pytest.raises(InputError, match="b: expected the same examples as a, in the same groups"):
            paired_difference(ErrorRate(), rows, other, generator=rng())

    class Deaf(MacroF1):
        def value(self, parts: Any, weights: Any = None) -> Any:
            return 0.5

    with pytest.raises(InputError, match=r"metric: expected a value for each of 1000 draws of weights .*, got shape \(\)"):
        estimate(rows, Deaf(), generator=rng())
