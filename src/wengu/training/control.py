"""Manual decay: a person changes α while training runs, without a restart.                       [notes 2.18]

    wengu runs set RUN lr=0.01      appends {"set": {"lr": 0.01}} to the run's control.jsonl
    the loop                        takes it up at its next step, and appends {"taken": 0, "step": 1234}

From that step on α is what was set, and decays on from there as before: α = 0.01 · decay(t) / decay(1234). A run that
is resumed from before the stamp takes the change up at the very step of the stamp, so it repeats the one that was not
stopped.

Source: the notes: for a small number of models, people watch training and turn α down by hand.
"""

from __future__ import annotations

import math
import time
from typing import Any

from wengu.core.checks import InputError, one_of, positive
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder

FILE = "control.jsonl"
MAY_BE_SET = ("lr",)
_EVERY = 0.2  # seconds between two looks at the file


def change_live_run(run: RunFolder, changes: dict[str, Any]) -> None:
    """Ask for changes of a live run; the loop that trains it takes them up at its next step.

    Raises InputError for what cannot be changed, or to what it cannot be, and for a run that would never take it up.

    >>> import tempfile
    >>> run = RunFolder.create(tempfile.mkdtemp() + "/run")
    >>> change_live_run(run, {"lr": 0.01}); LiveControl(run, step=7).changes(7), run.lines("control.jsonl")
    ([{'lr': 0.01}], [{'set': {'lr': 0.01}}, {'taken': 0, 'step': 7}])
    """
    if not changes:
        raise InputError(say("expected what to set, such as lr=0.01, got nothing"))
    for name, value in changes.items():
        one_of("set", name, MAY_BE_SET)
        positive(name, value)
    if run.facts().get("stopped") == "diverged":
        raise InputError(say("{path} diverged, and is not continued; start a new run with a smaller --lr",
                             path=run.path))
    settings, _ = run.settings()
    if settings and "lr" not in settings:
        raise InputError(say("{path} was not trained by gradient steps, and has no α to set", path=run.path))
    run.append_line(FILE, {"set": changes}, lasting=True)


class LiveControl:
    """The loop's side: what is to be changed at a step."""

    def __init__(self, run: RunFolder | None, *, step: int) -> None:
        self._run, self._seen, self._looked = run, 0, 0.0
        self._at: dict[int, list[dict[str, float]]] = {}  # stamped in an earlier start of the run: step -> changes
        if run is None:
            return
        lines = run.lines(FILE)
        asked = [_change(line["set"]) for line in lines if "set" in line]
        stamps = {line["taken"]: line.get("step") for line in lines if "taken" in line}
        if list(stamps) != list(range(len(stamps))) or len(stamps) > len(asked):
            raise InputError(say("{path}: expected a stamp for each change, in order", path=run.path / FILE))
        for change, when in zip(asked, stamps.values(), strict=False):
            if isinstance(when, int) and when >= step:  # what was taken up before stands in the checkpoint
                self._at.setdefault(when, []).append(change)
        self._seen = len(stamps)

    def changes(self, step: int) -> list[dict[str, float]]:
        """What takes effect at this step, in order. What others wrote there that means nothing changes nothing."""
        due = self._at.pop(step, [])
        if self._run is not None and time.monotonic() - self._looked >= _EVERY:
            self._looked = time.monotonic()
            try:
                asked = [_change(line["set"]) for line in self._run.lines(FILE) if "set" in line]
            except InputError:
                asked = []
            for change in asked[self._seen:]:
                self._run.append_line(FILE, {"taken": self._seen, "step": step}, lasting=True)  # before it takes effect
                self._seen += 1
                due.append(change)
        return [change for change in due if change]


def _change(asked: Any) -> dict[str, float]:
    """What is asked for, as far as it can be done."""
    lr = asked.get("lr") if isinstance(asked, dict) else None
    return {"lr": float(lr)} if isinstance(lr, int | float) and math.isfinite(lr) and lr > 0 else {}
