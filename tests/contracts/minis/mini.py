"""What the miniatures have in common; their data is made, for what is tested is the contract and not the score."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

from wengu.core.batches import Batch, read
from wengu.core.run_folder import RunFolder
from wengu.recipes import Network
from wengu.recipes.rules import fresh
from wengu.recipes.settings import Training, setting
from wengu.recipes.task import NewInputs, Restored, Split, Task


@dataclass(frozen=True)
class Ratio:
    """A metric of two counts a unit, Σ a / Σ b: what is weighed in a resample are units."""

    name: str
    count: Callable[[Any, Any], tuple[float, float]]
    direction: Any = "lower"
    scale: Any = "rate"
    unit: str = "example"
    worth: float = 0.01

    def parts(self, truth: Sequence[Any], predicted: Sequence[Any]) -> Any:
        return np.array([self.count(t, p) for t, p in zip(truth, predicted, strict=True)], dtype=np.float64)

    def value(self, parts: Any, weights: Any = None) -> Any:
        total = (np.ones(len(parts)) if weights is None else weights) @ parts
        return total[..., 0] / np.maximum(total[..., 1], 1e-12)


class Mini(ABC):
    """What the eight have in common: settings, a network, sets cut by place, and how a run is restored."""

    name: ClassVar[str]
    sizes: ClassVar[tuple[int, int, int]] = (48, 20, 12)

    @dataclass(frozen=True, kw_only=True)
    class Settings(Training):
        LR: ClassVar = {"sgd": 0.1, "momentum": 0.1, "rmsprop": 1e-2, "adam": 1e-2, "adamw": 1e-2}

        data: str = setting("made", "Nothing is read.")

    NETWORKS: ClassVar[dict[str, Network]] = {}

    @property
    def METRICS(self) -> dict[str, Any]:  # as a module has it
        metric = self.task(self.Settings(), self.sets())["metric"]
        return {metric.name: lambda: metric}

    def about(self) -> str:
        return f"{self.name}, a miniature"

    @abstractmethod
    def net(self) -> nn.Module: ...

    @abstractmethod
    def rows(self, m: int, generator: torch.Generator) -> tuple[Dataset[Batch], Sequence[Any]]:
        """Examples and truth."""

    @abstractmethod
    def task(self, settings: Any, sets: dict[str, Split]) -> dict[str, Any]:
        """What of Task is this one's own."""

    def sets(self) -> dict[str, Split]:
        made = {}
        for k, (name, m) in enumerate(zip(("train", "dev", "test"), self.sizes, strict=True)):
            examples, truth = self.rows(m, torch.Generator().manual_seed(k))
            made[name] = Split(tuple(f"{name}-{i}" for i in range(m)), examples, truth, source="made")
        return made

    def prepare(self, settings: Any, *, progress: Any = None) -> Task:
        sets = self.sets()
        model = partial(fresh, lambda generator: self.net(), settings)
        return Task(recipe=self.name, network=self.name, model=model, sets=sets, **self.task(settings, sets))

    def restore(self, run: RunFolder, *, network: str = "") -> Restored:
        made = self.prepare(self.Settings())
        example, _ = read(made.sets["test"].examples, torch.tensor([0]))
        return Restored(made.model(), partial(_first_of_test, made), made.predict, made.classes, example)


def _first_of_test(task: Task, inputs: Any) -> NewInputs:
    """New inputs of a miniature are the first few of its test set."""
    some = task.sets["test"].take(range(int(inputs)))
    return NewInputs(some.ids, some.examples)


def still(kind: type[Mini]) -> Mini:
    """The miniature without what it draws at each step: that is each process's own, and the rest must be equal."""

    class Still(kind):  # type: ignore[valid-type, misc]
        name = f"{kind.name}-still"

        def prepare(self, settings: Any, *, progress: Any = None) -> Task:
            return replace(super().prepare(settings), augment=None)

    return Still()  # type: ignore[no-any-return]
