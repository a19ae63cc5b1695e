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

from wengu.core.checks import InputError, at_least
from wengu.core.i18n import say
from wengu.layers.convolution import output_size, windows


def max_pool_by_hand(x: Tensor, size: int, *, stride: int | None = None, padding: int = 0) -> Tensor:
    """The largest value of each window.

    >>> x = torch.tensor([[1.0, 3, 2, 1], [2, 9, 1, 1], [1, 4, 2, 3], [5, 6, 1, 2]])
    >>> max_pool_by_hand(x[None, None], size=2)[0, 0]
    tensor([[9., 2.],
            [6., 3.]])
    """
    x = F.pad(x, [padding] * 4, value=-math.inf)
    return _over_windows(torch.amax, x, size, stride or size)


def average_pool_by_hand(x: Tensor, size: int, *, stride: int | None = None, padding: int = 0) -> Tensor:
    """The average of each window.

    >>> x = torch.tensor([[1.0, 3, 2, 1], [2, 9, 1, 1], [1, 4, 2, 3], [5, 6, 1, 2]])
    >>> average_pool_by_hand(x[None, None], size=2)[0, 0]
    tensor([[3.7500, 1.2500],
            [4.0000, 2.0000]])
    """
    return _over_windows(torch.mean, F.pad(x, [padding] * 4), size, stride or size)


def _over_windows(pool: Callable[..., Tensor], x: Tensor, size: int, stride: int) -> Tensor:
    """`pool` of each window of each channel."""
    n_H, n_W = (output_size(n, size, s=stride) for n in x.shape[-2:])
    a = x.new_empty(*x.shape[:-2], n_H, n_W)
    for u, v, window in windows(x, size, stride):
        a[..., u, v] = pool(window, (-2, -1))
    return a


class _Pool2d(nn.Module):
    """What the two layers share: f, s and p, and no parameters."""

    def __init__(self, size: int, *, stride: int | None = None, padding: int = 0) -> None:
        super().__init__()
        self.size, self.stride, self.padding = size, size if stride is None else stride, padding
        at_least("size", size, 1)
        at_least("stride", self.stride, 1)
        at_least("padding", padding, 0)
        if 2 * padding > size:
            raise InputError(
                say("padding: expected at most half the window's size {size}, got {got}; more would pool padding alone",
                    size=size, got=padding)
            )

    def _checked(self, x: Tensor) -> Tensor:
        """x, if a window fits into it."""
        for n in x.shape[-2:]:
            output_size(n, self.size, self.padding, self.stride)
        return x

    def extra_repr(self) -> str:
        return f"size={self.size}, stride={self.stride}, padding={self.padding}"


class MaxPool2d(_Pool2d):
    """The largest value of each window.

    >>> MaxPool2d(2)(torch.zeros(1, 6, 28, 28)).shape
    torch.Size([1, 6, 14, 14])
    """

    def forward(self, x: Tensor) -> Tensor:
        return F.max_pool2d(self._checked(x), self.size, self.stride, self.padding)


class AveragePool2d(_Pool2d):
    """The average of each window.

    >>> AveragePool2d(3, stride=2)(torch.zeros(1, 6, 7, 7)).shape
    torch.Size([1, 6, 3, 3])
    """

    def forward(self, x: Tensor) -> Tensor:
        return F.avg_pool2d(self._checked(x), self.size, self.stride, self.padding)
