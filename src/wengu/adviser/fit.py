"""`wengu fit`: recipe, loop, card. Everything a run is stands in its folder."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from wengu.adviser.card import Card
from wengu.adviser.diagnose import judge, same_split, write_report
from wengu.adviser.predictions import write_predictions
from wengu.adviser.prepare import named, on_threads, prepared
from wengu.adviser.resume import begin_again, run_to_resume, settings_to_resume
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder, TakenError
from wengu.core.words import say
from wengu.functions import sparsity
from wengu.practice import Ledger
from wengu.practice.ledger_words import set_name
from wengu.recipes import settings_of
from wengu.recipes.rules import optimizer_of, penalty_of, schedule_of
from wengu.recipes.task import Task
from wengu.training import Diverged, Run
from wengu.training import fit as train

if TYPE_CHECKING:
    from wengu.recipes.settings import Pictures, Table


PREFLIGHT = 2.0  # seconds, about, for its trial training


@dataclass(frozen=True)
class Fitted:
    """What `fit` gives back: the run's folder, how training went, and the card."""

    path: Path
    run: Run
    card: Card

    @property
    def run_folder(self) -> RunFolder:
        """The run's files."""
        return RunFolder(self.path)

    @property
    def ledger(self) -> Ledger:
        """The measured values and the verdict."""
        return self.card.ledger


def fit(
    recipe: str,
    *,
    name: str = "",
    runs: str | Path = "runs",
    resume: bool = False,
    threads: int | None = None,
    came_from: Mapping[str, str] | None = None,
    console: Console | None = None,
    quiet: bool = False,
    **settings: Any,
) -> Fitted:
    """Train a network, judge it, and say what to try next: `wengu.fit("lenet5", data="photos/", epochs=20)`.

    `recipe` is a recipe or a network; `settings` are those of the recipe (`wengu fit RECIPE --help`), the rest keep
    their defaults. The run is written to `runs`/`name`. `resume` goes on with it from its last checkpoint. Progress is
    shown on `console`, by default standard output, unless `quiet`. `threads` are those of the processor, by default
    one: a network as small as LeNet-5 gains a quarter from a second one, loses half on a machine that does anything
    else, and gives other last digits with it. A run keeps its number when it is resumed.

    Raises InputError for settings, data or a run that cannot be used; Diverged where the cost is no longer a number.
    """
    kind, implied = named(recipe, settings, threads)
    run = run_to_resume(Path(runs), name, kind, implied.get("network", "")) if resume else None
    chosen = settings_to_resume(run, kind, settings) if run else settings_of(kind, {**implied, **settings})
    if run and threads not in (None, run.facts().get("threads")):
        raise InputError(say("threads: the run has {own}, and with another number its last digits would be others; "
                             "leave it out", own=run.facts().get("threads")))
    if console is None and not quiet:
        console = Console(soft_wrap=True)
    ready = prepared(kind, chosen, console)
    task, chosen, found = ready.task, ready.chosen, None
    if run:
        same_split(run, task)
    else:
        origin = dict.fromkeys(asdict(chosen), "default") | dict.fromkeys(implied, "name")
        origin |= {key: (came_from or {}).get(key, "call") for key in settings}
        origin |= dict.fromkeys(ready.by_rule, "rule") | dict.fromkeys(ready.by_data, "data")
        with on_threads(threads or 1):
            found = ready.checked(seconds=PREFLIGHT)
        run = _new_run(Path(runs), name, task, chosen, origin, threads or 1)
        run.write_json("preflight.json", found.to_dict())
    if console:
        for line in (_head(run, task, chosen), *(found.not_ok if found else ())):
            console.print(str(line), highlight=False, markup=False)
    with run, on_threads(run.facts().get("threads", 1)):
        given = {key: getattr(chosen, key) for key in settings}
        try:
            trained = train(
                task.model,
                (task.sets["train"].x, task.sets["train"].y),
                (task.sets["dev"].x, task.sets["dev"].y),
                objective=task.objective,
                metric=task.metric,
                run=run,
                epochs=chosen.epochs or 0,  # as the data asks by now
                batch_size=chosen.batch_size,
                micro_batch=chosen.micro_batch,
                optimizer=optimizer_of(chosen, task.model),
                decay=schedule_of(chosen),
                penalty=penalty_of(chosen, task.model),
                clip=chosen.clip,
                average=chosen.average,
                non_finite=chosen.non_finite,
                ids=task.sets["train"].ids,
                patience=chosen.patience,
                monitor=chosen.monitor,
                augment=task.augment,
                seed=chosen.seed,
                device=chosen.device,
                watcher=ready.watcher,
                resume=resume,
                begin=partial(begin_again, run, given) if resume else None,
            )
        except Diverged:
            run.note(stopped="diverged")
            raise
        return Fitted(run.path, trained, finish(run, task, trained))


def _new_run(
    runs: Path, name: str, task: Task, chosen: Pictures | Table, origin: Mapping[str, str], threads: int
) -> RunFolder:
    """runs/NAME; without a name runs/lenet5-sample, or with -2, -3, ... behind where that is taken."""
    about: dict[str, Any] = {
        "settings": asdict(chosen),
        "came_from": origin,
        "split": [(i, set_name, part.source, group) for set_name, part in task.sets.items()
                  for i, group in zip(part.ids, part.groups or ("",) * len(part), strict=True)],
        "recipe": task.recipe,
        "network": task.network,
        "seed": chosen.seed,
        "precision": "float32",
        "world_size": 1,
        "threads": threads,
        "spec": dict(task.spec),
        "examples": {set_name: len(part) for set_name, part in task.sets.items()},
        "test_opened": 0,
    }
    if name:
        return RunFolder.create(runs / name, **about)
    base = f"{task.network}-{Path(chosen.data).stem or 'data'}"
    for k in count(1):
        with suppress(TakenError):
            return RunFolder.create(runs / (base if k == 1 else f"{base}-{k}"), **about)
    raise AssertionError("count has no end")


def finish(run: RunFolder, task: Task, trained: Run) -> Card:
    """Predictions, ledger, next steps, report: what a run has when it ends."""
    if run.facts().get("best_step") != trained.best.get("step"):  # what the test set said was of other weights
        (run.path / "predictions" / "test.csv").unlink(missing_ok=True)
    run.note(stopped=trained.stopped, best_step=trained.best.get("step"), best_epoch=trained.best.get("epoch", 0),
             seconds=round(trained.seconds, 1), sparsity=sparsity(trained.model).total)
    for name in ("train", "dev"):
        write_predictions(run, name, trained.model, task.sets[name], task.classes)
    card = judge(run)
    write_report(run, card, task)
    return card


def _head(run: RunFolder, task: Task, settings: Pictures | Table) -> str:
    sizes = "  ".join(say("{name} {n:,}", name=set_name(name), n=len(part)) for name, part in task.sets.items())
    weights = sum(p.numel() for p in task.model.parameters())
    return say("{path}   {network}, {weights:,} parameters   {data}: {sizes}   {classes} classes", path=run.path,
               network=task.network, weights=weights, data=settings.data, sizes=sizes, classes=len(task.classes))
