"""The ResNets of pictures of 32 × 32, and the same networks without their shortcuts.                    [notes: ResNet]

    places      3 × 3, 16                                                  6n + 2 layers in all:
    32 × 32     [3×3, 16; 3×3, 16] · n                                     n     3    5    7    9    18
    16 × 16     [3×3, 32; 3×3, 32] · n                                           20   32   44   56   110
    8 × 8       [3×3, 64; 3×3, 64] · n
                average over the places, linear layer, softmax             269,722 parameters in 20 layers, ten classes

    shortcut    zeros         a at every second place, with channels of zeros behind: nothing to learn       (option A)
                convolution   W_s, 1 × 1 with stride and batch norm                                          (option B)
                none          z alone: the plain network, which gets worse as it gets deeper

Source: He et al. 2015, arXiv:1512.03385, section 4.2 and table 6. Shapes: x (m, channels, n_H, n_W) of any size, scores
(m, classes). At 56 layers the paper has 6.97 % error on CIFAR-10, and the plain network more on its training set, too.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from wengu.core.checks import one_of, positive
from wengu.layers.linear import Linear
from wengu.vision.convnets.blocks import OF_SCORES, ConvNorm, check_classes, check_pictures
from wengu.vision.convnets.resnet import Residual

SHORTCUTS = ("zeros", "convolution", "none")


class ZeroChannels(nn.Module):
    """a at every second place down and across, with as many channels of zeros behind as there are.

    >>> ZeroChannels()(torch.ones(1, 2, 4, 4))[0, :, 0, 0]
    tensor([1., 1., 0., 0.])
    """

    def forward(self, a: Tensor) -> Tensor:
        return F.pad(a[:, :, ::2, ::2], (0, 0, 0, 0, 0, a.shape[1]))


class Nothing(nn.Module):
    """0: what is added to z in a plain network."""

    def forward(self, a: Tensor) -> float:
        return 0.0


class CifarResNet(nn.Module):
    """Scores of the classes for small pictures, by the class attribute `n`.

    classes     how many
    channels    of the pictures
    shortcut    zeros, convolution, or none
    width       filters of each layer, beside the network's own: 2 is twice as many, about four times the weights
    generator   draws the weights; without one it is torch's default

    >>> sum(p.numel() for p in ResNet20().parameters())
    269722
    """

    n: ClassVar[int] = 3

    def __init__(
        self, classes: int = 10, *, channels: int = 3, shortcut: str = "zeros", width: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        check_classes(classes, channels)
        one_of("shortcut", shortcut, SHORTCUTS)
        positive("width", width)
        self.channels = channels
        first, *_ = filters = [max(1, round(width * 16)) * times for times in (1, 2, 4)]
        self.stem = ConvNorm(channels, first, 3, generator=generator)
        self.stages, before = nn.Sequential(), first
        for n_C in filters:
            stage = nn.Sequential()
            for _ in range(self.n):
                block = Residual(before, n_C, stride=1 if n_C == before else 2, generator=generator)
                if shortcut == "none":
                    block.shortcut = Nothing()
                elif shortcut == "zeros" and n_C != before:
                    block.shortcut = ZeroChannels()
                if isinstance(block.shortcut, (Nothing, ZeroChannels)):
                    nn.init.ones_(block.body[-1].get_parameter("norm.weight"))  # g(0 · z + 0) has no gradient, for ever
                stage.append(block)
                before = n_C
            self.stages.append(stage)
        self.output = Linear(before, classes, init_variance=OF_SCORES, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        check_pictures(x, self.channels, 1, type(self).__name__)
        return self.output(self.stages(self.stem(x)).mean((2, 3)))  # type: ignore[no-any-return]


class ResNet20(CifarResNet):
    """20 layers; arguments as in CifarResNet.

    >>> ResNet20(channels=1)(torch.zeros(1, 1, 28, 28)).shape
    torch.Size([1, 10])
    """


class ResNet32(CifarResNet):
    """32 layers; arguments as in CifarResNet."""

    n = 5


class ResNet44(CifarResNet):
    """44 layers; arguments as in CifarResNet."""

    n = 7


class ResNet56(CifarResNet):
    """56 layers; arguments as in CifarResNet."""

    n = 9


class ResNet110(CifarResNet):
    """110 layers; arguments as in CifarResNet."""

    n = 18
