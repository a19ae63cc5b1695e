"""How long one example takes, of several runs by turns.                                              [notes 15.11]

    value     the median of all calls, in milliseconds; p95 what 95 of 100 calls keep to
    interval  of the median by the order of the rounds' own medians: ranks r and n+1-r, with P(Bin(n, ½) < r) ≤ α/2

A round goes through all runs, so that whatever else the machine does meets each of them alike; the first calls, which
load kernels, are thrown away. Measured is the network on one example of its own kind, without reading a file, on as
many threads as the run was trained with, and on the machine at hand: nothing of it is remembered.

Source: the interval of a median by order statistics, Thompson 1936.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.special import bdtr

from wengu.core.batches import call, mapped
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.running.load import LoadedModel
from wengu.running.prepare import on_threads
from wengu.training.evaluation import evaluating

ROUNDS = 25
WARM_UP = 5  # calls
SECONDS = 0.03  # of a run in a round, and at least one call
AT_ONCE = 50  # runs


@dataclass(frozen=True)
class Latency:
    """Milliseconds of one example: the median of so many calls, its interval, and what 95 of 100 keep to."""

    median: float
    low: float
    high: float
    p95: float
    p95_low: float
    p95_high: float
    calls: int
    threads: int


def measure_latency(models: Sequence[LoadedModel], *, rounds: int = ROUNDS) -> list[Latency]:
    """The latency of each, measured by turns.

    Raises InputError for a run whose recipe has no example to try, and for more than 50.

    >>> import wengu; from tempfile import TemporaryDirectory; from sklearn.datasets import load_iris
    >>> with TemporaryDirectory() as folder:
    ...     load_iris(as_frame=True).frame.to_csv(f"{folder}/iris.csv", index=False)
    ...     run = wengu.fit("softmax", data=f"{folder}/iris.csv", target="target", runs=folder, epochs=2, quiet=True)
    ...     found, = measure_latency([wengu.load(run.path)])
    >>> 0 < found.low <= found.median <= found.p95
    True
    """
    if len(models) > AT_ONCE:
        raise InputError(say("latency: expected at most {n} {n:run|runs} to measure by turns, got {got}; put fewer in "
                             "the folder, or another limit beside it", n=AT_ONCE, got=len(models)))
    examples = [_example(model) for model in models]
    threads = [max(1, int(model.run.facts().get("threads", 1))) if model.run else 1 for model in models]
    taken: list[list[list[float]]] = [[] for _ in models]
    for k in range(-1, rounds):
        for model, example, n, own in zip(models, examples, threads, taken, strict=True):
            with on_threads(n), evaluating(model.model):
                calls = _timed(model.model, example, calls=WARM_UP if k < 0 else 0)
            if k >= 0:
                own.append(calls)
    return [_of(calls, n) for calls, n in zip(taken, threads, strict=True)]


def _timed(model: torch.nn.Module, example: Any, *, calls: int) -> list[float]:
    """Milliseconds of one call after the other: so many, or as many as the time of a round allows."""
    found: list[float] = []
    until = time.perf_counter() + SECONDS
    while True:
        start = time.perf_counter()
        call(model, example)
        end = time.perf_counter()
        found.append(1e3 * (end - start))
        if len(found) >= calls if calls else end >= until:
            return found


def _of(rounds: Sequence[Sequence[float]], threads: int) -> Latency:
    every = np.concatenate([np.asarray(calls) for calls in rounds])
    low, high = _by_order(np.array([np.median(calls) for calls in rounds]), 0.5)
    p95_low, p95_high = _by_order(every, 0.95)
    median, p95 = float(np.median(every)), float(np.quantile(every, 0.95))
    return Latency(median, min(low, median), max(high, median), p95, min(p95_low, p95), max(p95_high, p95), len(every),
                   threads)


def _by_order(values: Any, quantile: float, level: float = 0.95) -> tuple[float, float]:
    """The interval of a quantile: two of the values, by their ranks; the outermost ones of too few."""
    ordered, n, alpha = np.sort(values), len(values), (1 - level) / 2
    ranks = np.arange(n)
    below = bdtr(ranks, n, quantile)  # P(Bin <= r)
    low = max(int(np.searchsorted(below, alpha, side="right")) - 1, 0)
    high = min(int(np.searchsorted(below, 1 - alpha, side="left")), n - 1)
    return float(ordered[low]), float(ordered[high])


def _example(model: LoadedModel) -> Any:
    """One example of the run's own kind, on the model's device."""
    whole = getattr(model.restored, "example", None) if isinstance(model, LoadedModel) else None
    if whole is None:
        path = getattr(getattr(model, "run", None), "path", "")
        raise InputError(say("latency: {path} has no example of its own to measure with", path=path))
    device = next((weight.device for weight in model.model.parameters()), torch.device("cpu"))
    return mapped(lambda tensor: tensor[:1].to(device), whole)
