"""What `fit` and `check` begin with: the recipe of the name, the data read, the settings that rules and data decide."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.recipes import recipe as recipe_of
from wengu.recipes import resolve, settings_by_rule
from wengu.recipes.rules import optimizer_of
from wengu.recipes.task import Task
from wengu.training import (
    PLAIN,
    ComputeFormat,
    Preflight,
    Shown,
    Silent,
    Source,
    UnfreezeSchedule,
    Watcher,
    World,
    channels_first,
    fastest,
    laid_out,
    preflight,
    schedule_of_run,
    transfer,
)
from wengu.training.precision import Precision
from wengu.training.world import ALONE

if TYPE_CHECKING:
    from rich.console import Console

    from wengu.recipes.settings import Pictures, Table

MOST_THREADS = MOST_PROCESSES = 1024


@dataclass(frozen=True)
class Prepared:
    """The task, the settings as they are by now, and which of them a rule or the data decided."""

    task: Task
    chosen: Pictures | Table
    by_rule: Mapping[str, Any]
    by_data: Mapping[str, Any]
    watcher: Watcher
    device: str  # of several processes each has its own
    plan: UnfreezeSchedule | None = None  # which layers train when, after a transfer
    transfer: Mapping[str, Any] = field(default_factory=dict)  # what run.json says of it
    pace: ComputeFormat = PLAIN

    def origin(
        self, given: Mapping[str, Any], implied: Mapping[str, Any], came_from: Mapping[str, str] | None
    ) -> dict[str, str]:
        """Where the value of each setting came from."""
        origin = dict.fromkeys(asdict(self.chosen), "default") | dict.fromkeys(implied, "name")
        origin |= {key: (came_from or {}).get(key, "call") for key in given}
        return origin | dict.fromkeys(self.by_rule, "rule") | dict.fromkeys(self.by_data, "data")

    def pace_here(self, facts: Mapping[str, Any]) -> ComputeFormat:
        """How the network runs fastest here, by measurement, unless the precision is given; a run keeps its own."""
        if facts:
            precision: Precision = "bf16" if facts.get("precision") == "bf16" else "fp32"
            return ComputeFormat(precision, facts.get("channels_last", True))
        task, chosen = self.task, self.chosen
        if chosen.precision != "auto":
            return ComputeFormat(chosen.precision, channels_last=any(w.dim() == 4 for w in task.model.parameters()))
        some = slice(min(chosen.batch_size, chosen.micro_batch or chosen.batch_size))
        x, y = (part[some].to(self.device) for part in (task.sets["train"].x, task.sets["train"].y))
        return fastest(task.model, x if task.augment is None else task.augment(x), y, task.loss_fn)

    def paced(self, pace: ComputeFormat) -> Prepared:
        """The same with its model laid out so."""
        laid_out(self.task.model, channels_last=pace.channels_last)
        return replace(self, pace=pace)

    @property
    def augment(self) -> Callable[[Tensor], Tensor] | None:
        """That of the task; where channels come first, so do its pictures'."""
        if self.task.augment is None or self.pace.channels_last:
            return self.task.augment
        augment = self.task.augment
        return lambda x: channels_first(augment(x))

    def checked(self, *, seconds: float) -> Preflight:
        """The pre-flight of the training that these settings ask for."""
        task, chosen = self.task, self.chosen
        train, dev, epochs = task.sets["train"], task.sets["dev"], chosen.epochs or 0  # as the data asks by now
        if self.plan is not None:
            self.plan.at(epochs)  # all that will ever train
        return preflight(
            task.model,
            (train.x, train.y),
            (dev.x, dev.y),
            loss_fn=task.loss_fn,
            metric=task.metric,
            expected_cost=math.log(len(task.classes)),
            classes=task.classes,
            ids={"train": train.ids, "dev": dev.ids},
            epochs=epochs,
            batch_size=chosen.batch_size,
            micro_batch=chosen.micro_batch,
            optimizer_of=partial(optimizer_of, chosen, plan=self.plan),
            transferred=self.plan is not None,
            precision=self.pace.precision,
            augment=self.augment,
            seed=chosen.seed,
            device=self.device,
            seconds=seconds,
        )


def named(
    recipe: str, settings: Mapping[str, Any], threads: int | None, processes: int | None = None
) -> tuple[str, dict[str, str]]:
    """The recipe, and the settings that its name decides. Raises InputError where others are given."""
    kind, implied = resolve(recipe)
    for key, value in implied.items():
        if settings.get(key, value) != value:
            raise InputError(say("{key}: {recipe} is {value} itself, got {got}; leave it out", key=key,
                                 recipe=recipe, value=value, got=settings[key]))
    for what, number, most in (("threads", threads, MOST_THREADS), ("processes", processes, MOST_PROCESSES)):
        if number is not None and not 1 <= number <= most:
            raise InputError(say("{name}: expected from 1 to {most}, got {got}", name=what, most=most, got=number))
    return kind, implied


def prepared(
    kind: str, chosen: Pictures | Table, console: Console | None, facts: Mapping[str, Any] | None = None,
    world: World = ALONE,
) -> Prepared:
    """Read the data and make the model, with the layers of another where --from says so.

    `facts` are those of a run that goes on: its checkpoint has the weights. Raises InputError for a device, data or a
    source of weights that cannot be used.
    """
    device = f"cuda:{os.environ['LOCAL_RANK']}" if world.size > 1 and chosen.device == "cuda" else chosen.device
    try:
        torch.empty(1, device=device).cpu()
    except (RuntimeError, AssertionError) as error:
        raise InputError(say("device: {device} cannot be used here: {reason}", device=device,
                             reason=str(error).splitlines()[0])) from None
    watcher: Watcher = Shown(console) if console else Silent()
    with watcher.counting(say("reading {data}", data=chosen.data)) as progress:
        task = recipe_of(kind).prepare(chosen, progress=progress)
    by_rule, by_data = settings_by_rule(chosen), task.chosen
    ready = Prepared(task, replace(chosen, **by_rule, **by_data), by_rule, by_data, watcher, device)
    notes = task.notes
    if chosen.from_ and facts:
        ready = replace(ready, plan=schedule_of_run(task.model, facts["transfer"]), transfer=facts["transfer"])
    elif chosen.from_:
        taken = transfer(task.model, Source.read(chosen.from_, warn=watcher.warn), examples=len(task.sets["train"]),
                         classes=task.classes, freeze=chosen.freeze, spec=task.spec)
        ready, notes = replace(ready, plan=taken.plan, transfer=taken.to_dict()), (*notes, *taken.notes)
    if console:
        for note in notes:
            console.print(note, highlight=False, markup=False, style="dim")
    return ready


@contextmanager
def on_threads(n: int) -> Iterator[None]:
    """So many threads of the processor; afterwards as many as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)
