"""Gradient descent: downhill along the gradient, by steps of α.                                [notes 2.1, 2.4]

    W <- W - α · g                 g = dJ/dW, of all examples, of a mini-batch, or of one (stochastic)

    weight decay λ, coupled:       g <- g + λ W            the gradient of the L2 term λ/2 ‖W‖²
    weight decay λ, decoupled:     W <- (1 - α λ) W        the same for this rule, as W - α (g + λ W) = (1-αλ) W - α g

Source: Goodfellow, Bengio & Courville 2016, Deep Learning, 4.3 and 7.1.1. The notes' L2 term is λ/2m ‖W‖²: their λ/m is
the λ here; their loop forgets α before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from torch import Tensor

from wengu.optimization.fused_optimizer import FusedOptimizer, TensorGroup
from wengu.torch_private import fused


def gradient_descent_by_hand(w: Tensor, g: Tensor, *, lr: float) -> None:
    """One step down the gradient, for one tensor; w changes in place.

    >>> import torch
    >>> w = torch.tensor([1.0, 2.0])
    >>> gradient_descent_by_hand(w, 2 * w, lr=0.25); w  # J = ‖w‖²
    tensor([0.5000, 1.0000])
    """
    w.sub_(lr * g)


class GradientDescent(FusedOptimizer):
    """Gradient descent over all parameters, in one pass over memory; the maths is in `gradient_descent_by_hand`.

    A state_dict goes both ways with torch.optim.SGD without momentum. A schedule that cycles momentum beside α, such as
    torch's OneCycleLR, cycles α alone here.

    Raises InputError for α < 0 or λ < 0; TypeError for sparse gradients.

    >>> import torch
    >>> w = torch.nn.Parameter(torch.ones(1)); w.grad = torch.tensor([2.0])
    >>> GradientDescent([w], lr=0.1).step(); round(w.item(), 4)
    0.8
    """

    def __init__(
        self, params: Iterable[Any], *, lr: float = 0.1, weight_decay: float = 0.0, decoupled_weight_decay: bool = False
    ) -> None:
        super().__init__(params, lr=lr, weight_decay=weight_decay, decoupled_weight_decay=decoupled_weight_decay,
                         momentum=None)

    def to_torch(self, group: Mapping[str, Any]) -> dict[str, Any]:
        """No momentum, whatever a schedule has put there."""
        return {"momentum": 0.0, "dampening": 0.0, "nesterov": False}

    def kernel(self, tensors: TensorGroup, **group: Any) -> None:
        """By torch's fused kernel; both kinds of weight decay are the same for this rule."""
        sgd_kernel(tensors, [], lr=group["lr"], weight_decay=group["weight_decay"])

    def by_hand(self, w: Tensor, g: Tensor, averages: Sequence[Tensor], t: int, **group: Any) -> None:
        """One step of one tensor, by `gradient_descent_by_hand`."""
        gradient_descent_by_hand(w, g, lr=group["lr"])


def sgd_kernel(
    tensors: TensorGroup,
    v: list[Tensor],
    *,
    lr: float,
    weight_decay: float,
    beta: float = 0.0,
    dampening: float = 0.0,
    nesterov: bool = False,
) -> None:
    """torch's fused stochastic gradient descent on these tensors: V <- β V + (1-d) g, W <- W - α V."""
    fused("sgd")(
        tensors.weights, tensors.gradients, v, weight_decay=weight_decay, momentum=beta, lr=lr, dampening=dampening,
        nesterov=nesterov, maximize=False, is_first_step=False,
    )
