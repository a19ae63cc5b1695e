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
    assert said.code == 2 and "old.csv: expected a column `set` that says which rows are train, dev and test" in said.err
    assert "give a second file, or make one: wengu data split" in said.err
    Path("empty").mkdir()
    assert "empty is no run, and has no folders train, dev or test" in wengu("data", "compare", "empty").err


def test_a_run(wengu: Wengu, iris: Path) -> None:
    assert wengu("fit", "softmax", "--data", iris, "--target", "species", "--epochs", 2).code == 0
    said = wengu("data", "compare", "runs/softmax-iris")
    assert said.code == 0 and [line.split(" (AUC")[0] for line in said.out.splitlines()] == [
        "whether dev is like train cannot be told", "whether test is like dev cannot be told"]


def test_the_sets_that_a_table_names(wengu: Wengu) -> None:
    g = np.random.default_rng(0)
    Path("all.csv").write_text("\n".join(["age,set", *(f"{g.normal(2.0 if s == 'test' else 0.0):.4f},{s}" for s in ["train"] * 300 + ["dev"] * 200 + ["test"] * 200)]))
    said = wengu("data", "compare", "all.csv")
    lines = said.out.splitlines()
    assert said.code == 0 and not lines[0].startswith("dev is unlike") and lines[1].startswith("test is unlike dev (AUC 0.9")
    assert lines[3].startswith("age ")


def test_copies_count_once(wengu: Wengu) -> None:
    """Twenty rows of each, fifteen times: nothing tells them apart but which they are."""
    g = np.random.default_rng(0)
    for name in ("old", "new"):
        rows = [",".join(f"{x:.3f}" for x in row) for row in g.normal(size=(20, 5))]
        Path(f"{name}.csv").write_text("\n".join(["a,b,c,d,e", *(rows[k] for k in g.integers(0, 20, 300))]))
    assert "unlike" not in wengu("data", "compare", "old.csv", "new.csv").out
    found, = json.loads(wengu("data", "compare", "old.csv", "new.csv", "--json").out)["sets"]
    assert found["n"] == [20, 20]


def test_more_rows_than_are_looked_at(wengu: Wengu) -> None:
    g = np.random.default_rng(0)
    for name, at in (("old", 0.0), ("new", 2.0)):
        Path(f"{name}.csv").write_text("\n".join(["id,age", *(f"{name}{k},{g.normal(at):.5f}" for k in range(9000))]))
    said = wengu("data", "compare", "old.csv", "new.csv")
    assert said.code == 0 and "of old.csv most like new.csv: old" in said.out


def test_groups_of_one_file_alone_count(wengu: Wengu) -> None:
    """Twelve people of 25 rows each against rows of many: who it is tells them apart, and is no difference."""
    g = np.random.default_rng(1)
    people = g.normal(size=(12, 6))
    rows = [f"{k % 12},{','.join(f'{x:.3f}' for x in people[k % 12] + 0.05 * g.normal(size=6))}" for k in range(300)]
    Path("own.csv").write_text("\n".join(["patient,a,b,c,d,e,f", *rows]))
    Path("all.csv").write_text("\n".join(["a,b,c,d,e,f", *(",".join(f"{x:.3f}" for x in g.normal(size=6)) for _ in range(300))]))
    assert "unlike" in wengu("data", "compare", "own.csv", "all.csv", "--ignore", "patient").out
    Path("own.csv").write_text("\n".join(["group,a,b,c,d,e,f", *rows]))
    assert "unlike" not in wengu("data", "compare", "own.csv", "all.csv").out


def test_haste_is_seen_in_writing(wengu: Wengu) -> None:
    g = np.random.default_rng(0)
    words = ["the", "parcel", "came", "late", "and", "was", "open", "please", "send", "another", "one", "by", "post", "to", "my", "house"]

    def note(typos: float) -> str:
        said = " ".join(g.choice(words, 12))
        return "".join(chr(97 + g.integers(26)) if c != " " and g.random() < typos else c for c in said)

    for name, typos in (("shop", 0.0), ("phone", 0.06)):
        Path(f"{name}.csv").write_text("\n".join(["note", *(note(typos) for _ in range(200))]))
    out = wengu("data", "compare", "shop.csv", "phone.csv").out
    assert "phone.csv is unlike shop.csv" in out and "note: share of words found nowhere else, as typos are" in out.splitlines()[2]
    Path("again.csv").write_text("\n".join(["note", *(note(0.0) for _ in range(200))]))
    assert "unlike" not in wengu("data", "compare", "shop.csv", "again.csv").out
    Path("short.csv").write_text("\n".join(["note", *(" ".join(note(0.0).split()[:6]) for _ in range(200))]))
    assert "note: characters" in wengu("data", "compare", "shop.csv", "short.csv").out


def test_rows_that_are_in_both_are_counted(wengu: Wengu) -> None:
    """A set beside itself, and one of which a quarter is in the other: 'like' alone would be half of the truth."""
    tables()
    assert "200 examples of old.csv are in old.csv too" in wengu("data", "compare", "old.csv", "old.csv").out
    old, new = (Path(f"{name}.csv").read_text().splitlines() for name in ("old", "new"))
    Path("mixed.csv").write_text("\n".join([*new, *(f"again-{line}" for line in old[1:51])]))
    assert "50 examples of mixed.csv are in old.csv too" in wengu("data", "compare", "old.csv", "mixed.csv").out
    assert "too: copies" not in wengu("data", "compare", "old.csv", "new.csv").out
    g = np.random.default_rng(1)
    for name in ("x", "y"):  # two questions of three answers: all rows are equal to many, and none is a copy
        Path(f"{name}.csv").write_text("\n".join(["a,b", *(f"{i},{j}" for i, j in g.integers(0, 3, (200, 2)).tolist())]))
    assert "too: copies" not in wengu("data", "compare", "x.csv", "y.csv").out


def test_a_column_that_names_the_rows_is_pointed_at(wengu: Wengu) -> None:
    g = np.random.default_rng(0)
    hint = "compare with --ignore {0} or --group {0}"
    for name, first, word in (("a", 0, "w"), ("b", 200, "other-w")):
        rows = [f"{first + k},{word}{k},{g.normal():.3f},{g.normal(0.02 * first):.3f}" for k in g.permutation(200).tolist()]
        Path(f"{name}.csv").write_text("\n".join(["patient,ward,age,height", *rows]))
    said = wengu("data", "compare", "a.csv", "b.csv", "--ignore", "ward").out
    assert "patient has another value in nearly every row" in said and hint.format("patient") in said
    assert hint.format("ward") in wengu("data", "compare", "a.csv", "b.csv", "--ignore", "patient").out
    said = wengu("data", "compare", "a.csv", "b.csv", "--ignore", "patient", "--ignore", "ward").out
    assert "unlike a.csv" in said and "nearly every row" not in said  # 4.012 is measured, and no name
