"""Tables that are read at any width: a terminal's columns are kept to, a pipe is as wide as need be.

Not rich's tables, which take longer for hundreds of rows than to read what is in them.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Sequence
from itertools import zip_longest

from wengu.core.i18n import text_table


def two_lines_if_narrow(head: Sequence[str], rows: Sequence[Sequence[str]], *, left: int, under: Sequence[int]) -> str:
    """The columns side by side; on a terminal that is too narrow, those of `under` each under the one before it."""
    table, width = text_table(head, rows, left=left), room()
    if _width(table) <= width:
        return table
    left -= sum(column < left for column in under)
    kept = [k for k in range(len(head)) if k not in under]
    upper = [[row[k] for k in kept] for row in (head, *rows)]
    lower = [["  " * (k == 0) + row[k + 1] if k + 1 in under else "" for k in kept] for row in (head, *rows)]
    return _folded([line for pair in zip(upper, lower, strict=True) for line in pair], left, width)


def _folded(lines: Sequence[Sequence[str]], left: int, width: int) -> str:
    """The lines as a table, its first column folded where it is still too wide."""
    table = text_table(lines[0], lines[1:], left=left)
    most = _width("\n".join(line[0] for line in lines)) - max(0, _width(table) - width)
    if most < 8 or _width(table) <= width:  # a word could not be read any more
        return table
    folded = [
        part
        for first, *rest in lines
        for part in zip_longest(textwrap.wrap(first, most), *([cell] for cell in rest), fillvalue="")
    ]
    return text_table(folded[0], folded[1:], left=left)


def blocks(columns: Sequence[Sequence[str]]) -> str:
    """The columns side by side as far as the terminal's width allows, then the rest below; the first before each."""
    first, *rest = columns
    found = []
    while rest:
        tables = [text_table(*_turned([first, *rest[:n]]), left=n + 1) for n in range(1, len(rest) + 1)]
        fitting = max(1, sum(_width(table) <= room() for table in tables))
        found.append(tables[fitting - 1])
        rest = rest[fitting:]
    return "\n\n".join(found)


def _turned(columns: Sequence[Sequence[str]]) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """Columns as the lines of a table: its head, and its rows."""
    head, *rows = zip(*columns, strict=True)
    return head, rows


def room() -> int:
    """How many cells a line has on this terminal; without end where the output is piped."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize


def _width(table: str) -> int:
    from rich.cells import cell_len

    return max(map(cell_len, table.splitlines()))
