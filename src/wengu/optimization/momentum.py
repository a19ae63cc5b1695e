"""Momentum: downhill along an average of the last gradients.                                        [notes 2.9]

    V <- β V + (1-β) g             an average over about the last 1/(1-β) steps: β = 0.9, ten
    W <- W - α V

    dampening d, by default β:     V <- β V + (1-d) g      d = 0 is torch's sum of gradients
    Nesterov, with d = 0:          W <- W - α (g + β V)    the gradient once more, as if looked up a step ahead
    weight decay λ, coupled:       g <- g + λ W            decoupled:   W <- (1 - α λ) W

Source: the notes' form, with (1-β); Polyak 1964, USSR Comp. Math. 4(5), and torch's SGD have V <- β V + g, whose V is
1/(1-β) times as long: their α is (1-β) times ours. Nesterov's, as torch writes it: Sutskever, Martens, Dahl & Hinton
2013, "On the importance of initialization and momentum in deep learning", equations 3 and 4. V starts at 0 and is not
corrected, so the first steps are short; torch's first V is g whole, where it dampens later ones.
It is not always faster: on a round bowl, where the gradient points at the minimum, it overshoots, unlike plain descent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from torch import Tensor

from wengu.optimization.fused_optimizer import FusedOptimizer, TensorGroup
from wengu.optimization.gradient_descent import sgd_kernel
from wengu.torch_private import foreach


def momentum_by_hand(
    w: Tensor,
    g: Tensor,
    v: Tensor,
    *,
    lr: float,
    beta: float = 0.9,
    dampening: float | None = None,
    nesterov: bool = False,
) -> None:
    """One step with momentum, for one tensor; w and v change in place.

    >>> import torch
    >>> w, v = torch.ones(1), torch.zeros(1)
    >>> momentum_by_hand(w, torch.ones(1), v, lr=1.0); momentum_by_hand(w, torch.ones(1), v, lr=1.0); v, w
    (tensor([0.1900]), tensor([0.7100]))
    """
    v.mul_(beta).add_(g, alpha=1 - (beta if dampening is None else dampening))
    w.sub_(lr * (g + beta * v if nesterov else v))


class Momentum(FusedOptimizer):
    """Momentum over all parameters, in one pass over memory. Book-keeping only; the maths is in `momentum_by_hand`.

    params                   parameters, or groups of them
    lr                       α
    beta                     β; where a schedule such as torch's OneCycleLR cycles momentum, that takes its place
    weight_decay             λ
    decoupled_weight_decay   W shrinks by α λ, in place of λ W in the gradient
    dampening                d; None is β, whatever a schedule makes of it
    nesterov                 the gradient once more in each step

    A state_dict goes both ways with torch.optim.SGD with momentum, d and Nesterov included.

    Raises InputError for α < 0, β or d outside [0, 1), λ < 0, or Nesterov with d other than 0; TypeError for sparse
    gradients.

    >>> import torch
    >>> w = torch.nn.Parameter(torch.ones(1)); w.grad = torch.ones(1)
    >>> Momentum([w], lr=1.0).step(); round(w.item(), 4)
    0.9
    """

    AVERAGES = ("momentum_buffer",)
    UNKNOWN = ("amsgrad", "maximize", "centered", "alpha")

    def __init__(
        self,
        params: Iterable[Any],
        *,
        lr: float = 0.1,
        beta: float = 0.9,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
        dampening: float | None = None,
        nesterov: bool = False,
    ) -> None:
        super().__init__(params, lr=lr, beta=beta, weight_decay=weight_decay,
                         decoupled_weight_decay=decoupled_weight_decay, dampening=dampening, nesterov=nesterov,
                         momentum=None)

    def to_torch(self, group: Mapping[str, Any]) -> dict[str, Any]:
        """β and d by torch's names, as they stand."""
        rule = rule_of(**group)
        return {"momentum": rule["beta"], "dampening": rule["dampening"], "nesterov": rule["nesterov"]}

    def from_torch(self, group: Mapping[str, Any]) -> dict[str, Any]:
        """β by our name; a d that is β goes on being β."""
        own = super().from_torch(group)
        if (β := own.get("momentum")) is not None:
            own |= {"beta": β, "momentum": None, "dampening": None if (d := own.get("dampening", 0.0)) == β else d}
        return own

    def kernel(self, tensors: TensorGroup, **group: Any) -> None:
        """By torch's fused kernel, whose weight decay is the coupled one."""
        decay = group["weight_decay"]
        if decay and group["decoupled_weight_decay"]:
            foreach("mul_", tensors.weights, 1 - group["lr"] * decay)
            decay = 0.0
        rule = rule_of(**group)
        if rule["beta"] == 0:  # torch's kernel then keeps no averages
            foreach("copy_", tensors.averages[0], tensors.gradients)
            sgd_kernel(tensors, [], lr=group["lr"], weight_decay=decay)
        else:
            sgd_kernel(tensors, *tensors.averages, lr=group["lr"], weight_decay=decay, **rule)

    def by_hand(self, w: Tensor, g: Tensor, averages: Sequence[Tensor], t: int, **group: Any) -> None:
        """One step of one tensor, by `momentum_by_hand`."""
        momentum_by_hand(w, g, averages[0], lr=group["lr"], **rule_of(**group))


def rule_of(
    *, beta: float, momentum: float | None = None, dampening: float | None = None, nesterov: bool = False, **_: Any
) -> dict[str, Any]:
    """β, d and Nesterov of a group: β is what a schedule has put there, else the group's own; 0 has no d."""
    β = beta if momentum is None else momentum
    return {"beta": β, "dampening": β if dampening is None or β == 0 else dampening, "nesterov": nesterov and β > 0}
