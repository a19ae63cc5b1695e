"""Choosing the batch size: a small set all at once; of a large one, the fewest that keep the machine busy.  [notes 2.8]

    m <= 2000     B = m, full batch
    else          B of 64, 128, 256, 512: those that fit the memory, the smallest that is about as fast as the fastest

"About as fast" is within 10 % of the most examples a second. The smallest of these, because at equal speed a smaller
batch makes more steps out of the same examples, and its noise finds minima that generalise at least as well; a larger
one is worth having only for the speed. Speed and memory are measured on the machine, on a copy of the model, with whole
training steps: forward, backward, and Adam's. Reading the examples is not part of the time.

Source: the notes; Masters & Luschi 2018, arXiv:1804.07612, and Keskar et al. 2017, arXiv:1609.04836, for small batches.
Memory is weights, gradients, Adam's two averages, the batch, and all that is kept for backward; on a GPU the peak as
measured there. What fits is what is free, or the `memory` given, in bytes.
"""

from __future__ import annotations

import copy
import math
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from wengu.core.batches import Batch, call, examples_in, in_memory, leaves, mapped, read, size_of, take
from wengu.core.checks import InputError, at_least, differentiable, known_shapes, positive, two_examples, whole
from wengu.core.i18n import say, text_table
from wengu.optimization.adam import Adam

_WITHIN = 0.9


@dataclass(frozen=True)
class Candidate:
    """One batch size: memory in bytes (expected, where it was not tried), and examples a second where measured."""

    size: int
    memory: float
    fits: bool
    speed: float | None = None


@dataclass(frozen=True)
class BatchSizeChoice:
    """The batch size, what was measured, and why."""

    size: int
    examples: int
    limit: int
    memory: float  # what there was to fit into, bytes
    candidates: tuple[Candidate, ...]

    @property
    def reason(self) -> str:
        """Why this size was taken, in one sentence."""
        if self.size == self.examples:
            return say("Batch size {size}: all examples at once; there are at most {limit}, or fewer than any "
                       "candidate.", size=self.size, limit=self.limit)
        return say("Batch size {size}: the smallest that fits and is within {share} of the fastest.", size=self.size,
                   share=f"{1 - _WITHIN:.0%}")

    def __str__(self) -> str:
        head = [say("batch size"), say("examples a second"), say("memory, MB"), ""]
        rows = [[f"{one.size:,}", "-" if one.speed is None else f"{one.speed:,.0f}", f"{one.memory / 1e6:,.3f}",
                 say("chosen") if one.size == self.size else "" if one.fits else say("does not fit")]
                for one in self.candidates]
        return f"{text_table(head, rows, left=0)}\n{self.reason}"


def choose_batch_size(
    model: nn.Module,
    examples: Dataset[Batch] | Batch,
    *,
    loss_fn: Callable[[Any, Any], Tensor],
    candidates: Sequence[int] = (64, 128, 256, 512),
    limit: int = 2000,
    memory: float | None = None,
    seconds: float = 1.0,
) -> BatchSizeChoice:
    """The batch size for training this model on these examples.

    model        keeps its weights, mode, gradients and buffers; torch's random state is as before
    examples     (inputs, targets), or a Dataset of such pairs; the first of them are measured
    loss_fn      loss_fn(outputs, y), the cost
    candidates   tried where the examples are more than `limit`, or do not all fit at once
    limit        the most examples to take all at once
    memory       bytes to fit into; what is free where it is not given
    seconds      how long to measure in all, about

    Raises InputError where there are no examples, or one alone (or a candidate of 1) for a model that normalises by
    batches; where nothing fits; for a lazy layer that has not seen its first batch; for a cost that the model does not
    decide.

    >>> x, y = torch.zeros(150, 4), torch.zeros(150, 1)
    >>> print(choose_batch_size(nn.Linear(4, 1), (x, y), loss_fn=nn.functional.mse_loss).reason)
    Batch size 150: all examples at once; there are at most 2000, or fewer than any candidate.
    """
    at_least("limit", limit, 0)
    for size in candidates:
        whole("candidates", size, 1)
    data = in_memory(examples)
    m = size_of(data)
    at_least("examples", m, 1)
    known_shapes(model)
    device = next((w.device for w in model.parameters()), torch.device("cpu"))
    room = memory_at_hand(device) if memory is None else positive("memory", memory)
    rehearsal = _Rehearsal(model, data, loss_fn, device)
    sizes = sorted({size for size in candidates if size < m})
    short = "examples" if m == 1 else "candidates"  # which of them would give a batch of one
    with torch.random.fork_rng(rehearsal.gpus), torch.enable_grad(), two_examples(short):
        tried = [rehearsal.tried(m, room)] if m <= limit or not sizes else []
        if not any(one.fits for one in tried):
            tried += [rehearsal.tried(size, room) for size in sizes]
        fitting = [one.size for one in tried if one.fits]
        if not fitting:
            least = min(tried, key=lambda one: one.size)
            raise InputError(
                say("model: expected a batch of {size} to fit into {room} MB, but it takes {memory} MB; give smaller "
                    "candidates or a smaller model", size=least.size, room=f"{room / 1e6:,.3f}",
                    memory=f"{least.memory / 1e6:,.3f}")
            )
        if fitting == [m]:
            return BatchSizeChoice(m, m, limit, room, tuple(tried))
        speeds = rehearsal.speeds(fitting, seconds)
    enough = _WITHIN * max(speeds.values())
    return BatchSizeChoice(min(size for size in fitting if speeds[size] >= enough), m, limit, room,
                           tuple(replace(one, speed=speeds.get(one.size)) for one in tried))


def memory_at_hand(device: torch.device) -> float:
    """Bytes that are free: of the GPU, else of the machine where it says so (Linux), else infinitely many."""
    if device.type == "cuda":
        cached = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return float(torch.cuda.mem_get_info(device)[0] + cached)
    facts = Path("/proc/meminfo")
    found = re.search(r"MemAvailable: +(\d+) kB", facts.read_text()) if facts.is_file() else None
    return 1024.0 * int(found[1]) if found else math.inf


class _Rehearsal:
    """Training steps of a copy of the model on the first examples."""

    def __init__(
        self, model: nn.Module, data: Dataset[Batch], loss_fn: Callable[[Any, Any], Tensor], device: torch.device
    ) -> None:
        self.device = device
        self.gpus = [self.device] if self.device.type == "cuda" else []
        self.before = torch.cuda.memory_allocated(self.device) if self.gpus else 0
        self.data, self.loss_fn = data, loss_fn
        self.held_batch: Batch = (torch.empty(0), torch.empty(0))
        self.twin = copy.deepcopy(model).train()
        learned = [w for w in self.twin.parameters() if w.requires_grad]
        if not learned:
            raise InputError(say("model: expected at least one parameter that learns, got none"))
        self.adam = Adam(learned, lr=1e-6)
        held = [*self.twin.parameters(), *self.twin.buffers()]
        self.held = {w.untyped_storage().data_ptr() for w in held}
        self.fixed = float(sum(map(_bytes, held)) + 3 * sum(map(_bytes, learned)))  # a gradient, V and S each
        self.each = 0.0  # bytes an example, as far as is known

    def batch(self, size: int) -> Batch:
        """The first `size` examples, on the model's device."""
        if examples_in(self.held_batch[1]) < size:
            inputs, targets = read(self.data, torch.arange(size))
            self.held_batch = mapped(self._here, inputs), mapped(self._here, targets)
        first = torch.arange(size, device=self.device)
        return take(self.held_batch[0], first), take(self.held_batch[1], first)

    def _here(self, tensor: Tensor) -> Tensor:
        return tensor.to(self.device)

    def step(self, batch: Batch) -> None:
        """One step of training, as it is timed."""
        self.adam.zero_grad()
        differentiable("loss_fn", self.loss_fn(call(self.twin, batch[0]), batch[1])).backward()
        self.adam.step()
        if self.gpus:
            torch.cuda.synchronize(self.device)

    def tried(self, size: int, room: float) -> Candidate:
        """One step, and its memory; on a CPU not tried where it is not expected to fit: the system would kill us."""
        if not self.gpus and not self.each:
            few = min(size, 2)
            self.each = (self.memory(few) - self.fixed) / few
        expected = self.fixed + self.each * size
        if not self.gpus and expected > room:
            return Candidate(size, expected, False)
        try:
            memory = self.memory(size)
        except (RuntimeError, MemoryError) as error:
            if isinstance(error, RuntimeError) and "memory" not in str(error):
                raise
            return Candidate(size, max(expected, room), False)
        self.each = (memory - self.fixed) / size
        return Candidate(size, memory, memory <= room)

    def memory(self, size: int) -> float:
        """Bytes that a step takes."""
        if self.gpus:
            torch.cuda.reset_peak_memory_stats(self.device)
        batch = self.batch(size)
        kept: dict[int, int] = {}

        def keep(tensor: Tensor) -> Tensor:
            kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
            return tensor.detach()

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            self.step(batch)
        if self.gpus:
            return float(torch.cuda.max_memory_allocated(self.device) - self.before)
        own = list(leaves(batch))
        given = self.held | {tensor.untyped_storage().data_ptr() for tensor in own}
        return self.fixed + sum(map(_bytes, own)) + sum(size for place, size in kept.items() if place not in given)

    def speeds(self, sizes: Sequence[int], seconds: float) -> dict[int, float]:
        """Examples a second, by the median of at least three steps; in turns, so that all see the same machine."""
        times: dict[int, list[float]] = {size: [] for size in sizes}
        end = time.perf_counter() + positive("seconds", seconds)
        while len(times[sizes[0]]) < 3 or time.perf_counter() < end:
            for size in sizes:
                batch = self.batch(size)
                start = time.perf_counter()
                self.step(batch)
                times[size].append(time.perf_counter() - start)
        return {size: size / median(times[size]) for size in sizes}


def _bytes(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()
