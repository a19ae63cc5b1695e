"""How fast a row is beside its peers: what `make bench` measured last, as races.json beside this file keeps it.

    {room: {"on": [day, processor, cores], "races": [[work, setting, peer, the peer's time over ours], ...]}}
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Raced:
    """All races of a work against one peer."""

    peer: str
    low: float  # the least and the greatest ratio: above 1 we are faster
    high: float
    day: str
    processor: str
    cores: str

    @property
    def machine(self) -> dict[str, str]:
        """When and on what it was measured."""
        return {"day": self.day, "processor": self.processor, "cores": self.cores}

    @property
    def times(self) -> str:
        """Both ratios, or the one, in two digits.

        >>> Raced("a", 0.881, 1.36, *"dpc").times, Raced("a", 10.04, 10.4, *"dpc").times
        ('0.88–1.4', '10')
        """
        low, high = (f"{ratio:.2g}" for ratio in (self.low, self.high))
        return low if low == high else f"{low}–{high}"


def raced(benchmark: str) -> list[Raced]:
    """The peers of "benchmarks/ROOM.py::WORK", of every work that begins so; none where there was no race."""
    file, _, work = benchmark.partition("::")
    room = _races().get(Path(file).stem, {"on": ["", "", ""], "races": []})
    ratios: dict[str, list[float]] = {}
    for name, _setting, peer, ratio in room["races"]:
        if name.startswith(work):
            ratios.setdefault(peer, []).append(ratio)
    return [Raced(peer, min(all_), max(all_), *room["on"]) for peer, all_ in ratios.items()]


@cache
def _races() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
    return found
