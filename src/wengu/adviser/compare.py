"""What a change bought: a run beside the one before it of the same network."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Any

import numpy as np

from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.core.words import say
from wengu.practice import Ledger, difference, estimate_rate

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


def since_the_run_before(run: RunFolder, ledger: Ledger) -> Since | None:
    """This run against the latest finished one beside it, of the same network, that was created before it."""
    facts, (settings, _) = run.facts(), run.settings()
    found: tuple[str, RunFolder, Ledger] | None = None
    for path in run.path.parent.glob("*/ledger.json"):
        if path.parent.resolve() == run.path.resolve():
            continue
        try:
            other = RunFolder.open(path.parent)
            seen = other.facts()
            if seen.get("network") == facts["network"] and seen["created"] < facts["created"] \
                    and (found is None or seen["created"] > found[0]):
                found = (seen["created"], other, Ledger.from_dict(other.read_json("ledger.json")))
        except (InputError, KeyError):  # a damaged neighbour is no concern of this run
            continue
    if found is None:
        return None
    _, other, theirs = found
    before = other.settings()[0]
    changed = {name: (before.get(name), settings.get(name)) for name in sorted({*before, *settings})
               if before.get(name) != settings.get(name) and name not in _UNTOLD}
    ours_dev, their_dev = (next(row for row in book.rows if row.set == "dev") for book in (ledger, theirs))
    if ours_dev.n is None or their_dev.n is None:
        return None
    ours = estimate_rate(ours_dev.value, ours_dev.n, generator=np.random.default_rng(0))
    before_it = estimate_rate(their_dev.value, their_dev.n, generator=np.random.default_rng(1))
    low, high = difference(ours, before_it) or (nan, nan)
    return Since(other.path, changed, ours.value - before_it.value, low, high)
