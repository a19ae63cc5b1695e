"""What was checked before training; the words are those of then."""

from __future__ import annotations

from typing import Any

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.training.preflight_parts.check import title, verdict_in_words


def preflight(run: RunFolder) -> dict[str, Any] | None:
    """The section; none for a run that was made without."""
    try:
        checks = run.read_json("preflight.json")["checks"]
        rows = [(one.get("title") or title(one["name"]), verdict_in_words(one["verdict"]), one["words"], one["advice"])
                for one in checks]
    except (InputError, KeyError, TypeError):
        return None
    return {
        "title": say("Before training"),
        "look": say("What the pre-flight found, and what to do about it."),
        "columns": [say("check"), say("verdict"), say("found")],
        "rows": rows,
    }
