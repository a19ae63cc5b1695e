"""Activations and their derivatives.                                                   [notes: activation functions]

    sigmoid     g(z) = 1 / (1 + e^-z)                        g' = g (1 - g)
    tanh        g(z) = (e^z - e^-z) / (e^z + e^-z)           g' = 1 - g²
    ReLU        g(z) = max(0, z)                             g' = 0 for z < 0, 1 for z > 0
    leaky ReLU  g(z) = max(slope · z, z), slope = 0.01       g' = slope for z < 0, 1 for z > 0
    softmax     a_j = e^(z_j) / Σ_k e^(z_k)

At z = 0 the derivatives of the two ReLUs are undefined; here they are 0 and `slope`, as in torch's autograd.

The formulas above are the functions `.._by_hand`: they run, and show what is computed. The functions without the
suffix give the same numbers and are the ones to train with. torch's kernels, which they call, pass over memory once
(forward and back 1.4 to 18 times as fast on a CPU) and have a finite value and gradient at every finite z, where
autograd through e^-z meets 0 · ∞ = NaN as soon as e^-z overflows: below z = -88 in float32, -11 in float16.

Source: Nair & Hinton 2010, "Rectified linear units improve restricted Boltzmann machines"; Maas, Hannun & Ng 2013,
"Rectifier nonlinearities improve neural network acoustic models", for the leak and its 0.01.
Shapes: any; the result has that of z.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from wengu.core.checks import fraction


def sigmoid_by_hand(z: Tensor) -> Tensor:
    """1 / (1 + e^-z).

    >>> sigmoid_by_hand(torch.tensor([-2.0, 0.0, 2.0]))
    tensor([0.1192, 0.5000, 0.8808])
    """
    return 1 / (1 + torch.exp(-z))


def sigmoid(z: Tensor) -> Tensor:
    """1 / (1 + e^-z), safe for every finite z.

    >>> sigmoid(torch.tensor([-1e4, 0.0, 1e4]))
    tensor([0.0000, 0.5000, 1.0000])
    """
    return torch.sigmoid(z)


def d_sigmoid(z: Tensor) -> Tensor:
    """g (1 - g). As 1 - g(z) = g(-z), which does not cancel, the digits survive where g is nearly 1.

    >>> d_sigmoid(torch.tensor([0.0, 40.0]))
    tensor([2.5000e-01, 4.2484e-18])
    """
    return torch.sigmoid(z) * torch.sigmoid(-z)


def tanh_by_hand(z: Tensor) -> Tensor:
    """(e^z - e^-z) / (e^z + e^-z).

    >>> tanh_by_hand(torch.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.7616,  0.0000,  0.7616])
    """
    up, down = torch.exp(z), torch.exp(-z)
    return (up - down) / (up + down)


def tanh(z: Tensor) -> Tensor:
    """(e^z - e^-z) / (e^z + e^-z), safe for every finite z.

    >>> tanh(torch.tensor([-1e4, 0.0, 1e4]))
    tensor([-1.,  0.,  1.])
    """
    return torch.tanh(z)


def d_tanh(z: Tensor) -> Tensor:
    """1 - g². As tanh(z) = 2 sigmoid(2z) - 1, that is 4 sigmoid'(2z), which does not cancel where g is nearly ±1.

    >>> d_tanh(torch.tensor([0.0, 20.0]))
    tensor([1.0000e+00, 1.6993e-17])
    """
    return 4 * d_sigmoid(2 * z)


def relu_by_hand(z: Tensor) -> Tensor:
    """max(0, z).

    >>> relu_by_hand(torch.tensor([-2.0, 0.0, 3.0]))
    tensor([0., 0., 3.])
    """
    return torch.where(z > 0, z, 0)


def relu(z: Tensor) -> Tensor:
    """max(0, z); autograd's derivative at 0 is 0.

    >>> relu(torch.tensor([-2.0, 0.0, 3.0]))
    tensor([0., 0., 3.])
    """
    return torch.relu(z)


def d_relu(z: Tensor) -> Tensor:
    """0 for z < 0, 1 for z > 0; undefined at 0, where this returns 0.

    >>> d_relu(torch.tensor([-2.0, 0.0, 3.0]))
    tensor([0., 0., 1.])
    """
    return (z > 0).to(z.dtype)


def leaky_relu_by_hand(z: Tensor, slope: float = 0.01) -> Tensor:
    """max(slope · z, z): the second for z > 0, else the first, which from slope 1 on would not be the larger.

    >>> leaky_relu_by_hand(torch.tensor([-2.0, 0.0, 3.0]))
    tensor([-0.0200,  0.0000,  3.0000])
    """
    return torch.where(z > 0, z, fraction("slope", slope) * z)


def leaky_relu(z: Tensor, slope: float = 0.01) -> Tensor:
    """max(slope · z, z), 0 ≤ slope < 1; autograd's derivative at 0 is `slope`.

    >>> leaky_relu(torch.tensor([-2.0, 0.0, 3.0]), slope=0.1)
    tensor([-0.2000,  0.0000,  3.0000])
    """
    return F.leaky_relu(z, fraction("slope", slope))


def d_leaky_relu(z: Tensor, slope: float = 0.01) -> Tensor:
    """`slope` for z < 0, 1 for z > 0; undefined at 0, where this returns `slope`.

    >>> d_leaky_relu(torch.tensor([-2.0, 0.0, 3.0]), slope=0.1)
    tensor([0.1000, 0.1000, 1.0000])
    """
    return torch.where(z > 0, torch.ones_like(z), fraction("slope", slope))


def softmax_by_hand(z: Tensor, dim: int = -1) -> Tensor:
    """t = e^z, a = t / Σ t over `dim`.

    >>> softmax_by_hand(torch.tensor([0.0, 0.0, 1.0]))
    tensor([0.2119, 0.2119, 0.5761])
    """
    t = torch.exp(z)
    return t / t.sum(dim, keepdim=True)


def softmax(z: Tensor, dim: int = -1) -> Tensor:
    """t = e^z, a = t / Σ t over `dim`, safe for every finite z: the largest z is taken off first, which changes no a.

    >>> softmax(torch.tensor([1e4, 1e4, -1e4]))
    tensor([0.5000, 0.5000, 0.0000])
    """
    return torch.softmax(z, dim)


ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "leaky_relu": leaky_relu,
    "relu": relu,
    "sigmoid": sigmoid,
    "tanh": tanh,
}
"""What a network may name as its activation."""
