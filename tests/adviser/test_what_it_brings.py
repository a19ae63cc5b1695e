"""What a step is expected to bring, and that what would decide a gap is what the steps say to measure."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.adviser.test_held_back import started
from tests.adviser.test_memory import UNLIKE
from tests.adviser.test_next_steps import BIAS, RUN, SETTINGS, VARIANCE, commands
from wengu.adviser.diagnose import diagnose_table
from wengu.adviser.next_steps import next_steps
from wengu.adviser.plan import NextStep
from wengu.practice import ledger
from wengu.practice.ledger_words import in_reach, needed_in_words, would_decide

OWN = replace(RUN, settings=SETTINGS | {"data": "photos"})


def remarks(steps: tuple[NextStep, ...]) -> str:
    return "\n".join(step.remark for step in steps)


# ------------------------------------------------------------------------------------------------------------- the gain


def test_no_remedy_is_said_to_gain_more_than_its_gap_with_the_interval_of_that() -> None:
    """Newcombe's interval of 20 % of 5,000 less 1 %, which is exact, is Wilson's of 20 % less 1: 17.9 to 20.1."""
    first, *others = [step for step in next_steps(BIAS, RUN) if "gains" in step.remark]
    assert first.remark.endswith("gains at most 19.0 points [17.9, 20.1], if it closes the whole gap")
    assert others and all(step.remark.endswith("gains at most 19.0 points") for step in others)
    assert [step.remark for step in next_steps(BIAS)][:2] == [
        "gains at most 19.0 points [17.9, 20.1], if it closes the whole gap", "gains at most 19.0 points"]
    bare = ledger(human=0.01, train=0.2, dev=0.21)
    assert next_steps(bare)[0].remark == "gains at most 19.0 points, if it closes the whole gap"


@pytest.mark.parametrize("book", [
    ledger(train=0.10, dev=0.13, n=300), ledger(human=0.09, train=0.10, dev=0.12, n=60), ledger(human=0.05, train=0.05, dev=0.05, n=5000),
    replace(VARIANCE, unlike=("dev",)),
])
def test_where_the_cause_is_not_known_no_gain_is_said(book: Any) -> None:
    """It cannot be told, there is none, or it may be another distribution: a remedy of a variance then cures nothing."""
    for known in (None, RUN, OWN, started(l2=0.3)):
        assert "gains at most" not in remarks(next_steps(book, known, differ=(UNLIKE,) if book.unlike and known else ()))


def test_of_what_may_be_another_distribution_that_is_said_once() -> None:
    known = replace(OWN, settings=OWN.settings | {"nearer": "none"})
    steps = next_steps(replace(VARIANCE, unlike=("dev",)), known, differ=(UNLIKE,))
    (told,) = [step for step in steps if "part of the gap may be another distribution, so nobody can tell what this gains" in step.remark]
    assert "--weight-decay" in told.command  # what makes train look like dev is for that part


@pytest.mark.parametrize("known", [RUN, OWN, started(train_examples=300), started(data="photos", train_examples=300)])
def test_more_data_gains_what_a_learning_curve_says(known: Any) -> None:
    more = [step for step in next_steps(VARIANCE, replace(known, stopped="early"))
            if "more training" in step.what or "training data" in step.what]
    assert more
    for step in more:
        assert "a learning curve tells what it gains: wengu learning-curve " in step.remark and "gains at most" not in step.remark


def test_anybody_is_told_of_the_learning_curve_too() -> None:
    step = next(step for step in next_steps(VARIANCE) if step.what == "Get more training data.")
    assert step.remark == "a learning curve tells what it gains: wengu learning-curve CURVE.csv"


def test_of_two_causes_each_keeps_the_order_of_the_notes() -> None:
    """Another architecture is the last of both, and stood first where variance is the larger."""
    what = [step.what for step in next_steps(ledger(human=0.02, train=0.10, dev=0.20, n=1000))]
    assert what[:4] == ["Get more training data.", "Take a bigger network: more layers or more units.",
                        "Regularise: L2, dropout, data augmentation, early stopping.", "Train longer."]


# -------------------------------------------------------------------------------------------------- what would decide it


def test_people_are_asked_for_more_answers_where_these_decide() -> None:
    book = ledger(human=0.25, train=0.30, dev=0.299, n={"human": 100, "train": 50_000, "dev": 50_000})
    assert set(book.needed) == {"human"} and book.cause == "cannot tell yet"
    what = [step.what for step in next_steps(book, RUN)]
    assert what[0] == f"Have people answer more: {book.needed['human']:,} answers of people (now 100)."
    assert not any("dev examples" in one or "Measure on" in one for one in what)


def test_a_small_test_set_is_what_more_is_needed_of() -> None:
    book = ledger(human=0.05, train=0.05, dev=0.05, test=0.07, n={"train": 5000, "dev": 5000, "test": 300})
    steps = next_steps(book, RUN)
    assert [step.what for step in steps] == [f"Measure on more: {book.needed['test']:,} examples in test (now 300)."]
    assert not commands(steps)


def test_the_larger_data_set_is_the_command_where_it_has_enough() -> None:
    """Fashion-MNIST has 50,000 pictures in train and 10,000 in dev."""
    for dev, n, enough in ((0.05, 40, True), (0.0166, 1200, False)):
        book = ledger(human=0.01, train=0.01, dev=dev, n={"train": 9000, "dev": n})
        assert book.cause == "cannot tell yet" and (0 < max(book.needed.values()) <= 10_000) is enough
        assert any("--data fashion-mnist" in one for one in commands(next_steps(book, RUN))) is enough
    own = next_steps(ledger(human=0.01, train=0.01, dev=0.05, n={"train": 9000, "dev": 40}), OWN)
    assert own[0].remark == "add to photos" and not own[0].command


def test_what_no_number_decides_is_not_measured_on_more() -> None:
    near = ledger(human=0.05, train=0.05, dev=0.0599, n=5000)
    assert near.cause == "cannot tell yet" and not near.needed
    what = [step.what for step in next_steps(near, RUN)]
    assert what[0].startswith("Take it as it is, or judge by another --worth") and not any("Measure on" in one for one in what)


def test_a_gap_beside_the_cause_is_measured_on_more_at_the_end() -> None:
    book = ledger(human=0.01, train=0.1, dev=0.15, n={"train": 5000, "dev": 100})
    assert book.causes == ("bias",) and would_decide(book)
    assert next_steps(book, RUN)[-1].what == f"Measure on more: {book.needed['dev']:,} examples in dev (now 100)."


@pytest.mark.parametrize("human", [None, 0.02, 0.1])
def test_the_card_and_its_steps_never_name_different_numbers(human: float | None) -> None:
    decided = 0
    for train, over, n, counted in product((0.01, 0.05, 0.1, 0.3), (-0.01, 0.0, 0.02, 0.05), (60, 300, 5000), (None, 100)):
        given: dict[str, Any] = {"train": n, "dev": n // 2} | ({"human": counted} if human and counted else {})
        book = ledger(human=human, train=train, dev=max(0.0, train + over), n=given)
        what = [step.what for step in next_steps(book, RUN)]
        if would_decide(book) and in_reach(book):
            decided += 1
            assert any(needed_in_words(book) in one for one in what), (book.needed, what)
        else:
            assert not any("Measure on" in one or "answer more" in one for one in what)
    assert decided > 10


def test_a_bigger_dev_set_is_counted_as_dev_is() -> None:
    book = ledger(human=0.01, train=0.01, dev=0.01, test=0.06, n=5000)
    assert book.causes == ("overfitted dev",)
    step = next(step for step in next_steps(book, OWN) if step.what == "Get a bigger dev set.")
    assert step.remark == "add to photos; there are 5,000 in dev now"
    assert any("--data fashion-mnist" in one for one in commands(next_steps(book, RUN)))
    large = ledger(human=0.01, train=0.01, dev=0.01, test=0.06, n=10_000)  # as many as Fashion-MNIST has
    assert not commands(next_steps(large, RUN))


def test_what_judges_again_does_so_by_the_same_level_and_worth(tmp_path: Path) -> None:
    file = tmp_path / "p.csv"
    file.write_text("set,truth,predicted\n" + "".join(f"{name},{'ab'[k % 2]},{'ab'[(k + (k < 30)) % 2]}\n"
                                                      for name in ("train", "dev") for k in range(300)))
    card, _ = diagnose_table(file, level=0.9, worth=0.02, metric="macro-f1")
    assert card.steps[0].remark == f"wengu diagnose {file} --metric macro-f1 --level 0.9 --worth 0.02 --human MACRO-F1"  # type: ignore[union-attr]
