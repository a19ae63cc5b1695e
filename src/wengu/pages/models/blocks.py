"""The blocks of a network as `--freeze` counts them, and what a step costs with the lower ones frozen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from torch import nn

CLASSES, SIDE = 5, 96  # of the study


class Block(NamedTuple):
    """A level of the network: its parameters, and the multiplications of its layers for one picture."""

    name: str
    parameters: int
    products: tuple[int, ...]


def costs(blocks: Sequence[Block], k: int) -> tuple[int, int, int]:
    """The multiplications of a step on one picture with the lowest k blocks frozen: what they give kept, computed
    anew, and with all blocks training.

    Backward a layer costs as much as forward for ∂J/∂W and as much again for ∂J/∂a, which the lowest needs not.
    """
    def step(part: Sequence[Block]) -> int:
        return 3 * sum(sum(block.products) for block in part) - part[0].products[0]

    above = step(blocks[k:])
    return above, above + sum(sum(block.products) for block in blocks[:k]), step(blocks)


@cache
def blocks_of_mobilenet() -> tuple[Block, ...]:
    """From the bottom, as `--freeze` counts them."""
    import torch

    from wengu.layers import shapes
    from wengu.training.levels import levels_of
    from wengu.vision.convnets import MobileNetV2

    with torch.device("meta"), torch.random.fork_rng(devices=[]):
        net = MobileNetV2(CLASSES)
    products = {layer.name: layer.multiplications for layer in shapes(net, (3, SIDE, SIDE)).layers}
    return tuple(Block(level.name, sum(w.numel() for layer in level.layers.values() for w in layer.parameters(
        recurse=False)), tuple(products[name] for name in level.layers if products.get(name)))
        for level in levels_of(net))


def chain(*units: int) -> nn.Sequential:
    """Linear layers one above the other, without memory, for what is only counted or planned.

    >>> sum(w.numel() for w in chain(3, 2).parameters())
    8
    """
    import torch
    from torch import nn

    with torch.device("meta"), torch.random.fork_rng(devices=[]):
        return nn.Sequential(*(nn.Linear(n, n_next) for n, n_next in pairwise(units)))
