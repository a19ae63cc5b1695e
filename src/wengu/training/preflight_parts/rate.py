"""The range test: α grows from step to step, and the cost tells between which values training works.     [notes 3.6]

    α_t = α_0 (α_T/α_0)^(t/T)                     on a copy, batch after batch, until the cost is thrice its lowest
    J̄_t = (β J̄_(t-1) + (1-β) J_t)/(1-β^t)         β = 0.9
    suggested: a tenth of the α at which J̄ is lowest

Source: Smith 2017, "Cyclical learning rates for training neural networks", 3.3; the tenth is Howard & Gugger's. It is
where to look, no more: it knows nothing of what a whole training makes of α.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from torch import Tensor, nn
from torch.utils.data import Dataset

from wengu.core.batches import Batch, size_of
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.training.evaluation import device_of
from wengu.training.micro_batches import pieces_of
from wengu.training.order import shuffled
from wengu.training.preflight_parts.check import Check
from wengu.training.preflight_parts.machine import TrainingSetup
from wengu.training.step import Step

LOWEST, HIGHEST, STEPS, LEAST = 1e-6, 10.0, 120, 40
BETA, BLOWN_UP, FALLEN = 0.9, 3.0, 0.98
MUCH_BELOW = 300.0  # times below what is suggested: only then α is said to be too small, as epochs make up for it


@dataclass(frozen=True)
class RangeTest:
    """The smoothed cost at each α."""

    alphas: tuple[float, ...]
    costs: tuple[float, ...]

    @property
    def suggested(self) -> float | None:
        """A tenth of the α of the lowest cost, to one digit; None where the cost never fell."""
        if len(self.costs) < 3 or not min(self.costs) < FALLEN * self.costs[0]:
            return None
        return float(f"{self.alphas[self.costs.index(min(self.costs))] / 10:.1g}")


def range_test(model: nn.Module, train: Dataset[Batch], how: TrainingSetup, *, seconds: float) -> RangeTest:
    """Train a copy by steps of an α that grows; fewer of them where they take longer than `seconds`."""
    twin = copy.deepcopy(model).train()
    device, optimizer = device_of(twin), how.optimizer_of(twin)
    own = [group["lr"] for group in optimizer.param_groups]
    most = max(own)
    step = Step(twin, optimizer, how.loss_fn, num_items=how.num_items, cast=how.cast)
    alphas: list[float] = []
    costs: list[float] = []
    alpha, average, steps, began = LOWEST, 0.0, STEPS, time.perf_counter()
    for t, index in enumerate(_batches(size_of(train), how), 1):
        for group, lr in zip(optimizer.param_groups, own, strict=True):
            group["lr"] = alpha * lr / most if most else alpha
        try:
            cost, _ = step(pieces_of(train, index.to(device), how.micro_batch, how.augment))
        except InputError:  # it is no number any more
            break
        average = BETA * average + (1 - BETA) * cost
        smoothed = average / (1 - BETA**t)
        if costs and smoothed > BLOWN_UP * min(costs):
            break
        alphas.append(alpha)
        costs.append(smoothed)
        if t == LEAST // 4:  # by now a step's time is known
            steps = max(LEAST, min(STEPS, int(seconds * t / (time.perf_counter() - began))))
        if t == steps:
            break
        alpha *= (HIGHEST / alpha) ** (1 / (steps - t))
    return RangeTest(tuple(alphas), tuple(costs))


def _batches(m: int, how: TrainingSetup) -> Iterator[Tensor]:
    """Mini-batches without an end, epoch by epoch."""
    order = how.order or shuffled(m, how.batch_size)
    return (index for epoch in count(1) for index in order(epoch))


def learning_rate(model: nn.Module, train: Dataset[Batch], how: TrainingSetup, *, seconds: float) -> Check:
    """Whether α lies where the range test says that training works."""
    found = range_test(model, train, how, seconds=seconds)
    own = max(group["lr"] for group in how.optimizer_of(model).param_groups)
    if (suggested := found.suggested) is None:
        return Check("rate", "warning", say("the cost falls at no α from {low:g} to {high:g}", low=LOWEST,
                                            high=found.alphas[-1] if found.alphas else LOWEST),
                     say("look at the inputs, the labels and the initial weights first"))
    words = say("the cost falls up to α = {most:g}, so begin at about {suggested:g}; α is {own:g}", most=10 * suggested,
                suggested=suggested, own=own)
    if own > 10 * suggested or own < suggested / MUCH_BELOW:
        return Check("rate", "warning", words, say("try --lr {suggested:g}", suggested=suggested))
    return Check("rate", "ok", words)
