"""Where training stands: a checkpoint keeps it, and the progress display reads it while it changes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any


@dataclass
class State:
    """The loop's own variables."""

    epochs: int
    steps_per_epoch: int
    examples_per_step: int
    step: int = 0
    cost_sum: Any = 0.0  # Σ over this epoch's examples of their cost, a tensor so that no step waits for it
    count: int = 0
    seconds: float = 0.0  # spent training up to `since`, an earlier start of the run included
    best: dict[str, Any] = field(default_factory=dict)
    initial_lr: list[float] = field(default_factory=list)  # α0 of each parameter group
    most_lr: list[float] = field(default_factory=list)  # no larger α than was set by hand, though warm-up goes on
    lr: float = 0.0
    dev: dict[str, Any] = field(default_factory=dict)
    since: float = field(default_factory=time.monotonic)
    clock: tuple[float, int] = field(default_factory=lambda: (time.monotonic(), 0))  # this start: when, at which step

    def elapsed(self) -> float:
        """Seconds spent training."""
        return self.seconds + time.monotonic() - self.since

    @property
    def epoch(self) -> int:
        """The epoch in hand, from 1."""
        return min(self.step // self.steps_per_epoch + 1, self.epochs)

    @property
    def total(self) -> int:
        """Steps in all, if no early stopping comes."""
        return self.epochs * self.steps_per_epoch
