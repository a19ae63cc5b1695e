"""Runs side by side: what differs in their settings, and what that did to the dev error.

Dev errors are compared only between runs that tell the same classes apart; the network may be another. Where both runs
were judged on the same examples it is done one by one (groups stay together), else as two samples.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import nan
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from wengu.adviser.runs import RunSummary, brief
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.practice import ErrorRate, Ledger, Row, difference, estimate, paired_difference
from wengu.running.predictions import Predicted, read_predictions

_UNTOLD = ("seed", "human", "device")  # settings that are no attempt at a better model
LIVE = "runs set"  # what was changed while the run trained, among its settings


class Difference(NamedTuple):
    """The dev error of a run less that of another, and its interval; NaN where there is none."""

    points: float
    low: float
    high: float

    @property
    def verdict(self) -> Literal["better", "worse", "cannot tell"]:
        """Whether the interval leaves 0 out."""
        return "better" if self.high < 0 else "worse" if self.low > 0 else "cannot tell"

    @property
    def verdict_in_words(self) -> str:
        """In the language spoken now."""
        match self.verdict:
            case "better":
                return say("better")
            case "worse":
                return say("worse")
            case "cannot tell":
                return say("no difference can be told")


@dataclass(frozen=True)
class Change:
    """The run before, what was changed since, and what the dev error did: points and their interval."""

    path: Path
    changed: dict[str, tuple[Any, Any]]
    points: float
    low: float
    high: float

    def __str__(self) -> str:
        changes = ", ".join(f"{name} {before} → {now}" for name, (before, now) in self.changed.items())
        return say(
            "since {path}: dev {points:+z.1f} points [{low:+z.1f}, {high:+z.1f}], {verdict}   ({changes})",
            path=self.path, points=100 * self.points, low=100 * self.low, high=100 * self.high,
            verdict=Difference(self.points, self.low, self.high).verdict_in_words,
            changes=changes or say("nothing changed but chance"),
        )


@dataclass(frozen=True)
class Setting:
    """A setting that is not the same in all runs: its value in each, None where it has none, and where it came from."""

    name: str
    values: tuple[Any, ...]
    came_from: tuple[str, ...]


@dataclass(frozen=True)
class Compared:
    """One of the runs: its dev error, None where it has not been judged, and the difference to the first."""

    brief: RunSummary
    same_task: bool  # as the first
    dev: Row | None
    gain: Difference | None = None
    paired: bool | None = None  # whether the difference was taken example by example


@dataclass(frozen=True)
class Comparison:
    """Two runs or more, and the settings in which they differ."""

    runs: tuple[Compared, ...]
    settings: tuple[Setting, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "runs": [
                run.brief.to_dict() | {
                    "same_task": run.same_task,
                    "dev": asdict(run.dev) if run.dev else None,
                    "against_first": run.gain and {
                        **{end: None if math.isnan(x) else x for end, x in run.gain._asdict().items()},
                        "verdict": run.gain.verdict, "paired": run.paired,
                    },
                }
                for run in self.runs
            ],
            "settings": {one.name: {"values": list(one.values), "came_from": list(one.came_from)}
                         for one in self.settings},
        }


def compare(runs: Sequence[RunFolder | Path | str]) -> Comparison:
    """Each run against the first: `compare(["runs/a", "runs/b"])`.

    Raises InputError for fewer than two, and where one is no run or cannot be read.
    """
    if isinstance(runs, str) or len(runs) < 2:
        raise InputError(say("runs: expected two or more to compare, got {got!r}", got=runs))
    folders = [run if isinstance(run, RunFolder) else RunFolder.open(run) for run in runs]
    settings = _differing(folders)
    tasks = [_task_of(run) for run in folders]
    devs = [_dev(run) if _is_judged(run) else None for run in folders]
    compared = []
    for k, (run, task, dev) in enumerate(zip(folders, tasks, devs, strict=True)):
        pair = (dev, devs[0]) if k and task == tasks[0] and dev and devs[0] else None
        compared.append(Compared(brief(run), task == tasks[0], _measured(run) if dev else None, pair and _gain(*pair),
                                 pair and _same_examples(*pair)))
    return Comparison(tuple(compared), settings)


def since_the_run_before(run: RunFolder) -> Change | None:
    """This run against the latest finished one beside it that does the same task and was created before it."""
    ours, created = _network_and_task_of(run), run.facts()["created"]
    found: tuple[str, RunFolder, Predicted] | None = None
    for path in run.path.parent.glob("[!.]*/ledger.json"):
        if path.parent.resolve() == run.path.resolve():
            continue
        try:
            other = RunFolder.open(path.parent)
            theirs = other.facts()["created"]
            if _network_and_task_of(other) == ours and theirs < created and (found is None or theirs > found[0]):
                found = (theirs, other, _dev(other))
        except InputError:  # a damaged neighbour is no concern of this run
            continue
    if found is None:
        return None
    _, other, their_dev = found
    changed = {one.name: (one.values[0], one.values[1]) for one in _differing([other, run]) if one.name not in _UNTOLD}
    return Change(other.path, changed, *_gain(_dev(run), their_dev))


def gain(run: RunFolder, other: RunFolder) -> Difference:
    """The dev error of a run less that of another, and its interval."""
    return _gain(_dev(run), _dev(other))


def _gain(now: Predicted, before: Predicted) -> Difference:
    """Example by example where both were judged on the same ones, else as two samples."""
    ours, theirs = now.records(), before.records()
    if _same_examples(now, before):
        both = paired_difference(ErrorRate(), ours, theirs, generator=np.random.default_rng(0))
        return Difference(both.value, *(both.interval() or (nan, nan)))
    a, b = (estimate(rows, generator=np.random.default_rng(k)) for k, rows in enumerate((ours, theirs)))
    return Difference(a.value - b.value, *(difference(a, b) or (nan, nan)))


def _same_examples(now: Predicted, before: Predicted) -> bool:
    return (now.ids, now.truth) == (before.ids, before.truth)


def _differing(runs: Sequence[RunFolder]) -> tuple[Setting, ...]:
    """The settings that are not the same in all of them, in the order of the runs' own files."""
    each = [run.settings() for run in runs]
    for (settings, _), run in zip(each, runs, strict=True):
        settings |= {LIVE: live} if (live := _changed_live(run)) else {}
    names = dict.fromkeys(name for settings, came_from in each for name in (*came_from, *settings))
    found = (Setting(name, tuple(settings.get(name) for settings, _ in each),
                     tuple(came_from.get(name, "") for _, came_from in each)) for name in names)
    return tuple(one for one in found if any(value != one.values[0] for value in one.values))


def _changed_live(run: RunFolder) -> str:
    """What was changed while it trained, as its loop took it up: 'lr=0.001 @ 340', the step behind the @."""
    lines = run.lines("control.jsonl")
    asked, steps = ([line[key] for line in lines if key in line] for key in ("set", "step"))
    return ", ".join(f"lr={change['lr']} @ {step}" for change, step in zip(asked, steps, strict=False)
                     if isinstance(change, dict) and "lr" in change)


def _network_and_task_of(run: RunFolder) -> tuple[Any, ...]:
    """What a run shares with the ones before it of which it is the next attempt."""
    return run.facts()["network"], _task_of(run)


def _task_of(run: RunFolder) -> tuple[Any, ...]:
    """What two runs must share for their errors to be compared: what they are to tell apart."""
    return run.settings()[0].get("target"), run.facts()["spec"].get("classes")


def _is_judged(run: RunFolder) -> bool:
    return all((run.path / name).is_file() for name in ("predictions/dev.csv", "ledger.json"))


def _dev(run: RunFolder) -> Predicted:
    return read_predictions(run.path / "predictions" / "dev.csv", only="dev")["dev"]


def _measured(run: RunFolder) -> Row:
    """The dev error as it stands on the run's card."""
    return next(row for row in Ledger.from_dict(run.read_json("ledger.json")).rows if row.set == "dev")
