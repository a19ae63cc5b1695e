"""What a model without any training answers on dev, kept beside a run's own answers: baseline.json."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from wengu.core.batches import read
from wengu.core.run_folder import RunFolder
from wengu.practice.nearest_mean import NearestMean
from wengu.practice.ranks import spread_evenly
from wengu.recipes.task import Task

FILE = "baseline.json"
MOST, MOST_NUMBERS = 10_000, 1 << 25  # examples of a set; numbers of all inputs: 256 MB, a second's work


def keep_baseline(run: RunFolder, task: Task) -> None:
    """The nearest class mean's answers on dev; nothing where inputs are no tensor, or dev is too large."""
    answers = _answers(task)
    if answers is not None:
        run.write_json(FILE, {"model": "nearest mean", "predicted": answers})


def _answers(task: Task) -> list[str] | None:
    train, dev = task.sets["train"], task.sets["dev"]
    if task.classes is None or len(dev) > MOST:
        return None
    one, _ = read(dev.examples, torch.arange(1))
    if not isinstance(one, Tensor) or one.numel() * len(dev) > MOST_NUMBERS:
        return None
    places = spread_evenly(len(train), min(len(train), MOST, MOST_NUMBERS // max(1, one.numel())))
    x, y = _arrays(read(train.examples, torch.from_numpy(places)))
    if y.ndim != 1 or len(np.unique(y)) < 2:
        return None
    predicted = NearestMean.of(x, y).predict(_arrays(read(dev.examples, torch.arange(len(dev))))[0])
    return [task.classes[int(k)] for k in predicted]


def _arrays(batch: Any) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    return batch[0].numpy(), batch[1].numpy()
