"""What a change bought: a run beside the one before it of the same network, task and classes."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Any

import numpy as np

from wengu.adviser.predictions import Predicted, read_predictions
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.core.words import say
from wengu.practice import difference, errors, estimate, paired_difference

_UNTOLD = ("seed", "human", "device")  # settings that are no attempt at a better model


@dataclass(frozen=True)
class Since:
    """The run before, what was changed since, and what the dev error did: points and their interval."""

    path: Path
    changed: dict[str, tuple[Any, Any]]
    points: float
    low: float
    high: float

    def __str__(self) -> str:
        changes = ", ".join(f"{name} {before} → {now}" for name, (before, now) in self.changed.items())
        verdict = say("better") if self.high < 0 else say("worse") if self.low > 0 else say("no difference can be told")
        return say(
            "since {path}: dev {points:+.1f} points [{low:+.1f}, {high:+.1f}], {verdict}   ({changes})",
            path=self.path, points=100 * self.points, low=100 * self.low, high=100 * self.high, verdict=verdict,
            changes=changes or say("nothing changed but chance"),
        )


def since_the_run_before(run: RunFolder) -> Since | None:
    """This run against the latest finished one beside it that does the same task and was created before it."""
    ours, created = _task_of(run), run.facts()["created"]
    found: tuple[str, RunFolder, Predicted] | None = None
    for path in run.path.parent.glob("[!.]*/ledger.json"):
        if path.parent.resolve() == run.path.resolve():
            continue
        try:
            other = RunFolder.open(path.parent)
            theirs = other.facts()["created"]
            if _task_of(other) == ours and theirs < created and (found is None or theirs > found[0]):
                found = (theirs, other, _dev(other))
        except InputError:  # a damaged neighbour is no concern of this run
            continue
    if found is None:
        return None
    _, other, their_dev = found
    settings, before = run.settings()[0], other.settings()[0]
    changed = {name: (before.get(name), settings.get(name)) for name in sorted({*before, *settings})
               if before.get(name) != settings.get(name) and name not in _UNTOLD}
    return Since(other.path, changed, *_gain(_dev(run), their_dev))


def gain(run: RunFolder, other: RunFolder) -> tuple[float, float, float]:
    """The dev error of a run less that of another, and its interval."""
    return _gain(_dev(run), _dev(other))


def _gain(now: Predicted, before: Predicted) -> tuple[float, float, float]:
    """Example by example where both were judged on the same ones, else as two samples."""
    ours, theirs = now.records(), before.records()
    if (now.ids, now.truth) == (before.ids, before.truth):
        both = paired_difference(
            errors(ours.truth, ours.predicted), errors(theirs.truth, theirs.predicted), groups=ours.group,
            generator=np.random.default_rng(0),
        )
        return (both.value, *(both.interval() or (nan, nan)))
    a, b = (estimate(rows, generator=np.random.default_rng(k)) for k, rows in enumerate((ours, theirs)))
    return (a.value - b.value, *(difference(a, b) or (nan, nan)))


def _task_of(run: RunFolder) -> tuple[Any, ...]:
    """What two runs must share to be compared: the network and what it is to tell apart."""
    facts = run.facts()
    return facts["network"], run.settings()[0].get("target"), facts["spec"].get("classes")


def _dev(run: RunFolder) -> Predicted:
    return read_predictions(run.path / "predictions" / "dev.csv", only="dev")["dev"]
