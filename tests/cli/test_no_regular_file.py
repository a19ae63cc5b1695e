"""Whatever path a user gives: a pipe, into which nobody writes, is refused at once and never waited for."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

import wengu as package
from tests.cli.conftest import Wengu


@pytest.fixture(scope="module")
def run(iris: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package.fit("softmax", data=str(iris), target="species", runs=tmp_path_factory.mktemp("runs")).path


@pytest.fixture(scope="module")
def picture_run(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package.fit("lenet5", data=str(photos), epochs=1, runs=tmp_path_factory.mktemp("runs")).path


@pytest.mark.parametrize("words", [
    "fit softmax --data pipe.csv --target y",
    "fit lenet5 --config pipe.toml",
    "fit pictures --network ./pipe.py:Net",
    "fit lenet5 --from pipe.safetensors --epochs 1",
    "diagnose pipe.csv",
    "predict {run} pipe.csv",
])  # fmt: skip
def test_a_pipe_in_a_files_place(wengu: Wengu, run: Path, words: str) -> None:
    for ending in ("csv", "toml", "py", "safetensors"):
        os.mkfifo(f"pipe.{ending}")
    said = wengu(*words.format(run=run).split())
    assert said.code == 2 and said.err.count("\n") == 1, said.err
    assert "pipe." in said.err and "a pipe, not a regular file; copy what comes through it into a file" in said.err


def test_a_pipe_in_a_pictures_place(wengu: Wengu, picture_run: Path, photos: Path) -> None:
    os.mkfifo("pipe.png")
    said = wengu("predict", picture_run, "pipe.png", next((photos / "bag").iterdir()))
    assert said.out.count("\n") == 1 and "pipe.png skipped: a pipe, not a regular file" in said.err, said
    shutil.copytree(photos, "photos")
    Path("pipe.png").rename("photos/bag/pipe.png")
    said = wengu("fit", "lenet5", "--data", "photos", "--epochs", 1)
    assert said.code == 0 and "bag/pipe.png (a pipe, not a regular file" in said.out, said


@pytest.mark.parametrize("name", ["config.toml", "metrics.jsonl", "checkpoints/sha256", "checkpoints/model.safetensors",
                                  "checkpoints/state.pt"])
@pytest.mark.parametrize("verb", ["predict {run} x.csv", "diagnose {run}", "runs --runs .", "runs {run} {run}",
                                  "fit softmax --resume --name {run}"])
def test_a_pipe_in_a_run(wengu: Wengu, run: Path, iris: Path, name: str, verb: str) -> None:
    inside = Path(shutil.copytree(run, "runs/one"))
    shutil.copy(iris, "x.csv")
    steps = list((inside / "checkpoints").iterdir()) if "checkpoints" in name else [inside]
    for file in (step / Path(name).name for step in steps):
        file.unlink()
        os.mkfifo(file)
    said = wengu(*verb.format(run=inside).split())
    assert "Traceback" not in said.err and said.code in (0, 2), said


@pytest.mark.parametrize("line", ['data = "a\\u0000b"', 'data = "a\\u0000b.csv"', 'network = "./a\\u0000b.py:Net"',
                                  'from = "a\\u0000b.safetensors"', 'name = "a\\u0000b"'])
def test_a_path_with_a_letter_that_no_path_has(wengu: Wengu, line: str) -> None:
    """A file of settings can say what no word of a command line can."""
    Path("x.toml").write_text(line)
    said = wengu("fit", "pictures", "--config", "x.toml", "--epochs", 1)
    assert said.code == 2 and said.err.count("\n") == 1 and "\0" not in said.err, said
