"""How well does `wengu fit lenet5` do, with its defaults, trained on the sample and on the whole of Fashion-MNIST?"""

from __future__ import annotations

import os
import statistics
from typing import Any

import torch

from studies.lenet5 import RESTS_ON, train
from wengu.core.run_folder import environment

__all__ = ["RESTS_ON", "run"]
SEEDS = {"sample": range(5), "fashion-mnist": range(3)}
TARGETS = {"sample": {"test_error": 0.150, "seconds": 60}, "fashion-mnist": {"test_error": 0.095, "seconds": 360}}


def run() -> dict[str, Any]:
    """Train every seed, and judge it on the test pictures."""
    results: dict[str, Any] = {}
    for data, seeds in SEEDS.items():
        rows = [train(data, seed) for seed in seeds]
        errors = [row["test_error"] for row in rows]
        results[data] = {
            "runs": rows,
            "test_error_mean": statistics.mean(errors),
            "test_error_sd": statistics.stdev(errors),
            "seconds_max": max(row["seconds"] for row in rows),
            "target": TARGETS[data],
        }
    facts = environment()
    return {"results": results, "test_pictures": 10_000, "threads": torch.get_num_threads(), "cores": os.cpu_count(),
            "python": facts["python"], "packages": facts["packages"]}
