"""Projects whose fault is known, drawn without a line of the ledger: what is planted, and what was measured of it.

Each set's examples are right or wrong by chance, at an error that is the sum of what was planted before it. Sizes, errors
and faults are drawn on scales of their own; nothing here knows a threshold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

GAPS = {"bias": ("human", "train"), "variance": ("train", "train_dev"), "mismatch": ("train_dev", "dev"), "overfitted dev": ("dev", "test")}


@dataclass(frozen=True)
class Project:
    """The true error of each set, its size, the errors measured, and the size of each planted fault."""

    true: dict[str, float]
    n: dict[str, int]
    measured: dict[str, float]
    planted: dict[str, float]

    def error_of(self, cause: str) -> float:
        """The standard error of the gap that shows a cause."""
        start, end = GAPS[cause]
        if start not in self.true:
            start = "train"
        if end not in self.true:
            end = "dev"
        return float(np.sqrt(sum(self.true[s] * (1 - self.true[s]) / self.n[s] for s in (start, end) if s != "human")))


def projects(many: int, seed: int, *, faults: tuple[int, ...] = (0, 1, 2), sources: bool = True) -> Iterator[Project]:
    """So many, each with as many faults as one of `faults`; half with data of two sources where there may be."""
    rng = np.random.default_rng(seed)
    for _ in range(many):
        with_train_dev = sources and rng.random() < 0.5
        with_test = rng.random() < 0.3
        possible = ["bias", "variance", *(["mismatch"] if with_train_dev else []), *(["overfitted dev"] if with_test else [])]
        chosen = rng.choice(possible, min(int(rng.choice(faults)), len(possible)), replace=False)
        planted = {str(name): float(10 ** rng.uniform(-2.2, -0.5)) for name in chosen}
        human = float(10 ** rng.uniform(-3, -1))
        true = {"human": human, "train": human + planted.get("bias", 0)}
        true["train_dev"] = true["train"] + planted.get("variance", 0)
        true["dev"] = true["train_dev"] + planted.get("mismatch", 0)
        true["test"] = true["dev"] + planted.get("overfitted dev", 0)
        sizes = {"train": 10 ** rng.uniform(3, 5), "train_dev": 10 ** rng.uniform(2.3, 4), "dev": 10 ** rng.uniform(2.3, 4),
                 "test": 10 ** rng.uniform(2.3, 4)}
        sets = ["train", *(["train_dev"] if with_train_dev else []), "dev", *(["test"] if with_test else [])]
        n = {name: int(sizes[name]) for name in sets}
        measured = {name: rng.binomial(n[name], min(true[name], 1.0)) / n[name] for name in sets}
        yield Project({name: true[name] for name in ("human", *sets)}, n, {"human": human, **measured}, planted)
