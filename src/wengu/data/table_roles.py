"""Columns that mean something by their very name, or that number the rows: each is named, with how to undo it.

    set      train, dev or test: official sets, kept as they are; empty = not assigned. So are `split`, `Set` and SPLIT
             if half of their rows, or of their words, say those
    group    rows of one group belong together (one patient, one video) and must never be split between sets. So `Group`
    id       the row's name in every output; without it, the number of its line in the file
    Id, Unnamed: 0, patient_id ...    whole numbers, another in each row: left out, for they would give away the order
             in which the rows were written. So is a column by any name that counts 20 rows or more in equal steps

--ignore leaves such a column out, --keep makes a feature of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import InputError, one_of
from wengu.core.i18n import say
from wengu.core.printable import shell_word
from wengu.data.clean_text import clean, cleaned, shown
from wengu.data.set_names import SET_NAMES
from wengu.data.table_columns import Rows, check_no_gaps
from wengu.data.table_file import Sheet

if TYPE_CHECKING:
    import pandas as pd

ROLES = {"id": "id"} | {written: role for role in ("set", "split", "group")
                        for written in (role, role.capitalize(), role.upper())}
"""The names of such columns, and what each means; `id` alone has no capitals, for an Id numbers the rows."""

NUMBERED = re.compile(r"(?i:id|idx|index|nr\.?|no\.?|#|unnamed: \d.*|level_\d|序号|编号|行号)|"
                      r".*[a-z]I[dD]|.*[ _-](?i:id)|(?i:id)[_-].*|id[A-Z].*|"
                      r"(?i:(row|case|user|customer|record|sample|passenger|patient|subject|obs|serial|line)"
                      r"[ _.-]?(id|idx|index|nr\.?|no\.?|num|number|names?))|(?i:rows?)")
MOST_ROWS = 20  # so many and more that a column counts are no accident
MOST_ODD = 5  # words that an error names


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
    kept = {name: cleaned(frame[name])[0] for name in frame.columns if name in ROLES and name not in chosen.keep}
    official = _only("sets", {name: values for name, values in kept.items() if ROLES[name] in ("set", "split")
                              and (name == "set" or _names_sets(values))})
    grouping = _only("groups", {name: values for name, values in kept.items() if ROLES[name] == "group"})
    named = {name: values for name, values in kept.items() if name == "id"}
    frame = frame.drop(columns=[*official, *grouping, *named])
    set_of = np.full(len(frame), "", "<U5")
    for name, values in official.items():
        set_of = sets_of(values, name, sheet)
        if set_of.any():
            notes.append(_undone(name, say("the sets are those of column {name!r}: {counts}", name=name,
                                           counts=_counts(set_of))))
    groups = None
    for name, values in grouping.items():
        groups = groups_of(values, name, sheet)
        notes.append(_undone(name, say("rows of the same {name!r} stay in one set: {n} {n:group|groups}", name=name,
                                       n=len(np.unique(groups)))))
    ids = ids_of(kept["id"], sheet) if named else sheet.lines
    if named:
        notes.append(_undone("id", say("the rows are named by column {name!r}: {n} {n:id|ids}", name="id", n=len(ids))))
    for column in [str(name) for name in frame.columns if name not in chosen.keep and name not in chosen.as_text]:
        if _numbers_rows(frame[column], column):
            frame = frame.drop(columns=column)
            notes.append(say("column {name!r} was left out, as it numbers the rows (--keep {quoted}: make it a "
                             "feature)", name=column, quoted=shell_word(column)))
    return Roles(ids, set_of, groups, frame)


def sets_of(values: pd.Series, name: str, rows: Rows) -> NDArray[np.str_]:
    """The official set of each row, "" where it has none."""
    words = values.fillna("").str.lower()
    if (odd := np.flatnonzero(~words.isin([*SET_NAMES, ""]))).size:
        different = values.iloc[odd].unique().tolist()
        got = ", ".join([*map(shown, different[:MOST_ODD]), *(["…"] if len(different) > MOST_ODD else [])])
        raise InputError(_undone(name, say("{row}: {name} is {got}; expected train, dev, test or nothing", name=name,
                                           row=rows.where(int(odd[0])), got=got)))
    return np.array([SET_NAMES.get(word, "") for word in words], "<U5")


def groups_of(values: pd.Series, name: str, rows: Rows) -> NDArray[np.str_]:
    """The group of each row."""
    check_no_gaps(values, name, rows)
    return np.array(values.tolist(), np.str_)


def ids_of(values: pd.Series, rows: Rows) -> tuple[str, ...]:
    """The name of each row, all different."""
    check_no_gaps(values, "id", rows)
    if (again := np.flatnonzero(values.duplicated())).size:
        i = again[0]
        raise InputError(say("{row}: id {value!r} appears on an earlier line too; ids must differ", row=rows.where(i),
                             value=values.iloc[i]))
    return tuple(values)


def _only(what: Literal["sets", "groups"], found: dict[str, pd.Series]) -> dict[str, pd.Series]:
    """The one column that says this, or none. Raises InputError where two do."""
    if len(found) > 1:
        first, second, *_ = sorted(found)
        rows = say("which rows are train, dev and test") if what == "sets" else say("which rows belong together")
        raise InputError(say("columns {first!r} and {second!r} both say {rows}; leave one out with --ignore {second} "
                             "or --ignore {first}", first=first, second=second, rows=rows))
    return found


def _names_sets(values: pd.Series) -> bool:
    """Whether a column means the sets: half of its rows or more, or of its different words, are names of sets."""
    words = values.dropna().str.lower()
    different = words.drop_duplicates()
    return len(words) > 0 and max(words.isin(SET_NAMES).mean(), different.isin(SET_NAMES).mean()) >= 0.5


def _numbers_rows(values: pd.Series, name: str) -> bool:
    """Whether a column holds another whole number in each row, and by name or order only to number them."""
    from pandas.api import types

    if types.is_bool_dtype(values) or not types.is_numeric_dtype(values) or values.isna().any():
        return False
    numbers = values.to_numpy(np.float64)
    if not np.isfinite(numbers).all() or (numbers != np.floor(numbers)).any() or len(numbers) < 2:
        return False
    steps = np.diff(numbers)
    if steps[0] != 0 and (steps == steps[0]).all() and len(numbers) >= MOST_ROWS:
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
