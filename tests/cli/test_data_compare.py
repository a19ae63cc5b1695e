"""`wengu data compare`: two tables, two folders, or a run, as a table, in words and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tests.cli.conftest import Wengu


def tables() -> None:
    g = np.random.default_rng(0)
    for name, at in (("old", 0.0), ("new", 2.0)):
        Path(f"{name}.csv").write_text("\n".join(["id,age,height", *(f"{name}{k},{g.normal(at):.3f},{g.normal():.3f}" for k in range(200))]))


def test_two_tables(wengu: Wengu) -> None:
    tables()
    said = wengu("data", "compare", "old.csv", "new.csv")
    lines = said.out.splitlines()
    assert said.code == 0 and lines[0].startswith("new.csv is unlike old.csv (AUC 0.9")
    assert lines[1].split() == ["what", "differs", "old.csv", "new.csv", "alone,", "AUC"] and lines[2].startswith("age ")
    assert lines[3].startswith("of old.csv most like new.csv: old") and lines[4].startswith("of new.csv least like old.csv: new")
    found, = json.loads(wengu("data", "compare", "old.csv", "new.csv", "--json").out)["sets"]
    assert found["verdict"] == "distinguishable" and found["telling"][0]["name"] == "age" and found["n"] == [200, 200]
    assert "old.csv is like old.csv" in wengu("data", "compare", "old.csv", "old.csv").out
    assert "unlike" not in wengu("data", "compare", "old.csv", "new.csv", "--ignore", "age").out


def test_in_chinese(wengu: Wengu) -> None:
    tables()
    assert "unlike" not in wengu("data", "compare", "old.csv", "new.csv", "--lang", "zh").out


def test_what_is_no_run(wengu: Wengu) -> None:
    tables()
    said = wengu("data", "compare", "old.csv")
    assert said.code == 2 and "old.csv is not a run; give two folders of pictures or two CSV files" in said.err


def test_a_run(wengu: Wengu, iris: Path) -> None:
    assert wengu("fit", "softmax", "--data", iris, "--target", "species", "--epochs", 2).code == 0
    said = wengu("data", "compare", "runs/softmax-iris")
    assert said.code == 0 and [line.split(" (AUC")[0] for line in said.out.splitlines()] == [
        "whether dev is like train cannot be told", "whether test is like dev cannot be told"]
