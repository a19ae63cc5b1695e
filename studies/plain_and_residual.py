"""Does a deeper plain network train worse, and a deeper residual one not? ResNet-20 and 56 with and without shortcuts.

The paper's experiment in small (He et al. 2015, arXiv:1512.03385, figures 1 and 6): the error on the pictures that
train, so that nothing of it is over-fitting. All 6,000 pictures of the sample train, without augmentation or weight
decay, by momentum in mini-batches of 128, for as many epochs in all four. α = 1 falls by a cosine: with (1-β) in the
average it is the paper's 0.1.
After every epoch the same pictures are judged in evaluation mode, with the running averages of batch norm.

The residual blocks begin with γ = 0 in their last batch norm, but for those whose shortcut adds channels of zeros, as
those of the library do; the plain ones begin with 1.
"""

from __future__ import annotations

import statistics
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from studies.study import Study, significant
from wengu.recipes import recipe, settings_by_rule, settings_of
from wengu.recipes.rules import optimizer_of, schedule_of
from wengu.training import Run, fit, in_memory_format

WAYS = {"plain": "none", "residual": "zeros"}
DEPTHS = (20, 56)
SEEDS = range(1)
EPOCHS, BATCH, LR = 15, 128, 1.0


def trained(*, depth: int, shortcut: str, seed: int, precision: str, epochs: int, pictures: int | None = None) -> Run:
    """The network of these settings, judged after every epoch on what trained it, or on so many of it."""
    chosen = settings_of("pictures", {"network": f"resnet{depth}", "shortcut": shortcut, "seed": seed,
                                      "optim": "momentum", "lr": LR, "batch_size": BATCH, "augment": "none"})
    chosen = replace(chosen, **settings_by_rule("pictures", chosen))
    task = recipe("pictures").prepare(chosen)
    parts = [split.examples[:] for split in task.sets.values()]
    x, y = (torch.cat(column)[:pictures] for column in zip(*parts, strict=True))
    model = in_memory_format(task.model(), "channels_last")
    return fit(model, (x.contiguous(memory_format=torch.channels_last), y), (x, y), loss_fn=task.loss_fn,
               judge=(task.predict, task.metric), epochs=epochs, batch_size=BATCH, patience=epochs, seed=seed,
               optimizer=optimizer_of(chosen, model), decay=schedule_of(chosen), precision=precision)


def curves(folder: Path, **settings: Any) -> dict[str, Any]:
    """Error and cost on the training pictures after each epoch."""
    run = trained(**settings)
    return {"error": [round(row["dev_error"], 4) for row in run.history],
            "cost": [significant(row["dev_cost"], 4) for row in run.history],
            "seconds": round(run.seconds)}


def canary(folder: Path) -> dict[str, float]:
    """Three steps of each way at 20 layers; the costs."""
    digits = {}
    for way, shortcut in WAYS.items():
        run = trained(depth=20, shortcut=shortcut, seed=0, precision="fp32", epochs=1, pictures=3 * BATCH)
        digits |= {f"{way}_{key}": run.history[-1][key] for key in ("cost", "dev_cost")}
    return digits


def summary(results: dict[str, Any]) -> dict[str, Any]:
    """Of each network the mean error after each epoch, and every seed's last one."""
    made: dict[str, Any] = {}
    for way in WAYS:
        for depth in DEPTHS:
            found = [results[f"{way}-{depth}-{seed}"]["error"] for seed in SEEDS]
            made[f"{way}-{depth}"] = {"error": [round(statistics.mean(epoch), 4) for epoch in zip(*found, strict=True)],
                                      "last": [one[-1] for one in found]}
    return made


STUDY = Study(
    "plain_and_residual",
    cells={f"{way}-{depth}-{seed}": {"depth": depth, "shortcut": shortcut, "seed": seed, "epochs": EPOCHS,
                                      "precision": "bf16"}
           for seed in SEEDS for depth in DEPTHS for way, shortcut in WAYS.items()},
    run=curves,
    canary=canary,
    summary=summary,
)
