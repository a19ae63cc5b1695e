"""What a ledger is made from: numbers, records, or its own JSON; all else is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.practice.made import records
from wengu.core.checks import InputError
from wengu.practice import Ledger, error_rate, ledger, ledger_of


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"train": 1, "dev": 11}, r"dev: expected a rate from 0 to 1, got 11; for 11 % give 0.11"),
        ({"train": -0.1, "dev": 0.1}, "train: expected a rate from 0 to 1, got -0.1"),
        ({"train": float("nan"), "dev": 0.1}, "train: expected a rate"),
        ({"train": 0.1, "dev": 0.1, "human": 7.5}, r"human: .* give 0.075"),
        ({"train": None, "dev": 0.1}, "train: expected a measured value, got none"),
        ({"train": 0.1, "dev": None}, "dev: expected a measured value, got none"),
        ({"train": 0.1, "dev": 0.1, "n": -5}, r"n\[train\]: expected a number of at least 1, got -5"),
        ({"train": 0.1, "dev": 0.1, "n": {"dev": 10}}, "n: expected a count for train too"),
        ({"train": 0.1, "dev": 0.1, "n": {"train": 10, "dve": 10}}, "did you mean dev"),
        ({"train": 0.1, "dev": 0.1, "worth": 0}, "worth: expected a number above 0"),
        ({"train": 0.1, "dev": 0.1, "level": 95}, "level: expected"),
        ({"train": 0.1, "dev": 0.1, "level": 0}, "level: expected a number above 0, got 0"),
        ({"train": 0.1, "dev": 0.1, "direction": "up"}, "direction: 'up' is unknown"),
    ],
)
def test_bad_input_says_what_and_how(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ledger(**arguments)


def test_bad_records_are_refused() -> None:
    rows = records(1, 10)
    with pytest.raises(InputError, match="did you mean train-dev"):
        ledger_of({"train": rows, "train_dev": rows, "dev": rows})
    with pytest.raises(InputError, match="dev: expected a measured value"):
        ledger_of({"train": rows})
    with pytest.raises(TypeError, match="records: expected Records for dev, got list"):
        ledger_of({"train": rows, "dev": [1, 2]})
    with pytest.raises(TypeError, match=r"metric: expected a Metric, such as ErrorRate\(\), got function"):
        ledger_of({"train": rows, "dev": rows}, metric=error_rate)
    with pytest.raises(InputError, match="worth: expected a number above 0, got -1"):
        ledger_of({"train": rows, "dev": rows}, worth=-1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"train": True}, "train: expected a number, got True"),
        ({"train": "a"}, "train: expected a number, got 'a'"),
        ({"human": [0.1]}, r"human: expected a number, got \[0.1\]"),
        ({"worth": "1"}, "worth: expected a number, got '1'"),
        ({"level": None}, "level: expected a number, got None"),
        ({"n": 1.5}, r"n\[train\]: expected a whole number, got 1.5"),
        ({"n": {"train": "9", "dev": 9}}, r"n\[train\]: expected a whole number, got '9'"),
    ],
)
def test_what_is_no_number_is_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        ledger(**{"train": 0.1, "dev": 0.2} | arguments)


def test_numbers_of_any_library_are_numbers() -> None:
    assert ledger(train=np.float32(0.25), dev=np.array(0.5), n=np.int64(9)) == ledger(train=0.25, dev=0.5, n=9)


@pytest.mark.parametrize("n", [None, 150])
def test_round_trip_through_json(n: int | None) -> None:
    book = ledger(human=0.01, train=0.05, train_dev=0.06, dev=0.07, test=0.09, n=n)
    assert Ledger.from_dict(json.loads(json.dumps(book.to_dict()))) == book
    from_rows = ledger_of({"train": records(5, 50), "dev": records(9, 50)}, human=0)
    assert Ledger.from_dict(json.loads(json.dumps(from_rows.to_dict()))) == from_rows
    assert from_rows.to_dict()["cause"] == from_rows.cause


def test_foreign_json_is_refused() -> None:
    with pytest.raises(InputError, match="ledger: expected format 1 or 2, got None"):
        Ledger.from_dict({})
    with pytest.raises(InputError, match=r"ledger: expected what Ledger.to_dict wrote"):
        Ledger.from_dict({"format": 1, "rows": [{"colour": 3}]})
