"""RMSprop: each weight's step divided by the size of its last gradients.                         [notes 2.10]

    S <- β S + (1-β) g²
    W <- W - α · g / (√S + ε)

    weight decay λ, coupled:       g <- g + λ W            decoupled:   W <- (1 - α λ) W

Source: Tieleman & Hinton 2012, Coursera, Neural Networks for Machine Learning, lecture 6.5; ε outside the root, as in
torch. S starts at 0 and is not corrected, so the first steps are 1/√(1-β) times α long. β is torch's alpha.

It is Adam with β1 = 0 and t = ∞, where both corrections are 1: torch has no fused kernel for RMSprop on a CPU, so
Adam's is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from torch import Tensor

from wengu.optimization.adam import adam_kernel
from wengu.optimization.fused_optimizer import FusedOptimizer, TensorGroup

_FOREVER = 1e9  # β^t = 0 for every β that float32 distinguishes from 1


def rmsprop_by_hand(
    w: Tensor,
    g: Tensor,
    s: Tensor,
    *,
    lr: float = 1e-3,
    beta: float = 0.9,
    eps: float = 1e-8,
) -> None:
    """One step of RMSprop, for one tensor; w and s change in place.

    >>> import torch
    >>> w, s = torch.zeros(2), torch.zeros(2)
    >>> rmsprop_by_hand(w, torch.tensor([1e-3, -1e3]), s, lr=0.1, beta=0.75); w  # 1/√(1-β) = 2
    tensor([-0.2000,  0.2000])
    """
    s.mul_(beta).addcmul_(g, g, value=1 - beta)
    w.sub_(lr * g / (s.sqrt() + eps))


class RMSprop(FusedOptimizer):
    """RMSprop over all parameters, in one pass over memory. Book-keeping only; the maths is in `rmsprop_by_hand`.

    params                   parameters, or groups of them
    lr                       α
    beta                     β
    eps                      ε
    weight_decay             λ
    decoupled_weight_decay   W shrinks by α λ, in place of λ W in the gradient

    A state_dict goes both ways with torch.optim.RMSprop that is neither centered nor has momentum. A schedule that
    cycles momentum beside α, such as torch's OneCycleLR, cycles α alone here.

    Raises InputError for α < 0, β outside [0, 1), ε < 0 or λ < 0; TypeError for sparse gradients.

    >>> import torch
    >>> w = torch.nn.Parameter(torch.ones(1)); w.grad = torch.ones(1)
    >>> RMSprop([w], lr=0.1, beta=0.75).step(); round(w.item(), 4)
    0.8
    """

    AVERAGES = ("square_avg",)
    UNKNOWN = ("amsgrad", "maximize", "centered", "nesterov", "momentum")

    def __init__(
        self,
        params: Iterable[Any],
        *,
        lr: float = 1e-3,
        beta: float = 0.9,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
    ) -> None:
        super().__init__(params, lr=lr, beta=beta, eps=eps, weight_decay=weight_decay,
                         decoupled_weight_decay=decoupled_weight_decay, momentum=None)

    def to_torch(self, group: Mapping[str, Any]) -> dict[str, Any]:
        """β by torch's name, and no momentum, whatever a schedule has put there."""
        return {"alpha": group["beta"], "momentum": 0.0, "centered": False}

    def from_torch(self, group: Mapping[str, Any]) -> dict[str, Any]:
        """β by our name."""
        own = super().from_torch(group)
        return own | {"beta": own.pop("alpha")} if "alpha" in own else own

    def kernel(self, tensors: TensorGroup, **group: Any) -> None:
        """By Adam's fused kernel. With β1 = 0 its V is the gradient: written, never read: all share one memory."""
        if not tensors.scratch:
            place = tensors.weights[0].new_zeros(max(w.numel() for w in tensors.weights))
            tensors.scratch = [place.as_strided(w.size(), w.stride()) for w in tensors.weights]
        adam_kernel(tensors, tensors.scratch, *tensors.averages, t=tensors.t.new_full((), _FOREVER),
                    **{**group, "betas": (0.0, group["beta"])})

    def by_hand(self, w: Tensor, g: Tensor, averages: Sequence[Tensor], t: int, **group: Any) -> None:
        """One step of one tensor, by `rmsprop_by_hand`."""
        rmsprop_by_hand(w, g, averages[0], lr=group["lr"], beta=group["beta"], eps=group["eps"])
