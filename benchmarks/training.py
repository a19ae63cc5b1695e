"""The loop's own cost: what a step takes when the model does nothing. No peer: the figure is held to a bound."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn

from benchmarks.race import Row, bound
from wengu.core.run_folder import RunFolder
from wengu.training import fit

STEPS, BATCH, BOUND = 2000, 64, 300  # µs a step


class NoOp(nn.Module):
    """One weight, so that there is something to step on; its cost is its own value."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        return self.w


def microseconds_a_step() -> float:
    """Processor time of the process, checkpoints and metrics included, four epochs of 500 steps."""
    x, y = torch.zeros(STEPS // 4 * BATCH, 1), torch.zeros(STEPS // 4 * BATCH)
    with tempfile.TemporaryDirectory() as folder:
        run = RunFolder.create(Path(folder) / "run")
        start = time.process_time()
        fit(NoOp(), (x, y), (x[:10], y[:10]), objective=lambda z, _: z.sum(), run=run, epochs=4, batch_size=BATCH)
        return (time.process_time() - start) / STEPS * 1e6


def races() -> Iterator[Row]:
    """The one row; the first run is not counted, as it imports what torch's optimisers bring along."""
    microseconds_a_step()
    median = statistics.median(microseconds_a_step() for _ in range(7))
    yield bound(
        work="the loop, a step with a no-op model",
        setting=f"{STEPS} steps, metrics and checkpoints on, median of 7",
        measured=f"{median:.0f} µs processor time",
        target=f"at most {BOUND} µs",
        met=median <= BOUND,
    )
