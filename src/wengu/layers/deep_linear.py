"""The deep linear network: why gradients vanish and explode.                                               [notes 2.5]

    all b = 0, g(z) = z, all W^[l] = w · I        ŷ = W^[L] .. W^[2] W^[1] x = w^L x        dŷ/dx = w^L

With w = 1.5 and L = 50 that is 637,621,500 x, with w = 0.5 it is 0.0000000000000009 x; and the same on the way back. So
does a network with activations whose layers multiply by much more or less than 1. Source: the notes' example.
"""

from __future__ import annotations

import torch
from torch import nn

from wengu.core.checks import at_least
from wengu.layers.linear import Linear
from wengu.layers.probe import parameters_of


def deep_linear(layers: int, w: float, *, n: int = 1, dtype: torch.dtype = torch.float64) -> nn.Sequential:
    """The notes' network, `layers` linear layers of n units, for `init_report` to judge.

    >>> x = torch.ones(1, 1, dtype=torch.float64)
    >>> [deep_linear(50, w)(x).item() == w**50 for w in (0.5, 1.5)]
    [True, True]
    """
    at_least("layers", layers, 1)
    of_its_own = torch.Generator()  # what is drawn is not kept, so the reader's seed stays where it is
    net = nn.Sequential(*(Linear(n, n, generator=of_its_own) for _ in range(layers))).to(dtype)
    with torch.no_grad():
        for weight, _ in map(parameters_of, net):
            weight.copy_(w * torch.eye(n, dtype=dtype))
    return net
