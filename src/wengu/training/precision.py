"""How the network runs fastest here: in bfloat16 or float32, with channels last or first.

    bf16     autocast: matrix products and convolutions in bfloat16, which has float32's range and 8 bits of fraction;
             weights, gradients, averages, normalisation and costs stay float32
    memory   a 4-D tensor's channels last, as most kernels for convolutions want it, or first: torch's memory formats

A processor with units for bfloat16 gains two to four times on matrix products; one without loses, and is not asked.
What is faster is measured on this model and data, before training: every candidate takes steps in turns, in processor
time, so that what else the machine does slows all of them alike. Fewer digits are taken only where they gain clearly.
What the model cannot run in is no candidate: a `view` after a convolution, as many have it, wants channels first.

Source: Micikevicius et al. 2018, arXiv:1710.03740, and Kalamkar et al. 2019, arXiv:1905.12322, for bfloat16, which
needs no scaling of the cost.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Literal

import torch
from torch import nn

from wengu.core.batches import Batch, call, mapped
from wengu.core.checks import one_of
from wengu.core.i18n import say
from wengu.training.evaluation import LossFn, device_of

Precision = Literal["fp32", "bf16"]
MemoryFormat = Literal["contiguous", "channels_last"]

WORTH = 1.25  # times as fast, for fewer digits
NEAR = 0.1  # how far a cost in bfloat16 may be from float32's, relative
ROUNDS, SECONDS = 7, 1.5


@dataclass(frozen=True)
class ComputeFormat:
    """What was chosen, and how many times as fast as float32 with channels first it was; None where not measured."""

    precision: Precision = "fp32"
    memory_format: MemoryFormat = "contiguous"
    gain: float | None = None

    def __str__(self) -> str:
        layout = (say("channels last") if self.memory_format == "channels_last" else
                  say("channels first"))
        if self.gain is None or self.gain <= 1:
            return say("{precision}, {layout}", precision=self.precision, layout=layout)
        return say("{precision}, {layout}: {gain:.2g} times as fast as fp32 with channels first here",
                   precision=self.precision, layout=layout, gain=self.gain)


PLAIN = ComputeFormat()
"float32, channels first."


def has_bf16_units(device: torch.device) -> bool:
    """Whether this device computes in bfloat16 and does not only imitate it."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    has = torch.cpu.get_capabilities() if device.type == "cpu" else {}
    return bool(has.get("amx_tile") or has.get("avx512_bf16"))


def casting(precision: Precision, device: torch.device) -> Callable[[], AbstractContextManager[object]]:
    """What to run the model in."""
    if one_of("precision", precision, ("fp32", "bf16")) == "fp32":
        return nullcontext
    return partial(torch.autocast, device.type, dtype=torch.bfloat16)


def fastest_format(
    model: nn.Module,
    batch: Batch,
    loss_fn: LossFn,
    *,
    precision: Literal["auto", "fp32", "bf16"] = "auto",
    memory_format: MemoryFormat | None = None,
) -> ComputeFormat:
    """Measure steps on this mini-batch, on copies, and say what is fastest; the model stays as it is.

    What is given is not asked. The layout is asked only of a model with 4-D weights, bfloat16 only of a device that has
    it and of float32 weights. Costs that differ by more than a tenth, or are not finite, rule bfloat16 out. What goes
    wrong in the first of the candidates is the model's own error, and raised; another that goes wrong is left out.

    >>> str(fastest_format(nn.Linear(4, 2), (torch.zeros(8, 4), torch.zeros(8, 2)), nn.functional.mse_loss,
    ...                    precision="fp32"))
    'fp32, channels first'
    """
    one_of("precision", precision, ("auto", "fp32", "bf16"))
    layouts: list[MemoryFormat] = [memory_format or "contiguous"]
    if memory_format is None and any(w.dim() == 4 for w in model.parameters()):
        layouts = ["contiguous", "channels_last"]
    floats = all(w.dtype == torch.float32 for w in model.parameters())
    precisions: list[Precision] = ["fp32", "bf16"] if floats and has_bf16_units(device_of(model)) else ["fp32"]
    if precision != "auto":
        precisions = [precision]
    candidates = [ComputeFormat(p, layout) for p in precisions for layout in layouts]
    if len(candidates) == 1:
        return candidates[0]
    with torch.random.fork_rng(), torch.enable_grad():
        trials = [_Trial(candidates[0], model, batch, loss_fn)]
        for candidate in candidates[1:]:
            with suppress(Exception):  # the model's own, of any kind
                trials.append(_Trial(candidate, model, batch, loss_fn))
        if len(trials) == 1:
            return trials[0].form
        began = time.perf_counter()
        for done in range(ROUNDS):
            for trial in trials:
                trial.step()
            if done >= 2 and time.perf_counter() - began > SECONDS:
                break
    return _chosen(trials)


def usual_format(model: nn.Module, batch: Batch, loss_fn: LossFn, *, precision: Precision) -> ComputeFormat:
    """Without measuring, and so the same on every machine: channels last, where the model has 4-D weights and runs so.

    >>> str(usual_format(nn.Linear(4, 2), (torch.zeros(8, 4), torch.zeros(8, 2)), nn.functional.mse_loss,
    ...                  precision="fp32"))
    'fp32, channels first'
    """
    if any(w.dim() == 4 for w in model.parameters()):
        form = ComputeFormat(precision, "channels_last")
        with torch.random.fork_rng(), torch.enable_grad(), suppress(Exception):
            return _Trial(form, model, batch, loss_fn).form
    return ComputeFormat(precision)


class _Trial:
    """Steps of one candidate; the first is not timed, as it sets up kernels."""

    def __init__(self, form: ComputeFormat, model: nn.Module, batch: Batch, loss_fn: LossFn) -> None:
        self.form, self.loss_fn = form, loss_fn
        self.batch = batch if form.memory_format == "channels_last" else contiguous(batch)
        self.model = in_memory_format(copy.deepcopy(model), form.memory_format).train()
        self.device = device_of(model)
        self.times: list[float] = []
        self.cost = self._run()

    def _run(self) -> float:
        torch.manual_seed(0)  # the same units are dropped in every candidate
        self.model.zero_grad()
        with casting(self.form.precision, self.device)():
            cost = self.loss_fn(call(self.model, self.batch[0]), self.batch[1])
        if cost.requires_grad:  # else the pre-flight says that no gradient reaches the weights
            cost.backward()  # type: ignore[no-untyped-call]
        return cost.item()

    def step(self) -> None:
        """One more, timed: on a processor by its own time, elsewhere by the wall's clock, as `item` waits there."""
        clock = time.process_time if self.device.type == "cpu" else time.perf_counter
        start = clock()
        self._run()
        self.times.append(clock() - start)


def _chosen(trials: list[_Trial]) -> ComputeFormat:
    """The fastest, where fewer digits gain clearly: by the ratio in each round, as the noise of a round is one."""
    plain = best = trials[0]
    for trial in trials[1:]:
        lower = trial.form.precision != best.form.precision
        same = math.isfinite(trial.cost) and abs(trial.cost - plain.cost) <= NEAR * max(abs(plain.cost), 1e-3)
        if _gain(trial, best) >= (WORTH if lower else 1) and (same or not lower):
            best = trial
    return ComputeFormat(best.form.precision, best.form.memory_format, round(_gain(best, plain), 2))


def _gain(trial: _Trial, other: _Trial) -> float:
    """How many times as fast as another."""
    return median(b / max(a, 1e-9) for a, b in zip(trial.times, other.times, strict=True))


def in_memory_format(model: nn.Module, memory_format: MemoryFormat) -> nn.Module:
    """The model with its 4-D weights so; its inputs follow."""
    layout = torch.channels_last if memory_format == "channels_last" else torch.contiguous_format
    return model.to(memory_format=layout)  # type: ignore[call-overload,no-any-return]


def contiguous(batch: Batch) -> Batch:
    """A copy of the batch with channels first in memory; of a single channel too, as kernels go by its strides."""
    inputs, targets = batch
    return mapped(lambda x: x.clone(memory_format=torch.contiguous_format), inputs), targets
