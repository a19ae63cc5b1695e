"""How well does `wengu fit lenet5` do, with its defaults, trained on the sample and on the whole of Fashion-MNIST?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from studies.pictures import over_seeds, train
from studies.study import Study
from studies.training import steps_on_sample

SEEDS = {"sample": range(5), "fashion-mnist": range(3)}
TARGETS = {"sample": {"test_error": 0.150, "seconds": 60}, "fashion-mnist": {"test_error": 0.095, "seconds": 360}}


def run(folder: Path, **settings: Any) -> dict[str, Any]:
    """One training."""
    return train(folder, "lenet5", **settings)


def canary(folder: Path) -> dict[str, float]:
    """The same training, by its defaults, cut short."""
    return steps_on_sample(folder, "lenet5")


def summary(results: dict[str, Any]) -> dict[str, Any]:
    """What came of all seeds, beside the target."""
    rows = {data: [results[f"{data}-{seed}"] for seed in seeds] for data, seeds in SEEDS.items()}
    return {data: {**over_seeds(found), "seconds_max": max(row["seconds"] for row in found), "target": TARGETS[data]}
            for data, found in rows.items()}


STUDY = Study(
    "lenet5_fashion_mnist",
    cells={f"{data}-{seed}": {"data": data, "seed": seed, "precision": "fp32"}
           for data, seeds in SEEDS.items() for seed in seeds},
    run=run,
    canary=canary,
    summary=summary,
)
