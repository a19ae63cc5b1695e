"""Where training stands: a checkpoint keeps it, and the progress display reads it while it changes."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch.optim import Optimizer

    from wengu.practice import Facts


@dataclass
class State:
    """The loop's own variables: where it is, what it has summed up, and the best so far."""

    epochs: int
    steps_per_epoch: int
    examples_per_step: int
    step: int = 0
    cost_sum: float = 0.0  # Σ over this epoch of what its mini-batches cost, each as often as it counts
    count: float = 0
    skipped: int = 0  # mini-batches left out, as their cost or gradient was not finite
    seconds: float = 0.0  # spent training up to `since`, an earlier start of the run included
    best: dict[str, Any] = field(default_factory=dict)
    initial_lr: list[float] = field(default_factory=list)  # α0 of each parameter group
    most_lr: list[float] = field(default_factory=list)  # no larger α than was set by hand, though warm-up goes on
    lr: float = 0.0
    dev: dict[str, Any] = field(default_factory=dict)
    metric: Facts | None = None  # what dev is judged by beside its cost
    since: float = field(default_factory=time.monotonic)
    clock: tuple[float, int] = field(default_factory=lambda: (time.monotonic(), 0))  # this start: when, at which step

    @classmethod
    def of(cls, optimizer: Optimizer, *, epochs: int, steps_per_epoch: int, examples_per_step: int) -> State:
        """The state before the first step."""
        groups = optimizer.param_groups
        return cls(epochs, steps_per_epoch, examples_per_step, initial_lr=[group["lr"] for group in groups],
                   most_lr=[math.inf for _ in groups])

    def elapsed(self) -> float:
        """Seconds spent training, in earlier starts too."""
        return self.seconds + time.monotonic() - self.since

    def end_epoch(self, dev_cost: float, judged: Mapping[str, float]) -> dict[str, Any]:
        """The epoch's line of metrics.jsonl, with what dev was judged by; the sums begin anew."""
        row = {"epoch": self.step // self.steps_per_epoch, "step": self.step, "cost": self.cost_sum / self.count,
               "dev_cost": dev_cost, **judged}
        if self.skipped:
            row["skipped"] = self.skipped
        self.cost_sum, self.count, self.dev = 0.0, 0, row
        return row | {"lr": self.lr, "seconds": round(self.elapsed(), 3)}

    def set_lr(self, lr: float, ratio: float) -> None:
        """α is `lr` from here on, where the schedule stands at `ratio` of the first α, and decays on from there.

        Where it stands at 0, at the beginning of a warm-up, it grows to `lr`.
        """
        ratio, first = ratio or 1.0, self.initial_lr[0]
        self.initial_lr = [lr / (ratio * first) * initial if first else lr / ratio for initial in self.initial_lr]
        self.most_lr = [ratio * initial for initial in self.initial_lr]

    def decay(self, optimizer: Optimizer, ratio: float) -> None:
        """α of every parameter group at this step, where the schedule stands at `ratio` of the first α."""
        for group, initial, most in zip(optimizer.param_groups, self.initial_lr, self.most_lr, strict=True):
            group["lr"] = min(initial * ratio, most)
        self.lr = float(optimizer.param_groups[0]["lr"])

    @property
    def epoch(self) -> int:
        """The epoch in hand, from 1."""
        return min(self.step // self.steps_per_epoch + 1, self.epochs)

    @property
    def total(self) -> int:
        """Steps in all, if no early stopping comes."""
        return self.epochs * self.steps_per_epoch
