"""The user's runs for the browser: the list, and the rows of a run after a cursor. Cards and such need the worker.

A row goes to the browser as metrics.jsonl has it, but of a series of more than 2,000 points only the least and the
greatest of each stretch, so that no spike is lost. Files are read again where they changed, and of a metrics.jsonl that
grew only what is new. Nothing here writes.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from math import ceil, inf
from os.path import lexists
from pathlib import Path
from typing import Any

from wengu.adviser.runs import RunSummary, brief
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.printable import kept_text, restored_text
from wengu.core.run_folder import RunFolder
from wengu.core.run_reader import is_run
from wengu.core.safe_read import ReadError, from_json, from_json_lines, open_sound
from wengu.core.written import written
from wengu.practice.metric_words import amount, metric_name, on_dev

MOST = 2000  # points of a series
KEPT = 64  # runs whose rows stay in memory
X = ("epoch", "step", "seconds")  # what the others are drawn over
_FILES = ("run.json", "config.toml", "metrics.jsonl", "ledger.json")


@dataclass
class _Rows:
    """The rows of a run that have been read, and how far that is."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    offset: int = 0
    last: bytes = b""  # the line before the offset: another there means that the file was cut and grew again

    def read_on(self, path: Path) -> None:
        try:
            with open_sound(path) as file:
                if self.offset:
                    file.seek(max(0, self.offset - len(self.last)))
                    if file.read(len(self.last)) != self.last:
                        self.rows, self.offset, self.last = [], 0, b""
                file.seek(self.offset)
                whole, newline, _ = file.read().rpartition(b"\n")
        except (OSError, ReadError):
            self.rows, self.offset, self.last = [], 0, b""
            return
        if not newline:
            return
        try:
            rows = from_json_lines(whole + b"\n")
        except ReadError:
            rows = list(filter(None, map(_row, whole.split(b"\n"))))  # a damaged one is no reason to show no others
        self.rows += [
            {name: value for name, value in row.items() if type(value) in (int, float) and -inf < value < inf}
            for row in rows
        ]
        self.offset += len(whole) + 1
        self.last = whole.rpartition(b"\n")[2] + b"\n"


class Runs:
    """The runs of a folder; safe for many threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.unreadable: dict[str, str] = {}  # by name, why
        self._briefs: dict[str, tuple[tuple[int, ...], RunSummary]] = {}
        self._rows: OrderedDict[str, _Rows] = OrderedDict()
        self._lock = threading.Lock()

    def all(self) -> list[RunSummary]:
        """Every run that can be read, the newest first."""
        names = self._names()
        with self._lock:
            self._briefs = {name: self._briefs[name] for name in names if name in self._briefs}
            self.unreadable = {name: why for name, why in self.unreadable.items() if name in names}
            found = [one for name in names if (one := self._brief(name))]
        return sorted(found, key=lambda run: run.created, reverse=True)

    def newest(self) -> RunSummary | None:
        """The run that was started or ended last, without a look at the others."""
        with self._lock:
            for name in sorted(self._names(), key=lambda name: -_stamp(self._folder_of(name) / "run.json")[0]):
                if found := self._brief(name):
                    return found
        return None

    def one(self, name: str) -> RunSummary | None:
        """The run of this name, if it can be read. Raises InputError where there is none."""
        self.path(name)
        with self._lock:
            return self._brief(name)

    def path(self, name: str) -> Path:
        """The folder of the run of this name, as `kept` gives it. Raises InputError where there is none."""
        name = restored_text(name)
        plain = name not in ("", ".", "..") and not name.startswith(".") and not set(name) & set("/\\\0:")
        if not plain or not is_run(self.folder / name):
            raise InputError(say("there is no run of that name"))
        return self.folder / name

    def rows(self, name: str, after: int = 0) -> dict[str, Any]:
        """The rows after the first `after`; all of them, with `reset`, where there are fewer: a resumed run was cut.

        Raises InputError where there is no such run.
        """
        path = self.path(name)
        with self._lock:
            kept = self._rows.setdefault(name, _Rows())
            self._rows.move_to_end(name)
            if len(self._rows) > KEPT:
                self._rows.popitem(last=False)
            kept.read_on(path / "metrics.jsonl")
            total, reset = len(kept.rows), after > len(kept.rows)
            fresh = kept.rows[0 if reset else max(after, 0):]
        return {"rows": thinned(fresh), "next": total, "reset": reset}

    def _folder_of(self, name: str) -> Path:
        return self.folder / restored_text(name)

    def _names(self) -> list[str]:
        try:
            return [kept_text(entry.name) for entry in os.scandir(self.folder) if not entry.name.startswith(".")]
        except OSError:
            return []

    def _brief(self, name: str) -> RunSummary | None:
        """In brief, read again where a file changed; a run that has not ended may change without that."""
        key = tuple(n for file in _FILES for n in _stamp(self._folder_of(name) / file))
        kept = self._briefs.get(name)
        if kept and kept[0] == key and kept[1].state not in ("training", "killed"):
            return kept[1]
        try:
            made = brief(RunFolder(self._folder_of(name)))
        except (OSError, InputError) as error:
            self.unreadable.pop(name, None)
            if lexists(self._folder_of(name) / "run.json"):
                self.unreadable[name] = str(error)
            return None
        self.unreadable.pop(name, None)
        self._briefs[name] = key, made
        return made


def thinned(rows: list[dict[str, Any]], most: int = MOST) -> list[dict[str, Any]]:
    """Of each series the least and the greatest of each stretch, where it has more than `most` points.

    >>> rows = [{"step": k, "cost": 0.0} for k in range(5000)]; rows[4321]["cost"] = 9.0
    >>> short = thinned(rows); len(short) <= 2000, {"step": 4321, "cost": 9.0} in short
    (True, True)
    """
    if len(rows) <= most:
        return rows
    wanted: list[set[str]] = [set() for _ in rows]
    for name in dict.fromkeys(name for row in rows for name in row if name not in X):
        at = [k for k, row in enumerate(rows) if row.get(name) is not None]
        width = max(1.0, len(at) / (most // 2))
        for k in range(ceil(len(at) / width)):
            stretch = at[round(k * width) : round((k + 1) * width)]
            for chosen in (min, max) if stretch else ():
                wanted[chosen(stretch, key=lambda i: rows[i][name])].add(name)
    return [{key: value for key, value in row.items() if key in X or key in names}
            for row, names in zip(rows, wanted, strict=True) if names]


def to_json(run: RunSummary) -> dict[str, Any]:
    """A run in brief as JSON has it, in the language spoken now; without the folder that it lies in."""
    return {
        "name": kept_text(run.path.name),
        "recipe": run.recipe,
        "network": kept_text(run.network),
        "data": kept_text(Path(run.data).name),
        "created": run.created.isoformat(),
        "state": run.state,
        "state_in_words": run.state_in_words,
        "epochs_done": run.epochs,
        "epochs": run.epochs_asked,
        "best_epoch": run.best_epoch,
        "metric": run.metric and {**run.metric, "in_words": metric_name(run.metric), "on_dev": on_dev(run.metric)},
        "dev_metric": run.dev_metric,
        "dev_in_words": "" if run.metric is None or run.dev_metric is None
                        else written(amount(run.metric, run.dev_metric)),
        "dev_cost": run.dev_cost,
        "seconds": run.seconds,
        "cause": run.cause,
        "cause_in_words": run.cause_in_words,
    }


def _row(line: bytes) -> dict[str, Any] | None:
    """A line of metrics.jsonl; None where it is damaged."""
    with suppress(ReadError):
        return row if isinstance(row := from_json(line), dict) else None
    return None


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
