"""Convolutional layers for signals, pictures and volumes: torch's, with He's start and clear refusals.     [notes 6.5]

    z = W * x + b          W = randn · √(init_variance / n),  n = f_H · f_W · n_C / G inputs of one sum;  b = 0

The sum is written out in convolution.py; see `Linear` for the 2. Source: He et al. 2015, arXiv:1502.01852, equation 10.
Shapes: x (m, n_C, n), (m, n_C, n_H, n_W) or (m, n_C, n_D, n_H, n_W); z the same with filters in place of n_C.
"""

from __future__ import annotations

from functools import partial
from typing import Literal

import torch
from torch import Tensor, nn

from wengu.core.checks import InputError, at_least, one_of, whole
from wengu.core.i18n import say
from wengu.layers.convolution import Padding, Size, output_size, padding_of, sizes
from wengu.layers.initialization import by_variance, draw

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")
PLACES = {1: "length", 2: "height, width", 3: "depth, height, width"}


class _Convolution:
    """What the three have in common; it stands before torch's class of n dimensions."""

    n: int

    in_channels: int
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Padding = 0,
        dilation: Size = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros",
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
        *,
        init_variance: float = 2.0,
        generator: torch.Generator | None = None,
    ) -> None:
        for name, channels in (("in_channels", in_channels), ("out_channels", out_channels), ("groups", groups)):
            whole(name, channels, 1)
        if in_channels % groups or out_channels % groups:
            raise InputError(
                say("groups: expected a divisor of in_channels, {n_in}, and of out_channels, {n_out}, got {groups}",
                    n_in=in_channels, n_out=out_channels, groups=groups)
            )
        one_of("padding_mode", padding_mode, PADDING_MODES)
        self.init_variance = at_least("init_variance", init_variance, 0)
        self._generator = generator  # torch's constructor draws W, by reset_parameters
        f = sizes("kernel_size", kernel_size, self.n)
        super().__init__(  # type: ignore[call-arg]
            in_channels, out_channels, f, sizes("stride", stride, self.n), padding_of(padding, f, dilation),
            sizes("dilation", dilation, self.n), groups, bias, padding_mode, device, dtype,
        )
        self._generator = None

    def reset_parameters(self) -> None:
        """W and b as at the start."""
        rule = partial(by_variance, init_variance=self.init_variance, generator=self._generator)
        draw(self, rule)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        if x.dim() not in (self.n + 1, self.n + 2) or x.shape[-self.n - 1] != self.in_channels:
            raise InputError(
                say("x: expected shape (examples, {channels}, {places}), got {got}", channels=self.in_channels,
                    places=PLACES[self.n], got=tuple(x.shape))
            )
        for n, f, p, s, d in zip(
            x.shape[-self.n:], self.kernel_size, self.padding, self.stride, self.dilation,  # type: ignore[attr-defined]
            strict=True,
        ):
            output_size(n, f, p, s, d)  # refuses a picture that is too small
        return super().forward(x)  # type: ignore[misc, no-any-return]


class Conv2d(_Convolution, nn.Conv2d):
    """torch.nn.Conv2d with initial weights by He's rule; channels-last pictures stay so.

    in_channels    n_C
    out_channels   the filters
    kernel_size    f, or (f_H, f_W)
    stride         s, or one down and one across
    padding        P, or one for rows and one for columns, or "valid" or "same"
    dilation       d, or one down and one across
    groups         G, a divisor of both numbers of channels
    padding_mode   zeros, reflect, replicate or circular
    init_variance  n · Var(W) at the start
    generator      draws W; without one it is torch's default. W is the same on every device and in every dtype

    Raises InputError for what does not fit together, and in forward for other channels or too small a picture.

    >>> Conv2d(3, 2, 3)(torch.zeros(1, 3, 6, 6)).shape
    torch.Size([1, 2, 4, 4])
    >>> sum(p.numel() for p in Conv2d(3, 10, 3).parameters())
    280
    """

    n = 2


class Conv1d(_Convolution, nn.Conv1d):
    """torch.nn.Conv1d with initial weights by He's rule; arguments as in Conv2d, sizes are one number.

    >>> Conv1d(1, 16, 5)(torch.zeros(1, 1, 14)).shape
    torch.Size([1, 16, 10])
    """

    n = 1


class Conv3d(_Convolution, nn.Conv3d):
    """torch.nn.Conv3d with initial weights by He's rule; arguments as in Conv2d, sizes are one number or three.

    >>> Conv3d(1, 16, 5)(torch.zeros(1, 1, 14, 14, 14)).shape
    torch.Size([1, 16, 10, 10, 10])
    """

    n = 3
