"""A study: cells of at most 40 minutes whose results are committed, and a canary that says whether they still hold.

    def train(folder, *, data, seed, precision): ...   # one cell; returns plain values
    def canary(folder): ...                            # a short seeded training; {"cost": 0.7312, "p": 0.61}
    def summary(results): ...                          # of all cells: {"sample-0": what train returned, ...}

    STUDY = Study("mine", cells={"sample-0": {"data": "sample", "seed": 0, "precision": "fp32"}, ...},
                  run=train, canary=canary, summary=summary)

in studies/mine.py; run and canary are functions of the module, for they run in processes of their own, on one thread
unless they take more. `folder` is empty at first. A cell that is stopped (budget, Ctrl-C) gets its folder again as it
left it, and raises KeyboardInterrupt where it heeds the stop; `training.fit_in(folder, "lenet5", ...)` does both.
`make study NAME=mine BUDGET=90m` (`python -m studies mine --budget 90m`) writes studies/mine.json, whole or not at all,
as each cell ends:

    cells     name -> settings, result, seconds, and which of `made` it was made by
    made      versions, machine (processor, kernels, bf16 units) and the canary's digits
    summary   what `summary` gives, once every cell is there

A cell is missing where it is not there or was made with other settings, and stale where the canary gives other digits
than when it was made; no file decides it. The canary takes at most two minutes of one processor, and covers what the
cells rest on: a few steps of the same training on the data that ships. Its digits are numbers away from 0 that change
smoothly, such as costs and chances, not errors, which jump from one example to the next.

Two processors add in other orders. Six to twelve steps of LeNet-5 in float32 (SSE, AVX2 and AVX-512 kernels, five
optimisers) then agree to 3e-4 or better, and after sixty only to 1e-2, for a near tie in a pooling window falls the
other way; α larger by 0.3 % moves twelve steps by 1.4e-3. So canaries are short, and digits are equal within 1e-3.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Digits = Mapping[str, float]


@dataclass(frozen=True)
class Study:
    """What is above. Raises ValueError for names that are no file names, and settings that are no plain values."""

    name: str
    cells: Mapping[str, Mapping[str, Any]]
    run: Callable[..., Any]
    canary: Callable[[Path], Digits]
    summary: Callable[[dict[str, Any]], Any] | None = None
    tolerance: float = 1e-3
    minutes: float = 40  # of a cell at most; more for one training, which nobody can part and which goes on

    def __post_init__(self) -> None:
        for name in (self.name, *self.cells):
            if not re.fullmatch(r"\w[\w.-]*", name):
                raise ValueError(f"name: expected letters, digits, '.', '_' and '-', got {name!r}")
        for name, settings in self.cells.items():
            plain(settings, f"settings of {name}")

    def differences(self, then: Digits, now: Digits) -> list[str]:
        """Which digits are others now, in words; empty where they are equal within the tolerance."""
        return [
            f"{key} was {then.get(key, 'not there')}, is {now.get(key, 'not there')}"
            for key in sorted({*then, *now})
            if not math.isclose(then.get(key, math.nan), now.get(key, math.nan), rel_tol=self.tolerance)
        ]


def plain(value: Any, name: str) -> Any:
    """The value, if JSON gives it back as it is. Raises ValueError for tensors, tuples, NaN and the like."""
    try:
        back = json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: expected plain values, as JSON has them: {error}") from None
    if back != value:
        raise ValueError(f"{name}: expected plain values, as JSON has them, got {value!r}")
    return value


def significant(value: float, digits: int = 6) -> float:
    """The value to so many significant digits.

    >>> significant(1.5606387821833292)
    1.56064
    """
    return float(f"{value:.{digits}g}")
