"""The API of a room as its code tells it: every public name with its signature and docstring, read and never imported.

A room's names stand under the files that define them, for a file is one idea, and its head holds the formula.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from itertools import groupby
from typing import Literal, NamedTuple

from wengu.core.i18n import Language
from wengu.pages import Page, pages
from wengu.rows import rows
from wengu.source import PACKAGES, Definition, about_room, locate, parameters_of, public_names

HIDDEN = ("wengu.cli", "wengu.pages", "wengu.report.parts", "wengu.handbook")
"Rooms whose names serve the rooms above them, and no reader."

WIDTH = 88  # of a signature, in letters; what is longer has a line for each parameter
_ITEM = re.compile(r"^(?=[`*\w]+(?:, [`*\w]+)*(?:: |  +)\S)", re.MULTILINE)
_ROW = re.compile(r"\s*\[notes[^\]]*\]$")


class Block(NamedTuple):
    """A piece of a docstring; a list has an item a line."""

    kind: Literal["text", "formula", "code", "list"]
    text: str


class Member(NamedTuple):
    """A public method or property of a class."""

    name: str
    signature: str
    about: str


class Name(NamedTuple):
    """One public name: its signature, docstring, members and place in the source."""

    name: str
    kind: Literal["function", "class", "constant"]
    signature: str
    blocks: list[Block]
    members: list[Member]
    where: str
    public: str

    @property
    def brief(self) -> str:
        """The first line of its docstring."""
        return _brief(self.blocks)


class Head(NamedTuple):
    """A file: its idea, and the public names that it defines."""

    title: str
    blocks: list[Block]
    names: list[Name]


class Room(NamedTuple):
    """A room: what it is, and its files."""

    name: str
    brief: str
    blocks: list[Block]
    heads: list[Head]

    @property
    def slug(self) -> str:
        """Its part of the address: `layers`."""
        return slug_of(self.name)

    @property
    def names(self) -> list[Name]:
        """All public names, in the order of the alphabet."""
        return sorted((name for head in self.heads for name in head.names), key=lambda one: one.name.casefold())


@cache
def rooms() -> tuple[str, ...]:
    """Every room with names for a reader, `wengu` itself first."""
    found = (".".join(file.parent.relative_to(PACKAGES).parts) for file in PACKAGES.glob("wengu/**/__init__.py"))
    return tuple(sorted(room for room in found if not room.startswith(HIDDEN) and _own_names(room)))


def slug_of(room: str) -> str:
    """A room's part of the address.

    >>> slug_of("wengu.vision.convnets"), slug_of("wengu")
    ('vision.convnets', 'wengu')
    """
    return room.removeprefix("wengu.")


def brief_of(room: str) -> str:
    """What a room is, in a line."""
    return _brief(blocks_of(about_room(room)))


@cache
def room_at(slug: str) -> Room:
    """A room by its part of the address. Raises LookupError where there is none."""
    name = next((room for room in rooms() if slug_of(room) == slug), None)
    if name is None:
        raise LookupError(slug)
    first, *blocks = blocks_of(about_room(name))
    found = sorted(((locate(f"{name}:{one}"), one) for one in _own_names(name)),
                   key=lambda pair: (str(pair[0].file), pair[0].node.lineno))
    heads = [_head(name, [*pairs]) for _, pairs in groupby(found, key=lambda pair: pair[0].file)]
    return Room(name, first.text, blocks, heads)


def shown_on(public: str, language: Language) -> list[Page]:
    """The pages that tell of a public name: those of its rows, and those that show its code."""
    numbers = {row.number for row in rows().values() if public in row.objects}
    return [page for page in pages(language)
            if numbers & set(page.rows) or any(part.kind == "source" and part.text == public for part in page.parts)]


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


def _own_names(room: str) -> list[str]:
    """A room's public names without the rooms within it."""
    return [name for name in public_names(room) if not PACKAGES.joinpath(*room.split("."), name).is_dir()]


def _head(room: str, found: list[tuple[Definition, str]]) -> Head:
    """The names of one file under what it says at its head; a room's own file has said it already."""
    file, about = found[0][0].file, found[0][0].about_file
    blocks = [] if file.name == "__init__.py" else blocks_of(about)
    return Head(_brief(blocks), blocks[1:], [_name(definition, f"{room}:{name}") for definition, name in found])


def _name(definition: Definition, public: str) -> Name:
    node, name = definition.node, public.partition(":")[2]
    where = f"{definition.file.relative_to(PACKAGES).as_posix()}:{node.lineno}"
    if isinstance(node, ast.FunctionDef):
        return Name(name, "function", definition.signature(WIDTH), blocks_of(definition.about), [], where, public)
    if isinstance(node, ast.ClassDef):
        signature = definition.signature(WIDTH) if definition.parameters() else ""
        return Name(name, "class", signature, blocks_of(definition.about), _members(definition), where, public)
    value = textwrap.shorten(ast.unparse(node.value) if node.value else "", WIDTH, placeholder=" …")
    return Name(name, "constant", f"= {value}", blocks_of(definition.about), [], where, public)


def _members(definition: Definition) -> list[Member]:
    """The public methods and properties that say what they do, those of our own base classes too."""
    node = definition.node
    found = {one.name: one for one in _own_members(node)} if isinstance(node, ast.ClassDef) else {}
    for base in node.bases if isinstance(node, ast.ClassDef) else ():
        with suppress(LookupError):  # torch's, or Python's
            for one in _members(locate(f"{definition.module}:{ast.unparse(base)}")):
                found.setdefault(one.name, one)
    return list(found.values())


def _own_members(node: ast.ClassDef) -> Iterator[Member]:
    for part in node.body:
        about = ast.get_docstring(part) if isinstance(part, ast.FunctionDef) else None
        if isinstance(part, ast.FunctionDef) and about and not part.name.startswith("_"):
            decorators = {ast.unparse(one).rpartition(".")[2] for one in part.decorator_list}
            given = list(parameters_of(part))[0 if "staticmethod" in decorators else 1 :]
            call = "" if decorators & {"property", "cached_property"} else f"({', '.join(given)})"
            yield Member(part.name, part.name + call, _brief(blocks_of(about)))


def _brief(blocks: list[Block]) -> str:
    return _ROW.sub("", blocks[0].text) if blocks and blocks[0].kind == "text" else ""
