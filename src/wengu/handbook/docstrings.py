"""Docstrings as pieces: text, formulas, examples and lists, each by its form."""

from __future__ import annotations

import re
import textwrap
from typing import Literal, NamedTuple

_ITEM = re.compile(r"^(?=[`*\w]+(?:, [`*\w]+)*(?:: |  +)\S)", re.MULTILINE)
_ROW = re.compile(r"\s*\[notes[^\]]*\]$")


class Block(NamedTuple):
    """A piece of a docstring; a list has an item a line."""

    kind: Literal["text", "formula", "code", "list"]
    text: str


def blocks_of(text: str) -> list[Block]:
    """A docstring's pieces: examples by their prompt, formulas by their indentation, lists by words with a colon.

    >>> [block.kind for block in blocks_of("The sum.\\n\\n    Σ x\\n\\n>>> 1 + 1\\n2")]
    ['text', 'formula', 'code']
    """
    made: list[Block] = []
    for chunk in re.split(r"\n\s*\n", text.strip("\n")):
        plain = textwrap.dedent(chunk)
        if plain.startswith(">>> "):
            made.append(Block("code", plain))
        elif chunk.startswith("    "):
            together = made.pop().text + "\n\n" if made and made[-1].kind == "formula" else ""
            made.append(Block("formula", together + plain))
        elif len(_ITEM.findall(plain)) > 1:
            made.append(Block("list", "\n".join(" ".join(item.split()) for item in _ITEM.split(plain) if item)))
        elif plain:
            made.append(Block("text", " ".join(plain.split())))
    return made


def first_line(blocks: list[Block]) -> str:
    """The first line of a docstring, without its row in the notes."""
    return _ROW.sub("", blocks[0].text) if blocks and blocks[0].kind == "text" else ""
