"""Networks to be exported: of any forward, and of a recipe of somebody else's, with two inputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from wengu.practice import ErrorRate
from wengu.recipes import Network
from wengu.recipes.settings import Training, setting
from wengu.recipes.task import Restored, Split, Task, classes_of


def restored(model: nn.Module, example: Any, *, classes: tuple[str, ...] | None = None, **inputs: Any) -> Restored:
    return Restored(model.eval(), lambda _: NotImplemented, classes_of, classes, example, inputs)


def network(forward: Callable[..., Any]) -> nn.Module:
    """A module with this forward."""
    return type("Net", (nn.Module,), {"forward": lambda self, x: forward(x)})()


@dataclass(frozen=True, kw_only=True)
class Pairs(Training):
    """Of a recipe with two inputs."""

    data: str = setting("pairs", "No file.")

    network: str = setting("pair", "The network.")


class Pair(nn.Module):
    """Two inputs, a layer each."""

    def __init__(self, classes: int = 2) -> None:
        super().__init__()
        self.of_left, self.of_right, self.output = nn.Linear(3, 4), nn.Linear(2, 4), nn.Linear(4, classes)

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        return self.output(torch.relu(self.of_left(left) * self.of_right(right)))


def pairs(settings: Pairs, *, progress: Any = None) -> Task:
    generator = torch.Generator().manual_seed(3)
    left, right = torch.randn(60, 3, generator=generator), torch.randn(60, 2, generator=generator)
    y = (left[:, 0] * right[:, 0] > 0).long()
    cut = {"train": slice(0, 40), "dev": slice(40, 45)}  # 5 in dev: batches begin again at its first
    sets = {name: Split(tuple(map(str, range(60)[s])), TensorDataset(left[s], right[s], y[s]), y[s].numpy()) for name, s in cut.items()}
    return Task(recipe="pairs", network="pair", model=Pair, sets=sets, classes=("no", "yes"), loss_fn=nn.functional.cross_entropy,
                predict=classes_of, metric=ErrorRate(), spec={"classes": ["no", "yes"]}, preview=lambda split, i: {})


def recipe_of(network: str, settings: type, **more: Any) -> ModuleType:
    module = ModuleType("a recipe of somebody else's")
    parts = {"Settings": settings, "NETWORKS": {network: Network(f"{__name__}:Pair", "Two inputs.")}, "about": lambda: "Two inputs.",
             "prepare": pairs, "restore": lambda run, *, network="": None}
    vars(module).update(parts | more)
    return module
