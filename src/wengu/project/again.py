"""A run trained again under another name, with some of its settings changed; what has ended is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wengu.adviser.run_context import IMPLIED
from wengu.core.run_folder import RunFolder
from wengu.core.run_reader import is_run
from wengu.core.safe_read import is_file
from wengu.project.fit import fit

ENDED = ("epochs", "early")


def given_to(run: RunFolder) -> dict[str, Any]:
    """What `fit` was given for the run, its threads and processes with it: all that it does not decide by itself."""
    settings, origin = run.settings()
    facts = run.facts()
    given = {name: value for name, value in settings.items() if origin.get(name, "default") not in IMPLIED}
    both = {"threads": facts.get("threads", 1), "processes": facts.get("world_size", 1)}
    return given | {name: n for name, n in both.items() if n != 1}


def ended(run: RunFolder) -> bool:
    """Whether it was trained to its end, and judged."""
    return is_file(run.path / "ledger.json") and run.facts().get("stopped") in ENDED


def fit_again(first: RunFolder, path: Path, *, changes: dict[str, Any], how: dict[str, Any]) -> bool:
    """Train at `path` what `first` is, but for the changes, or go on there; whether it has ended.

    `how` are the arguments of `fit` that are no settings: console, quiet.
    """
    run, facts = RunFolder(path), first.facts()
    if is_run(path) and ended(run):
        return True
    _, origin = first.settings()
    recipe = facts["network"] if origin.get("network") == "name" else facts["recipe"]
    changed = {"came_from": {**origin, **dict.fromkeys(changes, "call")}}  # what a rule gave before is given now
    what: dict[str, Any] = {"resume": True} if is_run(path) else given_to(first) | changes | changed
    return fit(recipe, name=path.name, runs=path.parent, **what, **how).run.stopped != "interrupted"
