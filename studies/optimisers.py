"""How well does each optimiser train LeNet-5 on the sample, with α and decay as `wengu fit` sets them for it?"""

from __future__ import annotations

import statistics
from typing import Any

from studies import lenet5
from wengu.core.run_folder import environment

RULES = ("sgd", "momentum", "rmsprop", "adam", "adamw")
SEEDS = range(3)
RESTS_ON = (*lenet5.RESTS_ON, "optimization/gradient_descent.py", "optimization/momentum.py", "optimization/rmsprop.py")


def run() -> dict[str, Any]:
    """Three seeds of each."""
    results = {}
    for rule in RULES:
        rows = [lenet5.train("sample", seed, optim=rule) for seed in SEEDS]
        errors = [row["test_error"] for row in rows]
        results[rule] = {"runs": rows, "test_error_mean": statistics.mean(errors),
                         "test_error_sd": statistics.stdev(errors)}
    facts = environment()
    return {"results": results, "test_pictures": 10_000, "python": facts["python"], "packages": facts["packages"]}
