"""One step of the optimiser on the gradient of a whole mini-batch, in however many pieces it goes through the model.

    J = Σ_k n_k J_k / N        dJ = Σ_k n_k/N dJ_k        N = Σ_k n_k

A mini-batch too large for memory is cut into micro-batches k, and the gradients of their costs are added up. J_k is a
mean over what it counts, and n_k says how many that are: examples, unless `counted(y)` tells, as for tokens, boxes or
labels that are not masked. So pieces of uneven size give the gradient of the whole batch, where adding up means would
not. What depends on the whole batch beside the cost, batch normalisation, sees the pieces alone.

    clipping:  g <- g · min(1, c/‖g‖),  ‖g‖ over all parameters together

Source: Goodfellow, Bengio & Courville 2016, Deep Learning, 10.11.1, for clipping by the norm.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from wengu.core.words import say
from wengu.functions import WeightAverage
from wengu.training.mini_batches import Batch
from wengu.training.not_finite import NotFinite
from wengu.training.penalty import Penalty

Objective = Callable[[Tensor, Tensor], Tensor]


@dataclass
class Step:
    """What happens between a mini-batch and the new weights."""

    model: nn.Module
    optimizer: Optimizer
    objective: Objective
    counted: Callable[[Tensor], float | Tensor] | None = None
    penalty: Penalty | None = None
    clip: float | None = None
    average: WeightAverage | None = None
    skips: bool = False

    def __post_init__(self) -> None:
        self._weights = [w for group in self.optimizer.param_groups for w in group["params"]]
        self._buffers = list(self.model.buffers()) if self.skips else []  # running averages, which a NaN would spoil

    def __call__(self, pieces: Sequence[Batch]) -> tuple[float, float]:
        """J of the mini-batch before the step, and N. Where N is 0 no step is taken.

        Raises NotFinite, with the weights as they were, where J or its gradient is not finite; where such batches are
        skipped, with the running averages as they were, too.
        """
        counts = [self.count(y) for _, y in pieces]
        total = sum(counts)
        if not total:
            return 0.0, 0.0
        before = [buffer.clone() for buffer in self._buffers]
        try:
            cost = self._gradient(pieces, counts, total)
        except NotFinite:
            for buffer, value in zip(self._buffers, before, strict=True):
                buffer.copy_(value)
            raise
        self.optimizer.step()
        if self.penalty is not None:
            self.penalty.shrink(self.optimizer.param_groups)
        if self.average is not None:
            self.average.update()
        return cost, total

    def _gradient(self, pieces: Sequence[Batch], counts: Sequence[float], total: float) -> float:
        """J of the mini-batch; its gradient, with that of the penalty, lies clipped with the weights."""
        self.optimizer.zero_grad()
        cost = 0.0
        for (x, y), count in zip(pieces, counts, strict=True):
            if count:
                part = self.objective(self.model(x), y)
                if count != total:
                    part = part * (count / total)
                part.backward()  # type: ignore[no-untyped-call]
                cost += part.item()
        if self.penalty is not None:
            self.penalty.pull()
        self._watch(cost)
        return cost

    def count(self, y: Tensor) -> float:
        """n of a piece: how much its cost is a mean of."""
        return len(y) if self.counted is None else float(self.counted(y))

    def _watch(self, cost: float) -> None:
        """See that cost and gradient are numbers, and clip the gradient."""
        if not math.isfinite(cost):
            raise NotFinite(say("the cost became {cost}", cost=cost))
        gradients = [_values(w) for w in self._weights if w.grad is not None]
        norm = math.hypot(*torch.stack(torch._foreach_norm(gradients)).tolist()) if gradients else 0.0
        if not math.isfinite(norm):
            raise NotFinite(say("the gradient became {norm}", norm=norm))
        if self.clip is not None and norm > self.clip:
            torch._foreach_mul_(gradients, self.clip / norm)


def _values(w: Tensor) -> Tensor:
    """The gradient's numbers, a sparse one's each once."""
    if w.grad is None or not w.grad.is_sparse:
        return w.grad  # type: ignore[return-value]
    w.grad = w.grad.coalesce()
    return w.grad.values()
