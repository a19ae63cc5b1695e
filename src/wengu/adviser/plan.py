"""The steps that are advised, and which were left out as a run has tried them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wengu.adviser.run_context import RunContext
from wengu.adviser.set_comparison import SetComparison
from wengu.core.i18n import say


@dataclass(frozen=True)
class NextStep:
    """One thing to try: what, why, the command that does it where there is one, and what to expect of it."""

    what: str
    why: str
    command: str = ""
    remark: str = ""


@dataclass
class Plan:
    """The steps so far, and what was left out of them because a run has tried it."""

    known: RunContext
    differ: Sequence[SetComparison] = ()
    steps: list[NextStep] = field(default_factory=list)
    tried: dict[str, Path] = field(default_factory=dict)

    def fit(self, what: str, why: str, remark: str = "", **how: Any) -> bool:
        """A command of this run, changed so, unless a run beside it is that already."""
        if other := self.known.tried(**how):
            self.tried[self._changes(how)] = other.path
            return False
        command = self.known.fit(**how)
        if all(step.command != command for step in self.steps):
            self.steps.append(NextStep(what, why, command, remark))
        return True

    def tell(self, what: str, why: str, remark: str = "") -> None:
        """A step without a command."""
        self.steps.append(NextStep(what, why, "", remark))

    def _changes(self, how: dict[str, Any]) -> str:
        left_out = say("without {flags}", flags=", ".join(how.get("without", ()))) if how.get("without") else ""
        changed = [f"{name.replace('_', '-')} {value}" for name, value in how.items() if name != "without"]
        return ", ".join([*filter(None, [left_out]), *changed])
