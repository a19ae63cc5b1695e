"""Convolution: the same small filter at every place of a signal, picture or volume.     [notes: convolutional networks]

    z[k, u, v] = b_k + Σ_c Σ_p Σ_q  W[k, c, p, q] · x[c, s·u + d·p, s·v + d·q]      x with P rings of zeros around it
    n' = ⌊(n + 2P - d(f-1) - 1) / s⌋ + 1          P = 0 is "valid"; P = d(f-1)/2 is "same": n' = n for s = 1
    parameters  (f_H · f_W · n_C / G + 1) · filters      multiplications  n_H' · n_W' · filters · f_H · f_W · n_C / G

Written for two dimensions; in one there are u and p alone, in three there is one more of each. The filter is not
turned round: mathematics calls this cross-correlation, the field calls it convolution. With stride above 1, rows and
columns at the far edge that no filter reaches are ignored. With G groups, each G-th of the filters sums over its own
G-th of the channels. A convolutional layer applies an activation to z: `relu(Conv2d(3, 10, 3)(x))`.
"same" asks for d(f-1) even; torch's own puts the odd ring behind, and takes stride 1 alone.

Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition", section II; the size is
relationship 15 of Dumoulin & Visin 2016, arXiv:1603.07285.

Letters: m examples, n_C channels, n_H × n_W picture, f filter size, s stride, P padding, d dilation, G groups, ' after
the layer.
Shapes: x (m, n_C, n_H, n_W), W (filters, n_C / G, f_H, f_W), b (filters), z (m, filters, n_H', n_W'); in one dimension
(m, n_C, n) and (filters, n_C / G, f), in three (m, n_C, n_D, n_H, n_W) and (filters, n_C / G, f_D, f_H, f_W).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from wengu.core.checks import InputError, at_least, one_of, whole
from wengu.core.i18n import say

Size = int | tuple[int, ...]  # one number for all dimensions, or one for each
Padding = Size | Literal["valid", "same"]


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


def windows(x: Tensor, size: Size, stride: Size = 1, dilation: Size = 1) -> Iterator[tuple[Any, ...]]:
    """Walks a filter over x, row by row: its place (u, v) and what it sees there, (..., f_H, f_W).

    In as many dimensions as `size` has numbers; one number alone stands for two.

    >>> x = torch.arange(6).reshape(2, 3)
    >>> [(u, v, window.tolist()) for u, v, window in windows(x, size=(2, 1), stride=2)]
    [(0, 0, [[0], [3]]), (0, 1, [[2], [5]])]
    >>> [(u, window.tolist()) for u, window in windows(torch.arange(4), size=(3,))]
    [(0, [0, 1, 2]), (1, [1, 2, 3])]
    """
    n = dimensions(size)
    f, s, d = sizes("size", size, n), sizes("stride", stride, n), sizes("dilation", dilation, n)
    for place in product(*map(range, places(x.shape[-n:], f, 0, s, d))):
        seen: Any = (..., *(slice(s_i * u, s_i * u + d_i * (f_i - 1) + 1, d_i)
                            for u, f_i, s_i, d_i in zip(place, f, s, d, strict=True)))
        yield *place, x[seen]


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
    """Each filter's sum over each window of x, place after place, in as many dimensions as the filters have.

    x          signals (m, n_C, n), pictures (m, n_C, n_H, n_W), or volumes (m, n_C, n_D, n_H, n_W)
    W          filters, (filters, n_C / G, f_H, f_W); of signals (filters, n_C / G, f)
    b          one for each filter
    stride     s, or one for each dimension
    padding    P, or one for each dimension, or "valid" or "same"
    dilation   d, or one for each dimension
    groups     G

    Bright on the left, dark on the right, and the filter of vertical edges:

    >>> x = torch.tensor([[10.0, 10, 10, 0, 0, 0]] * 6)
    >>> W = torch.tensor([[1.0, 0, -1]] * 3)
    >>> convolve_by_hand(x[None, None], W[None, None])[0, 0, 0]
    tensor([ 0., 30., 30.,  0.])

    A signal of 14 under 16 filters of 5, and a volume:

    >>> convolve_by_hand(torch.zeros(1, 1, 14), torch.zeros(16, 1, 5)).shape
    torch.Size([1, 16, 10])
    >>> convolve_by_hand(torch.zeros(1, 1, 14, 14, 14), torch.zeros(16, 1, 5, 5, 5)).shape
    torch.Size([1, 16, 10, 10, 10])
    """
    size, n = tuple(W.shape[2:]), W.dim() - 2
    if not 1 <= n <= 3 or x.dim() != n + 2:
        raise InputError(say("x: expected as many dimensions as the filters, three to five, got {x} and filters {W}",
                             x=tuple(x.shape), W=tuple(W.shape)))
    if x.shape[1] != W.shape[1] * groups or len(W) % groups:
        raise InputError(say("W: expected filters that see {n} / {G} of the channels, their number a multiple of "
                             "{G}, got shape {got}", n=x.shape[1], G=groups, got=tuple(W.shape)))
    x = F.pad(x, [p for one in reversed(padding_of(padding, size, dilation)) for p in (one, one)])
    z = x.new_zeros(len(x), len(W), *places(tuple(x.shape[2:]), size, 0, stride, dilation))
    W = W.reshape(groups, len(W) // groups, -1)  # (G, filters / G, n_C / G · f_H · f_W)
    for *place, window in windows(x, size, stride, dilation):  # (m, n_C, f_H, f_W)
        z[(..., *place)] = torch.einsum("gkn, mgn -> mgk", W, window.reshape(len(x), groups, -1)).flatten(1)
    return z if b is None else z + b.reshape(-1, *[1] * n)


def parameter_count(
    in_channels: int, out_channels: int, kernel_size: Size, *, groups: int = 1, bias: bool = True
) -> int:
    """The numbers a convolutional layer learns: 28 for a filter of 3 × 3 × 3 with its bias.

    >>> parameter_count(3, 10, 3), parameter_count(1, 16, (5,)), parameter_count(1, 16, (5, 5, 5))
    (280, 96, 2016)
    """
    size = sizes("kernel_size", kernel_size, dimensions(kernel_size))
    return (math.prod(size) * in_channels // groups + bias) * out_channels


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

    >>> multiplication_count(28, 192, 32, 5, padding="same"), multiplication_count((14,), 1, 16, 5)
    (120422400, 800)
    """
    of = dimensions(n if isinstance(n, tuple) else kernel_size)
    size = sizes("kernel_size", kernel_size, of)
    there = places(sizes("n", n, of), size, padding_of(padding, size, dilation), stride, dilation)
    return math.prod(there) * out_channels * math.prod(size) * in_channels // groups


def dimensions(size: Size) -> int:
    """In how many it is given; one number alone stands for the two of a picture."""
    return len(size) if isinstance(size, tuple | list) else 2


def sizes(name: str, value: Size, n: int = 2, low: int = 1) -> tuple[int, ...]:
    """One number for each of n dimensions, each at least `low`, from so many or from one for all.

    >>> sizes("stride", 2), sizes("stride", (1, 2, 3), 3)
    ((2, 2), (1, 2, 3))
    """
    each = tuple(value) if isinstance(value, tuple | list) else (value,) * n
    if len(each) != n:
        raise InputError(say("{name}: expected a number, or {n}, one for each dimension, got {got}", name=name, n=n,
                             got=value))
    return tuple(whole(name, one, low) for one in each)


def padding_of(padding: Padding, size: Size, dilation: Size = 1) -> tuple[int, ...]:
    """P at both ends of each dimension: above and below, left and right."""
    n = dimensions(size)
    if not isinstance(padding, str):
        return sizes("padding", padding, n, 0)
    if one_of("padding", padding, ("valid", "same")) == "valid":
        return (0,) * n
    f = sizes("kernel_size", size, n)
    more = [d_i * (f_i - 1) for d_i, f_i in zip(sizes("dilation", dilation, n), f, strict=True)]
    if any(one % 2 for one in more):
        raise InputError(
            say("padding: expected an odd filter size for 'same', got {size}; take an odd size, or padding as a number",
                size=f)
        )
    return tuple(one // 2 for one in more)


def places(n: tuple[int, ...], f: Size, p: Size = 0, s: Size = 1, d: Size = 1) -> tuple[int, ...]:
    """(n_H', n_W'): the output size of each dimension."""
    numbers = [("kernel_size", f, 1), ("padding", p, 0), ("stride", s, 1), ("dilation", d, 1)]
    each = [sizes(name, value, len(n), low) for name, value, low in numbers]
    return tuple(output_size(*one) for one in zip(n, *each, strict=True))
