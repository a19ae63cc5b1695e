from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import MultiLabelBinarizer

from wengu.core.checks import InputError
from wengu.data import encode, read_targets

SHOP = "age,paid,came,again\n31,yes,foot,1\n45,no,,0\n22,,car,NA\n61,no,bus,1\n"


def file(folder: Path, text: str) -> Path:
    path = folder / "shop.csv"
    path.write_text(text)
    return path


def test_targets_become_labels_and_the_rest_features(tmp_path: Path) -> None:
    table = read_targets(file(tmp_path, SHOP), targets=("paid", "came", "again"))
    assert table.label_names == ("paid", "came=bus", "came=car", "came=foot", "again")
    np.testing.assert_array_equal(table.targets, [
        [1, 0, 0, 1, 1], [0, np.nan, np.nan, np.nan, 0], [np.nan, 0, 1, 0, np.nan], [0, 1, 0, 0, 1]])
    assert table.targets.dtype == np.float32
    assert table.feature_names == ("age",) and table.x.tolist() == [[31], [45], [22], [61]]
    assert table.ids == ("2", "3", "4", "5") and table.source == "shop.csv" and table.notes == ()


def test_parity_labels(tmp_path: Path) -> None:
    """Authority: scikit-learn's MultiLabelBinarizer of the values that are there."""
    draw = np.random.default_rng(0)
    frame = pd.DataFrame({"x": np.arange(60) % 7, "a": draw.choice(list("pqr"), 60), "b": draw.choice(list("stuv"), 60)})
    frame.to_csv(tmp_path / "t.csv", index=False)
    table = read_targets(tmp_path / "t.csv", targets=("a", "b"))
    theirs = MultiLabelBinarizer().fit_transform(frame[["a", "b"]].to_numpy().tolist())
    assert np.array_equal(table.targets, theirs)


@pytest.mark.parametrize(("values", "one"), [("no yes", "yes"), ("TRUE FALSE", "TRUE"), ("0 1", "1"), ("n y", "y"), ("b a", "b"),
                                             ("false wahr", "wahr")])
def test_which_of_two_values_is_one(tmp_path: Path, values: str, one: str) -> None:
    first, second = values.split()
    table = read_targets(file(tmp_path, f"x,y\n1,{first}\n2,{second}\n"), targets=("y",))
    assert table.targets[:, 0].tolist() == [float(first == one), float(second == one)]


def test_columns_with_a_meaning_by_name_are_those_of_other_tables(tmp_path: Path) -> None:
    path = file(tmp_path, "id,set,group,x,a,b\n07,train,p,1,u,v\n08,Val,p,2,w,\n09,test,q,3,,z\n")
    table = read_targets(path, targets=("a", "b"))
    assert table.ids == ("07", "08", "09") and table.set_of.tolist() == ["train", "dev", "test"]
    assert table.groups is not None and table.groups.tolist() == ["p", "p", "q"]
    assert table.feature_names == ("x",)


def test_new_rows_are_encoded_as_those_of_training(tmp_path: Path) -> None:
    table = read_targets(file(tmp_path, "x,kind,a\n1,new,y\n2,old,n\n"), targets=("a",))
    x, ids = encode(b"kind,x\nold,5\n", table.schema)
    assert x.tolist() == [[5, 0, 1]] and ids == ("2",)


@pytest.mark.parametrize(("text", "targets", "ignore", "message"), [
    ("x,y\n1,a\n2,a\n", ("y",), (), r"target 'y' has 1 different value; expected from 2 to 20"),
    ("x,y,z\n1,,a\n2,,b\n", ("y", "z"), (), r"target 'y' has 0 different values; expected from 2 to 20"),
    ("x,paid\n1,a\n2,b\n", ("pad",), (), r"target: 'pad' is unknown; did you mean paid"),
    ("x,y\n1,a\n2,b\n", ("y", "y"), (), r"target: y is given twice; give it once"),
    ("x,y\n1,a\n2,b\n", ("y",), ("y",), r"ignore: y is the target; leave it out of --ignore"),
    ("x,y\n1,a\n2,b\n", ("y",), ("z",), r"ignore: 'z' is unknown"),
    ("x,y\n" + "".join(f"{k},said {k}\n" for k in range(30)), ("y",), (), r"target 'y' has 30 different values; .*2 to 20"),
    ("x,y\n,a\n2,b\n", ("y",), (), r"shop.csv, line 2: column 'x' lacks a value"),
    ("y,z\na,b\nc,d\n", ("y", "z"), (), r"there is no column to learn from"),
])
def test_a_faulty_table_is_refused(
    tmp_path: Path, text: str, targets: tuple[str, ...], ignore: tuple[str, ...], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read_targets(file(tmp_path, text), targets=targets, ignore=ignore)


def test_values_that_differ_in_case_or_spaces_are_one_and_it_is_said(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x,paid,car\n1,Yes,red\n2,yes,Red \n3,no,blue\n4, yes,dark  green\n5,NO,Dark green\n6,,red\n7,no,Dark green\n")
    table = read_targets(path, targets=("paid", "car"))
    assert table.label_names == ("paid", "car=Dark green", "car=blue", "car=red") and table.values == {"paid": ("no", "yes")}
    np.testing.assert_array_equal(table.targets[:, 0], [1, 1, 0, 1, 0, np.nan, 0])
    assert table.targets[:, 1].tolist() == [0, 0, 0, 1, 1, 0, 1] and table.targets[:, 3].tolist() == [1, 1, 0, 0, 0, 1, 0]
    assert sorted(table.notes) == ["spaces at the ends of cells were removed, and Unicode written in one form (NFC): car 1 cell",
                                   "target 'car': Red is read as red", "target 'car': dark green is read as Dark green",
                                   "target 'paid': NO is read as no", "target 'paid': Yes is read as yes"]
