"""What a ledger is measured against: what people reach, the least gap that matters, how sure its intervals are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wengu.core.checks import InputError, positive
from wengu.core.i18n import say
from wengu.practice.human import Human

LEVELS = (0.5, 0.999)


@dataclass(frozen=True)
class Yardstick:
    """As `ledger_of` takes them; None where it is left to the run, or to the rule."""

    human: float | str | None = None
    worth: float | None = None
    level: float | None = None

    def __post_init__(self) -> None:
        if isinstance(self.human, str) and "/" in self.human:  # 5 / 100 is said again as 5/100
            object.__setattr__(self, "human", "".join(self.human.split()))

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Yardstick:
        """What a run's settings say."""
        return cls(*(settings.get(name) for name in ("human", "worth", "level")))

    def over(self, other: Yardstick) -> Yardstick:
        """Where nothing is said here, what is said there."""
        return Yardstick(other.human if self.human is None else self.human,
                         other.worth if self.worth is None else self.worth,
                         other.level if self.level is None else self.level)

    def checked(self, *, rate: bool) -> Yardstick:
        """The same. Raises InputError for what cannot be measured by; `rate`: whether the metric lies in [0, 1]."""
        if self.human is not None:
            Human.of(self.human, rate=rate)
        if self.worth is not None:
            positive("worth", self.worth)
            if rate and self.worth >= 1:
                raise InputError(say("worth: expected a rate below 1, such as 0.005 for half a point, got {got}",
                                     got=self.worth))
        if self.level is not None and not LEVELS[0] <= self.level <= LEVELS[1]:
            raise InputError(say("level: expected from {low} to {high}, such as 0.95, got {got}", low=LEVELS[0],
                                 high=LEVELS[1], got=self.level))
        return self

    @property
    def for_ledger(self) -> dict[str, Any]:
        """As arguments of `ledger_of`."""
        return {"human": self.human, "worth": self.worth} | ({} if self.level is None else {"level": self.level})

    def kept(self) -> dict[str, Any]:
        """What is said here, as settings of a run."""
        told: dict[str, Any] = {}
        if self.human is not None:
            counted = "/" in str(self.human)
            told["human"] = self.human if counted else Human.of(self.human, rate=False).value
        return told | {name: value for name, value in (("worth", self.worth), ("level", self.level))
                       if value is not None}
