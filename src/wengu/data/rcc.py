"""Files out of a Qt resource file (.rcc), which is a folder with all below it in one file.

    header    "qres", version, where the tree, the data and the names begin; from version 3 on flags    (each 4 bytes)
    tree      a node of 14 bytes, 22 from version 2 on: its name, flags; then of a folder how many children it has and
              which is the first, of a file country, language, and where its data is
    data      length, then the bytes; zlib's come after 4 bytes of their length unpacked
    names     length, a hash, then so many letters of UTF-16

All numbers have their highest byte first. Source: Qt's `rcc`, src/tools/rcc/rcc.cpp, which writes them. The file came
from outside: a node that leads out of it, or back up, is refused, and so is what unpacks to too much.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from wengu.core.checks import InputError
from wengu.core.i18n import say

ZLIB, FOLDER, ZSTD = 1, 2, 4  # flags
MOST_NODES = 100_000
MOST_UNPACKED = 64 << 20  # bytes of one file


def rcc_files(path: Path) -> Iterator[tuple[str, bytes]]:
    """Each file in it, by its path, in the order in which the tree has them.

    Raises InputError for a file that is none, or damaged.
    """
    raw = path.read_bytes()
    try:
        yield from _files(raw)
    except (struct.error, zlib.error, UnicodeError, ValueError) as error:
        raise InputError(say("{path}: no Qt resource file, or damaged: {error}", path=path, error=error)) from None


def _files(raw: bytes) -> Iterator[tuple[str, bytes]]:
    magic, version, tree, data, names = struct.unpack_from(">4s4I", raw)
    if magic != b"qres" or version not in (1, 2, 3):
        raise ValueError(say("it does not begin as one"))
    size, seen = 14 if version == 1 else 22, 0
    to_do = [(0, "")]
    while to_do:
        number, above = to_do.pop()
        seen += 1
        at = tree + size * number
        name_at, flags = struct.unpack_from(">IH", raw, at)
        name = f"{above}/{_name(raw, names + name_at)}" if number else ""
        if flags & FOLDER:
            count, first = struct.unpack_from(">2I", raw, at + 6)
            if first <= number or seen + len(to_do) + count > MOST_NODES:
                raise ValueError(say("its tree has no end"))
            to_do += [(child, name) for child in reversed(range(first, first + count))]
        else:
            yield name.removeprefix("/"), _content(raw, data + struct.unpack_from(">I", raw, at + 10)[0], flags)


def _name(raw: bytes, at: int) -> str:
    length = struct.unpack_from(">H", raw, at)[0]
    return raw[at + 6 : at + 6 + 2 * length].decode("utf-16-be")


def _content(raw: bytes, at: int, flags: int) -> bytes:
    length = struct.unpack_from(">I", raw, at)[0]
    content = raw[at + 4 : at + 4 + length]
    if len(content) < length or flags & ZSTD:
        raise ValueError(say("a file in it is cut off, or packed otherwise than by zlib"))
    if not flags & ZLIB:
        return content
    unpacked = zlib.decompressobj().decompress(content[4:], MOST_UNPACKED + 1)
    if len(unpacked) != struct.unpack_from(">I", content)[0] or len(unpacked) > MOST_UNPACKED:
        raise ValueError(say("a file in it is longer or shorter than it says"))
    return unpacked
