"""The contract of the rooms: what one shows as public is there, can be imported, and says what it is."""

from __future__ import annotations

import importlib
import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

from wengu.source import locate

PACKAGE = Path(__file__).parents[2] / "src" / "wengu"
NOTHING_PUBLIC = {"wengu.core", "wengu.handbook", "wengu.training.preflight_parts"}
"The rooms above take from these file by file; and the chapters of pages are found by their paths."
ROOMS = sorted(
    room for file in PACKAGE.rglob("__init__.py")
    if (room := ".".join(("wengu", *file.parent.relative_to(PACKAGE).parts))) not in NOTHING_PUBLIC
    and not room.startswith("wengu.pages.")
)
SHOWN = """
import importlib, json, sys
rooms = {room: importlib.import_module(room) for room in sys.argv[1:]}
print(json.dumps({room: [dir(module), module.__all__] for room, module in rooms.items()}))
"""


def test_dir_shows_the_public_names_before_any_is_asked_for() -> None:
    done = subprocess.run([sys.executable, "-c", SHOWN, *ROOMS], capture_output=True, text=True, check=True, timeout=90)
    for room, (shown, public) in json.loads(done.stdout).items():
        assert public, room
        lazy = "lazily" in (PACKAGE / Path(*room.split(".")[1:]) / "__init__.py").read_text()
        assert set(public) == set(shown) if lazy else set(public) <= set(shown), room


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_name_can_be_imported_and_says_what_it_is(room: str) -> None:
    module = importlib.import_module(room)
    assert (module.__doc__ or "").strip()
    for name in module.__all__:
        if not inspect.ismodule(getattr(module, name)):
            assert locate(f"{room}:{name}").about.strip(), f"{room}.{name} has no docstring"
