"""Pooling: the largest value, or the average, of what a window covers.                         [notes: pooling layers]

    max      a[c, u, v] = max_{p,q}  x[c, s·u + p, s·v + q]
    average  a[c, u, v] = 1/f² Σ_{p,q} x[c, s·u + p, s·v + q]            sizes as in convolution; nothing is learned

Padding is -∞ for max, where it never wins, and 0 for the average, where it counts in f², as in torch. Where several
values are the largest, their gradient is shared out equally by hand, and goes to the first of them in torch's kernel,
which the layers call.

Source: Goodfellow, Bengio & Courville 2016, "Deep Learning", section 9.3.
Shapes: x (m, n_C, n_H, n_W), a (m, n_C, n_H', n_W'). The stride s is f unless given: windows side by side.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.layers.convolution import output_size, sizes, windows

Size = int | tuple[int, int]


def max_pool_by_hand(x: Tensor, kernel_size: int, *, stride: int | None = None, padding: int = 0) -> Tensor:
    """The largest value of each window.

    >>> x = torch.tensor([[1.0, 3, 2, 1], [2, 9, 1, 1], [1, 4, 2, 3], [5, 6, 1, 2]])
    >>> max_pool_by_hand(x[None, None], 2)[0, 0]
    tensor([[9., 2.],
            [6., 3.]])
    """
    x = F.pad(x, [padding] * 4, value=-math.inf)
    return _over_windows(torch.amax, x, kernel_size, stride or kernel_size)


def average_pool_by_hand(x: Tensor, kernel_size: int, *, stride: int | None = None, padding: int = 0) -> Tensor:
    """The average of each window.

    >>> x = torch.tensor([[1.0, 3, 2, 1], [2, 9, 1, 1], [1, 4, 2, 3], [5, 6, 1, 2]])
    >>> average_pool_by_hand(x[None, None], 2)[0, 0]
    tensor([[3.7500, 1.2500],
            [4.0000, 2.0000]])
    """
    return _over_windows(torch.mean, F.pad(x, [padding] * 4), kernel_size, stride or kernel_size)


def _over_windows(pool: Callable[..., Tensor], x: Tensor, f: int, s: int) -> Tensor:
    """`pool` of each window of each channel."""
    n_H, n_W = (output_size(n, f, s=s) for n in x.shape[-2:])
    a = x.new_empty(*x.shape[:-2], n_H, n_W)
    for u, v, window in windows(x, f, s):
        a[..., u, v] = pool(window, (-2, -1))
    return a


class MaxPool2d(nn.MaxPool2d):
    """torch.nn.MaxPool2d: the largest value of each window.

    kernel_size      f, or (f_H, f_W)
    stride           s, or one down and one across; f where it is not given
    padding          rings of -∞, at most half a window
    dilation         the step within a window
    return_indices   also where the largest value is
    ceil_mode        with windows that reach over the far edge

    >>> MaxPool2d(2)(torch.zeros(1, 6, 28, 28)).shape
    torch.Size([1, 6, 14, 14])
    """

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        dilation: Size = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        _check(kernel_size, stride, padding, dilation)
        super().__init__(kernel_size, stride, padding, dilation, return_indices, ceil_mode)

    def forward(self, x: Tensor) -> Tensor:
        try:
            return super().forward(x)  # type: ignore[no-any-return]
        except RuntimeError:
            _explain(x, self, self.dilation)
            raise


class AvgPool2d(nn.AvgPool2d):
    """torch.nn.AvgPool2d: the average of each window.

    kernel_size         f, or (f_H, f_W)
    stride              s, or one down and one across; f where it is not given
    padding             rings of 0, at most half a window
    ceil_mode           with windows that reach over the far edge
    count_include_pad   divide by f² where padding is covered, too
    divisor_override    what to divide by in place of f²

    >>> AvgPool2d(3, stride=2)(torch.zeros(1, 6, 7, 7)).shape
    torch.Size([1, 6, 3, 3])
    """

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        _check(kernel_size, stride, padding)
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)

    def forward(self, x: Tensor) -> Tensor:
        try:
            return super().forward(x)
        except RuntimeError:
            _explain(x, self)
            raise


def _check(kernel_size: Size, stride: Size | None, padding: Size, dilation: Size = 1) -> None:
    """Raises InputError for a window that cannot be."""
    size, steps = sizes("kernel_size", kernel_size), sizes("dilation", dilation)
    sizes("stride", kernel_size if stride is None else stride)
    for f, p, d in zip(size, sizes("padding", padding, low=0), steps, strict=True):
        if 2 * p > d * (f - 1) + 1:
            raise InputError(
                say("padding: expected at most half the window's size {size}, got {got}; more would pool padding alone",
                    size=d * (f - 1) + 1, got=p)
            )


def _explain(x: Tensor, layer: nn.MaxPool2d | nn.AvgPool2d, dilation: Size = 1) -> None:
    """Raises InputError where torch refused x because no window fits into it; asked beforehand it would cost 3 µs."""
    numbers = ("kernel_size", layer.kernel_size, 1), ("padding", layer.padding, 0), ("dilation", dilation, 1)
    each = [sizes(name, value, low=low) for name, value, low in numbers]
    for n, f, p, d in zip(x.shape[-2:], *each, strict=True):
        output_size(n, f, p, d=d)
