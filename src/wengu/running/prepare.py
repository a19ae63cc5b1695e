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
from torch import Tensor, nn

from wengu.core.batches import Batch, mapped, read
from wengu.core.checks import InputError, trainable
from wengu.core.i18n import say
from wengu.recipes import recipe as recipe_of
from wengu.recipes import resolve, settings_by_rule
from wengu.recipes.balance import with_balanced_batches
from wengu.recipes.own_network import files_of
from wengu.recipes.rules import optimizer_of
from wengu.recipes.settings import epochs_for
from wengu.recipes.task import Task
from wengu.running.fewer_examples import fewer_examples
from wengu.running.nearer_train import nearer_to_dev
from wengu.running.remembered_format import remembered
from wengu.training import (
    PLAIN,
    ComputeFormat,
    Judge,
    Preflight,
    PretrainedWeights,
    Shown,
    Silent,
    UnfreezeSchedule,
    Watcher,
    World,
    contiguous,
    fastest_format,
    in_memory_format,
    preflight,
    schedule_of_run,
    transfer,
    usual_format,
)
from wengu.training.precision import Precision
from wengu.training.transfer_fits import FEWEST, MOST
from wengu.training.world import ALONE

if TYPE_CHECKING:
    from rich.console import Console

    from wengu.recipes.settings import Training

MOST_THREADS = MOST_PROCESSES = 1024


@dataclass(frozen=True)
class Prepared:
    """The task, the settings as they are by now, and which of them a rule or the data decided."""

    task: Task
    model: nn.Module
    chosen: Training
    by_rule: Mapping[str, Any]
    by_data: Mapping[str, Any]
    watcher: Watcher
    device: str  # of several processes each has its own
    plan: UnfreezeSchedule | None = None  # which layers train when, after a transfer
    transfer: Mapping[str, Any] = field(default_factory=dict)  # what run.json says of it
    form: ComputeFormat = PLAIN

    def origin(
        self, given: Mapping[str, Any], implied: Mapping[str, Any], came_from: Mapping[str, str] | None
    ) -> dict[str, str]:
        """Where the value of each setting came from."""
        origin = dict.fromkeys(asdict(self.chosen), "default") | dict.fromkeys(implied, "name")
        origin |= {key: (came_from or {}).get(key, "call") for key in given}
        return origin | dict.fromkeys(self.by_rule, "rule") | dict.fromkeys(self.by_data, "data")

    def form_here(self, facts: Mapping[str, Any]) -> ComputeFormat:
        """How the network runs fastest here, by what was measured once, or as is asked for; a run keeps its own."""
        if facts:
            precision: Precision = "bf16" if facts.get("precision") == "bf16" else "fp32"
            last = facts.get("memory_format", "channels_last" if facts.get("channels_last", True) else "")
            return ComputeFormat(precision, "channels_last" if last == "channels_last" else "contiguous")
        task, chosen = self.task, self.chosen
        if task.trainer is not None:
            return PLAIN
        train = task.sets["train"].examples
        most = min(chosen.batch_size, chosen.micro_batch or chosen.batch_size)
        index = torch.arange(len(task.sets["train"])) if task.order is None else task.order(1)[0]
        batch = mapped(lambda t: t.to(self.device), read(train, index[:most]))
        with torch.random.fork_rng():
            batch = batch if task.augment is None else task.augment(batch)
        model = self.model.to(self.device)
        if chosen.precision != "auto":
            return usual_format(model, batch, task.loss_fn, precision=chosen.precision)
        return remembered(model, batch, lambda: fastest_format(model, batch, task.loss_fn),
                          code=files_of(task.network))

    def in_form(self, form: ComputeFormat) -> Prepared:
        """The same with its model laid out so."""
        in_memory_format(self.model, form.memory_format)
        return replace(self, form=form)

    @property
    def augment(self) -> Callable[[Batch], Batch] | None:
        """That of the task; where channels come first, so do its pictures'."""
        if self.task.augment is None or self.form.memory_format == "channels_last":
            return self.task.augment
        augment = self.task.augment
        return lambda batch: contiguous(augment(batch))

    @property
    def judge(self) -> Judge | None:
        """What dev is judged by while the model trains."""
        task = self.task
        if task.metric is None:
            return None
        return Judge(task.predict, task.metric, task.sets["dev"].truth, task.judge_every, task.judge_most)

    def checked(self, *, seconds: float, range_test: bool = False) -> Preflight:
        """The pre-flight of the training that these settings ask for."""
        task, chosen = self.task, self.chosen
        if task.trainer is not None:  # it knows by itself what it needs
            return Preflight(tuple(task.checks() if task.checks else ()), 0.0)
        train, dev, epochs = task.sets["train"], task.sets["dev"], chosen.epochs or 0  # as the data asks by now
        if self.plan is not None:
            self.plan.at(epochs)  # all that will ever train
        knows_nothing = math.log(len(task.classes)) if task.classes else None
        return preflight(
            self.model,
            train.examples,
            dev.examples,
            loss_fn=task.loss_fn,
            num_items=task.num_items,
            judge=self.judge,
            order=task.order,
            checks=task.checks() if task.checks else (),
            expected_cost=task.expected_cost if task.expected_cost is not None else knows_nothing,
            least_cost=task.least_cost,
            classes=task.classes,
            ids={"train": train.ids, "dev": dev.ids},
            epochs=epochs,
            batch_size=chosen.batch_size,
            micro_batch=chosen.micro_batch,
            optimizer_of=partial(optimizer_of, chosen, plan=self.plan),
            transferred=self.plan is not None,
            precision=self.form.precision,
            augment=self.augment,
            seed=chosen.seed,
            device=self.device,
            seconds=seconds,
            range_test=range_test,
        )


def named(
    recipe: str, settings: Mapping[str, Any], threads: int | None, processes: int | None = None
) -> tuple[str, dict[str, str]]:
    """The recipe, and the settings that its name decides. Raises InputError where others are given."""
    kind, implied = resolve(recipe)
    for key, value in implied.items():
        if settings.get(key, value) != value:
            raise InputError(say("{key}: it is {value} for {recipe}, got {got}; leave it out", key=key,
                                 recipe=recipe, value=value, got=settings[key]))
    for what, number, most in (("threads", threads, MOST_THREADS), ("processes", processes, MOST_PROCESSES)):
        if number is not None and not 1 <= number <= most:
            raise InputError(say("{name}: expected from 1 to {most}, got {got}", name=what, most=most, got=number))
    return kind, implied


def prepared(
    kind: str, chosen: Training, console: Console | None, facts: Mapping[str, Any] | None = None,
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
    by_rule = settings_by_rule(kind, chosen)
    chosen = replace(chosen, **by_rule)
    with watcher.counting(say("reading {data}", data=chosen.data)) as progress:
        task = recipe_of(kind).prepare(chosen, progress=progress)
    task = fewer_examples(task, getattr(chosen, "train_examples", None), seed=chosen.split_seed)
    task = nearer_to_dev(with_balanced_batches(task, chosen), chosen)
    by_data = {**_epochs(chosen, task), **task.chosen}
    model = task.model()
    if task.trainer is None:
        trainable(f"network: {task.network}", model)
    ready = Prepared(task, model, replace(chosen, **by_data), by_rule, by_data, watcher, device)
    notes = task.notes
    begins_with = getattr(chosen, "transfers", False)  # what the loop does not train begins with nothing
    if begins_with and facts:
        ready = replace(ready, plan=schedule_of_run(model, facts["transfer"]), transfer=facts["transfer"])
    elif begins_with:
        taken = transfer(model, _source(kind, chosen, task, watcher), examples=len(task.sets["train"]),
                         classes=task.classes or (), freeze=chosen.freeze, heads=task.heads,
                         spec=task.spec, seen=_some(task))
        ready, notes = replace(ready, plan=taken.plan, transfer=taken.to_dict()), (*notes, *taken.notes)
    if console:
        for note in notes:
            console.print(note, highlight=False, markup=False, style="dim")
    return ready


def _epochs(chosen: Training, task: Task) -> dict[str, int]:
    """As many as the training set's size needs, where they are left to it; a trainer of its own has none."""
    if task.trainer is not None or chosen.epochs is not None:
        return {}
    return {"epochs": epochs_for(len(task.sets["train"]), most=chosen.MOST_EPOCHS)}


def _source(kind: str, chosen: Training, task: Task, watcher: Watcher) -> PretrainedWeights:
    """The weights to begin with: of a run, of a file, or those that the network is published with."""
    published = getattr(recipe_of(kind), "pretrained", None)
    if chosen.from_ in ("published", "pretrained") and published is not None:
        with watcher.counting(say("fetching {name}", name=task.network)) as progress:
            weights: PretrainedWeights = published(task.network, task.spec, progress=progress)
            return weights
    return PretrainedWeights.read(chosen.from_, warn=watcher.warn)


def _some(task: Task) -> tuple[Tensor, Tensor] | None:
    """A few training examples with their classes, where inputs are one tensor of real numbers."""
    train = task.sets["train"]
    if not task.classes or len(train) < FEWEST:
        return None
    index = torch.linspace(0, len(train) - 1, min(len(train), MOST)).round().long()
    inputs, targets = read(train.examples, index)
    if not isinstance(inputs, Tensor) or inputs.dtype == torch.long or getattr(targets, "dtype", None) != torch.long \
            or targets.dim() != 1:
        return None
    return inputs, targets


def at_once(chosen: Training) -> int:
    """How many examples go through the model at once where it is judged, as in `training.fit`."""
    return chosen.micro_batch or 2 * chosen.batch_size


@contextmanager
def on_threads(n: int) -> Iterator[None]:
    """So many threads of the processor; afterwards as many as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)
