"""Where the next steps start: from the run that did best on the same examples, whether beyond doubt or not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.adviser.test_compare import finished
from tests.adviser.test_held_back import started
from wengu.adviser.attempts import attempts, better_one
from wengu.adviser.next_steps import next_steps
from wengu.core.run_folder import RunFolder
from wengu.practice import ErrorRate, ledger


def made(path: Path, errors: int, **facts: Any) -> RunFolder:
    return finished(path, list(range(errors)), task="t", metric={"name": "error", "direction": "lower", "scale": "rate", "unit": "example", "worth": 0.01},
                    examples={"train": 1000, "dev": 1000}, **facts)


@pytest.mark.parametrize(("errors", "verdict"), [(80, "better"), (113, "cannot tell")])
def test_the_best_one_is_where_the_next_steps_start(tmp_path: Path, errors: int, verdict: str) -> None:
    this = made(tmp_path / "this", 115)
    made(tmp_path / "best", errors, lr=0.2)
    made(tmp_path / "worse", 200)
    found = better_one(this, ErrorRate())
    assert found is not None and found[0].path == tmp_path / "best" and found[1].verdict == verdict
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
