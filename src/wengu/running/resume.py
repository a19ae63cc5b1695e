"""`wengu fit --resume`: which run goes on, and with which settings."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wengu.core.checks import InputError
from wengu.core.files import remove_files
from wengu.core.i18n import say
from wengu.core.old_settings import columns_as_before
from wengu.core.regular_file import open_regular
from wengu.core.run_folder import RunFolder
from wengu.recipes import settings_of
from wengu.recipes.own_network import FOLDER, files_of, is_own, network_of
from wengu.recipes.task import Task
from wengu.running.write_predictions import JUDGED, remove_predictions

if TYPE_CHECKING:
    from wengu.recipes.settings import Training

MAY_CHANGE = ("epochs", "patience", "human", "worth", "level", "device", "data", "other", "split")
"On resume: the rest is the run's own, and data and split are only where they lie now."


def run_to_resume(runs: Path, name: str, kind: str, network: str) -> RunFolder:
    """The run of this name; without one the newest of this recipe, and network where one is given.

    Raises InputError where there is none, where it is of another recipe, or where its cost has diverged.
    """
    if not name:
        return _newest(runs, kind, network)
    run = RunFolder.open(runs / name)
    facts = run.facts()
    if facts.get("recipe") != kind:
        raise InputError(say("{path} is a run of {found}, not of {recipe}", path=run.path, found=facts.get("recipe"),
                             recipe=kind))
    if network and (own := facts.get("network")) != network:
        raise InputError(say("{path} is a run of {found}, not of {recipe}", path=run.path, found=own, recipe=network))
    if facts.get("stopped") == "diverged":
        raise InputError(say("{path} diverged, and would again; start a new run with a smaller --lr", path=run.path))
    return run


def settings_to_resume(run: RunFolder, kind: str, given: Mapping[str, Any]) -> Training:
    """The run's own settings, with what may change changed. Raises InputError for the rest."""
    own = columns_as_before(run.settings()[0], run.facts())
    own |= {"network": network_of(run, given.get("network", ""))} if is_own(run.facts()) else {}
    settings, before = settings_of(kind, {**own, **given}), settings_of(kind, own)
    for key in given:
        if key not in MAY_CHANGE and getattr(settings, key) != getattr(before, key):
            key = key.rstrip("_")
            raise InputError(
                say("{key}: the run has {own}, and resume continues with its own settings (only {free} may change); "
                    "leave it out, or start a new run", key=key, own=own.get(key), free=", ".join(MAY_CHANGE))
            )
    return settings


def same_machine(facts: Mapping[str, Any], *, threads: int | None, processes: int) -> None:
    """Threads and processes are the run's own. Raises InputError for others."""
    if threads not in (None, facts.get("threads")):
        raise InputError(say("threads: the run has {own}, and with another number its last digits would differ; leave "
                             "it out", own=facts.get("threads")))
    if processes != (own := facts.get("world_size", 1)):
        raise InputError(say("processes: the run has {own}, and with another number its last digits would differ; "
                             "leave it out, or give torchrun as many", own=own))


def begin_again(run: RunFolder, given: Mapping[str, Any], task: Task) -> None:
    """What the run said of itself when it ended is no longer so; to be called under its lock."""
    own, came_from = run.settings()
    if given:
        run.write_settings({**own, **given}, came_from | dict.fromkeys(given, "resume"))
    if "network" in given:  # one's own, named once more, may have another place and content
        others = {name: digest for name, digest in run.facts()["files"].items() if not name.startswith(f"{FOLDER}/")}
        files = others | run.keep({**task.files, **files_of(task.network)})
        run.note(network=task.network, spec=dict(task.spec), files=files)
    run.note(stopped="")
    remove_predictions(run, *JUDGED)
    remove_files(run.path / "ledger.json", run.path / "report.html", run.path / "curve.json")


@contextmanager
def told_where(data: str) -> Iterator[None]:
    """Where the data of a run is not found, the error says how to tell where it is now."""
    try:
        yield
    except (InputError, FileNotFoundError) as error:
        if os.path.lexists(Path(data).expanduser()):
            raise
        raise InputError(say("{error}; if the data of the run has moved, say where it is now: --data PATH",
                             error=error)) from None


def _newest(runs: Path, kind: str, network: str) -> RunFolder:
    """Runs that cannot be read, or cannot go on, are passed over: they are not the one that is meant.

    Raises PermissionError where there is none but such as may not be read.
    """
    found: list[tuple[float, RunFolder]] = []
    barred: list[PermissionError] = []
    for path in sorted(runs.iterdir()) if runs.is_dir() else ():
        try:
            open_regular(path / "run.json").close()
            run = RunFolder.open(path)
            facts = run.facts()
        except PermissionError as error:
            barred.append(error)
            continue
        except (InputError, OSError):
            continue
        if facts.get("recipe") == kind and network in ("", facts.get("network")) and facts.get("stopped") != "diverged":
            found.append((_began(run, facts), run))
    if found:
        return max(found, key=lambda one: one[0])[1]
    if barred:
        raise barred[0]
    raise InputError(say("there is no run of {recipe} in {runs} to continue; leave --resume out to start one",
                         recipe=network or kind, runs=runs))


def _began(run: RunFolder, facts: Mapping[str, Any]) -> float:
    """When, in seconds: the clocks of two runs may have been in two time zones."""
    try:
        return datetime.fromisoformat(facts["created"]).timestamp()
    except (InputError, TypeError, ValueError, OverflowError, OSError):
        return (run.path / "run.json").stat().st_mtime
