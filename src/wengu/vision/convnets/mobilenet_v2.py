"""MobileNetV2: wide blocks of depthwise filters between narrow layers that pass their input on.

    block   z = 1×1 linear( g(depthwise 3×3, s( g(1×1 to t · n_in (a)) )) );   a' = z + a where s = 1 and n_in = n_out
    g(z) = min(max(z, 0), 6);   batch norm after every convolution;   a depthwise filter sees one channel: G = n_C

    places      t   channels   blocks   s
    112 × 112   conv 3 × 3, 32, s = 2
    112 × 112   1   16         1        1
    56 × 56     6   24         2        2
    28 × 28     6   32         3        2
    14 × 14     6   64         4        2
    14 × 14     6   96         3        1
    7 × 7       6   160        3        2
    7 × 7       6   320        1        1
                conv 1 × 1, 1280;  average over the places, dropout of 0.2, linear layer, softmax
    parameters  3,504,872

One filter a channel and 1 × 1 across them costs f² + n_C products a place and channel in place of f² · n_C. Source:
Sandler et al. 2018, arXiv:1801.04381, table 2. The small stem has s = 1 in the first convolution and the first row
with s = 2. Shapes: x (m, channels, n_H, n_W), scores (m, classes).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from wengu.core.checks import fraction
from wengu.layers.convolution import Size
from wengu.layers.dropout import Dropout
from wengu.layers.linear import Linear
from wengu.vision.convnets.blocks import OF_SCORES, ConvNorm, check_classes, check_pictures, is_small

ROWS = (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)


class InvertedResidual(nn.Module):
    """Expand t-fold by 1 × 1, filter each channel by itself, and come back to n_out channels without an activation.

    >>> InvertedResidual(24, 32, expand=6, stride=2)(torch.zeros(1, 24, 56, 56)).shape
    torch.Size([1, 32, 28, 28])
    """

    def __init__(
        self, n_in: int, n_out: int, *, expand: int, stride: int = 1, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        n = expand * n_in
        self.expand = nn.Identity() if expand == 1 else ConvNorm(n_in, n, 1, g=nn.ReLU6(), generator=generator)
        self.depthwise = ConvNorm(n, n, 3, stride=stride, groups=n, g=nn.ReLU6(), generator=generator)
        self.project = ConvNorm(n, n_out, 1, g=None, generator=generator)
        self.adds = stride == 1 and n_in == n_out

    def forward(self, a: Tensor) -> Tensor:
        z = self.project(self.depthwise(self.expand(a)))
        return z + a if self.adds else z  # type: ignore[no-any-return]


class MobileNetV2(nn.Module):
    """Scores of the classes for pictures of any size.

    classes     how many
    channels    of the pictures
    size        height and width that the stem is chosen for
    stem        large, small, or auto by `size`
    dropout     the probability to drop one of the 1280 averages
    generator   draws the weights; without one it is torch's default

    >>> sum(p.numel() for p in MobileNetV2().parameters())
    3504872
    """

    def __init__(
        self, classes: int = 1000, *, channels: int = 3, size: Size = 224, stem: str = "auto", dropout: float = 0.2,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        check_classes(classes, channels)
        small, self.channels = is_small(stem, size), channels
        self.stem = ConvNorm(channels, 32, 3, stride=1 if small else 2, g=nn.ReLU6(), generator=generator)
        self.blocks, n = nn.Sequential(), 32
        for t, n_C, blocks, s in ROWS:
            for k in range(blocks):
                stride = s if k == 0 and not (small and n_C == 24) else 1
                self.blocks.append(InvertedResidual(n, n_C, expand=t, stride=stride, generator=generator))
                n = n_C
        self.last = ConvNorm(n, 1280, 1, g=nn.ReLU6(), generator=generator)
        self.dropout = Dropout(p=fraction("dropout", dropout))
        self.output = Linear(1280, classes, init_variance=OF_SCORES, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        check_pictures(x, self.channels, 1, "MobileNetV2")
        a = self.last(self.blocks(self.stem(x))).mean((2, 3))  # (m, 1280)
        return self.output(self.dropout(a))  # type: ignore[no-any-return]
