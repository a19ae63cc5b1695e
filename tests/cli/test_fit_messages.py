"""What stands in the way of a run that goes on is said in one line, and not a byte of the run is changed."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

import wengu as package
from tests.cli.conftest import Said, Wengu
from wengu.training.checkpoint import steps_kept

GO_ON = ("fit", "lenet5", "--resume", "--name", "r", "--epochs", 4)
_writable = True  # what the audit hook lets through


@pytest.fixture(scope="module")
def trained(photos: Path, iris: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data and a run on it: pictures as runs/r, a table as runs/t."""
    folder = tmp_path_factory.mktemp("trained")
    shutil.copytree(photos, folder / "photos")
    shutil.copy(iris, folder / "iris.csv")
    with contextlib.chdir(folder):
        package.fit("lenet5", data="photos", epochs=2, device="cpu", name="r", quiet=True)
        package.fit("softmax", data="iris.csv", target="species", epochs=2, name="t", quiet=True)
    return folder


@pytest.fixture
def here(trained: Path, wengu: Wengu, tmp_path: Path) -> Path:
    """The same, for one test."""
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    return tmp_path


def hashes(folder: Path) -> dict[str, str]:
    """Of every file of it."""
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.rglob("*")) if file.is_file()}


def refused(wengu: Wengu, *words: object) -> str:
    """The line with which it is refused; the runs stay as they were."""
    before = hashes(Path("runs"))
    said: Said = wengu(*words)
    assert said.code == 2 and said.err.count("\n") == 1 and said.err.startswith("wengu: "), said.err
    assert hashes(Path("runs")) == before
    return said.err


# ------------------------------------------------------------------------------------------------------- checkpoints
def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _unlink(file: Path) -> None:
    file.unlink()


DAMAGE = pytest.mark.parametrize(("name", "harm"), [
    ("model.safetensors", _flip), ("state.pt", _flip), ("sha256", _unlink),
], ids=["weights", "state", "no sha256"])


@DAMAGE
def test_a_damaged_newest_checkpoint_is_passed_over(here: Path, wengu: Wengu, name: str, harm: Callable[[Path], None]) -> None:
    kept = steps_kept(Path("runs/r/checkpoints"))
    harm(Path(f"runs/r/checkpoints/{kept[-1]}/{name}"))
    said = wengu(*GO_ON)
    assert said.code == 0, said.err
    assert f"checkpoints/{kept[-1]}/{name} is damaged; the one of step {kept[-2]} is used instead" in said.out


@DAMAGE
def test_where_all_are_damaged_it_is_refused(here: Path, wengu: Wengu, name: str, harm: Callable[[Path], None]) -> None:
    for file in Path("runs/r/checkpoints").glob(f"*/{name}"):
        harm(file)
    message = "holds no checkpoint that can be read: "
    assert message in refused(wengu, *GO_ON)
    assert message in refused(wengu, "predict", "runs/r", "photos")


def test_a_checkpoint_of_another_run(here: Path, wengu: Wengu) -> None:
    shutil.rmtree("runs/r/checkpoints")
    shutil.copytree("runs/t/checkpoints", "runs/r/checkpoints")
    assert "metrics.jsonl, on which it rests, is not what it was" in refused(wengu, *GO_ON)


# -------------------------------------------------------------------------------------------------------------- data
def _a_picture(name: str) -> Path:
    """Of class trouser, in this set of runs/r."""
    rows = [line.split(",") for line in Path("runs/r/split.csv").read_text().splitlines()]
    return next(Path("photos", row[0]) for row in rows if row[0].startswith("trouser") and row[1] == name)


def _one_more() -> None:
    shutil.copy(_a_picture("train"), "photos/bag/more.png")


def _a_pixel(name: str) -> None:
    file = _a_picture(name)
    picture = Image.open(file)
    picture.putpixel((14, 14), (picture.getpixel((14, 14)) + 100) % 256)  # type: ignore[operator]
    picture.save(file)


def _another_class() -> None:
    file = _a_picture("train")
    file.rename(Path("photos/bag", file.name))


@pytest.mark.parametrize(("change", "message"), [
    (_one_more, "the data has changed: new: bag/more.png. Give it back as it was when runs/r was started, or start a new run"),
    (_another_class, "the data has changed: gone: trouser/"),
    (lambda: _a_pixel("train"), "the data has changed: trouser/"),
    (lambda: _a_pixel("dev"), "the data has changed: trouser/"),
], ids=["one more", "another class", "a pixel of train", "a pixel of dev"])
def test_pictures_that_have_changed(here: Path, wengu: Wengu, change: Callable[[], None], message: str) -> None:
    change()
    assert message in refused(wengu, *GO_ON)


@pytest.mark.parametrize(("old", "new"), [(",setosa", ",virginica"), ("5.1,", "5.2,")], ids=["a label", "a number"])
def test_a_table_that_has_changed(here: Path, wengu: Wengu, old: str, new: str) -> None:
    table = Path("iris.csv")
    lines = table.read_text().splitlines()
    split = {row.split(",")[0]: row.split(",")[1] for row in Path("runs/t/split.csv").read_text().splitlines()}
    at = next(k for k, line in enumerate(lines) if old in line and split.get(str(k + 1), "train") == "train")
    lines[at] = lines[at].replace(old, new)
    table.write_text("\n".join(lines) + "\n")
    said = refused(wengu, "fit", "softmax", "--resume", "--name", "t", "--epochs", 4)
    assert f"the data has changed: row {at + 1}." in said


def test_another_processor_is_told_of_in_one_line(here: Path, wengu: Wengu) -> None:
    file = Path("runs/t/environment.json")
    file.write_text(json.dumps(json.loads(file.read_text()) | {"processor": "Another 9000", "kernels": "AVX2"}))
    said = wengu("fit", "softmax", "--resume", "--name", "t", "--epochs", 4)
    assert said.code == 0 and said.out.count("\nthe run has been trained on Another 9000 (AVX2), and this is ") == 1


# ---------------------------------------------------------------------------------------------- one writer, no writer
def test_a_run_that_another_process_writes(here: Path, wengu: Wengu) -> None:
    code = ("import sys; from wengu.core.run_folder import RunFolder\n"
            "with RunFolder.open('runs/r'): print('in', flush=True); sys.stdin.read()")
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline() == b"in\n"
        try:
            for words in (GO_ON, ("diagnose", "runs/r"), ("diagnose", "runs/r", "--open-test")):
                assert "runs/r is being written by another process; wait for it or stop it" in refused(wengu, *words)
        finally:
            other.kill()
    assert wengu(*GO_ON).code == 0


def _asks_to_write(event: str, given: tuple[object, ...]) -> bool:
    if event == "open":
        path, _, flags = given
        return not isinstance(path, int) and isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    return event in ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate")


def _watch(event: str, given: tuple[object, ...]) -> None:
    if not _writable and _asks_to_write(event, given) and "runs" in Path(os.fsdecode(given[0])).parts:  # type: ignore[arg-type]
        raise PermissionError(13, "Permission denied", os.fsdecode(given[0]))  # type: ignore[arg-type]


@pytest.fixture
def read_only(here: Path) -> Iterator[None]:
    """Nothing under a folder named runs can be written; permissions would not bind root."""
    global _writable
    sys.addaudithook(_watch)
    _writable = False
    yield
    _writable = True


@pytest.mark.usefixtures("read_only")
def test_a_run_that_is_read_only(wengu: Wengu, photos: Path) -> None:
    for words in (GO_ON, ("diagnose", "runs/r", "--open-test"), ("runs", "set", "runs/r", "lr=0.1")):
        assert "runs/r/" in (line := refused(wengu, *words)) and line.endswith(": Permission denied; this user has no right to it: ask its owner, or work on a copy of your own\n")
    assert wengu("predict", "runs/r", photos).code == 0
    assert "\nr    lenet5" in wengu("runs").out


def test_a_run_that_is_read_only_is_diagnosed(wengu: Wengu, read_only: None) -> None:
    """What it says is what it says where it may be written, and nothing of it is kept; --human counts this once."""
    global _writable
    before = {file: file.stat().st_mtime_ns for file in Path("runs/r").rglob("*")}
    told = wengu("diagnose", "runs/r")
    assert told.code == 0
    assert told.err == "runs/r may not be written, so ledger, report and settings are left as they were\n"
    assert "  human         5.0 %" in wengu("diagnose", "runs/r", "--human", 0.05).out
    assert wengu("diagnose", "runs/r", "--metric", "macro-f1").code == 0
    assert wengu("diagnose", "runs/r", "--human", 5).err.startswith("wengu: human: expected a rate from 0 to 1")
    assert before == {file: file.stat().st_mtime_ns for file in Path("runs/r").rglob("*")}
    _writable = True
    assert wengu("diagnose", "runs/r").out == told.out


@pytest.mark.usefixtures("read_only")
def test_a_folder_of_runs_that_is_read_only(wengu: Wengu) -> None:
    assert refused(wengu, "fit", "lenet5", "--data", "photos", "--name", "new") == (
        "wengu: runs/new: Permission denied; this user has no right to it: ask its owner, or work on a copy of your own\n")


# -------------------------------------------------------------------------------------------------------- a full disk
@pytest.mark.parametrize("name", ["config.toml", "run.json", "predictions/train.csv", "ledger.json", "report.html"])
def test_a_disk_that_fills_up_and_has_room_again(here: Path, wengu: Wengu, name: str) -> None:
    real = Path.replace

    def full(part: Path, path: Path) -> Path:
        if path == Path("runs/r", name):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(part, path)

    with pytest.MonkeyPatch.context() as disk:
        disk.setattr(Path, "replace", full)
        said = wengu(*GO_ON)
    assert (said.code, said.err) == (2, f"wengu: runs/r/{name}: No space left on device; free some space, then continue the run with --resume\n")
    assert not list(Path("runs/r").rglob(".part-*"))
    assert wengu(*GO_ON).code == 0 and Path("runs/r/report.html").exists()
