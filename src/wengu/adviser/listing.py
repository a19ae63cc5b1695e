"""The list of a folder's runs, as values, and a line a run as `print` shows it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from wengu.adviser.columns import two_lines_if_narrow
from wengu.adviser.runs import RunSummary, brief
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.core.run_reader import is_run
from wengu.practice.metric_words import Facts, amount, metric_name, on_dev

NOTHING = "–"


@dataclass(frozen=True)
class Listing:
    """The runs of a folder, the newest first, and why its other folders are none: by name."""

    folder: Path
    runs: tuple[RunSummary, ...]
    unreadable: Mapping[str, str]

    def __str__(self) -> str:
        """A line a run, as `wengu runs` prints it."""
        return _in_letters(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {"folder": str(self.folder), "runs": [run.to_dict() for run in self.runs],
                "unreadable": dict(self.unreadable)}


def runs_in(folder: str | Path = "runs") -> Listing:
    """Every run of the folder; none where there is no such folder.

    Raises InputError where the folder is a run itself.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = RunFolder.create(Path(folder, "first"), settings={"data": "x.csv"}, recipe="table", network="softmax")
    ...     [(run.path.name, run.state) for run in runs_in(folder).runs]
    [('first', 'killed')]
    """
    folder = Path(folder)
    if is_run(folder):
        raise InputError(say("{folder} is a run itself; give the folder that holds it, {parent}", folder=folder,
                             parent=folder.parent))
    runs, unreadable = [], {}
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name) if folder.exists() else ():
        if entry.name.startswith("."):
            continue
        path = folder / entry.name
        try:
            if not entry.is_dir():
                continue
            runs.append(brief(RunFolder(path)))
        except (OSError, InputError) as error:
            none = isinstance(error, InputError) and not os.path.lexists(path / "run.json")
            unreadable[entry.name] = say("no run.json") if none else str(error)
    return Listing(folder, tuple(sorted(runs, key=lambda run: run.created, reverse=True)), unreadable)


def _in_letters(listing: Listing) -> str:
    """A line a run, or two where the terminal is narrow; then what could not be read."""
    metrics = {run.metric["name"]: run.metric for run in listing.runs if run.metric}
    alone = on_dev(*metrics.values()) if len(metrics) == 1 else None  # else each value says by which it is
    head = (say("run"), say("network, data"), say("started"), "", say("state"), say("cause"), say("epochs"),
            say("seconds"), alone or say("on dev"), say("dev cost"))

    def value(metric: Facts | None, value: float | None) -> str:
        if metric is None or value is None:
            return NOTHING
        return amount(metric, value) if alone else f"{metric_name(metric)} {amount(metric, value)}"

    this_year = {run.created.year for run in listing.runs} == {date.today().year}
    day = "%m-%d" if this_year else "%Y-%m-%d"
    rows = [
        (run.path.name, f"{run.network}, {Path(run.data).name}", f"{run.created:{day}}", f"{run.created:%H:%M}",
         run.state_in_words, run.cause_in_words or NOTHING, f"{run.epochs}/{_or_nothing(run.epochs_asked)}",
         _or_nothing(run.seconds, ".1f"), value(run.metric, run.dev_metric), _or_nothing(run.dev_cost, ".4g"))
        for run in listing.runs
    ]
    if rows:
        text = two_lines_if_narrow(head, rows, left=6, under=(1, 3, 5, 7, 9))
    else:
        text = say("{folder} holds no run yet; start one: wengu fit lenet5", folder=listing.folder)
    if listing.unreadable:
        text += "\n" + say("not read: {folders}", folders="; ".join(
            say("{name} ({why})", name=name, why=why) for name, why in listing.unreadable.items()))
    return text


def _or_nothing(value: float | None, form: str = "") -> str:
    return NOTHING if value is None else format(value, form)
