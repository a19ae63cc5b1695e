"""In what runs differ: their settings, and how long they trained. Said before what that did to the metric on dev."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os.path import normpath, realpath
from typing import Any

from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder

UNTOLD = ("seed", "human", "worth", "level", "device")  # settings that are no attempt at a better model
LIVE = "runs set"  # what was changed while the run trained, among its settings
LONGER = 1.5  # times the epochs of the other


@dataclass(frozen=True)
class Setting:
    """A setting that is not the same in all runs: its value in each, None where it has none, and where it came from."""

    name: str
    values: tuple[Any, ...]
    came_from: tuple[str, ...]


def settings_that_differ(runs: Sequence[RunFolder]) -> tuple[Setting, ...]:
    """The settings that are not the same in all of them, in the order of the runs' own files."""
    each = [run.settings() for run in runs]
    for (settings, _), run in zip(each, runs, strict=True):
        settings |= {LIVE: live} if (live := changed_live(run)) else {}
    names = dict.fromkeys(name for settings, came_from in each for name in (*came_from, *settings))
    if len({run.facts().get("recipe") for run in runs}) == 1:  # what an older version did not have is no difference
        names = {name: None for name in names if name == LIVE or all(name in {*s, *c} for s, c in each)}
    found = (Setting(name, tuple(settings.get(name) for settings, _ in each),
                     tuple(came_from.get(name, "") for _, came_from in each)) for name in names)
    return tuple(one for one in found
                 if any(same_path(value) != same_path(one.values[0]) for value in one.values))


def changes(settings: Sequence[Setting], k: int, trained: tuple[int, int] | None = None) -> list[str]:
    """What the k-th run has otherwise than the first, in words: 'optim adam → sgd', 'lr 0.01 → 0.1 (rule)'.

    `trained` are the epochs that both trained: early stopping moves them by a few, and what is more is named too.
    """
    told: list[str] = []
    for one in settings:
        before, now = one.values[0], one.values[k]
        if one.name in UNTOLD or same_path(before) == same_path(now):
            continue
        origin = {"rule": say("rule"), "data": say("data")}.get(one.came_from[k], "")
        if one.name == "epochs" and trained:
            origin = "" if trained == (before, now) else change(say("trained"), *trained)
            trained = None
        told.append(f"{change(one.name, before, now)}{f' ({origin})' if origin else ''}")
    if trained and max(trained) >= LONGER * max(1, min(trained)):
        told.append(change(say("epochs trained"), *trained))
    return told


def change(name: str, before: Any, now: Any) -> str:
    """'lr 0.01 → 0.1'."""
    return f"{name} {_in_words(before)} → {_in_words(now)}"


def precision_of(run: RunFolder) -> str:
    """In which numbers it was trained, bf16 or fp32, which may have been chosen by timing; empty where it is not said.

    Where it was given it is among the settings.
    """
    return "" if run.settings()[0].get("precision", "auto") != "auto" else str(run.facts().get("precision", ""))


def precisions_differ(precisions: Sequence[str], names: Sequence[str]) -> str:
    """A caveat, where runs of which nobody chose it were not trained in the same numbers; else nothing."""
    told = [(name, precision) for name, precision in zip(names, precisions, strict=True) if precision]
    if len({precision for _, precision in told}) < 2:
        return ""
    each = say(", ").join(say("{run} {precision}", run=name, precision=precision) for name, precision in told)
    return say("Chosen by timing, they were not trained in the same precision, which is no setting and may do a "
               "little: {each}.", each=each)


def with_the_same(run: RunFolder) -> tuple[Any, ...]:
    """What is the same in runs that differ in the seed alone; not to be had of a run that was stopped or is older."""
    facts, settings = run.facts(), run.settings()[0]
    return (facts.get("task"), facts.get("recipe"), facts.get("network"), facts.get("stopped") == "interrupted",
            changed_live(run), *sorted((name, repr(same_path(value))) for name, value in settings.items()
                                       if name not in UNTOLD))


def same_path(value: Any) -> Any:
    """photos/ and ./photos are photos."""
    return normpath(value) if isinstance(value, str) and "/" in value else value


def same_place(a: Any, b: Any) -> bool:
    """Whether two settings of data name one file, folder or data set, as seen from here."""
    return bool(a == b) or (isinstance(a, str) and isinstance(b, str) and realpath(a) == realpath(b))


def changed_live(run: RunFolder) -> str:
    """What was changed while it trained, as its loop took it up: 'lr=0.001 @ 340', the step behind the @."""
    lines = run.lines("control.jsonl")
    asked, steps = ([line[key] for line in lines if key in line] for key in ("set", "step"))
    return ", ".join(f"lr={change['lr']} @ {step}" for change, step in zip(asked, steps, strict=False)
                     if isinstance(change, Mapping) and "lr" in change)


def _in_words(value: Any) -> str:
    if value in (None, "", [], ()):
        return say("none")
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
