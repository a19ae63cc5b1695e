"""A result is stale when code that it rests on has changed. Comments, docstrings and layout do not count."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "wengu"


def digest(files: Iterable[str]) -> str:
    """The SHA-256 of what these files of src/wengu do: of Python the syntax tree without docstrings, else the bytes."""
    total = hashlib.sha256()
    for name in sorted(files):
        content = (SOURCE / name).read_bytes()
        total.update(name.encode() + b"\0" + (_meaning(content) if name.endswith(".py") else content) + b"\0")
    return total.hexdigest()


def _meaning(content: bytes) -> bytes:
    tree = ast.parse(content)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return ast.dump(tree).encode()
