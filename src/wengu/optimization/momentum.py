"""Momentum: downhill along an average of the last gradients.                                        [notes 2.9]

    V <- β V + (1-β) g             an average over about the last 1/(1-β) steps: β = 0.9, ten
    W <- W - α V

    weight decay λ, coupled:       g <- g + λ W            decoupled:   W <- (1 - α λ) W

Source: the notes' form, with (1-β); Polyak 1964, USSR Comp. Math. 4(5), and torch's SGD have V <- β V + g, whose V is
1/(1-β) times as long: their α is (1-β) times ours. V starts at 0 and is not corrected, so the first steps are short.
It is not always faster: on a round bowl, where the gradient points at the minimum, it overshoots, unlike plain descent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from torch import Tensor

from wengu.optimization.fused_optimizer import FusedOptimizer, TensorGroup
from wengu.optimization.gradient_descent import sgd_kernel
from wengu.torch_private import foreach


def momentum_by_hand(w: Tensor, g: Tensor, v: Tensor, *, lr: float, beta: float = 0.9) -> None:
    """The two lines above, for one tensor; w and v change in place.

    >>> import torch
    >>> w, v = torch.ones(1), torch.zeros(1)
    >>> momentum_by_hand(w, torch.ones(1), v, lr=1.0); momentum_by_hand(w, torch.ones(1), v, lr=1.0); v, w
    (tensor([0.1900]), tensor([0.7100]))
    """
    v.mul_(beta).add_(g, alpha=1 - beta)
    w.sub_(lr * v)


class Momentum(FusedOptimizer):
    """The same over all parameters, in one pass over memory. Book-keeping only; the maths is above.

    Raises InputError for α <= 0, β outside [0, 1) or λ < 0; TypeError for sparse gradients.

    >>> import torch
    >>> w = torch.nn.Parameter(torch.ones(1)); w.grad = torch.ones(1)
    >>> Momentum([w], lr=1.0).step(); round(w.item(), 4)
    0.9
    """

    AVERAGES = ("momentum_buffer",)

    def __init__(
        self,
        params: Iterable[Any],
        *,
        lr: float = 0.1,
        beta: float = 0.9,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
    ) -> None:
        super().__init__(params, lr=lr, beta=beta, weight_decay=weight_decay,
                         decoupled_weight_decay=decoupled_weight_decay)

    def kernel(self, tensors: TensorGroup, **group: Any) -> None:
        """By torch's fused kernel, whose weight decay is the coupled one."""
        decay = group["weight_decay"]
        if decay and group["decoupled_weight_decay"]:
            foreach("mul_", tensors.weights, 1 - group["lr"] * decay)
            decay = 0.0
        if group["beta"] == 0:  # torch's kernel then keeps no averages
            foreach("copy_", tensors.averages[0], tensors.gradients)
            sgd_kernel(tensors, [], beta=0.0, lr=group["lr"], weight_decay=decay)
        else:
            sgd_kernel(tensors, *tensors.averages, beta=group["beta"], lr=group["lr"], weight_decay=decay)

    def by_hand(self, w: Tensor, g: Tensor, averages: Sequence[Tensor], t: int, **group: Any) -> None:
        """One step of one tensor, by `momentum_by_hand`."""
        momentum_by_hand(w, g, averages[0], lr=group["lr"], beta=group["beta"])
