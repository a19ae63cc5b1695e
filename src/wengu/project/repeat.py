"""`wengu fit … --repeat 3`: the same settings under several seeds, to see what the seed alone does.

    runs/NAME, NAME-seed1, NAME-seed2        seeds s, s+1, s+2; the split keeps its own seed

What has ended is kept, so that after Ctrl-C, or of a run that was trained once, the rest goes on with --resume.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wengu.adviser.card import Card
from wengu.adviser.diagnose import judge
from wengu.core.checks import InputError, at_least
from wengu.core.console import Console
from wengu.core.i18n import say
from wengu.core.printable import printable
from wengu.core.run_folder import RunFolder
from wengu.practice import Ledger
from wengu.project.again import ended, fit_again
from wengu.project.diagnose import write_report
from wengu.project.fit import fit
from wengu.recipes import words_of
from wengu.running.new_run import checked_name
from wengu.running.prepare import named
from wengu.running.resume import run_to_resume
from wengu.training import launched

MOST = 1000  # seeds


@dataclass(frozen=True)
class Repeated:
    """The runs, the first one first, the value on dev of each, and the card of the first."""

    paths: tuple[Path, ...]
    values: tuple[float, ...]
    card: Card | None
    stopped: str  # 'interrupted' where not all have ended

    @property
    def path(self) -> Path:
        """Of the first run."""
        return self.paths[0]


def repeat(
    recipe: str,
    *,
    times: int = 3,
    name: str = "",
    runs: str | Path = "runs",
    resume: bool = False,
    console: Console | None = None,
    quiet: bool = False,
    came_from: Mapping[str, str] | None = None,
    threads: int | None = None,
    processes: int | None = None,
    tensorboard: bool = False,
    **settings: Any,
) -> Repeated:
    """Train `times` runs that differ in the seed alone; the arguments are those of `wengu.fit`.

    With `resume` what has ended is kept, what has not goes on, and what is not there begins.

    Raises InputError for fewer than two, under torchrun, where a run of such a name is there, and as `fit` does.

    >>> from tempfile import TemporaryDirectory; from sklearn.datasets import load_iris
    >>> with TemporaryDirectory() as folder:
    ...     load_iris(as_frame=True).frame.to_csv(f"{folder}/iris.csv", index=False)
    ...     found = repeat("softmax", data=f"{folder}/iris.csv", target="target", runs=folder, epochs=5, quiet=True)
    >>> [path.name for path in found.paths]
    ['softmax-iris', 'softmax-iris-seed1', 'softmax-iris-seed2']
    """
    at_least("repeat", times, 2)
    if times > MOST or launched():
        raise InputError(say("repeat: expected from 2 to {most}, got {got}", most=MOST, got=times) if times > MOST else
                         say("repeat: under torchrun a command trains one run; give --processes instead"))
    runs = Path(runs)
    how: dict[str, Any] = {"tensorboard": tensorboard, "console": console, "quiet": quiet}
    if resume:
        if not name:
            raise InputError(say("repeat: with --resume give the --name of the first run"))
        kind, implied = named(recipe, settings, threads, processes)
        first = run_to_resume(runs, name, kind, implied.get("network", ""))
    else:
        _none_there(runs, checked_name(name), settings.get("seed") or 0, times)
    if not (resume and ended(first)) or any(value is not None for value in settings.values()):
        fitted = fit(recipe, name=name, runs=runs, resume=resume, came_from=came_from, threads=threads,
                     processes=processes, **how, **settings)
        first = fitted.run_folder
        _judged(first)
        if fitted.run.stopped == "interrupted":
            return _stopped([first], console, times)
    begun, folders = first.settings()[0]["seed"], [first]
    for seed in range(begun + 1, begun + times):
        folders.append(RunFolder(runs / _name(first.path.name, seed)))
        if not fit_again(first, folders[-1].path, changes={"seed": seed}, how=how):
            return _stopped(folders, console, times)
    return Repeated(tuple(run.path for run in folders), tuple(map(_judged, folders)), _card(first), "")


def _none_there(runs: Path, name: str, seed: int, times: int) -> None:
    """Before hours are spent: none of the runs to come may be there already."""
    for k in range(seed + 1, seed + times) if name else ():
        if (path := runs / _name(name, k)).exists():
            raise InputError(say("{path} is there already; go on with it by --resume, or give another --name",
                                 path=path))


def _name(first: str, seed: int) -> str:
    return f"{first}-seed{seed}"


def _judged(run: RunFolder) -> float:
    """The value on dev. Raises InputError where there is none to compare."""
    if run.facts().get("metric") is None:
        raise InputError(say("repeat: {path} has no metric, so there is nothing that seeds could move", path=run.path))
    rows = Ledger.from_dict(run.read_json("ledger.json")).rows
    return next(row.value for row in rows if row.set == "dev")


def _card(run: RunFolder) -> Card:
    """Of the first run, now that the others are beside it; kept in it."""
    with run:
        card = judge(run)
        write_report(run, card)
        return card


def _stopped(folders: list[RunFolder], console: Console | None, times: int) -> Repeated:
    """Ctrl-C: what has ended is kept."""
    first, facts = folders[0], folders[0].facts()
    where = "" if first.path.parent == Path("runs") else f" --runs {printable(first.path.parent)}"
    if console:
        console.print(say("stopped; the rest of the {n} {n:run|runs}: wengu fit {words} --name {name} --resume "
                          "--repeat {n}", n=times, words=words_of(facts["recipe"], facts["network"]),
                          name=first.path.name) + where,
                      highlight=False, markup=False)
    return Repeated(tuple(run.path for run in folders), (), _card(first) if ended(first) else None, "interrupted")
