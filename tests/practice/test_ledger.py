"""The ledger: the notes' tables, then which gap is a cause for any numbers, and when that cannot be told."""

from __future__ import annotations

import numpy as np
import pytest

from tests.practice.made import records
from wengu.core.i18n import use_language
from wengu.practice import ledger, ledger_of
from wengu.practice.ledger_words import would_decide

NOTES = [  # human, train, train-dev, dev, test, what the notes say
    (0.009, 0.01, None, 0.11, None, "variance"),
    (0.009, 0.15, None, 0.16, None, "bias"),
    (0.009, 0.15, None, 0.30, None, "bias and variance"),
    (0.009, 0.005, None, 0.01, None, "none"),
    (0.01, 0.08, None, 0.10, None, "bias"),
    (0.075, 0.08, None, 0.10, None, "variance"),
    (0.0, 0.01, 0.09, 0.10, None, "variance"),
    (0.0, 0.01, 0.015, 0.10, None, "mismatch"),
    (0.0, 0.10, 0.11, 0.12, None, "bias"),
    (0.0, 0.10, 0.11, 0.20, None, "bias and mismatch"),
    (0.0, 0.01, 0.015, 0.02, 0.10, "overfitted dev"),
]


@pytest.mark.parity
@pytest.mark.parametrize(("human", "train", "train_dev", "dev", "test", "says"), NOTES)
@pytest.mark.parametrize("n", [None, 100_000])
@pytest.mark.parametrize("direction", ["lower", "higher"])
def test_parity_the_notes_tables(human, train, train_dev, dev, test, says, n, direction) -> None:
    """Authority: the notes' tables on bias, variance, human level and mismatch; as error rates and as accuracies."""
    rates = {"human": human, "train": train, "train_dev": train_dev, "dev": dev, "test": test}
    if direction == "higher":
        rates = {name: None if rate is None else 1 - rate for name, rate in rates.items()}
    book = ledger(**rates, n=n, direction=direction)
    assert book.cause == says
    assert book.judged == ("points" if n is None else "intervals")
    assert " and ".join(book.causes) in (says, "")


@pytest.mark.parity
@pytest.mark.parametrize(("human", "train", "train_dev", "dev", "test", "says"), NOTES)
def test_parity_the_notes_tables_from_records(human, train, train_dev, dev, test, says) -> None:
    """Authority: the same tables, from 20,000 records a set."""
    rates = {"train": train, "train-dev": train_dev, "dev": dev, "test": test}
    sets = {name: records(round(20_000 * rate), 20_000) for name, rate in rates.items() if rate is not None}
    assert ledger_of(sets, human=human).cause == says


def test_signs_of_the_gaps() -> None:
    gaps = {g.name: g.points for g in ledger(human=0.01, train=0.03, train_dev=0.07, dev=0.15, test=0.31).gaps}
    assert gaps == pytest.approx({"bias": 0.02, "variance": 0.04, "mismatch": 0.08, "overfitted dev": 0.16})


def test_few_examples_cannot_tell_and_the_number_that_could_does() -> None:
    few = ledger(train=0.10, dev=0.13, n={"train": 50_000, "dev": 200})
    assert few.cause == "cannot tell yet"
    assert few.gaps[0].verdict == "cannot tell"
    assert few.gaps[0].low < 0 < few.gaps[0].high
    assert set(few.needed) == {"dev"}
    # (1.96 + 0.84) √(p(1-p)/n) must fall below 3 points, p = 0.13
    assert few.needed["dev"] == pytest.approx(7.849 * 0.13 * 0.87 / 0.03**2, rel=0.1)
    assert ledger(train=0.10, dev=0.13, n={"train": 50_000, "dev": int(0.3 * few.needed["dev"])}).causes == ()


def test_the_number_that_is_asked_for_decides_four_times_in_five() -> None:
    n = ledger(train=0.10, dev=0.13, n={"train": 50_000, "dev": 200}).needed["dev"]
    seen = np.random.default_rng(0).binomial(n, 0.13, 1000) / n
    found = np.mean([ledger(train=0.10, dev=dev, n={"train": 50_000, "dev": n}).cause == "variance" for dev in seen])
    assert 0.75 < found < 0.87


def test_the_number_that_could_tell_stands_beside_the_number_now() -> None:
    line = ledger(train=0.1, dev=1.0, n={"train": 50_000, "dev": 1}).sentences()[-1]
    assert "2 examples in dev (now 1) would decide about variance in four cases of five" in line


def test_two_noisy_sets_both_need_more() -> None:
    book = ledger(train=0.10, dev=0.13, n=300)
    assert any("1,900 examples in train (now 300) and 1,900 examples in dev (now 300) together would decide about variance" in line
               for line in book.sentences())
    assert set(book.needed) == {"train", "dev"}
    assert ledger(train=0.10, dev=0.13, n=int(1.2 * max(book.needed.values()))).cause == "variance"


def test_two_gaps_of_one_set_need_the_larger_number() -> None:
    book = ledger(train=0.05, train_dev=0.07, dev=0.10, n={"train": 50_000, "train-dev": 200, "dev": 5000})
    variance, mismatch = (gap.needed["train-dev"] for gap in book.gaps)
    assert book.needed == {"train-dev": max(variance, mismatch)}
    assert variance > mismatch  # 2 points are harder to tell from none than 3


def test_none_is_not_claimed_from_a_handful() -> None:
    """Ten examples without an error do not show that all is well."""
    assert ledger(human=0, train=0.0, dev=0.0, n={"train": 60_000, "dev": 10}).cause == "cannot tell yet"
    settled = ledger(human=0, train=0.0, dev=0.0, n={"train": 60_000, "dev": 10_000})
    assert settled.cause == "none"
    assert settled.needed == {}
    # no error in n leaves z²/(n + z²) possible: below a point from 381 on
    clean = ledger(human=0, train=0, dev=0, n={"train": 60_000, "dev": 50})
    assert clean.needed == {"dev": pytest.approx(381, rel=0.03)}
    unsure = ledger(human=0, train=0.004, dev=0.009, n={"train": 60_000, "dev": 1000})
    assert unsure.gaps[1].why == "reaches worth"
    assert ledger(human=0, train=0.004, dev=0.009, n={"train": 60_000, "dev": 2 * unsure.needed["dev"]}).cause == "none"


def test_an_unsettled_largest_gap_leaves_the_others_open() -> None:
    book = ledger(human=0, train=0.03, dev=0.10, n={"train": 50_000, "dev": 20})
    assert [gap.why for gap in book.gaps] == ["largest unsettled", "holds 0"]
    assert book.cause == "cannot tell yet"


def test_a_cause_stands_beside_a_gap_that_cannot_be_told() -> None:
    book = ledger(human=0, train=0.10, train_dev=0.10, dev=0.17, n={"train": 9000, "train-dev": 9000, "dev": 40})
    assert book.cause == "bias"
    assert [gap.verdict for gap in book.gaps] == ["cause", "not a cause", "cannot tell"]
    assert "dev" in book.needed


def test_a_gap_too_near_the_line_promises_nothing() -> None:
    book = ledger(human=0, train=0.0, dev=0.00999999, n={"train": 60_000, "dev": 1000}, worth=0.01)
    assert book.gaps[1].why == "reaches worth"
    assert book.needed == {}
    assert any("hardly settle" in line for line in book.sentences())


def test_float_noise_at_the_worth() -> None:
    assert 0.12 - 0.11 < 0.01  # in binary
    assert ledger(human=0.11, train=0.12, dev=0.12).cause == "bias"
    assert ledger(human=0.1, train=0.2, dev=0.25).cause == "bias and variance"  # 0.25 - 0.2 is not quite half of 0.1


def test_what_rounds_to_0_has_no_sign() -> None:
    book = str(ledger(human=0.1, train=0.1 - 1e-9, dev=0.1))
    assert "0.0 points" in book and "-0.0" not in book


def test_unknown_human_leaves_bias_unjudged_and_says_so() -> None:
    book = ledger(train=0.15, dev=0.16)
    assert [gap.name for gap in book.gaps] == ["variance"]
    assert book.worse_than_human is None
    assert any(line.startswith("Human error is unknown") for line in book.sentences())
    assert ledger(human=0.01, train=0.15, dev=0.16).worse_than_human is True
    assert ledger(human=0.80, train=0.85, dev=0.84, direction="higher").worse_than_human is False


def test_human_error_is_exact_unless_counted() -> None:
    exact = ledger(human=0.02, train=0.05, dev=0.05, n=1000)
    assert exact.rows[0].low is None
    assert exact.cause == "bias"
    counted = ledger(human=0.02, train=0.05, dev=0.05, n={"human": 50, "train": 1000, "dev": 1000})
    assert counted.rows[0].n == 50
    assert counted.cause == "cannot tell yet"
    assert "human" in counted.needed


def test_worth_and_level_are_the_users() -> None:
    assert ledger(human=0, train=0.005, dev=0.005, worth=0.004).cause == "bias"
    wide, narrow = (ledger(train=0.1, dev=0.2, n=500, level=level).gaps[0] for level in (0.99, 0.5))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_in_both_languages() -> None:
    book = ledger(human=0, train=0.01, dev=0.05, n={"train": 9000, "dev": 40})
    english = book.sentences()
    use_language("zh")
    try:
        chinese = book.sentences()
        assert str(ledger(human=0.009, train=0.01, dev=0.11)).startswith("原因：高方差。")
    finally:
        use_language("en")
    assert len(english) == len(chinese)
    assert all(a != b for a, b in zip(english, chinese, strict=True))
    assert english[0] == "Cannot tell the cause yet."
    assert english[-1].startswith("320 examples in dev (now 40) would decide about variance")


@pytest.mark.parametrize(("given", "open_"), [
    ({"train": 0.10, "dev": 0.13, "n": 60}, True), ({"train": 0.10, "dev": 0.13, "n": 300, "human": 0.09}, False),
    ({"train": 0.01, "dev": 0.05, "n": {"train": 9000, "dev": 40}}, True),
    ({"train": 0.004, "dev": 0.02, "n": {"train": 20_000, "dev": 50}}, False),  # at most half a point from anybody
])
def test_what_would_decide_says_that_bias_stays_open(given: dict[str, object], open_: bool) -> None:
    line = would_decide(ledger(**given))
    assert "would decide about variance in four cases of five" in line
    assert line.endswith("; bias stays open, as what people reach is unknown") is open_


def test_a_small_error_has_a_small_worth() -> None:
    """0.1 and 0.9 % on 20,000 are nine times as many errors; 0.5 and 1 % are good, as the notes say."""
    small = ledger(train=0.001, dev=0.009, n=20_000)
    assert small.cause == "variance" and small.worth == pytest.approx(0.75 * 0.009)
    assert ledger(train=0.999, dev=0.991, n=20_000, direction="higher").cause == "variance"
    assert ledger(human=0.009, train=0.005, dev=0.01, n=20_000).cause == "none"
    assert ledger(train=0.1, dev=0.13).worth == 0.01
    assert ledger(train=0.001, dev=0.009, n=20_000, worth=0.01).cause == "none"  # who says so is heeded


def test_four_gaps_at_once_raise_few_false_alarms() -> None:
    """One error for all sets: any cause is false. One in ten was, where each gap had a chance of its own."""
    generator, times, n = np.random.default_rng(2), 1500, {"train": 4000, "train_dev": 400, "dev": 400, "test": 400}
    alarms = 0
    for _ in range(times):
        seen = {name: generator.binomial(m, 0.06) / m for name, m in n.items()}
        alarms += bool(ledger(human=0.06, **seen, n=n).causes)
    assert alarms < (0.05 + 2 * (0.05 * 0.95 / times) ** 0.5) * times


def test_one_gap_of_several_needs_more_than_its_interval() -> None:
    rates = {"human": 0.06, "train": 0.06, "train_dev": 0.06, "dev": 0.06}
    n = {"train": 50_000, "train_dev": 400, "dev": 400}
    alone = ledger(train=0.06, dev=0.0855, n={"train": 50_000, "dev": 400})
    assert alone.cause == "variance"
    several = ledger(**rates | {"train_dev": 0.0855, "dev": 0.0855}, test=0.0855, n={**n, "test": 400})
    assert [gap.why for gap in several.gaps][1] == "one of several" and several.cause == "cannot tell yet"
    assert "among several gaps one is often so far from 0 by chance" in str(several)
    assert several.needed


def test_a_bias_that_there_may_be_is_said_where_no_gap_is_a_cause() -> None:
    """30.0 and 30.1 % on 100,000: no variance, and up to 30 points to people, whom nobody asked."""
    told = ledger(train=0.3, dev=0.301, n=100_000).sentences()[0]
    assert told == "No gap that was judged reaches 1.0 points; bias may be up to 30.0 points, as what people reach is unknown."
    told = ledger(train=0.3, dev=0.32, n=2000).sentences()[0]
    assert told == "Cannot tell the cause yet; bias may be up to 30.0 points, as what people reach is unknown."
    assert ledger(human=0.3, train=0.3, dev=0.301, n=100_000).sentences()[0] == "No gap that was judged reaches 1.0 points, so none is a cause."


def test_a_dev_set_that_is_the_odd_one_is_no_plain_variance() -> None:
    """Train 2, dev 90, test 3 %: between train and test there is a point."""
    told = ledger(human=0.01, train=0.02, dev=0.9, test=0.03, n=1000).sentences()
    assert "Cause: high variance or another distribution." in told
    assert ledger(human=0.01, train=0.02, dev=0.9, test=0.9, n=1000).sentences()[0] == "Cause: high variance."
