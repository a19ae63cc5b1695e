"""What goes wrong on dev by the task's own account, such as the error of each of its questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wengu.core.i18n import say
from wengu.core.written import written


def causes(lines: Sequence[str]) -> dict[str, Any] | None:
    """The section; None where the task says nothing of itself, or its data is gone."""
    if not lines:
        return None
    return {
        "title": say("Where it goes wrong"),
        "look": say("What goes wrong on dev as the task itself divides it, the worst first. Work on the first where "
                    "it is far worse than the others."),
        "lines": [written(line) for line in lines],
    }
