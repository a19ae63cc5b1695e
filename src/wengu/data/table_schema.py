"""What a table's columns become: one rule a column, kept with the model, so that new rows are encoded the same way.

    number          one feature, as it is
    bool            one feature: False = 0, True = 1, and nothing else
    text            one feature a level, 1 where the row has that level and else 0 ("one-hot"); at most 20 levels

A level that training never saw is an error when predicting, not a row of zeros: such a row would lie where the model
has seen nothing, and its prediction would look like any other.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, TypedDict, cast

import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import InputError, nearest
from wengu.core.i18n import say
from wengu.data.table_file import read_sheet

if TYPE_CHECKING:
    import pandas as pd

MOST_LEVELS = 20

Where = Callable[[int], str]


class Column(TypedDict):
    name: str
    kind: Literal["number", "bool", "text"]
    levels: list[str]  # of text, in order; else empty


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

    Raises: InputError for a column that is missing, a missing or infinite value, a level that training never saw, a
    frame without rows or with two columns of one name.
    """
    if isinstance(table, (str, os.PathLike, bytes)):
        sheet = read_sheet(table, as_text=["id", *(c["name"] for c in schema["columns"] if c["kind"] == "text")])
        frame, names = sheet.frame, sheet.lines
        where: Where = sheet.where
    else:
        frame, names = table, tuple(map(str, table.index))
        where = _where_in_frame(names)
        if not len(frame):
            raise InputError(say("the frame has no rows; expected one or more to predict"))
        if not frame.columns.is_unique:
            raise InputError(say("two columns of the frame are called {name!r}; rename one",
                                 name=frame.columns[frame.columns.duplicated()][0]))
    if "id" in frame.columns:
        check_no_gaps(frame["id"], "id", where)
        names = tuple(frame["id"].astype(str))
    return encode_columns(frame, schema["columns"], where), names


def feature_names(columns: Sequence[Column]) -> tuple[str, ...]:
    """The features' names: a column's own, or column=level.

    >>> feature_names([{"name": "age", "kind": "number", "levels": []},
    ...                {"name": "colour", "kind": "text", "levels": ["blue", "red"]}])
    ('age', 'colour=blue', 'colour=red')
    """
    return tuple(f"{c['name']}={level}" if level else c["name"] for c in columns for level in c["levels"] or [""])


def column_of(values: pd.Series, name: str) -> Column:
    """The rule for a column, from the values of training.

    Raises: InputError if it is text with more than 20 levels.
    """
    from pandas.api import types

    if types.is_bool_dtype(values):
        return {"name": name, "kind": "bool", "levels": []}
    if types.is_numeric_dtype(values):
        return {"name": name, "kind": "number", "levels": []}
    levels = sorted(set(values.astype(str)))
    if len(levels) > MOST_LEVELS:
        raise InputError(say("column {name!r} is text with {n} different {n:value|values} ({first}, …), more than "
                             "{most}: it looks like an id or free text. Leave it out with --ignore {quoted}", name=name,
                             quoted=shlex.quote(name), n=len(levels), first=levels[0][:40], most=MOST_LEVELS))
    return {"name": name, "kind": "text", "levels": levels}


def encode_columns(frame: pd.DataFrame, columns: Sequence[Column], where: Where) -> NDArray[np.float64]:
    """(m, n) features of the frame; where(i) says where row i stands, for the errors."""
    parts: list[NDArray[np.float64]] = []
    for column in columns:
        name = column["name"]
        if name not in frame.columns:
            near = nearest(name, map(str, frame.columns))
            hint = say("; did you mean {near}?", near=near) if near else ""
            raise InputError(say("column {name!r} is missing: the model was trained with it{hint}", name=name,
                                 hint=hint))
        values = frame[name]
        check_no_gaps(values, name, where)
        parts.append(READERS[column["kind"]](values, column, where))
    return np.column_stack(parts) if parts else np.empty((len(frame), 0))


def check_no_gaps(values: pd.Series, name: str, where: Where, advice: str = "") -> None:
    """Raise InputError at the first missing value."""
    if (gaps := np.flatnonzero(values.isna())).size:
        raise InputError(say("{row}: column {name!r} lacks a value (in {n} of {m} {m:row|rows}); fill it or delete "
                             "the line{advice}",
                             row=where(gaps[0]), name=name, n=gaps.size, m=len(values), advice=advice))


def _one_hot(values: pd.Series, column: Column, where: Where) -> NDArray[np.float64]:
    place = {level: k for k, level in enumerate(column["levels"])}
    codes = np.array([place.get(value, -1) for value in values.astype(str)])
    if (unknown := np.flatnonzero(codes < 0)).size:
        i = unknown[0]
        raise InputError(say("{row}: column {name!r} is {got!r}, which training never saw; it knows {known}",
                             row=where(i), name=column["name"], got=str(values.iloc[i]),
                             known=", ".join(column["levels"])))
    return np.asarray(codes[:, None] == np.arange(len(place)), np.float64)


def _number(values: pd.Series, column: Column, where: Where) -> NDArray[np.float64]:
    import pandas as pd

    numbers = cast(NDArray[np.float64], pd.to_numeric(values, errors="coerce").to_numpy(np.float64))
    if (bad := np.flatnonzero(~np.isfinite(numbers))).size:
        i = bad[0]
        raise InputError(say("{row}: column {name!r} is {got}; expected a finite number", row=where(i),
                             name=column["name"], got=values.iloc[i]))
    return numbers


def _truth(values: pd.Series, column: Column, where: Where) -> NDArray[np.float64]:
    texts = values.astype(str).str.lower()
    true = texts.isin(["true", "1", "1.0"]).to_numpy()
    if (bad := np.flatnonzero(~true & ~texts.isin(["false", "0", "0.0"]).to_numpy())).size:
        i = bad[0]
        raise InputError(say("{row}: column {name!r} is {got}; expected True or False", row=where(i),
                             name=column["name"], got=values.iloc[i]))
    return true.astype(np.float64)


READERS = {"number": _number, "bool": _truth, "text": _one_hot}


def _where_in_frame(names: Sequence[str]) -> Where:
    return lambda i: say("row {row}", row=names[i])
