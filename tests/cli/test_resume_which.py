"""Which run `--resume` means: the newest by time, never one of another network or recipe, and none that may not be read."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.conftest import Wengu
from wengu.core.run_folder import RunFolder

NOBODY = 65534


def fitted(wengu: Wengu, iris: Path, network: str, name: str) -> RunFolder:
    said = wengu("fit", network, "--data", iris, "--target", "species", "--epochs", 1, "--name", name)
    assert said.code == 0, said.err
    return RunFolder.open(Path("runs") / name)


@pytest.fixture
def two_classes(iris: Path, tmp_path: Path) -> Path:
    lines = iris.read_text().splitlines()
    kept = [lines[0], *(line for line in lines[1:] if not line.endswith("virginica"))]
    (tmp_path / "two.csv").write_text("\n".join(kept) + "\n")
    return tmp_path / "two.csv"


def test_the_newest_is_so_by_time(wengu: Wengu, iris: Path) -> None:
    """Half past ten in Shanghai was before half past three in London; and b comes after a."""
    for name, created in (("b", "2026-01-05T10:30:00+08:00"), ("a", "2026-01-05T03:30:00+00:00"), ("c", "2026-01-05T02:00:00+00:00")):
        fitted(wengu, iris, "softmax", name).note(created=created)
    assert "runs/a " in wengu("fit", "softmax", "--resume", "--epochs", 2).out


def test_of_a_run_that_does_not_say_when_its_file_does(wengu: Wengu, iris: Path) -> None:
    for name in ("a", "b"):
        run = fitted(wengu, iris, "softmax", name)
        run.write_json("run.json", {key: value for key, value in run.facts().items() if key != "created"})
    os.utime("runs/a/run.json", (2e9, 2e9))
    assert "runs/a " in wengu("fit", "softmax", "--resume", "--epochs", 2).out


@pytest.mark.parametrize(("made", "under", "message"), [
    ("softmax", ("logistic",), "runs/r is a run of softmax, not of logistic"),
    ("logistic", ("softmax",), "runs/r is a run of logistic, not of softmax"),
    ("softmax", ("lenet5",), "runs/r is a run of table, not of pictures"),
    ("softmax", ("multitask",), "runs/r is a run of table, not of multitask"),
    ("softmax", ("table", "--network", "logistic"), "network: the run has softmax"),
    ("softmax", ("softmax", "--target", "petal width (cm)"), "target: the run has species"),
    ("softmax", ("softmax", "--ignore", "petal width (cm)"), "ignore: the run has"),
    ("softmax", ("softmax", "--optim", "sgd"), "optim: the run has"),
])
def test_a_run_never_goes_on_as_another(wengu: Wengu, two_classes: Path, made: str, under: tuple[str, ...], message: str) -> None:
    run = fitted(wengu, two_classes, made, "r")
    before = {file: file.read_bytes() for file in run.path.rglob("*") if file.is_file()}
    said = wengu("fit", *under, "--resume", "--name", "r", "--epochs", 2)
    assert said.code == 2 and message in said.err and said.err.count("\n") == 1
    assert {file: file.read_bytes() for file in run.path.rglob("*") if file.is_file()} == before
    assert wengu("fit", "table", "--resume", "--name", "r", "--epochs", 2).code == 0  # a table's run it is


# ------------------------------------------------------------------------------------------------------------- rights
@contextmanager
def as_nobody() -> Iterator[None]:
    """As a user who owns nothing; who is none but root already is one."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def open_to_all(wengu: Wengu, monkeypatch: pytest.MonkeyPatch, iris: Path) -> Iterator[Path]:
    """A folder that every user may pass through and write to, with the table and run r in it."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    monkeypatch.chdir(folder)
    shutil.copy(iris, folder / "t.csv")
    fitted(wengu, Path("t.csv"), "softmax", "r")
    wengu("fit", "softmax", "--resume", "--epochs", 1)  # brings along what is imported on the way
    for path in (folder / "runs").rglob("*"):
        path.chmod(0o777 if path.is_dir() else 0o666)
    (folder / "runs").chmod(0o777)
    yield folder
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            path.chmod(0o777)
    shutil.rmtree(folder)


@pytest.mark.parametrize(("what", "mode", "named"), [
    ("runs", 0, "runs"),
    ("runs/r", 0, "runs/r/run.json"),
    ("runs/r/run.json", 0, "runs/r/run.json"),
    ("runs/r/config.toml", 0, "runs/r/config.toml"),
    ("runs/r/split.csv", 0, "runs/r/split.csv"),
    ("runs/r/metrics.jsonl", 0, "runs/r/metrics.jsonl"),
    ("runs/r/checkpoints", 0, "runs/r/checkpoints"),
    ("runs/r/checkpoints/NEWEST", 0, "runs/r/checkpoints/"),
    ("runs/r/checkpoints/NEWEST/sha256", 0, "runs/r/checkpoints/"),
    ("runs/r/checkpoints/NEWEST/state.pt", 0, "runs/r/checkpoints/"),
    ("runs/r/lock", 0o444, "runs/r/lock"),
    ("runs/r", 0o555, "runs/r"),
    ("t.csv", 0, "t.csv"),
])
@pytest.mark.parametrize("name", [("--name", "r"), ()], ids=["named", "the newest"])
def test_what_may_not_be_read_or_written_is_said_to_be_that(
    wengu: Wengu, open_to_all: Path, what: str, mode: int, named: str, name: tuple[str, ...]
) -> None:
    newest = max((Path("runs/r/checkpoints")).iterdir(), key=lambda path: int(path.name))
    file = Path(what.replace("NEWEST", newest.name))
    before = file.stat().st_mode
    content = {path: path.read_bytes() for path in Path("runs").rglob("*") if path.is_file()}
    file.chmod(mode)
    with as_nobody():
        said = wengu("fit", "softmax", "--resume", "--epochs", 2, *name)
    file.chmod(before)
    assert said.code == 2 and said.err.count("\n") == 1, said.err + said.out
    assert "Permission denied" in said.err and named in said.err, said.err
    assert not any(word in said.err for word in ("damaged", "no such", "is not a run", "missing", "there is no")), said.err
    assert {path: path.read_bytes() for path in Path("runs").rglob("*") if path.is_file()} == content
    assert wengu("fit", "softmax", "--resume", "--epochs", 2).code == 0


def test_a_neighbour_that_may_not_be_read_is_passed_over(wengu: Wengu, open_to_all: Path) -> None:
    shutil.copytree("runs/r", "runs/others")
    Path("runs/others").chmod(0)
    with as_nobody():
        said = wengu("fit", "softmax", "--resume", "--epochs", 2)
    assert said.code == 0 and "runs/r " in said.out, said.err


@pytest.mark.parametrize(("what", "words"), [
    ("runs", ("diagnose", "runs/r")),
    ("runs/r", ("diagnose", "runs/r")),
    ("runs/r/predictions", ("diagnose", "runs/r")),
    ("runs/r/predictions/dev.csv", ("diagnose", "runs/r")),
    ("runs/r", ("predict", "runs/r", "t.csv")),
    ("runs/r/checkpoints", ("predict", "runs/r", "t.csv")),
    ("t.csv", ("predict", "runs/r", "t.csv")),
])
def test_other_verbs_say_so_too(wengu: Wengu, open_to_all: Path, what: str, words: tuple[str, ...]) -> None:
    assert wengu(*words).code == 0
    Path(what).chmod(0)
    with as_nobody():
        said = wengu(*words)
    assert said.code == 2 and said.err.count("\n") == 1, said.err + said.out
    assert "Permission denied" in said.err and what in said.err, said.err
    assert not any(word in said.err for word in ("damaged", "no such", "is not a run", "missing", "has not ended")), said.err
