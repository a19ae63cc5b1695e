"""The same settings under several seeds."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from wengu.adviser.diagnose import card_of
from wengu.core.checks import InputError
from wengu.core.console import Console
from wengu.core.run_folder import RunFolder
from wengu.project import fit, learning_curve_of, repeat


def told(run: Path) -> tuple[dict[str, Any], list[str]]:
    folder = RunFolder.open(run)
    return folder.settings()[0], [row["id"] for row in folder.read_table("split.csv") if row["set"] == "dev"]


def test_the_runs_differ_in_the_seed_alone_and_the_card_says_what_that_does(iris: Path, tmp_path: Path) -> None:
    found = repeat("softmax", times=3, runs=tmp_path, name="a", data=str(iris), target="species", epochs=3, lr=0.02, seed=5,
                   split_seed=1, batch_size=16, quiet=True)
    assert [path.name for path in found.paths] == ["a", "a-seed6", "a-seed7"]
    (first, dev), *others = map(told, found.paths)
    assert [settings["seed"] for settings, _ in others] == [6, 7]
    assert all(settings | {"seed": 5} == first and ids == dev for settings, ids in others)
    assert [RunFolder.open(path).settings()[1]["lr"] for path in found.paths] == ["call"] * 3
    rows = [RunFolder.open(path).read_json("ledger.json")["rows"] for path in found.paths]
    assert found.values == tuple(next(row["value"] for row in each if row["set"] == "dev") for each in rows)
    percent = [100 * value for value in found.values]
    line = f"dev error {percent[0]:.1f} %, over 3 seeds {min(percent):.1f} to {max(percent):.1f} % (sd "
    assert found.card is not None and line in str(found.card) and line in str(card_of(RunFolder.open(found.path)))
    assert line in (found.path / "report.html").read_text(encoding="utf-8")
    assert found.card.better is None  # another seed is no better start


def test_what_has_ended_is_kept_and_the_rest_goes_on(iris: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the second of three; and a run that was trained once."""
    module = sys.modules["wengu.project.again"]
    how: dict[str, Any] = {"runs": tmp_path, "name": "a", "quiet": True}
    fit("softmax", data=str(iris), target="species", epochs=2, optim="momentum", **how)
    before = (tmp_path / "a" / "metrics.jsonl").read_bytes()
    whole = module.fit

    def stopped(recipe: str, **settings: Any) -> Any:
        if settings["name"] == "a-seed2":
            raise KeyboardInterrupt
        return whole(recipe, **settings)

    monkeypatch.setattr(module, "fit", stopped)
    with pytest.raises(KeyboardInterrupt):
        repeat("softmax", times=3, resume=True, **how)
    kept = (tmp_path / "a-seed1" / "metrics.jsonl").read_bytes()
    asked: list[str] = []
    monkeypatch.setattr(module, "fit", lambda recipe, **settings: (asked.append(settings["name"]), whole(recipe, **settings))[1])
    found = repeat("softmax", times=3, resume=True, **how)
    assert asked == ["a-seed2"] and len(found.values) == 3 and not found.stopped
    assert (tmp_path / "a" / "metrics.jsonl").read_bytes() == before
    assert (tmp_path / "a-seed1" / "metrics.jsonl").read_bytes() == kept
    assert {told(path)[0]["optim"] for path in found.paths} == {"momentum"}


def test_one_that_was_interrupted_is_continued(iris: Path, tmp_path: Path) -> None:
    how: dict[str, Any] = {"runs": tmp_path, "name": "a", "quiet": True}
    repeat("softmax", times=2, data=str(iris), target="species", epochs=4, **how)
    other = RunFolder.open(tmp_path / "a-seed1")
    other.note(stopped="interrupted")
    (other.path / "ledger.json").unlink()
    found = repeat("softmax", times=2, resume=True, **how)
    assert (other.path / "ledger.json").exists() and other.facts()["stopped"] == "epochs" and len(found.values) == 2


def test_bad_input_is_refused_before_anything_is_trained(iris: Path, tmp_path: Path) -> None:
    (tmp_path / "a-seed1").mkdir()
    how: dict[str, Any] = {"runs": tmp_path, "data": str(iris), "target": "species", "quiet": True}
    with pytest.raises(InputError, match="a-seed1 is there already; go on with it by --resume"):
        repeat("softmax", name="a", **how)
    with pytest.raises(InputError, match="repeat: expected a number of at least 2, got 1"):
        repeat("softmax", times=1, **how)
    with pytest.raises(InputError, match="expected from 2 to 1000, got 2000"):
        repeat("softmax", times=2000, **how)
    with pytest.raises(InputError, match="give the --name of the first run"):
        repeat("softmax", resume=True, **how)
    assert [path.name for path in tmp_path.iterdir()] == ["a-seed1"]


def test_ctrl_c_in_a_later_one_says_how_the_rest_goes_on(
    iris: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The loop ends in peace then, with a checkpoint; the card of the first, which has ended, is there."""
    how: dict[str, Any] = {"runs": tmp_path, "name": "a"}
    fit("softmax", data=str(iris), target="species", epochs=2, quiet=True, **how)
    stopped = SimpleNamespace(run=SimpleNamespace(stopped="interrupted"))
    monkeypatch.setattr(sys.modules["wengu.project.again"], "fit", lambda recipe, **settings: stopped)
    found = repeat("softmax", times=3, resume=True, console=Console(soft_wrap=True), **how)
    assert found.stopped == "interrupted" and found.values == () and found.card is not None
    assert [path.name for path in found.paths] == ["a", "a-seed1"]
    assert f"stopped; the rest of the 3 runs: wengu fit softmax --name a --resume --repeat 3 --runs {tmp_path}" in capsys.readouterr().out
    assert learning_curve_of(tmp_path / "a", console=Console(soft_wrap=True)) is None
    assert f"the same command goes on: wengu learning-curve {tmp_path / 'a'}" in capsys.readouterr().out
