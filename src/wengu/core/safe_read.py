"""A file as it is read that anybody may have damaged: what is wrong with it is ReadError, and nothing else.

    a regular file     no folder, FIFO, socket or device, which may never answer; a link to one is one
    at most 1 GiB      a file of holes has more than memory
    JSON               numbers that are finite as float64, at most 64 deep, no half of a surrogate pair (a lone one may
                       stand for a byte of a name, PEP 383); in a file of one object no name twice, and no NaN or
                       Infinity, which are no JSON (RFC 8259, section 6)
    lines              one object each, NaN and Infinity read as null; the last is ignored until its end is written

Whoever knows what the file is to the user says so, by its name: a run folder's are read by run_folder.py alone.
"""

from __future__ import annotations

import json
import os
import re
import stat
import tomllib
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from typing import Any, NoReturn

from wengu.core.i18n import say
from wengu.core.regular_file import open_regular

MOST = 1 << 30  # bytes
DEEPEST = 64
_ODD = re.compile(rb"[0-9]{200}|[eE]\+?[0-9]{3}|\\u[dD][89a-fA-F]")  # may be too large a number, or half a character


class ReadError(Exception):
    """Why a file cannot be read, in words; of lines the number of the one that is damaged."""

    def __init__(self, why: object, line: int | None = None) -> None:
        super().__init__(str(why))
        self.line = line


def is_file(path: Path) -> bool:
    """Whether a regular file is there; what may not be looked at, a loop of links or an odd name is none."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def open_sound(path: Path) -> BufferedReader:
    """The file, open for reading. Raises ReadError; FileNotFoundError where there is none."""
    try:
        file = open_regular(path)
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(str(path)) from None
    except (OSError, ValueError) as error:  # no permission, a name with a NUL
        raise ReadError(getattr(error, "strerror", None) or error) from None
    if os.fstat(file.fileno()).st_size > MOST:
        file.close()
        raise ReadError(say("it is larger than {n} GiB", n=MOST >> 30))
    return file


def read_bytes(path: Path) -> bytes:
    """All of the file. Raises ReadError; FileNotFoundError where there is none."""
    with open_sound(path) as file:
        try:
            return file.read(os.fstat(file.fileno()).st_size)  # a larger number would be set aside in memory at once
        except OSError as error:
            raise ReadError(error.strerror or error) from None


def from_json(content: bytes, *, once: bool = False) -> Any:
    """The value; NaN is None, as in a row that is written now. Raises ReadError.

    once: no name may appear twice in an object, and NaN is refused.
    """
    odd = _ODD.search(content) is not None
    try:
        value = _DECODERS[once, odd].decode(content.decode())
        if odd:
            json.dumps(value, ensure_ascii=False).encode(errors="surrogateescape")  # a byte of a name, but no half
    except RecursionError:
        raise ReadError(say("it is nested more than {n} deep", n=DEEPEST)) from None
    except (ValueError, OverflowError) as error:
        raise ReadError(error) from None
    if _may_be_deep(content) and _depth(value) > DEEPEST:
        raise ReadError(say("it is nested more than {n} deep", n=DEEPEST))
    return value


def from_json_object(content: bytes) -> dict[str, Any]:
    """The value, which is an object. Raises ReadError."""
    value = from_json(content, once=True)
    if not isinstance(value, dict):
        raise ReadError(say("expected a JSON object"))
    return value


def from_json_lines(content: bytes) -> list[dict[str, Any]]:
    """The object of every whole line. Raises ReadError with the number of the line."""
    lines = content.split(b"\n")[:-1]
    if not any(map(_may_be_deep, lines)) and not _ODD.search(content):
        with suppress(ValueError, RecursionError):
            every = (b"[" + b",".join(lines) + b"]").decode()  # at once, which is quicker
            rows = _DECODERS[False, False].decode(every)
            if len(rows) == len(lines) and all(type(row) is dict for row in rows):
                return list(rows)
    rows = []
    for k, line in enumerate(lines, 1):
        try:
            row = from_json(line)
            rows.append(row if isinstance(row, dict) else from_json_object(line))
        except ReadError as error:
            raise ReadError(error, k) from None
    return rows


def from_toml(text: str) -> dict[str, Any]:
    """The table. Raises ReadError."""
    try:
        table = tomllib.loads(text)
    except RecursionError:
        raise ReadError(say("it is nested more than {n} deep", n=DEEPEST)) from None
    except ValueError as error:  # TOMLDecodeError is one; so is what int says of 5,000 digits
        raise ReadError(error) from None
    if _depth(table) > DEEPEST:
        raise ReadError(say("it is nested more than {n} deep", n=DEEPEST))
    return table


def _may_be_deep(content: bytes) -> bool:
    return content.count(b"[") + content.count(b"{") > DEEPEST


def _depth(value: Any) -> int:
    """How deep lists and objects stand in one another, as far as it is allowed and one more."""
    level, depth = [value], 0
    while depth <= DEEPEST and (level := [one for one in level if isinstance(one, list | dict)]):
        depth += 1
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
    return depth


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(say("{name!r} appears twice", name=next(name for name in names if names.count(name) > 1)))
    return found


def _refused(constant: str) -> NoReturn:
    raise ValueError(say("{number} is no number of JSON", number=constant))


def _finite(digits: str) -> float:
    if (number := float(digits)) in (float("inf"), float("-inf")):
        raise ValueError(say("{number} is no number of JSON", number=_short(digits)))
    return number


def _finite_int(digits: str) -> int:
    _finite(digits)
    return int(digits)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."


def shown(value: Any) -> str:
    """A value that was not expected, short enough to be told."""
    try:
        return _short(value if isinstance(value, str) else json.dumps(value, default=str))
    except ValueError:  # a whole number of thousands of digits
        return type(value).__name__


def _decoder(*, once: bool, odd: bool) -> json.JSONDecoder:
    return json.JSONDecoder(
        parse_constant=_refused if once else lambda constant: None,
        object_pairs_hook=_once if once else None,
        parse_int=_finite_int if odd else None,
        parse_float=_finite if odd else None,
    )


_DECODERS = {(once, odd): _decoder(once=once, odd=odd) for once in (False, True) for odd in (False, True)}
