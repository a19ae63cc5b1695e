"""What training will take, by a few of its steps on a copy: time until the last epoch, memory."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from statistics import median

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import Dataset, TensorDataset

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.optimization import choose_batch_size
from wengu.training.evaluation import evaluate
from wengu.training.mini_batches import Batch, batch_of, mini_batches, size_of
from wengu.training.preflight_parts.check import Check
from wengu.training.step import Objective, Step

LONG, TIGHT = 3600.0, 0.8  # seconds; share of the free memory
_STEPS, _EXAMPLES = 20, 1000  # measured at most


def memory(
    model: nn.Module, train: Dataset[Batch], dev: Dataset[Batch], *, loss_fn: Objective, batch_size: int
) -> Check:
    """Weights, gradients, an optimiser's two averages and all that backward keeps of a batch, and the data."""
    data = sum(t.numel() * t.element_size() for s in (train, dev) if isinstance(s, TensorDataset) for t in s.tensors)
    try:
        choice = choose_batch_size(model, train, loss_fn=loss_fn, candidates=(batch_size,), limit=0, seconds=0.01)
    except InputError as error:
        return Check("memory", "failed", str(error))
    free, taken = choice.memory, choice.candidates[-1].memory
    words = say("{taken} MB a step of {size}, data {data} MB; {free:,.0f} MB free", taken=_mega(taken),
                size=choice.size, data=_mega(data), free=free / 1e6)
    if taken > TIGHT * free:
        return Check("memory", "warning", words, say("it may not fit: take a smaller --batch-size, or --micro-batch"))
    return Check("memory", "ok", words)


def duration(
    model: nn.Module,
    train: Dataset[Batch],
    dev: Dataset[Batch],
    *,
    loss_fn: Objective,
    metric: Objective | None,
    optimizer_of: Callable[[nn.Module], Optimizer],
    augment: Callable[[Tensor], Tensor] | None,
    epochs: int,
    batch_size: int,
    micro_batch: int | None,
    cast: Callable[[], AbstractContextManager[object]],
    seconds: float,
) -> Check:
    """The median of some steps times their number, and the dev set once an epoch."""
    twin, m, n = copy.deepcopy(model).train(), size_of(train), size_of(dev)
    device = next((p.device for p in twin.parameters()), torch.device("cpu"))
    step = Step(twin, optimizer_of(twin), loss_fn, cast=cast)
    times: list[float] = []
    began = time.perf_counter()
    for index in mini_batches(m, batch_size, seed=0, epoch=0) * _STEPS:
        start = time.perf_counter()
        pieces = [batch_of(train, piece) for piece in torch.split(index.to(device), micro_batch or batch_size)]
        with suppress(InputError):  # a cost that is no number takes as long
            step([(x if augment is None else augment(x), y) for x, y in pieces])
        times.append(time.perf_counter() - start)
        if len(times) > _STEPS or (len(times) > 2 and start - began > seconds):
            break
    start = time.perf_counter()
    few = min(n, _EXAMPLES)
    some = TensorDataset(*batch_of(dev, torch.arange(few, device=device)))
    evaluate(twin, some, loss_fn=loss_fn, metric=metric, cast=cast)
    judged = (time.perf_counter() - start) * n / few
    one, steps = median(times[1:] or times), math.ceil(m / batch_size)
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
