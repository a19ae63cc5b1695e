"""A table to learn from: a CSV or TSV file with a header, one row an example, one column the class to predict.

Columns called set, split, group and id, and those that number the rows, mean something else, see `table_roles`. The
classes are the texts of the target's cells, as they stand there: 01, 1E5, numbers of any length; where all are numbers,
in their order. Every other column is a feature, as `table_schema` says. A column with one value throughout is dropped,
with a note.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import InputError, one_of
from wengu.core.i18n import say
from wengu.core.printable import kept_text, shell_word
from wengu.data.clean_text import cleaned, is_text
from wengu.data.table_columns import (
    Column,
    Rows,
    check_no_gaps,
    column_of,
    either,
    numbers_of,
    other_reading,
    ways_to_write,
)
from wengu.data.table_file import Sheet, read_sheet
from wengu.data.table_joined import read_both
from wengu.data.table_numbers import DecimalMark, form_of, is_number, number
from wengu.data.table_roles import ROLES, Chosen, roles_of
from wengu.data.table_schema import Schema, encode_columns, feature_names

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 2
MOST_NUMBERS, MOST_SHARE = 20, 0.05
"""A target of more different whole numbers than both allow (so many, that share of the rows) is a quantity."""

CODE = re.compile(r"[+-]?0\d")  # 01 is a code, and so is all that stands with it


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
    times: NDArray[np.float64] | None = None  # (m,) of the column that --by-time names
    sources: NDArray[np.str_] | None = None  # (m,) where there are two: a file's name, or what `source` says
    elsewhere: NDArray[np.bool_] | None = None  # (m,) which rows are not one's own

    def __len__(self) -> int:
        return len(self.x)

    def counts(self) -> dict[str, int]:
        """How many rows each class has, in the order of `classes`."""
        of_label = np.bincount(self.labels, minlength=len(self.classes))
        return {name: int(n) for name, n in zip(self.classes, of_label, strict=True)}


def read_table(
    path: str | os.PathLike[str],
    *,
    target: str,
    ignore: Sequence[str] = (),
    keep: Sequence[str] = (),
    as_text: Sequence[str] = (),
    decimal: DecimalMark = "auto",
    group: str = "",
    by_time: str = "",
    own: str = "",
    other: str | os.PathLike[str] = "",
) -> Table:
    """Read a table and encode its columns; `schema` in the result encodes new rows the same way.

    `keep` makes features of columns that else had a role, `as_text` reads numbers as text, and `decimal` says what
    1,234 is in a column where no row decides it. `group` and `by_time` name columns that say what belongs together,
    and when a row was made. `other` is a second file, of rows from elsewhere, or `own` the value of the column
    `source` that is one's own.

    Raises: InputError with column, line and what to do, for every fault that the file can have.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "shop.csv"
    >>> _ = file.write_text("age,colour,paid\\n31,red,yes\\n45,blue,no\\n22,red,yes\\n")
    >>> table = read_table(file, target="paid")
    >>> table.feature_names, table.x.tolist()[0], table.classes, table.labels.tolist(), table.ids
    (('age', 'colour=blue', 'colour=red'), [31.0, 0.0, 1.0], ('no', 'yes'), [1, 0, 1], ('2', '3', '4'))
    """
    chosen = Chosen((target,), ignore, keep, as_text, group, by_time, own).in_one_form()
    notes: list[str] = []
    sheet = sheet_of(path, other, chosen, notes)
    chosen.check(sheet.frame)
    labels, classes, changed = labels_of(sheet, chosen.targets[0], notes)
    roles = roles_of(sheet, chosen, notes)
    columns = columns_of(roles.features, sheet, notes, chosen=chosen, decimal=decimal, changed=changed)
    return Table(
        x=encode_columns(roles.features, columns, sheet),
        labels=labels,
        feature_names=feature_names(columns),
        classes=classes,
        ids=roles.ids,
        set_of=roles.set_of,
        groups=roles.groups,
        source=kept_text(Path(path).name),
        schema={"format": FORMAT, "target": chosen.targets[0], "classes": list(classes), "columns": columns},
        notes=tuple(notes),
        times=roles.times,
        sources=roles.sources,
        elsewhere=roles.elsewhere,
    )


def sheet_of(
    path: str | os.PathLike[str], other: str | os.PathLike[str], chosen: Chosen, notes: list[str]
) -> Sheet:
    """The file, or both files; what is from elsewhere need not say of which set or group it is, or when it was made."""
    if not os.fspath(other):
        return read_sheet(path, as_text=chosen.texts)
    grouping = [*filter(None, [chosen.group]), *(name for name, role in ROLES.items() if role == "group")]
    return read_both(path, other, notes, as_text=chosen.texts, grouping=grouping,
                     free=[*ROLES, *chosen.ignore, chosen.by_time])


def columns_of(
    features: pd.DataFrame,
    rows: Rows,
    notes: list[str],
    *,
    chosen: Chosen,
    decimal: DecimalMark,
    changed: dict[str, int],
) -> list[Column]:
    """The rule for each feature, without those that never change; `changed` are cells of targets that were cleaned."""
    columns: list[Column] = []
    one_of("decimal", decimal, get_args(DecimalMark))
    for name in features.columns:
        fix = say(", or leave the column out with --ignore {quoted}", quoted=shell_word(name))
        values, n = cleaned(features[name])
        check_no_gaps(values, name, rows, fix)
        first = values.iloc[0]
        if (values != first).any():
            columns.append(column_of(values, name, rows, decimal=decimal, as_text=name in chosen.as_text))
            changed |= {name: n} if n and columns[-1]["kind"] == "text" else {}
        else:
            notes.append(say("column {name!r} was left out: it is {value} in every row", name=name, value=first))
    if not columns:
        raise InputError(say("there is no column to learn from: besides the target, every one is ignored, numbers the "
                             "rows or never changes (--keep: make a feature of one that numbers them)"))
    columns = _with_points(columns, features, rows, decimal)
    for form, words in ways_to_write().items():
        if named := [column["name"] for column in columns if column.get("form") == form]:
            notes.append(say("{words}: {columns}", words=words, columns=", ".join(named)))
    if changed:
        notes.append(say("spaces at the ends of cells were removed, and Unicode written in one form (NFC): {columns}",
                         columns=", ".join(say("{name} {n:,} {n:cell|cells}", name=name, n=n)
                                           for name, n in changed.items())))
    return columns


def _with_points(columns: list[Column], features: pd.DataFrame, rows: Rows, decimal: DecimalMark) -> list[Column]:
    """The columns, with what 1.234 is where others have decimal commas. Raises InputError where that is open."""
    if decimal == "point" or (decimal == "auto" and not any(c.get("form") in ("comma", "points") for c in columns)):
        return columns
    found = list(columns)
    for k, column in enumerate(columns):
        name, values = column["name"], features[column["name"]]
        if column["kind"] != "number" or "form" in column or is_text(values):
            continue
        if (texts := other_reading(values.to_numpy(np.float64), name, rows, "points")) is None:
            continue
        if decimal == "auto":
            raise either(texts, name, rows, say("say which with --decimal comma or --decimal point"))
        found[k] = numbers_of(name, "points")
    return found


def labels_of(sheet: Sheet, target: str, notes: list[str]) -> tuple[NDArray[np.int64], tuple[str, ...], dict[str, int]]:
    """(labels, classes, how many cells were cleaned) from the target's column, whose texts are the classes."""
    import pandas as pd

    values, changed = cleaned(sheet.frame[target])
    check_no_gaps(values, target, sheet)
    codes, texts = pd.factorize(values)
    different = [str(text) for text in texts]
    if len(different) < 2:
        raise InputError(say("target {name!r} is {value} in every row; expected two classes or more", name=target,
                             value=different[0]))
    _check_classes(different, target, len(values))
    names = _without_zeros(different, target, notes)
    numbers = all(is_number(name) and not CODE.match(name) for name in names)
    classes = tuple(sorted(set(names), key=lambda name: (Decimal(name) if numbers else 0, name)))
    place = {name: k for k, name in enumerate(classes)}
    return np.array([place[name] for name in names], np.int64)[codes], classes, {target: changed} if changed else {}


def _check_classes(different: list[str], target: str, m: int) -> None:
    """Raises InputError for a quantity or free text: numbers are classes only if they are few and whole."""
    form = form_of(different, "comma")
    if form and form != "either" and not any(CODE.match(text) for text in different):
        numbers = sorted(number(text, form) for text in different)
        if len(numbers) > max(MOST_NUMBERS, MOST_SHARE * m) or any(not one.is_integer() for one in numbers):
            raise InputError(say("target {name!r} is a quantity ({low:g} … {high:g}, {n} different "
                                 "{n:number|numbers}); classes can be predicted, quantities cannot (regression is not "
                                 "supported). Take another target, or cut it into ranges first",
                                 name=target, low=numbers[0], high=numbers[-1], n=len(numbers)))
    elif 2 * len(different) > m and len(different) > MOST_NUMBERS:
        raise InputError(say("target {name!r} has {n} different {n:value|values} in {m} {m:row|rows}: it looks like "
                             "an id or free text; expected classes", name=target, n=len(different), m=m))


def _without_zeros(different: list[str], target: str, notes: list[str]) -> list[str]:
    """The names of the classes: where 1 and 1.0 are both there, as tables with gaps have them, they are one class."""
    names = [text.removesuffix(".0") if text.removesuffix(".0") in different else text for text in different]
    if names != different:
        pairs = (f"{old} = {new}" for old, new in zip(different, names, strict=True) if old != new)
        notes.append(say("target {name!r}: written in two ways, and one class: {pairs}", name=target,
                         pairs=", ".join(pairs)))
    return names
