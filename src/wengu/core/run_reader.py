"""What a run folder says, read in one place: whatever is wrong with it is InputError, and names the file.

Files that somebody changed, cut, or put something else in the place of, are met here: what these methods return is of
the kinds that run_values.py says, so that a list of runs, a comparison or a page need not expect anything else.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.old_settings import by_their_names_now
from wengu.core.printable import restored_all
from wengu.core.run_sums import unsealed
from wengu.core.run_values import KINDS, check, check_row, check_settings
from wengu.core.safe_read import (
    ReadError,
    from_json_lines,
    from_json_object,
    from_toml,
    is_file,
    open_sound,
    read_bytes,
)
from wengu.core.spreadsheet import unguarded

SPLIT = ("id", "set", "source", "group")
_ROW = 1024  # bytes; more than a row of metrics.jsonl has

T = TypeVar("T")


def is_run(path: Path) -> bool:
    """Whether a run lies there, readable or not; what may not be looked into is none."""
    return is_file(path / "run.json")


class RunReader:
    """The files of a run folder; nothing is written."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)

    def facts(self) -> dict[str, Any]:
        """What run.json says; asking it for what it does not say raises InputError."""
        return _Named(self.path / "run.json", self.read_json("run.json"))

    def settings(self) -> tuple[dict[str, Any], dict[str, str]]:
        """The settings, and where each came from."""
        table = self._read("config.toml", lambda content: from_toml(content.decode()))
        settings, came_from = table.get("settings"), table.get("came_from")
        if not isinstance(settings, dict) or not isinstance(came_from, dict):
            raise InputError(say("{path}: expected the tables settings and came_from", path=self.path / "config.toml"))
        return self._sound_settings(settings, came_from)

    def settings_named(self, *names: str) -> dict[str, Any]:
        """Of config.toml these settings alone: to read all of it takes ten times as long."""
        wanted = re.compile(rf"^(?:{'|'.join(names)})\s*=.*$", re.MULTILINE)

        def read(content: bytes) -> dict[str, Any]:
            text, _, _ = content.decode().replace("\r\n", "\n").partition("\n[came_from]")
            return from_toml("\n".join(wanted.findall(text)))

        return self._sound_settings(self._read("config.toml", read), {})[0]

    def _sound_settings(
        self, settings: Mapping[str, Any], came_from: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, str]]:
        try:
            check_settings(settings, came_from)
        except ReadError as error:
            raise self._damaged("config.toml", error) from None
        file = self.path / "config.toml"
        named, origin = (by_their_names_now(restored_all(one)) for one in (settings, came_from))
        return _Named(file, named), origin

    def metrics(self) -> list[dict[str, Any]]:
        """Every whole line of metrics.jsonl."""
        return self.lines("metrics.jsonl")

    def last_metrics(self, n: int) -> list[dict[str, Any]]:
        """The last n of them, as far as they are found without reading the file from its beginning."""

        def parse(content: bytes) -> list[dict[str, Any]]:
            try:
                return _lines_of("metrics.jsonl", b"\n".join(content.split(b"\n")[-n - 1:]))
            except ReadError as error:
                raise ReadError(error) from None  # which line it is of the file is not known

        return self._read("metrics.jsonl", parse, content=partial(_end_of, most=(n + 1) * _ROW), otherwise=[])

    def lines(self, name: str) -> list[dict[str, Any]]:
        """Every whole line of such a file; none where there is no file."""
        return self._read(name, partial(_lines_of, name), otherwise=[])

    def read_table(self, name: str) -> list[dict[str, str]]:
        """The rows of a CSV file of the run. Raises InputError where it lacks one of the columns of split.csv."""

        def read(content: bytes) -> list[dict[str, str]]:
            rows = csv.reader(io.StringIO(content.decode(), newline=""))
            header = next(rows, [])
            if name == "split.csv" and header != list(SPLIT):
                raise InputError(say("{path}: expected the columns {columns}", path=self.path / name,
                                     columns=", ".join(SPLIT)))
            found = []
            for row in rows:
                if row and len(row) != len(header):
                    raise ReadError(say("{n} {n:field|fields}, but the header has {m}", n=len(row), m=len(header)),
                                    rows.line_num)
                if row:
                    found.append(dict(zip(header, map(unguarded, row), strict=True)))
            return found

        return self._read(name, read)

    def read_json(self, name: str) -> dict[str, Any]:
        """A JSON file of the run."""

        def read(content: bytes) -> dict[str, Any]:
            value = from_json_object(content)
            value = unsealed(value) if name == "run.json" else value
            check(value, KINDS.get(name, {}))
            return value

        return self._read(name, read)

    def _read(self, name: str, parse: Callable[[bytes], T], *, content: Callable[[Path], bytes] = read_bytes,
              otherwise: T | None = None) -> T:
        """What is made of the file's content; of no file `otherwise`, where that is given."""
        try:
            return parse(content(self.path / name))
        except FileNotFoundError:
            if otherwise is not None:
                return otherwise
            raise InputError(say("{path} is missing from the run", path=self.path / name)) from None
        except ReadError as error:
            raise self._damaged(name if error.line is None else f"{name}:{error.line}", error) from None
        except (UnicodeDecodeError, csv.Error, OSError) as error:
            raise self._damaged(name, error) from None

    def _damaged(self, name: str, error: Exception) -> InputError:
        return InputError(say("{path} cannot be read: {error}", path=self.path / name, error=error))


def _end_of(path: Path, *, most: int) -> bytes:
    """The last bytes of a file, from the beginning of a line on."""
    with open_sound(path) as file:
        start = max(0, file.seek(0, os.SEEK_END) - most)
        file.seek(start)
        found = file.read()
    return found.partition(b"\n")[2] if start else found


def _lines_of(name: str, content: bytes) -> list[dict[str, Any]]:
    """Every whole line of a file of this name. Raises ReadError with the number of the line."""
    rows = from_json_lines(content)
    for k, row in enumerate(rows, 1):
        try:
            check(row, KINDS.get(name, {}))
            if name == "metrics.jsonl":
                check_row(row)
        except ReadError as error:
            raise ReadError(error, k) from None
    return rows


class _Named(dict[str, Any]):
    """The values of a file, each asked for by its name."""

    def __init__(self, path: Path, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self._path = path

    def __missing__(self, name: str) -> Any:
        raise InputError(say("{path} lacks {name}; it was changed after wengu wrote it", path=self._path, name=name))
