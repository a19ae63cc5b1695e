"""The columns that tables share, as numbers for a comparison: no target, no rule to keep, gaps allowed.

    numbers    as they are, a gap is NaN          text    1 where a row has the level: the commonest of all, 20 at most
    writing    text whose commonest levels are not half of the rows, by what `text_columns` says of each besides

The tables are two files, or the sets that a column `set` of one file names.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import InputError, one_of
from wengu.core.i18n import say
from wengu.data.table_file import Sheet, read_sheet
from wengu.data.table_roles import ROLES, Chosen, Roles, grouped_by_id, roles_of
from wengu.data.text_columns import text_columns

if TYPE_CHECKING:
    import pandas as pd

MOST_LEVELS = 20
WRITING = 0.5  # of the rows
NEARLY = 0.9  # as many different cells as rows

Path = str | os.PathLike[str]
Features = NDArray[np.float64]


class Rows(NamedTuple):
    """Features of each row, what names it, and its group or none."""

    features: Features
    ids: tuple[str, ...]
    groups: NDArray[np.str_] | None
    cells: pd.DataFrame  # of the columns that became features


def two_tables(
    a: Path, b: Path, *, ignore: Sequence[str] = (), group: str = ""
) -> tuple[Rows, Rows, tuple[str, ...], tuple[str, ...]]:
    """The rows of both, the names of their features, and the columns that one of them lacks.

    Columns called id, group, set or split, and those that number the rows, are no features; rows of one `group`, or of
    one id, belong together. Raises InputError for a file that is no table, and where the two have no column in common.
    """
    sheets = [read_sheet(path, as_text=[*ROLES, group]) for path in (a, b)]
    for name in ignore:
        one_of("ignore", name, dict.fromkeys(str(name) for sheet in sheets for name in sheet.frame.columns))
    one, other = (_roles(sheet, [name for name in ignore if name in sheet.frame.columns], group) for sheet in sheets)
    shared = [str(name) for name in one.features.columns if name in other.features.columns]
    if not shared:
        raise InputError(say("{b}: expected columns of {a}, found none of them", a=a, b=b))
    (first, second), names = _encoded([one.features[shared], other.features[shared]])
    lone = tuple(str(name) for roles in (one, other) for name in roles.features.columns if name not in shared)
    return (Rows(first, one.ids, one.groups, one.features[shared]),
            Rows(second, other.ids, other.groups, other.features[shared]), names, lone)


def sets_of_table(
    path: Path, *, ignore: Sequence[str] = (), group: str = ""
) -> tuple[dict[str, Rows], tuple[str, ...]]:
    """The rows of each set that a table's column `set` or `split` names, and the names of their features.

    Rows without a set are left out. Raises InputError where fewer than two sets are named.
    """
    sheet = read_sheet(path, as_text=[*ROLES, group])
    for name in ignore:
        one_of("ignore", name, sheet.frame.columns)
    roles = _roles(sheet, ignore, group)
    places = {name: np.flatnonzero(roles.set_of == name) for name in ("train", "train-dev", "dev", "test")}
    found = {name: place for name, place in places.items() if len(place)}
    if len(found) < 2:
        raise InputError(say("{path}: expected a column `set` that says which rows are train, dev and test, got {got}; "
                             "give a second file, or make one: wengu data split", path=path,
                             got=", ".join(found) or say("none")))
    cells = {name: roles.features.iloc[place] for name, place in found.items()}
    parts, names = _encoded(list(cells.values()))
    return {name: Rows(part, tuple(roles.ids[i] for i in place), None if roles.groups is None else roles.groups[place],
                       cells[name])
            for (name, place), part in zip(found.items(), parts, strict=True)}, names


def naming_column(a: Rows, b: Rows, feature: str) -> str:
    """The column that a feature is made of, if it may name the rows, as a number of patients does; else nothing.

    Whole numbers or single words, nearly as many different ones as a set has rows, and none that both sets have.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     for name, first in (("old", 0), ("new", 100)):
    ...         rows = (f"{first + 7 * k % 100},{k % 9}" for k in range(100))
    ...         _ = Path(folder, name + ".csv").write_text("\\n".join(["patient,age", *rows]))
    ...     a, b, features, _ = two_tables(f"{folder}/old.csv", f"{folder}/new.csv")
    >>> [naming_column(a, b, feature) for feature in features]
    ['patient', '']
    """
    column = max((str(name) for name in a.cells.columns
                  if feature == str(name) or feature.startswith((f"{name}: ", f"{name}="))), key=len, default="")
    if not column:
        return ""
    mine, theirs = (part.cells[column].dropna() for part in (a, b))
    if any((part % 1).any() if part.dtype.kind == "f" else part.astype(str).str.contains(" ").any()
           for part in (mine, theirs)):
        return ""
    different = [set(part) for part in (mine, theirs)]
    many = any(len(own) >= NEARLY * max(len(part), 1) for own, part in zip(different, (mine, theirs), strict=True))
    return column if many and not different[0] & different[1] else ""


def _roles(sheet: Sheet, ignore: Sequence[str], group: str) -> Roles:
    """What its columns say of the rows; an id that has several rows is their group."""
    chosen = grouped_by_id(sheet, Chosen((), ignore, (), (), group).in_one_form())
    chosen.check(sheet.frame)
    return roles_of(sheet, chosen, [])


def _encoded(parts: Sequence[pd.DataFrame]) -> tuple[list[Features], tuple[str, ...]]:
    """The columns of each part as numbers, and what they are called."""
    columns = [_column(str(name), [part[name] for part in parts]) for name in parts[0].columns]
    return ([np.column_stack([own[k] for own, _ in columns]) for k in range(len(parts))],
            tuple(name for _, names in columns for name in names))


def _column(name: str, parts: Sequence[pd.Series]) -> tuple[list[Features], list[str]]:
    """A column of each, and the names of what it becomes."""
    import pandas as pd

    if all(pd.api.types.is_numeric_dtype(part) for part in parts):
        numbers = [part.to_numpy(np.float64)[:, None] for part in parts]
        return [np.where(np.isinf(own), np.nan, own) for own in numbers], [name]
    texts = [part.astype(str).where(part.notna(), "") for part in parts]
    shares = pd.concat([part.value_counts(normalize=True) for part in texts]).groupby(level=0).sum()
    common = shares.sort_values(ascending=False, kind="stable").iloc[:MOST_LEVELS]
    if common.sum() < WRITING * len(parts):
        return text_columns(name, [part.tolist() for part in texts])
    levels = sorted(common.index)
    return ([(part.to_numpy(str)[:, None] == np.array(levels, str)).astype(np.float64) for part in texts],
            [f"{name}={level or say('missing')}" for level in levels])
