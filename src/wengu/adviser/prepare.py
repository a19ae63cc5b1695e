"""What `fit` and `check` begin with: the recipe of the name, the data read, the settings that rules and data decide."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from wengu.core.checks import InputError
from wengu.core.words import say
from wengu.recipes import recipe as recipe_of
from wengu.recipes import resolve, settings_by_rule
from wengu.recipes.rules import optimizer_of
from wengu.recipes.task import Task
from wengu.training import Preflight, Shown, Silent, Watcher, preflight

if TYPE_CHECKING:
    from rich.console import Console

    from wengu.recipes.settings import Pictures, Table

MOST_THREADS = 1024


@dataclass(frozen=True)
class Prepared:
    """The task, the settings as they are by now, and which of them a rule or the data decided."""

    task: Task
    chosen: Pictures | Table
    by_rule: Mapping[str, Any]
    by_data: Mapping[str, Any]
    watcher: Watcher

    def checked(self, *, seconds: float) -> Preflight:
        """The pre-flight of the training that these settings ask for."""
        task, chosen = self.task, self.chosen
        train, dev = task.sets["train"], task.sets["dev"]
        return preflight(
            task.model,
            (train.x, train.y),
            (dev.x, dev.y),
            objective=task.objective,
            metric=task.metric,
            expected_cost=math.log(len(task.classes)),
            classes=task.classes,
            ids={"train": train.ids, "dev": dev.ids},
            epochs=chosen.epochs or 0,  # as the data asks by now
            batch_size=chosen.batch_size,
            optimizer_of=partial(optimizer_of, chosen),
            augment=task.augment,
            seed=chosen.seed,
            device=chosen.device,
            seconds=seconds,
        )


def named(recipe: str, settings: Mapping[str, Any], threads: int | None) -> tuple[str, dict[str, str]]:
    """The recipe, and the settings that its name decides. Raises InputError where others are given."""
    kind, implied = resolve(recipe)
    for key, value in implied.items():
        if settings.get(key, value) != value:
            raise InputError(say("{key}: {recipe} is {value} itself, got {got}; leave it out", key=key,
                                 recipe=recipe, value=value, got=settings[key]))
    if threads is not None and not 1 <= threads <= MOST_THREADS:
        raise InputError(say("threads: expected from 1 to {most}, got {got}", most=MOST_THREADS, got=threads))
    return kind, implied


def prepared(kind: str, chosen: Pictures | Table, console: Console | None) -> Prepared:
    """Read the data and make the model. Raises InputError for a device or data that cannot be used."""
    try:
        torch.empty(1, device=chosen.device).cpu()
    except (RuntimeError, AssertionError) as error:
        raise InputError(say("device: {device} cannot be used here: {reason}", device=chosen.device,
                             reason=str(error).splitlines()[0])) from None
    watcher: Watcher = Shown(console) if console else Silent()
    with watcher.counting(say("reading {data}", data=chosen.data)) as progress:
        task = recipe_of(kind).prepare(chosen, progress=progress)
    by_rule, by_data = settings_by_rule(chosen), task.chosen
    if console:
        for note in task.notes:
            console.print(note, highlight=False, markup=False, style="dim")
    return Prepared(task, replace(chosen, **by_rule, **by_data), by_rule, by_data, watcher)


@contextmanager
def on_threads(n: int) -> Iterator[None]:
    """So many threads of the processor; afterwards as many as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)
