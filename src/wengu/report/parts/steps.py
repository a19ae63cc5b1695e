"""What to try next, each with its reason and its command; and what the last change bought."""

from __future__ import annotations

from typing import Any

from wengu.adviser.card import Card
from wengu.core.i18n import say


def steps(card: Card) -> dict[str, Any]:
    """The section: all steps of the card, in its order."""
    return {
        "title": say("What to try next"),
        "look": say("From the top, one change at a time: after two at once nobody knows which one helped."),
        "steps": card.steps,
        "since_title": say("What the last change did"),
        "since": card.since and str(card.since),
        "seeds": card.seeds,
    }
