"""What each of two processes does for test_world.py: python two_processes.py FOLDER. The first one writes the answers."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from wengu.core.checks import InputError
from wengu.core.exit import leave
from wengu.core.run_folder import RunFolder, TakenError
from wengu.functions import multi_task_cross_entropy
from wengu.layers import BatchNorm
from wengu.optimization import Adam
from wengu.practice import ErrorRate
from wengu.training import World, fit, joined


def data(m: int = 37, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(m, 6, generator=generator, dtype=torch.float64)
    return x, (x @ torch.randn(6, 3, generator=generator, dtype=torch.float64)).argmax(1)


def network(*, norm: bool = False) -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(6, 8), BatchNorm(8) if norm else nn.Tanh(), nn.Linear(8, 3)).double()


def classes(**settings: Any) -> dict[str, Any]:
    """Costs an epoch and the weights; mini-batches of 9 leave a ragged one of 1, of which one process has nothing."""
    train, dev = data(), data(11, seed=2)
    norm = settings.pop("norm", False)
    model = network(norm=norm)
    settings.setdefault("optimizer", Adam(model.parameters(), lr=0.02))
    run = fit(model, train, dev, loss_fn=nn.functional.cross_entropy,
              judge=(lambda model, batch, z: z.argmax(1), ErrorRate()), **{"epochs": 10, "batch_size": 9, "patience": 99} | settings)
    return {"costs": [row["cost"] for row in run.history], "dev": [[row["dev_cost"], row["dev_error"]] for row in run.history],
            "weights": [w.flatten().tolist() for w in model.state_dict().values()]}


def known_labels(*, a_label: bool) -> dict[str, Any]:
    """Several labels an example, most missing; the mean over labels, of which a process may have none, or examples."""
    (x, _), generator = data(), torch.Generator().manual_seed(5)
    y = (torch.rand(37, 3, generator=generator) < 0.5).double()
    y[torch.rand(37, 3, generator=generator) < 0.8] = torch.nan
    model = network()
    if a_label:
        how: dict[str, Any] = {
            "loss_fn": lambda z, y: multi_task_cross_entropy(z, y, reduction="sum") / (~y.isnan()).sum(),
            "num_items": lambda y: (~y.isnan()).sum(),
        }
    else:
        how = {"loss_fn": multi_task_cross_entropy}
    run = fit(model, (x, y), (x, y), epochs=10, batch_size=4, patience=99, **how)
    return {"costs": [row["cost"] for row in run.history]}


def spoilt(folder: Path) -> str:
    """A number that is none, in an example of the second process."""
    (x, y), dev = data(), data(11, seed=2)
    x[12, 3] = torch.nan
    try:
        fit(network(), (x, y), dev, loss_fn=nn.functional.cross_entropy, batch_size=37, ids=[f"e{i}" for i in range(37)])
    except InputError as error:
        return str(error)
    return ""


def resumed(folder: Path) -> dict[str, Any]:
    """Half the epochs, then the rest from the checkpoint; the optimiser anew, as a new process has it."""
    if World.current().is_first:
        shutil.rmtree(folder / "run", ignore_errors=True)  # of a start that found its port taken
        RunFolder.create(folder / "run")
    run = RunFolder(folder / "run")
    decay = lambda t, spe, total: 1.0  # noqa: E731
    classes(run=run, epochs=5, decay=decay)
    return classes(run=run, epochs=10, decay=decay, resume=True)


def unfrozen() -> dict[str, Any]:
    """The first layer frozen for five epochs."""
    model = network()

    def unfreeze(epoch: int) -> None:
        model[0].requires_grad_(epoch > 5)  # type: ignore[operator]

    run = fit(model, data(), data(11, seed=2), loss_fn=nn.functional.cross_entropy, epochs=10, batch_size=9,
              patience=99, unfreeze=unfreeze, optimizer=Adam(model.parameters(), lr=0.02))
    return {"costs": [row["cost"] for row in run.history]}


def other_data() -> str:
    """Each process has read data of its own."""
    try:
        fit(network(), data(seed=World.current().rank), data(11), loss_fn=nn.functional.cross_entropy)
    except InputError as error:
        return str(error)
    return ""


def on_rank_zero() -> list[Any]:
    """What one process finds is told to all, and so is what it refuses."""
    world = World.current()
    told = world.on_rank_zero(lambda: {"rank": world.rank})
    errors = []
    for guilty in (0, 1):
        def work(guilty: int = guilty) -> None:
            if world.rank == guilty:
                raise TakenError(Path("runs/one"))  # which does not travel as it is
        try:
            world.on_all_ranks(work)
        except InputError as error:
            errors.append(str(error))
    return [told, *world.all_gather(errors)]


def answers(folder: Path) -> dict[str, Any]:
    """All of them, as this process, alone or not, finds them."""
    return {
        "ragged": classes(),
        "whole": classes(epochs=50, batch_size=37),
        "micro": classes(micro_batch=2),
        "clipped": classes(clip=0.1, ema=0.5),
        "labels": known_labels(a_label=True),
        "tasks": known_labels(a_label=False),
        "unfrozen": unfrozen(),
        "resumed": resumed(folder),
        "spoilt": spoilt(folder),
    }


def main(folder: Path) -> None:
    with joined() as world:
        found = answers(folder) | {"norm": classes(norm=True, batch_size=33), "other data": other_data(), "by first": on_rank_zero()}
        same = world.all_gather(found["norm"]["weights"])
        found["the same weights"] = all(weights == same[0] for weights in same)
        if world.is_first:
            (folder / "answers.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    leave(0)
