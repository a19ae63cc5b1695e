"""Predictions as they are read: those of a run, and anybody's.

    predictions/<set>.csv      where there are classes: id, truth, predicted, p_<class>, group; a p may be empty
    predictions/<set>.jsonl    of every other task an object a line: {"id", "truth", "predicted", "group"}
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.regular_file import open_regular
from wengu.core.rights import may_look
from wengu.core.run_folder import RunFolder
from wengu.core.safe_read import ReadError, from_json, is_file, open_sound
from wengu.practice import Records
from wengu.running.prediction_cells import SETS, WHOLE
from wengu.running.prediction_columns import Columns, read_columns
from wengu.running.same_labels import same_labels


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
    found, missing = read_columns(path, only)
    if missing:
        where, column, got = missing[0]
        raise InputError(say("{where}: truth and predicted must both be given, but {column} is {got!r}, which is read "
                             "as missing, here and in {n} {n:row|rows} more; fill it in, or leave the row out",
                             where=where, column=column, got=got, n=len({where for where, *_ in missing}) - 1))
    if not found:
        raise InputError(say("{path}: expected predictions, found a header and no rows", path=path))
    if not only:
        _unify_numbers(found.values())
        same_labels(path, {name: (rows.truth, rows.predicted) for name, rows in found.items()})
    return {name: _predicted(path, found[name]) for name in SETS if name in found}


def _unify_numbers(sets: Collection[Columns]) -> None:
    """Where every class is a whole number, 1.0 becomes 1, in the columns p_<class> too."""
    if not all(map(WHOLE.fullmatch, {text for rows in sets for text in {*rows.truth, *rows.predicted}})):
        return
    for rows in sets:
        rows.truth, rows.predicted = ([text.removesuffix(".0") for text in column]
                                      for column in (rows.truth, rows.predicted))
        rows.sure = rows.sure_whole


def _predicted(path: Path, rows: Columns) -> Predicted:
    if any(rows.group) and not all(rows.group):
        raise InputError(say("{where}: group is empty here and given elsewhere; fill it in every row or in none",
                             where=f"{path}:{rows.line[rows.group.index('')]}"))
    return Predicted(
        ids=tuple(rows.ids),
        truth=tuple(rows.truth),
        predicted=tuple(rows.predicted),
        confidence=None if any(map(math.isnan, rows.sure)) else tuple(rows.sure),
        groups=tuple(rows.group) if all(rows.group) else None,
    )
