"""VGG: 3 × 3 filters alone, and a pool each time their number doubles.                                  [notes: VGG-16]

    places      11 (A)       13 (B)       16 (D)       19 (E)             each 3 × 3, s = 1, same, then ReLU
    224 × 224   64           64 · 2       64 · 2       64 · 2             after each row a max pool 2 × 2, s = 2
    112 × 112   128          128 · 2      128 · 2      128 · 2
    56 × 56     256 · 2      256 · 2      256 · 3      256 · 4
    28 × 28     512 · 2      512 · 2      512 · 3      512 · 4
    14 × 14     512 · 2      512 · 2      512 · 3      512 · 4
    7 × 7       4096 units, 4096 units, softmax of 1000; both hidden layers with dropout of a half
    parameters  132,863,336  133,047,848  138,357,544  143,667,240

Two filters of 3 × 3 see 5 × 5, three see 7 × 7, with fewer weights and more activations between them.

Source: Simonyan & Zisserman 2014, arXiv:1409.1556, table 1. `batch_norm` puts one before each ReLU, as many do since,
and drops b, for β does its work. The small form, for pictures below 64 pixels, has 512 units in place of 4096, with
batch norm: without it the deep ones do not begin to learn from small random weights, as the paper found, too
(section 3.1). Shapes: x (m, channels, n_H, n_W), scores (m, classes). Pictures of another size are averaged to 7 × 7
before the units.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from wengu.core.checks import fraction
from wengu.layers.convolution import Size
from wengu.layers.convolution_layers import Conv2d
from wengu.layers.dropout import Dropout
from wengu.layers.linear import Linear
from wengu.layers.pooling import MaxPool2d
from wengu.vision.convnets.blocks import OF_SCORES, ConvNorm, check_classes, check_pictures, check_size, is_small

SMALLEST = 32  # five pools


class VGG(nn.Module):
    """Scores of the classes for pictures of 32 × 32 and larger, by the class attribute `layers`.

    classes      how many
    channels     of the pictures
    size         height and width that the form is chosen for
    stem         large or small, or auto by `size`
    batch_norm   one before each ReLU; None: in the small form alone
    dropout      the probability to drop a unit of the two hidden layers of units
    generator    draws the weights; without one it is torch's default

    >>> with torch.device("meta"):
    ...     sum(p.numel() for p in VGG16().parameters())
    138357544
    """

    layers: ClassVar[Sequence[int]] = (2, 2, 3, 3, 3)

    def __init__(
        self, classes: int = 1000, *, channels: int = 3, size: Size = 224, stem: str = "auto",
        batch_norm: bool | None = None, dropout: float = 0.5, generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        check_classes(classes, channels)
        check_size(size, SMALLEST, type(self).__name__)
        small, self.channels = is_small(stem, size), channels
        normed = small if batch_norm is None else batch_norm
        self.stages, n = nn.Sequential(), channels
        for filters, layers in zip((64, 128, 256, 512, 512), self.layers, strict=True):
            stage = nn.Sequential()
            for _ in range(layers):
                if normed:
                    stage.append(ConvNorm(n, filters, 3, generator=generator))
                else:
                    stage.extend([Conv2d(n, filters, 3, padding=1, generator=generator), nn.ReLU()])
                n = filters
            self.stages.append(stage.append(MaxPool2d(2)))
        places, units = (1, 512) if small else (7, 4096)
        self.average = nn.AdaptiveAvgPool2d(places)
        p = fraction("dropout", dropout)
        self.head = nn.Sequential(OrderedDict([
            ("units1", Linear(n * places**2, units, generator=generator)), ("g1", nn.ReLU()), ("drop1", Dropout(p=p)),
            ("units2", Linear(units, units, generator=generator)), ("g2", nn.ReLU()), ("drop2", Dropout(p=p)),
            ("output", Linear(units, classes, init_variance=OF_SCORES, generator=generator)),
        ]))

    def forward(self, x: Tensor) -> Tensor:
        check_pictures(x, self.channels, SMALLEST, type(self).__name__)
        return self.head(self.average(self.stages(x)).flatten(1))  # type: ignore[no-any-return]  # (m, 512 · 7 · 7)


class VGG11(VGG):
    """11 layers with weights, form A; arguments as in VGG.

    >>> VGG11(2, channels=1, size=48)(torch.zeros(1, 1, 48, 48)).shape
    torch.Size([1, 2])
    """

    layers = (1, 1, 2, 2, 2)


class VGG13(VGG):
    """13 layers with weights, form B; arguments as in VGG."""

    layers = (2, 2, 2, 2, 2)


class VGG16(VGG):
    """16 layers with weights, form D; arguments as in VGG.

    >>> VGG16(10, size=32)(torch.zeros(1, 3, 32, 32)).shape
    torch.Size([1, 10])
    """


class VGG19(VGG):
    """19 layers with weights, form E; arguments as in VGG."""

    layers = (2, 2, 4, 4, 4)
