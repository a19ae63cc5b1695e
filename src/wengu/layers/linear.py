"""Linear layer: every output a weighted sum of all inputs.                                 [notes: logistic regression]

    z_k = Σ_c W_kc x_c + b_k              z = W x + b
    W = randn · √(init_variance / n),     b = 0 at the start; n inputs

init_variance is n · Var(W): 2 keeps the mean square of the activations from layer to layer under ReLU; 1 is for tanh
(Xavier; the notes' √(1/n)). torch.nn.Linear starts at 1/3, uniform.

Source: He et al. 2015, "Delving deep into rectifiers", arXiv:1502.01852, equation 10, for the 2.
Shapes: x (..., n_in), W (n_out, n_in), b (n_out), z (..., n_out).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from wengu.core.checks import InputError, at_least
from wengu.core.i18n import say


def linear_by_hand(x: Tensor, W: Tensor, b: Tensor | None = None) -> Tensor:
    """The sum above, all products at once in memory.

    >>> linear_by_hand(torch.tensor([1.0, 2.0]), torch.tensor([[3.0, 4.0]]), torch.tensor([5.0]))
    tensor([16.])
    """
    z = (W * x.unsqueeze(-2)).sum(-1)  # (..., n_out, n_in) -> (..., n_out)
    return z if b is None else z + b


class Linear(nn.Module):
    """z = W x + b with W and b to learn. One matrix product, which holds no (.., n_out, n_in) in memory.

    >>> Linear(400, 120)(torch.zeros(5, 400)).shape
    torch.Size([5, 120])
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        bias: bool = True,
        init_variance: float = 2.0,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        at_least("n_in", n_in, 1)
        at_least("n_out", n_out, 1)
        self.n_in, self.n_out = n_in, n_out
        scale = math.sqrt(at_least("init_variance", init_variance, 0) / n_in)
        self.weight = nn.Parameter(torch.randn(n_out, n_in, generator=generator) * scale)
        self.bias = nn.Parameter(torch.zeros(n_out)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-1] != self.n_in:
            raise InputError(
                say("x: expected {n_in} {n_in:feature|features} in the last dimension, got shape {got}; build the "
                    "layer with n_in={wanted}, or flatten x first",
                    n_in=self.n_in, got=tuple(x.shape), wanted=x.shape[-1])
            )
        return F.linear(x, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"{self.n_in}, {self.n_out}, bias={self.bias is not None}"
