"""How well does each optimiser train LeNet-5 on the sample, with α and decay as `wengu fit` sets them for it?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from studies.pictures import over_seeds, train
from studies.study import Study
from studies.training import steps_on_sample

RULES = ("sgd", "momentum", "rmsprop", "adam", "adamw")
SEEDS = range(3)


def run(folder: Path, **settings: Any) -> dict[str, Any]:
    """One training."""
    return train(folder, "lenet5", **settings)


def canary(folder: Path) -> dict[str, float]:
    """A few steps of each."""
    digits = {rule: steps_on_sample(folder / rule, "lenet5", optim=rule) for rule in RULES}
    return {f"{rule}_{key}": value for rule, found in digits.items() for key, value in found.items()}


def summary(results: dict[str, Any]) -> dict[str, Any]:
    """What came of all seeds of each."""
    return {rule: over_seeds([results[f"{rule}-{seed}"] for seed in SEEDS]) for rule in RULES}


STUDY = Study(
    "optimisers",
    cells={f"{rule}-{seed}": {"data": "sample", "optim": rule, "seed": seed, "precision": "fp32"}
           for rule in RULES for seed in SEEDS},
    run=run,
    canary=canary,
    summary=summary,
)
