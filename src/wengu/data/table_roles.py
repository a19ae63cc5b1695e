"""Columns that mean something by their very name, or that number the rows: each is named, with how to undo it.

    set      train, train-dev, dev or test: official sets, kept as they are; empty = not assigned. So are `split`, `Set`
             and SPLIT if half of their rows, or of their words, say those
    group    rows of one group belong together (one patient, one video) and must never be split between sets. So `Group`
    id       the row's name in every output; without it, the number of its line in the file
    Id, Unnamed: 0, patient_id ...    whole numbers, another in each row: left out, for they would give away the order
             in which the rows were written. So is a column by any name that counts 20 rows or more in equal steps

--ignore leaves such a column out, --keep makes a feature of it. Three more mean something only where a user says so:

    --group patient      rows of one patient belong together, as those of a column `group` do
    --by-time date       the oldest rows train, the newest test; the time itself is no feature
    --own app            of a column `source`: these rows are one's own, the others from elsewhere
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from wengu.data.table_joined import JoinedSheet

if TYPE_CHECKING:
    import pandas as pd

ROLES = {"id": "id"} | {written: role for role in ("set", "split", "group")
                        for written in (role, role.capitalize(), role.upper())}
"""The names of such columns, and what each means; `id` alone has no capitals, for an Id numbers the rows."""

NUMBERED = re.compile(r"(?i:id|idx|index|nr\.?|no\.?|#|unnamed: \d.*|level_\d|序号|编号|行号)|"
                      r".*[a-z]I[dD]|.*[ _-](?i:id)|(?i:id)[_-].*|id[A-Z].*|"
                      r"(?i:(row|case|user|customer|record|sample|passenger|patient|subject|obs|serial|line)"
                      r"[ _.-]?(id|idx|index|nr\.?|no\.?|num|number|names?))|(?i:rows?)")
SOURCES = ("source", "Source", "SOURCE")
MOST_ROWS = 20  # so many and more that a column counts are no accident
MOST_ODD = 5  # words that an error names


@dataclass(frozen=True)
class Chosen:
    """The columns that a user names: the targets, those to leave out, those to keep as features, those of text."""

    targets: Sequence[str]
    ignore: Sequence[str] = ()
    keep: Sequence[str] = ()
    as_text: Sequence[str] = ()
    group: str = ""
    by_time: str = ""
    own: str = ""  # a value of the column `source`
    learns: bool = True  # False: the rows are only to be divided, and no column is a feature

    def in_one_form(self) -> Chosen:
        """The same with names as the header has them."""
        targets, ignore, keep, as_text = (
            tuple(map(clean, names)) for names in (self.targets, self.ignore, self.keep, self.as_text))
        return replace(self, targets=targets, ignore=ignore, keep=keep, as_text=as_text, group=clean(self.group),
                       by_time=clean(self.by_time), own=clean(self.own))

    @property
    def texts(self) -> set[str]:
        """The columns that are read as text, whatever they hold."""
        return {*ROLES, *self.targets, *self.as_text, *filter(None, [self.group, self.by_time]),
                *(SOURCES if self.own else ())}

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
        for what, name in (("group", self.group), ("by-time", self.by_time)):
            if name:
                one_of(what, name, frame.columns)
                if name in self.targets:
                    raise InputError(say("{what}: {name} is the target; leave it out of --{what}", what=what,
                                         name=name))
        if self.group and self.group == self.by_time:
            raise InputError(say("by-time: {name} is in --group too; leave it out of one", name=self.by_time))
        if self.own and not any(name in frame.columns for name in SOURCES):
            raise InputError(say("own: expected a column `source`, of which {own} is a value; there is none",
                                 own=self.own))


def grouped_by_id(sheet: Sheet, chosen: Chosen) -> Chosen:
    """The same where an id that has several rows is their group, unless groups are given; then it names no row."""
    ids = sheet.frame["id"] if "id" in sheet.frame.columns and "id" not in chosen.ignore else None
    if ids is None or not ids.dropna().duplicated().any():
        return chosen
    grouped = chosen.group or any(ROLES.get(str(name)) == "group" and name not in chosen.ignore
                                  for name in sheet.frame.columns)
    return replace(chosen, ignore=(*chosen.ignore, "id")) if grouped else replace(chosen, group="id")


@dataclass(frozen=True, eq=False)
class Roles:
    """What such columns say of the rows, and the columns that are left."""

    ids: tuple[str, ...]
    set_of: NDArray[np.str_]
    groups: NDArray[np.str_] | None
    features: pd.DataFrame
    times: NDArray[np.float64] | None = None
    sources: NDArray[np.str_] | None = None
    elsewhere: NDArray[np.bool_] | None = None


def roles_of(sheet: Sheet, chosen: Chosen, notes: list[str]) -> Roles:
    """The roles of a table's columns, each of them noted; what is ignored or a target has none."""
    said = [name for name in (chosen.group, chosen.by_time) if name]
    own_rows = len(sheet.parts[0].lines) if isinstance(sheet, JoinedSheet) else len(sheet.lines)
    times = times_of(sheet.frame[chosen.by_time], chosen.by_time, sheet, own=own_rows) if chosen.by_time else None
    frame = sheet.frame.drop(columns=list({*chosen.ignore, *chosen.targets, *said}))
    sources, elsewhere = _sources(frame, chosen, sheet, notes)
    if isinstance(sheet, JoinedSheet):
        if chosen.own:
            raise InputError(say("own: --other says already which rows are from elsewhere; leave one of the two out"))
        sources, elsewhere = sheet.sources, sheet.elsewhere
    frame = frame.drop(columns=[name for name in SOURCES if chosen.own and name in frame])
    if sheet.unnamed and chosen.learns:
        notes.append(say("columns without a name, left out: {n}", n=sheet.unnamed))
    kept = {name: cleaned(frame[name])[0] for name in frame.columns if name in ROLES and name not in chosen.keep}
    official = _only("sets", {name: values for name, values in kept.items() if ROLES[name] in ("set", "split")
                              and (name == "set" or _names_sets(values))})
    grouping = _only("groups", {name: values for name, values in kept.items() if ROLES[name] == "group"}
                     if not chosen.group else {chosen.group: cleaned(sheet.frame[chosen.group])[0]})
    named = {name: values for name, values in kept.items() if name == "id"}
    frame = frame.drop(columns=[*official, *named, *(name for name in grouping if name in frame)])
    set_of = np.full(len(frame), "", "<U9")
    for name, values in official.items():
        set_of = sets_of(values, name, sheet, chosen)
        if set_of.any():
            notes.append(_undone(name, say("the sets are those of column {name!r}: {counts}", name=name,
                                           counts=_counts(set_of)), chosen))
    groups = None
    for name, values in grouping.items():
        groups = groups_of(values, name, sheet)
        told = say("rows of the same {name!r} stay in one set: {n} {n:group|groups}", name=name,
                   n=len(np.unique(groups)))
        notes.append(told if chosen.group else _undone(name, told, chosen))
    ids = ids_of(kept["id"], sheet) if named else sheet.lines
    if named:
        notes.append(_undone("id", say("the rows are named by column {name!r}: {n} {n:id|ids}", name="id", n=len(ids)),
                             chosen))
    for column in [str(name) for name in frame.columns if name not in chosen.keep and name not in chosen.as_text]:
        if _numbers_rows(frame[column], column):
            frame = frame.drop(columns=column)
            if chosen.learns:
                notes.append(say("column {name!r} was left out, as it numbers the rows (--keep {quoted}: make it a "
                                 "feature)", name=column, quoted=shell_word(column)))
    return Roles(ids, set_of, groups, frame, times, sources, elsewhere)


def times_of(values: pd.Series, name: str, rows: Rows, *, own: int) -> NDArray[np.float64]:
    """When each row was made: numbers as they are, dates and times as seconds since 1970; 0 below one's own rows."""
    import pandas as pd

    texts, _ = cleaned(values.iloc[:own])
    check_no_gaps(texts, name, rows)
    numbers = pd.to_numeric(texts, errors="coerce")
    if numbers.notna().all():
        return np.append(numbers.to_numpy(np.float64), np.zeros(len(values) - own))
    dates = pd.to_datetime(texts, errors="coerce", format="mixed", utc=True)
    if (wrong := np.flatnonzero(dates.isna())).size:
        i = int(wrong[0])
        raise InputError(say("{row}: {name} is {got}; --by-time expects numbers, or dates such as 2024-05-31 or "
                             "2024-05-31 12:30", row=rows.where(i), name=name, got=shown(texts.iloc[i])))
    since = (dates - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy(np.float64)
    return np.append(since, np.zeros(len(values) - own))


def _sources(
    frame: pd.DataFrame, chosen: Chosen, rows: Rows, notes: list[str]
) -> tuple[NDArray[np.str_] | None, NDArray[np.bool_] | None]:
    """(the source of each row, whether it is from elsewhere) by the column `source`, where a user says what is own."""
    own, name = chosen.own, next((name for name in SOURCES if name in frame.columns), "")
    if not name:
        return None, None
    values, _ = cleaned(frame[name])
    if not own:
        if chosen.learns and 2 <= values.nunique() <= MOST_ODD:
            notes.append(say("column {name!r} is a feature; where it says which rows are your own, dev and test are "
                             "cut from those alone with --own VALUE", name=name))
        return None, None
    check_no_gaps(values, name, rows)
    sources = np.array(values.tolist(), np.str_)
    one_of("own", own, tuple(np.unique(sources).tolist()))
    elsewhere = sources != own
    if not elsewhere.any():
        raise InputError(say("own: every row is of {own}; leave --own out", own=own))
    notes.append(say("dev and test are of the {n:,} {n:row|rows} of {own} alone; {m:,} of other sources train too",
                     n=int((~elsewhere).sum()), own=own, m=int(elsewhere.sum())))
    return sources, elsewhere


def sets_of(values: pd.Series, name: str, rows: Rows, chosen: Chosen) -> NDArray[np.str_]:
    """The official set of each row, "" where it has none."""
    words = values.fillna("").str.lower()
    if (odd := np.flatnonzero(~words.isin([*SET_NAMES, ""]))).size:
        different = values.iloc[odd].unique().tolist()
        got = ", ".join([*map(shown, different[:MOST_ODD]), *(["…"] if len(different) > MOST_ODD else [])])
        raise InputError(_undone(name, say("{row}: {name} is {got}; expected train, train-dev, dev, test or nothing",
                                           name=name, row=rows.where(int(odd[0])), got=got), chosen))
    return np.array([SET_NAMES.get(word, "") for word in words], "<U9")


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
    counts = [f"{name} {found[name]:,}" for name in ("train", "train-dev", "dev", "test") if found[name]]
    return ", ".join([*counts, *([say("not assigned {n:,}", n=found[""])] if found[""] else [])])


def _undone(name: str, sentence: str, chosen: Chosen) -> str:
    if not chosen.learns:
        return say("{sentence} (--ignore {name}: leave it out)", sentence=sentence, name=name)
    return say("{sentence} (--ignore {name}: leave it out; --keep {name}: make it a feature)", sentence=sentence,
               name=name)
