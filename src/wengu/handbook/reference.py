"""The API of a room as its code tells it: every name with its signature and docstring, read and never imported.

A room's names stand under the files that define them, for a file is one idea, and its head holds the formula.
"""

from __future__ import annotations

import ast
import textwrap
from functools import cache
from itertools import groupby
from typing import Literal, NamedTuple

from wengu.core.i18n import Language
from wengu.handbook.docstrings import Block, blocks_of, first_line
from wengu.handbook.members import Member, members_of
from wengu.handbook.places import Place, links_of, places, rooms
from wengu.pages import Page, pages
from wengu.rows import rows
from wengu.source import PACKAGES, Definition, about_room

WIDTH = 88  # of a signature, in letters; what is longer has a line for each parameter


class Name(NamedTuple):
    """One name: its signature, docstring, members and place in the source."""

    name: str
    anchor: str
    kind: Literal["function", "class", "constant"]
    signature: str
    blocks: list[Block]
    members: list[Member]
    where: str
    public: str  # empty of a type that is not among the room's public names
    module: str
    links: dict[str, Place]  # the names in the signatures that are told of

    @property
    def brief(self) -> str:
        """The first line of its docstring."""
        return first_line(self.blocks)


class Head(NamedTuple):
    """A file: its idea, and the names that it defines."""

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
        return sorted((one for head in self.heads for one in head.names if one.public), key=_alphabet)

    @property
    def types(self) -> list[Name]:
        """The types beside them, which their signatures name."""
        return sorted((one for head in self.heads for one in head.names if not one.public), key=_alphabet)


def slug_of(room: str) -> str:
    """A room's part of the address.

    >>> slug_of("wengu.vision.convnets"), slug_of("wengu")
    ('vision.convnets', 'wengu')
    """
    return room.removeprefix("wengu.")


def brief_of(room: str) -> str:
    """What a room is, in a line."""
    return first_line(blocks_of(about_room(room)))


@cache
def room_at(slug: str) -> Room:
    """A room by its part of the address. Raises LookupError where there is none."""
    name = next((room for room in rooms() if slug_of(room) == slug), None)
    if name is None:
        raise LookupError(slug)
    first, *blocks = blocks_of(about_room(name))
    found = sorted(places()[name], key=lambda one: (str(one.definition.file), one.definition.node.lineno))
    heads = [_head([*those]) for _, those in groupby(found, key=lambda one: one.definition.file)]
    return Room(name, first.text, blocks, heads)


def shown_on(public: str, language: Language) -> list[Page]:
    """The pages that tell of a public name: those of its rows, and those that show its code."""
    numbers = {row.number for row in rows().values() if public in row.objects}
    return [page for page in pages(language)
            if numbers & set(page.rows) or any(part.kind == "source" and part.text == public for part in page.parts)]


def _head(found: list[Place]) -> Head:
    """The names of one file under what it says at its head; a room's own file has said it already."""
    first = found[0].definition
    blocks = [] if first.file.name == "__init__.py" else blocks_of(first.about_file)
    return Head(first_line(blocks), blocks[1:], [_name(one) for one in found])


def _name(place: Place) -> Name:
    found = place.definition
    kind, signature = _called(found)
    where = f"{found.file.relative_to(PACKAGES).as_posix()}:{found.node.lineno}"
    return Name(found.name, place.anchor, kind, signature, blocks_of(found.about), members_of(found), where,
                place.public, found.module, links_of(found))


def _called(found: Definition) -> tuple[Literal["function", "class", "constant"], str]:
    """What it is, and how it is called; of a constant, what it stands for."""
    if isinstance(found.node, ast.FunctionDef):
        return "function", found.signature(WIDTH)
    if isinstance(found.node, ast.ClassDef):
        return "class", found.signature(WIDTH) if found.parameters() else ""
    value = textwrap.shorten(ast.unparse(found.node.value) if found.node.value else "", WIDTH, placeholder=" …")
    return "constant", f"= {value}"


def _alphabet(name: Name) -> str:
    return name.name.casefold()
