"""`wengu fit`: recipe, loop, card. Everything a run is stands in its folder."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from wengu.adviser.card import Card
from wengu.adviser.diagnose import judge
from wengu.adviser.set_comparison import keep
from wengu.core.checks import InputError
from wengu.core.console import Console
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.core.seeds import seed_for
from wengu.functions import sparsity
from wengu.layers import summary
from wengu.practice import Ledger
from wengu.project.compare_sets import compare_sets
from wengu.project.diagnose import write_report
from wengu.project.plain_model import keep_baseline
from wengu.recipes import settings_of, words_of
from wengu.recipes.own_import import one_line_errors
from wengu.recipes.own_network import refuse_among_runs
from wengu.recipes.task import Task
from wengu.running.load import load
from wengu.running.nearer_train import as_trained
from wengu.running.new_run import checked_name, introduce, new_run
from wengu.running.prepare import Prepared, at_once, named, on_threads, prepared
from wengu.running.processes import fit_in_processes
from wengu.running.resume import run_to_resume, same_machine, settings_to_resume, told_where
from wengu.running.same_data import same_data
from wengu.running.train import by_gradient, by_own_trainer
from wengu.running.write_predictions import JUDGED, remove_predictions, write_predictions
from wengu.training import Run, joined, launched
from wengu.training.launch import RunMarker
from wengu.training.tensorboard import needs_tensorboard

PREFLIGHT = 2.0  # seconds, about, for its trial training


@dataclass(frozen=True)
class FitResult:
    """What `fit` gives back: the run's folder, how training went, and the card.

    A task with a trainer of its own has no card, and gives its product.
    """

    path: Path
    run: Run
    card: Card | None
    product: Any = None

    @property
    def run_folder(self) -> RunFolder:
        """Reads and writes the files in `path`."""
        return RunFolder(self.path)

    @property
    def ledger(self) -> Ledger:
        """The measured values and the verdict. Raises InputError where nothing was judged."""
        if self.card is None:
            raise InputError(say("{path} has no metric: there is nothing to judge it by, and what it made is in its "
                                 "folder", path=self.path))
        return self.card.ledger


@one_line_errors()
def fit(
    recipe: str,
    *,
    name: str = "",
    runs: str | Path = "runs",
    resume: bool = False,
    threads: int | None = None,
    processes: int | None = None,
    tensorboard: bool = False,
    came_from: Mapping[str, str] | None = None,
    console: Console | None = None,
    quiet: bool = False,
    **settings: Any,
) -> FitResult:
    """Train a network, judge it, and say what to try next: `wengu.fit("lenet5", data="photos/", epochs=20)`.

    recipe        a recipe or a network
    name, runs    the run is written to `runs`/`name`; by default runs/lenet5-sample and the like
    resume        go on with that run from its last checkpoint
    threads       of the processor, by default one: a network as small as LeNet-5 gains a quarter from a second one,
                  loses half on a machine that does anything else, and gives other last digits with it
    processes     train together, each with its part of every mini-batch and threads of its own; where one dies all go
                  on from the last checkpoint; they write to standard output, whatever `console` is
    tensorboard   mirror the curves in the run for TensorBoard
    came_from     where each setting came from, where not from this call: for the run's record
    console       where progress is shown, by default standard output
    quiet         show none
    settings      those of the recipe (`wengu fit RECIPE --help`); the rest keep their defaults

    On several machines start the same under torchrun, without `processes`. A run keeps threads and processes when it is
    resumed.

    Raises InputError for settings, data or a run that cannot be used; Diverged where the cost is no longer a number.

    >>> from tempfile import TemporaryDirectory; from sklearn.datasets import load_iris
    >>> with TemporaryDirectory() as folder:
    ...     load_iris(as_frame=True).frame.to_csv(f"{folder}/iris.csv", index=False)
    ...     run = fit("softmax", data=f"{folder}/iris.csv", target="target", runs=folder, epochs=20, quiet=True)
    >>> run.path.name, [row.set for row in run.card.ledger.rows], run.run.best["dev_error"] < 0.2
    ('softmax-iris', ['train', 'dev'], True)
    """
    if tensorboard:
        needs_tensorboard()
    runs, name = Path(runs), name if resume else checked_name(name)
    settings = {key: value for key, value in settings.items() if value is not None}  # as if it had not been given
    kind, implied = named(recipe, settings, threads, processes)
    network = implied.get("network", "")
    if not launched():
        own = run_to_resume(runs, name, kind, network).facts().get("world_size", 1) if resume else 1
        if (processes or own) > 1:
            plain = asdict(settings_of(kind, {**implied, **settings}))
            options = {"--name": name, "--resume": resume, "--threads": threads, "--tensorboard": tensorboard}
            return _fetched(fit_in_processes(
                processes or own,
                recipe,
                settings={key: plain[key if key in plain else f"{key}_"] for key in settings},
                came_from=came_from or {},
                runs=runs,
                flags=[flag if value is True else f"{flag}={value}" for flag, value in options.items() if value],
                quiet=quiet and console is None,
            ), settings.get("network", ""))
    with joined() as world, ExitStack() as held:
        if processes not in (None, world.size):
            raise InputError(say("processes: torchrun has started {n}, got {got}; leave --processes out",
                                 n=world.size, got=processes))
        if not world.is_first:
            console, quiet = None, True
        elif console is None and not quiet:
            console = Console(soft_wrap=True)
        memory = RunMarker.of_this_process()
        if again := next(filter(None, world.all_gather(memory.name if launched() else None)), None):
            name, resume = again, True
            if console:
                console.print(say("a process died; all continue from the last checkpoint of {path}", path=runs / name))

        run = world.on_rank_zero(lambda: run_to_resume(runs, name, kind, network)) if resume else None
        facts: dict[str, Any] = world.on_rank_zero(lambda: dict(run.facts())) if run else {}
        chosen = (world.on_rank_zero(lambda: settings_to_resume(run, kind, settings)) if run
                  else settings_of(kind, {**implied, **settings}))
        if run is None:
            refuse_among_runs(chosen.network, runs)
        else:
            same_machine(facts, threads=threads, processes=world.size)
        with told_where(chosen.data) if run else nullcontext():
            ready = world.on_all_ranks(lambda: prepared(kind, chosen, console, facts, world))
        if ready.task.trainer is not None and world.size > 1:
            raise InputError(say("processes: {recipe} is not trained by gradient steps, which processes could share; "
                                 "leave it out", recipe=kind))
        threads = facts.get("threads", threads or 1)

        def started() -> RunFolder:
            if run is not None:
                same_data(run, ready.task)
                introduce(console, run, ready, world)
                held.enter_context(run)
                return RunFolder(run.path)
            found = ready.checked(seconds=PREFLIGHT)
            made = new_run(runs, name, ready, ready.origin(settings, implied, came_from), threads=threads, world=world)
            made.write_json("preflight.json", found.to_dict())
            made.write_json("parameters.json", summary(ready.model).to_dict())
            introduce(console, made, ready, world)
            if console:
                for line in found.not_ok:
                    console.print(str(line), highlight=False, markup=False)
            held.enter_context(made)
            return RunFolder(made.path)

        with on_threads(threads):
            ready = ready.in_form(world.on_rank_zero(lambda: ready.form_here(facts)))
            folder = world.on_rank_zero(started)
            if launched():
                memory.keep(folder.path.name)
            given = {key: getattr(ready.chosen, key) for key in settings if hasattr(ready.chosen, key)}
            try:
                if ready.task.trainer is not None:
                    product = by_own_trainer(ready, folder, resume, given)
                    memory.forget()
                    facts = folder.facts()
                    return FitResult(folder.path, Run(ready.model, folder, [], {}, facts["stopped"], facts["seconds"]),
                                     None, product)
                trained = by_gradient(ready, folder, resume, given, world, tensorboard=tensorboard)
                card = world.on_rank_zero(lambda: finish(folder, ready, trained))
            except KeyboardInterrupt:
                if console:
                    console.print(say("stopped; continue it: wengu fit {words} --name {name} --resume",
                                      words=words_of(kind, ready.task.network), name=folder.path.name))
                raise
            memory.forget()
            return FitResult(folder.path, trained, card)


def _fetched(path: Path, network: str = "") -> FitResult:
    """What processes of their own have left."""
    run = RunFolder.open(path)
    facts, history = run.facts(), [row for row in run.metrics() if "epoch" in row]
    best = next((row for row in history if row["step"] == facts.get("best_step")), {})
    model = load(path, network=network).model
    return FitResult(path, Run(model, run, history, best, facts["stopped"], facts["seconds"]), judge(run))


def finish(run: RunFolder, ready: Prepared, trained: Run) -> Card:
    """Predictions, ledger, next steps, report: what a run has when it ends."""
    task = as_trained(ready.task)
    if run.facts().get("best_step") != trained.best.get("step"):  # what the test set said was of other weights
        remove_predictions(run, "test")
    run.note(stopped=trained.stopped, best_step=trained.best.get("step"), best_epoch=trained.best.get("epoch", 0),
             seconds=round(trained.seconds, 1), sparsity=sparsity(trained.model).total)
    for name in JUDGED:
        if name not in task.sets:
            continue
        write_predictions(run, name, trained.model, _sampled(task, name), size=at_once(ready.chosen))
    keep(run, compare_sets(task))
    keep_baseline(run, task)
    card = judge(run)
    write_report(run, card, task, trained.model)
    return card


def _sampled(task: Task, name: str) -> Task:
    """Where answers take long only as many training examples are judged as dev has, drawn by chance from a seed."""
    split, most = task.sets[name], len(task.sets["dev"])
    if task.judge_most is None or name != "train" or len(split) <= most:
        return task
    index = np.random.default_rng(seed_for(0, "judged")).choice(len(split), most, replace=False)
    return replace(task, sets={**task.sets, name: split.take(sorted(index.tolist()))})
