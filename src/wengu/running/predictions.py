"""Predictions as they are read: those of a run, and anybody's.

    predictions/<set>.csv      where there are classes: id, truth, predicted, p_<class>, group; a p may be empty
    predictions/<set>.jsonl    of every other task an object a line: {"id", "truth", "predicted", "group"}
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wengu.core.checks import InputError, nearest
from wengu.core.i18n import say
from wengu.core.regular_file import open_regular
from wengu.core.rights import may_look
from wengu.core.run_folder import RunFolder
from wengu.core.safe_read import ReadError, from_json, is_file, open_sound
from wengu.core.spreadsheet import unguarded
from wengu.data.clean_text import MISSING
from wengu.data.set_names import SET_NAMES
from wengu.practice import Records
from wengu.running.prediction_lines import COLUMNS, table_lines
from wengu.running.same_labels import same_labels

SETS = ("train", "train-dev", "dev", "test")
WHOLE = re.compile(r"-?(0|[1-9]\d*)(\.0)?")  # 01 is a code, and not the class 1
ROUNDING = 1e-6  # a softmax in float32 can end a little above 1

Row = tuple[dict[str, str], str]  # the fields by column, and where they stand: file:line


@dataclass(frozen=True)
class Predicted:
    """One set's predictions: ids, truth and predicted (m,), the probability of the predicted class (m,) or none.

    Truth and predicted are classes, as text, where `of_classes`; else whatever the task's answers are.
    """

    ids: tuple[str, ...]
    truth: tuple[Any, ...]
    predicted: tuple[Any, ...]
    confidence: tuple[float, ...] | None = None
    groups: tuple[str, ...] | None = None
    of_classes: bool = True

    def records(self) -> Records:
        """Truth, predictions and groups, as the ledger judges them; the rows of one id are a group."""
        repeated = self.groups is None and len(set(self.ids)) < len(self.ids)
        return Records(self.truth, self.predicted, self.ids if repeated else self.groups)


def file_of(run: RunFolder, name: str) -> Path | None:
    """Where the run keeps what it predicted for this set; None where it has not."""
    both = [run.path / "predictions" / f"{name}{ending}" for ending in (".csv", ".jsonl")]
    for file in both:
        may_look(file)
    return next((file for file in both if is_file(file)), None)


def read_set(run: RunFolder, name: str) -> Predicted | None:
    """What the run predicted for this set; None where it has not. Raises InputError naming the line that is damaged."""
    if (file := checked_file(run, name)) is None:
        return None
    return read_predictions(file, only=name)[name] if file.suffix == ".csv" else _read_lines(file)


def checked_file(run: RunFolder, name: str) -> Path | None:
    """As `file_of`, if it is as the run wrote it. Raises InputError where it was changed after."""
    if (file := file_of(run, name)) is None:
        return None
    try:
        with open_sound(file) as opened:
            found = hashlib.file_digest(opened, "sha256").hexdigest()
    except (ReadError, OSError) as error:
        raise InputError(say("{path} cannot be read: {error}", path=file, error=error)) from None
    if found != run.facts().get("sums", {}).get(f"predictions/{file.name}", found):
        raise InputError(say("{path} cannot be read: it was changed after wengu wrote it; restore it from a copy, or "
                             "have it written again: `wengu fit` with --resume", path=file))
    return file


def _read_lines(path: Path) -> Predicted:
    rows: list[tuple[str, Any, Any, str]] = []
    with open_regular(path) as file:
        for number, line in enumerate(file, 1):
            try:
                row = from_json(line)
                group = row.get("group")
                rows.append((str(row["id"]), row["truth"], row["predicted"], "" if group is None else str(group)))
            except (ReadError, ValueError, AttributeError, TypeError, KeyError) as error:
                raise InputError(say("{where}: expected a JSON object with id, truth and predicted ({error})",
                                     where=f"{path}:{number}", error=error)) from None
    if not rows:
        raise InputError(say("{path}: expected predictions, found none", path=path))
    ids, truth, predicted, groups = zip(*rows, strict=True)
    if any(groups) and not all(groups):
        raise InputError(say("{where}: group is empty here and given elsewhere; fill it in every row or in none",
                             where=f"{path}:{groups.index('') + 1}"))
    return Predicted(ids, truth, predicted, None, groups if any(groups) else None, of_classes=False)


def read_predictions(path: Path, *, only: str | None = None) -> dict[str, Predicted]:
    """Predictions by set, from anybody's CSV file with columns truth and predicted, and set unless `only` says it.

    Optional columns: id, group, p_<class>. Between the columns stand commas, semicolons or tabs. Numbers that pandas
    wrote as 1 here and as 1.0 there are one class. Raises InputError naming the line, or the column that is missing.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "anybodys.csv")
    ...     _ = file.write_text("set,truth,predicted\\ntrain,cat,cat\\ndev,cat,dog\\ndev,dog,dog\\n")
    ...     read_predictions(file)["dev"].predicted
    ('dog', 'dog')
    """
    found: dict[str, list[Row]] = {}
    missing: list[tuple[str, str, str]] = []
    for row, where in _rows(path, ("truth", "predicted") if only else ("set", "truth", "predicted")):
        name = only or set_of(row["set"], where)
        missing += [(where, column, row[column]) for column in ("truth", "predicted")
                    if row[column] == "" or (not only and row[column] in MISSING)]
        for column in () if only else row:  # a run's own are from a softmax, and many
            if row[column] and column.startswith("p_"):
                probability(row[column], column, where)
        if only:  # of what may be a thousand columns, those that are asked for below
            asked = (*COLUMNS, f"p_{row['predicted']}")
            row = {column: row[column] for column in asked if column in row}
        found.setdefault(name, []).append((row, where))
    if missing:
        where, column, got = missing[0]
        raise InputError(say("{where}: truth and predicted must both be given, but {column} is {got!r}, which is read "
                             "as missing, here and in {n} {n:row|rows} more; fill it in, or leave the row out",
                             where=where, column=column, got=got, n=len({where for where, *_ in missing}) - 1))
    if not found:
        raise InputError(say("{path}: expected predictions, found a header and no rows", path=path))
    if not only:
        rows = [row for some in found.values() for row, _ in some]
        _unify_numbers(rows)
        same_labels(path, {name: ([row["truth"] for row, _ in some], [row["predicted"] for row, _ in some])
                           for name, some in found.items()})
    return {name: _predicted(found[name]) for name in SETS if name in found}


def _rows(path: Path, needed: tuple[str, ...]) -> Iterator[Row]:
    """Each row by its columns, an id among them, and where it stands."""
    header, lines = table_lines(path, needed)
    for fields, begins in lines:
        row = dict(zip(header, map(unguarded, fields), strict=True))
        if "set" in needed:  # somebody's: a space beside a comma is no part of a class
            row = {name: field.strip() for name, field in row.items()}
        row["id"] = row.get("id") or str(begins)
        yield row, f"{path}:{begins}"


def set_of(text: str, where: str) -> str:
    """The set that a table calls so. Raises InputError where there is none."""
    name = text.strip().lower()
    name = SET_NAMES.get(name, name)
    if name not in SETS:
        near = nearest(name, [*SETS, *SET_NAMES])
        hint = say("; did you mean {near}?", near=near) if near else ""
        raise InputError(say("{where}: set: expected one of {sets}, got {got!r}{hint}", where=where,
                             sets=", ".join(SETS), got=text, hint=hint))
    return name


def probability(text: str, column: str, where: str) -> float:
    """The number that a cell has. Raises InputError where it is no probability."""
    try:
        p = float(text.replace(",", "."))  # where semicolons part the columns, a comma begins the decimals
    except ValueError:
        p = math.nan
    if not -ROUNDING <= p <= 1 + ROUNDING:
        raise InputError(say("{where}: {column}: expected a number from 0 to 1, got {got!r}", where=where,
                             column=column, got=text))
    return p


def _unify_numbers(rows: list[dict[str, str]]) -> None:
    """Where every class is a whole number, 1.0 becomes 1, in the columns p_<class> too."""
    if not all(WHOLE.fullmatch(row[column]) for row in rows for column in ("truth", "predicted")):
        return
    for row in rows:
        row |= {column: row[column].removesuffix(".0") for column in ("truth", "predicted")}
        row |= {column.removesuffix(".0"): text for column, text in row.items() if column.startswith("p_")}


def _predicted(rows: list[Row]) -> Predicted:
    own = [(row.get(column, ""), column, where) for row, where in rows for column in [f"p_{row['predicted']}"]]
    groups = tuple(row.get("group", "") for row, _ in rows)
    if any(groups) and not all(groups):
        raise InputError(say("{where}: group is empty here and given elsewhere; fill it in every row or in none",
                             where=rows[groups.index("")][1]))
    return Predicted(
        ids=tuple(row["id"] for row, _ in rows),
        truth=tuple(row["truth"] for row, _ in rows),
        predicted=tuple(row["predicted"] for row, _ in rows),
        confidence=tuple(probability(*p) for p in own) if all(text for text, *_ in own) else None,
        groups=groups if all(groups) else None,
    )
