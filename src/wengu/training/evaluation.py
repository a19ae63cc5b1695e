"""What a model costs and gets wrong on a set, in evaluation mode: no dropout, no augmentation, no gradients.

    J = (1/m) Σ_i ℒ(ŷ^(i), y^(i)),        error = (1/m) Σ_i [example i is wrong]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from wengu.training.mini_batches import Batch, batch_of, size_of
from wengu.training.world import ALONE, World

_BATCH = {"cpu": 128}  # what a layer gives should stay in the processor's cache: of ResNet-20, 1000 take twice as long
_LARGE = 1000  # elsewhere


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients; afterwards the mode is as before."""
    before = model.training
    model.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        model.train(before)


def evaluate(
    model: nn.Module,
    examples: Dataset[Batch],
    *,
    loss_fn: Callable[[Tensor, Tensor], Tensor],
    metric: Callable[[Tensor, Tensor], Tensor] | None = None,
    counted: Callable[[Tensor], float | Tensor] | None = None,
    cast: Callable[[], AbstractContextManager[object]] = nullcontext,
    world: World = ALONE,
) -> tuple[float, float | None]:
    """The mean cost, over what `counted` counts or over the examples, and the mean error over the examples.

    Where several processes train together each judges its part, and all get the means of the whole.
    """
    cost, error, count = 0.0, 0.0, 0.0
    m = size_of(examples)
    device = device_of(model)
    with evaluating(model), cast():
        for index in _batches(world.shard(torch.arange(m)), device):
            x, y = batch_of(examples, index.to(device))
            outputs = model(x)
            n = len(index) if counted is None else float(counted(y))
            cost += float(loss_fn(outputs, y)) * n if n else 0.0
            count += n
            if metric is not None:
                error += float(metric(outputs, y).sum())
    cost, error, count = world.sum(cost, error, count)
    return cost / count if count else float("nan"), error / m if metric is not None else None


def outputs_of(model: nn.Module, x: Tensor) -> Tensor:
    """The model's outputs for inputs (m, ...), batch by batch, on the CPU."""
    device = device_of(model)
    with evaluating(model):
        return torch.cat([model(part.to(device)).cpu() for part in _batches(x, device)])


def device_of(model: nn.Module) -> torch.device:
    """Where the model's parameters are."""
    return next((p.device for p in model.parameters()), torch.device("cpu"))


def _batches(examples: Tensor, device: torch.device) -> tuple[Tensor, ...]:
    return torch.split(examples, _BATCH.get(device.type, _LARGE))
