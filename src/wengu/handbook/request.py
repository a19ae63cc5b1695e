"""What comes from outside, read so that nothing in it can do harm: sizes, depths and numbers have bounds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from wengu.core.checks import InputError
from wengu.core.i18n import LANGUAGES, Language, say
from wengu.handbook.runs import Runs
from wengu.pages import Figure

MOST_BYTES = 65_536  # of a request
DEEPEST = 8  # lists in lists


class Refusal(Exception):
    """An answer that is none, with its status."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


def clamped(figure: Figure, given: Mapping[str, Any]) -> dict[str, Any]:
    """A value for every control, each as the control allows it, whatever was given."""
    state = {}
    for name, control in figure.controls.items():
        try:
            state[name] = control.clamp(given.get(name, control.value))
        except (ValueError, TypeError, OverflowError):
            state[name] = control.value
    return state


async def json_of(request: Request) -> dict[str, Any]:
    """The JSON object of a request of a reasonable size and depth."""
    body = b""
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > MOST_BYTES:
                raise Refusal(413, say("the request is too large"))
    except ClientDisconnect:
        raise Refusal(400, say("expected a JSON object")) from None
    try:
        given = json.loads(body, parse_int=_int)
        if isinstance(given, dict) and _depth(given) <= DEEPEST:
            return given
    except (ValueError, RecursionError):
        pass
    raise Refusal(400, say("expected a JSON object"))


def _int(digits: str) -> int | float:
    return int(digits) if len(digits) < 18 else float(digits)


def _depth(value: Any) -> int:
    """How deep lists and objects stand in one another."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inner), default=0)


def run_path(runs: Runs, name: str) -> Path:
    """The folder of a run that the address names; 404 where there is none."""
    try:
        return runs.path(name)
    except (InputError, OSError, ValueError):
        raise HTTPException(404) from None


def whole(text: str | None) -> int:
    """A number of the address; 0 for what is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def preferred(wanted: str, otherwise: Language) -> Language:
    """The first language of ours that Accept-Language names, by its weight."""
    weighted = []
    for part in wanted.split(","):
        tag, _, weight = part.partition(";q=")
        try:
            weighted.append((-float(weight or 1), tag.strip().lower()[:2]))
        except ValueError:
            continue
    tags = [tag for _, tag in sorted(weighted, key=lambda pair: pair[0])]
    return next((one for tag in tags for one in LANGUAGES if tag == one), otherwise)
