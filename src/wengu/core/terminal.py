"""Standard output and error while a command runs: any encoding, any end, and nothing that acts on the terminal.

    no such letter     α becomes alpha, → ->, ² ^2, a box its corners; letters of names stay exact, \\u4e2d
    the reader goes    `| head -1`: what is done goes on, unheard
    the disk is full   what is done goes on; at the end one line says so, and the exit status
    closed from the beginning     nothing that is opened later takes its place
"""

from __future__ import annotations

import io
import os
import select
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from wengu.core.printable import printable_lines, spelt

SIZES = {"COLUMNS": range(20, 1001), "LINES": range(2, 1001)}
"""What is believed of these variables: libraries end in an error at 0, and pad a line to whatever it says."""
PLAIN = {
    "α": "alpha", "β": "beta", "γ": "gamma", "ε": "epsilon", "λ": "lambda", "μ": "mu", "σ": "sigma", "Σ": "Sigma",
    "−": "-", "–": "-", "—": "-", "‑": "-", "×": "x", "·": "*", "→": "->", "←": "<-", "≥": ">=", "≤": "<=", "≈": "~",
    "±": "+-", "∞": "inf", "…": "...", "“": '"', "”": '"', "‘": "'", "’": "'", "●": "*", "○": "o", "✓": "v", "✗": "x",
    "━": "-", "╸": "-", "╺": "-", "√": "sqrt", "∂": "d", "∈": "in", "²": "^2", "³": "^3",
}  # fmt: skip
"""Signs of sentences and formulas, where an encoding has them not."""


class _Outlet(io.FileIO):
    """A descriptor that takes everything: what cannot be written is lost, and `lost` says why if not for its reader."""

    lost: OSError | None = None

    def write(self, data: Any, /) -> int:
        try:
            while (taken := super().write(data)) is None:  # it does not block, and is full
                select.select([], [self], [])
            return taken
        except (BrokenPipeError, ConnectionResetError):
            pass
        except OSError as error:
            self.lost = self.lost or error
        return memoryview(data).nbytes


class _Stream(io.TextIOWrapper):
    """What is printed: text."""

    def __init__(self, stream: Any) -> None:
        self.outlet = _Outlet(stream.fileno(), "wb", closefd=False)
        super().__init__(io.BufferedWriter(self.outlet), encoding=stream.encoding, errors="replace",
                         line_buffering=stream.line_buffering or stream.write_through)
        self.as_it_is = _AsItIs(self)

    def write(self, text: str, /) -> int:
        super().write(in_letters_of(self.encoding, printable_lines(text)))
        return len(text)


class _AsItIs:
    """The same stream for a console, which colours and moves."""

    def __init__(self, stream: _Stream) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return io.TextIOWrapper.write(self._stream, in_letters_of(self._stream.encoding, text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def on_terminal() -> Iterator[list[OSError]]:
    """Print so within. Gives the errors that standard output had, once what was printed is out."""
    errors: list[OSError] = []
    _open_what_is_closed()
    for name, sizes in SIZES.items():
        if os.environ.get(name, "") not in map(str, sizes):
            os.environ.pop(name, None)
    before = sys.stdout, sys.stderr
    mine = [_stream(stream) for stream in before]
    sys.stdout, sys.stderr = mine
    try:
        yield errors
    finally:
        sys.stdout, sys.stderr = before
        for stream in mine:
            with suppress(ValueError):  # closed
                stream.flush()
        if isinstance(mine[0], _Stream) and mine[0].outlet.lost:
            errors.append(mine[0].outlet.lost)


def in_letters_of(encoding: str, text: str) -> str:
    """The text in letters that the encoding has.

    >>> in_letters_of("ascii", "α → café 中"), in_letters_of("latin-1", "é ²")
    ('alpha -> caf\\\\u00e9 \\\\u4e2d', 'é ²')
    """
    if text.isascii() and encoding.lower() in ("utf-8", "ascii", "latin-1", "iso-8859-1"):
        return text
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(_letter(encoding, letter) for letter in text)
    return text


@cache
def _letter(encoding: str, letter: str) -> str:
    sign = "" if letter.isalpha() else unicodedata.normalize("NFKD", letter)
    for form in (letter, PLAIN.get(letter, ""), _corner(letter), sign, spelt(letter)):
        with suppress(UnicodeEncodeError):
            if form and form.encode(encoding):
                return form
    return "?"


def _corner(letter: str) -> str:
    """A box's line or corner, of the signs that every machine has."""
    name = unicodedata.name(letter, "")
    if not name.startswith("BOX DRAWINGS"):
        return ""
    return "-" if name.endswith("HORIZONTAL") and "AND" not in name else "|" if name.endswith("VERTICAL") else "+"


def _stream(stream: Any) -> Any:
    """Ours in its place; a notebook's stays, and where there is none what is printed goes nowhere."""
    if stream is None:
        return Path(os.devnull).open("w", encoding="utf-8")
    try:
        return _Stream(stream)
    except (AttributeError, OSError, ValueError):
        return stream


def _open_what_is_closed() -> None:
    """Nothing that is opened later may get the number of standard input, output or error: all would print into it."""
    for number, mode in ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, mode)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            os.set_inheritable(number, True)
