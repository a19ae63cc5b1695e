"""How well does ResNet-20 do on Fashion-MNIST in 24 epochs, and on CIFAR-10 in 45? One seed each.

The way is He et al.'s 2016, arXiv:1512.03385, section 4.2 (momentum 0.9, mini-batches of 128, moved and mirrored
pictures), with α that grows for a tenth of the epochs and falls along a cosine, and more decay. Their momentum
is a sum of gradients, ours an average: α = 2 here is 0.2 there; their decay goes through the sum, ours beside it, and
5e-4 is 5e-4 in both (α times it, 1e-3 a step, is what a weight loses in the long run of either). The epochs are fixed
before the first step, and training does not end early. The weights that are judged are the best on dev, whose pictures
are cut from train; the test pictures choose nothing. Their ResNet-20 ends at 8.75 % on CIFAR-10 after 182 epochs on the
original pictures; those here are JPEG copies of quality 75 (`wengu data list`), read from the folder WENGU_MIRROR.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from studies.pictures import train
from studies.study import Study
from studies.training import steps_on_sample

EPOCHS = {"fashion-mnist": 24, "cifar10": 45}
TARGETS = {"fashion-mnist": 0.058, "cifar10": 0.105}
WAY: dict[str, Any] = {"optim": "momentum", "lr": 2.0, "weight_decay": 5e-4, "augment": "crop+flip"}


def run(folder: Path, **settings: Any) -> dict[str, Any]:
    """One training."""
    return train(folder, "resnet20", batch_size=128, patience=settings["epochs"], **settings)


def canary(folder: Path) -> dict[str, float]:
    """The same training, cut short."""
    return steps_on_sample(folder, "resnet20", train_examples=1200, **WAY)


def summary(results: dict[str, Any]) -> dict[str, Any]:
    """What came of each, beside the target."""
    return {data: {"test_error": results[f"{data}-0"]["test_error"], "target": TARGETS[data]} for data in TARGETS}


STUDY = Study(
    "resnet20",
    cells={f"{data}-0": {"data": data, "seed": 0, "epochs": epochs, "warm_up": epochs / 10, "precision": "bf16", **WAY}
           for data, epochs in EPOCHS.items()},
    run=run,
    canary=canary,
    summary=summary,
    minutes=120,
)
