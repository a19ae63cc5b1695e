"""Real pictures of some classes, a network for them, and how it is trained: for the tests of transfer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from wengu.data import load as load_data
from wengu.functions import cross_entropy
from wengu.layers import InputNormalisation
from wengu.optimization import AdamW, weight_decay_groups
from wengu.practice import ErrorRate
from wengu.training import PretrainedWeights, UnfreezeSchedule, fit
from wengu.vision.convnets import LeNet5

Set = tuple[Tensor, Tensor]


def pictures(*classes: int, n: int = 30, first: int = 0) -> Set:
    """Real pictures of these classes, n of each, their labels from 0."""
    sample = load_data("sample")
    places = [(sample.labels == c).nonzero()[0][first:first + n] for c in classes]
    x = torch.cat([torch.from_numpy(sample.pixels[place]) for place in places])
    return x, torch.arange(len(classes)).repeat_interleave(n)


def network(classes: int, x: Tensor | None = None, *, seed: int = 0, channels: int = 1) -> nn.Sequential:
    body = LeNet5(classes, channels=channels, generator=torch.Generator().manual_seed(seed))
    return nn.Sequential(InputNormalisation(channels) if x is None else InputNormalisation.of(x), body)


def trained(model: nn.Module, train: Set, dev: Set | None = None, *, plan: UnfreezeSchedule | None = None, **more: Any) -> Any:
    lr = more.pop("lr", 3e-3)
    groups = plan.groups(weight_decay_groups(model), lr=lr) if plan else weight_decay_groups(model)
    given = {"epochs": 6, "batch_size": 32, "optimizer": AdamW(groups, lr=lr, weight_decay=0.05)} | more
    return fit(model, train, dev or train, loss_fn=cross_entropy, judge=(lambda model, batch, z: z.argmax(1), ErrorRate()), unfreeze=plan.at if plan else None, **given)


def source(weights: Mapping[str, Tensor], **facts: Any) -> PretrainedWeights:
    return PretrainedWeights(Path("runs/a"), weights, facts)
