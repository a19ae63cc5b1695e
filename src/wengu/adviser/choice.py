"""A choice among runs: a line a run, the winner, and whether the runner-up can be distinguished from it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wengu.adviser.columns import two_lines_if_narrow
from wengu.adviser.difference import Difference
from wengu.adviser.quantities import OF_THE_MACHINE, Known, Quantity
from wengu.core.i18n import say
from wengu.practice import Expression, Interval, Limit
from wengu.practice.metric_words import Direction, few_in_words

NOTHING = "–"
RATES = ("error", "accuracy", "macro_f1", "balanced_accuracy")


@dataclass(frozen=True)
class Candidate:
    """A run, what was asked of it, its score with its interval, and the limits that it breaks or is too near to."""

    known: Known
    score: float | None
    interval: Interval | None
    broken: tuple[Limit, ...] = ()
    near: tuple[Limit, ...] = ()  # kept or broken by less than is known
    unmeasured: bool = False  # for another limit is broken already

    @property
    def fits(self) -> bool:
        """Whether it may be taken."""
        return not self.broken and not self.unmeasured and self.score is not None


@dataclass(frozen=True)
class Choice:
    """The runs, the best first, then those that break a limit; how far the winner is from the runner-up."""

    folder: Path
    score: Expression
    direction: Direction
    limits: tuple[Limit, ...]
    candidates: tuple[Candidate, ...]
    against_runner_up: Difference | None = None
    others: tuple[str, ...] = ()  # runs of another task, or not judged, which are left out
    other_dev: tuple[str, ...] = ()  # runs judged on another dev set than the winner, or the first where none wins
    threads: tuple[int, ...] = ()  # that latency was measured with

    @property
    def winner(self) -> Candidate | None:
        """The best of those that keep to every limit."""
        return next((one for one in self.candidates if one.fits), None)

    @property
    def runner_up(self) -> Candidate | None:
        """The next of those."""
        return next((one for one in self.candidates if one.fits and one is not self.winner), None)

    def __str__(self) -> str:
        """As `wengu runs --optimize` prints it."""
        return _in_letters(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return _plain(self)


def _in_letters(made: Choice) -> str:
    """As `wengu runs --optimize` prints it."""
    names = list(dict.fromkeys([*made.score.names, *(name for limit in made.limits for name in limit.of.names)]))
    alone = made.score.text in names
    head = ["", say("run"), *([] if alone else [made.score.text]), *names, say("limits")]
    rows = []
    for one in made.candidates:
        mark = "*" if one is made.winner else ""
        score = [] if alone else [NOTHING if one.score is None or one.interval is None else
                                  f"{one.score:z.4g} [{one.interval.low:z.4g}, {one.interval.high:z.4g}]"]
        rows.append([mark, one.known.summary.path.name, *score,
                     *(_quantity(name, one.known.values.get(name)) for name in names), _limits(one)])
    lines = [two_lines_if_narrow(head, rows, left=2, under=())]
    lines += _verdict(made)
    if OF_THE_MACHINE.keys() & set(names):
        lines.append(say("Latency was measured now, on this machine: one example, {threads} {threads:thread|threads}.",
                         threads=", ".join(map(str, made.threads)) or 1))
    if made.other_dev:
        first = (made.winner or made.candidates[0]).known.summary.path.name
        lines.append(say("{runs}: judged on another dev set than {first}; compared as two samples, which shows "
                         "only larger differences.", runs=", ".join(made.other_dev), first=first))
    if made.others:
        lines.append(say("left out, as of another task or not judged: {runs}", runs=", ".join(made.others)))
    return "\n".join(lines)


def _plain(made: Choice) -> dict[str, Any]:
    """Plain values, for JSON."""
    winner, runner_up, gain = made.winner, made.runner_up, made.against_runner_up
    return {
        "folder": str(made.folder), "score": made.score.text, "direction": made.direction,
        "limits": [limit.text for limit in made.limits],
        "winner": winner and winner.known.summary.path.name,
        "runner_up": runner_up and runner_up.known.summary.path.name,
        "difference": gain and {"points": gain.points, "low": _finite(gain.low), "high": _finite(gain.high),
                                "verdict": gain.verdict},
        "runs": [{
            "run": one.known.summary.path.name, "score": one.score,
            "low": one.interval and _finite(one.interval.low), "high": one.interval and _finite(one.interval.high),
            "values": {name: {"value": q.value, "low": q.low, "high": q.high, "few": dict(q.few)}
                       for name, q in one.known.values.items()},
            "fits": one.fits, "breaks": [limit.text for limit in one.broken],
            "near": [limit.text for limit in one.near],
        } for one in made.candidates],
        "left_out": list(made.others), "other_dev": list(made.other_dev),
        "latency": "measured now, one example" if made.threads else None,
    }


def _verdict(made: Choice) -> list[str]:
    """The winner, how sure it is, and what to know of it."""
    winner, second, gain = made.winner, made.runner_up, made.against_runner_up
    if winner is None:
        nearest = min((one for one in made.candidates if one.score is not None), key=lambda one: len(one.broken),
                      default=None)
        line = say("No run keeps to every limit.")
        return [line] if nearest is None else [line, say("The nearest is {run}, which breaks {limits}.",
                                                         run=nearest.known.summary.path.name, limits=_texts(nearest))]
    name = winner.known.summary.path.name
    if second is None or gain is None:
        return [say("{run} is the only one that keeps to every limit.", run=name) if made.limits
                else say("{run} is the only one.", run=name), *_near(winner)]
    other = second.known.summary.path.name
    ends = f"{_signed(made, gain.points)} [{_signed(made, gain.low)}, {_signed(made, gain.high)}]"
    told = {"run": name, "other": other, "difference": ends}
    if math.isnan(gain.low):
        line = say("{run} is the best; {other} comes next, and their difference, {difference}, cannot be judged.",
                   **told)
    elif gain.verdict == "better" and gain.one_seed:
        line = say("{run} is the best on these examples, one seed each: {difference} against {other}.", **told)
    elif gain.verdict == "better":
        line = say("{run} is the best, and clearly: {difference} against {other}.", **told)
    elif gain.points == 0:
        line = say("{run} and {other} are as good as each other: {difference}.", **told)
    else:
        line = say("{run} is the best by its value, but not clearly: {difference} against {other}; either will do.",
                   **told)
    return [line, *_near(winner)]


def _near(one: Candidate) -> list[str]:
    return [say("{run} is so near to {limit} that another measurement may say otherwise.",
                run=one.known.summary.path.name, limit=limit.text) for limit in one.near]


def _limits(one: Candidate) -> str:
    if one.broken:
        return say("breaks {limits}", limits=_texts(one))
    if one.unmeasured:
        return say("not measured")
    return say("near {limits}", limits=", ".join(limit.text for limit in one.near)) if one.near else ""


def _texts(one: Candidate) -> str:
    return ", ".join(limit.text for limit in one.broken)


def _quantity(name: str, found: Quantity | None) -> str:
    """A rate in hundredths, a count in full, all else with four digits."""
    if found is None:
        return NOTHING
    if found.few:
        return few_in_words(found.few, name, groups=found.groups)
    if _is_rate(name):
        return f"{100 * found.value:z.1f} % [{100 * found.low:z.1f}, {100 * found.high:z.1f}]"
    if name in ("parameters", "epochs"):
        return f"{found.value:,.0f}"
    return f"{found.value:z.4g}" + ("" if found.low == found.high else f" [{found.low:z.4g}, {found.high:z.4g}]")


def _signed(made: Choice, value: float) -> str:
    return _with_sign(f"{100 * value:+z.1f}" if _is_rate(made.score.text) else f"{value:+z.4g}")


def _is_rate(name: str) -> bool:
    """Whether it is told in hundredths: an error, or what a class has of it."""
    return name in RATES or (name.isidentifier() and name.partition("_")[0] in ("precision", "recall", "f1"))


def _with_sign(text: str) -> str:
    """What is 0 has no sign."""
    return text if text.strip("+0.") else text.removeprefix("+")


def _finite(value: float) -> float | None:
    return value + 0.0 if math.isfinite(value) else None  # of -0.0 plain 0.0
