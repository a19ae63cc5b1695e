"""The public methods and properties of a class, as its code has them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from wengu.handbook.docstrings import blocks_of, first_line
from wengu.source import Definition, locate, parameters_of


class Member(NamedTuple):
    """A public method or property: what it is given and gives, and what it does in a line."""

    name: str
    signature: str
    about: str


def bases_of(definition: Definition) -> Iterator[Definition]:
    """A class and those of ours that it is made from, each before its own bases."""
    yield definition
    for base in definition.node.bases if isinstance(definition.node, ast.ClassDef) else ():
        with suppress(LookupError):  # torch's, or Python's
            yield from bases_of(locate(f"{definition.module}:{ast.unparse(base)}"))


def members_of(definition: Definition) -> list[Member]:
    """Those that say what they do, of our own base classes too; nothing of what is no class."""
    found: dict[str, Member] = {}
    for one in bases_of(definition):
        for member in _own(one.node) if isinstance(one.node, ast.ClassDef) else ():
            found.setdefault(member.name, member)
    return list(found.values())


def _own(node: ast.ClassDef) -> Iterator[Member]:
    for part in node.body:
        about = ast.get_docstring(part) if isinstance(part, ast.FunctionDef) else None
        if isinstance(part, ast.FunctionDef) and about and not part.name.startswith("_"):
            decorators = {ast.unparse(one).rpartition(".")[2] for one in part.decorator_list}
            given = list(parameters_of(part))[0 if "staticmethod" in decorators else 1 :]
            gives = ast.unparse(part.returns) if part.returns else ""
            if decorators & {"property", "cached_property"}:
                signature = part.name + (f": {gives}" if gives else "")
            else:
                signature = f"{part.name}({', '.join(given)})" + (f" -> {gives}" if gives else "")
            yield Member(part.name, signature, first_line(blocks_of(about)))
