"""Latency: by turns, warm, on the run's own threads, with the interval of a median by order statistics."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.recipes.task import Restored, classes_of
from wengu.running.latency import _by_order, measure_latency
from wengu.running.load import LoadedModel

CALLS: list[str] = []
EXAMPLE = torch.zeros(2, 3)


class Slow(nn.Module):
    """Takes so many milliseconds, ten times that in its first three calls, and tells of each call."""

    def __init__(self, name: str, ms: float) -> None:
        super().__init__()
        self.name, self.ms, self.calls, self.weight = name, ms, 0, nn.Parameter(torch.ones(1))

    def forward(self, x: Tensor) -> Tensor:
        CALLS.append(f"{self.name} {torch.get_num_threads()} {len(x)} {x.requires_grad or torch.is_grad_enabled()}")
        self.calls += 1
        time.sleep((10 if self.calls <= 3 else 1) * self.ms / 1e3)
        return x * self.weight


def loaded(folder: Path, name: str, ms: float, threads: int = 1, example: Tensor | None = EXAMPLE) -> LoadedModel:
    run = RunFolder.create(folder / name, settings={"data": "x.csv"}, recipe="table", network="softmax", threads=threads)
    return LoadedModel(run, Restored(Slow(name, ms), lambda inputs: inputs, classes_of, example=example))


def test_runs_take_turns_and_are_warm(tmp_path: Path) -> None:
    CALLS.clear()
    slow, fast = measure_latency([loaded(tmp_path, "slow", 4.0), loaded(tmp_path, "fast", 1.0, threads=2)], rounds=6)
    assert 4.0 <= slow.low <= slow.median <= slow.high < 8 and 1.0 <= fast.low <= fast.median < 3.5
    assert slow.median <= slow.p95 < 40 > fast.p95  # the first calls, of 40 and 10 ms, are not among them
    names = [call.split()[0] for call in CALLS]
    turns = [name for k, name in enumerate(names) if k == 0 or names[k - 1] != name]
    assert turns == ["slow", "fast"] * 7
    assert set(CALLS) == {"slow 1 1 False", "fast 2 1 False"}  # one example, own threads, no gradients
    assert (slow.threads, fast.threads) == (1, 2)


@pytest.mark.parity
@pytest.mark.parametrize(("n", "q"), [(25, 0.5), (40, 0.5), (300, 0.95), (301, 0.5)])
def test_parity_of_the_interval(n: int, q: float) -> None:
    """Authority: scipy's quantile_test."""
    from scipy.stats import quantile_test

    values = np.random.default_rng(n).exponential(size=n)
    want = quantile_test(values, q=0, p=q).confidence_interval(0.95)
    assert _by_order(values, q) == pytest.approx((want.low, want.high))


def test_the_interval_holds_the_median() -> None:
    generator, times = np.random.default_rng(1), 400
    ends = [_by_order(generator.exponential(size=25), 0.5) for _ in range(times)]
    assert np.mean([low <= np.log(2) <= high for low, high in ends]) >= 0.93


def test_what_has_no_example_and_too_many_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="odd has no example of its own to measure with"):
        measure_latency([loaded(tmp_path, "odd", 1.0, example=None)])
    with pytest.raises(InputError, match="expected at most 50 runs to measure by turns, got 51"):
        measure_latency([loaded(tmp_path, "one", 1.0)] * 51)
