"""Randomness of a step as a function of (seed, step, process): dropout, augmentation, a Dataset's own draws.

Every generator that a step may draw from is set anew before it, so a run that is resumed draws the very numbers of the
one that was never stopped. Python's and NumPy's, which takes 10 to 25 µs, only where code may draw from them.
"""

from __future__ import annotations

import random
import sys
from contextlib import ExitStack
from types import ModuleType, TracebackType
from typing import Any, Self

import numpy as np
import torch

from wengu.core.seeds import seed_for

DRAW_BY_TORCH = ("torch", "wengu", "timm", "torchvision")
"Whose layers, losses and data sets in memory draw from torch's generators alone."


def draws_elsewhere(train: Any, augment: Any, *parts: Any) -> bool:
    """Whether a step may draw from Python's or NumPy's generator.

    Own code of a data set or an augmentation always may, that of a model, its layers or a loss where its file imports
    one of the two.

    >>> draws_elsewhere(None, None, torch.nn.Linear(2, 1), torch.nn.functional.mse_loss)
    False
    >>> draws_elsewhere(None, random.shuffle)
    True
    """
    if any(part is not None and _own(part) for part in (train, augment)):
        return True
    every = (each for part in parts for each in (part.modules() if isinstance(part, torch.nn.Module) else (part,)))
    files = {each.__module__ for each in every if _own(each)}
    return any(value in (random, np, np.random) for name in files for value in vars(sys.modules[name]).values()
               if isinstance(value, ModuleType))


def _own(part: Any) -> bool:
    return str(part.__module__).partition(".")[0] not in DRAW_BY_TORCH


class StepRNG:
    """While open, `at(step)` sets the generators; afterwards they stand where the caller left them.

    >>> with StepRNG(0, torch.device("cpu")) as rng:
    ...     rng.at(7); a = torch.rand(2); rng.at(7); torch.equal(a, torch.rand(2))
    True
    """

    def __init__(self, seed: int, device: torch.device, *, everywhere: bool = False, rank: int = 0) -> None:
        self._first = seed_for(seed, "noise", *([rank] if rank else [])) >> 1
        self._everywhere = everywhere
        # torch.manual_seed sets every device's generator, which takes a quarter of a millisecond
        self._set = torch.cuda.manual_seed if device.type == "cuda" else torch.default_generator.manual_seed

    def at(self, step: int) -> None:
        """Set the generators for this step."""
        self._set(self._first + step)
        if self._everywhere:
            if self._set is not torch.default_generator.manual_seed:
                torch.default_generator.manual_seed(self._first + step)
            random.seed(self._first + step)
            np.random.seed((self._first + step) % 2**32)  # noqa: NPY002  # what others' code draws from

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        self._stack.enter_context(torch.random.fork_rng())
        if self._everywhere:
            self._stack.callback(random.setstate, random.getstate())
            self._stack.callback(np.random.set_state, np.random.get_state())  # noqa: NPY002
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()
