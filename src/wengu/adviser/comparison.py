"""A comparison of runs: what differs in their settings and on dev, as values, and in words as `print` shows it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from wengu.adviser.columns import blocks, two_lines_if_narrow
from wengu.adviser.difference import Difference
from wengu.adviser.runs import RunSummary
from wengu.adviser.seed_noise import SeedNoise
from wengu.adviser.what_differs import Setting, changes, precisions_differ
from wengu.core.i18n import say, text_table
from wengu.practice import LedgerRow
from wengu.practice.ledger_words import how_sure
from wengu.practice.metric_words import Facts, amount, interval, metric_name, number, on_dev

NOTHING = "–"
MANY = 4  # runs; with more, and fewer settings, each is a row and no longer a column


@dataclass(frozen=True)
class Compared:
    """One of the runs: its value on dev, None where it has not been judged, and the difference to the first."""

    brief: RunSummary
    same_task: bool  # as the first
    dev: LedgerRow | None
    gain: Difference | None = None
    paired: bool | None = None  # whether the difference was taken example by example
    questions: tuple[str, ...] = ()  # that are compared, where not all are those of the first
    seed: SeedNoise | None = None  # what another seed alone does, where runs tell it
    repeat: str = ""  # the command that would measure it, where none do, or that two runs alone tell
    precision: str = ""  # that was chosen for it by timing


@dataclass(frozen=True)
class Comparison:
    """Two runs or more, the settings in which they differ, and by which metric those of one task are compared."""

    runs: tuple[Compared, ...]
    settings: tuple[Setting, ...]
    metric: Facts

    def __str__(self) -> str:
        """What differs in settings and results, as `wengu runs a b` prints it."""
        return _in_letters(self)

    def to_dict(self) -> dict[str, Any]:
        """The comparison as plain values, for JSON."""
        return {
            "runs": [
                run.brief.to_dict() | {
                    "same_task": run.same_task,
                    "questions": list(run.questions),
                    "dev": asdict(run.dev) if run.dev else None,
                    "against_first": run.gain and {
                        **{end: None if math.isnan(x) else x
                           for end, x in zip(("points", "low", "high"), run.gain[:3], strict=True)},
                        "verdict": run.gain.verdict, "paired": run.paired,
                    },
                    "seed": run.seed and {"sd": run.seed.sd, "interval": list(run.seed.interval),
                                          "runs": run.seed.runs, "own": run.seed.own,
                                          "others": run.seed.others, "seeds": [k for _, k in run.seed.means]},
                }
                for run in self.runs
            ],
            "metric": dict(self.metric),
            "settings": {one.name: {"values": list(one.values), "came_from": list(one.came_from)}
                         for one in self.settings},
        }

    def differ(self, names: Sequence[str]) -> tuple[str, ...]:
        """In what each differs from the first, where that is more than one thing: said before any is called better."""
        first, said = self.runs[0].brief.epochs, []
        for k, run in enumerate(self.runs):
            told = changes(self.settings, k, (first, run.brief.epochs)) if k and run.gain else []
            if len(told) > 1:
                said.append(say("{run} and {first} differ in {n} {n:thing|things}: {changes}. The difference on dev is "
                                "of all of them together.", run=names[k], first=names[0], n=len(told),
                                changes=", ".join(told)))
        return tuple(said)

    def notes(self, names: Sequence[str]) -> tuple[str, ...]:
        """What the reader should know of it, in the language spoken now; the runs by these names."""
        first, own = names[0], self.metric["name"]

        def those(some: Callable[[Compared], bool]) -> str:
            return ", ".join(name for name, run in zip(names, self.runs, strict=True) if some(run))

        said = []
        if runs := those(lambda run: not run.same_task):
            said.append(say("{runs}: only settings are compared: {first} is another task, and a value of one task "
                            "says nothing about the other.", runs=runs, first=first))
        for name, run in zip(names, self.runs, strict=True):
            if run.questions:
                said.append(say("{run}: {dev} is over its own questions; the difference to {first} is that of the "
                                "{n:question|questions} both answer: {questions}.", run=name, dev=on_dev(self.metric),
                                first=first, n=len(run.questions), questions=", ".join(run.questions)))
        if runs := those(lambda run: run.same_task and (run.brief.metric or self.metric)["name"] != own):
            said.append(say("{runs}: judged by {metric} here, as {first} is, and by a metric of its own elsewhere.",
                            runs=runs, metric=metric_name(self.metric), first=first))
        if runs := those(lambda run: run.same_task and run.dev is None):
            said.append(say("{runs}: not judged yet, so without interval and difference; a run is judged when it ends.",
                            runs=runs))
        if runs := those(lambda run: run.paired is False):
            said.append(say("{runs}: judged on another dev set than {first}; compared as two samples, which shows "
                            "only larger differences.", runs=runs, first=first))
        same = [(run.precision, name) for name, run in zip(names, self.runs, strict=True) if run.same_task]
        said += filter(None, [precisions_differ(*zip(*same, strict=True))] if same else [])
        said += self._of_seeds(names)
        if (n := sum(run.gain is not None for run in self.runs)) > 2:
            said.append(say("Each of the {n} {n:interval|intervals} is at 95 % by itself: even where nothing differs, "
                            "one in twenty excludes 0.", n=n))
        return tuple(said)

    def _of_seeds(self, names: Sequence[str]) -> list[str]:
        """What one seed can do to each of the compared ones; how to measure it where nobody knows."""
        judged = [(name, run) for name, run in zip(names, self.runs, strict=True) if run.gain]
        known: dict[str, list[str]] = {run.seed.sentence(self.metric): [] for _, run in judged if run.seed}
        for name, run in judged:
            if run.seed:
                known[run.seed.sentence(self.metric)].append(name)
        said = [told if len(of) == len(judged) else f"{', '.join(of)}: {told}" for told, of in known.items()]
        if unknown := [run for _, run in judged if not run.seed]:
            said.append(say("Seed noise was not measured: another seed alone may do as much. This measures it: "
                            "{command}", command=unknown[0].repeat))
        elif little := [run for _, run in judged if run.repeat]:
            said.append(say("Two seeds say little of it, so the interval is wide; more of them make it narrower: "
                            "{command}", command=little[0].repeat))
        return said


def _in_letters(compared: Comparison) -> str:
    """Which runs, what differs in their settings, what differs in their results, and what the reader should know."""
    named = {_letter(k): run for k, run in enumerate(compared.runs)}
    first, *others = ([letter, *_title(run)] for letter, run in named.items())
    parts = [text_table(first, others, left=len(first)), *compared.differ(tuple(named))]
    if compared.settings:
        rows = [[one.name, *(_value(*pair) for pair in zip(one.values, one.came_from, strict=True))]
                for one in compared.settings]
        columns = list(zip(["", *named], *rows, strict=True))
        if len(named) > max(MANY, len(rows)):
            columns = list(zip(*columns, strict=True))
        parts.append(blocks(columns))
    else:
        parts.append(say("The settings are the same."))
    same = {letter: run for letter, run in named.items() if run.same_task}
    if len(same) > 1:
        less = say("minus A, in points") if compared.metric["scale"] == "rate" else say("minus A")
        head = ["", say("epochs"), say("best"), on_dev(compared.metric), "", less, "", say("dev cost")]
        results = [[letter, *_result(run, compared.metric)] for letter, run in same.items()]
        parts.append(two_lines_if_narrow(head, results, left=7, under=(2, 4, 6)))
    notes = compared.notes(tuple(named))
    return "\n\n".join([*parts, *(["\n".join(notes)] if notes else [])])


def _title(run: Compared) -> tuple[str, ...]:
    brief = run.brief
    return (str(brief.path), f"{brief.network}, {Path(brief.data).name}", f"{brief.created:%Y-%m-%d %H:%M}",
            brief.state_in_words)


def _result(run: Compared, metric: Facts) -> tuple[str, ...]:
    brief, dev, gain = run.brief, run.dev, run.gain
    so_far = brief.dev_metric if brief.metric and brief.metric["name"] == metric["name"] else None
    value = dev.value if dev else so_far
    ends = interval(metric, gain.low, gain.high, sign=True) if gain else ""
    return (
        f"{brief.epochs}/{_or_nothing(brief.epochs_asked)}",
        _or_nothing(brief.best_epoch),
        NOTHING if value is None else amount(metric, value),
        how_sure(metric, dev) if dev else "",
        f"{number(metric, gain.points, sign=True)} {ends}" if gain else "",
        gain.verdict_in_words if gain else "",
        _or_nothing(brief.dev_cost, ".4g"),
    )


def _letter(k: int) -> str:
    """A, B, .. Z, AA, AB, .."""
    return (_letter(k // 26 - 1) if k >= 26 else "") + ascii_uppercase[k % 26]


def _value(value: Any, source: str) -> str:
    """A setting's value, and where it came from unless that is the default."""
    if value in (None, "", []):
        return NOTHING
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    origins = {"default": "", "": "", "name": say("name"), "data": say("data"), "rule": say("rule"),
               "flag": say("flag"), "environment": say("environment"), "call": "Python", "resume": say("on resuming"),
               "diagnose": "diagnose"}
    origin = origins.get(source, source)  # a file of settings
    return say("{value} ({origin})", value=text, origin=origin) if origin else text


def _or_nothing(value: float | None, form: str = "") -> str:
    return NOTHING if value is None else format(value, form)
