"""The difference of two runs on dev, and whether it is one."""

from __future__ import annotations

from typing import Literal, NamedTuple

from wengu.core.i18n import say
from wengu.practice.metric_words import Direction


class Difference(NamedTuple):
    """The value of a run on dev less that of another, and its interval; NaN where there is none."""

    points: float
    low: float
    high: float
    direction: Direction = "lower"
    one_seed: bool = False  # of each: then the interval is of the examples alone

    @property
    def verdict(self) -> Literal["better", "worse", "cannot tell"]:
        """Whether the interval leaves 0 out, and on which side."""
        fell, rose = self.high < 0, self.low > 0
        better, worse = (fell, rose) if self.direction == "lower" else (rose, fell)
        return "better" if better else "worse" if worse else "cannot tell"

    @property
    def verdict_in_words(self) -> str:
        """better, worse or no clear difference, in the language spoken now; of which seeds nobody knows is said too."""
        match self.verdict:
            case "better" if self.one_seed:
                return say("better on these examples; one seed each")
            case "better":
                return say("better")
            case "worse" if self.one_seed:
                return say("worse on these examples; one seed each")
            case "worse":
                return say("worse")
            case "cannot tell":
                return say("no clear difference")
