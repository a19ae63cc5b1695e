"""Convolution: the same small filter at every place of a picture.                      [notes: convolutional networks]

    z[k, u, v] = b_k + Σ_c Σ_p Σ_q  W[k, c, p, q] · x[c, s·u + d·p, s·v + d·q]      x with P rings of zeros around it
    n' = ⌊(n + 2P - d(f-1) - 1) / s⌋ + 1          P = 0 is "valid"; P = d(f-1)/2 is "same": n' = n for s = 1
    parameters  (f_H · f_W · n_C / G + 1) · filters      multiplications  n_H' · n_W' · filters · f_H · f_W · n_C / G

The filter is not turned round: mathematics calls this cross-correlation, the field calls it convolution. With stride
above 1, rows and columns at the far edge that no filter reaches are ignored. With G groups, each G-th of the filters
sums over its own G-th of the channels. A convolutional layer applies an activation to z: `relu(Conv2d(3, 10, 3)(x))`.
"same" asks for d(f-1) even; torch's own puts the odd ring behind, and takes stride 1 alone.

Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition", section II; the size is
relationship 15 of Dumoulin & Visin 2016, arXiv:1603.07285.

Letters: m examples, n_C channels, n_H × n_W picture, f filter size, s stride, P padding, d dilation, G groups, ' after
the layer.
Shapes: x (m, n_C, n_H, n_W), W (filters, n_C / G, f_H, f_W), b (filters), z (m, filters, n_H', n_W').
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from wengu.core.checks import InputError, at_least, one_of, whole
from wengu.core.i18n import say
from wengu.layers.initialization import by_variance, draw

Size = int | tuple[int, int]
Padding = Size | Literal["valid", "same"]
PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


def output_size(n: int, f: int, p: int = 0, s: int = 1, d: int = 1) -> int:
    """⌊(n + 2p - d(f-1) - 1) / s⌋ + 1: the places a filter of size f has on a length of n.

    >>> output_size(6, 3), output_size(7, 3, s=2), output_size(6, 3, p=1)
    (4, 3, 6)
    """
    at_least("stride", s, 1)
    covered = d * (f - 1) + 1
    if covered > n + 2 * p:
        raise InputError(
            say("f: expected a filter no larger than the padded input, {padded}, got {f}; pad more, or use a smaller "
                "filter or a larger input", padded=n + 2 * p, f=covered)
        )
    return (n + 2 * p - covered) // s + 1


def windows(x: Tensor, size: Size, stride: Size = 1, dilation: Size = 1) -> Iterator[tuple[int, int, Tensor]]:
    """Walks a filter over x, row by row: its place (u, v) and what it sees there, (..., f_H, f_W).

    >>> x = torch.arange(6).reshape(2, 3)
    >>> [(u, v, window.tolist()) for u, v, window in windows(x, size=(2, 1), stride=2)]
    [(0, 0, [[0], [3]]), (0, 1, [[2], [5]])]
    """
    (f_H, f_W), (s_H, s_W), (d_H, d_W) = pair("size", size), pair("stride", stride), pair("dilation", dilation)
    for u in range(output_size(x.shape[-2], f_H, s=s_H, d=d_H)):
        for v in range(output_size(x.shape[-1], f_W, s=s_W, d=d_W)):
            rows = slice(s_H * u, s_H * u + d_H * (f_H - 1) + 1, d_H)
            yield u, v, x[..., rows, s_W * v : s_W * v + d_W * (f_W - 1) + 1 : d_W]


def convolve_by_hand(
    x: Tensor,
    W: Tensor,
    b: Tensor | None = None,
    *,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Tensor:
    """Each filter's sum over each window of x, place after place.

    x          pictures, (m, n_C, n_H, n_W)
    W          filters, (filters, n_C / G, f_H, f_W)
    b          one for each filter
    stride     s, or one down and one across
    padding    P, or one for rows and one for columns, or "valid" or "same"
    dilation   d, or one down and one across
    groups     G

    Bright on the left, dark on the right, and the filter of vertical edges:

    >>> x = torch.tensor([[10.0, 10, 10, 0, 0, 0]] * 6)
    >>> W = torch.tensor([[1.0, 0, -1]] * 3)
    >>> convolve_by_hand(x[None, None], W[None, None])[0, 0, 0]
    tensor([ 0., 30., 30.,  0.])
    """
    size = (W.shape[-2], W.shape[-1])
    p_H, p_W = padding_of(padding, size, dilation)
    x = F.pad(x, (p_W, p_W, p_H, p_H))
    n_H, n_W = _places(x.shape[-2:], size, 0, stride, dilation)
    z = x.new_zeros(len(x), len(W), n_H, n_W)
    W = W.reshape(groups, -1, *W.shape[1:])  # (G, filters / G, n_C / G, f_H, f_W)
    x = x.reshape(len(x), groups, -1, *x.shape[2:])  # (m, G, n_C / G, n_H, n_W)
    for u, v, window in windows(x, size, stride, dilation):  # window (m, G, n_C / G, f_H, f_W)
        z[:, :, u, v] = torch.einsum("gkcpq, mgcpq -> mgk", W, window).flatten(1)
    return z if b is None else z + b[:, None, None]


class Conv2d(nn.Conv2d):
    """torch.nn.Conv2d with initial weights by He's rule; channels-last pictures stay so.

    W starts as randn · √(init_variance / n), n = f_H · f_W · n_C / G inputs of one sum, b at 0; see `Linear` for the 2.

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

    padding: tuple[int, int]

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
        size = pair("kernel_size", kernel_size)
        super().__init__(
            in_channels, out_channels, size, pair("stride", stride), padding_of(padding, size, dilation),
            pair("dilation", dilation), groups, bias, padding_mode, device, dtype,
        )
        self._generator = None

    def reset_parameters(self) -> None:
        """W and b as at the start."""
        draw(self, partial(by_variance, init_variance=self.init_variance, generator=self._generator))

    def forward(self, x: Tensor) -> Tensor:
        if x.dim() not in (3, 4) or x.shape[-3] != self.in_channels:
            raise InputError(
                say("x: expected shape (examples, {channels}, height, width), got {got}",
                    channels=self.in_channels, got=tuple(x.shape))
            )
        for n, f, p, s, d in zip(
            x.shape[-2:], self.kernel_size, self.padding, self.stride, self.dilation, strict=True
        ):
            output_size(n, f, p, s, d)  # refuses a picture that is too small
        return super().forward(x)


def parameter_count(
    in_channels: int, out_channels: int, kernel_size: Size, *, groups: int = 1, bias: bool = True
) -> int:
    """The numbers a convolutional layer learns: 28 for a filter of 3 × 3 × 3 with its bias.

    >>> parameter_count(3, 10, 3)
    280
    """
    return (math.prod(pair("kernel_size", kernel_size)) * in_channels // groups + bias) * out_channels


def multiplication_count(
    n: Size,
    in_channels: int,
    out_channels: int,
    kernel_size: Size,
    *,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> int:
    """The products of one picture of size n (or n_H, n_W): what a convolutional layer costs, its arguments as there.

    >>> multiplication_count(28, 192, 32, 5, padding="same")
    120422400
    """
    places = _places(pair("n", n), kernel_size, padding_of(padding, kernel_size, dilation), stride, dilation)
    return math.prod(places) * out_channels * math.prod(pair("kernel_size", kernel_size)) * in_channels // groups


def pair(name: str, value: Size, low: int = 1) -> tuple[int, int]:
    """(height, width), each at least `low`, from a pair or from one number for both."""
    height, width = value if isinstance(value, tuple | list) else (value, value)
    return whole(name, height, low), whole(name, width, low)


def padding_of(padding: Padding, size: Size, dilation: Size = 1) -> tuple[int, int]:
    """P above and below, P left and right."""
    if not isinstance(padding, str):
        return pair("padding", padding, 0)
    if one_of("padding", padding, ("valid", "same")) == "valid":
        return 0, 0
    size = pair("kernel_size", size)
    more_H, more_W = (d * (f - 1) for d, f in zip(pair("dilation", dilation), size, strict=True))
    if more_H % 2 or more_W % 2:
        raise InputError(
            say("padding: expected an odd filter size for 'same', got {size}; take an odd size, or padding as a number",
                size=size)
        )
    return more_H // 2, more_W // 2


def _places(n: tuple[int, ...], size: Size, p: Size, s: Size, d: Size) -> tuple[int, ...]:
    """(n_H', n_W')."""
    each = (pair("kernel_size", size), pair("padding", p, 0), pair("stride", s), pair("dilation", d))
    return tuple(output_size(*numbers) for numbers in zip(n, *each, strict=True))
