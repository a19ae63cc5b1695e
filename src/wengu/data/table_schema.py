"""What a table's columns become: one rule a column, kept with the model, so that new rows are encoded the same way.

    number          one feature, as it is; the column's form says what commas and points in it mean
    bool            one feature: False = 0, True = 1, and nothing else
    text            one feature a level, 1 where the row has that level and else 0 ("one-hot"); at most 20 levels

A level that training never saw is an error when predicting, not a row of zeros: such a row would lie where the model
has seen nothing, and its prediction would look like any other.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import InputError, nearest
from wengu.core.i18n import say
from wengu.data.clean_text import clean, cleaned, is_text, plainly
from wengu.data.table_columns import (
    Column,
    Rows,
    best_form,
    check_no_gaps,
    either,
    no_numbers,
    not_a_number,
    other_reading,
)
from wengu.data.table_file import read_sheet
from wengu.data.table_numbers import Form, form_of, number

if TYPE_CHECKING:
    import pandas as pd

LARGEST = float(np.finfo(np.float32).max)
NO_NUMBERS = (bool, np.bool_, complex, np.complexfloating)


class Schema(TypedDict):
    """All that JSON needs to keep of a table."""

    format: int
    target: str | list[str]  # several, where the table has several
    classes: list[str]  # of several targets their labels
    columns: list[Column]


def encode(
    table: str | os.PathLike[str] | bytes | pd.DataFrame, schema: Schema
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """(x, ids) of rows to predict, from a file, the bytes of one, or a frame.

    x is (m, n), its columns are `feature_names(schema)`. The target need not be there, other columns are passed over.
    ids are the column `id` if there is one, else line numbers of the file or the index of the frame.

    Raises: InputError for a column that is missing, a missing value, one that is no number or too large for
    float32, a level that training never saw, a
    frame without rows or with two columns of one name.
    """
    if isinstance(table, (str, os.PathLike, bytes)):
        sheet = read_sheet(table, as_text=["id", *(clean(c["name"]) for c in schema["columns"] if c["kind"] == "text")])
        frame, names = sheet.frame, sheet.lines
        rows: Rows = sheet
    else:
        frame, names = table.rename(columns=_clean_name), tuple(map(str, table.index))
        rows = _RowsOfFrame(frame)
        if not len(frame):
            raise InputError(say("the frame has no rows; expected one or more to predict"))
        if not frame.columns.is_unique:
            raise InputError(say("two columns of the frame are called {name!r}; rename one",
                                 name=frame.columns[frame.columns.duplicated()][0]))
    if "id" in frame.columns:
        values, _ = cleaned(frame["id"])
        check_no_gaps(values, "id", rows)
        names = tuple(values.astype(str))
    return encode_columns(frame, schema["columns"], rows), names


def feature_names(columns: Sequence[Column]) -> tuple[str, ...]:
    """The features' names: a column's own, or column=level.

    >>> feature_names([{"name": "age", "kind": "number", "levels": []},
    ...                {"name": "colour", "kind": "text", "levels": ["blue", "red"]}])
    ('age', 'colour=blue', 'colour=red')
    """
    return tuple(f"{c['name']}={level}" if level else c["name"] for c in columns for level in c["levels"] or [""])


def encode_columns(frame: pd.DataFrame, columns: Sequence[Column], rows: Rows) -> NDArray[np.float64]:
    """(m, n) features of the frame; `rows` says where each stands, for the errors."""
    parts: list[NDArray[np.float64]] = []
    for column in columns:
        name = clean(column["name"])
        if name not in frame.columns:
            near = nearest(name, map(str, frame.columns))
            hint = say("; did you mean {near}?", near=near) if near else ""
            raise InputError(say("column {name!r} is missing: the model was trained with it{hint}", name=name,
                                 hint=hint))
        values, _ = cleaned(frame[name], known=column["levels"])
        check_no_gaps(values, name, rows)
        parts.append(READERS[column["kind"]](values, column, rows))
    return np.column_stack(parts) if parts else np.empty((len(frame), 0))


def _one_hot(values: pd.Series, column: Column, rows: Rows) -> NDArray[np.float64]:
    import pandas as pd

    place = {level: k for k, level in enumerate(column["levels"])}
    of_row, different = pd.factorize(values)
    codes = np.array([place.get(str(value), -1) for value in different])[of_row]
    if (unknown := np.flatnonzero(codes < 0)).size:
        i = unknown[0]
        raise InputError(say("{row}: column {name!r} is {got!r}, which training never saw; it knows {known}",
                             row=rows.where(i), name=column["name"], got=str(values.iloc[i]),
                             known=", ".join(column["levels"])))
    return np.asarray(codes[:, None] == np.arange(len(place)), np.float64)


def _number(values: pd.Series, column: Column, rows: Rows) -> NDArray[np.float64]:
    numbers = _numbers(values, column, rows)
    if (bad := np.flatnonzero(~(np.abs(numbers) <= LARGEST))).size:
        i = int(bad[0])
        got = plainly(rows.text(i, column["name"]).strip())
        if np.isfinite(numbers[i]) or not got.lower().lstrip("+-").startswith(("inf", "nan")):
            raise InputError(say("{row}: column {name!r} is {got}; expected at most {most:.2g} in size, which is what "
                                 "float32 holds", row=rows.where(i), name=column["name"], got=got, most=LARGEST))
        raise InputError(say("{row}: column {name!r} is {got}; expected a finite number", row=rows.where(i),
                             name=column["name"], got=got))
    return numbers


def _numbers(values: pd.Series, column: Column, rows: Rows) -> NDArray[np.float64]:
    """The column as numbers: in the form that it has, or in that of training where it could have either."""
    import pandas as pd

    name, trained = clean(column["name"]), column.get("form", "plain")
    form: Form | None
    if (wrong := _pass_for_numbers(values)).any():
        raise not_a_number(values, name, rows, wrong)
    if is_text(values):
        numbers = np.asarray(pd.to_numeric(values, errors="coerce"), np.float64)
        if not np.isnan(numbers).any():
            return numbers
        found = form_of(map(str, values.unique()))
        if found is None:
            raise not_a_number(values, name, rows, no_numbers(values, best_form(values, first=trained)))
        form = found if found != "either" else trained if trained != "plain" else None
    else:
        numbers = np.asarray(values, np.float64)
        other: Form = "thousands" if name in rows.commas else "points"
        settled = ("comma", "points") if name in rows.commas else ("plain", "thousands", "lakhs")
        if trained in settled or (texts := other_reading(numbers, name, rows, other)) is None:
            return numbers
        values, form = texts, trained if trained == other or trained == "lakhs" else None
    if form is None:
        raise either(values, name, rows, say("write it with a decimal point and nothing between thousands"))
    of_row, different = pd.factorize(values)
    return np.array([number(str(text), form) for text in different])[of_row]


def _pass_for_numbers(values: pd.Series) -> NDArray[np.bool_]:
    """The rows of which pandas would make numbers though they are none: True and False, times, complex numbers."""
    import pandas as pd
    from pandas.api import types

    if isinstance(values.dtype, pd.CategoricalDtype):
        return _pass_for_numbers(values.astype(values.cat.categories.dtype))
    if types.is_object_dtype(values):
        return np.fromiter((isinstance(one, NO_NUMBERS) for one in values), bool, len(values))
    return np.full(len(values), not (types.is_any_real_numeric_dtype(values) or types.is_string_dtype(values)))


def _truth(values: pd.Series, column: Column, rows: Rows) -> NDArray[np.float64]:
    texts = values.astype(str).str.lower()
    true = texts.isin(["true", "1", "1.0"]).to_numpy()
    if (bad := np.flatnonzero(~true & ~texts.isin(["false", "0", "0.0"]).to_numpy())).size:
        i = bad[0]
        raise InputError(say("{row}: column {name!r} is {got}; expected True or False", row=rows.where(i),
                             name=column["name"], got=plainly(values.iloc[i])))
    return true.astype(np.float64)


READERS = {"number": _number, "bool": _truth, "text": _one_hot}


class _RowsOfFrame:
    commas: frozenset[str] = frozenset()

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame

    def where(self, row: int) -> str:
        return say("row {row}", row=self.frame.index[row])

    def text(self, row: int, name: str) -> str:
        column = self.frame[name]
        return "" if column.isna().iloc[row] else str(column.iloc[row])

    def texts(self, name: str) -> None:
        return None


def _clean_name(name: object) -> object:
    return clean(name) if isinstance(name, str) else name
