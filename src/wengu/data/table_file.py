"""A file of comma- or tab-separated values, with the line of the file that each row stands on.

The delimiter is whichever of tab ; , | parts the rows below the header into as many fields as the header, unless a
first line such as sep=; says it. The file may be gzipped, and may begin with a byte-order mark; one of UTF-16, as
spreadsheets save "Unicode text", is what it says. Quoted fields may hold the delimiter and line breaks; a row's number
is its first line's.
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
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wengu.core.checks import InputError, nearest
from wengu.core.i18n import say
from wengu.core.regular_file import NotRegular, read_regular
from wengu.data.catalogue import known_entry
from wengu.data.clean_text import MISSING, clean
from wengu.data.table_numbers import is_number

if TYPE_CHECKING:
    import _csv

    import pandas as pd

DELIMITERS = "\t;,|"
"""Those that stand in sentences and numbers last, for where several part all rows alike."""

MOST_TIMES, MOST_SMALL, CHUNK = 200, 64_000_000, 1 << 20
"""A gzipped table of text unpacks to less than 200 times its length, or to 64 MB; zeros alone to 1,030 times theirs."""

UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
LOOKED_AT = 200  # rows, for the delimiter
SAID = re.compile(rb'"?sep=([^\r\n"])"?[ \t;,]*\r?(?:\n|$)', re.IGNORECASE)


@dataclass(frozen=True)
class Sheet:
    """The rows of a file as pandas reads them, and each row's line ('2' is the first below the header)."""

    frame: pd.DataFrame
    lines: tuple[str, ...]
    unnamed: int
    """Columns without a name, such as the index that pandas and spreadsheets write; they are left out."""
    path: str
    texts: Callable[[str], pd.Series]
    """Of a column its cells as they stand in the file, read once more."""
    commas: frozenset[str]
    """Columns of numbers that were read with a comma before their decimals."""

    def where(self, row: int) -> str:
        """Where a row stands, for an error."""
        return say("{path}, line {line}", path=self.path, line=self.lines[row])

    def text(self, row: int, name: str) -> str:
        """A cell as it stands in the file."""
        return str(self.texts(name).iloc[row])


def read_sheet(source: str | os.PathLike[str] | bytes, *, as_text: Iterable[str] = ()) -> Sheet:
    """Read a file, or the bytes of one. Columns named in `as_text` stay text, even where every value is a number.

    Raises: InputError with the line and what to do if the file is missing, empty, not text, has two columns of one
    name, or a row with more or fewer fields than the header; or if pandas is not installed.
    """
    pandas = _pandas()
    path, raw = content(source)
    raw, said, above = said_delimiter(raw)
    (header, *first), delimiter = beginning(raw, said)
    lines = _lines(raw, delimiter, len(header), path, above)
    if twice := [name for name, n in Counter(header).items() if n > 1 and name]:
        raise InputError(say("{path}: two columns are called {name!r}; rename one", path=path, name=twice[0]))
    if not lines:
        raise InputError(say("{path}: there is no line below the header", path=path))
    names = [name or f"\0{i}" for i, name in enumerate(header)]
    read = partial(pandas.read_csv, sep=delimiter, header=0, names=names, keep_default_na=False, skipinitialspace=True,
                   index_col=False)
    typed = partial(read, na_values=list(MISSING), low_memory=False)
    kept = set(as_text) & set(names)
    commas = [] if delimiter == "," else [name for name, *cells in zip(names, *first, strict=False)
                                          if name not in kept and _has_decimal_commas(cells)]
    try:
        frame = typed(io.BytesIO(raw), dtype=dict.fromkeys(kept, str), usecols=lambda name: name not in commas)
        if commas:
            more = typed(io.BytesIO(raw), usecols=commas, decimal=",")
            frame = pandas.concat([frame, more], axis=1)[names] if len(commas) < len(names) else more
    except pandas.errors.ParserError:
        frame = ()  # a quotation mark was left open in the last column
    if len(frame) != len(lines):
        raise InputError(say("{path}: its lines cannot be separated; is a quotation mark left open?", path=path))
    unnamed = [name for name in names if name.startswith("\0")]
    read_with = frozenset(name for name in commas if pandas.api.types.is_numeric_dtype(frame[name]))

    def texts(name: str) -> pd.Series:
        frame: pd.DataFrame = read(io.BytesIO(raw), dtype=str, usecols=[name], na_filter=False)
        return frame[name]

    return Sheet(frame.drop(columns=unnamed), lines, len(unnamed), path, texts, read_with)


def content(source: str | os.PathLike[str] | bytes) -> tuple[str, bytes]:
    """(name for errors, bytes) of a file, gunzipped, without a byte-order mark, in UTF-8.

    Bytes are called standard input, whence `wengu predict RUN -` has them.
    """
    if isinstance(source, bytes):
        path, raw = say("standard input (-)"), source
    else:
        path, raw = str(source), _bytes_of(Path(source))
    if raw.startswith(b"\x1f\x8b"):
        raw = _gunzipped(raw, path)
    raw = _from_utf16(raw, path) if raw.startswith(UTF16) else raw.removeprefix(codecs.BOM_UTF8)
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


def _from_utf16(raw: bytes, path: str) -> bytes:
    try:
        return raw.decode("utf-16").encode()
    except UnicodeDecodeError as error:
        raise InputError(say("{path}: begins as UTF-16 and is not; save the file as 'CSV UTF-8'",
                             path=path)) from error


def _gunzipped(raw: bytes, path: str) -> bytes:
    """What is packed, read a piece at a time and no further than a table goes."""
    most, parts, n = max(MOST_SMALL, MOST_TIMES * len(raw)), [], 0
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as file:
            while part := file.read(CHUNK):
                parts.append(part)
                n += len(part)
                if n > most or (b"\0" in part and not parts[0].startswith(UTF16)):
                    break
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(say("{path}: damaged gzip file: {error}", path=path, error=error)) from error
    if n > most:
        raise InputError(say("{path}: its {packed} MB unpack to more than {most} MB, as no table does; if it is one, "
                             "gunzip it and give that file", path=path, packed=f"{len(raw) / 1e6:.1f}",
                             most=most // 1_000_000))
    return b"".join(parts)


def _bytes_of(path: Path) -> bytes:
    if path.is_dir():
        raise InputError(say("{path} is a folder; expected a CSV file", path=path))
    if path.exists():
        try:
            return read_regular(path)
        except NotRegular as error:
            raise InputError(str(error)) from None
    refuse_pictures(str(path))
    siblings = [p.name for p in path.parent.iterdir() if p.is_file()] if path.parent.is_dir() else []
    near = nearest(path.name, siblings)
    hint = say("; did you mean {near}?", near=path.with_name(near)) if near else ""
    raise InputError(say("{path}: no such file{hint}", path=path, hint=hint))


def refuse_pictures(name: str) -> None:
    """Raises InputError where a table is called what a set of pictures is called, and there is no such file."""
    if known_entry(name) and not Path(name).exists():
        raise InputError(say("data: {name} is a set of pictures, and no table: wengu fit pictures --data {name}",
                             name=name))


def said_delimiter(raw: bytes) -> tuple[bytes, str, int]:
    """(what is below it, the delimiter, 1) where a first line says sep=; as Excel writes it; else (raw, "", 0)."""
    if found := SAID.match(raw):
        return raw[found.end() :], found[1].decode("latin-1"), 1
    return raw, "", 0


def beginning(raw: bytes, said: str = "") -> tuple[list[list[str]], str]:
    """The header and the first rows, and the delimiter: that by which most of them have as many fields as it."""

    def parted(delimiter: str) -> list[list[str]]:
        records: list[list[str]] = []
        with contextlib.suppress(csv.Error):  # `_lines` meets it again and says where
            records.extend(islice(filter(None, _records(raw, delimiter)), 1 + LOOKED_AT))
        return records or [[]]

    def agreed(delimiter: str) -> float:
        header, *rows = found[delimiter]
        return sum(len(row) == len(header) for row in rows) / max(len(rows), 1)

    found = {delimiter: parted(delimiter) for delimiter in said or DELIMITERS}
    several = [delimiter for delimiter in found if len(found[delimiter][0]) > 1] or [said or ","]
    delimiter = max(several, key=agreed)
    header, *rows = found[delimiter]
    return [list(map(clean, header)), *rows], delimiter


def _has_decimal_commas(cells: Sequence[str]) -> bool:
    there = [cell for cell in map(str.strip, cells) if cell not in MISSING]
    return any("," in cell for cell in there) and all(is_number(cell, "comma") for cell in there)


def _lines(raw: bytes, delimiter: str, n: int, path: str, above: int) -> tuple[str, ...]:
    """The line of each row below the header, all of which have n fields; so many lines were above."""
    lines: list[str] = []
    line = above
    try:
        for line, fields in ((above + i, fields) for i, fields in _fields(raw, delimiter)):
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
