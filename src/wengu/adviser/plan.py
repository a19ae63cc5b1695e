"""The steps that are advised, and which were left out as a run has tried them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

from wengu.adviser.run_context import RunContext
from wengu.adviser.set_comparison import SetComparison
from wengu.core.i18n import say
from wengu.core.printable import printable, shell_word


@dataclass(frozen=True)
class NextStep:
    """One thing to try: what, why, the command that does it where there is one, and what to expect of it."""

    what: str
    why: str
    command: str = ""
    remark: str = ""
    always: bool = False  # whether a card that shows the first few shows it, wherever it stands


def flags(names: Sequence[str], settings: Mapping[str, Any]) -> str:
    """--l2 0.3 --batch-size 64."""
    return " ".join(f"--{name.replace('_', '-')} {shell_word(settings[name])}" for name in names)


def joined(*remarks: str) -> str:
    """Those that say something, in one."""
    return say("; ").join(filter(None, remarks))


FIRST, LAST = "first", "last"  # the steps that no cause needs, before those of the causes and after them


@dataclass
class Plan:
    """The steps so far, by what they are for, and what was left out of them because a run has tried it."""

    known: RunContext
    differ: Sequence[SetComparison] = ()
    parts: dict[str, list[NextStep]] = field(default_factory=lambda: {FIRST: [], LAST: []})
    now: str = FIRST  # the part that steps are added to
    expected: Mapping[str, Sequence[str]] = field(default_factory=dict)  # of each cause, in full and in short
    left_behind: Mapping[str, Sequence[str]] = field(default_factory=dict)  # settings that no command carries
    cut_short: bool = False  # by settings that are taken back, so that nothing else is done about that
    taken_back: set[str] = field(default_factory=set)  # kinds of settings, while which are advised no other is turned
    tried: dict[str, Path] = field(default_factory=dict)
    said: set[str] = field(default_factory=set)  # what has been told in full

    @property
    def steps(self) -> tuple[NextStep, ...]:
        """All of them: those of several causes take turns, in the order in which the causes were begun."""
        turns = zip_longest(*(steps for part, steps in self.parts.items() if part not in (FIRST, LAST)))
        between = (step for turn in turns for step in turn if step)
        return *self.parts[FIRST], *between, *self.parts[LAST]

    def go_on_with(self, part: str) -> None:
        """What is added from now on is for this cause, or comes first or last."""
        self.parts.setdefault(part, [])
        self.now = part

    def add(self, step: NextStep) -> None:
        """A step as it is."""
        self.parts[self.now].append(step)

    def fit(self, what: str, why: str, remark: str = "", *, no_gain: bool = False, **how: Any) -> bool:
        """A command of this run, changed so, unless a run beside it is that already.

        no_gain: no gap tells what it brings, as of more data, of which a learning curve does.
        """
        left = [name for name in self.left_behind if name not in (*how, *how.get("without", ()))]
        if left:
            how = {**how, "without": (*how.get("without", ()), *left)}
        if other := self.known.tried(**how):
            had = {name: value if name in ("without", "network") else other.settings.get(name, value)
                   for name, value in how.items()}
            self.tried[self._changes(had)] = other.path
            return False
        command = self.known.fit(**how)
        if all(step.command != command for step in self.steps):
            brings = "" if no_gain else self.brings()
            without = [self._once(name, self.left_behind) for name in left]
            self.add(NextStep(what, why, command, joined(remark, brings, *without)))
        return True

    def flags_left_behind(self, names: Sequence[str]) -> str:
        """The settings that a command without these does not carry on either, as they were given."""
        return flags([name for name in self.left_behind if name not in names], self.known.own)

    def brings(self) -> str:
        """What a step of the cause that is gone on with is expected to bring."""
        return self._once(self.now, self.expected)

    def _once(self, name: str, words: Mapping[str, Sequence[str]]) -> str:
        """In full where it is said first, then in short."""
        if name not in words:
            return ""
        first = name not in self.said
        self.said.add(name)
        return words[name][0 if first else 1]

    def tell(self, what: str, why: str, remark: str = "") -> None:
        """A step without a command."""
        self.add(NextStep(what, why, "", remark))

    def tell_tried(self) -> None:
        """What was left out, and which run has tried it."""
        if self.tried:
            self.go_on_with(LAST)
            told = "; ".join(f"{what} ({printable(path)})" for what, path in self.tried.items())
            self.add(NextStep(say("Tried already, without a clear gain: {tried}.", tried=told), "", always=True))

    def _changes(self, how: dict[str, Any]) -> str:
        left_out = ""
        if names := how.get("without"):
            left_out = say("{settings} as usual", settings=", ".join(name.replace("_", "-") for name in names))
        changed = [f"{name.replace('_', '-')} {value}" for name, value in how.items() if name != "without"]
        return ", ".join([*filter(None, [left_out]), *changed])
