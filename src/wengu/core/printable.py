r"""Text from outside, names of files above all, as it is shown and as it is kept: nothing in it acts on a terminal.

    in memory     a name is what Python makes of its bytes: those that are no letters are lone surrogates (PEP 383)
    shown         \xe9 is a byte that is no letter, \u001b and \u202e are characters that act and are not seen
    kept          \xe9 too, so that every file is UTF-8; a backslash that would read as such a byte is doubled

Bytes that the locale cannot read are read as UTF-8, whatever it is: `café` is the same name on every machine.
Sources: PEP 383; Unicode Standard, 23.2 Layout Controls; Boucher and Anderson 2021, Trojan Source.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
from typing import Any

ACTS = ("\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb"
        "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001-\U000e007f")
"""Controls, what turns the direction of writing, what has no width, lone surrogates: all that acts without a shape."""

_BYTES = sys.getfilesystemencodeerrors() == "surrogateescape"  # names are bytes: not so on Windows
_HIDDEN = re.compile(f"[{ACTS}]")
_HIDDEN_IN_LINES = re.compile(f"(?![\n\t])[{ACTS}]")
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
_BYTE = re.compile(r"(\\*)(x[89a-f][0-9a-f]|[\udc80-\udcff])")
_BYTE_IN_REPR = re.compile(r"\\udc([89a-f][0-9a-f])")


def printable(text: object) -> str:
    r"""The text on one line, as it may be shown anywhere.

    >>> print(printable("caf\udce9"), printable("a\x1b[31mb"), printable("two\nlines"), printable("naïve"))
    caf\xe9 a\u001b[31mb two\nlines naïve
    """
    text = str(text)
    return text if text.isprintable() else _HIDDEN.sub(lambda found: spelt(found[0]), as_utf8(text))


def printable_lines(text: str) -> str:
    """The same for a text of several lines: its line ends and tabs stay."""
    return text if text.isprintable() else _HIDDEN_IN_LINES.sub(lambda found: spelt(found[0]), as_utf8(text))


def printable_repr(value: object) -> str:
    r"""`repr`, in which a byte that is no letter is \xe9 too."""
    return _BYTE_IN_REPR.sub(r"\\x\1", repr(as_utf8(value) if isinstance(value, str) else value))


def printable_json(value: Any, *, encoding: str | None = None, indent: int | None = None) -> str:
    r"""JSON in letters that the encoding has; what acts without a shape is written as \u202e, and reads as it was."""
    text = json.dumps(value, ensure_ascii=not (encoding or "utf-8").lower().startswith("utf"), indent=indent)
    return _HIDDEN_IN_LINES.sub(lambda found: json.dumps(found[0])[1:-1], text)


def shell_word(text: object) -> str:
    r"""The text as one word of a shell's command line, which can be printed.

    >>> print(shell_word("my photos"), shell_word("caf\udce9"))
    'my photos' $'caf\xe9'
    """
    word = as_utf8(str(text))
    if not _HIDDEN.search(word):
        return shlex.quote(word)
    letters = word.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{_HIDDEN.sub(_bytes, letters)}'"


def spelt(letter: str) -> str:
    r"""A letter by its number, or the byte that it stands for.

    >>> print(spelt("é"), spelt("\udce9"), spelt("\n"))
    \u00e9 \xe9 \n
    """
    code = ord(letter)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return _SHORT.get(letter) or (f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}")


def as_utf8(text: str) -> str:
    """Bytes that the locale could not read, as letters where they are UTF-8."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a surrogate that stands for no byte
        return text


def kept_text(text: str) -> str:
    r"""A name as files keep it: UTF-8, whatever its bytes are.

    >>> [restored_text(kept_text(name)) == name for name in ("plain", "caf\udce9", r"caf\xe9", "\\\udce9", r"C:\new")]
    [True, True, True, True, True]
    """
    def escaped(found: re.Match[str]) -> str:
        byte = found[2] if found[2][0] == "x" else f"\\x{ord(found[2]) - 0xDC00:02x}"
        return found[1] * 2 + byte if found[1] or found[2][0] != "x" else found[0]

    return _BYTE.sub(escaped, as_utf8(text)) if _BYTES else text


def restored_text(text: str) -> str:
    """What `kept_text` was given."""
    if not _BYTES:
        return text

    def byte(found: re.Match[str]) -> str:
        whole, odd = divmod(len(found[1]), 2)
        return "\\" * whole + (chr(0xDC00 + int(found[2][1:], 16)) if odd else found[2])

    return _BYTE.sub(lambda found: byte(found) if found[2][0] == "x" else found[0], text)


def kept_all(value: Any) -> Any:
    """The same for every text in a value of plain lists, tuples and dictionaries."""
    return _each(kept_text, value)


def restored_all(value: Any) -> Any:
    """What `kept_all` was given."""
    return _each(restored_text, value)


def _each(change: Any, value: Any) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: _each(change, one) for name, one in value.items()}
    return type(value)(_each(change, one) for one in value) if isinstance(value, list | tuple) else value


def _bytes(found: re.Match[str]) -> str:
    return "".join(f"\\x{byte:02x}" for byte in found[0].encode("utf-8", "surrogateescape"))
