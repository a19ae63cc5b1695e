"""What training will take, by a few of its steps on a copy: time until the last epoch, memory."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import Dataset, TensorDataset

from wengu.core.batches import Batch, TreeDataset, leaves, read, size_of
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.optimization import choose_batch_size
from wengu.training.evaluation import Judge, LossFn, device_of, evaluate
from wengu.training.micro_batches import pieces_of
from wengu.training.order import Order, shuffled
from wengu.training.preflight_parts.check import Check
from wengu.training.preflight_parts.data import at_most
from wengu.training.step import Step

LONG, TIGHT = 3600.0, 0.8  # seconds; share of the free memory
_STEPS, _EXAMPLES = 20, 1000  # measured at most


def memory(
    model: nn.Module, train: Dataset[Batch], dev: Dataset[Batch], *, loss_fn: LossFn, batch_size: int
) -> Check:
    """Weights, gradients, an optimiser's two averages and all that backward keeps of a batch, and the data."""
    data = sum(t.numel() * t.element_size() for part in (train, dev) for t in _held(part))
    try:
        choice = choose_batch_size(model, train, loss_fn=loss_fn, candidates=(batch_size,), limit=0, seconds=0.01)
    except InputError as error:
        return Check("memory", "failed", str(error))
    free, taken = choice.memory, choice.candidates[-1].memory
    words = say("{taken} MB for a step of {size}, data {data} MB; {free:,.0f} MB free", taken=_mega(taken),
                size=choice.size, data=_mega(data), free=free / 1e6)
    if taken > TIGHT * free:
        return Check("memory", "warning", words, say("it may not fit: take a smaller --batch-size, or --micro-batch"))
    return Check("memory", "ok", words)


@dataclass(frozen=True)
class TrainingSetup:
    """What of a training decides how long a step takes, and a look at dev."""

    loss_fn: LossFn
    num_items: Callable[[Any], float | Tensor] | None
    judge: Judge | None
    order: Order | None
    augment: Callable[[Batch], Batch] | None
    optimizer_of: Callable[[nn.Module], Optimizer]
    cast: Callable[[], AbstractContextManager[object]]
    batch_size: int
    micro_batch: int | None


def duration(
    model: nn.Module,
    train: Dataset[Batch],
    dev: Dataset[Batch],
    how: TrainingSetup,
    *,
    epochs: int,
    seconds: float,
) -> Check:
    """The median of some steps times their number, and the dev set once an epoch."""
    twin, n = copy.deepcopy(model).train(), size_of(dev)
    device = device_of(twin)
    step = Step(twin, how.optimizer_of(twin), how.loss_fn, num_items=how.num_items, cast=how.cast)
    every = list((how.order or shuffled(size_of(train), how.batch_size))(1))
    batches = [index for index in every if len(index) > 1] or every  # of one alone no variance can be taken
    times: list[float] = []
    began = time.perf_counter()
    for index in batches * _STEPS:
        start = time.perf_counter()
        with suppress(InputError):  # a cost that is not finite takes as long
            step(pieces_of(train, index.to(device), how.micro_batch, how.augment))
        times.append(time.perf_counter() - start)
        if len(times) > _STEPS or (len(times) > 2 and start - began > seconds):
            break
    start = time.perf_counter()
    few = at_most(min(n, _EXAMPLES), read(dev, torch.arange(1, device=device))[0])
    some = TreeDataset(read(dev, torch.arange(few, device=device)))
    judge = how.judge
    if judge is not None:
        judge = replace(judge, truth=None if judge.truth is None else judge.truth[:few], most=None)
    evaluate(twin, some, loss_fn=how.loss_fn, num_items=how.num_items, judge=judge, cast=how.cast,
             size=how.micro_batch or 2 * how.batch_size)
    judged = (time.perf_counter() - start) * n / few
    one, steps = median(times[1:] or times), len(every)
    whole = epochs * (steps * one + judged)
    words = say("at most {whole}: {epochs} × ({steps:,} {steps:step|steps} of {one:.1f} ms, dev {judged:,.0f} ms)",
                whole=_in_words(whole), epochs=epochs, steps=steps, one=1000 * one, judged=1000 * judged)
    if whole > LONG:
        return Check("time", "warning", words, say("try fewer --epochs or a part of the data first, or --device cuda"))
    return Check("time", "ok", words)


def _in_words(seconds: float) -> str:
    """Seconds, minutes or hours, whichever reads best."""
    if seconds < 90:
        return say("{n:.2g} s", n=seconds)
    return say("{n:.0f} min", n=seconds / 60) if seconds < 5400 else say("{n:.1f} h", n=seconds / 3600)


def _mega(n: float) -> str:
    """Bytes as megabytes, to two digits where they are few."""
    return f"{n / 1e6:,.0f}" if n >= 1e7 else f"{n / 1e6:.2g}"


def _held(examples: Dataset[Batch]) -> Iterator[Tensor]:
    """The tensors of a set in memory."""
    yield from examples.tensors if isinstance(examples, TensorDataset) else leaves(getattr(examples, "batch", ()))
