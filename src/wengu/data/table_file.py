"""A file of comma- or tab-separated values, with the line of the file that each row stands on.

The delimiter is told from the header: whichever of , ; tab | gives most columns. The file may be gzipped, and may
begin with a byte-order mark. Quoted fields may hold the delimiter and line breaks; a row's number is its first line's.
These count as missing: an empty field, NA, N/A, #N/A, NaN, nan, null, NULL and ?.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import gzip
import io
import os
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wengu.core.checks import InputError, nearest
from wengu.core.i18n import say
from wengu.data.catalogue import catalogue

if TYPE_CHECKING:
    import _csv

    import pandas as pd

MISSING = ("", "NA", "N/A", "#N/A", "NaN", "nan", "null", "NULL", "?")
DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class Sheet:
    """The rows of a file as pandas reads them, and each row's line ('2' is the first below the header)."""

    frame: pd.DataFrame
    lines: tuple[str, ...]
    unnamed: int
    """Columns without a name, such as the index that pandas and spreadsheets write; they are left out."""
    path: str

    def where(self, row: int) -> str:
        """Where a row stands, for an error."""
        return say("{path}, line {line}", path=self.path, line=self.lines[row])


def read_sheet(source: str | os.PathLike[str] | bytes, *, as_text: Iterable[str] = ()) -> Sheet:
    """Read a file, or the bytes of one. Columns named in `as_text` stay text, even where every value is a number.

    Raises: InputError with the line and what to do if the file is missing, empty, not text, has two columns of one
    name, or a row with more or fewer fields than the header; or if pandas is not installed.
    """
    pandas = _pandas()
    path, raw = content(source)
    header, delimiter = _header(raw)
    lines = _lines(raw, delimiter, len(header), path)
    if twice := [name for name, n in Counter(header).items() if n > 1 and name]:
        raise InputError(say("{path}: two columns are called {name!r}; rename one", path=path, name=twice[0]))
    if not lines:
        raise InputError(say("{path}: there is no line below the header", path=path))
    names = [name or f"\0{i}" for i, name in enumerate(header)]
    try:
        frame = pandas.read_csv(
            io.BytesIO(raw), sep=delimiter, header=0, names=names, dtype=dict.fromkeys(set(as_text) & set(names), str),
            na_values=list(MISSING), keep_default_na=False, skipinitialspace=True, index_col=False, low_memory=False,
            decimal=_decimal(raw, delimiter),
        )
    except pandas.errors.ParserError:
        frame = ()  # a quotation mark was left open in the last column
    if len(frame) != len(lines):
        raise InputError(say("{path}: its lines cannot be separated; is a quotation mark left open?", path=path))
    unnamed = [name for name in names if name.startswith("\0")]
    return Sheet(frame.drop(columns=unnamed), lines, len(unnamed), path)


def content(source: str | os.PathLike[str] | bytes) -> tuple[str, bytes]:
    """(name for errors, bytes) of a file, gunzipped, without a byte-order mark, known to be UTF-8.

    Bytes are called standard input, whence `wengu predict RUN -` has them.
    """
    if isinstance(source, bytes):
        path, raw = say("standard input (-)"), source
    else:
        path, raw = str(source), _bytes_of(Path(source))
    if raw.startswith(b"\x1f\x8b"):
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(say("{path}: damaged gzip file: {error}", path=path, error=error)) from error
    raw = raw.removeprefix(codecs.BOM_UTF8)
    if not raw.strip():
        raise InputError(say("{path}: the file is empty", path=path))
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(say("{path}, line {line}: not UTF-8; save the file as 'CSV UTF-8'", path=path,
                             line=line)) from error
    if b"\0" in raw:
        raise InputError(say("{path}: not a text file; expected comma- or tab-separated values", path=path))
    return path, raw


def _bytes_of(path: Path) -> bytes:
    if path.is_dir():
        raise InputError(say("{path} is a folder; expected a CSV file", path=path))
    if path.exists():  # a file, or a pipe
        return path.read_bytes()
    refuse_pictures(str(path))
    siblings = [p.name for p in path.parent.iterdir() if p.is_file()] if path.parent.is_dir() else []
    near = nearest(path.name, siblings)
    hint = say("; did you mean {near}?", near=path.with_name(near)) if near else ""
    raise InputError(say("{path}: no such file{hint}", path=path, hint=hint))


def refuse_pictures(name: str) -> None:
    """Raises InputError where a table is called what a set of pictures is called, and there is no such file."""
    if name in {entry.name for entry in catalogue()} and not Path(name).exists():
        raise InputError(say("data: {name} is a set of pictures, and no table: wengu fit pictures --data {name}",
                             name=name))


def _header(raw: bytes) -> tuple[list[str], str]:
    """The names of the columns, and the delimiter that gives most of them."""
    headers: dict[str, list[str]] = {delimiter: [] for delimiter in DELIMITERS}
    for delimiter in DELIMITERS:
        with contextlib.suppress(csv.Error):  # `_lines` meets it again and says where
            headers[delimiter] = next(record for record in _records(raw, delimiter) if record)
    delimiter = max(DELIMITERS, key=lambda d: len(headers[d]))
    return [name.strip() for name in headers[delimiter]], delimiter


def _decimal(raw: bytes, delimiter: str) -> str:
    """A comma, where it parts no columns and stands between digits, and no point does."""
    return "," if delimiter != "," and re.search(rb"\d,\d", raw) and not re.search(rb"\d\.\d", raw) else "."


def _lines(raw: bytes, delimiter: str, n: int, path: str) -> tuple[str, ...]:
    """The line of each row below the header, all of which have n fields."""
    lines: list[str] = []
    line = 0
    try:
        for line, fields in _fields(raw, delimiter):
            if fields != n:
                raise InputError(say("{path}, line {line}: {got} {got:field|fields}, but the header has {n}; fix the "
                                     "line",
                                     path=path, line=line, got=fields, n=n))
            lines.append(str(line))
    except csv.Error as error:
        raise InputError(say("{path}, below line {line}: {error}; is a quotation mark left open?", path=path, line=line,
                             error=error)) from error
    return tuple(lines[1:])


def _fields(raw: bytes, delimiter: str) -> Iterator[tuple[int, int]]:
    """(its first line, its number of fields) of each record that is not blank."""
    if b'"' not in raw:  # then a line is a record, and counting is ten times as fast as parsing
        yield from ((i, record.count(delimiter.encode()) + 1) for i, record in enumerate(raw.splitlines(), 1) if record)
        return
    records = _records(raw, delimiter)
    line = 1
    for record in records:
        if record:
            yield line, len(record)
        line = records.line_num + 1


def _records(raw: bytes, delimiter: str) -> _csv.Reader:
    text = io.TextIOWrapper(io.BytesIO(raw), "utf-8", newline="")
    return csv.reader(text, delimiter=delimiter, skipinitialspace=True)


def _pandas() -> Any:
    try:
        import pandas
    except ImportError as error:
        raise InputError(say("tables need pandas: pip install 'wengu[tabular]'")) from error
    return pandas
