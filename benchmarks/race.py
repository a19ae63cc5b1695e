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
from dataclasses import dataclass
from typing import Any

ROUNDS = 5  # at least, for a median


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table."""

    work: str
    peer: str  # with its version
    setting: str
    measured: str
    quality: str
    target: str
    met: bool

    def __str__(self) -> str:
        verdict = "met   " if self.met else "MISSED"
        return f"{verdict}  {self.work} | {self.setting} | {self.peer} | {self.measured} | {self.quality} | {self.target}"


@dataclass(frozen=True)
class Times:
    """Seconds of each round, by both clocks, and what the last round gave."""

    wall: list[float]
    processor: list[float]
    result: Any


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
    """The row of one race; `quality` judges the last results of ours and of the peer: words, and whether they will do."""
    if rounds < ROUNDS:
        raise ValueError(f"rounds: expected at least {ROUNDS}, got {rounds}")
    us, them = in_turns(ours, peer, rounds=rounds)
    wall = statistics.median(p / o for o, p in zip(us.wall, them.wall, strict=True))
    processor = statistics.median(p / o for o, p in zip(us.processor, them.processor, strict=True))
    words, good = quality(us.result, them.result)
    return Row(
        work=work,
        peer=peer_name,
        setting=setting,
        measured=f"{wall:.2f} wall, {processor:.2f} processor ({statistics.median(us.wall) * 1e3:.0f} ms)",
        quality=words,
        target=f"{target:g}",
        met=good and min(wall, processor) >= target,
    )


def bound(*, work: str, setting: str, measured: str, target: str, met: bool) -> Row:
    """The row of a figure that has no peer and is held to a bound."""
    return Row(work=work, peer="", setting=setting, measured=measured, quality="", target=target, met=met)


def in_turns(*runners: Callable[[], Any], rounds: int) -> list[Times]:
    """Every runner once a round, each round in the opposite order, with the collector of garbage at rest."""
    times = [Times([], [], None) for _ in runners]
    order = list(range(len(runners)))
    for _ in range(rounds):
        for i in order:
            gc.collect()
            gc.disable()
            try:
                wall, processor = time.perf_counter(), time.process_time()
                result = runners[i]()
                processor, wall = time.process_time() - processor, time.perf_counter() - wall
            finally:
                gc.enable()
            times[i].wall.append(wall)
            times[i].processor.append(processor)
            times[i] = Times(times[i].wall, times[i].processor, result)
        order.reverse()
    return times
