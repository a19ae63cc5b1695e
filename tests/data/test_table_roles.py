"""Columns that decide by their names or number the rows: each is said, and can be undone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.data.test_table_as_found import file, read, said
from wengu.core.checks import InputError
from wengu.data import encode, read_targets


def test_columns_that_decide_are_named_with_counts_and_how_to_undo_it(tmp_path: Path) -> None:
    text = "id,group,split,a,y\nk,p,train,1,u\nl,p,train,5,v\nm,q,val,2,u\nn,r,test,9,v\no,s,,9,v\n"
    table = read(file(tmp_path, text))
    assert table.notes == (
        "the sets are those of column 'split': train 2, dev 1, test 1, not assigned 1 (--ignore split: leave it out; --keep "
        "split: make it a feature)",
        "rows of the same 'group' stay in one set: 4 groups (--ignore group: leave it out; --keep group: make it a feature)",
        "the rows are named by column 'id': 5 ids (--ignore id: leave it out; --keep id: make it a feature)",
    )
    assert table.set_of.tolist() == ["train", "train", "dev", "test", ""]
    assert read(file(tmp_path, text), ignore=["id", "group", "split"]).notes == ()
    kept = read(file(tmp_path, text.replace(",,9", ",train,9")), keep=["id", "group", "split"])
    assert kept.notes == () and kept.groups is None and not kept.set_of.any()
    assert {name.split("=")[0] for name in kept.feature_names} == {"id", "group", "split", "a"}
    targets = read_targets(file(tmp_path, text), targets=("y",))
    assert targets.notes == table.notes and targets.set_of.tolist() == table.set_of.tolist()


@pytest.mark.parametrize("name", ["set", "split", "Set", "SPLIT"])
def test_sets_are_known_by_their_aliases_in_any_case(tmp_path: Path, name: str) -> None:
    words = ["training", "Validation", "TEST", "Train", "development", "VALID", "testing", "val", "dev"]
    table = read(file(tmp_path, f"{name},a,y\n" + "".join(f"{word},{i % 4},{i % 2}\n" for i, word in enumerate(words))))
    assert table.set_of.tolist() == ["train", "dev", "test", "train", "dev", "dev", "test", "dev", "dev"]
    assert table.feature_names == ("a",) and f"the sets are those of column '{name}'" in table.notes[0]


@pytest.mark.parametrize(("cells", "odd"), [
    (["train", "val", "holdout", "holdout"], "line 4: split is 'holdout'; "),
    (["train", "train", "train", "x", "Y"], "line 5: split is 'x', 'Y'; "),
    (["trainset", "train", "test"], "line 2: split is 'trainset'; "),
])
def test_words_that_are_no_sets_among_sets_are_named(tmp_path: Path, cells: list[str], odd: str) -> None:
    for name in ("split", "Set"):
        path = file(tmp_path, f"{name},a,y\n" + "".join(f"{cell},{i % 3},{i % 2}\n" for i, cell in enumerate(cells)))
        with pytest.raises(InputError) as caught:
            read(path)
        assert odd.replace("split", name) + "expected train, train-dev, dev, test or nothing" in said(caught)
        assert f"--ignore {name}: leave it out; --keep {name}: make it a feature" in said(caught)
        assert read(path, ignore=[name]).feature_names == ("a",)
        assert f"{name}={cells[0]}" in read(path, keep=[name]).feature_names


def test_groups_with_a_capital_are_groups(tmp_path: Path) -> None:
    table = read(file(tmp_path, "Group,a,y\n01,1,u\n1,2,v\n01,5,v\n"))
    assert table.groups is not None and table.groups.tolist() == ["01", "1", "01"]
    assert "rows of the same 'Group' stay in one set: 2 groups (--ignore Group: " in table.notes[0]
    with pytest.raises(InputError, match="columns 'Group' and 'group' both say which rows belong together"):
        read(file(tmp_path, "Group,group,a,y\np,q,1,u\np,q,2,v\n"))


def test_a_split_that_says_no_sets_is_a_feature(tmp_path: Path) -> None:
    assert read(file(tmp_path, "split,y\nleft,u\nright,v\n")).feature_names == ("split=left", "split=right")
    assert read(file(tmp_path, "Set,y\nleft,u\nright,v\ntest,v\n")).feature_names == ("Set=left", "Set=right", "Set=test")
    with pytest.raises(InputError, match="columns 'set' and 'split' both say"):
        read(file(tmp_path, "split,set,a,y\ntrain,train,1,u\ntest,test,2,v\n"))


@pytest.mark.parametrize(("name", "numbers"), [
    ("Id", [1, 2, 3, 4]), ("Id", [4, 2, 3, 1]), ("ID", [7, 9, 20, 4]), ("Unnamed: 0", [0, 1, 0, 1]), ("index", [3, 2, 1, 0]),
    ("PassengerId", [892, 893, 894, 895]), ("patient_id", [12, 99, 7, 3]), ("row", [1, 2, 3, 4]), ("序号", [1, 2, 3, 4]),
    ("when", range(1, 31)), ("when", range(29, -1, -1)), ("Nr.", [1.0, 2.0, 3.0, 4.0]),
    ("n", range(1000, 960, -1)), ("n", range(0, 40, 2)), ("n", range(500, 520)), ("year", range(1990, 2020)), ("n", range(-60, 0, 3)),
    ("rownames", [100, 7, 9, 3]), ("case_no", [2000, 7, 9, 3]), ("row_id", [4, 7, 9, 3]), ("id_user", [300, 7, 9, 3]),
    ("rowname", [4, 7, 9, 3]), ("case no.", [4, 7, 9, 3]), ("idUser", [4, 7, 9, 3]), ("subject_number", [4, 7, 9, 3]),
])
def test_columns_that_number_the_rows_are_left_out_and_named(tmp_path: Path, name: str, numbers: list[int]) -> None:
    path = file(tmp_path, f"{name},a,y\n" + "".join(f"{k},{i % 3},{i % 2}\n" for i, k in enumerate(numbers)))
    table = read(path)
    assert table.feature_names == ("a",)
    assert len(table.notes) == 1 and f"column '{name}' was left out, as it numbers the rows (--keep " in table.notes[0]
    assert read(path, keep=[name]).feature_names == (name, "a")
    assert encode(b"a\n1\n", table.schema)[0].tolist() == [[1]]


@pytest.mark.parametrize(("name", "numbers"), [
    ("age", [1, 2, 3, 4]), ("humid", [1, 2, 3, 4]), ("Id", [1, 1, 2, 2]), ("year", range(1990, 2009)), ("Id", [0.5, 1.5, 2.5, 3.5]),
    ("paid", [3, 1, 2, 9]), ("when", [*range(1, 30), 31]), ("ideal", [4, 7, 9, 3]), ("id_user", [4, 4, 9, 3]), ("nose_no", [4, 7, 9, 3]),
    ("a", [k / 2 for k in range(41)]), ("casement", [4, 7, 9, 3]),
])
def test_columns_that_number_no_rows_are_features(tmp_path: Path, name: str, numbers: list[float]) -> None:
    path = file(tmp_path, f"{name},y\n" + "".join(f"{k},{i % 2}\n" for i, k in enumerate(numbers)))
    assert read(path).feature_names == (name,) and read(path).notes == ()


@pytest.mark.parametrize(("options", "words"), [
    ({"keep": ["z"]}, "keep: 'z' is unknown"),
    ({"keep": ["y"]}, "keep: y is the target; leave it out of --keep"),
    ({"keep": ["id"], "ignore": ["id"]}, "keep: id is in --ignore too; leave it out of one"),
    ({"decimal": "coma"}, "decimal: 'coma' is unknown; did you mean comma?"),
])
def test_columns_that_cannot_be_kept(tmp_path: Path, options: dict[str, object], words: str) -> None:
    with pytest.raises(InputError) as caught:
        read(file(tmp_path, "id,a,y\nk,1,u\nl,5,v\n"), **options)
    assert words in said(caught)
