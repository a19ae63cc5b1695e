"""One step of the optimiser on the gradient of a whole mini-batch, in however many pieces it goes through the model.

    J = Σ_k n_k J_k / N        dJ = Σ_k n_k/N dJ_k        N = Σ_k n_k

A mini-batch too large for memory is cut into micro-batches k, and the gradients of their costs are added up. J_k is a
mean over what it counts, and n_k says how many that are: examples, unless `num_items(targets)` tells, as for tokens,
boxes or labels that are not masked. So pieces of uneven size give the gradient of the whole batch, where adding up
means would not. What depends on the whole batch beside the cost, batch normalisation, sees the pieces alone. Where
several processes train together, the pieces are those of all of them (world.py). A loss that needs the whole mini-batch
at once, because it mines pairs in it, is marked by `of_whole_batch`: it cannot be cut, and each process computes it
from the outputs of all.

    clipping:  g <- g · min(1, c/‖g‖),  ‖g‖ over all parameters together

Source: Goodfellow, Bengio & Courville 2016, Deep Learning, 10.11.1, for clipping by the norm.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from wengu.core.batches import Batch, call, examples_in, leaves
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.functions import EMA
from wengu.torch_private import foreach
from wengu.training.evaluation import LossFn
from wengu.training.not_finite import NotFinite
from wengu.training.penalty import Penalty
from wengu.training.world import ALONE, World

_BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)


def of_whole_batch(loss_fn: LossFn) -> LossFn:
    """Mark a loss as one of the whole mini-batch, such as one that mines pairs or triplets in it.

    >>> of_whole_batch(nn.functional.mse_loss).whole_batch
    True
    """

    def marked(outputs: Any, targets: Any) -> Tensor:
        return loss_fn(outputs, targets)

    marked.whole_batch = True  # type: ignore[attr-defined]
    return marked


@dataclass
class Step:
    """What happens between a mini-batch and the new weights."""

    model: nn.Module
    optimizer: Optimizer
    loss_fn: LossFn
    num_items: Callable[[Any], float | Tensor] | None = None
    penalty: Penalty | None = None
    clip: float | None = None
    ema: EMA | None = None
    skips: bool = False
    cast: Callable[[], AbstractContextManager[object]] = nullcontext
    compiled: bool = False
    world: World = ALONE
    upper: nn.Module | None = None  # of the model what is run, where its inputs are what the rest of it gives

    def __post_init__(self) -> None:
        self._averages = list(self.model.buffers()) if self.skips else []  # running averages, which a NaN would spoil
        self._weights: list[Tensor] = []
        self._run: nn.Module | None = None
        self.normalises = any(isinstance(module, _BATCH_NORMS) for module in self.model.modules())
        self.unfrozen()

    def unfrozen(self) -> None:
        """To be called where other layers may be trained than before: what sums over processes is then made anew."""
        weights = [w for group in self.optimizer.param_groups for w in group["params"] if w.requires_grad]
        run = self.upper or self.model
        if run is self._run and list(map(id, weights)) == list(map(id, self._weights)):
            return
        self._run, self._weights = run, weights
        self._wrapped = self.world.wrapped(run)
        self._forward: Callable[..., Any] = torch.compile(self._wrapped) if self.compiled else self._wrapped

    def __call__(self, pieces: Sequence[Batch], *, weight: float = 1.0) -> tuple[float, float]:
        """J of the mini-batch before the step, and N. Where N is 0 no step is taken.

        `weight` is how much each example counts: a process without a part of the mini-batch goes along with the others
        on examples that count 0, and an example that stands there twice counts ½ each time.

        Raises NotFinite, with the weights as they were, where J or its gradient is not finite; where such batches are
        skipped, with the running averages as they were, too.
        """
        counts = [weight * self.count(targets) if weight else 0.0 for _, targets in pieces]
        (total,) = self.world.sum(sum(counts))
        if not total:
            return 0.0, 0.0
        before = [buffer.clone() for buffer in self._averages]
        try:
            cost = self._gradient(pieces, counts, total)
        except NotFinite:
            for buffer, value in zip(self._averages, before, strict=True):
                buffer.copy_(value)
            raise
        self.optimizer.step()
        if self.penalty is not None:
            self.penalty.proximal_step(self.optimizer.param_groups)
        if self.ema is not None:
            self.ema.update()
        return cost, total

    def _gradient(self, pieces: Sequence[Batch], counts: Sequence[float], total: float) -> float:
        """J of the mini-batch; its gradient, with that of the penalty, lies clipped with the weights."""
        self.optimizer.zero_grad()
        cost, last = 0.0, len(pieces) - 1
        for k, (batch, count) in enumerate(zip(pieces, counts, strict=True)):
            if count or (k == last and self.world.size > 1):
                with self._summed(at_once=k == last):
                    cost += self._backward(batch, count / total)
        (cost,) = self.world.sum(cost)
        if self.penalty is not None:
            self.penalty.add_gradient()
        self._watch(cost)
        return cost

    def _backward(self, batch: Batch, share: float) -> float:
        """share · J of one piece, its gradient added to the weights' own."""
        with self.cast():
            outputs = call(self._forward, batch[0])
            if self.world.size > 1 and getattr(self.loss_fn, "whole_batch", False):
                return self._backward_of_all(outputs, batch[1], idle=not share)
            part = self.loss_fn(outputs, batch[1]) if share else _nothing(outputs)
            if not isinstance(part, Tensor) or part.dim():
                raise InputError(say("loss_fn: expected a cost, one number, got shape {shape}; take its mean",
                                     shape=tuple(part.shape)) if isinstance(part, Tensor) else
                                 say("loss_fn: expected a tensor that gradients go through, got {got}",
                                     got=type(part).__name__))
        if not part.requires_grad:
            raise InputError(say("model: no gradient reaches a parameter, so nothing can be trained: look in forward "
                                 "and in the loss for no_grad, detach, .data, numpy or argmax"))
        factor = share * self.world.size  # for the mean over processes, which is what DistributedDataParallel takes
        if factor != 1:
            part = part * factor
        part.backward()  # type: ignore[no-untyped-call]
        return part.item() / self.world.size

    def _summed(self, *, at_once: bool) -> AbstractContextManager[object]:
        """Whether `backward` sums over the processes at once, or with the last piece."""
        if at_once or self.world.size == 1:
            return nullcontext()
        return self._wrapped.no_sync()  # type: ignore[operator,no-any-return]

    def _backward_of_all(self, outputs: Any, targets: Any, *, idle: bool) -> float:
        """This process's share of J of the whole mini-batch, and the gradient through its own part of the outputs.

        Summed over the processes these are the whole gradient; DistributedDataParallel takes the mean, hence P · J.
        """
        cost = self.loss_fn(*self.world.all_rows((outputs, targets), idle=idle))
        (self.world.size * cost + _nothing(outputs)).backward()  # type: ignore[no-untyped-call]
        return cost.item() / self.world.size

    def count(self, targets: Any) -> float:
        """n of a piece: how much its cost is a mean of."""
        return examples_in(targets) if self.num_items is None else float(self.num_items(targets))

    def _watch(self, cost: float) -> None:
        """See that cost and gradient are numbers, and clip the gradient."""
        if not math.isfinite(cost):
            raise NotFinite(say("the cost became {cost}", cost=cost))
        gradients = [_values(w) for w in self._weights if w.grad is not None]
        norm = math.hypot(*torch.stack(foreach("norm", gradients)).tolist()) if gradients else 0.0
        if not math.isfinite(norm):
            raise NotFinite(say("the gradient became {norm}", norm=norm))
        if self.clip is not None and norm > self.clip:
            foreach("mul_", gradients, self.clip / norm)


def _values(w: Tensor) -> Tensor:
    """The gradient's numbers, a sparse one's each once."""
    if w.grad is None or not w.grad.is_sparse:
        return w.grad  # type: ignore[return-value]
    w.grad = w.grad.coalesce()
    return w.grad.values()


def _nothing(outputs: Any) -> Tensor:
    """0, as a function of the outputs: for a process that only goes along."""
    total = sum(leaf.sum() for leaf in leaves(outputs) if leaf.is_floating_point())
    return 0.0 * total  # type: ignore[return-value]
