"""SqueezeNet 1.1: AlexNet's accuracy with a fiftieth of its weights.

    fire    s = g(1×1(a));   a' = concat( g(1×1(s)), g(3×3(s)) )            squeeze to few channels, expand again

    places      filters: squeeze, then each half of expand
    111 × 111   conv 3 × 3, 64, s = 2
    55 × 55     max pool 3 × 3, s = 2;   fire 16, 64;   fire 16, 64
    27 × 27     max pool 3 × 3, s = 2;   fire 32, 128;  fire 32, 128
    13 × 13     max pool 3 × 3, s = 2;   fire 48, 192;  fire 48, 192;  fire 64, 256;  fire 64, 256
                dropout of a half;  conv 1 × 1 to the classes, ReLU;  average over the places, softmax
    parameters  1,235,496

Source: Iandola et al. 2016, arXiv:1602.07360, for the fire module; version 1.1 is the authors' own, of the same
accuracy at 2.4 times less work. The small stem is 3 × 3, s = 1, "same", without the first pool.
Shapes: x (m, channels, n_H, n_W), scores (m, classes).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from wengu.core.checks import fraction
from wengu.layers.convolution import Size
from wengu.layers.convolution_layers import Conv2d
from wengu.layers.dropout import Dropout
from wengu.layers.pooling import MaxPool2d
from wengu.vision.convnets.blocks import OF_SCORES, check_classes, check_pictures, check_size, is_small

FIRES = (16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256)
POOL_BEFORE = (0, 2, 4)  # which fires


class Fire(nn.Module):
    """Squeeze to few channels by 1 × 1, expand by 1 × 1 and 3 × 3 side by side.

    >>> Fire(64, squeeze=16, expand=64)(torch.zeros(1, 64, 55, 55)).shape
    torch.Size([1, 128, 55, 55])
    """

    def __init__(self, n_in: int, *, squeeze: int, expand: int, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.squeeze = Conv2d(n_in, squeeze, 1, generator=generator)
        self.one = Conv2d(squeeze, expand, 1, generator=generator)
        self.three = Conv2d(squeeze, expand, 3, padding=1, generator=generator)
        self.g = nn.ReLU()

    def forward(self, a: Tensor) -> Tensor:
        s = self.g(self.squeeze(a))
        return self.g(torch.cat([self.one(s), self.three(s)], dim=1))  # type: ignore[no-any-return]


class SqueezeNet(nn.Module):
    """Scores of the classes for pictures of 17 × 17 and larger, with the small stem of 4 × 4 and larger.

    classes     how many
    channels    of the pictures
    size        height and width that the stem is chosen for
    stem        large, small, or auto by `size`
    dropout     the probability to drop a value before the last convolution
    generator   draws the weights; without one it is torch's default

    >>> sum(p.numel() for p in SqueezeNet().parameters())
    1235496
    """

    rectifies_scores = True

    def __init__(
        self, classes: int = 1000, *, channels: int = 3, size: Size = 224, stem: str = "auto", dropout: float = 0.5,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        check_classes(classes, channels)
        small, self.channels = is_small(stem, size), channels
        self.smallest = 4 if small else 17
        check_size(size, self.smallest, "SqueezeNet")
        self.stem = Conv2d(channels, 64, 3, 1 if small else 2, 1 if small else 0, generator=generator)
        self.body, n, pools = nn.Sequential(), 64, POOL_BEFORE[1:] if small else POOL_BEFORE
        for k, (squeeze, expand) in enumerate(FIRES):
            if k in pools:
                self.body.append(MaxPool2d(3, stride=2, ceil_mode=True))
            self.body.append(Fire(n, squeeze=squeeze, expand=expand, generator=generator))
            n = 2 * expand
        self.g, self.dropout = nn.ReLU(), Dropout(p=fraction("dropout", dropout))
        self.output = Conv2d(n, classes, 1, init_variance=OF_SCORES, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        check_pictures(x, self.channels, self.smallest, "SqueezeNet")
        a = self.dropout(self.body(self.g(self.stem(x))))
        return self.g(self.output(a)).mean((2, 3))  # type: ignore[no-any-return]
