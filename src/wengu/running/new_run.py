"""A run begins: its folder, with all that was chosen and why, and the lines that say so."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.printable import printable_repr
from wengu.core.run_folder import RunFolder, TakenError
from wengu.practice import described
from wengu.practice.ledger_words import set_name
from wengu.recipes.own_network import files_of
from wengu.running.prepare import Prepared
from wengu.running.questions import questions_of
from wengu.running.same_data import FILE, examples_table, names_digest
from wengu.training import World
from wengu.training.precision import has_bf16_units

if TYPE_CHECKING:
    from rich.console import Console

MOST = 12  # questions in the head
MOST_NAME = 200  # bytes: file systems take 255, and a temporary name is longer


def checked_name(name: str) -> str:
    """The name, if it is that of one visible folder right below the runs, on every system.

    >>> checked_name("lr=0.1")
    'lr=0.1'
    """
    wrong = (
        say("a part of a path") if re.search(r"[/\\]|^[A-Za-z]:", name) else
        say("hidden") if name.startswith(".") else
        say("with letters that cannot be printed") if any(unicodedata.category(letter) == "Cc" for letter in name) else
        say("too long for a folder") if len(os.fsencode(name)) > MOST_NAME else ""
    )
    if wrong:
        raise InputError(say("name: expected the name of one folder, got {got}, which is {wrong}; --runs says where "
                             "runs are kept", got=printable_repr(name if len(name) <= 40 else f"{name[:40]}…"),
                             wrong=wrong))
    return name


def new_run(
    runs: Path,
    name: str,
    ready: Prepared,
    origin: Mapping[str, str],
    *,
    threads: int,
    world: World,
) -> RunFolder:
    """runs/NAME; without a name runs/lenet5-sample, or with -2, -3, ... behind where that is taken."""
    task, chosen = ready.task, ready.chosen
    about: dict[str, Any] = {
        "settings": asdict(chosen),
        "came_from": origin,
        "split": [(i, set_name, source, group) for set_name, part in task.sets.items()
                  for i, source, group in zip(part.ids, part.sources, part.groups or ("",) * len(part), strict=True)],
        "tables": {FILE: examples_table(task)},
        "recipe": task.recipe,
        "network": task.network,
        "seed": chosen.seed,
        **asdict(ready.form),
        "world_size": world.size,
        "threads": threads,
        "decay_after_warm_up": True,
        "names": names_digest(task),
        "spec": dict(task.spec),
        "metric": described(task.metric) if task.metric else None,
        "task": task.hash(),
        "files": {**task.files, **files_of(task.network)},
        "examples": {set_name: len(part) for set_name, part in task.sets.items()},
        "test_opened": 0,
        **({"transfer": ready.transfer} if ready.transfer else {}),
    }
    if name:
        return RunFolder.create(runs / name, **about)
    base = f"{task.network.rpartition(':')[2]}-{Path(chosen.data).stem or 'data'}"
    for k in count(1):
        with suppress(TakenError):
            return RunFolder.create(runs / (base if k == 1 else f"{base}-{k}"), **about)
    raise AssertionError("count has no end")


def introduce(console: Console | None, run: RunFolder, ready: Prepared, world: World) -> None:
    """The run's head: where, what, on which data, how."""
    if console is None:
        return
    task = ready.task
    sizes = "  ".join(say("{name} {n:,}", name=set_name(name), n=len(part)) for name, part in task.sets.items())
    console.print(
        say("{path}   {network}, {weights:,} {weights:parameter|parameters}   {data}: {sizes}", path=run.path,
            network=task.network, weights=sum(p.numel() for p in ready.model.parameters()), data=ready.chosen.data,
            sizes=sizes)
        + (say("   {n} {n:class|classes}", n=len(task.classes)) if task.classes else "")
        + (say("   {n} {n:question|questions}", n=len(asked)) if (asked := questions_of(task.spec)) else ""),
        highlight=False, markup=False,
    )
    if asked:
        more = (say("and {n} more", n=len(asked) - MOST),) if len(asked) > MOST else ()
        console.print("   ".join((*asked[:MOST], *more)), highlight=False, markup=False, style="dim")
    processes = say("   {n} {n:process|processes}", n=world.size) if world.size > 1 else ""
    gained = ready.form.gain is not None and ready.form.gain >= 1.05
    form = ready.form if gained else replace(ready.form, gain=None)
    console.print(f"{form}{processes}", highlight=False, markup=False, style="dim")
    if ready.form.precision == "bf16" and not has_bf16_units(torch.device(ready.device)):
        console.print(say("{device} has no units for bf16 and emulates it, which is slow", device=ready.device),
                      highlight=False, markup=False)
