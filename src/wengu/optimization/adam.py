"""Adam: momentum and RMSprop together, bias-corrected.                                        [notes 2.11]

    V <- β1 V + (1-β1) g        S <- β2 S + (1-β2) g²        t = 1, 2, 3, ...
    W <- W - α · V/(1-β1^t) / (√(S/(1-β2^t)) + ε)

    weight decay λ, coupled (Adam):       g <- g + λ W  before the lines above
    weight decay λ, decoupled (AdamW):    W <- (1 - α λ) W  before the lines above

Source: Kingma & Ba 2015, arXiv:1412.6980, algorithm 1: ε outside the root, as in torch; Keras's epsilon is the paper's
other one, "epsilon hat". Defaults are the paper's. Decoupled decay: Loshchilov & Hutter 2019, arXiv:1711.05101,
algorithm 2. Coupled decay is the notes' L2 term, λ/2 ‖W‖² in the cost, whose pull Adam then divides by √S.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from torch import Tensor

from wengu.optimization.fused_optimizer import FusedOptimizer, TensorGroup
from wengu.torch_private import fused


def adam_by_hand(
    w: Tensor,
    g: Tensor,
    v: Tensor,
    s: Tensor,
    t: int,
    *,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
) -> None:
    """One step of Adam, for one tensor; w, v and s change in place.

    The first step is α whatever the gradient's scale:

    >>> import torch
    >>> w, v, s = torch.zeros(2), torch.zeros(2), torch.zeros(2)
    >>> adam_by_hand(w, torch.tensor([1e-3, -1e3]), v, s, 1, lr=0.1); w
    tensor([-0.1000,  0.1000])
    """
    β1, β2 = betas
    v.mul_(β1).add_(g, alpha=1 - β1)
    s.mul_(β2).addcmul_(g, g, value=1 - β2)
    w.sub_(lr * (v / (1 - β1**t)) / ((s / (1 - β2**t)).sqrt() + eps))


class Adam(FusedOptimizer):
    """Adam over all parameters, in one pass over memory. Book-keeping only; the maths is in `adam_by_hand`.

    State and its names are those of torch.optim.Adam, and a state_dict goes both ways. Unlike torch's fused kernel it
    is right for gradients whose layout in memory is not that of their weights (transposed ones, say): these are stepped
    on by hand.

    params                   parameters, or groups of them
    lr                       α
    betas                    β1 and β2
    eps                      ε
    weight_decay             λ
    decoupled_weight_decay   W shrinks by α λ, in place of λ W in the gradient

    Raises InputError for α < 0, β outside [0, 1), ε < 0, λ < 0; TypeError for sparse gradients.

    >>> import torch
    >>> w = torch.nn.Parameter(torch.tensor([3.0]))
    >>> adam = Adam([w], lr=0.1)
    >>> for _ in range(200):
    ...     adam.zero_grad(); (w**2).sum().backward(); adam.step()
    >>> abs(w.item()) < 0.01
    True
    """

    AVERAGES = ("exp_avg", "exp_avg_sq")

    def __init__(
        self,
        params: Iterable[Any],
        *,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
    ) -> None:
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay,
                         decoupled_weight_decay=decoupled_weight_decay)

    def kernel(self, tensors: TensorGroup, **group: Any) -> None:
        """By torch's fused kernel, which has weight decay of both kinds."""
        adam_kernel(tensors, *tensors.averages, t=tensors.t, **group)

    def by_hand(self, w: Tensor, g: Tensor, averages: Sequence[Tensor], t: int, **group: Any) -> None:
        """One step of one tensor, by `adam_by_hand`."""
        v, s = averages
        adam_by_hand(w, g, v, s, t, lr=group["lr"], betas=group["betas"], eps=group["eps"])


class AdamW(Adam):
    """Adam with decoupled weight decay: the weights shrink by α λ a step, whatever the gradients are.

    >>> import torch
    >>> w = torch.nn.Parameter(torch.ones(1)); w.grad = torch.zeros(1)
    >>> AdamW([w], lr=0.1, weight_decay=0.5).step(); round(w.item(), 4)
    0.95
    """

    def __init__(
        self,
        params: Iterable[Any],
        *,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, decoupled_weight_decay=True)


def adam_kernel(
    tensors: TensorGroup,
    v: list[Tensor],
    s: list[Tensor],
    *,
    t: Tensor,
    lr: float,
    betas: tuple[float, float],
    eps: float,
    weight_decay: float,
    decoupled_weight_decay: bool,
    **_: Any,
) -> None:
    """torch's fused Adam on these tensors."""
    fused("adamw" if decoupled_weight_decay else "adam")(
        tensors.weights, tensors.gradients, v, s, [], [t] * len(v), lr=lr, beta1=betas[0], beta2=betas[1], eps=eps,
        weight_decay=weight_decay, amsgrad=False, maximize=False,
    )
