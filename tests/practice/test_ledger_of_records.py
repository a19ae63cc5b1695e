"""The ledger of records: no order and no neighbour matters, any metric will do, groups count once, and it is fast."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pace import slower
from tests.practice.made import records
from wengu.core.checks import InputError
from wengu.practice import FunctionMetric, MultiLabelError, Records, error_rate, ledger, ledger_of, unlabelled

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
    assert ledger_of(more, metric=ACCURACY).rows[:2] == ledger_of(sets, metric=ACCURACY).rows
    assert ledger_of(sets, metric=ACCURACY, seed=1).rows != ledger_of(sets, metric=ACCURACY).rows


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


def answers(m: int, *, hard_labels: float, hard: float = 0.4) -> Records:
    """Two questions: 'easy' is always right, 'hard' wrong so often, and labelled so often."""
    wrong, there = np.arange(m) % 100 < 100 * hard, np.arange(m) // 100 % 10 < 10 * hard_labels
    truth = [{"easy": 1, "hard": 1 if seen else None} for seen in there]
    return Records(truth, [{"easy": 1, "hard": int(not bad)} for bad in wrong])


def test_other_labels_are_no_gap_where_the_model_errs_alike() -> None:
    """'hard' is labelled in a tenth of train and in all of dev: over all labels it would be 3.6 % against 20 %."""
    few, all_of_them = answers(10_000, hard_labels=0.1), answers(1000, hard_labels=1.0)
    for train, dev in ((few, all_of_them), (all_of_them, few)):
        book = ledger_of({"train": train, "dev": dev}, human=0.2, metric=MultiLabelError())
        assert [row.value for row in book.rows] == pytest.approx([0.2, 0.2, 0.2])
        assert "variance" not in book.causes and not book.reversed


def test_a_question_is_judged_where_every_set_has_labels_of_it() -> None:
    train, dev = answers(1000, hard_labels=1.0), answers(1000, hard_labels=0.0)
    assert unlabelled({"train": train, "dev": dev}) == {"hard": ("dev",)}
    book = ledger_of({"train": train, "dev": dev}, human=0, metric=MultiLabelError())
    assert [row.value for row in book.rows] == [0, 0, 0] and not book.causes and not book.reversed
    with pytest.raises(InputError, match="no question has a label in each of train, dev; label some more"):
        ledger_of({"train": Records([[None, 1]], [[1, 1]]), "dev": Records([[1, None]], [[1, 1]])}, metric=MultiLabelError())


def test_an_easier_dev_set_is_said_before_any_cause() -> None:
    sets = {"train": records(300, 1000), "dev": records(100, 1000)}
    book = ledger_of(sets, human=0.02)
    assert book.causes == ("bias",) and [gap.name for gap in book.reversed] == ["variance"]
    assert book.sentences()[0].startswith("dev is easier than train: -20.0 points [-2")
    assert book.sentences()[0].endswith("]; see how the two sets differ.") and book.sentences()[1] == "Cause: high bias."
    alone = ledger_of(sets, human=0.3)
    assert alone.sentences()[0].endswith("before any cause, see how the two sets differ.")
    assert alone.sentences()[1] in ("No cause is named before it is clear how train and dev differ.", "Cannot tell the cause yet.")


def test_a_bias_that_an_easier_dev_does_not_show_is_none() -> None:
    """A third of train's labels is wrong, and dev's are right: there the model is as good as people."""
    for dev, human in ((100, 0.1), (100, "10/100"), (240, 0.23), (60, 0.1)):
        book = ledger_of({"train": records(300, 1000), "dev": records(dev, 1000)}, human=human)
        assert not book.causes and book.gaps[0].verdict == "cannot tell"
        assert any("dev, which is easier than train, is not so far from people" in line for line in book.sentences())
    assert ledger_of({"train": records(300, 1000), "dev": records(295, 1000)}, human=0.1).causes == ("bias",)


def test_where_dev_is_the_odd_one_dev_and_test_are_named() -> None:
    """train 5, dev 16, test 4 %: what comes before the cause does not contradict it."""
    book = ledger(human=0.04, train=0.05, dev=0.16, test=0.04, n=10_000)
    first, cause = book.sentences()[:2]
    assert first.startswith("dev is harder than test: 12.0 points [1") and "cause" not in first and cause == "Cause: high variance or another distribution."
    easier = ledger(human=0.15, train=0.15, dev=0.04, n=10_000).sentences()
    assert easier[1] == "No cause is named before it is clear how train and dev differ." and not any("none is a cause" in one for one in easier)


def test_people_far_worse_than_train_were_hardly_measured_right() -> None:
    line = "train is far better than people: 1.0 % against 50.0 %; is the human error right?"
    assert line in ledger(human=0.5, train=0.01, dev=0.012, n=2000).sentences()
    assert line.replace("1.0 % against 50.0", "99.0 % against 50.0") in ledger(
        human=0.5, train=0.99, dev=0.98, n=2000, direction="higher").sentences()
    assert not any("far better" in one for one in ledger(human=0.05, train=0.0, dev=0.04, n=2000).sentences())


def test_what_would_decide_is_counted_in_what_errs_by_itself() -> None:
    """12 hospitals: more rows of them tell nothing; and of people it is answers."""
    of, k = np.repeat(np.arange(12), 20), np.tile(np.arange(20), 12)
    dev = Records(np.zeros(240, int), (k < np.where(of % 3, 1, 6)).astype(int), of)
    book = ledger_of({"train": records(100, 1000), "dev": dev})
    line = next(one for one in book.sentences() if "would decide" in one)
    assert " groups in dev (now 12) " in line and book.needed["dev"] > 12
    few = ledger_of({"train": records(100, 2000), "dev": records(100, 2000)}, human="2/100")
    assert any(" answers of people (now 100)" in one for one in few.sentences())
    assert not ledger_of({"train": records(102, 1000), "dev": records(100, 1000)}).reversed  # by less than it is worth
    assert not ledger_of({"train": records(12, 100), "dev": records(10, 100)}).reversed  # which may be chance
    assert not ledger_of({"train": records(100, 1000), "dev": records(100, 1000)}, human=0.3).reversed  # better than people
