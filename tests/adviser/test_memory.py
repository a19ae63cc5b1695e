"""What was tried: by this run too, on the same data alone, and in words that say what the other run had."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.adviser.test_held_back import started
from tests.adviser.test_next_steps import BIAS, RUN, SETTINGS, VARIANCE, commands
from wengu.adviser.attempts import attempts
from wengu.adviser.card import SHOWN
from wengu.adviser.compare import since_the_run_before
from wengu.adviser.diagnose import judge
from wengu.adviser.next_steps import next_steps
from wengu.adviser.set_comparison import SetComparison
from wengu.core.run_folder import RunFolder
from wengu.practice import ledger

ERROR = {"name": "error", "direction": "lower", "scale": "rate", "unit": "example", "worth": 0.01}


def run(path: Path, wrong: int, *, n: int = 1000, task: str = "t", data: str = "pets", **given: object) -> RunFolder:
    """A run that errs on so many of its training and of its dev examples; not judged yet."""
    settings = {"network": "lenet5", "data": data, "epochs": 9, **given}
    made = RunFolder.create(path, settings=settings, came_from=dict.fromkeys(settings, "flag") | {"network": "name"}, recipe="pictures",
                            network="lenet5", spec={"classes": ["cat", "dog"]}, task=task, metric=ERROR, examples={"train": n, "dev": n})
    made.note(stopped="epochs", best_epoch=9)
    for name in ("train", "dev"):
        rows = [(f"{name}-{i}", ("cat", "dog")[i % 2], ("cat", "dog")[(i + (i < wrong)) % 2], "") for i in range(n)]
        made.write_table(f"predictions/{name}.csv", ("id", "truth", "predicted", "group"), rows)
    return made


def test_the_run_itself_was_tried_before_it_is_judged_on_disk(tmp_path: Path) -> None:
    best = run(tmp_path / "best", 150, human=0.01)
    assert any("--width 2.0" in step.command for step in judge(best).steps)
    card = judge(run(tmp_path / "wide", 250, human=0.01, width=2.0))
    assert card.better == best.path and not any("--width 2.0" in step.command for step in card.steps)
    assert f"width 2.0 ({tmp_path / 'wide'})" in card.steps[-1].what


@pytest.mark.parametrize("given", [({"human": 0.01}, {}), ({}, {"human": 0.01})])
def test_what_people_reach_is_not_asked_for_where_either_run_says_it(tmp_path: Path, given: tuple[dict[str, float], dict[str, float]]) -> None:
    judge(run(tmp_path / "best", 150, **given[0]))
    card = judge(run(tmp_path / "this", 250, width=2.0, **given[1]))
    assert card.better == tmp_path / "best"
    assert not any("--human ERROR" in step.remark for step in card.steps)
    assert all("--human 0.01" in step.command for step in card.steps if step.command.startswith("wengu fit"))


def test_other_data_of_the_same_classes_remembers_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, data, task in (("other", "b.csv", "u"), ("same", "./a.csv", "v"), ("moved", "c/a.csv", "t")):
        judge(run(tmp_path / name, 100, data=data, task=task))
    this = run(tmp_path / "this", 200, data="a.csv")
    assert {one.path.name for one in attempts(this)} == {"same", "moved"}
    since = since_the_run_before(this)
    assert since is not None and since.path.name == "moved"
    assert since_the_run_before(run(tmp_path / "alone", 200, data="d.csv", task="w")) is None


@pytest.mark.parametrize(("wanted", "had", "tried"), [(3.0, 3.0, True), (3.0, 1.5, True), (3.0, 1e-5, False), (60.0, 90.0, True), (60.0, 900.0, False)])
def test_one_that_went_much_further_has_not_tried_it(wanted: float, had: float, tried: bool) -> None:
    other = replace(started(lr=had), path=Path("runs/slow"))
    assert (replace(started(lr=30.0), attempts=(other,)).tried(lr=wanted) is not None) is tried


def test_the_words_say_what_the_other_run_had() -> None:
    decayed = replace(started(weight_decay=0.2), path=Path("runs/y"))
    usual = replace(started(), path=Path("runs/z"))
    doubled = replace(started(dropout=0.4), path=Path("runs/x"))
    assert next_steps(VARIANCE, replace(started(), attempts=(decayed, doubled)))[-1].what.endswith("weight-decay 0.2 (runs/y).")
    short = replace(started("epochs", epochs=4), attempts=(usual,))
    assert "epochs as usual (runs/z)" in next_steps(BIAS, short)[-1].what


# ---------------------------------------------------------------------------------------------- one remedy, one command


def test_what_was_cut_short_is_taken_back_and_no_more() -> None:
    steps = next_steps(BIAS, started("epochs", costs=(1.5, 1.2, 1.0, 0.9), epochs=4))
    assert any(step.what.startswith("Leave out --epochs 4") for step in steps)
    assert not any("--epochs 8" in command or "--lr" in command for command in commands(steps))


def test_more_data_is_not_asked_for_with_fewer_examples() -> None:
    few = replace(RUN, settings=SETTINGS | {"train_examples": 300}, came_from=RUN.came_from | {"train_examples": "flag"}, examples=300)
    assert "wengu fit lenet5 --lr 0.003 --dropout 0.5 --data fashion-mnist" in commands(next_steps(VARIANCE, few))
    own = next_steps(VARIANCE, replace(few, settings=few.settings | {"data": "photos"}, came_from=few.came_from | {"data": "flag"}))
    assert own[0].command == "wengu fit lenet5 --data photos --lr 0.003 --dropout 0.5"
    assert not any("add to photos" in step.remark or "--train-examples" in step.command for step in own if "more training data" in step.what or "Leave out --train" in step.what)


# ----------------------------------------------------------------------------------------------------- a turn for each


USUAL = replace(RUN, came_from=RUN.came_from | {"dropout": "rule"})
UNLIKE = SetComparison("train", "dev", 0.9, 0.88, 0.92, "distinguishable", (3600, 1200), (), (), (), "noise 0.08", 0.7, 900.0)


@pytest.mark.parametrize(("values", "first"), [({"train": 0.2, "train_dev": 0.2, "dev": 0.3}, "bias"), ({"train": 0.18, "train_dev": 0.18, "dev": 0.4}, "mismatch")])
def test_of_two_causes_each_has_a_command_among_the_first(values: dict[str, float], first: str) -> None:
    book = ledger(human=0.01, n=5000, **values)
    assert set(book.causes) == {"bias", "mismatch"}
    known = replace(USUAL, settings=SETTINGS | {"nearer": "none", "weigh_like_dev": False})
    steps = next_steps(book, known, differ=(replace(UNLIKE, a="train-dev"),))[:SHOWN]
    assert any("--nearer auto" in step.command for step in steps) and any("--width 2.0" in step.command for step in steps)
    assert steps[0].command.startswith("wengu data compare")
    assert ("--nearer" if first == "mismatch" else "--width") in steps[1].command


def test_of_a_mismatch_and_a_bias_that_there_may_be_too() -> None:
    book = ledger(train=0.3, train_dev=0.3, dev=0.4, n=5000)
    assert book.causes == ("mismatch",) and book.possible_bias is not None
    known = started(l2=0.3, init="zeros", nearer="none", weigh_like_dev=False)
    known = replace(known, came_from=known.came_from | {"nearer": "default", "weigh_like_dev": "default"})
    shown = next_steps(book, known, differ=(replace(UNLIKE, a="train-dev"),))[:SHOWN]
    assert "--human ERROR" in shown[0].remark and "data compare" in shown[1].command
    assert "Leave out --l2 0.3" in shown[2].what and "--nearer auto" in shown[3].command


@pytest.mark.parametrize(("train", "dev", "first"), [(0.2, 0.3, "--width 2.0"), (0.18, 0.4, "--data fashion-mnist")])
def test_bias_and_variance_take_turns_the_larger_first(train: float, dev: float, first: str) -> None:
    steps = next_steps(ledger(human=0.01, train=train, dev=dev, n=5000), USUAL)[:SHOWN]
    assert first in steps[0].command
    assert all(any(flag in step.command for step in steps) for flag in ("--width 2.0", "--data fashion-mnist"))
