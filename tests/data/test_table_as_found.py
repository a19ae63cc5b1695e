"""Tables as people really have them: numbers, delimiters, labels and gaps, each read right or named by its line."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from wengu.core.checks import InputError
from wengu.data import Table, encode, read_table

LARGEST = float(np.finfo(np.float32).max)


def file(folder: Path, text: str) -> Path:
    path = folder / "t.csv"
    path.write_bytes(text.encode())
    return path


def columns(folder: Path, *cells: list[str], delimiter: str = "\t", names: str = "abcdef") -> Path:
    """A table of these columns, and a target y of two classes."""
    rows = [delimiter.join([*names[: len(cells)], "y"])]
    rows += [delimiter.join([*row, str(i % 2)]) for i, row in enumerate(zip(*cells, strict=True))]
    return file(folder, "\n".join(rows))


def said(caught: pytest.ExceptionInfo[InputError]) -> str:
    assert "\n" not in str(caught.value)
    return str(caught.value)


def read(path: Path, **options: object) -> Table:
    return read_table(path, target="y", **options)  # type: ignore[arg-type]


# -- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["1e39", "-1e39", "1.7976931348623157e308", "1e400", "3.5e38", "-inf"])
def test_what_float32_cannot_hold_is_named_by_row_and_column(tmp_path: Path, cell: str) -> None:
    with pytest.raises(InputError) as caught:
        read(columns(tmp_path, ["1", "2", cell, "4"]))
    assert f"line 4: column 'a' is {cell}; expected" in said(caught)
    schema = read(columns(tmp_path, ["1", "2", "3", "4"])).schema
    with pytest.raises(InputError, match=r"line 3: column 'a' is .*; expected"):
        encode(f"a\n1\n{cell}\n".encode(), schema)
    with pytest.raises(InputError, match=r"row 1: column 'a' is .*; expected"):
        encode(pd.DataFrame({"a": [1.0, float(cell)]}), schema)


def test_the_largest_float32_is_read(tmp_path: Path) -> None:
    assert read(columns(tmp_path, ["1", f"{LARGEST!r}"])).x[:, 0].tolist() == [1, LARGEST]


@pytest.mark.parametrize(("cells", "numbers", "note"), [
    (["0,5", "1,25", "-3"], [0.5, 1.25, -3], "1,5 is read as 1.5"),
    (["0,123", "1,234", "2,345"], [0.123, 1.234, 2.345], "1,5 is read as 1.5"),  # no thousands begin with 0
    (["1.234,5", "950", "1.000.000"], [1234.5, 950, 1e6], "1.234,5 is read as 1234.5"),
    (["1,234,567", "950", "1,234"], [1234567, 950, 1234], "1,234 is read as 1234"),
    (["1,234.5", "950", "2"], [1234.5, 950, 2], "1,234 is read as 1234"),
    (["1,23,456", "12,34,56,789.5", "1,234"], [123456, 123456789.5, 1234], "1,23,456 is read as 123456"),
    (["8,51,935", "950", "-3,80,694"], [851935, 950, -380694], "1,23,456 is read as 123456"),
    (["1,5e3", "-0,5", "+2"], [1500, -0.5, 2], "1,5 is read as 1.5"),
])
@pytest.mark.parametrize("beside", ["1.5", "7", "x"])
def test_each_column_has_its_own_way_to_write_numbers(
    tmp_path: Path, cells: list[str], numbers: list[float], note: str, beside: str
) -> None:
    table = read(columns(tmp_path, cells, [beside, "2.5", "3.5"][: len(cells)]))
    assert table.x[:, 0].tolist() == numbers
    assert any(note in one and one.endswith(": a") for one in table.notes)
    x, _ = encode(tmp_path / "t.csv", json.loads(json.dumps(table.schema)))
    assert np.array_equal(x, table.x)


@pytest.mark.parametrize(("cells", "comma", "point"), [
    (["2,096", "500", "2,613"], [2.096, 500, 2.613], [2096, 500, 2613]),
    (["1,234", "2,345", "3,456"], [1.234, 2.345, 3.456], [1234, 2345, 3456]),
])
def test_a_column_that_may_be_either_is_refused_unless_it_is_said(
    tmp_path: Path, cells: list[str], comma: list[float], point: list[float]
) -> None:
    path = columns(tmp_path, cells)
    with pytest.raises(InputError) as caught:
        read(path)
    assert f"line 2: column 'a' is {cells[0]}, which is {comma[0]:g} with a decimal comma and {point[0]:g}" in said(caught)
    assert "--decimal comma or --decimal point" in said(caught)
    for decimal, numbers in (("comma", comma), ("point", point)):
        table = read(path, decimal=decimal)
        assert table.x[:, 0].tolist() == numbers
        x, _ = encode(path, table.schema)
        assert x[:, 0].tolist() == numbers


def test_points_between_thousands_beside_decimal_commas(tmp_path: Path) -> None:
    path = columns(tmp_path, ["1.234", "950", "2.096"], ["0,5", "1,5", "2,5"])
    with pytest.raises(InputError, match=r"line 2: column 'a' is 1.234, which is 1234 with a decimal comma and 1.234 with"):
        read(path)
    assert read(path, decimal="comma").x[:, 0].tolist() == [1234, 950, 2096]
    assert read(path, decimal="point").x[:, 0].tolist() == [1.234, 950, 2.096]
    plain = read(columns(tmp_path, ["1.234", "950", "2.096"], ["0.5", "1.5", "2.5"]))
    assert plain.x[:, 0].tolist() == [1.234, 950, 2.096] and plain.notes == ()


def test_new_rows_that_may_be_either_are_read_as_training_was(tmp_path: Path) -> None:
    comma = read(columns(tmp_path, ["0,5", "1,25", "3,75"])).schema
    thousands = read(columns(tmp_path, ["1,234,567", "950", "1,234"])).schema
    plain = read(columns(tmp_path, ["0.5", "1.25", "3.75"])).schema
    new = b"b\ta\n1\t1,234\n"
    assert encode(new, comma)[0].tolist() == [[1.234]]
    assert encode(new, thousands)[0].tolist() == [[1234]]
    with pytest.raises(InputError, match=r"line 2: column 'a' is 1,234, which is 1.234 .* write it with a decimal point"):
        encode(new, plain)
    assert encode(b"b\ta\n1\t0,5\n", plain)[0].tolist() == [[0.5]]  # a row decides it
    frame = pd.DataFrame({"a": ["1,234", "0,5"]})
    assert encode(frame, comma)[0].tolist() == [[1.234], [0.5]]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_new_rows_of_commas_as_in_india_are_read_as_training_was(tmp_path: Path, delimiter: str) -> None:
    cells = [f"{1 + i % 9},{10 + i},{100 + i}" for i in range(60)]
    table = read(columns(tmp_path, cells, ["x", "z"] * 30, delimiter=delimiter))
    assert table.x[1].tolist() == [211101, 0, 1]
    for text, number in (("1,234", 1234), ("123,456", 123456), ("2,11,101", 211101), ("12.5", 12.5)):
        assert encode(f"a{delimiter}b\n{text}{delimiter}x\n".encode(), table.schema)[0].tolist() == [[number, 1, 0]]
    cells[30] = "123,456"
    with pytest.raises(InputError, match="line 32: column 'a' is 123,456; expected a finite number, as in 59 of 60 rows"):
        read(columns(tmp_path, cells))


@pytest.mark.parametrize("bad", ["unknown", "n/a", "-", "#DIV/0!", "12%", "$5", "1\u00a0234", "\u22125", "5 kg", "1.5.2", "--", "1 234",
                                 ".", "<5", "12:30", "\uff11\uff12"])
@pytest.mark.parametrize("different", [7, 500])
def test_one_bad_cell_among_numbers_is_named(tmp_path: Path, bad: str, different: int) -> None:
    cells = [f"{i % different * 0.5}" for i in range(60)]
    cells[40] = bad
    with pytest.raises(InputError) as caught:
        read(columns(tmp_path, cells))
    words = said(caught)
    assert "line 42: column 'a' is " in words and "as in 59 of 60 rows" in words and "--ignore a" in words
    assert "free text" not in words
    for name, mark in (("NO-BREAK SPACE", "\u00a0"), ("MINUS SIGN", "\u2212")):
        assert (name in words) == (mark in bad)
    assert (different == 7) == ("--as-text a" in words)


def test_every_cell_with_something_beside_its_number(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"line 2: column 'a' is \$0; expected a finite number; write one"):
        read(columns(tmp_path, [f"${i}" for i in range(60)]))


def test_two_ways_to_write_decimals_in_one_column_are_named(tmp_path: Path) -> None:
    cells = [f"{i}.25" for i in range(30)] + ["7,25"]
    with pytest.raises(InputError, match=r"line 32: column 'a' is 7,25; expected a finite number, as in 30 of 31 rows"):
        read(columns(tmp_path, cells))


def test_numbers_may_be_taken_as_text(tmp_path: Path) -> None:
    cells = ["36", "37"] * 9 + ["4+"]
    table = read(columns(tmp_path, cells), as_text=["a"])
    assert table.feature_names == ("a=36", "a=37", "a=4+")
    assert encode(b"a\n37\n", table.schema)[0].tolist() == [[0, 1, 0]]
    assert read(columns(tmp_path, ["1", "2", "1"]), as_text=["a"]).feature_names == ("a=1", "a=2")
    with pytest.raises(InputError, match="as-text: 'z' is unknown"):
        read(columns(tmp_path, cells), as_text=["z"])


# -- delimiters -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "names"), [
    ("Age (years, at entry)\tSex, coded M/F\ty\n1\tF\t0\n2\tM\t1\n", ("Age (years, at entry)", "Sex, coded M/F=F", "Sex, coded M/F=M")),
    ("a, b; c, d; y\n1,5; 2,5; 0\n2,5; 3,5; 1\n", ("a, b", "c, d")),
    ("a|b;c,y\n1,0\n2,1\n", ("a|b;c",)),
    ("a;b,c;y\n1;x,y;0\n2;z,y;1\n", ("a", "b,c=x,y", "b,c=z,y")),
    ('"a, b, c, d"\t"y"\n1\t0\n2\t1\n', ("a, b, c, d",)),
])
def test_the_delimiter_is_that_of_the_rows(tmp_path: Path, text: str, names: tuple[str, ...]) -> None:
    assert read(file(tmp_path, text)).feature_names == names


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", '"sep=;"', "sep=;\r"])
def test_a_line_that_says_the_delimiter_is_known(tmp_path: Path, first: str) -> None:
    text = f"\ufeff{first}\na,b;c;y\n1;5;0\n2;;1\n"
    with pytest.raises(InputError, match="line 4: column 'c' lacks a value"):
        read(file(tmp_path, text))
    table = read(file(tmp_path, text.replace("2;;1", "2;6;1")))
    assert (table.feature_names, table.ids) == (("a,b", "c"), ("3", "4"))
    assert read(file(tmp_path, "sep=^\na^y\n1^0\n2^1\n")).feature_names == ("a",)


# -- labels -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cells", "classes"), [
    (["123456789012345678901", "123456789012345678902", "5"], ("5", "123456789012345678901", "123456789012345678902")),
    (["9007199254740993", "9007199254740992", "9007199254740993"], ("9007199254740992", "9007199254740993")),
    (["1E5", "2E5", "1E5"], ("1E5", "2E5")),
    (["1E5", "100000", "2"], ("2", "100000", "1E5")),
    (["01", "1", "001"], ("001", "01", "1")),
    (["1.0", "0.0", "1.0"], ("0.0", "1.0")),
    (["True", "true", "False"], ("False", "True", "true")),
    (["1e-999999999", "1", "1"], None),
])
def test_classes_are_the_texts_of_the_cells(tmp_path: Path, cells: list[str], classes: tuple[str, ...] | None) -> None:
    path = file(tmp_path, "a,y\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(cells)))
    table = read(path)
    assert table.classes == (classes or tuple(dict.fromkeys(cells)))
    assert [table.classes[k] for k in table.labels] == cells


def test_one_and_one_point_zero_are_one_class_and_that_is_said(tmp_path: Path) -> None:
    table = read(file(tmp_path, "a,y\n1,1.0\n2,1\n3,0\n"))
    assert (table.classes, table.labels.tolist()) == (("0", "1"), [1, 1, 0])
    assert table.notes == ("target 'y': written in two ways, and one class: 1.0 = 1",)


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u3000", "\t", "\u200b"])
def test_spaces_and_forms_of_unicode_make_no_class_and_no_level(tmp_path: Path, space: str) -> None:
    cafe = unicodedata.normalize("NFD", "café")
    text = f"a;y\nred{space};café\nred;{cafe}\nblue;no{space}\nblue;no\n"
    table = read(file(tmp_path, text))
    assert (table.classes, table.feature_names) == (("café", "no"), ("a=blue", "a=red"))
    assert table.labels.tolist() == [0, 0, 1, 1]
    assert len(table.notes) == 1 and "y 2 cells, a 1 cell" in table.notes[0]
    x, _ = encode(f"a\nred{space}\n".encode(), table.schema)
    assert x.tolist() == [[0, 1]]


def test_names_of_columns_are_in_one_form(tmp_path: Path) -> None:
    nfd = unicodedata.normalize("NFD", "größe")
    path = file(tmp_path, f"{nfd} ,y\n1,u\n2,v\n")
    assert read(path).feature_names == ("größe",)
    assert read_table(path, target="y", ignore=[]).schema["columns"][0]["name"] == "größe"
    assert encode(pd.DataFrame({nfd: [3.0]}), read(path).schema)[0].tolist() == [[3]]
    with pytest.raises(InputError, match="two columns are called 'größe'"):
        read(file(tmp_path, f"{nfd},größe,y\n1,2,u\n2,3,v\n"))


def test_true_and_false_with_spaces_are_true_and_false(tmp_path: Path) -> None:
    assert read(columns(tmp_path, ["True ", "False", "true"])).x.tolist() == [[1], [0], [1]]


@pytest.mark.parametrize("cell", ["NA", "N/A", "?", "null", "NA "])
def test_what_is_missing_says_what_stood_there(tmp_path: Path, cell: str) -> None:
    with pytest.raises(InputError) as caught:
        read(file(tmp_path, f"a,y\n1,u\n2,{cell}\n3,v\n"))
    words = said(caught)
    assert "line 3: column 'y' lacks a value (in 1 of 3 rows)" in words
    assert f"{cell.strip()} is read as missing, so write it otherwise if it means something" in words


@pytest.mark.parametrize("gap", [None, np.nan, pd.NA])
@pytest.mark.parametrize("dtype", [None, "Int64", object])
def test_a_gap_in_a_frame_has_no_text(tmp_path: Path, gap: object, dtype: str | None) -> None:
    schema = read(columns(tmp_path, ["1", "2"])).schema
    with pytest.raises(InputError) as caught:
        encode(pd.DataFrame({"a": pd.Series([1, gap], dtype=dtype)}), schema)
    assert said(caught).endswith("row 1: column 'a' lacks a value (in 1 of 2 rows); fill it or delete the line")


# -- what older versions kept -----------------------------------------------------------------------------------------


def test_schemas_of_older_runs_read_as_they_did() -> None:
    """As format 1 has them: no forms, and levels with the spaces that the file had."""
    schema = {"format": 1, "target": "y", "classes": ["no", "yes"], "columns": [
        {"name": "a", "kind": "number", "levels": []}, {"name": "b", "kind": "bool", "levels": []},
        {"name": "c", "kind": "text", "levels": ["red", "red "]}]}
    x, ids = encode(b"a;b;c;id\n1,5;True;red;k\n2;False;red ;l\n", schema)  # type: ignore[arg-type]
    assert x.tolist() == [[1.5, 1, 1, 0], [2, 0, 0, 1]] and ids == ("k", "l")
