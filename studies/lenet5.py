"""What the studies of LeNet-5 share: one training by its defaults or others, judged on Fashion-MNIST's test pictures.

The split is the default one; the seed decides weights, order of batches, dropout and augmentation. The 10,000 test
pictures choose nothing.
"""

from __future__ import annotations

import tempfile
from functools import cache
from typing import Any

import numpy as np

import wengu
from wengu.data import Pictures, load

RESTS_ON = (
    "core/seeds.py", "data/sample/fashion-mnist-6000.npz", "functions/activations.py", "functions/losses.py",
    "layers/convolution.py", "layers/dropout.py", "layers/initialization.py", "layers/input_normalisation.py",
    "layers/linear.py", "layers/pooling.py",
    "optimization/adam.py", "optimization/decayed_groups.py", "optimization/decays.py", "optimization/one_pass.py",
    "practice/splits.py", "recipes/pictures.py", "recipes/rules.py", "recipes/sets.py", "recipes/settings.py",
    "training/early_stopping.py", "training/evaluation.py", "training/loop.py", "training/mini_batches.py",
    "training/noise.py", "training/precision.py", "training/step.py",
    "vision/convnets/lenet5.py",
)  # fmt: skip


def train(data: str, seed: int, **settings: Any) -> dict[str, Any]:
    """Errors, epochs and seconds of one training. Raises KeyboardInterrupt where it was stopped."""
    with tempfile.TemporaryDirectory() as runs:
        fitted = wengu.fit("lenet5", data=data, seed=seed, runs=runs, **settings)
        if fitted.run.stopped == "interrupted":
            raise KeyboardInterrupt
        predicted = wengu.load(fitted.path).predict(_test().pixels[:, 0])
    error = float(np.mean(predicted.probabilities.argmax(axis=1) != _test().labels))
    values = {row.set: row.value for row in fitted.ledger.rows}
    row = {"seed": seed, "test_error": error, "train_error": values["train"], "dev_error": values["dev"],
           "epochs": len(fitted.run.history), "best_epoch": fitted.run.best["epoch"],
           "seconds": round(fitted.run.seconds, 1)}
    print(data, settings, row, flush=True)
    return row


@cache
def _test() -> Pictures:
    whole = load("fashion-mnist")
    return whole.take(whole.set_of == "test")
