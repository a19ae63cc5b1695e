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

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from wengu.core.checks import at_least, fraction, positive
from wengu.core.words import say
from wengu.optimization.light_step import light_step

# torch's one pass over memory; it reads tensors as they lie, so gradient and averages must lie as the weights do
_KERNELS = {False: torch._fused_adam_, True: torch._fused_adamw_}
_HAS_KERNEL = ("cpu", "cuda")


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
    """The two lines above, for one tensor; w, v and s change in place.

    The first step is α whatever the gradient's scale:

    >>> w, v, s = torch.zeros(2), torch.zeros(2), torch.zeros(2)
    >>> adam_by_hand(w, torch.tensor([1e-3, -1e3]), v, s, 1, lr=0.1); w
    tensor([-0.1000,  0.1000])
    """
    β1, β2 = betas
    v.mul_(β1).add_(g, alpha=1 - β1)
    s.mul_(β2).addcmul_(g, g, value=1 - β2)
    w.sub_(lr * (v / (1 - β1**t)) / ((s / (1 - β2**t)).sqrt() + eps))


class Adam(Optimizer):
    """The same over all parameters, in one pass over memory. Book-keeping only; the maths is above.

    State and its names are those of torch.optim.Adam, and a state_dict goes both ways. Unlike torch's fused kernel it
    is right for gradients that lie in memory otherwise than their weights (transposed ones, say): these go by hand.

    Raises InputError for α <= 0, β outside [0, 1), ε < 0, λ < 0; TypeError for sparse gradients.

    >>> w = torch.nn.Parameter(torch.tensor([3.0]))
    >>> adam = Adam([w], lr=0.1)
    >>> for _ in range(200):
    ...     adam.zero_grad(); (w**2).sum().backward(); adam.step()
    >>> abs(w.item()) < 0.01
    True
    """

    decoupled = False

    def __init__(
        self,
        params: Iterable[Any],
        *,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        positive("lr", lr)
        fraction("betas[0]", betas[0])
        fraction("betas[1]", betas[1])
        at_least("eps", eps, 0)
        at_least("weight_decay", weight_decay, 0)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    @light_step
    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """One step for every parameter with a gradient; `closure`, where given, computes the cost anew first."""
        cost = None
        if closure is not None:
            with torch.enable_grad():
                cost = closure()
        for group in self.param_groups:
            alike: dict[Any, tuple[list[Tensor], list[Tensor], list[Tensor], list[Tensor]]] = {}
            for w in group["params"]:
                g = w.grad
                if g is None:
                    continue
                if g.is_sparse:
                    raise TypeError(say("gradient: expected a dense one, got a sparse one of shape {shape}; make the "
                                        "embedding with sparse=False", shape=tuple(g.shape)))
                state = self.state[w] or self._new_state(w)
                t = state["step"] = int(state["step"]) + 1
                v, s = state["exp_avg"], state["exp_avg_sq"]
                fast = w.stride() == g.stride() == v.stride() == s.stride() and w.device.type in _HAS_KERNEL
                if fast:
                    lists = alike.setdefault((w.dtype, w.device, t), ([], [], [], []))
                    for tensors, tensor in zip(lists, (w, g, v, s), strict=True):
                        tensors.append(tensor)
                else:
                    self._by_hand(w, g, v, s, t, **group)
            for (_, device, t), lists in alike.items():
                self._fused(*lists, torch.full((), t, dtype=torch.float32, device=device), **group)
        return cost

    def _new_state(self, w: Tensor) -> dict[str, Any]:
        state = {"step": 0, "exp_avg": torch.zeros_like(w), "exp_avg_sq": torch.zeros_like(w)}
        self.state[w] = state
        return state

    def _fused(
        self, w: list[Tensor], g: list[Tensor], v: list[Tensor], s: list[Tensor], t: Tensor, *, lr: float,
        betas: tuple[float, float], eps: float, weight_decay: float, **_: Any,
    ) -> None:
        _KERNELS[self.decoupled](
            w, g, v, s, [], [t] * len(w), lr=lr, beta1=betas[0], beta2=betas[1], weight_decay=weight_decay, eps=eps,
            amsgrad=False, maximize=False,
        )

    def _by_hand(
        self, w: Tensor, g: Tensor, v: Tensor, s: Tensor, t: int, *, lr: float, betas: tuple[float, float], eps: float,
        weight_decay: float, **_: Any,
    ) -> None:
        if self.decoupled:
            w.mul_(1 - lr * weight_decay)
        elif weight_decay:
            g = g + weight_decay * w
        adam_by_hand(w, g, v, s, t, lr=lr, betas=betas, eps=eps)


class AdamW(Adam):
    """Adam with decoupled weight decay: the weights shrink by α λ a step, whatever the gradients are.

    >>> w = torch.nn.Parameter(torch.ones(1)); w.grad = torch.zeros(1)
    >>> AdamW([w], lr=0.1, weight_decay=0.5).step(); round(w.item(), 4)
    0.95
    """

    decoupled = True
