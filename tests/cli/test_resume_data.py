"""`wengu fit --resume` and its data: what has changed is named, what has only moved is gone on with, older runs go on."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Wengu, picture_folder
from wengu.core.run_folder import RunFolder
from wengu.training import load_checkpoint

GO_ON = ("--resume", "--name", "r", "--epochs", 3)
Rows = list[list[str]]


def rows(m: int = 60) -> Rows:
    """A header, and m rows of a number, a colour and a class that both tell."""
    draw = np.random.default_rng(0)
    made = [["a", "colour", "y"]]
    for _ in range(m):
        k = int(draw.integers(2))
        made.append([f"{draw.normal() + k:.3f}", ["red", "blue"][int(draw.integers(2))], ["no", "yes"][k]])
    return made


def written(table: Rows, file: str = "t.csv") -> None:
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    with Path(file).open("w", newline="") as stream:
        csv.writer(stream).writerows(table)


def everything(run: str) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in Path(run).rglob("*") if file.is_file() and file.name != "lock"}


def refused(wengu: Wengu, *words: object) -> str:
    before = everything("runs")
    said = wengu("fit", *words)
    assert said.code == 2 and said.err.count("\n") == 1, said.err
    assert everything("runs") == before
    return said.err


@pytest.fixture
def table(wengu: Wengu) -> Rows:
    """Two epochs of softmax on t.csv, which is run r."""
    written(rows())
    said = wengu("fit", "softmax", "--data", "t.csv", "--target", "y", "--epochs", 2, "--decay", "constant", "--name", "r")
    assert said.code == 0, said.err
    return rows()


def _misspelt_class(t: Rows) -> None:
    for k in (16, 17, 18):
        t[k][2] = "yess"


@pytest.mark.parametrize(("change", "message"), [
    (lambda t: t[16].__setitem__(0, "0.123"), r"the data has changed: row 17\. Give it back"),
    (lambda t: t[16].__setitem__(1, "blue" if t[16][1] == "red" else "red"), r"changed: row 17\."),
    (lambda t: t[16].__setitem__(1, "green"), r"changed: row 17\."),
    (lambda t: [t[k].__setitem__(0, "0.5") for k in (16, 20, 30, 40, 50)], r"changed: rows 17, 21, 31 and 2 more\."),
    (lambda t: t.pop(16), r"changed: gone: row 17\."),
    (lambda t: [t.pop(16), t.pop(16)], r"changed: gone: rows 17, 18\."),
    (lambda t: t.insert(16, ["0.1", "red", "no"]), r"changed: new: row 17\."),
    (lambda t: t.append(["0.1", "red", "no"]), r"changed: new: row 62\."),
    (lambda t: t[0].__setitem__(0, "b"), r"changed: column 'a' is gone; column 'b' is new\."),
    (lambda t: [row.insert(0, row.pop(1)) for row in t], r"changed: the columns are in another order\."),
    (lambda t: [row.insert(0, f"c{k % 3}") for k, row in enumerate(t)], r"changed: column 'c0' is new"),
    (_misspelt_class, r"changed: class 'yess' is new; rows 17, 18, 19\."),
], ids=["a number", "a level", "a new level", "five numbers", "a row less", "two rows less", "a row more", "a row at the end",
        "a column's name", "columns turned", "a column more", "a class"])
def test_what_has_changed_is_named(wengu: Wengu, table: Rows, change: Callable[[Rows], object], message: str) -> None:
    change(table)
    written(table)
    assert re.search(message, refused(wengu, "softmax", *GO_ON))


def test_names_of_classes_belong_to_the_data(wengu: Wengu, table: Rows) -> None:
    """Every number is as before: 'true' comes behind 'no', as 'yes' did."""
    for row in table[1:]:
        row[2] = row[2].replace("yes", "true")
    written(table)
    assert "the data has changed: class 'yes' is gone; class 'true' is new; rows 2, " in refused(wengu, "softmax", *GO_ON)


def test_a_target_of_several_is_its_data_too(wengu: Wengu) -> None:
    written([[*row, "10"[k % 2]] for k, row in enumerate(rows())])
    first = Path("t.csv").read_text().replace("y,1\n", "y,z\n", 1)
    Path("t.csv").write_text(first)
    words = ("--data", "t.csv", "--target", "y", "--target", "z", "--epochs", 1, "--name", "m")
    assert wengu("fit", "multitask", *words).code == 0
    lines = first.splitlines()
    lines[16] = lines[16][:-1] + ("0" if lines[16].endswith("1") else "1")
    Path("t.csv").write_text("\n".join(lines) + "\n")
    assert "the data has changed: row 17." in refused(wengu, "multitask", "--resume", "--name", "m", "--epochs", 2)


def weights(run: str, step: int) -> bytes:
    return b"".join(w.numpy().tobytes() for w in load_checkpoint(Path(run) / "checkpoints", step)[0].values())


def test_data_that_has_only_moved_is_gone_on_with(wengu: Wengu, table: Rows) -> None:
    whole = wengu("fit", "softmax", "--data", "t.csv", "--target", "y", "--epochs", 3, "--decay", "constant",
                  "--name", "whole")
    assert whole.code == 0
    Path("elsewhere").mkdir()
    Path("t.csv").rename("elsewhere/u.csv")
    told = refused(wengu, "softmax", *GO_ON)
    assert "t.csv: no such file" in told and told.endswith("if the data of the run has moved, say where it is now: --data PATH\n")
    said = wengu("fit", "softmax", *GO_ON, "--data", "elsewhere/u.csv")
    assert said.code == 0, said.err
    last = RunFolder("runs/r").metrics()[-1]["step"]
    assert weights("runs/r", last) == weights("runs/whole", last)
    settings, came_from = RunFolder.open("runs/r").settings()
    assert settings["data"] == "elsewhere/u.csv" and came_from["data"] == "resume"
    assert wengu("fit", "softmax", "--resume", "--name", "r", "--epochs", 4).code == 0  # it remembers


def test_other_data_is_not_taken_for_the_data_that_moved(wengu: Wengu, table: Rows) -> None:
    table[16][0] = "9.5"
    written(table, "other.csv")
    assert "the data has changed: row 17." in refused(wengu, "softmax", *GO_ON, "--data", "other.csv")


@pytest.fixture
def pictures(wengu: Wengu) -> Path:
    folder = picture_folder({"bag": 12, "boot": 12})
    assert wengu("fit", "lenet5", "--data", folder, "--epochs", 1, "--name", "r").code == 0
    return folder


def _repainted(folder: Path) -> None:
    Image.fromarray(np.zeros((9, 9), np.uint8)).save(folder / "bag" / "3.png")


@pytest.mark.parametrize(("change", "message"), [
    (_repainted, "the data has changed: bag/3.png."),
    (lambda p: (p / "bag" / "3.png").unlink(), "the data has changed: gone: bag/3.png."),
    (lambda p: shutil.copy(p / "bag" / "3.png", p / "boot" / "new.png"), "the data has changed: new: boot/new.png."),
    (lambda p: (p / "bag" / "3.png").rename(p / "boot" / "3b.png"), "the data has changed: gone: bag/3.png; new: boot/3b.png."),
    (lambda p: (p / "bag").rename(p / "bags"), "the data has changed: class 'bag' is gone; class 'bags' is new; gone: bag/"),
], ids=["repainted", "removed", "added", "into another class", "a class renamed"])
def test_which_picture_has_changed(wengu: Wengu, pictures: Path, change: Callable[[Path], object], message: str) -> None:
    change(pictures)
    assert message in refused(wengu, "lenet5", *GO_ON)


def test_pictures_that_have_moved(wengu: Wengu, pictures: Path) -> None:
    pictures.rename("q")
    assert "say where it is now: --data PATH" in refused(wengu, "lenet5", *GO_ON)
    assert wengu("fit", "lenet5", *GO_ON, "--data", "q").code == 0


@pytest.mark.parametrize("changed", [False, True])
def test_a_run_of_before_goes_on_without_names_and_digests(wengu: Wengu, table: Rows, changed: bool) -> None:
    run = RunFolder.open("runs/r")
    (run.path / "examples.csv").unlink()
    run.write_json("run.json", {name: value for name, value in run.facts().items() if name != "names"})
    if changed:
        table[16][0] = "9.5"
        written(table)
        assert re.search("the data has changed: (train|dev) is not what the checkpoint was trained on|not of another",
                         refused(wengu, "softmax", *GO_ON))
    else:
        assert wengu("fit", "softmax", *GO_ON).code == 0


def test_a_damaged_list_of_examples_hinders_nothing(wengu: Wengu, table: Rows) -> None:
    Path("runs/r/examples.csv").write_bytes(b"\xff,,\n1")
    assert wengu("fit", "softmax", *GO_ON).code == 0
