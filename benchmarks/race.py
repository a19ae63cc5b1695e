"""A fair race: ours and a peer's work in turns, in one process, with the threads that the process has.

The ratio is the peer's time over ours, above 1 we win: the median over the rounds of the ratio within each, so that a
machine that is slow for a while is slow for both. Both clocks are shown: the wall's is what a user waits, the
processor's what the work takes on a machine with other work too. A target is met where both ratios reach it and the
quality is as it should be.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

LEAST_ROUNDS = 5


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table."""

    work: str
    setting: str
    peer: str  # with its version; none where a figure is held to a bound
    measured: str
    quality: str
    target: str
    met: bool

    def cells(self) -> list[str]:
        """What the table shows, in its order."""
        verdict = "met" if self.met else "**missed**"
        return [self.work, self.setting, self.peer, self.measured, self.quality, self.target, verdict]


def race(
    *,
    work: str,
    setting: str,
    ours: Callable[[], Any],
    peer: Callable[[], Any],
    peer_name: str,
    quality: Callable[[Any, Any], tuple[str, bool]],
    target: float,
    rounds: int = 7,
) -> Row:
    """The row of one race. `quality` gets what ours and the peer's gave last: a few words, and whether it will do."""
    if rounds < LEAST_ROUNDS:
        raise ValueError(f"rounds: expected at least {LEAST_ROUNDS}, got {rounds}")
    us, them = in_turns(ours, peer, rounds=rounds)
    wall = statistics.median(p / o for o, p in zip(us.wall, them.wall, strict=True))
    processor = statistics.median(p / o for o, p in zip(us.processor, them.processor, strict=True))
    words, good = quality(us.result, them.result)
    return Row(
        work=work,
        setting=setting,
        peer=peer_name,
        measured=f"{wall:.2f} wall, {processor:.2f} processor ({statistics.median(us.wall):.3g} s)",
        quality=words,
        target=f"{target:g}",
        met=good and min(wall, processor) >= target,
    )


def bound(*, work: str, setting: str, measured: str, target: str, met: bool) -> Row:
    """The row of a figure that has no peer and is held to a bound."""
    return Row(work=work, setting=setting, peer="", measured=measured, quality="", target=target, met=met)


@dataclass
class Times:
    """Seconds of each round by both clocks, and what the last round gave."""

    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    result: Any = None


def in_turns(*runners: Callable[[], Any], rounds: int) -> list[Times]:
    """Every runner once a round, in the opposite order each time, while the garbage waits."""
    laps = [(runner, Times()) for runner in runners]
    times = [lap for _, lap in laps]
    for _ in range(rounds):
        for runner, lap in laps:
            gc.collect()
            gc.disable()
            try:
                wall, processor = time.perf_counter(), time.process_time()
                lap.result = runner()
                lap.processor.append(time.process_time() - processor)
                lap.wall.append(time.perf_counter() - wall)
            finally:
                gc.enable()
        laps.reverse()
    return times
