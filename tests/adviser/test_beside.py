"""What a card says beside the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wengu.adviser import diagnose_table
from wengu.adviser.beside import left_out, no_better, questions, worst_classes, worst_groups
from wengu.adviser.next_steps import next_steps
from wengu.core.i18n import use_language
from wengu.practice import Baseline, Records, described, ledger
from wengu.practice.metrics import ERROR

FACTS = described(ERROR)


def test_at_most_six_questions_stand_on_the_card() -> None:
    def rows(n: int) -> Records:
        return Records([{f"q{k}": 1 for k in range(n)}], [{f"q{k}": int(k > 0) for k in range(n)}])

    assert questions(rows(1)) == () and questions(Records([1], [1])) == ()
    assert questions(rows(2)) == ("q0: 100.0 % wrong of 1 label", "q1: 0.0 % wrong of 1 label")
    assert len(questions(rows(9))) == 7 and questions(rows(9))[-1] == "and 3 more questions"


def test_a_question_that_is_not_judged_is_said() -> None:
    train, dev = Records([{"t": 1, "u": 1}], [{"t": 1, "u": 1}]), Records([{"t": 1, "u": None}], [{"t": 1, "u": 1}])
    assert left_out({"train": train, "dev": dev}) == ("u: no label in dev, so it is left out of the ledger",)
    assert left_out({"train": train}) == left_out({"dev": Records([1], [1])}) == ()


def test_no_better_than_always_one_answer_is_one_line() -> None:
    alike, ahead = Baseline(None, "cat", 0.05, 0.05, better=False), Baseline(None, "cat", 0.5, 0.1, better=True)
    assert no_better([alike], FACTS, {}) == "On dev it is not clearly better than always answering cat: its error is 5.0 %, and always answering that gives 5.0 %. " \
        "--metric balanced-accuracy counts every class alike."
    assert no_better([ahead], FACTS, {}) == no_better([], FACTS, {}) == ""
    several = [Baseline("sex", 1, 0.4, 0.39, better=False), Baseline("paid", 0, 0.2, 0.2, better=False), Baseline("a", 1, 0.4, 0.1, better=True)]
    assert no_better(several, FACTS, {"sex": ["female", "male"]}) == (
        "On dev it is not clearly better than always the commonest answer in 2 of 3 questions: "
        "sex (always male: 40.0 %), paid (always no: 20.0 %).")
    assert "sex (always 1: 40.0 %), paid (always 0: 20.0 %)" in no_better(several, FACTS, None)
    use_language("zh")
    assert "总答“male”" in no_better(several, FACTS, {"sex": ["female", "male"]})


def test_such_a_model_is_not_sent_to_the_test_set() -> None:
    book = ledger(train=0.05, dev=0.05, human=0.05, n=5000)
    assert any("test set" in step.what for step in next_steps(book))
    assert not any("test set" in step.what for step in next_steps(book, no_better=True))
    assert next_steps(book, no_better=True)[0].what.startswith("Take a bigger network")


def test_nor_where_dev_is_easier_than_train() -> None:
    steps = next_steps(ledger(train=0.3, dev=0.1, human=0.3, n=1000))
    assert "find how dev differs" in steps[0].what and not any("test set" in step.what for step in steps)


@pytest.mark.parametrize("found", [0, 40])
def test_a_file_of_predictions_is_judged_so_too(tmp_path: Path, found: int) -> None:
    path = tmp_path / "p.csv"
    rows = [f"{name},{'yes' if k < 40 else 'no'},{'yes' if k < found else 'no'}" for name in ("train", "dev") for k in range(400)]
    path.write_text("set,truth,predicted\n" + "\n".join(rows) + "\n")
    card = str(diagnose_table(path)[0])
    assert ("On dev it is not clearly better than always answering no: its error is 10.0 %, and always answering that gives 10.0 %." in card) == (found == 0)


def test_the_rare_class_that_fails_is_named_beside_the_error_of_all() -> None:
    """50:1: 13 of 14 rare ones wrong are 1.8 % of all."""
    dev = Records(["common"] * 700 + ["rare"] * 14, ["common"] * 713 + ["rare"])
    assert worst_classes(dev) == ("rare: 13 of 14 wrong, 92.9 % [68.5, 99.6]",)
    assert worst_classes(Records(["a", "b"] * 50, ["a"] * 100)) == ("b: 50 of 50 wrong, 100.0 % [92.9, 100.0]",)
    assert worst_classes(Records(["a"] * 50 + ["b"] * 50, ["a", "b"] * 50)) == ()
    assert worst_classes(Records(["a"] * 50 + ["b"] * 3, ["a"] * 53))[-1] == "too few examples in dev to judge: b"


def test_groups_that_fail_are_named_and_chance_names_few() -> None:
    """One hospital of forty errs on two of five, all others on one in ten; then all alike: at most one set in twenty or so."""
    rng, names = np.random.default_rng(0), np.repeat([f"h{k:02d}" for k in range(40)], 50)

    def dev(rates: Any) -> Records:
        return Records(np.zeros(2000, int), (rng.random(2000) < rates).astype(int), names)

    line, *_ = worst_groups(dev(np.where(names == "h07", 0.4, 0.1)))
    assert line.startswith("group h07: ") and " of 50 wrong" in line
    assert sum(bool(worst_groups(dev(0.1))) for _ in range(200)) <= 10
    assert worst_groups(Records([0, 1] * 50, [0] * 100)) == ()


def test_what_is_not_named_is_counted_by_what_it_is() -> None:
    """Five hospitals, and then five classes, of twenty err on every second example."""
    of = np.repeat([f"h{k:02d}" for k in range(20)], 50)
    wrong = (np.arange(1000) % 2 == 0) & (np.arange(1000) < 250)
    groups = worst_groups(Records(np.zeros(1000, int), wrong.astype(int), of))
    assert [line.split(":")[0] for line in groups] == ["group h00", "group h01", "group h02", "and 2 more groups"]
    classes = worst_classes(Records(of, np.where(wrong, "h19", of)))
    assert [line.split(":")[0] for line in classes] == ["h00", "h01", "h02", "and 2 more classes"]


def test_rare_classes_that_fail_are_judged_alike_first(tmp_path: Path) -> None:
    """13 of 14 rare ones wrong beside 7 of 686 others; at one rate of error for both nothing is said."""
    file = tmp_path / "p.csv"
    for rare, others, first in ((13, 7, True), (1, 40, False)):
        rows = [f"{name},{truth},{'rare' if truth == 'plain' and i < others else 'plain' if truth == 'rare' and i < rare else truth}"
                for name in ("train", "dev") for truth, n in (("plain", 686), ("rare", 14)) for i in range(n)]
        file.write_text("\n".join(["set,truth,predicted", *rows]) + "\n")
        card, _ = diagnose_table(file, human=0.0)
        assert any("--metric balanced-accuracy" in step.command for step in card.steps) is first  # type: ignore[union-attr]


def test_a_class_that_is_wrong_in_one_group_alone_is_no_class_that_fails() -> None:
    """100 rows of one patient, all wrong, of 500 rows of five: one patient, and not a hundred cats."""
    truth, of = np.repeat(["cat", "dog"], 500), np.arange(1000) // 100
    predicted = np.where(of == 0, "dog", truth)
    assert worst_classes(Records(truth, predicted)) == ("cat: 100 of 500 wrong, 20.0 % [16.7, 23.7]",)
    assert worst_classes(Records(truth, predicted, of)) == ()
