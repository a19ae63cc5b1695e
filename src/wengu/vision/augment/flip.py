"""Random horizontal flip: a picture mirrored left to right, with chance p.

    x'[i, j] = x[i, W - 1 - j]

The class stays what it is where a mirrored one is still one of it: of shoes and cats, not of digits, letters, arrows.

Source: Krizhevsky, Sutskever & Hinton 2012, "ImageNet Classification with Deep Convolutional Neural Networks", 4.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from wengu.core.batches import Batch
from wengu.core.checks import InputError
from wengu.core.i18n import say


def chance(name: str, value: float) -> float:
    """`value`, if it lies in [0, 1]; else InputError."""
    if not 0 <= value <= 1:
        raise InputError(say("{name}: expected a chance from 0 to 1, got {got}", name=name, got=value))
    return value


@dataclass(frozen=True)
class RandomHorizontalFlip:
    """(x, y) -> (x, mirrored with chance p, y); x is (m, channels, height, width).

    Raises InputError where p is no chance.

    >>> RandomHorizontalFlip(p=1.0)((torch.tensor([[[[1, 2, 3]]]]), None))[0]
    tensor([[[[3, 2, 1]]]])
    """

    p: float = 0.5

    def __post_init__(self) -> None:
        chance("p", self.p)

    def __call__(self, batch: Batch) -> Batch:
        x, y = batch
        mirrored = torch.rand(len(x), 1, 1, 1, device=x.device) < self.p
        return torch.where(mirrored, x.flip(3), x), y
