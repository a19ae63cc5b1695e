"""Convolution: the same small filter at every place of a picture.                      [notes: convolutional networks]

    z[k, u, v] = b_k + Σ_c Σ_p Σ_q  W[k, c, p, q] · x[c, s·u + p, s·v + q]          x with p rings of zeros around it
    n' = ⌊(n + 2p - f) / s⌋ + 1          p = 0 is "valid"; p = (f-1)/2 is "same": n' = n for s = 1, and f must be odd
    parameters  (f_H · f_W · n_C + 1) · filters          multiplications  n_H' · n_W' · filters · f_H · f_W · n_C

The filter is not turned round: mathematics calls this cross-correlation, the field calls it convolution. With stride
above 1, rows and columns at the far edge that no filter reaches are ignored. A convolutional layer applies an
activation to z: `relu(Conv2d(3, 10, 3)(x))`.

Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition", section II; the size is
relationship 6 of Dumoulin & Visin 2016, arXiv:1603.07285.

Letters: m examples, n_C channels, n_H × n_W picture, f filter size, s stride, p padding, k filter, ' after the layer.
Shapes: x (m, n_C, n_H, n_W), W (filters, n_C, f_H, f_W), b (filters), z (m, filters, n_H', n_W').
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from wengu.core.checks import InputError, at_least, one_of
from wengu.core.i18n import say

Size = int | tuple[int, int]
Padding = int | Literal["valid", "same"]


def output_size(n: int, f: int, p: int = 0, s: int = 1) -> int:
    """⌊(n + 2p - f) / s⌋ + 1: the places a filter of size f has on a length of n.

    >>> output_size(6, 3), output_size(7, 3, s=2), output_size(6, 3, p=1)
    (4, 3, 6)
    """
    at_least("stride", s, 1)
    if f > n + 2 * p:
        raise InputError(
            say("f: expected a filter no larger than the padded input, {padded}, got {f}; pad more, or use a smaller "
                "filter or a larger input", padded=n + 2 * p, f=f)
        )
    return (n + 2 * p - f) // s + 1


def windows(x: Tensor, size: Size, stride: int) -> Iterator[tuple[int, int, Tensor]]:
    """Walks a filter over x, row by row: its place (u, v) and what it covers there, (..., f_H, f_W).

    >>> x = torch.arange(6).reshape(2, 3)
    >>> [(u, v, window.tolist()) for u, v, window in windows(x, size=(2, 1), stride=2)]
    [(0, 0, [[0], [3]]), (0, 1, [[2], [5]])]
    """
    (f_H, f_W), s = pair(size), stride
    for u in range(output_size(x.shape[-2], f_H, s=s)):
        for v in range(output_size(x.shape[-1], f_W, s=s)):
            yield u, v, x[..., s * u : s * u + f_H, s * v : s * v + f_W]


def convolve_by_hand(
    x: Tensor, W: Tensor, b: Tensor | None = None, *, stride: int = 1, padding: Padding = "valid"
) -> Tensor:
    """The sum above, place after place.

    Bright on the left, dark on the right, and the filter of vertical edges:

    >>> x = torch.tensor([[10.0, 10, 10, 0, 0, 0]] * 6)
    >>> W = torch.tensor([[1.0, 0, -1]] * 3)
    >>> convolve_by_hand(x[None, None], W[None, None])[0, 0, 0]
    tensor([ 0., 30., 30.,  0.])
    """
    size = (W.shape[-2], W.shape[-1])
    p_H, p_W = padding_of(padding, size)
    x = F.pad(x, (p_W, p_W, p_H, p_H))
    n_H, n_W = (output_size(n, f, s=stride) for n, f in zip(x.shape[-2:], size, strict=True))
    z = x.new_zeros(len(x), len(W), n_H, n_W)
    for u, v, window in windows(x, size, stride):  # window (m, n_C, f_H, f_W)
        z[:, :, u, v] = torch.einsum("kcpq, mcpq -> mk", W, window)
    return z if b is None else z + b[:, None, None]


class Conv2d(nn.Module):
    """z as above with W and b to learn, by torch's kernel; channels-last pictures stay so.

    W starts as randn · √(init_variance / n), n = f_H · f_W · n_C inputs of one sum, b at 0; see `Linear` for the 2.

    >>> Conv2d(3, 2, size=3)(torch.zeros(1, 3, 6, 6)).shape
    torch.Size([1, 2, 4, 4])
    >>> sum(p.numel() for p in Conv2d(3, 10, size=3).parameters())
    280
    """

    def __init__(
        self,
        channels_in: int,
        filters: int,
        size: Size,
        *,
        stride: int = 1,
        padding: Padding = "valid",
        bias: bool = True,
        init_variance: float = 2.0,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        at_least("channels_in", channels_in, 1)
        at_least("filters", filters, 1)
        at_least("stride", stride, 1)
        self.channels_in, self.filters, self.size, self.stride = channels_in, filters, pair(size), stride
        self.padding = padding_of(padding, self.size)
        scale = math.sqrt(at_least("init_variance", init_variance, 0) / (channels_in * math.prod(self.size)))
        self.weight = nn.Parameter(torch.randn(filters, channels_in, *self.size, generator=generator) * scale)
        self.bias = nn.Parameter(torch.zeros(filters)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        if x.dim() != 4 or x.shape[1] != self.channels_in:
            raise InputError(
                say("x: expected shape (examples, {channels}, height, width), got {got}",
                    channels=self.channels_in, got=tuple(x.shape))
            )
        for n, f, p in zip(x.shape[2:], self.size, self.padding, strict=True):
            output_size(n, f, p, self.stride)  # refuses a picture that is too small
        return F.conv2d(x, self.weight, self.bias, self.stride, self.padding)

    def extra_repr(self) -> str:
        return f"{self.channels_in}, {self.filters}, size={self.size}, stride={self.stride}, padding={self.padding}"


def parameter_count(channels_in: int, filters: int, size: Size, *, bias: bool = True) -> int:
    """The numbers a convolutional layer learns: 28 for a filter of 3 × 3 × 3 with its bias.

    >>> parameter_count(3, 10, size=3)
    280
    """
    return (math.prod(pair(size)) * channels_in + bias) * filters


def multiplication_count(
    n: Size, channels_in: int, filters: int, size: Size, *, stride: int = 1, padding: Padding = "valid"
) -> int:
    """The products of one picture of size n (or n_H, n_W): what a convolutional layer costs.

    >>> multiplication_count(28, 192, 32, size=5, padding="same")
    120422400
    """
    places = [
        output_size(n_, f, p, stride) for n_, f, p in zip(pair(n), pair(size), padding_of(padding, size), strict=True)
    ]
    return math.prod(places) * filters * math.prod(pair(size)) * channels_in


def pair(size: Size) -> tuple[int, int]:
    """(height, width), each at least 1, from a pair or from one number for both."""
    height, width = (size, size) if isinstance(size, int) else size
    at_least("size", min(height, width), 1)
    return height, width


def padding_of(padding: Padding, size: Size) -> tuple[int, int]:
    """p above and below, p left and right."""
    if isinstance(padding, int):
        at_least("padding", padding, 0)
        return padding, padding
    f_H, f_W = pair(size)
    if one_of("padding", padding, ("valid", "same")) == "valid":
        return 0, 0
    if f_H % 2 == 0 or f_W % 2 == 0:
        raise InputError(
            say("padding: expected an odd filter size for 'same', got {size}; take an odd size, or padding as a number",
                size=(f_H, f_W))
        )
    return (f_H - 1) // 2, (f_W - 1) // 2
