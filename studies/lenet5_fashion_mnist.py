"""How well does `wengu fit lenet5` do, with its defaults, on Fashion-MNIST's own 10,000 test pictures?

Trained on the sample and on the whole set. The split is the default one; the seed of weights, order of batches, dropout
and augmentation changes from run to run. The test pictures choose nothing.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from typing import Any

import numpy as np
import torch

import wengu
from wengu.core.run_folder import environment
from wengu.data import load

RESTS_ON = (
    "core/seeds.py", "data/sample/fashion-mnist-6000.npz", "functions/activations.py", "functions/losses.py",
    "layers/convolution.py", "layers/dropout.py", "layers/input_normalisation.py", "layers/linear.py",
    "layers/pooling.py",
    "optimization/adam.py", "optimization/decayed_groups.py", "optimization/decays.py", "optimization/one_pass.py",
    "practice/splits.py", "recipes/pictures.py", "recipes/rules.py", "recipes/sets.py", "recipes/settings.py",
    "training/early_stopping.py", "training/evaluation.py", "training/loop.py", "training/mini_batches.py",
    "vision/convnets/lenet5.py",
)  # fmt: skip
SEEDS = {"sample": range(5), "fashion-mnist": range(3)}
TARGETS = {"sample": {"test_error": 0.150, "seconds": 60}, "fashion-mnist": {"test_error": 0.095, "seconds": 360}}


def run() -> dict[str, Any]:
    """Train every seed, and judge it on the test pictures."""
    whole = load("fashion-mnist")
    test = whole.take(whole.set_of == "test")
    results: dict[str, Any] = {}
    for data, seeds in SEEDS.items():
        rows = []
        for seed in seeds:
            with tempfile.TemporaryDirectory() as runs:
                fitted = wengu.fit("lenet5", data=data, seed=seed, runs=runs)
                predicted = wengu.load(fitted.path).predict(test.pixels[:, 0])
            error = float(np.mean(predicted.probabilities.argmax(axis=1) != test.labels))
            values = {row.set: row.value for row in fitted.ledger.rows}
            rows.append({"seed": seed, "test_error": error, "train_error": values["train"], "dev_error": values["dev"],
                         "epochs": len(fitted.run.history), "best_epoch": fitted.run.best["epoch"],
                         "seconds": round(fitted.run.seconds, 1)})
            print(data, rows[-1], flush=True)
        errors = [row["test_error"] for row in rows]
        results[data] = {
            "runs": rows,
            "test_error_mean": statistics.mean(errors),
            "test_error_sd": statistics.stdev(errors),
            "seconds_max": max(row["seconds"] for row in rows),
            "target": TARGETS[data],
        }
    facts = environment()
    return {"results": results, "test_pictures": len(test), "threads": torch.get_num_threads(), "cores": os.cpu_count(),
            "python": facts["python"], "packages": facts["packages"]}
