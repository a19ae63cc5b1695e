"""L2 and L1 as terms of the cost, for the loop: one through the gradient, one through a proximal step.  [notes 4.1-4.3]

    J + l2/2 Σ‖W‖² + l1/2 Σ‖W‖₁            l2, l1 = λ/m, the notes' λ over the number of examples

    L2:   g <- g + l2 W                     before the optimiser's step, so that it sees the term as part of J
    L1:   W <- sign(W) max(|W| - α l1/2, 0) after it: weights become exactly 0, which no gradient step makes them

Source: the notes' λ/2m; Parikh & Boyd 2014, Proximal Algorithms, 6.5.2, for the L1 step. Biases, and all other
tensors of one dimension, are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

from wengu.core.checks import at_least
from wengu.functions import soft_threshold


class Penalty:
    """The L2 and the L1 penalty over these parameters: their cost, and what they do to the gradient and the weights.

    >>> w = torch.nn.Parameter(torch.tensor([[0.5, -0.02]])); w.grad = torch.zeros_like(w)
    >>> Penalty([w], l1=0.5).proximal_step([{"params": [w], "lr": 1.0}]); w.tolist()
    [[0.25, -0.0]]
    """

    def __init__(self, parameters: Iterable[Tensor], *, l2: float = 0.0, l1: float = 0.0) -> None:
        self.l2, self.l1 = at_least("l2", l2, 0), at_least("l1", l1, 0)
        self.weights = [w for w in parameters if w.dim() > 1]

    def add_gradient(self) -> None:
        """Add the gradient of the L2 term, between `backward` and the optimiser's step."""
        if self.l2:
            with torch.no_grad():
                for w in self.weights:
                    if w.grad is not None:
                        w.grad.add_(w, alpha=self.l2)

    def proximal_step(self, groups: Iterable[Mapping[str, Any]]) -> None:
        """The proximal step of the L1 term, after the optimiser's: of each weight stepped on, by its group's α."""
        if self.l1:
            penalised = set(map(id, self.weights))
            with torch.no_grad():
                for group in groups:
                    for w in group["params"]:
                        if w.grad is not None and id(w) in penalised:
                            w.copy_(soft_threshold(w, group["lr"] * self.l1 / 2))
