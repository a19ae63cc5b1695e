"""Columns that mean something by their very name, or that number the rows: each is named, with how to undo it.

    set      train, dev or test: official sets, kept as they are; empty = not assigned. So is `split`, if it says those
    group    rows of one group belong together (one patient, one video) and must never be split between sets
    id       the row's name in every output; without it, the number of its line in the file
    Id, Unnamed: 0, patient_id ...    whole numbers, another in each row: left out, for they would give away the order
             in which the rows were written. So is a column by any name that counts 20 rows or more from 0 or 1

--ignore leaves such a column out, --keep makes a feature of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import InputError, one_of
from wengu.core.i18n import say
from wengu.core.printable import shell_word
from wengu.data.clean_text import clean, cleaned
from wengu.data.pictures import SET_NAMES
from wengu.data.table_columns import Rows, check_no_gaps
from wengu.data.table_file import Sheet

if TYPE_CHECKING:
    import pandas as pd

ROLES = ("set", "group", "id", "split")
NUMBERED = re.compile(r"(?i:id|idx|index|row|nr\.?|no\.?|#|unnamed: \d.*|level_\d|序号|编号|行号)|"
                      r".*[a-z]I[dD]|.*[ _-](?i:id)|(?i:row|user|customer|record|sample|passenger|patient|case)(?i:id)")
MOST_ROWS = 20  # so many and more that a column counts are no accident


@dataclass(frozen=True)
class Chosen:
    """The columns that a user names: the targets, those to leave out, those to keep as features, those of text."""

    targets: Sequence[str]
    ignore: Sequence[str] = ()
    keep: Sequence[str] = ()
    as_text: Sequence[str] = ()

    def in_one_form(self) -> Chosen:
        """The same with names as the header has them."""
        return Chosen(*(tuple(map(clean, names)) for names in (self.targets, self.ignore, self.keep, self.as_text)))

    def check(self, frame: pd.DataFrame) -> None:
        """Raises InputError for a column that is not there, or that is named for two things."""
        for k, name in enumerate(self.targets):
            one_of("target", name, frame.columns)
            if name in self.targets[:k]:
                raise InputError(say("target: {name} is given twice; give it once", name=name))
        for what, names in (("ignore", self.ignore), ("keep", self.keep), ("as-text", self.as_text)):
            for name in names:
                one_of(what, name, frame.columns)
                if name in self.targets:
                    raise InputError(say("{what}: {name} is the target; leave it out of --{what}", what=what,
                                         name=name))
                if what != "ignore" and name in self.ignore:
                    raise InputError(say("{what}: {name} is in --ignore too; leave it out of one", what=what,
                                         name=name))


@dataclass(frozen=True, eq=False)
class Roles:
    """What such columns say of the rows, and the columns that are left."""

    ids: tuple[str, ...]
    set_of: NDArray[np.str_]
    groups: NDArray[np.str_] | None
    features: pd.DataFrame


def roles_of(sheet: Sheet, chosen: Chosen, notes: list[str]) -> Roles:
    """The roles of a table's columns, each of them noted; what is ignored or a target has none."""
    frame = sheet.frame.drop(columns=[*chosen.ignore, *chosen.targets])
    if sheet.unnamed:
        notes.append(say("columns without a name, left out: {n}", n=sheet.unnamed))
    kept = {name: cleaned(frame[name])[0] for name in ROLES if name in frame.columns and name not in chosen.keep}
    if "split" in kept and not set(kept["split"].fillna("").str.lower()) <= {*SET_NAMES, ""}:
        del kept["split"]
    if "set" in kept and "split" in kept:
        raise InputError(say("columns 'set' and 'split' both say which rows are train, dev and test; leave one out "
                             "with --ignore split or --ignore set"))
    frame = frame.drop(columns=list(kept))
    official = kept.pop("split", None)
    name = "set" if official is None else "split"
    set_of = sets_of(kept.get("set", official), len(frame), sheet)
    if set_of.any():
        notes.append(_undone(name, say("the sets are those of column {name!r}: {counts}", name=name,
                                       counts=_counts(set_of))))
    groups = groups_of(kept["group"], sheet) if "group" in kept else None
    if groups is not None:
        notes.append(_undone("group", say("rows of the same {name!r} stay in one set: {n} {n:group|groups}",
                                          name="group", n=len(np.unique(groups)))))
    ids = ids_of(kept["id"], sheet) if "id" in kept else sheet.lines
    if "id" in kept:
        notes.append(_undone("id", say("the rows are named by column {name!r}: {n} {n:id|ids}", name="id", n=len(ids))))
    for column in [str(name) for name in frame.columns if name not in chosen.keep and name not in chosen.as_text]:
        if _numbers_rows(frame[column], column):
            frame = frame.drop(columns=column)
            notes.append(say("column {name!r} was left out, as it numbers the rows (--keep {quoted}: make it a "
                             "feature)", name=column, quoted=shell_word(column)))
    return Roles(ids, set_of, groups, frame)


def sets_of(values: pd.Series | None, m: int, rows: Rows) -> NDArray[np.str_]:
    """The official set of each row, "" where it has none."""
    if values is None:
        return np.full(m, "", "<U5")
    names = [value.strip().lower() for value in values.fillna("")]
    for i, name in enumerate(names):
        if name and name not in SET_NAMES:
            raise InputError(say("{row}: set is {got!r}; expected train, dev, test or nothing (--ignore set if the "
                                 "column means something else)", row=rows.where(i), got=name))
    return np.array([SET_NAMES.get(name, "") for name in names], "<U5")


def groups_of(values: pd.Series, rows: Rows) -> NDArray[np.str_]:
    """The group of each row."""
    check_no_gaps(values, "group", rows)
    return np.array(values.tolist(), np.str_)


def ids_of(values: pd.Series, rows: Rows) -> tuple[str, ...]:
    """The name of each row, all different."""
    check_no_gaps(values, "id", rows)
    if (again := np.flatnonzero(values.duplicated())).size:
        i = again[0]
        raise InputError(say("{row}: id {value!r} appears on an earlier line too; ids must differ", row=rows.where(i),
                             value=values.iloc[i]))
    return tuple(values)


def _numbers_rows(values: pd.Series, name: str) -> bool:
    """Whether a column holds another whole number in each row, and by name or order only to number them."""
    from pandas.api import types

    if types.is_bool_dtype(values) or not types.is_numeric_dtype(values) or values.isna().any():
        return False
    numbers = values.to_numpy(np.float64)
    if not np.isfinite(numbers).all() or (numbers != np.floor(numbers)).any() or len(numbers) < 2:
        return False
    steps = np.diff(numbers)
    counts = abs(steps[0]) == 1 and (steps == steps[0]).all() and min(numbers[0], numbers[-1]) in (0, 1)
    if counts and len(numbers) >= MOST_ROWS:
        return True
    if name.lower().startswith("unnamed:"):  # an index that pandas wrote and read again
        return True
    return NUMBERED.fullmatch(name) is not None and not values.duplicated().any()


def _counts(set_of: NDArray[np.str_]) -> str:
    found = Counter(set_of.tolist())
    counts = [f"{name} {found[name]:,}" for name in ("train", "dev", "test") if found[name]]
    return ", ".join([*counts, *([say("not assigned {n:,}", n=found[""])] if found[""] else [])])


def _undone(name: str, sentence: str) -> str:
    return say("{sentence} (--ignore {name}: leave it out; --keep {name}: make it a feature)", sentence=sentence,
               name=name)
