"""What the studies of LeNet-5 share: one training by its defaults or others, judged on Fashion-MNIST's test pictures.

The split is the default one; the seed decides weights, order of batches, dropout and augmentation. The 10,000 test
pictures choose nothing.
"""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import numpy as np

import wengu
from studies.training import fit_in
from wengu.data import load


def train(folder: Path, **settings: Any) -> dict[str, Any]:
    """Errors, epochs and seconds of one training."""
    fitted = fit_in(folder, "lenet5", **settings)
    whole = load("fashion-mnist")
    test = whole.take(whole.set_of == "test")
    predicted = wengu.load(fitted.path).predict(test.pixels[:, 0])
    values = {row.set: row.value for row in fitted.ledger.rows}
    return {
        "seed": settings["seed"],
        "test_error": float(np.mean(predicted.probabilities.argmax(axis=1) != test.labels)),
        "train_error": values["train"],
        "dev_error": values["dev"],
        "epochs": len(fitted.run.history),
        "best_epoch": fitted.run.best["epoch"],
        "seconds": round(fitted.run.seconds, 1),
    }


def over_seeds(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Mean and standard deviation of the test error."""
    errors = [row["test_error"] for row in rows]
    return {"test_error_mean": statistics.mean(errors), "test_error_sd": statistics.stdev(errors)}
