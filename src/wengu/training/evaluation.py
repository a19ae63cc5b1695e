"""What a model costs and answers on a set, in evaluation mode: no dropout, no augmentation, no gradients.

    J = (1/N) Σ_batches n J_batch           value = metric(truth, predicted)

One pass gives cost and answer: `predict(model, batch, outputs)` is given what the loss was computed from. A mini-batch
at a time goes through the model, and of its outputs only the answers are kept, never the outputs of a whole set.

An answer is a sequence with a plain value for each example (a class, tags, boxes, a sentence), or a mapping of such
columns, `predicted` among them: classes come with their probabilities, {"predicted": (B,), "p": (B, C)}.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import Dataset

from wengu.core.batches import Batch, call, examples_in, read, size_of
from wengu.core.checks import at_least
from wengu.core.seeds import seed_for
from wengu.practice import Metric
from wengu.training.world import ALONE, World

Values = Sequence[Any] | NDArray[Any] | Tensor
Column = Values | Mapping[str, Values]
Predict = Callable[[nn.Module, Batch, Any], Column]
LossFn = Callable[[Any, Any], Tensor]

_MOST = {"cpu": 128}  # what a layer gives should stay in the processor's cache: of ResNet-20, 1000 take twice as long
_LARGE = 1000  # elsewhere


@dataclass(frozen=True)
class Judge:
    """How a model is judged while it trains: its answers by a metric, on dev.

    `truth` is what the answers are compared with, in dev's order; by default dev's targets. `every` so many epochs, on
    at most `most` examples, always the same ones: where decoding takes long.
    """

    predict: Predict
    metric: Metric
    truth: Sequence[Any] | NDArray[Any] | None = None
    every: int = 1
    most: int | None = None

    def __post_init__(self) -> None:
        at_least("every", self.every, 1)
        if self.most is not None:
            at_least("most", self.most, 1)

    def sample(self, m: int) -> Tensor | None:
        """Indices of the examples that are judged; None for all."""
        if self.most is None or self.most >= m:
            return None
        generator = torch.Generator().manual_seed(seed_for(0, "judged"))
        return torch.randperm(m, generator=generator)[:self.most].sort().values


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients; afterwards each layer's mode is as before."""
    before = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        for module, training in before.items():
            module.training = training


def evaluate(
    model: nn.Module,
    examples: Dataset[Batch],
    *,
    loss_fn: LossFn,
    num_items: Callable[[Any], float | Tensor] | None = None,
    judge: Judge | None = None,
    size: int | None = None,
    cast: Callable[[], AbstractContextManager[object]] = nullcontext,
    world: World = ALONE,
) -> tuple[float, float | None]:
    """The mean cost, over what `num_items` counts or over the examples, and the metric's value; None without a judge.

    model, loss_fn, num_items   those of `fit`
    examples                    a Dataset of (inputs, targets)
    judge                       what answers are taken, and the metric that judges them
    size                        how many examples go through the model at once
    cast                        a context to compute in, such as bfloat16's
    world                       the processes: each has its part, and all get cost and value of the whole; a loss of the
                                whole mini-batch is computed by all of them

    >>> from torch.utils.data import TensorDataset
    >>> data = TensorDataset(torch.tensor([[1.0], [2.0]]), torch.tensor([[1.0], [4.0]]))
    >>> evaluate(nn.Identity(), data, loss_fn=nn.functional.mse_loss)
    (2.0, None)
    """
    m = size_of(examples)
    sample = None if judge is None else judge.sample(m)
    alone = ALONE if getattr(loss_fn, "whole_batch", False) else world
    cost, count = 0.0, 0.0
    answers: list[tuple[Sequence[Any], Sequence[Any]]] = []
    with evaluating(model), cast():
        for index in batches_of(alone.shard(torch.arange(m)), device_of(model), size):
            batch = read(examples, index)
            outputs = call(model, batch[0])
            n = float(examples_in(batch[1]) if num_items is None else num_items(batch[1]))
            cost += float(loss_fn(outputs, batch[1])) * n if n else 0.0
            count += n
            if judge is not None and sample is None:
                answers.append((column_of(batch[1]), predicted_in(judge.predict(model, batch, outputs))))
        if judge is not None and sample is not None:
            for index in batches_of(alone.shard(sample), device_of(model), size):
                batch = read(examples, index)
                answers.append((column_of(batch[1]),
                                predicted_in(judge.predict(model, batch, call(model, batch[0])))))
    cost, count = alone.sum(cost, count)
    value = None
    if judge is not None:
        truth: Any = concatenated([t for t, _ in answers]) if judge.truth is None else None
        parts = alone.all_gather((truth, concatenated([p for _, p in answers])))
        predicted = interleaved([p for _, p in parts])
        if judge.truth is None:
            truth = interleaved([t for t, _ in parts if t is not None])
        else:
            truth = judge.truth if sample is None else [judge.truth[i] for i in sample.tolist()]
        value = world.on_rank_zero(lambda: float(judge.metric.value(judge.metric.parts(truth, predicted))))
    return cost / count if count else float("nan"), value


def any_counts(
    examples: Dataset[Batch], num_items: Callable[[Any], float | Tensor] | None, device: torch.device
) -> bool:
    """Whether the cost of the set is a mean of anything; where all targets are missing it is one of nothing."""
    batches = batches_of(torch.arange(size_of(examples)), device, None)
    return num_items is None or any(num_items(read(examples, index)[1]) for index in batches)


def answers_of(
    model: nn.Module,
    examples: Dataset[Batch],
    predict: Predict,
    *,
    size: int | None = None,
    cast: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> Iterator[tuple[list[int], dict[str, Sequence[Any]]]]:
    """The model's answers, a mini-batch at a time: which examples, and their columns, `predicted` among them.

    >>> from torch.utils.data import TensorDataset
    >>> data = TensorDataset(torch.eye(3), torch.arange(3))
    >>> list(answers_of(nn.Identity(), data, lambda model, batch, outputs: outputs.argmax(1), size=2))
    [([0, 1], {'predicted': array([0, 1])}), ([2], {'predicted': array([2])})]
    """
    device = device_of(model)
    for index in batches_of(torch.arange(size_of(examples)), device, size):
        with evaluating(model), cast():
            batch = read(examples, index)
            column = predict(model, batch, call(model, batch[0]))
        columns = dict(column) if isinstance(column, Mapping) else {"predicted": column}
        yield index.tolist(), {name: column_of(values) for name, values in columns.items()}


def predicted_in(column: Column) -> Sequence[Any]:
    """Of an answer what is compared with the truth."""
    return column_of(column["predicted"] if isinstance(column, Mapping) else column)


def column_of(values: Any) -> Sequence[Any]:
    """A column without tensors: an array, or a list of what the examples have."""
    if isinstance(values, Tensor):
        values = values.detach().cpu()
        return values.float().numpy() if values.dtype == torch.bfloat16 else values.numpy()  # type: ignore[no-any-return]
    if isinstance(values, np.ndarray):
        return values  # type: ignore[return-value]
    if isinstance(values, tuple | dict):  # several targets: an entry an example for each
        columns = dict(values if isinstance(values, dict) else enumerate(values))
        return [dict(zip(columns, row, strict=True)) for row in zip(*map(column_of, columns.values()), strict=True)]
    return [column_of(value) if isinstance(value, Tensor) else value for value in values]


def concatenated(columns: list[Sequence[Any]]) -> Sequence[Any]:
    """The columns of several mini-batches as one."""
    if columns and all(isinstance(column, np.ndarray) for column in columns):
        return np.concatenate(columns)  # type: ignore[return-value]
    return [value for column in columns for value in column]


def interleaved(parts: list[Sequence[Any]]) -> Sequence[Any]:
    """The examples of all processes, of which process r had the r-th, the (r + P)-th and so on, in their order."""
    if len(parts) == 1:
        return parts[0]
    total, size = sum(map(len, parts)), len(parts)
    return [parts[k % size][k // size] for k in range(total)]


def device_of(model: nn.Module) -> torch.device:
    """Where the model's parameters are."""
    return next((p.device for p in model.parameters()), torch.device("cpu"))


def batches_of(index: Tensor, device: torch.device, size: int | None) -> tuple[Tensor, ...]:
    """The indices as they go through a model at once where it is judged: at most `size`, and what is fast."""
    most = _MOST.get(device.type, _LARGE)
    return torch.split(index.to(device), min(most, size or most))
