"""The parent of several processes: what it starts again, what it tells, and what it leaves."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wengu
from tests.waiting import kill, lives, until
from wengu.core.checks import FailedError, InputError
from wengu.core.own_folder import runtime_folder
from wengu.running import processes
from wengu.running.exchange import EXCHANGE, Exchange
from wengu.running.processes import fit_in_processes
from wengu.training import Diverged
from wengu.training.launch import RunMarker

Act = Callable[[Exchange, RunMarker], None]


class Launches:
    """In the place of `launch`: each does something to the folder of the start, or to the run."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, runs: Path, *acts: Act) -> None:
        self.acts, self.runs, self.commands = list(acts), runs, list[list[str]]()
        monkeypatch.setattr(processes, "launch", self)

    def __call__(self, n: int, command: list[str], *, run_id: str, environment: dict[str, str]) -> None:
        self.commands.append(command)
        self.acts.pop(0)(Exchange(Path(environment[EXCHANGE])), RunMarker(run_id, agent=os.getpid()))

    def fit(self) -> Path:
        return fit_in_processes(2, "softmax", settings={}, came_from={}, runs=self.runs)


def answers(value: Path | InputError | OSError) -> Act:
    return lambda exchange, marker: exchange.answer(value)


def dies_at(monkeypatch: pytest.MonkeyPatch, runs: Path, *steps: int) -> Act:
    """Dies again and again, with checkpoints of these steps behind it."""
    monkeypatch.setenv("RANK", "1")

    def act(exchange: Exchange, marker: RunMarker) -> None:
        if steps:
            marker.keep("one")
        for step in steps:
            (runs / "one" / "checkpoints" / str(step)).mkdir(parents=True, exist_ok=True)
        exchange.died("Traceback\nRuntimeError: a cable was pulled\n")
        raise FailedError("again and again")

    return act


def test_who_comes_further_is_started_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = Launches(monkeypatch, tmp_path, dies_at(monkeypatch, tmp_path, 5), dies_at(monkeypatch, tmp_path, 5, 9),
                    answers(Path("runs/one")))
    assert made.fit() == Path("runs/one") and len(made.commands) == 3


def test_who_does_not_get_further_has_failed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = Launches(monkeypatch, tmp_path, *[dies_at(monkeypatch, tmp_path, 5)] * 2)
    with pytest.raises(FailedError, match="RuntimeError: a cable was pulled; the full message is in (.*); continue the run") as error:
        made.fit()
    file = Path(str(error.value).split("the full message is in ")[1].split(";")[0])
    assert "Traceback" in file.read_text()
    file.unlink()
    assert len(made.commands) == 2


def test_nothing_is_remembered_when_it_has_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kept: list[RunMarker] = []

    def act(exchange: Exchange, marker: RunMarker) -> None:
        marker.keep("one")
        kept.append(marker)
        assert marker.name == "one"
        exchange.answer(Path("runs/one"))

    Launches(monkeypatch, tmp_path, act).fit()
    assert kept[0].name is None


@pytest.mark.parametrize("error", [InputError("lr: no"), Diverged("cost: no"), OSError(errno.ENOSPC, "full", "runs/a/5")])
def test_an_error_comes_out_as_it_went_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: InputError | OSError
) -> None:
    with pytest.raises(type(error)) as found:
        Launches(monkeypatch, tmp_path, answers(error)).fit()
    assert str(found.value) == str(error) and type(found.value) is type(error)
    if isinstance(error, OSError):
        assert isinstance(found.value, OSError) and found.value.filename == "runs/a/5"


def test_stopped_before_there_was_a_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        Launches(monkeypatch, tmp_path, lambda exchange, marker: None).fit()


def test_the_command_is_that_of_a_person(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, iris: Path) -> None:
    """With settings as plain values; one that is None is as if it had not been given."""
    asked: list[dict[str, Any]] = []

    def act(exchange: Exchange, marker: RunMarker) -> None:
        asked.append(tomllib.loads(exchange.request.read_text()))
        exchange.answer(InputError("enough"))

    made = Launches(monkeypatch, tmp_path, act, act)
    settings: dict[str, Any] = {"data": iris, "target": "species", "epochs": np.int64(3), "lr": np.float32(0.5), "clip": None,
                                "ignore": ["a"], "from": iris}
    with pytest.raises(InputError, match="enough"):
        wengu.fit("softmax", processes=2, name="one", threads=1, quiet=True, came_from={"lr": "flag"}, **settings)
    assert asked == [{"quiet": True, "came_from": {"lr": "flag"}, "settings": {
        "data": str(iris), "target": "species", "epochs": 3, "lr": 0.5, "ignore": ["a"], "from": str(iris)}}]
    *command, config, language = made.commands[0]
    assert command == ["-m", "wengu", "fit", "softmax", "--runs=runs", "--name=one", "--threads=1"]
    assert config.startswith("--config=") and language == "--lang=en"
    with pytest.raises(InputError, match="epochs: expected a whole number"):
        wengu.fit("softmax", data=iris, target="species", epochs=1.5, processes=2)
    assert len(asked) == 1


CHILD = """
import subprocess, sys, time
if sys.argv[1] == "parent":
    child = subprocess.Popen([sys.executable, __file__, "child"], stdout=subprocess.DEVNULL)
    print(child.pid, flush=True)
    time.sleep(600)
from wengu.core.exit import end_with_parent
end_with_parent()
open(__file__ + ".ready", "w").close()
time.sleep(600)
"""


def test_whose_parent_is_killed_ends(tmp_path: Path) -> None:
    script = tmp_path / "child.py"
    script.write_text(CHILD)
    parent = subprocess.Popen([sys.executable, str(script), "parent"], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    until(Path(f"{script}.ready").exists, by=parent)
    parent.kill()
    parent.wait()
    try:
        until(lambda: not lives(child))
    finally:
        kill(child)


def test_two_starts_do_not_share_a_marker() -> None:
    before = set(runtime_folder().iterdir())
    one, other = RunMarker("../id", agent=1), RunMarker("../id", agent=2)
    one.keep("run")
    try:
        assert other.name is None and one.name == "run"
    finally:
        one.forget()
    assert set(runtime_folder().iterdir()) <= before and not list(Path(tempfile.gettempdir()).glob("wengu-*-id"))
