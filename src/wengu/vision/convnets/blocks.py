"""What the networks share: convolution with batch norm, the check of a picture's size, and which stem suits it.

    a = g(γ (W * x - μ)/√(σ² + ε) + β)         W without b, for β does its work; p = ⌊(f-1)/2⌋: n' = ⌈n/s⌉ for odd f

The stem is what a network of ImageNet does first: it makes a picture of 224 × 224 four times smaller before the work
begins. A picture of 32 × 32 would have nothing left, so the small stem keeps its size. Source: He et al. 2015,
arXiv:1512.03385, sections 4.1 and 4.2, for both stems; Ioffe & Szegedy 2015, arXiv:1502.03167, section 3.2, for W
without b.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

from wengu.core.checks import InputError, at_least, one_of
from wengu.core.i18n import say
from wengu.layers.batch_norm import BatchNorm
from wengu.layers.convolution import Size, sizes
from wengu.layers.convolution_layers import Conv2d

STEMS = ("auto", "large", "small")
OF_SCORES = 0.1  # n · Var(W) of the last layer: the scores begin near 0, and the cost at ln C
SMALL = 64  # pixels of the shorter side below which "auto" takes the small stem


class ConvNorm(nn.Sequential):
    """Convolution, batch norm and the activation g, in layers called `conv`, `norm` and `g`; "same" unless padded.

    in_channels, out_channels, kernel_size, stride, groups   of the convolution
    padding     P; by default what keeps the size at stride 1
    g           the activation; None for none
    eps         ε of the batch norm
    generator   draws W; without one it is torch's default

    >>> ConvNorm(3, 64, 7, stride=2)(torch.zeros(2, 3, 224, 224)).shape
    torch.Size([2, 64, 112, 112])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        *,
        stride: int = 1,
        padding: Size | None = None,
        groups: int = 1,
        g: nn.Module | None = nn.ReLU(),  # noqa: B008  it has neither weights nor state
        eps: float = 1e-5,
        generator: torch.Generator | None = None,
    ) -> None:
        f_H, f_W = sizes("kernel_size", kernel_size)
        same = (f_H - 1) // 2, (f_W - 1) // 2
        layers: list[tuple[str, nn.Module]] = [
            ("conv", Conv2d(in_channels, out_channels, kernel_size, stride, same if padding is None else padding,
                            groups=groups, bias=False, generator=generator)),
            ("norm", BatchNorm(out_channels, eps)),
        ]
        super().__init__(OrderedDict(layers if g is None else [*layers, ("g", g)]))


def is_small(stem: str, size: Size, *, below: int = SMALL) -> bool:
    """Whether the stem for small pictures is meant: by name, or `auto` by the shorter side.

    >>> is_small("auto", 32), is_small("auto", (224, 320)), is_small("small", 224), is_small("auto", 66, below=67)
    (True, False, True, True)
    """
    one_of("stem", stem, STEMS)
    return stem == "small" or (stem == "auto" and min(sizes("size", size)) < below)


def check_size(size: Size, smallest: int, of: str) -> None:
    """Raises InputError where pictures of this size are too small for the network."""
    height, width = sizes("size", size)
    if min(height, width) < smallest:
        raise InputError(say("size: {network} reads pictures of {n} × {n} and larger, got {height} × {width}; enlarge "
                             "them", network=of, n=smallest, height=height, width=width))


def check_pictures(x: Tensor, channels: int, smallest: int, of: str) -> None:
    """Raises InputError for what is no batch of pictures with these channels, and for pictures that are too small."""
    if x.dim() != 4 or x.shape[1] != channels:
        raise InputError(say("x: expected shape (examples, {channels}, height, width), got {got}", channels=channels,
                             got=tuple(x.shape)))
    if min(x.shape[2:]) < smallest:
        check_size((x.shape[2], x.shape[3]), smallest, of)


def check_classes(classes: int, channels: int) -> None:
    """Raises InputError where either is below 1."""
    at_least("classes", classes, 1)
    at_least("channels", channels, 1)
