"""Advice that claims no more than is known: too few to tell, no cause, sets the wrong way round, numbers out of reach."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.adviser.test_held_back import started
from tests.adviser.test_next_steps import RUN
from tests.adviser.test_nothing_learnt import answers
from wengu.adviser.beside import nor_on_train, unlearnt
from wengu.adviser.diagnose import diagnose_table
from wengu.adviser.next_steps import next_steps
from wengu.practice import ErrorRate, Ledger, Records, ledger
from wengu.practice.ledger_words import would_decide

OF_BIAS = ("bigger network", "Train longer", "architecture", "optimiser", "learning rate")


def grouped(rows: Records, groups: int) -> Records:
    """The same, its rows shared out among so many groups, each with as many errors as the next but the last."""
    return replace(rows, group=[i * groups // len(rows) for i in range(len(rows))])


def table(path: Path, sets: dict[str, list[tuple[str, str]]], groups: int = 0) -> Path:
    lines = [f"{name},{truth},{predicted}" + (f",{name}{i * groups // len(rows)}" if groups else "")
             for name, rows in sets.items() for i, (truth, predicted) in enumerate(rows)]
    path.write_text("\n".join(["set,truth,predicted" + (",group" if groups else ""), *lines]))
    return path


@pytest.mark.parametrize(("train", "dev", "found"), [
    (answers(1000, 0.1), answers(10, 0.1), "few"),  # one of ten wrong, where always one answer has five
    (answers(1000, 0.1), grouped(answers(300, 0.1), 3), "few"), (answers(10, 0.1), answers(10, 0.1), "few"),
    (answers(1000, 0.1), answers(1000, 0.5), "dev"), (answers(1000, 0.5), answers(1000, 0.5), "train"), (answers(1000, 0.1), answers(1000, 0.2), ""),
])
def test_that_nothing_is_learnt_is_said_only_where_it_is_sure(train: Records, dev: Records, found: str) -> None:
    assert unlearnt(train, dev, ErrorRate()) == found


def test_of_too_few_no_more_is_said() -> None:
    assert nor_on_train(answers(10, 0.4), ErrorRate()) == "On train there are too few to tell: its error is 40.0 % there, and always one answer gives 50.0 %."
    for book in (ledger(train=0.0, dev=0.4, n={"train": 5000, "dev": 30}), ledger(train=0.1, dev=0.1, n=10)):
        told = " ".join(step.what for step in next_steps(book, RUN, no_better=True, unlearnt="few"))
        assert "says nothing of dev" not in told and "hardly better" not in told
        assert "there are too few to tell whether it is better than always one answer" in told or "Measure on more: " in told


def test_one_row_each_is_no_verdict(tmp_path: Path) -> None:
    card, _ = diagnose_table(table(tmp_path / "one.csv", {"train": [("a", "a")], "dev": [("b", "b")]}))
    assert "hardly" not in str(card) and "learnt" not in str(card)


def test_without_a_cause_only_what_would_decide_is_advised(tmp_path: Path) -> None:
    """2 % are rare and never right; three groups tell of nothing."""
    rows = [("rare" if i % 50 == 0 else "common", "common") for i in range(600)]
    card, _ = diagnose_table(table(tmp_path / "rare.csv", {"train": rows, "dev": rows}, 3))
    assert card.ledger.cause == "cannot tell yet" and card.no_better
    told = [f"{step.what} {step.remark}" for step in card.steps]
    assert not any(word in one for one in told for word in OF_BIAS) and any("--human ERROR" in one for one in told)
    assert "--metric balanced-accuracy" in str(card)
    for run in (None, started()):
        steps = next_steps(ledger(train=0.1, dev=0.13, n=300), run, no_better=True, unlearnt="few")
        assert not any(word in step.what for step in steps for word in OF_BIAS) and any("Measure on more: " in step.what for step in steps)
    cut = next_steps(ledger(train=0.1, dev=0.13, n=300), started("epochs", costs=(2.2, 2.0, 1.8)))  # which its own cost tells
    assert any("Train longer" in step.what for step in cut)


@pytest.mark.parametrize("run", [None, started(), started("epochs", costs=(2.2, 2.0, 1.8), l2=0.3)])
def test_of_an_easier_dev_the_candidates_are_named_and_no_remedy_of_bias(run: object) -> None:
    book = ledger(train=0.19, dev=0.05, n=2000)
    steps = next_steps(book, run)  # type: ignore[arg-type]
    assert steps[1].what == ("Look for labels of train that are noisier, for copies of training examples in dev, and for easier "
                             "examples in dev.")
    assert not any(word in step.what for step in steps for word in (*OF_BIAS, "Leave out", "human"))


@pytest.mark.parametrize(("book", "asked"), [
    (ledger(human=0.14, train=0.149, dev=0.149, n=1200), False),  # a bias of 0.9 points, where 1 is worth it
    (ledger(human=0.149, train=0.15, dev=0.1592, n={"train": 1200, "dev": 600}), False), (ledger(train=0.1, dev=0.13, n=300), True),
])
def test_more_than_twenty_times_what_is_there_is_never_asked_for(book: Ledger, asked: bool) -> None:
    there = {row.set: row.n or 0 for row in book.rows}
    assert book.cause == "cannot tell yet" and all(n <= 20 * there[name] for name, n in book.needed.items()) is asked
    steps = next_steps(book, RUN)
    assert any("Measure on more: " in step.what for step in steps) is asked
    assert any("no amount of examples in reach would decide about " in step.what for step in steps) is not asked
    assert would_decide(book).startswith("No amount of examples in reach") is not asked
    said = " ".join([*book.sentences(), *(step.what for step in steps)])
    assert all(f"{n:,} examples" in said for n in book.needed.values()) is asked
