"""GoogLeNet: filters of several sizes side by side, and 1 × 1 before the large ones to save work.    [notes: Inception]

    a^[l+1] = concat( 1×1(a),  3×3(1×1(a)),  5×5(1×1(a)),  1×1(pool(a)) )          each followed by ReLU, "same", s = 1

    places      branch      1×1    1×1 -> 3×3     1×1 -> 5×5    pool -> 1×1     out
    112 × 112   7 × 7, 64, s = 2
    56 × 56     max pool 3 × 3, s = 2;  1 × 1, 64;  3 × 3, 192;  max pool 3 × 3, s = 2
    28 × 28     3a          64     96,  128       16, 32        32              256
                3b          128    128, 192       32, 96        64              480
    14 × 14     4a  ◁       192    96,  208       16, 48        64              512
                4b          160    112, 224       24, 64        64              512
                4c          128    128, 256       24, 64        64              512
                4d  ◁       112    144, 288       32, 64        64              528
                4e          256    160, 320       32, 128       128             832
    7 × 7       5a          256    160, 320       32, 128       128             832
                5b          384    192, 384       48, 128       128             1024
                average over the places, dropout of 0.4, linear layer, softmax

    ◁ in training, a side branch of its output, with a softmax of its own:
                average pool 5 × 5, s = 3;  1 × 1, 128;  1024 units, dropout of 0.7, linear layer

    J = L(ŷ, y) + 0.3 L(ŷ_4a, y) + 0.3 L(ŷ_4d, y)
    parameters  6,998,552, with the side branches 13,378,280        torchvision's 6,624,904 and 13,004,888

The side branches bring δ to the lower layers, and are taken off afterwards.

Source: Szegedy et al. 2014, arXiv:1409.4842, table 1 and section 5, without its local response normalisation. The form
of torchvision has batch norm in place of each b, 3 × 3 where the table has 5 × 5, and 2 × 2 in its last pool; its side
branches average to 4 × 4 at every size of picture, as these do here. The small stem is 3 × 3, 192, s = 1, and reads
4 × 4 and larger. Shapes: x (m, channels, n_H, n_W), scores (m, classes).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from wengu.core.checks import fraction, one_of
from wengu.layers.convolution import Size
from wengu.layers.convolution_layers import Conv2d
from wengu.layers.dropout import Dropout
from wengu.layers.linear import Linear
from wengu.layers.pooling import MaxPool2d
from wengu.vision.convnets.blocks import OF_SCORES, ConvNorm, check_classes, check_pictures, check_size, is_small

FORMS = ("paper", "torchvision")
FILTERS = {  # 1×1; 1×1 -> 3×3; 1×1 -> 5×5; pool -> 1×1
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}
SIDE_WEIGHT = 0.3

Loss = Callable[[Any, Tensor], Tensor]


class Inception(nn.Module):
    """The four branches side by side, as many channels as they have filters together.

    n_in        channels of a
    filters     of 1×1; of 1×1 and 3×3; of 1×1 and 5×5; of 1×1 behind the pool
    form        paper or torchvision
    generator   draws the weights; without one it is torch's default

    >>> Inception(192, FILTERS["3a"])(torch.zeros(1, 192, 28, 28)).shape
    torch.Size([1, 256, 28, 28])
    """

    def __init__(
        self, n_in: int, filters: tuple[int, int, int, int, int, int], *, form: str = "paper",
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        one, before3, three, before5, five, pooled = filters

        def conv(n: int, n_C: int, f: int) -> nn.Sequential:
            return layer(n, n_C, f, form=form, generator=generator)

        self.one = conv(n_in, one, 1)
        self.three = nn.Sequential(conv(n_in, before3, 1), conv(before3, three, 3))
        self.five = nn.Sequential(conv(n_in, before5, 1), conv(before5, five, 5 if form == "paper" else 3))
        self.pooled = nn.Sequential(MaxPool2d(3, stride=1, padding=1), conv(n_in, pooled, 1))

    def forward(self, a: Tensor) -> Tensor:
        return torch.cat([self.one(a), self.three(a), self.five(a), self.pooled(a)], dim=1)


class SideBranch(nn.Module):
    """Scores of the classes from the middle of the network.

    >>> SideBranch(512, 10)(torch.zeros(2, 512, 14, 14)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self, n_in: int, classes: int, *, form: str = "paper", dropout: float = 0.7,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.average = nn.AdaptiveAvgPool2d(4)
        self.conv = layer(n_in, 128, 1, form=form, generator=generator)
        self.units = Linear(128 * 4 * 4, 1024, generator=generator)
        self.g, self.dropout = nn.ReLU(), Dropout(p=fraction("dropout", dropout))
        self.output = Linear(1024, classes, init_variance=OF_SCORES, generator=generator)

    def forward(self, a: Tensor) -> Tensor:
        a = self.conv(self.average(a)).flatten(1)
        return self.output(self.dropout(self.g(self.units(a))))  # type: ignore[no-any-return]


class GoogLeNet(nn.Module):
    """Scores of the classes for pictures of 31 × 31 and larger; in training those of 4a and 4d, too.

    classes         how many
    channels        of the pictures
    size            height and width that the stem is chosen for
    stem            large, small, or auto by `size`
    form            paper, or torchvision, whose weights are published
    side_branches   with them; the loss is `with_side_branches`
    dropout         the probability to drop one of the 1024 averages
    generator       draws the weights; without one it is torch's default

    >>> sum(p.numel() for p in GoogLeNet(side_branches=False).parameters())
    6998552
    """

    def __init__(
        self, classes: int = 1000, *, channels: int = 3, size: Size = 224, stem: str = "auto", form: str = "paper",
        side_branches: bool = True, dropout: float = 0.4, generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        check_classes(classes, channels)
        one_of("form", form, FORMS)
        small, more = is_small(stem, size), dict[str, Any](form=form, generator=generator)
        self.channels, self.smallest = channels, 4 if small else 31
        check_size(size, self.smallest, "GoogLeNet")
        self.pool = MaxPool2d(3, stride=2, ceil_mode=True)
        self.last_pool = MaxPool2d(3 if form == "paper" else 2, stride=2, ceil_mode=True)
        self.stem = layer(channels, 192, 3, **more) if small else nn.Sequential(
            layer(channels, 64, 7, stride=2, **more), self.pool,
            layer(64, 64, 1, **more), layer(64, 192, 3, **more), self.pool,
        )
        self.inception, n = nn.ModuleDict(), 192
        for name, filters in FILTERS.items():
            self.inception[name] = Inception(n, filters, **more)
            n = sum(filters) - filters[1] - filters[3]
        self.sides = nn.ModuleDict({"4a": SideBranch(512, classes, **more), "4d": SideBranch(528, classes, **more)}
                                   if side_branches else {})
        self.dropout = Dropout(p=fraction("dropout", dropout))
        self.output = Linear(n, classes, init_variance=OF_SCORES, generator=generator)

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, ...]:
        check_pictures(x, self.channels, self.smallest, "GoogLeNet")
        a, sides = self.stem(x), []
        for name, inception in self.inception.items():
            if name in ("4a", "5a"):
                a = self.pool(a) if name == "4a" else self.last_pool(a)
            a = inception(a)
            if self.training and name in self.sides:
                sides.append(self.sides[name](a))
        scores = self.output(self.dropout(a.mean((2, 3))))
        return (scores, *sides) if sides else scores


def with_side_branches(loss_fn: Loss, weight: float = SIDE_WEIGHT) -> Loss:
    """The loss of the scores and `weight` times that of each side branch, where the network gives them.

    >>> from wengu.functions import cross_entropy
    >>> scores, y = torch.zeros(4, 10), torch.zeros(4, dtype=torch.long)
    >>> with_side_branches(cross_entropy)((scores, scores, scores), y) / cross_entropy(scores, y)
    tensor(1.6000)
    """

    def loss(outputs: Tensor | tuple[Tensor, ...], y: Tensor) -> Tensor:
        if isinstance(outputs, Tensor):
            return loss_fn(outputs, y)
        scores, *sides = outputs
        return loss_fn(scores, y) + weight * sum(loss_fn(side, y) for side in sides)

    return loss


def layer(
    n_in: int, n_out: int, f: int, *, form: str, stride: int = 1, generator: torch.Generator | None = None
) -> nn.Sequential:
    """Convolution and ReLU, "same" at stride 1; with batch norm in torchvision's form."""
    if form == "torchvision":
        return ConvNorm(n_in, n_out, f, stride=stride, eps=1e-3, generator=generator)
    return nn.Sequential(Conv2d(n_in, n_out, f, stride, (f - 1) // 2, generator=generator), nn.ReLU())
