"""ResNet: two or three layers at a time learn what to add to their input.                               [notes: ResNet]

    a^[l+2] = g(z^[l+2] + a^[l])              z: convolution and batch norm, g: ReLU
    a^[l+2] = g(z^[l+2] + W_s a^[l])          where the sizes differ: W_s a 1 × 1 convolution with stride, batch norm

    places      18              34              50                       101        152
    112 × 112   7 × 7, 64, s = 2
    56 × 56     3 × 3 max pool, s = 2
                [3×3, 64 ]      [3×3, 64 ]      [1×1, 64;  3×3, 64;  1×1, 256]
                [3×3, 64 ] · 2  [3×3, 64 ] · 3                       · 3        · 3        · 3
    28 × 28     128 · 2         128 · 4         128, 128, 512        · 4        · 4        · 8
    14 × 14     256 · 2         256 · 6         256, 256, 1024       · 6        · 23       · 36
    7 × 7       512 · 2         512 · 3         512, 512, 2048       · 3        · 3        · 3
                average over the places, linear layer, softmax
    parameters  11,689,512      21,797,672      25,557,032               44,549,160 60,192,808

With z = 0 a block passes its input on, so more layers need not do worse, and δ has a way back past them. That is how it
begins here: the last γ of each block is 0 (Goyal et al. 2017, arXiv:1706.02677, section 5.1).

Source: He et al. 2015, "Deep residual learning", arXiv:1512.03385, table 1. Where a block of three makes the picture
smaller, the stride is in its 3 × 3, as everybody has it since; the paper has it in the 1 × 1 before, at the same count.
The small stem is 3 × 3, s = 1, without a pool. Shapes: x (m, channels, n_H, n_W), scores (m, classes).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from wengu.layers.convolution import Size
from wengu.layers.linear import Linear
from wengu.layers.pooling import MaxPool2d
from wengu.vision.convnets.blocks import OF_SCORES, ConvNorm, check_classes, check_pictures, is_small


class Residual(nn.Module):
    """g(z + a), z by two layers of 3 × 3, or with `bottleneck` by 1 × 1, 3 × 3 and a 1 × 1 of four times the filters.

    n_in         channels of a
    filters      of each layer
    stride       of the first 3 × 3
    bottleneck   three layers in place of two
    generator    draws the weights; without one it is torch's default

    >>> Residual(64, 128, stride=2)(torch.zeros(1, 64, 56, 56)).shape
    torch.Size([1, 128, 28, 28])
    """

    def __init__(
        self, n_in: int, filters: int, *, stride: int = 1, bottleneck: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        n_out = 4 * filters if bottleneck else filters
        sizes = [(1, 1, filters), (3, stride, filters), (1, 1, n_out)] if bottleneck else [
            (3, stride, filters), (3, 1, n_out)]
        self.body, n = nn.Sequential(), n_in
        for f, s, n_C in sizes:
            last = len(self.body) == len(sizes) - 1
            self.body.append(ConvNorm(n, n_C, f, stride=s, g=None if last else nn.ReLU(), generator=generator))
            n = n_C
        same = n_in == n_out and stride == 1
        self.shortcut: nn.Module = (
            nn.Identity() if same else ConvNorm(n_in, n_out, 1, stride=stride, g=None, generator=generator))
        nn.init.zeros_(self.body[-1].get_parameter("norm.weight"))
        self.g = nn.ReLU()

    def forward(self, a: Tensor) -> Tensor:
        return self.g(self.body(a) + self.shortcut(a))  # type: ignore[no-any-return]


class ResNet(nn.Module):
    """Scores of the classes for pictures of any size, by the class attributes `blocks` and `bottleneck`.

    classes     how many
    channels    of the pictures
    size        height and width that the stem is chosen for
    stem        large, for 224 × 224; small, for 32 × 32; auto by `size`
    generator   draws the weights; without one it is torch's default

    >>> sum(p.numel() for p in ResNet18().parameters())
    11689512
    """

    blocks: ClassVar[Sequence[int]] = (2, 2, 2, 2)
    bottleneck: ClassVar[bool] = False

    def __init__(
        self, classes: int = 1000, *, channels: int = 3, size: Size = 224, stem: str = "auto",
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        check_classes(classes, channels)
        self.channels = channels
        small = is_small(stem, size)
        self.stem = ConvNorm(channels, 64, 3, generator=generator) if small else nn.Sequential(OrderedDict(
            layer=ConvNorm(channels, 64, 7, stride=2, generator=generator),
            pool=MaxPool2d(3, stride=2, padding=1),
        ))
        self.stages, n = nn.Sequential(), 64
        for filters, blocks in zip((64, 128, 256, 512), self.blocks, strict=True):
            stage = nn.Sequential()
            for k in range(blocks):
                stride = 2 if k == 0 and filters > 64 else 1
                stage.append(Residual(n, filters, stride=stride, bottleneck=self.bottleneck, generator=generator))
                n = 4 * filters if self.bottleneck else filters
            self.stages.append(stage)
        self.output = Linear(n, classes, init_variance=OF_SCORES, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        check_pictures(x, self.channels, 1, type(self).__name__)
        a = self.stages(self.stem(x))  # (m, 512, n_H / 32, n_W / 32), in blocks of three 2048
        return self.output(a.mean((2, 3)))  # type: ignore[no-any-return]


class ResNet18(ResNet):
    """18 layers in blocks of two; arguments as in ResNet.

    >>> ResNet18(10, size=32)(torch.zeros(1, 3, 32, 32)).shape
    torch.Size([1, 10])
    """


class ResNet34(ResNet):
    """34 layers in blocks of two; arguments as in ResNet."""

    blocks = (3, 4, 6, 3)


class ResNet50(ResNet):
    """50 layers in blocks of three; arguments as in ResNet.

    >>> with torch.device("meta"):
    ...     sum(p.numel() for p in ResNet50().parameters())
    25557032
    """

    blocks, bottleneck = (3, 4, 6, 3), True


class ResNet101(ResNet):
    """101 layers in blocks of three; arguments as in ResNet."""

    blocks, bottleneck = (3, 4, 23, 3), True


class ResNet152(ResNet):
    """152 layers in blocks of three; arguments as in ResNet."""

    blocks, bottleneck = (3, 8, 36, 3), True
