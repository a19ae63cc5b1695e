"""The files of a run in the three formats that it has: JSON, a JSON object a line, and CSV.

Whatever cannot be read is said in one line, which names the file: missing, damaged, or not ours to read.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from wengu.core.checks import InputError
from wengu.core.files import write_whole
from wengu.core.i18n import say
from wengu.core.json_lines import DamagedLine, append_json_line, json_lines
from wengu.core.regular_file import read_text
from wengu.core.spreadsheet import guarded, unguarded

SPLIT = ("id", "set", "source", "group")


class RunFiles:
    """Reads and writes the files of one folder."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)

    def write(self, name: str, content: str | bytes) -> None:
        """A file of the run, whole or not at all."""
        write_whole(self.path / name, content)

    def write_json(self, name: str, value: Any) -> None:
        """A JSON file of the run, whole or not at all."""
        self.write(name, json.dumps(value, indent=2, ensure_ascii=False) + "\n")

    def read_json(self, name: str) -> dict[str, Any]:
        """A JSON file of the run."""
        text = self._text(name)
        try:
            value = json.loads(text)
        except ValueError as error:
            raise self._damaged(name, error) from None
        if not isinstance(value, dict):
            raise InputError(say("{path}: expected a JSON object", path=self.path / name))
        return value

    def _text(self, name: str) -> str:
        try:
            return read_text(self.path / name)
        except FileNotFoundError:
            raise InputError(say("{path} is missing from the run", path=self.path / name)) from None
        except UnicodeDecodeError as error:
            raise self._damaged(name, error) from None

    def _damaged(self, name: str, error: Exception) -> InputError:
        return InputError(say("{path} cannot be read: {error}", path=self.path / name, error=error))

    def append_line(self, name: str, row: Mapping[str, Any]) -> None:
        """One JSON object more in a file that has one a line."""
        append_json_line(self.path / name, row)

    def lines(self, name: str) -> list[dict[str, Any]]:
        """Every whole line of such a file."""
        try:
            return json_lines(self.path / name)
        except DamagedLine as error:
            raise self._damaged(f"{name}:{error.number}", error.reason) from None

    def write_table(self, name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """A CSV file with a header; no spreadsheet takes a cell of it for a formula."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(map(guarded, row) for row in rows)
        self.write(name, text.getvalue())

    def read_table(self, name: str) -> list[dict[str, str]]:
        """The rows of a CSV file of the run. Raises InputError where it lacks one of the columns of split.csv."""
        rows = csv.DictReader(io.StringIO(self._text(name), newline=""))
        if name == "split.csv" and list(rows.fieldnames or []) != list(SPLIT):
            raise InputError(say("{path}: expected the columns {columns}", path=self.path / name,
                                 columns=", ".join(SPLIT)))
        return [{name: unguarded(cell) if isinstance(cell, str) else cell for name, cell in row.items()}
                for row in rows]
