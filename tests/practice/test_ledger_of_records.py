"""The ledger of records: no order and no neighbour matters, any metric will do, groups count once, and it is fast."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pace import slower
from tests.practice.made import records
from wengu.practice import FunctionMetric, Records, error_rate, ledger_of

ACCURACY = FunctionMetric(lambda t, p: 1 - error_rate(t, p), "accuracy", "higher", "rate", worth=0.01)


@settings(max_examples=25)
@given(st.randoms(use_true_random=False), st.integers(0, 60), st.integers(0, 60), st.booleans())
def test_order_of_records_does_not_matter(random, k: int, j: int, grouped: bool) -> None:
    group = np.arange(60) // 3 if grouped else None
    sets = {"train": records(k, 60, 1, group), "dev": records(j, 60, 2, group)}
    shuffled = {}
    for name, rows in sets.items():
        order = random.sample(range(60), 60)
        shuffled[name] = Records(rows.truth[order], rows.predicted[order], None if group is None else group[order])
    assert ledger_of(sets, human=0) == ledger_of(shuffled, human=0)


def test_a_sets_interval_does_not_depend_on_its_neighbours() -> None:
    sets = {"train": records(300, 3000), "dev": records(60, 400)}
    more = {**sets, "test": records(50, 400)}
    assert ledger_of(more).rows[:2] == ledger_of(sets).rows
    assert ledger_of(sets, seed=1).rows != ledger_of(sets).rows


def test_higher_is_better_mirrors_the_gaps() -> None:
    sets = {"train": records(100, 1000), "dev": records(200, 1000)}
    low = ledger_of(sets, human=0.0)
    high = ledger_of(sets, human=1.0, metric=ACCURACY)
    assert high.cause == low.cause
    for a, b in zip(low.gaps, high.gaps, strict=True):
        assert (b.points, b.low, b.high) == pytest.approx((a.points, a.low, a.high), abs=0.006)


def test_a_metric_of_ones_own_that_is_no_rate() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=500)
    noise = rng.normal(size=500)
    sets = {"train": Records(truth, truth + noise), "dev": Records(truth, truth + 3 * noise[::-1])}
    squared = FunctionMetric(lambda t, p: float(np.mean((t - p) ** 2)), "squared error", "lower", "number", worth=0.5)
    book = ledger_of(sets, human=0.5, metric=squared)
    assert book.cause == "variance"
    assert "points" not in str(book)


def test_groups_widen_the_gap() -> None:
    bad = np.repeat(np.random.default_rng(3).random(50) < 0.2, 20).astype(int)
    together = Records(np.zeros(1000, int), bad, np.repeat(np.arange(50), 20))
    alone = Records(together.truth, together.predicted)
    train = records(100, 1000)
    wide, narrow = (ledger_of({"train": train, "dev": dev}).gaps[0] for dev in (together, alone))
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)


def test_sixty_thousand_records_in_fifty_milliseconds() -> None:
    sets = {"train": records(2000, 40_000), "dev": records(900, 10_000), "test": records(900, 10_000)}
    took = []
    for _ in range(5):
        start = time.process_time()
        ledger_of(sets, human=0.01)
        took.append(time.process_time() - start)
    assert min(took) < 0.05 * slower()
