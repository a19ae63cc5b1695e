"""One check of the pre-flight, and all of them: what was found, and what to do where it is not well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from wengu.core.i18n import say

Verdict = Literal["ok", "warning", "failed"]
WIDTH = 80


@dataclass(frozen=True)
class Check:
    """What one check found, in words; and what to do, unless all is well.

    A task's own check has a name of its own, and says by `title` what it is called in the language spoken then.
    """

    name: str
    verdict: Verdict
    words: str
    advice: str = ""
    title: str = ""
    share: float = 0.0  # of dev, where what was found is that train has it too

    def __str__(self) -> str:
        return "\n".join(_lines(self))


@dataclass(frozen=True)
class Preflight:
    """All checks in their order, and the seconds they took."""

    checks: tuple[Check, ...]
    seconds: float

    @property
    def failed(self) -> bool:
        """Whether a check failed; a warning is none that did."""
        return any(check.verdict == "failed" for check in self.checks)

    @property
    def not_ok(self) -> tuple[Check, ...]:
        """The checks that warn or failed."""
        return tuple(check for check in self.checks if check.verdict != "ok")

    def __getitem__(self, name: str) -> Check:
        return next(check for check in self.checks if check.name == name)

    def __str__(self) -> str:
        failed = sum(check.verdict == "failed" for check in self.checks)
        last = say("{n} {n:check|checks} in {seconds:.1f} s: {failed} failed, {warn} to look at", n=len(self.checks),
                   seconds=self.seconds, failed=failed, warn=len(self.not_ok) - failed)
        return "\n".join((*map(str, self.checks), last))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for `preflight.json`."""
        return asdict(self)


def few(names: Sequence[str], *, most: int = 3) -> str:
    """The first few, and how many more."""
    more = say(" and {n} more", n=len(names) - most) if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _lines(check: Check) -> Iterator[str]:
    """The verdict, the name and what was found in columns, what to do below."""
    from rich.cells import cell_len

    verdict, name = verdict_in_words(check.verdict), check.title or title(check.name)
    head = verdict + " " * (8 - cell_len(verdict)) + name + " " * (16 - cell_len(name))
    yield from (a + b for a, b in zip(_then_blank(head), _folded(check.words, WIDTH - cell_len(head)), strict=False))
    if check.advice:
        head = " " * (cell_len(head) - 2) + "→ "
        yield from (a + b for a, b in zip(_then_blank(head), _folded(check.advice, WIDTH - len(head)), strict=False))


def _then_blank(head: str) -> Iterator[str]:
    from rich.cells import cell_len

    yield head
    while True:
        yield " " * cell_len(head)


def _folded(text: str, width: int) -> list[str]:
    """Lines of at most `width` cells, broken at spaces and around Chinese letters."""
    from rich.cells import cell_len

    lines, line, word = [], "", ""
    for letter, after in zip(text, text[1:] + " ", strict=True):
        word += letter
        ends = letter == " " or after == " " or 2 in (cell_len(letter), cell_len(after))
        if ends and letter not in "（“《" and after not in "，。；：、？！）”》":
            if line and cell_len(line + word.rstrip()) > width:
                lines.append(line.rstrip())
                line = ""
            line, word = line + word, ""
    line += word
    return [*lines, line]


def verdict_in_words(verdict: Verdict) -> str:
    """A verdict in the language spoken now, as terminal and report print it."""
    match verdict:
        case "ok":
            return say("ok")
        case "warning":
            return say("warning")
        case "failed":
            return say("FAILED")


def title(name: str) -> str:
    """What a check is called in the language spoken now; its name stays, and is all that a task's own has here."""
    match name:
        case "inputs":
            return say("inputs")
        case "duplicates":
            return say("duplicates")
        case "near duplicates":
            return say("near duplicates")
        case "contradictions":
            return say("contradictions")
        case "balance":
            return say("balance")
        case "normalisation":
            return say("normalisation")
        case "start":
            return say("cost at start")
        case "gradients":
            return say("gradients")
        case "signals":
            return say("signals")
        case "one batch":
            return say("one batch")
        case "rate":
            return say("learning rate")
        case "time":
            return say("time")
        case "memory":
            return say("memory")
    return name
