"""Tables as people have them, from `wengu fit` to `wengu predict`: what decides is said, what overflows is named."""

from __future__ import annotations

import csv
import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
import tomli_w

import wengu as package
from tests.cli.conftest import Wengu
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.core.spreadsheet import guarded

FEW = ("--epochs", 1, "--data", "t.csv", "--target", "y")


def written(rows: list[tuple[object, ...]], *header: str) -> None:
    with Path("t.csv").open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def forget_columns(run: str) -> None:
    """Its settings as they were before there was --keep."""
    config = Path(run) / "config.toml"
    tables = tomllib.loads(config.read_text())
    config.write_text(tomli_w.dumps({part: {name: value for name, value in table.items()
                                            if name not in ("keep", "as_text", "decimal")}
                                     for part, table in tables.items()}))


def drawn(m: int = 90) -> list[tuple[float, float, str]]:
    draw = np.random.default_rng(0)
    y = draw.integers(0, 2, m)
    return [(round(float(a), 3), round(float(b), 3), ["no", "yes"][k])
            for a, b, k in zip(draw.standard_normal(m) + 2 * y, draw.standard_normal(m), y, strict=True)]


@pytest.mark.parametrize("command", [("softmax",), ("multitask",)])
@pytest.mark.parametrize("checked", [(), ("--check",)])
def test_the_head_says_which_columns_decide_and_how_to_undo_it(
    wengu: Wengu, command: tuple[str], checked: tuple[str, ...]
) -> None:
    written([(i + 1, f"p{i % 30}", *row) for i, row in enumerate(drawn())], "Id", "group", "a", "b", "y")
    said = wengu("fit", *command, *FEW, *checked)
    assert "rows of the same 'group' stay in one set: 30 groups (--ignore group: leave it out; --keep group" in said.out
    assert "column 'Id' was left out, as it numbers the rows (--keep Id: make it a feature)" in said.out
    if not checked:
        run = RunFolder.open(next(Path("runs").iterdir()))
        assert [column["name"] for column in run.facts()["spec"]["schema"]["columns"]] == ["a", "b"]
        kept = wengu("fit", *command, *FEW, "--keep", "Id", "--ignore", "group", "--name", "kept")
        assert "numbers the rows" not in kept.out and "stay in one set" not in kept.out
        assert [column["name"] for column in RunFolder.open("runs/kept").facts()["spec"]["schema"]["columns"]] == [
            "Id", "a", "b"]


@pytest.mark.parametrize("command", ["softmax", "multitask"])
@pytest.mark.parametrize("part", ["train", "dev", "test"])
@pytest.mark.parametrize("cell", ["1e39", "1.7976931348623157e308"])
def test_what_overflows_is_named_before_anything_is_trained(wengu: Wengu, command: str, part: str, cell: str) -> None:
    rows = [(("train", "train", "train", "dev", "test")[i % 5], *row) for i, row in enumerate(drawn())]
    i = next(i for i, row in enumerate(rows) if row[0] == part)
    written([(*row[:2], cell, row[3]) if k == i else row for k, row in enumerate(rows)], "set", "a", "b", "y")
    said = wengu("fit", command, *FEW)
    assert said.code == 2 and f"line {i + 2}: column 'b' is {cell}; expected at most 3.4e+38" in said.err
    assert not Path("runs").exists()


@pytest.mark.parametrize("command", ["softmax", "multitask"])
def test_what_is_beyond_float32_once_it_is_normalised_is_named_too(wengu: Wengu, command: str) -> None:
    rows = [(("train", "train", "train", "dev", "test")[i % 5], *row) for i, row in enumerate(drawn())]
    far = [(*row[:2], "2e38", row[3]) if i == 4 else row for i, row in enumerate(rows)]
    written(far, "set", "a", "b", "y")
    said = wengu("fit", command, *FEW)
    assert said.code == 2 and "row 6: column 'b' is 2e+38, 2e+38 standard deviations" in said.err
    assert not Path("runs").exists()
    written(rows, "set", "a", "b", "y")
    assert wengu("fit", command, *FEW, "--name", "r").code == 0
    trained = package.load("runs/r")
    with pytest.raises(InputError, match=r"row 3: column 'a' is 3e\+38, .* standard deviations"):
        trained.predict(b"a,b\n1,2\n3e38,1\n")
    with pytest.raises(InputError, match=r"line 3: column 'a' is -1e39; expected at most"):
        trained.predict(b"a,b\n1,2\n-1e39,1\n")
    assert len(trained.predict(b"a,b\n1e12,2\n").ids) == 1


def test_a_group_in_two_official_sets_is_refused(wengu: Wengu) -> None:
    rows = [(("train", "train", "train", "dev", "test")[i % 5], f"p{i % 5}", *row) for i, row in enumerate(drawn())]
    written([*rows, ("dev", "p0", 1, 1, "no")], "set", "group", "a", "b", "y")
    said = wengu("fit", "softmax", *FEW)
    assert said.code == 2 and "group: 'p0' is in train and in dev, and a group is never split" in said.err
    assert "--ignore group" in said.err


def test_no_cell_of_a_run_is_a_formula_to_a_spreadsheet(wengu: Wengu) -> None:
    names = {"no": "@no", "yes": "=cmd|' /C calc'!A0"}
    rows = [(f"+{i}x" if i % 3 else f"-{i}", f"={i % 20}", a, b, names[y]) for i, (a, b, y) in enumerate(drawn())]
    written(rows, "id", "group", "a", "b", "y")
    assert wengu("fit", "softmax", *FEW, "--name", "r").code == 0
    for file in ("split.csv", "predictions/train.csv", "predictions/dev.csv"):
        with (Path("runs/r") / file).open(newline="") as lines:
            for row in csv.reader(lines):
                assert not any(cell[:1] in "=@+-\t\r" and cell for cell in row if not _is_number(cell)), row
        read = RunFolder.open("runs/r").read_table(file)
        assert {row["id"] for row in read} <= {str(row[0]) for row in rows}
        assert {row["group"] for row in read} <= {str(row[1]) for row in rows}
    assert {row["truth"] for row in RunFolder.open("runs/r").read_table("predictions/dev.csv")} == set(names.values())
    assert wengu("diagnose", "runs/r").code == 0
    assert "@no" in wengu("predict", "runs/r", "t.csv", "--json").out


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_a_run_of_an_older_version_predicts_as_it_did(wengu: Wengu) -> None:
    """Its schema is of format 1, with levels as the file had them; its settings know no --keep."""
    colours = ["red", "blue"]
    written([(a, colours[i % 2], y) for i, (a, _, y) in enumerate(drawn())], "a", "c", "y")
    assert wengu("fit", "softmax", *FEW, "--name", "r").code == 0
    now = wengu("predict", "runs/r", "t.csv", "--json").out
    file = Path("runs/r/run.json")
    facts = json.loads(file.read_text())
    del facts["sha256"]  # no run had one then
    facts["spec"]["schema"]["format"] = 1
    assert facts["spec"]["schema"]["columns"][1]["levels"] == ["blue", "red"]
    facts["spec"]["schema"]["columns"][1]["levels"] = ["blue", "red "]
    file.write_text(json.dumps(facts))
    forget_columns("runs/r")
    assert wengu("predict", "runs/r", "t.csv", "--json").err.count("training never saw") == 1
    Path("t.csv").write_text(Path("t.csv").read_text().replace("red", "red "))
    assert wengu("predict", "runs/r", "t.csv", "--json").out == now
    assert wengu("fit", "softmax", "--resume", "--name", "r", "--runs", "runs").code == 0


def test_a_run_of_an_older_version_goes_on_with_the_columns_it_has(wengu: Wengu) -> None:
    """It took Id for a feature, and text for what would now be a column of numbers with a fault."""
    rows = [(i + 1, "1234+"[i % 5].replace("+", "4+"), *row) for i, row in enumerate(drawn())]
    written(rows, "Id", "floor", "a", "b", "y")
    asked = ("--keep", "Id", "--as-text", "floor", "--name", "r")
    assert wengu("fit", "softmax", *FEW, *asked).code == 0
    forget_columns("runs/r")
    assert wengu("diagnose", "runs/r", "--open-test").code == 0
    said = wengu("fit", "softmax", "--resume", "--name", "r", "--epochs", 2)
    assert said.code == 0, said.err
    assert [c["name"] for c in RunFolder.open("runs/r").facts()["spec"]["schema"]["columns"]] == ["Id", "floor", "a", "b"]


@pytest.mark.parametrize("cell", ["a", "'a", "-1", "+1.5e3", "", "'", "''", "it's", "-"])
def test_what_is_no_formula_is_written_as_it_is(cell: str) -> None:
    assert guarded(cell) == ("'-" if cell == "-" else cell)
