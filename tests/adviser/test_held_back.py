"""What of a run's own settings holds it back, what was tried beside it, and what may be bias."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.adviser.test_next_steps import BIAS, VARIANCE, commands
from wengu.adviser.held_back import from_generalising
from wengu.adviser.next_steps import next_steps
from wengu.adviser.run_context import RunContext
from wengu.practice import ledger, remedies


def started(stopped: str = "early", costs: tuple[float, ...] = (2.0, 1.9, 1.8, 1.8), **given: object) -> RunContext:
    """A run of LeNet-5 on the sample that somebody gave these settings; the rest is as usual."""
    usual = {"epochs": 40, "lr": 0.003, "weight_decay": 0.05, "dropout": 0.2, "l2": 0.0, "l1": 0.0, "batch_size": 64, "patience": 8,
             "optim": "adamw", "augment": "shift+flip", "data": "sample", "network": "lenet5", "init": "auto"}
    rule = {"epochs": "data", "lr": "rule", "weight_decay": "rule", "dropout": "rule", "augment": "data", "network": "name"}
    return RunContext(Path("runs/x"), "pictures", "lenet5", usual | given, rule | dict.fromkeys(given, "flag"), 3600, 1, 1, stopped,
                      len(costs), list(costs), 10)


POOR = ledger(train=0.466, dev=0.47, n=1200)  # human error unknown


@pytest.mark.parametrize(("run", "flags"), [
    (started(l2=0.3), "--l2 0.3"),
    (started(dropout=0.9, l1=0.01), "--l1 0.01 --dropout 0.9"),
    (started(weight_decay=5.0), "--weight-decay 5.0"),
    (started("epochs", lr=1e-5), "--lr 1e-05"),
    (started("epochs", costs=(150.4, 2.32, 2.31, 2.305), lr=0.3), "--lr 0.3"),
    (started("epochs", costs=(float("nan"),) * 2, lr=30.0), "--lr 30.0"),
    (started("epochs", costs=(1.5,), epochs=1), "--epochs 1"),
    (started("epochs", optim="sgd"), "--optim sgd"),
    (started(batch_size=3600), "--batch-size 3600"),
])
def test_what_holds_it_back_is_taken_back_before_anything_is_added(run: RunContext, flags: str) -> None:
    for book in (POOR, ledger(human=0.01, train=0.466, dev=0.47, n=1200)):
        step = next(step for step in next_steps(book, run) if step.command)
        assert step.what.startswith(f"Leave out {flags}: ") and step.command == "wengu fit lenet5"


def test_what_fits_is_not_taken_back() -> None:
    for run in (started(lr=0.004), started(dropout=0.1), started(augment="none"), started(epochs=400), started(seed=3)):
        assert not any("Leave out" in step.what for step in next_steps(POOR, run))


def test_of_several_the_curve_says_which_comes_first() -> None:
    both = {"l2": 0.3, "lr": 0.3}
    falling = next_steps(POOR, started("epochs", lr=1e-5, l2=0.3))
    chance = next_steps(POOR, started("early", costs=(2.4, 2.31, 2.31), **both))
    fitted = next_steps(POOR, started("early", costs=(2.0, 1.2, 1.2), **both))
    assert [next(step.command for step in steps if step.command) for steps in (falling, chance, fitted)] == [
        "wengu fit lenet5 --l2 0.3", "wengu fit lenet5 --l2 0.3", "wengu fit lenet5 --lr 0.3"]


def test_regularisation_turned_off_by_hand_comes_back_where_it_does_not_generalise() -> None:
    steps = next_steps(VARIANCE, started(dropout=0.0, augment="none", weight_decay=0.0))
    assert steps[0].command == "wengu fit lenet5" and steps[0].what.startswith("Leave out --dropout 0.0 --weight-decay 0.0 --augment none: ")
    assert "without" not in steps[0].what and "less than usual" in steps[0].what


@pytest.mark.parametrize(("run", "word"), [
    (started("epochs", costs=(2.4, 2.31, 2.31)), "--lr 0.0003"), (started("epochs", costs=(2.2, 2.0, 1.8)), "--lr 0.009"),
])
def test_alpha_goes_where_the_training_cost_points(run: RunContext, word: str) -> None:
    assert any(word in command for command in commands(next_steps(BIAS, run)))


def test_of_alpha_nothing_is_said_where_the_cost_came_down_and_is_level() -> None:
    assert not any("--lr" in command for command in commands(next_steps(BIAS, started("early", costs=(2.2, 1.0, 0.5, 0.5)))))


SLOW = tuple(0.6930 - 0.0282 * k / 199 for k in range(200))
SWAYING = tuple(0.6931 + 0.002 * (-1) ** k for k in range(200))
COME_DOWN_TO_IT = (0.71, *(0.673 + 0.0005 / (k + 1) for k in range(199)))  # of two classes, 60 to 40


@pytest.mark.parametrize(("costs", "flag"), [(SLOW, "--lr 0.009"), (SLOW[:2], "--lr 0.009"), (SWAYING, "--lr 0.0003"), (COME_DOWN_TO_IT, "--lr 0.0003")])
def test_a_cost_that_fell_throughout_is_not_at_chance(costs: tuple[float, ...], flag: str) -> None:
    """Near log 2 all of them: the slow one needs a larger α, those that learnt nothing a smaller one."""
    run = replace(started("epochs", costs, epochs=len(costs)), classes=2, came_from={})
    steps = next_steps(BIAS, replace(run, came_from=dict.fromkeys(run.settings, "data")))
    assert [step.command for step in steps if "--lr" in step.command] == [f"wengu fit lenet5 {flag}"]


def test_more_labels_are_no_remedy_for_bias() -> None:
    assert "human-labels" not in {remedy.key for remedy in remedies("bias", worse_than_human=True)}
    assert "human-labels" in {remedy.key for remedy in remedies("variance", worse_than_human=True)}


# --------------------------------------------------------------------------------------------- what was tried


def test_nothing_that_a_run_beside_it_is_already_is_advised_again() -> None:
    decayed = replace(started(weight_decay=0.1), path=Path("runs/y"))
    first = commands(next_steps(VARIANCE, started()))
    then = next_steps(VARIANCE, replace(started(), attempts=(replace(started(dropout=0.4), path=Path("runs/z")), decayed)))
    assert "wengu fit lenet5 --dropout 0.4" in first
    assert "wengu fit lenet5 --dropout 0.4" not in commands(then) and not any("--weight-decay" in one for one in commands(then))
    assert then[-1].what == "Tried already, without a clear gain: dropout 0.4 (runs/z); weight-decay 0.1 (runs/y)."


def test_who_went_further_the_same_way_has_tried_it_too() -> None:
    beyond = replace(started(weight_decay=0.2), path=Path("runs/y"))
    other = replace(started(weight_decay=0.01), path=Path("runs/w"))
    doubled = {"weight_decay": 0.1}
    assert replace(started(), attempts=(beyond,)).tried(**doubled) == beyond
    assert replace(started(), attempts=(other,)).tried(**doubled) is None
    assert replace(started(), attempts=(replace(beyond, network="lenet9"),)).tried(**doubled) is None


def test_another_seed_is_no_other_attempt() -> None:
    again = replace(started(dropout=0.4, seed=7), path=Path("runs/y"))
    assert replace(started(), attempts=(again,)).tried(dropout=0.4) == again


def test_human_unknown_is_not_no_bias() -> None:
    """30 and 32 %: variance is the largest gap that was judged, and bias may be fifteen times it."""
    book = ledger(train=0.30, dev=0.32, n=20_000)
    assert book.causes == ("variance",) and book.possible_bias == 0.30
    assert "Largest judged gap: high variance; bias may be up to 30.0 points" in str(book)
    steps = next_steps(book, started(l2=0.3))
    assert steps[0].remark.endswith("--human ERROR") and steps[1].command == "wengu fit lenet5"
    assert ledger(train=0.01, dev=0.11, n=20_000).possible_bias is None  # a gap ten times what is left on train
    assert ledger(human=0.29, train=0.30, dev=0.32, n=20_000).possible_bias is None


def test_fewer_examples_than_there_are_explain_variance() -> None:
    few = from_generalising(started(train_examples=300))
    assert [(held.kind, held.names, held.flags) for held in few] == [("fewer", ("train_examples",), "--train-examples 300")]
    assert few[0].why == "there are more training examples than it takes"
