"""What to try next, in order, each a command where it can be one.

The remedies of a cause are practice.remedies, in the notes' order; here each is made concrete for this run: with its
own settings, and left out where it has been done or cannot help.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wengu.core.run_folder import RunFolder
from wengu.core.words import say
from wengu.data import catalogue
from wengu.practice import Ledger, Remedy, remedies, split_sizes

IMPLIED = ("default", "name", "data")  # origins of settings that a command need not repeat


@dataclass(frozen=True)
class Step:
    """One thing to try: what, why, the command that does it where there is one, and what to expect of it."""

    what: str
    why: str
    command: str = ""
    remark: str = ""


@dataclass(frozen=True)
class Known:
    """What is known of the run when its next steps are sought."""

    path: Path
    name: str  # as in `wengu fit NAME`
    settings: Mapping[str, Any]
    came_from: Mapping[str, str]
    examples: int  # in the training set
    stopped: str
    best_epoch: int

    @classmethod
    def of(cls, run: RunFolder) -> Known:
        """From the run's own files."""
        settings, came_from = run.settings()
        facts = run.facts()
        return cls(run.path, facts["network"], settings, came_from, facts["examples"]["train"],
                   facts.get("stopped", ""), facts.get("best_epoch", 0))

    def fit(self, **changes: Any) -> str:
        """The command of this run with some settings changed."""
        given = {k: v for k, v in self.settings.items() if self.came_from.get(k, "default") not in IMPLIED}
        given |= changes
        parts = [f"wengu fit {self.name}"]
        for name, value in given.items():
            flag = f"--{name.replace('_', '-')}"
            items = value if isinstance(value, list | tuple) else [value]
            parts += [f"{flag} {shlex.quote(f'{x:g}' if isinstance(x, float) else str(x))}" for x in items]
        return " ".join(parts)


def next_steps(ledger: Ledger, known: Known | None = None) -> tuple[Step, ...]:
    """What to try for the ledger's cause; without a run of ours, in words alone.

    Where no judged gap is the cause, the error that is left may be bias, which human error would tell: that comes
    before the test set is spent on it.
    """
    found = remedies(ledger.cause, worse_than_human=ledger.worse_than_human)
    if not ledger.causes and ledger.worse_than_human is None:
        first = (*_pick("cannot tell yet", "give-human"), *_pick("bias", "train-longer"))
        found = (*first, *(remedy for remedy in found[::-1] if remedy not in first))
    steps = []
    for remedy in found:
        made = _CONCRETE[remedy.key](remedy, known) if known and remedy.key in _CONCRETE else _plain(remedy)
        if made is not None:
            steps.append(made)
    return tuple(steps)


def _pick(cause: str, key: str) -> tuple[Remedy, ...]:
    return tuple(remedy for remedy in remedies(cause) if remedy.key == key)


def _plain(remedy: Remedy) -> Step:
    return Step(remedy.what, remedy.why)


def _more_data(remedy: Remedy, known: Known) -> Step | None:
    entries, name = {entry.name: entry for entry in catalogue()}, known.settings.get("data", "")
    if name in entries:
        if not entries[name].larger:  # this is all there is of it
            return None
        larger = entries[entries[name].larger]
        train = split_sizes(larger.pictures - larger.test, test=not larger.test).train
        return Step(remedy.what, remedy.why, known.fit(data=larger.name),
                    say("{times:.0f} times the examples", times=train / known.examples))
    return Step(remedy.what, remedy.why, "", say("add to {data}; there are {n} to train on now", data=name,
                                                 n=f"{known.examples:,}"))


def _regularise(remedy: Remedy, known: Known) -> Step | None:
    settings = known.settings
    if settings.get("augment") == "none":
        return Step(remedy.what, remedy.why, known.fit(augment="auto"))
    decay = settings.get("weight_decay", 0.0)
    if decay and settings.get("keep_prob") == 1:
        return Step(remedy.what, remedy.why, known.fit(keep_prob=0.8))
    return Step(remedy.what, remedy.why, known.fit(weight_decay=decay * 2 if decay else 0.05))


def _train_longer(remedy: Remedy, known: Known) -> Step | None:
    if known.stopped == "early":  # the dev value had stopped falling
        return None
    return Step(remedy.what, remedy.why, known.fit(epochs=2 * known.settings["epochs"]),
                say("the best epoch was {best} of {epochs}", best=known.best_epoch, epochs=known.settings["epochs"]))


def _open_test(remedy: Remedy, known: Known) -> Step | None:
    return Step(remedy.what, remedy.why, f"wengu diagnose {shlex.quote(str(known.path))} --open-test")


def _give_human(remedy: Remedy, known: Known) -> Step | None:
    if "human" in known.settings:
        return None
    return Step(remedy.what, remedy.why, f"wengu diagnose {shlex.quote(str(known.path))} --human 0.05",
                say("with the error that people make in place of 0.05"))


def _errors(remedy: Remedy, known: Known) -> Step | None:
    return Step(remedy.what, remedy.why, "", say("the worst ones stand in {report}", report=known.path / "report.html"))


_CONCRETE: dict[str, Callable[[Remedy, Known], Step | None]] = {
    "more-data": _more_data,
    "more-examples": _more_data,
    "bigger-dev": _more_data,
    "regularise": _regularise,
    "train-longer": _train_longer,
    "open-test": _open_test,
    "give-human": _give_human,
    "error-analysis": _errors,
}
