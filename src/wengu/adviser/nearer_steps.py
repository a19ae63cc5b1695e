"""What would bring the training set nearer to dev, as settings of `fit`, by what was measured.       [notes 15.8]"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from wengu.adviser.set_comparison import SetComparison
from wengu.core.i18n import say
from wengu.core.printable import printable

ENOUGH, EVEN = 0.05, 0.8  # of the training examples: fewer carry nothing, and of more hardly any is drawn otherwise
NAMED = 3  # examples


class Nearer(NamedTuple):
    """What to do, what to expect of it, and the setting that does it."""

    what: str
    remark: str
    how: Mapping[str, Any]


def nearer_steps(differ: Sequence[SetComparison], settings: Mapping[str, Any]) -> Iterator[Nearer]:
    """Those that the run's recipe has a setting for, and that are not in use."""
    for one in differ:
        if one.b != "dev":
            continue
        if one.nearer and settings.get("nearer") == "none":
            yield Nearer(say("Change the training pictures to look like dev's: {changes}.", changes=one.nearer),
                         say("that takes away {share:.0%} of what differs", share=one.removed), {"nearer": "auto"})
        if ENOUGH * one.n[0] <= one.effective <= EVEN * one.n[0] and settings.get("weigh_like_dev") is False:
            yield Nearer(say("Draw training examples more often the more they look like dev's."),
                         say("{m} of them drawn so tell as much as {n} drawn evenly", n=f"{one.effective:,.0f}",
                             m=f"{one.n[0]:,}"),
                         {"weigh_like_dev": True})


def to_collect(differ: Sequence[SetComparison]) -> str:
    """Which training examples are nearest to dev already."""
    like = next((one.like for one in differ if one.b == "dev"), ())
    return say("as these are: {names}", names=say(", ").join(map(printable, like[:NAMED]))) if like else ""
