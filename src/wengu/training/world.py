"""The processes that train one model together: what they agree on, and who does what.

    mini-batch X^{t} of B examples, P processes:    process r has the examples r, r + P, r + 2P, ... of it
    J = Σ_r n_r J_r / Σ_r n_r                       dJ likewise: each process weighs by what its part counts

So the mini-batch is the same for any number of processes, and J and dJ are, but for the order of the sum, those of one
process; the ragged last batch need not be a multiple of P. The gradients are summed by torch's
DistributedDataParallel; batch normalisation sees each part alone, and the first process's running averages are kept.

The first process alone has the run: it writes checkpoints and metrics, reads what was changed by hand, and what it
finds is told to the others. Source: Goyal et al. 2017, arXiv:1706.02677, for one mini-batch in many parts.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import count
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed import PrefixStore  # type: ignore[attr-defined]
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel

from wengu.core.batches import leaves, mapped
from wengu.core.checks import InputError

_JOINED = count()  # each time by another name: the addresses of the time before are no longer anybody's
TIMEOUT = timedelta(hours=1)  # for another process, which may be judging or writing; one that is dead is seen at once
T = TypeVar("T")


@dataclass(frozen=True)
class World:
    """This process's place among those that train together; alone, its sums and shares are those of one process.

    >>> World().shard(torch.arange(5)).tolist(), World(rank=1, size=2).shard(torch.arange(5)).tolist()
    ([0, 1, 2, 3, 4], [1, 3])
    >>> World().sum(1.0, 2.0)
    (1.0, 2.0)
    """

    rank: int = 0
    size: int = 1

    @classmethod
    def current(cls) -> World:
        """The processes that have joined; before that this one alone."""
        if dist.is_available() and dist.is_initialized():
            return cls(dist.get_rank(), dist.get_world_size())
        return cls()

    @property
    def is_first(self) -> bool:
        """Whether this process has the run."""
        return self.rank == 0

    def shard(self, index: Tensor) -> Tensor:
        """This process's part of these indices."""
        return index if self.size == 1 else index[self.rank :: self.size]

    def sum(self, *values: float) -> tuple[float, ...]:
        """Each value summed over the processes, in float64."""
        if self.size == 1:
            return values
        total = torch.tensor(values, dtype=torch.float64)
        dist.all_reduce(total)
        return tuple(total.tolist())

    def all_gather(self, value: T) -> list[T]:
        """The value of every process, in their order."""
        if self.size == 1:
            return [value]
        values: list[Any] = [None] * self.size
        dist.all_gather_object(values, value)
        return values

    def all_rows(self, tree: Any, *, idle: bool = False) -> Any:
        """The rows that the processes have of a mini-batch, as one, in its order; gradients go through one's own.

        An `idle` process has none of them.
        """
        if self.size == 1:
            return tree
        parts = self.all_gather(None if idle else mapped(lambda t: t.detach().cpu(), tree))
        device = next((leaf.device for leaf in leaves(tree)), torch.device("cpu"))
        parts = [mapped(lambda t: t.to(device), part) for part in parts]
        if not idle:
            parts[self.rank] = tree
        return _interleaved([part for part in parts if part is not None])

    def on_all_ranks(self, work: Callable[[], T]) -> T:
        """Do it in every process; where it is an InputError in one, it is in all, so that none waits for another."""
        if self.size == 1:
            return work()
        error: InputError | None = None
        try:
            made = work()
        except InputError as found:
            error = found
        if failed := [one for one in self.all_gather(str(error) if error else None) if one is not None]:
            raise error or InputError(failed[0])
        return made

    def on_rank_zero(self, work: Callable[[], T]) -> T:
        """What the first process makes of it, or its InputError, in all."""
        told: list[Any] = self.on_all_ranks(lambda: [work() if self.is_first else None])
        if self.size > 1:
            dist.broadcast_object_list(told, src=0)
        made: T = told[0]
        return made

    def wrapped(self, model: nn.Module) -> nn.Module:
        """The model as one whose `backward` sums gradients over the processes; made again when layers unfreeze."""
        if self.size == 1:
            return model
        warnings.filterwarnings("ignore", "Grad strides do not match")  # a filter of one channel has two layouts
        return DistributedDataParallel(model)

    @torch.no_grad()
    def broadcast(self, model: nn.Module) -> None:
        """The first process's weights and buffers for all."""
        if self.size > 1:
            for tensor in model.state_dict().values():
                if tensor.numel():
                    shared = tensor.contiguous()
                    dist.broadcast(shared, src=0)
                    tensor.copy_(shared)


ALONE = World()


def _interleaved(parts: list[Any]) -> Any:
    """The first row of each part, then the second of each, and so on."""
    first = parts[0]
    if type(first) is tuple:
        return tuple(map(_interleaved, map(list, zip(*parts, strict=True))))
    if type(first) is dict:
        return {name: _interleaved([part[name] for part in parts]) for name in first}
    if isinstance(first, Tensor) and not first.dim():
        return first
    places = [(k, r) for r, part in enumerate(parts) for k in range(len(part))]
    order = sorted(range(len(places)), key=places.__getitem__)
    if isinstance(first, Tensor):
        return torch.cat(parts)[torch.tensor(order, device=first.device)]
    rows = [row for part in parts for row in part]
    return [rows[i] for i in order]


def launched() -> bool:
    """Whether torchrun, or wengu as it does, started this process.

    >>> launched()
    False
    """
    return "TORCHELASTIC_RUN_ID" in os.environ


@cache
def _meeting_place() -> tuple[Any, int, int]:
    """Where addresses are told, rank and size; kept, as who joins again early would go to one that is closing."""
    found: tuple[Any, int, int] = next(rendezvous("env://", timeout=TIMEOUT))
    return found


@contextmanager
def joined(device: str = "cpu") -> Iterator[World]:
    """Join the processes that torchrun started; without it, or with one process, be alone.

    Within it, `fit` finds them joined. Whoever fits several models in one torchrun joins once around all of them: a
    second group may meet the ends of connections of the first.

    Raises RuntimeError where the others do not come, or later where one of them has died.

    >>> with joined() as world:
    ...     world.size
    1
    """
    if not launched() or int(os.environ.get("WORLD_SIZE", "1")) == 1 or dist.is_initialized():
        yield World.current()
        return
    store, rank, size = _meeting_place()
    dist.init_process_group("cpu:gloo,cuda:nccl" if device.startswith("cuda") else "gloo", timeout=TIMEOUT, rank=rank,
                            world_size=size, store=PrefixStore(f"joined-{next(_JOINED)}", store))
    try:
        yield World.current()
    finally:
        dist.destroy_process_group()
