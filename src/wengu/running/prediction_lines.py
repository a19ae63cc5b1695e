"""A table of predictions line by line: which columns it has, and the fields of each row."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.data.table_file import DELIMITERS, content, said_delimiter

COLUMNS = ("set", "truth", "predicted", "id", "group")
FIRST = re.compile(rb"\s*([^\r\n]+)")


def table_lines(path: Path, needed: tuple[str, ...]) -> tuple[list[str], Iterator[tuple[list[str], int]]]:
    """The header, and each row's fields with the line that it begins in.

    Between the columns stand commas, semicolons or tabs. Raises InputError naming the line, or the column that is
    missing of those that are needed.
    """
    lines = _lines(path, needed)
    header, _ = next(lines, ([], 0))
    return header, lines


def _lines(path: Path, needed: tuple[str, ...]) -> Iterator[tuple[list[str], int]]:
    """The header first."""
    raw, said, above = said_delimiter(content(path)[1])
    first = [found[1].decode()] if (found := FIRST.match(raw)) else []
    header: list[str] = []
    line = 1 + above
    try:
        known = {d: {_column(name) for name in next(csv.reader(first, delimiter=d))} for d in said or DELIMITERS}
        delimiter = max(known, key=lambda d: (len(known[d].intersection(needed)), d == ","))
        reader = csv.reader(io.TextIOWrapper(io.BytesIO(raw), "utf-8", newline=""), delimiter=delimiter, strict=True)
        for fields in reader:
            begins, line = line, above + reader.line_num + 1
            if not fields:  # a blank line
                continue
            if not header:
                header = _header(fields, needed, f"{path}:{begins}")
                yield header, begins
                continue
            if len(fields) != len(header):
                raise InputError(say("{where}: {got} {got:field|fields}, but the header has {n}; fix the line",
                                     where=f"{path}:{begins}", got=len(fields), n=len(header)))
            yield fields, begins
    except csv.Error as error:
        raise InputError(say("{where}: {error}; is a quotation mark left open?", where=f"{path}:{line}",
                             error=error)) from None


def _header(fields: list[str], needed: tuple[str, ...], where: str) -> list[str]:
    header = [_column(name) for name in fields]
    for column in needed:
        if column not in header:
            raise InputError(say("{where}: expected the columns {needed}, found {found}; {column} is missing",
                                 where=where, needed=", ".join(needed), found=", ".join(header), column=column))
    if twice := [name for name in header if name and header.count(name) > 1]:
        raise InputError(say("{where}: two columns are called {name!r}; rename one", where=where, name=twice[0]))
    return header


def _column(name: str) -> str:
    """A column's name however it is written; a class keeps its capitals, and the spaces that end it."""
    if name.startswith("p_"):
        return name
    name = name.strip()
    return name.lower() if name.lower() in COLUMNS else name
