"""How well does LeNet-5 do on MNIST? Five seeds of 15 epochs.

The paper's LeNet-5 has 0.95 % on the test digits, and 0.8 % with distorted ones to train on: LeCun, Bottou, Bengio &
Haffner 1998, "Gradient-based learning applied to document recognition", section III. This is the usual form of the
network with the settings of `wengu fit lenet5 --data mnist --epochs 15`, which moves digits by a pixel.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from studies.pictures import over_seeds, train
from studies.study import Study
from studies.training import steps_on_sample

SEEDS = range(5)
TARGET = {"test_error_mean": 0.0095}


def run(folder: Path, **settings: Any) -> dict[str, Any]:
    """One training."""
    return train(folder, "lenet5", **settings)


def canary(folder: Path) -> dict[str, float]:
    """The same training, cut short, on clothes that are moved as digits are."""
    return steps_on_sample(folder, "lenet5", augment="shift")


def summary(results: dict[str, Any]) -> dict[str, Any]:
    """What came of all seeds, beside the target."""
    return {**over_seeds([results[f"mnist-{seed}"] for seed in SEEDS]), "target": TARGET}


STUDY = Study(
    "lenet5_mnist",
    cells={f"mnist-{seed}": {"data": "mnist", "epochs": 15, "seed": seed, "precision": "fp32"} for seed in SEEDS},
    run=run,
    canary=canary,
    summary=summary,
)
