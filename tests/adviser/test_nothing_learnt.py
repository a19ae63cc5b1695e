"""A model that has learnt nothing, and labels that look exchanged: the data is looked at before any setting is changed."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import wengu
from tests.adviser.test_held_back import started
from tests.adviser.test_next_steps import commands
from wengu.adviser.beside import nor_on_train, unlearnt
from wengu.adviser.diagnose import diagnose_table
from wengu.adviser.next_steps import next_steps
from wengu.adviser.suspicious import look_first
from wengu.practice import ErrorRate, Records, ledger
from wengu.practice.suspicions import Suspicion
from wengu.running.predictions import Predicted

CHANCE = ledger(human=0.0, train=0.494, dev=0.5, n={"train": 5000, "dev": 1000})


def answers(n: int, wrong: float, classes: int = 2) -> Records:
    """As many of each class, of each the same share taken for the next one."""
    truth = np.arange(n) % classes
    return Records(truth, (truth + (np.arange(n) // classes < wrong * n / classes)) % classes)


@pytest.mark.parametrize(("train", "dev", "found"), [
    (0.494, 0.5, "train"), (0.3, 0.5, "dev"), (0.0, 0.5, "dev"), (0.1, 0.3, ""),
])
def test_the_set_up_to_which_nothing_was_learnt(train: float, dev: float, found: str) -> None:
    assert unlearnt(answers(5000, train), answers(1000, dev), ErrorRate()) == found
    assert bool(nor_on_train(answers(5000, train), ErrorRate())) is (found == "train")


def test_by_less_than_a_point_is_hardly_and_of_rare_classes_it_is_not_asked() -> None:
    """Of 200,000 rows 49.4 % wrong is clearly better than 50, and learnt is nothing; 5 % that are rare are never right."""
    assert unlearnt(answers(200_000, 0.494), answers(1000, 0.5), ErrorRate()) == "train"
    rare = Records([0] * 950 + [1] * 50, [0] * 1000)
    assert unlearnt(rare, rare, ErrorRate()) == ""


def test_labels_and_inputs_are_looked_at_before_room_time_and_then_alpha() -> None:
    what = [step.what for step in next_steps(CHANCE, no_better=True, unlearnt="train")]
    assert what[0].startswith("Look at some training examples beside their labels, and at their inputs: on train, too,")
    assert what[1:5] == ["Train longer.", "Take a bigger network: more layers or more units.", "Try another architecture.",
                         "Use a better optimiser, such as Adam, and a tuned learning rate."]
    usual = replace(started("early", costs=(0.7, 0.694, 0.693, 0.693)), classes=2, came_from={})
    steps = next_steps(CHANCE, replace(usual, came_from=dict.fromkeys(usual.settings, "data")), no_better=True, unlearnt="train")
    assert steps[0].what.startswith("Look at some training examples") and steps[0].remark == "wengu fit lenet5 --check looks over the data"
    assert [("--width" in one, "--lr" in one) for one in commands(steps)] == [(True, False), (False, True)]


def test_a_setting_of_ones_own_that_explains_it_is_still_taken_back_first() -> None:
    run = replace(started("epochs", costs=(150.4, 0.70, 0.694, 0.693), lr=30.0), classes=2)
    assert commands(next_steps(CHANCE, run, no_better=True, unlearnt="train"))[0] == "wengu fit lenet5"


def test_what_was_memorised_says_nothing_of_dev() -> None:
    """Labels at random that a network knows by now: 0 % on train, and dev at chance. More data comes after a look."""
    steps = next_steps(ledger(train=0.0, dev=0.5, n=1000), no_better=True, unlearnt="dev")
    assert steps[0].what.endswith("what it learnt on train says nothing of dev.") and steps[1].what == "Get more training data."


def test_a_training_on_labels_at_random_says_so(tmp_path: Path) -> None:
    rng = random.Random(0)
    file = tmp_path / "random.csv"
    file.write_text("a,b,y\n" + "".join(f"{rng.gauss(0, 1):.3f},{rng.gauss(0, 1):.3f},{rng.choice(['no', 'yes'])}\n" for _ in range(900)))
    card = wengu.fit("softmax", data=str(file), target="y", human=0.0, epochs=6, runs=tmp_path / "runs", quiet=True).card
    assert "On dev it is not clearly better than always answering" in card.no_better and "Nor is it on train, or hardly: its error is" in card.no_better
    assert card.steps[0].what.startswith("Look at some training examples beside their labels")


# ------------------------------------------------------------------------------------------------------- exchanged labels


def test_exchanged_labels_are_only_looked_at_and_found_by_their_ids(tmp_path: Path) -> None:
    file = tmp_path / "p.csv"
    rows = [f"train,{c},{c},t{c}{k}" for c in "abc" for k in range(500)]
    rows += [f"dev,{c},{'bac'['abc'.index(c)] if k >= 10 else c},d{c}{k}" for c in "abc" for k in range(200)]
    file.write_text("set,truth,predicted,id\n" + "\n".join(rows) + "\n")
    (step,) = diagnose_table(file)[0].steps  # type: ignore[union-attr]
    assert step.what == ("Look at some examples of a, b in dev beside their labels, such as id or line da10, da11, da12: these look as if "
                         "they were exchanged.")


def test_nothing_that_is_suspected_is_said_to_be_so() -> None:
    rows = Predicted(("x", "y"), (0, 1), (1, 1))
    for name in ("train", "dev", "test"):
        (told,) = look_first((Suspicion("below chance", name),), {name: rows})
        how = "the order of the classes." if name == "train" else "how they were prepared: something may not be as in train."
        assert told == f"Look at some wrong examples of {name} beside their labels, such as id or line x, and at {how}"
    many = Suspicion("exchanged", "dev", told=tuple((k, (k + 1) % 5, 9, 9) for k in range(5)))
    assert look_first((many,)) == ("Look at some examples of 0, 1, 2 and 2 more in dev beside their labels: these look as if they were "
                                   "exchanged.",)
    both = (Suspicion("below chance", "train"), Suspicion("below chance", "dev"))
    assert len(look_first(both)) == 1  # dev is as train is
