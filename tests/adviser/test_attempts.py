"""Where the next steps start: from a run that did better on the same examples, by the worth or beyond doubt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.adviser.test_compare import finished
from tests.adviser.test_held_back import started
from tests.adviser.test_memory import run
from wengu.adviser.attempts import attempts, better_one
from wengu.adviser.diagnose import judge
from wengu.adviser.next_steps import next_steps
from wengu.core.run_folder import RunFolder
from wengu.practice import ErrorRate, ledger


def made(path: Path, errors: int | range, **facts: Any) -> RunFolder:
    return finished(path, [*range(errors)] if isinstance(errors, int) else [*errors], task="t", metric={"name": "error", "direction": "lower", "scale": "rate", "unit": "example", "worth": 0.01},
                    examples={"train": 1000, "dev": 1000}, **facts)


@pytest.mark.parametrize(("errors", "verdict"), [(range(80), "better"), (range(500, 605), "cannot tell"), (range(500, 606), "")])
def test_a_better_one_is_where_the_next_steps_start(tmp_path: Path, errors: range, verdict: str) -> None:
    """Clearly better, better by a point if not clearly, and by 0.9 points, of which nobody knows whether it is better."""
    this = made(tmp_path / "this", 115)
    made(tmp_path / "best", errors, lr=0.2)
    made(tmp_path / "worse", 200)
    found = better_one(this, ErrorRate())
    if verdict:
        assert found is not None and found[0].path == tmp_path / "best" and found[1].verdict == verdict
    else:
        assert found is None
    assert better_one(this, ErrorRate(), worth=0.009) is not None  # to whom 0.9 points matter
    assert better_one(RunFolder.open(tmp_path / "best"), ErrorRate()) is None
    assert {one.path.name for one in attempts(this)} == {"best", "worse"}


def test_runs_of_other_examples_and_damaged_ones_are_left_out(tmp_path: Path) -> None:
    this = made(tmp_path / "this", 115)
    finished(tmp_path / "other", [1], first_id=5000, task="another")
    (made(tmp_path / "broken", 10).path / "ledger.json").write_text("{")
    assert better_one(this, ErrorRate()) is None


def test_where_everything_was_tried_only_more_data_is_left() -> None:
    tried = tuple(replace(started(**change), path=Path(f"runs/{name}")) for name, change in {"y": {"dropout": 0.4}, "z": {"weight_decay": 0.1}}.items())
    own = {"data": "photos"}
    run = replace(started(), settings={**started().settings, **own}, attempts=tuple(replace(one, settings={**one.settings, **own}) for one in tried))
    steps = next_steps(ledger(train=0.04, dev=0.14, n=1200), run)
    assert steps[0].what == "Of what can be tried here only more data is left."
    assert "photos" in steps[1].remark and not any(step.command for step in steps)
    assert steps[-1].what.startswith("Tried already, without a clear gain: dropout 0.4 (runs/y); weight-decay 0.1 (runs/z)")


# --------------------------------------------------------------------------------------------------------- of a tie


def test_of_runs_that_are_as_good_the_usual_one_is_the_start(tmp_path: Path) -> None:
    """As many errors at an α of 1e-5, with more dropout, and as usual: nothing that gained nothing is kept."""
    for name, given in (("a", {"lr": 1e-5}), ("b", {"dropout": 0.4, "lr": 1e-5}), ("usual", {})):
        judge(run(tmp_path / name, 200, human=0.01, **given))
    card = judge(RunFolder.open(tmp_path / "a"))
    assert card.better == tmp_path / "usual" and not any("--lr 1e-05" in step.command for step in card.steps)
    assert f"{tmp_path / 'usual'} did as well with fewer settings of its own: what comes next starts from it" in str(card)
    assert better_one(RunFolder.open(tmp_path / "usual"), ErrorRate()) is None
    found = better_one(RunFolder.open(tmp_path / "b"), ErrorRate())
    assert found is not None and found[0].path == tmp_path / "usual"


SLOW = (2.2, 2.0, 1.8, 1.7, 1.6, 1.5, 1.4, 1.3, 1.2, 1.1)


@pytest.mark.parametrize(("known", "flag", "why"), [
    (started("epochs", SLOW, lr=1e-5), "--lr", "at the usual learning rate, as at its own the training cost was still falling"),
    (started("epochs", (2.4, 2.31, 2.31), lr=0.3), "--lr", "at the usual learning rate, as at its own the training cost did not come down"),
    (started("epochs", (float("nan"),) * 2, lr=30.0), "--lr", "at the usual learning rate, as at its own the training cost did not come down"),
    (started("epochs", SLOW[:4], epochs=4), "--epochs", "with the usual epochs, as with its own the training cost was still falling"),
])
def test_no_command_carries_on_what_the_cost_says_is_wrong(known: Any, flag: str, why: str) -> None:
    for book in (ledger(train=0.04, dev=0.14, n=1200), ledger(human=0.01, train=0.2, dev=0.21, n=5000)):
        steps = next_steps(book, known)
        made = [step for step in steps if step.command.startswith("wengu fit")]
        assert len(made) > 1 and not any(flag in step.command for step in made)
        assert made[0].what.startswith(f"Leave out {flag} ") and made[0].command == "wengu fit lenet5"
        first, *others = made[1:]
        assert why in first.remark and all(step.remark.endswith(why.partition(", as ")[0]) for step in others)


@pytest.mark.parametrize("known", [
    started("early", SLOW[:6], lr=1e-5),  # it had come to its best before
    started("epochs", SLOW, lr=0.002),  # nearly the usual one
    started("epochs", SLOW, lr=0.1),  # larger, and still falling: that says nothing against it
    replace(started("epochs", SLOW, lr=1e-5), attempts=(replace(started(), path=Path("runs/usual")),)),  # which was no better
])
def test_else_its_own_learning_rate_stays(known: Any) -> None:
    steps = next_steps(ledger(train=0.04, dev=0.14, n=1200), known)
    assert any(f"--lr {known.settings['lr']}" in step.command for step in steps)
