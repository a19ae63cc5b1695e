"""A sound set and a sound network, in which tests of the pre-flight plant a fault; and what is found."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from wengu.functions import cross_entropy
from wengu.layers import Dropout
from wengu.training import preflight
from wengu.training.preflight_parts.check import Preflight

Set = tuple[Tensor, Tensor]
CLASSES = ("a", "b", "c")


def table(m: int, *, seed: int = 0) -> Set:
    """Twenty features, of which the first two tell the class."""
    x = torch.randn(m, 20, generator=torch.Generator().manual_seed(seed))
    return x, (x[:, 0] > 0).long() + (x[:, 1] > 0.5).long()


def network(*, seed: int = 0) -> nn.Sequential:
    """Three layers, ReLU and dropout, in He's weights."""
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(20, 32), nn.ReLU(), Dropout(p=0.5), nn.Linear(32, 32), nn.BatchNorm1d(32), nn.ReLU(),
                        nn.Linear(32, 3))
    for layer in (net[0], net[3]):
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return net


def checked(model: nn.Module, train: Set | None = None, dev: Set | None = None, **more: object) -> Preflight:
    given = {"loss_fn": cross_entropy, "epochs": 5, "expected_cost": math.log(3), "classes": CLASSES, "seconds": 60.0}
    return preflight(model, train or table(300), dev or table(100, seed=1), **(given | more))  # type: ignore[arg-type]


def at_fault(found: Preflight) -> dict[str, str]:
    assert all(check.advice for check in found.not_ok)
    return {check.name: check.verdict for check in found.not_ok}
