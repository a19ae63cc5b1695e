"""`wengu fit --processes N`: real processes that are killed, stopped and refused."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import wengu as wengu_package
from tests.cli.conftest import Wengu
from tests.waiting import bounded, kill, until
from wengu.core.run_folder import RunFolder
from wengu.training.checkpoint import steps_kept

pytestmark = pytest.mark.timeout(300)


class Started:
    """A command that runs beside the test, in a folder of its own."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.run = RunFolder(folder / "runs" / "one")
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "LANG": "C.UTF-8", "WENGU_LR": "0.01"}
        self.process = subprocess.Popen([sys.executable, "-m", "wengu", *words], cwd=folder, env=environment, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=bounded)

    def until(self, done: Callable[[], bool]) -> None:
        until(done, by=self.process)

    def epochs(self) -> int:
        return len(self.run.metrics()) if self.run.path.exists() else 0

    def workers(self) -> list[int]:
        """The processes that it has started, in the order of their ranks."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                words = (folder / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if parent == self.process.pid:  # one that is about to begin, or has ended, has no rank
                found |= {int(word[5:]): int(folder.name) for word in words if word.startswith(b"RANK=")}
        return [found[rank] for rank in sorted(found)]

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=120)
        return self.process.returncode, out, err


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Started]]:
    made: list[Started] = []

    def go(*words: str) -> Started:
        made.append(Started(tmp_path, *words))
        return made[-1]

    yield go
    for one in made:
        if one.process.poll() is None:
            one.process.send_signal(signal.SIGTERM)
            one.process.communicate()


def last_weights(run: Path) -> dict[str, torch.Tensor]:
    return load_file(run / "checkpoints" / str(steps_kept(run / "checkpoints")[-1]) / "model.safetensors")


def test_killed_interrupted_and_resumed_it_ends_as_if_nothing_had_been(
    iris: Path, tmp_path: Path, start: Callable[..., Started]
) -> None:
    """It trains without an end while it is killed and interrupted; what it reached says how long the whole one is."""
    fit = ("fit", "softmax", "--data", str(iris), "--target", "species", "--patience", "1000000", "--decay", "constant",
           "--dropout", "0.1", "--processes", "2")
    one = start(*fit, "--epochs", "1000000", "--name", "one")
    one.until(lambda: one.epochs() >= 5)
    first = one.workers()
    kill(first[1])
    one.until(lambda: not set(first) & set(one.workers()))
    done = one.epochs()
    one.until(lambda: one.epochs() >= done + 3)
    one.process.send_signal(signal.SIGINT)
    code, out, err = one.end()
    assert (code, err) == (130, ""), err
    assert "a process died; all continue from the last checkpoint of runs/one" in out
    assert one.run.facts()["stopped"] == "interrupted"

    epochs = one.epochs() + 5
    code, out, err = start("fit", "softmax", "--name", "one", "--resume", "--epochs", str(epochs)).end()
    assert (code, err) == (0, ""), err
    assert "2 processes" in out, "as many as it had"
    assert [row["epoch"] for row in one.run.metrics()] == list(range(1, epochs + 1))

    code, out, err = start(*fit, "--epochs", str(epochs), "--name", "whole").end()
    assert (code, err) == (0, ""), err
    assert "2 processes" in out and out.count(f"epoch {epochs:3d} ") == 1 and out.count("Next, in this order:") == 1
    facts = RunFolder.open(tmp_path / "runs" / "whole").facts()
    assert (facts["world_size"], facts["stopped"]) == (2, "epochs")
    _, came_from = RunFolder.open(tmp_path / "runs" / "whole").settings()
    assert [came_from[name] for name in ("epochs", "lr", "l2", "network")] == ["flag", "environment", "default", "name"]
    expected, found = last_weights(tmp_path / "runs" / "whole"), last_weights(one.run.path)
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_from_python(iris: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Settings are Python's values, and those that the environment has for the command line do not count."""
    monkeypatch.setenv("WENGU_LR", "0.5")
    fitted = wengu_package.fit("softmax", data=iris, target="species", epochs=np.int64(2), lr=np.float32(0.25), ignore=(),
                               clip=None, human=0, processes=2, name="one", runs=tmp_path, quiet=True)
    assert capfd.readouterr() == ("", "") and fitted.path == tmp_path / "one"
    assert len(fitted.run.history) == 2 and fitted.ledger.rows[0].set == "human"
    settings, came_from = fitted.run_folder.settings()
    assert (settings["lr"], came_from["lr"], came_from["l2"]) == (0.25, "call", "default")


def test_the_run_keeps_its_number_of_processes(wengu: Wengu, iris: Path) -> None:
    assert wengu("fit", "softmax", "--data", iris, "--target", "species", "--epochs", 2, "--name", "alone").code == 0
    run = RunFolder(Path("runs/alone"))
    before = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
    code, _, err = wengu("fit", "softmax", "--name", "alone", "--resume", "--epochs", 4, "--processes", 2)
    assert code == 2
    assert err == ("wengu: processes: the run has 1, and with another number its last digits would differ; leave it "
                   "out, or give torchrun as many\n")
    assert before == {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}

    run.note(world_size=2)
    code, _, err = wengu("fit", "softmax", "--name", "alone", "--resume", "--epochs", 4, "--processes", 1)
    assert code == 2 and "processes: the run has 2" in err


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--processes", "0"), "processes: expected from 1 to 1024, got 0"),
        (("--processes", "two"), "--processes: expected a whole number, got 'two'"),
        (("--processes", "2", "--target", "colour"), "colour"),
    ],
)
def test_what_is_refused_is_said_once(wengu: Wengu, iris: Path, words: tuple[str, ...], line: str) -> None:
    target = () if "--target" in words else ("--target", "species")
    code, _, err = wengu("fit", "softmax", "--data", iris, *target, *words)
    assert code == 2 and err.count("\n") == 1 and line in err
    assert not Path("runs").exists()
