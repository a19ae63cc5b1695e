"""AlexNet: eight layers with ReLU, trained on two graphics cards, that won ImageNet's contest of 2012. [notes: AlexNet]

    places      one tower                     two groups            torchvision
    227 × 227   conv 11 × 11, 96, s = 4       the same              64, p = 2
    55 × 55     pool 3 × 3, s = 2
    27 × 27     conv 5 × 5, 256, same         in 2 groups           192
    27 × 27     pool 3 × 3, s = 2
    13 × 13     conv 3 × 3, 384, same         the same              384
                conv 3 × 3, 384, same         in 2 groups           256
                conv 3 × 3, 256, same         in 2 groups           256
                pool 3 × 3, s = 2
    6 × 6       4096 units, 4096 units, softmax of 1000; both hidden layers with dropout of a half
    parameters  62,378,344                    60,965,224            61,100,840

The groups are the two cards of 2012: each has half of the filters and sees the other's where the table has no group.
Source: Krizhevsky, Sutskever & Hinton 2012, "ImageNet classification with deep convolutional neural networks", section
3.5; its pictures are called 224 × 224, and 227 is what the sizes ask for. The local response normalisation of its
section 3.3 is left out: it brings nothing (Simonyan & Zisserman 2014, arXiv:1409.1556, section 4.1). torchvision's is
that of Krizhevsky 2014, arXiv:1404.5997.

The small stem, for pictures below 67 pixels, begins with 5 × 5, s = 1, and ends in 512 units in place of 4096.
Shapes: x (m, channels, n_H, n_W), scores (m, classes). Pictures of another size are averaged to 6 × 6 before the units.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from wengu.core.checks import fraction, one_of
from wengu.layers.convolution import Size
from wengu.layers.convolution_layers import Conv2d
from wengu.layers.dropout import Dropout
from wengu.layers.linear import Linear
from wengu.layers.pooling import MaxPool2d
from wengu.vision.convnets.blocks import OF_SCORES, SMALL, check_classes, check_pictures, check_size, is_small

FORMS = {"one tower": (96, 256, 384, 384, 256), "two groups": (96, 256, 384, 384, 256),
         "torchvision": (64, 192, 384, 256, 256)}  # fmt: skip
SMALLEST = {"one tower": 67, "two groups": 67, "torchvision": 63}


class AlexNet(nn.Module):
    """Scores of the classes for pictures of 67 × 67 and larger, with the small stem of 15 × 15 and larger.

    classes     how many
    channels    of the pictures
    size        height and width that the stem is chosen for
    stem        large, small, or auto by `size`
    form        one tower, two groups, or torchvision, whose weights are published
    dropout     the probability to drop a unit of the two hidden layers of units
    generator   draws the weights; without one it is torch's default

    >>> with torch.device("meta"):
    ...     sum(p.numel() for p in AlexNet().parameters())
    62378344
    """

    def __init__(
        self, classes: int = 1000, *, channels: int = 3, size: Size = 227, stem: str = "auto", form: str = "one tower",
        dropout: float = 0.5, generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        check_classes(classes, channels)
        c1, c2, c3, c4, c5 = FORMS[one_of("form", form, FORMS)]
        small = is_small(stem, size, below=max(SMALL, SMALLEST[form]))  # what the large one cannot take, the small can
        G = 2 if form == "two groups" else 1
        self.channels, self.smallest = channels, 15 if small else SMALLEST[form]
        check_size(size, self.smallest, "AlexNet")
        self.conv1 = (Conv2d(channels, c1, 5, padding=2, generator=generator) if small else
                      Conv2d(channels, c1, 11, 4, 2 if form == "torchvision" else 0, generator=generator))
        self.conv2 = Conv2d(c1, c2, 5, padding=2, groups=G, generator=generator)
        self.conv3 = Conv2d(c2, c3, 3, padding=1, generator=generator)
        self.conv4 = Conv2d(c3, c4, 3, padding=1, groups=G, generator=generator)
        self.conv5 = Conv2d(c4, c5, 3, padding=1, groups=G, generator=generator)
        self.g, self.pool, self.dropout = nn.ReLU(), MaxPool2d(3, stride=2), Dropout(p=fraction("dropout", dropout))
        n, units = (3, 512) if small else (6, 4096)
        self.average = nn.AdaptiveAvgPool2d(n)
        self.units6 = Linear(c5 * n * n, units, generator=generator)
        self.units7 = Linear(units, units, generator=generator)
        self.output = Linear(units, classes, init_variance=OF_SCORES, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        check_pictures(x, self.channels, self.smallest, "AlexNet")
        g, pool = self.g, self.pool
        a = pool(g(self.conv1(x)))  # (m, 96, 27, 27)
        a = pool(g(self.conv2(a)))  # (m, 256, 13, 13)
        a = pool(g(self.conv5(g(self.conv4(g(self.conv3(a)))))))  # (m, 256, 6, 6)
        a = self.average(a).flatten(1)
        a = g(self.units6(self.dropout(a)))
        a = g(self.units7(self.dropout(a)))
        return self.output(a)  # type: ignore[no-any-return]
