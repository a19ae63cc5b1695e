"""How the network runs fastest here: in bfloat16 or float32, with channels last or first.

    bf16     autocast: matrix products and convolutions in bfloat16, which has float32's range and 8 bits of fraction;
             weights, gradients, averages, normalisation and costs stay float32
    layout   a 4-D tensor's channels last, as most kernels for convolutions want it, or first

A processor with units for bfloat16 gains two to four times on matrix products; one without loses, and is not asked.
What is faster is measured on this model and data, before training: every candidate takes steps in turns, in processor
time, so that what else the machine does slows all of them alike. Fewer digits are taken only where they gain clearly.

Source: Micikevicius et al. 2018, arXiv:1710.03740, and Kalamkar et al. 2019, arXiv:1905.12322, for bfloat16, which
needs no scaling of the cost.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Literal

import torch
from torch import Tensor, nn

from wengu.core.checks import one_of
from wengu.core.i18n import say

Precision = Literal["fp32", "bf16"]
Objective = Callable[[Tensor, Tensor], Tensor]

WORTH = 1.25  # times as fast, for fewer digits
NEAR = 0.1  # how far a cost in bfloat16 may be from float32's, relative
ROUNDS, SECONDS = 7, 1.5


@dataclass(frozen=True)
class ComputeFormat:
    """What was chosen, and how many times as fast as float32 with channels first it was; None where not measured."""

    precision: Precision = "fp32"
    channels_last: bool = False
    gain: float | None = None

    def __str__(self) -> str:
        layout = say("channels last") if self.channels_last else say("channels first")
        if self.gain is None or self.gain <= 1:
            return f"{self.precision}, {layout}"
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


def fastest(
    model: nn.Module,
    x: Tensor,
    y: Tensor,
    loss_fn: Objective,
    *,
    precision: Literal["auto", "fp32", "bf16"] = "auto",
    channels_last: bool | None = None,
) -> ComputeFormat:
    """Measure steps on this mini-batch, on copies, and say what is fastest; the model stays as it is.

    What is given is not asked. The layout is asked only of a model with 4-D weights, bfloat16 only of a device that has
    it and of float32 weights. Costs that differ by more than a tenth, or are not finite, rule bfloat16 out.

    >>> str(fastest(nn.Linear(4, 2), torch.zeros(8, 4), torch.zeros(8, dtype=torch.int64), nn.functional.cross_entropy,
    ...             precision="fp32"))
    'fp32, channels first'
    """
    one_of("precision", precision, ("auto", "fp32", "bf16"))
    layouts = [bool(channels_last)]
    if channels_last is None and any(w.dim() == 4 for w in model.parameters()):
        layouts = [False, True]
    floats = all(w.dtype == torch.float32 for w in model.parameters())
    precisions: list[Precision] = ["fp32", "bf16"] if floats and has_bf16_units(x.device) else ["fp32"]
    if precision != "auto":
        precisions = [precision]
    candidates = [ComputeFormat(p, layout) for p in precisions for layout in layouts]
    if len(candidates) == 1:
        return candidates[0]
    with torch.random.fork_rng(), torch.enable_grad():
        trials = [_Trial(candidate, model, x, y, loss_fn) for candidate in candidates]
        began = time.perf_counter()
        for done in range(ROUNDS):
            for trial in trials:
                trial.step()
            if done >= 2 and time.perf_counter() - began > SECONDS:
                break
    return _chosen(trials)


class _Trial:
    """Steps of one candidate; the first is not timed, as it sets up kernels."""

    def __init__(self, pace: ComputeFormat, model: nn.Module, x: Tensor, y: Tensor, loss_fn: Objective) -> None:
        self.pace, self.y, self.loss_fn = pace, y, loss_fn
        self.x = x if pace.channels_last else channels_first(x)
        self.model = laid_out(copy.deepcopy(model), channels_last=pace.channels_last).train()
        self.times: list[float] = []
        self.cost = self._run()

    def _run(self) -> float:
        torch.manual_seed(0)  # the same units are dropped in every candidate
        self.model.zero_grad()
        with casting(self.pace.precision, self.x.device)():
            cost = self.loss_fn(self.model(self.x), self.y)
        cost.backward()  # type: ignore[no-untyped-call]
        return cost.item()

    def step(self) -> None:
        """One more, timed: on a processor by its own time, elsewhere by the wall's clock, as `item` waits there."""
        clock = time.process_time if self.x.device.type == "cpu" else time.perf_counter
        start = clock()
        self._run()
        self.times.append(clock() - start)


def _chosen(trials: list[_Trial]) -> ComputeFormat:
    """The fastest, where fewer digits gain clearly: by the ratio in each round, as the noise of a round is one."""
    plain = best = trials[0]
    for trial in trials[1:]:
        lower = trial.pace.precision != best.pace.precision
        same = math.isfinite(trial.cost) and abs(trial.cost - plain.cost) <= NEAR * max(abs(plain.cost), 1e-3)
        if _gain(trial, best) >= (WORTH if lower else 1) and (same or not lower):
            best = trial
    return ComputeFormat(best.pace.precision, best.pace.channels_last, round(_gain(best, plain), 2))


def _gain(trial: _Trial, other: _Trial) -> float:
    """How many times as fast as another."""
    return median(b / max(a, 1e-9) for a, b in zip(trial.times, other.times, strict=True))


def laid_out(model: nn.Module, *, channels_last: bool) -> nn.Module:
    """The model with its 4-D weights so; its inputs follow."""
    layout = torch.channels_last if channels_last else torch.contiguous_format
    return model.to(memory_format=layout)  # type: ignore[call-overload,no-any-return]


def channels_first(x: Tensor) -> Tensor:
    """The inputs in that layout, a single channel's strides, by which kernels choose, too."""
    return x.clone(memory_format=torch.contiguous_format)
