"""Rooms that bring their files along only when something of theirs is asked for.

    __getattr__ = lazily(__name__, {"ledger": "ledger", "error_rate": "metrics"})      in the room's __init__.py

`dir()` of such a room shows its public names, whether they have been asked for or not, and no others.
Some functions have the name of their file: the file, when it is imported, does not take the function's place.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any


def lazily(room: str, files: Mapping[str, str]) -> Callable[[str], Any]:
    """The room's `__getattr__`: each public name from the file that defines it."""
    sys.modules[room].__class__ = _Room

    def found(name: str) -> Any:
        if name in files:
            return getattr(import_module(f"{room}.{files[name]}"), name)
        raise AttributeError(f"module {room!r} has no attribute {name!r}")

    return found


class _Room(ModuleType):
    def __dir__(self) -> list[str]:
        return sorted(self.__dict__["__all__"])

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, getattr(value, name, value) if isinstance(value, ModuleType) else value)
