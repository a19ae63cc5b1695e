"""The files of a run as they are written, in the three formats that it has: JSON, a JSON object a line, and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wengu.core.files import write_whole
from wengu.core.json_lines import append_json_line
from wengu.core.printable import printable_json
from wengu.core.run_reader import RunReader
from wengu.core.run_sums import sealed
from wengu.core.spreadsheet import guarded


class RunFiles(RunReader):
    """Reads and writes the files of one folder."""

    def write(self, name: str, content: str | bytes) -> None:
        """A file of the run, whole or not at all."""
        write_whole(self.path / name, content)

    def write_json(self, name: str, value: Any) -> None:
        """A JSON file of the run, whole or not at all."""
        self.write(name, printable_json(sealed(value) if name == "run.json" else value, indent=2) + "\n")

    def append_line(self, name: str, row: Mapping[str, Any], *, lasting: bool = False) -> None:
        """One JSON object more in a file that has one a line; on the disk by then, if it is to be `lasting`."""
        append_json_line(self.path / name, row, lasting=lasting)

    def write_table(self, name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """A CSV file with a header; no spreadsheet takes a cell of it for a formula."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(map(guarded, row) for row in rows)
        self.write(name, text.getvalue())
