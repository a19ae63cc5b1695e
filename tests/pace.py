"""How fast this machine is now, so that a bound on time bounds work and not the machine."""

from __future__ import annotations

import time

HERE = 0.055  # seconds of `lap()` on the machine on which bounds were written: 2 cores of an AMD EPYC


def lap() -> float:
    """Processor time of a fixed loop, the best of three."""
    took = []
    for _ in range(3):
        start = time.process_time()
        sum(k * k for k in range(1_000_000))
        took.append(time.process_time() - start)
    return min(took)


def slower() -> float:
    """How many times as slow as there: bounds are multiplied by it. At least 1."""
    return max(1.0, lap() / HERE)
