"""Where each name of the code is told of: the page of a room, and the place there.

A room tells of its public names, and of the types that public signatures name, so that a reader can look up what a
function gives; such a type stands in the room of the file that defines it.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import NamedTuple

from wengu.handbook.members import bases_of, members_of
from wengu.source import PACKAGES, Definition, locate, public_names

HIDDEN = ("wengu.cli", "wengu.pages", "wengu.report.parts", "wengu.handbook")
"Rooms whose names serve the rooms above them, and no reader."

WORD = re.compile(r"""'[^']*'|"[^"]*"|[A-Za-z_]\w*""")
"A name of a signature; or a text in it, whose words are no names."

Key = tuple[str, str]  # the module that defines it, and its name there


class Place(NamedTuple):
    """A name in its room; `anchor` is its own among all of the page."""

    room: str
    anchor: str
    definition: Definition
    public: str  # wengu.layers:Conv2d; empty of a type that is not among the room's public names


@cache
def rooms() -> tuple[str, ...]:
    """Every room with names for a reader, `wengu` itself first."""
    found = (".".join(file.parent.relative_to(PACKAGES).parts) for file in PACKAGES.glob("wengu/**/__init__.py"))
    return tuple(sorted(room for room in found if not room.startswith(HIDDEN) and own_names(room)))


def own_names(room: str) -> list[str]:
    """A room's public names without the rooms within it."""
    return [name for name in public_names(room) if not PACKAGES.joinpath(*room.split("."), name).is_dir()]


@cache
def places() -> dict[str, list[Place]]:
    """All that each room tells of: its public names, then the types beside them."""
    found = {room: [Place(room, name, locate(f"{room}:{name}"), f"{room}:{name}") for name in own_names(room)]
             for room in rooms()}
    told = {_key(place.definition) for all_of in found.values() for place in all_of}
    to_read = [place.definition for all_of in found.values() for place in all_of]
    while to_read:
        for definition in _named_in(to_read.pop()).values():
            room = _room_of(definition)
            if room and _is_type(definition) and _key(definition) not in told:
                told.add(_key(definition))
                to_read.append(definition)
                taken = {place.anchor for place in found[room]}
                name = definition.name
                anchor = f"{definition.file.stem}.{name}" if name in taken else name
                found[room].append(Place(room, anchor, definition, ""))
    return found


def links_of(definition: Definition) -> dict[str, Place]:
    """The names in a definition's signature and its members' that are told of somewhere, and where."""
    known = _by_key()
    return {word: known[_key(one)] for word, one in _named_in(definition).items() if _key(one) in known}


@cache
def _by_key() -> dict[Key, Place]:
    """Of a name that two rooms have, the place in the room of its file."""
    every = sorted((place for all_of in places().values() for place in all_of),
                   key=lambda place: place.room == _room_of(place.definition))
    return {_key(place.definition): place for place in every}


def _named_in(definition: Definition) -> dict[str, Definition]:
    """The names of ours in a signature and in those of the members, and what they stand for."""
    signatures = [definition.signature(0), *(one.signature for one in members_of(definition))]
    if isinstance(definition.node, ast.Assign | ast.AnnAssign):
        signatures.append(ast.unparse(definition.node))
    found = {}
    for word in dict.fromkeys(word for text in signatures for word in WORD.findall(text)):
        if word[0].isupper() and word != definition.name and (one := _found(word, definition)):
            found[word] = one
    return found


def _found(word: str, definition: Definition) -> Definition | None:
    """What a word stands for in the file of a definition, or of one of its bases."""
    for module in dict.fromkeys(one.module for one in bases_of(definition)):
        try:
            return locate(f"{module}:{word}")
        except LookupError:
            continue
    return None


def _is_type(definition: Definition) -> bool:
    """A class, or a name for a type: no constant, and no variable of types."""
    node = definition.node
    if isinstance(node, ast.ClassDef):
        return True
    return isinstance(node, ast.Assign | ast.AnnAssign) and not definition.name.isupper() \
        and not isinstance(node.value, ast.Call | ast.Dict | ast.Constant)


def _key(definition: Definition) -> Key:
    return definition.module, definition.name


def _room_of(definition: Definition) -> str:
    """The innermost room that holds a definition's file; empty where none does."""
    holds = (room for room in rooms() if f"{definition.module}.".startswith(f"{room}."))
    return max(holds, key=len, default="") if not definition.module.startswith(HIDDEN) else ""
