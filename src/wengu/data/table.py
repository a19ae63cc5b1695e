"""A table to learn from: a CSV or TSV file with a header, one row an example, one column the class to predict.

Three columns mean something by their very name, if they are there and neither the target nor ignored:

    set      train, dev or test: official sets, kept as they are; empty = not assigned
    group    rows of one group belong together (one patient, one video) and must never be split between sets
    id       the row's name in every output; without it, the number of its line in the file

A target of whole numbers gives classes in their order; with a leading zero anywhere (01) it is codes, and stays text.
Every other column is a feature, as `table_schema` says. A column with one value throughout is dropped, with a note.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import InputError, one_of
from wengu.core.i18n import say
from wengu.data.pictures import SET_NAMES
from wengu.data.table_file import read_sheet
from wengu.data.table_schema import Column, Schema, Where, check_no_gaps, column_of, encode_columns, feature_names

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 1
MOST_NUMBERS, MOST_SHARE = 20, 0.05
"""A target of more different whole numbers than both allow (so many, that share of the rows) is a quantity."""


@dataclass(frozen=True, eq=False)
class Table:
    """m rows of n features with their classes."""

    x: NDArray[np.float64]  # (m, n)
    labels: NDArray[np.int64]  # (m,), labels[i] = k means classes[k]
    feature_names: tuple[str, ...]
    classes: tuple[str, ...]
    ids: tuple[str, ...]
    set_of: NDArray[np.str_]  # (m,) 'train', 'dev', 'test' or ''
    groups: NDArray[np.str_] | None  # (m,), None without a column `group`
    source: str
    schema: Schema
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.x)

    def counts(self) -> dict[str, int]:
        """How many rows each class has, in the order of `classes`."""
        of_label = np.bincount(self.labels, minlength=len(self.classes))
        return {name: int(n) for name, n in zip(self.classes, of_label, strict=True)}


def read_table(path: str | os.PathLike[str], *, target: str, ignore: Sequence[str] = ()) -> Table:
    """Read a table and encode its columns; `schema` in the result encodes new rows the same way.

    Raises: InputError with column, line and what to do, for every fault that the file can have.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "shop.csv"
    >>> _ = file.write_text("age,colour,paid\\n31,red,yes\\n45,blue,no\\n22,red,yes\\n")
    >>> table = read_table(file, target="paid")
    >>> table.feature_names, table.x.tolist()[0], table.classes, table.labels.tolist(), table.ids
    (('age', 'colour=blue', 'colour=red'), [31.0, 0.0, 1.0], ('no', 'yes'), [1, 0, 1], ('2', '3', '4'))
    """
    sheet = read_sheet(path, as_text={"set", "group", "id", target})
    frame = sheet.frame
    for name in ignore:
        one_of("ignore", name, frame.columns)
        if name == target:
            raise InputError(say("ignore: {name} is the target; leave it out of --ignore", name=name))
    one_of("target", target, frame.columns)
    frame = frame.drop(columns=list(ignore))
    labels, classes = _labels(frame[target], target, sheet.where)
    kept = {name: frame[name] for name in ("set", "group", "id") if name in frame.columns and name != target}
    notes = [say("columns without a name, left out: {n}", n=sheet.unnamed)] if sheet.unnamed else []
    columns = columns_of(frame.drop(columns=[target, *kept]), sheet.where, notes)
    return Table(
        x=encode_columns(frame, columns, sheet.where),
        labels=labels,
        feature_names=feature_names(columns),
        classes=classes,
        ids=ids_of(kept["id"], sheet.where) if "id" in kept else sheet.lines,
        set_of=sets_of(kept.get("set"), len(frame), sheet.where),
        groups=groups_of(kept["group"], sheet.where) if "group" in kept else None,
        source=Path(path).name,
        schema={"format": FORMAT, "target": target, "classes": list(classes), "columns": columns},
        notes=tuple(notes),
    )


def columns_of(features: pd.DataFrame, where: Where, notes: list[str]) -> list[Column]:
    """The rule for each feature, without those that never change."""
    columns: list[Column] = []
    for name in features.columns:
        fix = say(", or leave the column out with --ignore {quoted}", quoted=shlex.quote(name))
        check_no_gaps(features[name], name, where, fix)
        first = features[name].iloc[0]
        if (features[name] != first).any():
            columns.append(column_of(features[name], name))
        else:
            notes.append(say("column {name!r} was left out: it is {value} in every row", name=name, value=first))
    if not columns:
        raise InputError(say("there is no column to learn from: besides the target, every one is ignored or never "
                             "changes"))
    return columns


def _labels(values: pd.Series, target: str, where: Where) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """(labels, classes) from the target's column; numbers are classes only if they are few and whole."""
    from pandas.api import types

    check_no_gaps(values, target, where)
    values = _numbers(values)
    different = sorted(values.unique().tolist())
    if len(different) < 2:
        raise InputError(say("target {name!r} is {value} in every row; expected two classes or more", name=target,
                             value=different[0]))
    if types.is_numeric_dtype(values):
        many = len(different) > max(MOST_NUMBERS, MOST_SHARE * len(values))
        if many or any(not float(value).is_integer() for value in different):
            raise InputError(say("target {name!r} is a quantity ({low:g} … {high:g}, {n} different "
                                 "{n:number|numbers}); classes can be predicted, quantities cannot (regression is not "
                                 "supported). Take another target, or cut it into ranges first",
                                 name=target, low=different[0],
                                 high=different[-1], n=len(different)))
        different = [int(value) for value in different]
    elif 2 * len(different) > len(values) and len(different) > MOST_NUMBERS:
        raise InputError(say("target {name!r} has {n} different {n:value|values} in {m} {m:row|rows}: it looks like "
                             "an id or free text; expected classes", name=target, n=len(different), m=len(values)))
    place = {value: k for k, value in enumerate(different)}
    return np.array([place[value] for value in values.tolist()], np.int64), tuple(map(str, different))


def _numbers(texts: pd.Series) -> pd.Series:
    """The column as numbers, if all are; but 01 beside 1 is a code, and so is all that stands with it."""
    import pandas as pd

    numbers = pd.to_numeric(texts, errors="coerce")
    return texts if numbers.isna().any() or texts.str.match(r"\s*[+-]?0\d").any() else numbers


def sets_of(values: pd.Series | None, m: int, where: Where) -> NDArray[np.str_]:
    """The official set of each row, "" where it has none."""
    if values is None:
        return np.full(m, "", "<U5")
    names = [value.strip().lower() for value in values.fillna("")]
    for i, name in enumerate(names):
        if name and name not in SET_NAMES:
            raise InputError(say("{row}: set is {got!r}; expected train, dev, test or nothing (--ignore set if the "
                                 "column means something else)", row=where(i), got=name))
    return np.array([SET_NAMES.get(name, "") for name in names], "<U5")


def groups_of(values: pd.Series, where: Where) -> NDArray[np.str_]:
    """The group of each row."""
    check_no_gaps(values, "group", where)
    return np.array(values.tolist(), np.str_)


def ids_of(values: pd.Series, where: Where) -> tuple[str, ...]:
    """The name of each row, all different."""
    check_no_gaps(values, "id", where)
    if (again := np.flatnonzero(values.duplicated())).size:
        i = again[0]
        raise InputError(say("{row}: id {value!r} appears on an earlier line too; ids must differ", row=where(i),
                             value=values.iloc[i]))
    return tuple(values)
