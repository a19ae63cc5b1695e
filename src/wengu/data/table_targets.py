"""A table with several targets: each a question about the row, which may be unanswered.

A column of two values is one label: no, false, 0 and the like are 0, else the values in their order are 0 and 1. A
column of more values is a label for each: `colour=red`. An empty cell is a missing label, NaN, of all that its column
gives. Values that differ in case or spaces alone are one. All other columns are features, as in `table.py`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.printable import kept_text
from wengu.data import table
from wengu.data.clean_text import cleaned
from wengu.data.table_numbers import DecimalMark
from wengu.data.table_roles import Chosen, roles_of
from wengu.data.table_schema import Schema, encode_columns, feature_names

if TYPE_CHECKING:
    import pandas as pd

NO = ("no", "false", "0", "0.0", "n", "f")
MOST_VALUES = 20  # of a target: more look like free text


@dataclass(frozen=True, eq=False)
class TableOfTargets:
    """m rows of n features, and what is known of T labels: 0, 1, or NaN where a label is missing."""

    x: NDArray[np.float64]  # (m, n)
    targets: NDArray[np.float32]  # (m, T)
    label_names: tuple[str, ...]
    values: dict[str, tuple[str, str]]  # what 0 and 1 are called in a label that is a column of two values
    feature_names: tuple[str, ...]
    ids: tuple[str, ...]
    set_of: NDArray[np.str_]
    groups: NDArray[np.str_] | None
    source: str
    schema: Schema
    notes: tuple[str, ...] = ()
    times: NDArray[np.float64] | None = None
    sources: NDArray[np.str_] | None = None
    elsewhere: NDArray[np.bool_] | None = None


def read_targets(
    path: str | os.PathLike[str],
    *,
    targets: Sequence[str],
    ignore: Sequence[str] = (),
    keep: Sequence[str] = (),
    as_text: Sequence[str] = (),
    decimal: DecimalMark = "auto",
    group: str = "",
    by_time: str = "",
    own: str = "",
    other: str | os.PathLike[str] = "",
) -> TableOfTargets:
    """Read a table with several targets; the rest is as `read_table` has it.

    Raises: InputError with column, line and what to do, for every fault that the file can have, and for a target
    without two different values.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "shop.csv"
    >>> _ = file.write_text("age,paid,came\\n31,yes,foot\\n45,no,\\n22,,car\\n61,no,bus\\n")
    >>> table = read_targets(file, targets=("paid", "came"))
    >>> table.label_names, table.targets.tolist()[:2]
    (('paid', 'came=bus', 'came=car', 'came=foot'), [[1.0, 0.0, 0.0, 1.0], [0.0, nan, nan, nan]])
    """
    chosen = Chosen(targets, ignore, keep, as_text, group, by_time, own).in_one_form()
    notes: list[str] = []
    sheet = table.sheet_of(path, other, chosen, notes)
    chosen.check(sheet.frame)
    answers = {name: cleaned(sheet.frame[name]) for name in chosen.targets}
    values: dict[str, tuple[str, str]] = {}
    named = {label: truth for name, (column, _) in answers.items()
             for label, truth in _labels(column, name, values, notes).items()}
    roles = roles_of(sheet, chosen, notes)
    columns = table.columns_of(roles.features, sheet, notes, chosen=chosen, decimal=decimal,
                               changed={name: n for name, (_, n) in answers.items() if n})
    return TableOfTargets(
        x=encode_columns(roles.features, columns, sheet),
        targets=np.stack(list(named.values()), axis=1).astype(np.float32),
        label_names=tuple(named),
        values=values,
        feature_names=feature_names(columns),
        ids=roles.ids,
        set_of=roles.set_of,
        groups=roles.groups,
        source=kept_text(Path(path).name),
        schema={"format": table.FORMAT, "target": list(chosen.targets), "classes": list(named), "columns": columns},
        notes=tuple(notes),
        times=roles.times,
        sources=roles.sources,
        elsewhere=roles.elsewhere,
    )


def _labels(
    column: pd.Series, name: str, values: dict[str, tuple[str, str]], notes: list[str]
) -> dict[str, NDArray[np.float64]]:
    """The labels of one target: 0, 1, or NaN, (m,) each; where it is one label `values` learns what they are called."""
    missing = column.isna()
    texts = column.astype(str).str.replace(r"\s+", " ", regex=True)
    written = _one_spelling(texts[~missing], name, notes)
    texts = texts.map(lambda text: written.get(text, text))
    different = sorted(texts[~missing].unique().tolist(), key=lambda text: (text.lower() not in NO, text))
    if not 2 <= len(different) <= MOST_VALUES:
        raise InputError(say("target {name!r} has {n} different {n:value|values}; expected from 2 to {most}", name=name,
                             n=len(different), most=MOST_VALUES))
    if len(different) == 2:
        values[name] = (different[0], different[1])
    asked = {name: different[1]} if len(different) == 2 else {f"{name}={value}": value for value in different}
    return {label: np.where(missing, np.nan, texts == value) for label, value in asked.items()}


def _one_spelling(texts: pd.Series, name: str, notes: list[str]) -> dict[str, str]:
    """How each text is written: as the commonest of those that differ from it in case alone."""
    spellings: dict[str, list[str]] = {}
    for text in texts.value_counts().index:  # the commonest first
        spellings.setdefault(text.casefold(), []).append(text)
    for kept, *others in spellings.values():
        if others:
            notes.append(say("target {name!r}: {others} {n:is|are} read as {kept}", name=name, n=len(others), kept=kept,
                             others=", ".join(others)))
    return {text: alike[0] for alike in spellings.values() for text in alike}
