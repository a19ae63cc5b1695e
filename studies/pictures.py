"""What studies of networks on pictures share: one training, judged on the official test pictures of its data.

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


def train(folder: Path, network: str, **settings: Any) -> dict[str, Any]:
    """Errors, epochs and seconds of one training. The sample's are judged on the test pictures that it is a part of."""
    fitted = fit_in(folder, network, **settings)
    whole = load("fashion-mnist" if settings["data"] == "sample" else settings["data"])
    test = whole.take(whole.set_of == "test")
    predicted = wengu.load(fitted.path).predict(test.pixels.transpose(0, 2, 3, 1))
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
