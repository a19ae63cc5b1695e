"""Tasks for a network that has learned to read digits: two kinds of clothes, whole, shuffled or small.

The pictures are those of the sample of Fashion-MNIST that ships; shuffled ones have their pixels in one other order.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from wengu.training import Features

PAIRS: dict[str, tuple[int, int]] = {"boots": (7, 9), "shirts": (0, 2), "shuffled": (0, 2), "small": (7, 9)}
SHOWN, LOOKED_AT = 4, 200  # pictures a class; of both, that the library looks at


def side_of(task: str) -> int:
    """Height and width of its pictures."""
    return 14 if task == "small" else 28


@cache
def features(task: str, m: int) -> Features | None:
    """What the digit reader's layers below its last are worth for this task, by m of its pictures."""
    import torch

    from wengu.pages.convnets.digits import reader
    from wengu.training import features_of

    if task == "small":
        return None  # no such picture goes in
    pictures = _pictures(task)
    labels = torch.arange(2).repeat_interleave(m // 2)
    return features_of(reader(), torch.cat([part[:m // 2] for part in pictures]), labels)


def mosaic(task: str) -> Tensor:
    """The first pictures of both classes, a row each; the ground is white."""
    import torch

    rows = [torch.cat(list(part[:SHOWN, 0]), dim=1) for part in _pictures(task)]
    return 1 - torch.cat(rows).round(decimals=2)


@cache
def _pictures(task: str) -> tuple[Tensor, Tensor]:
    """Of either class, (m, 1, side, side) float64 from 0 to 1."""
    import torch

    from wengu.data import load

    sample = load("sample")
    order = torch.randperm(28 * 28, generator=torch.Generator().manual_seed(0))

    def of(label: int) -> Tensor:
        x = torch.from_numpy(sample.pixels[sample.labels == label][:LOOKED_AT // 2]).double() / 255
        if task == "shuffled":
            return x.flatten(1)[:, order].view_as(x)
        return torch.nn.functional.avg_pool2d(x, 2) if task == "small" else x

    one, other = (of(label) for label in PAIRS[task])
    return one, other
