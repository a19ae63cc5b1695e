"""Tables side by side: shared columns, groups of one alone, ids with several rows, sets in one file, writing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from wengu.core.checks import InputError
from wengu.data.text_columns import text_columns
from wengu.data.two_tables import sets_of_table, two_tables


def written(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


def test_the_sets_of_a_file_are_those_that_fit_reads(tmp_path: Path) -> None:
    file = written(tmp_path / "a.csv", "age,Split,colour", "1,train,red", "2,VAL,blue", "3,train,red", "4,,red", "5,test,green")
    rows, names = sets_of_table(file)
    assert names == ("age", "colour=blue", "colour=green", "colour=red")
    assert {name: own.features.tolist() for name, own in rows.items()} == {
        "train": [[1, 0, 0, 1], [3, 0, 0, 1]], "dev": [[2, 1, 0, 0]], "test": [[5, 0, 1, 0]]}
    assert rows["dev"].ids == ("3",)


def test_a_file_without_sets_says_how_to_make_them(tmp_path: Path) -> None:
    file = written(tmp_path / "a.csv", "age", "1", "2")
    with pytest.raises(InputError, match="expected a column `set` .* got none; give a second file, or make one: wengu data split"):
        sets_of_table(file)
    with pytest.raises(InputError, match="a.csv, line 2: set is 'holdout'; expected train, train-dev, dev, test or nothing"):
        sets_of_table(written(tmp_path / "a.csv", "age,set", "1,holdout", "2,dev"))


def test_what_belongs_together(tmp_path: Path) -> None:
    a = written(tmp_path / "a.csv", "age,id,patient", "1,x,p", "2,x,p", "3,y,q")
    b = written(tmp_path / "b.csv", "age,group,patient", "1,g,p", "2,h,r")
    one, other, names, lone = two_tables(a, b)
    assert names[0] == "age" and one.ids == ("2", "3", "4") and lone == ()
    assert one.groups is not None and one.groups.tolist() == ["x", "x", "y"]  # an id with several rows
    assert other.groups is not None and other.groups.tolist() == ["g", "h"]
    one, _, names, _ = two_tables(a, a, group="patient")
    assert names == ("age",) and one.groups is not None and one.groups.tolist() == ["p", "p", "q"]
    with pytest.raises(InputError, match="ignore: 'aeg' is unknown; did you mean age"):
        two_tables(a, b, ignore=["aeg"])


def test_writing_is_measured_where_no_cell_is_common(tmp_path: Path) -> None:
    lines = [f"note {k} is fine" for k in range(60)]
    _, _, names, _ = two_tables(written(tmp_path / "a.csv", "note,kind", *(f"{line},a" for line in lines)),
                                written(tmp_path / "b.csv", "note,kind", *(f"{line},b" for line in lines[:40])))
    assert names == (*(f"note: {kind}" for kind in ("length", "words", "capitals", "digits", "signs", "rare words")), "kind=a", "kind=b")


def test_what_is_said_of_writing() -> None:
    (first, second), _ = text_columns("x", [["The cat sat.", "the CAT"], ["the czt 42!", ""]])
    assert first[0].tolist() == pytest.approx([12, 3, 1 / 12, 0, 1 / 12, 1 / 3])
    assert first[1].tolist() == pytest.approx([7, 2, 3 / 7, 0, 0, 0])
    assert second[0].tolist() == pytest.approx([11, 3, 0, 2 / 11, 1 / 11, 1 / 2])
    assert second[1, :2].tolist() == [0, 0] and np.isnan(second[1, 2:]).all()
