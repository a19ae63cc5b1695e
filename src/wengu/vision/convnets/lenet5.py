"""LeNet-5: the convolutional network that read handwritten digits on cheques.                          [notes: LeNet-5]

    picture  (m, 1, 28, 28)     C1  6 filters 5 × 5, p = 2, g   (m, 6, 28, 28)      pool 2 × 2   (m, 6, 14, 14)
                                C3  16 filters 5 × 5, g         (m, 16, 10, 10)     pool 2 × 2   (m, 16, 5, 5)
                                C5  120 units, g      F6  84 units, g      output  scores z of the classes  (m, 10)

    156 + 2,416 + 48,120 + 10,164 + 850 = 61,706 parameters for one channel and ten classes

Source: LeCun, Bottou, Bengio & Haffner 1998, "Gradient-based learning applied to document recognition", section II.B.
This is the form that is usual today, with the paper's names of the layers. In the paper the picture is 32 × 32 (28 with
the same two rings around it); pooling multiplies the average by a coefficient to learn and adds a bias; each filter of
C3 sees 3, 4 or 6 of the 6 channels by a table, 1,516 parameters instead of 2,416; g is 1.7159 tanh(2z/3); the output is
the distance to a drawing of each character (RBF). It has 60,000 parameters to learn.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from wengu.core.checks import InputError, fraction, one_of, positive
from wengu.core.i18n import say
from wengu.functions.activations import ACTIVATIONS
from wengu.layers.convolution import Size, sizes
from wengu.layers.convolution_layers import Conv2d
from wengu.layers.dropout import Dropout
from wengu.layers.linear import Linear
from wengu.layers.pooling import AvgPool2d, MaxPool2d
from wengu.vision.convnets.blocks import check_classes, check_size

SMALLEST, WITH_RINGS = 12, 32
POOLS: dict[str, type[MaxPool2d | AvgPool2d]] = {"average": AvgPool2d, "max": MaxPool2d}


class LeNet5(nn.Module):
    """Scores of the classes for pictures (m, channels, 28, 28), or of another size, 12 × 12 and larger.

    classes      how many
    channels     of the pictures
    size         height and width; from 32 on pictures have the two rings of C1's padding around them already
    activation   g, by name: relu, leaky_relu, tanh or sigmoid
    pool         max or average
    dropout      the probability to drop a unit of C5 and F6, 1 - keep_prob
    width        filters and units of each layer, beside LeNet-5's own: 2 is twice as many, about four times the weights
    generator    draws the weights; without one it is torch's default

    >>> net = LeNet5()
    >>> net(torch.zeros(5, 1, 28, 28)).shape
    torch.Size([5, 10])
    >>> sum(p.numel() for p in net.parameters())
    61706
    """

    def __init__(
        self,
        classes: int = 10,
        *,
        channels: int = 1,
        size: Size = 28,
        activation: str = "relu",
        pool: str = "max",
        dropout: float = 0.0,
        width: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        check_classes(classes, channels)
        check_size(size, SMALLEST, "LeNet5")
        self.size = sizes("size", size)
        self.g = ACTIVATIONS[one_of("activation", activation, ACTIVATIONS)]
        variance = 2.0 if "relu" in activation else 1.0  # He for the ReLUs, Xavier for the others

        drawn: dict[str, Any] = {"init_variance": variance, "generator": generator}
        positive("width", width)
        c1, c3, c5, f6 = (max(1, round(width * units)) for units in (6, 16, 120, 84))
        p = 0 if min(self.size) >= WITH_RINGS else 2
        n_H, n_W = (((n + 2 * p - 4) // 2 - 4) // 2 for n in self.size)  # 5 × 5 of 28 × 28
        self.c1 = Conv2d(channels, c1, 5, padding=p, **drawn)
        self.c3 = Conv2d(c1, c3, 5, **drawn)
        self.pool = POOLS[one_of("pool", pool, POOLS)](2)
        self.c5, self.f6 = Linear(c3 * n_H * n_W, c5, **drawn), Linear(c5, f6, **drawn)
        self.output = Linear(f6, classes, **drawn)
        self.dropout = Dropout(p=fraction("dropout", dropout))

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-2:] != self.size:
            raise InputError(
                say("x: expected pictures of height and width {expected}, got shape {got}; resize or pad them",
                    expected=self.size, got=tuple(x.shape))
            )
        a = self._pooled(self.c1(x))  # (m, 6, 14, 14)
        a = self._pooled(self.c3(a))  # (m, 16, 5, 5)
        a = self.dropout(self.g(self.c5(a.flatten(1))))  # (m, 120)
        a = self.dropout(self.g(self.f6(a)))  # (m, 84)
        return self.output(a)  # type: ignore[no-any-return]

    def _pooled(self, z: Tensor) -> Tensor:
        """pool(g(z)). As every g here rises, the largest g is that of the largest z: g of a quarter as many numbers."""
        return self.g(self.pool(z)) if isinstance(self.pool, MaxPool2d) else self.pool(self.g(z))
