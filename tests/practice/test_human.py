"""What people reach: a value, or counts, which are as uncertain as a model's."""

from __future__ import annotations

import numpy as np
import pytest

from tests.practice.made import records
from wengu.core.checks import InputError
from wengu.practice import ledger, ledger_of
from wengu.practice.human import Human


@pytest.mark.parametrize(("given", "rate", "want"), [
    ("5/100", True, Human(0.05, 100)), (" 0 / 20 ", True, Human(0.0, 20)), ("0.05", True, Human(0.05)), (0, True, Human(0.0)),
    (36.8, False, Human(36.8)), ("36.8", False, Human(36.8)),
])
def test_what_is_read(given: float | str, rate: bool, want: Human) -> None:
    assert Human.of(given, rate=rate) == want


@pytest.mark.parametrize(("given", "rate", "message"), [
    ("101/100", True, "at most as many errors as answers"), ("0/0", True, "at most as many"), ("5/100", False, "a finite number, got 5/100"),
    ("five", True, "a rate from 0 to 1, such as 0.05, or counts, such as 5/100, got five"), (5, True, "for 5 % give 0.05"),
    (-0.1, True, "a rate"), (float("nan"), True, "a rate"), ("inf", False, "a finite number"), ("-1/5", True, "a rate"), (True, True, "a rate"),
])
def test_what_is_refused(given: float | str, rate: bool, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Human.of(given, rate=rate)


def test_a_count_of_a_hundred_is_no_exact_number() -> None:
    """People err in 7 % of all cases as the model does; a hundred answers often show fewer."""
    generator, false = np.random.default_rng(4), {"exact": 0, "counted": 0}
    sets = {"train": records(1400, 20_000), "dev": records(140, 2000)}
    for k in generator.binomial(100, 0.07, 200):
        false["exact"] += "bias" in ledger_of(sets, human=k / 100).causes
        false["counted"] += "bias" in ledger_of(sets, human=f"{k}/100").causes
    assert false["exact"] > 50 and false["counted"] < 200 * 0.05


def test_counts_are_those_of_the_ledger_of_rates() -> None:
    one = ledger_of({"train": records(200, 2000), "dev": records(240, 2000)}, human="3/150")
    two = ledger(human=0.02, train=0.1, dev=0.12, n={"human": 150, "train": 2000, "dev": 2000})
    assert one.rows == two.rows and one.cause == two.cause and one.rows[0].n == 150
