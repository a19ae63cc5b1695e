"""Tables in UTF-16, and what passes for a number in new rows."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.data.test_table_as_found import file, read, said
from wengu.core.checks import InputError
from wengu.data import encode

TEXT = "größe\tb\ty\n" + "".join(f"{i}.5\t{i % 7}\t{'ja' if i % 2 else 'nö'}\n" for i in range(40))


@pytest.mark.parametrize("ends", ["le", "be"])
@pytest.mark.parametrize("packed", [False, True])
def test_unicode_text_of_spreadsheets_is_read(tmp_path: Path, ends: str, packed: bool) -> None:
    raw = f"\ufeff{TEXT}".encode(f"utf-16-{ends}")
    (tmp_path / "u.txt").write_bytes(gzip.compress(raw) if packed else raw)
    table, plain = read(tmp_path / "u.txt"), read(file(tmp_path, TEXT))
    assert table.feature_names == ("größe", "b") and table.classes == ("ja", "nö") and table.ids[:2] == ("2", "3")
    assert np.array_equal(table.x, plain.x) and np.array_equal(encode(raw, plain.schema)[0], plain.x)


def test_a_file_that_only_begins_as_utf16_is_refused(tmp_path: Path) -> None:
    (tmp_path / "u.txt").write_bytes(f"\ufeff{TEXT}".encode("utf-16-le") + b"x")
    with pytest.raises(InputError, match=r"u.txt: begins as UTF-16 and is not; save the file as 'CSV UTF-8'"):
        read(tmp_path / "u.txt")


@pytest.mark.parametrize(("values", "got"), [
    (pd.Series([True, False]), "row 0: column 'a' is True"),
    (pd.Series([True, False], dtype="boolean"), "row 0: column 'a' is True"),
    (pd.Series([1.5, True], dtype=object), "row 1: column 'a' is True"),
    (pd.Series([1, np.True_], dtype=object), "row 1: column 'a' is True"),
    (pd.Series([True, False], dtype="category"), "row 0: column 'a' is True"),
    (pd.Series(pd.to_datetime(["2020-01-01", "2021-01-01"])), "row 0: column 'a' is 2020-01-01"),
    (pd.Series(pd.to_datetime(["2020-01-01", "2021-01-01"], utc=True)), "row 0: column 'a' is '2020-01-01 00:00:00+00:00'"),
    (pd.Series(pd.period_range("2020", periods=2, freq="Y")), "row 0: column 'a' is 2020"),
    (pd.Series(pd.to_timedelta([1, 2], "D")), "row 0: column 'a' is '1 days'"),
    (pd.Series([1 + 0j, 2 + 0j]), "row 0: column 'a' is (1+0j)"),
    (pd.Series([3, 1j], dtype=object), "row 1: column 'a' is 1j"),
])
def test_what_passes_for_a_number_in_a_frame_is_refused(tmp_path: Path, values: pd.Series, got: str) -> None:
    schema = read(file(tmp_path, "a;y\n1,5;u\n2,5;v\n")).schema
    with pytest.raises(InputError) as caught:
        encode(pd.DataFrame({"a": values}), schema)
    assert said(caught).startswith(f"{got}; expected a finite number")


@pytest.mark.parametrize("dtype", ["int8", "uint64", "float32", "Int64", "Float64", "category", "object", "string"])
def test_numbers_of_every_type_are_read(tmp_path: Path, dtype: str) -> None:
    schema = read(file(tmp_path, "a,y\n1.5,u\n2.5,v\n")).schema
    assert encode(pd.DataFrame({"a": pd.Series([3, 4]).astype(dtype)}), schema)[0].tolist() == [[3], [4]]  # type: ignore[call-overload]


def test_true_and_false_in_a_file_are_no_numbers_but_where_training_had_them(tmp_path: Path) -> None:
    schema = read(file(tmp_path, "a,y\n1.5,u\n2.5,v\n")).schema
    with pytest.raises(InputError, match="line 2: column 'a' is True; expected a finite number"):
        encode(b"a\nTrue\nFalse\n", schema)
    truths = pd.DataFrame({"a": [True, False]})
    assert encode(truths, read(file(tmp_path, "a,y\nTrue,u\nFalse,v\n")).schema)[0].tolist() == [[1], [0]]
    as_text = read(file(tmp_path, "a,y\nTrue,u\nFalse,v\n"), as_text=["a"]).schema
    assert encode(truths, as_text)[0].tolist() == [[0, 1], [1, 0]]
