"""Linear layer: every output a weighted sum of all inputs.                                 [notes: logistic regression]

    z_k = Σ_c W_kc x_c + b_k              z = W x + b
    W = randn · √(init_variance / n),     b = 0 at the start; n inputs

init_variance is n · Var(W): 2 keeps the mean square of the activations from layer to layer under ReLU; 1 is for tanh
(Xavier; the notes' √(1/n)). torch.nn.Linear starts at 1/3, uniform.

Source: He et al. 2015, "Delving deep into rectifiers", arXiv:1502.01852, equation 10, for the 2.
Shapes: x (..., in_features), W (out_features, in_features), b (out_features), z (..., out_features).
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from wengu.core.checks import InputError, at_least, whole
from wengu.core.i18n import say
from wengu.layers.initialization import by_variance, draw


def linear_by_hand(x: Tensor, W: Tensor, b: Tensor | None = None) -> Tensor:
    """W x + b, all products at once in memory.

    >>> linear_by_hand(torch.tensor([1.0, 2.0]), torch.tensor([[3.0, 4.0]]), torch.tensor([5.0]))
    tensor([16.])
    """
    z = (W * x.unsqueeze(-2)).sum(-1)  # (..., out_features, in_features) -> (..., out_features)
    return z if b is None else z + b


class Linear(nn.Linear):
    """torch.nn.Linear with initial weights by He's rule: one matrix product, and no single product is kept in memory.

    in_features     n
    out_features    how many sums
    bias            with b
    init_variance   n · Var(W) at the start
    generator       draws W; without one it is torch's default. W is the same on every device and in every dtype

    Raises InputError for a size below 1, and in forward for another number of features.

    >>> Linear(400, 120)(torch.zeros(5, 400)).shape
    torch.Size([5, 120])
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
        *,
        init_variance: float = 2.0,
        generator: torch.Generator | None = None,
    ) -> None:
        whole("in_features", in_features, 1)
        whole("out_features", out_features, 1)
        self.init_variance = at_least("init_variance", init_variance, 0)
        self._generator = generator  # torch's constructor draws W, by reset_parameters
        super().__init__(in_features, out_features, bias, device, dtype)
        self._generator = None

    def reset_parameters(self) -> None:
        """W and b as at the start."""
        draw(self, partial(by_variance, init_variance=self.init_variance, generator=self._generator))

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-1] != self.in_features:
            raise InputError(
                say("x: expected {n} {n:feature|features} in the last dimension, got shape {got}; build the layer with "
                    "in_features={wanted}, or flatten x first",
                    n=self.in_features, got=tuple(x.shape), wanted=x.shape[-1])
            )
        return F.linear(x, self.weight, self.bias)
