"""Optimisers beside torch's: a network's worth of large tensors, and many small ones.

The work is a step and the `zero_grad` after it. Large: the shapes of 146 tensors with 22.9 M numbers, half of them
matrices, half biases. Small: 300 tensors of 256. The quality is the largest difference of any weight after the race.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import nn

from benchmarks.race import Row, race
from wengu.optimization import Adam, GradientDescent, Momentum, RMSprop

LARGE = [shape for _ in range(73) for shape in ((560, 560), (560,))]
SMALL = [(256,)] * 300
STEPS = 5
PEER = f"torch {torch.__version__}"
T = torch.optim

Make = Callable[[list[nn.Parameter]], Any]


def races() -> Iterator[Row]:
    """Adam by its targets; RMSprop, momentum and plain descent beside it."""
    adam: Make = Adam
    for work, shapes, kept, default, fused in (
        ("large", LARGE, False, 3.5, 0.97),
        ("small", SMALL, False, 5.0, 1.4),
        ("small, gradients kept", SMALL, True, 8.0, 3.0),
    ):
        yield row("Adam", work, shapes, adam, T.Adam, "Adam, default", default, kept=kept)
        yield row("Adam", work, shapes, adam, lambda p: T.Adam(p, fused=True), "Adam, fused", fused, kept=kept)
    for work, shapes in (("large", LARGE), ("small", SMALL)):
        yield row("RMSprop", work, shapes, lambda p: RMSprop(p, lr=1e-2, beta=0.99), T.RMSprop, "RMSprop, default", 3.0)
    yield row("Momentum", "large", LARGE, lambda p: Momentum(p, lr=1e-2),
              lambda p: T.SGD(p, lr=1e-3, momentum=0.9), "SGD, default", 1.0)
    yield row("GradientDescent", "large", LARGE, lambda p: GradientDescent(p, lr=1e-3),
              lambda p: T.SGD(p, lr=1e-3, fused=True), "SGD, fused", 0.97)


def row(
    name: str, work: str, shapes: Sequence[tuple[int, ...]], ours: Make, theirs: Make, peer: str, target: float, *,
    kept: bool = False,
) -> Row:
    """One race over tensors of these shapes."""
    us, them = (Steps(shapes, make, kept=kept) for make in (ours, theirs))
    us(), them()  # what is made at the first step is not counted
    numbers = sum(w.numel() for w in us.weights)

    def difference(*_: Any) -> tuple[str, bool]:
        most = max(float((a - b).detach().abs().max()) for a, b in zip(us.weights, them.weights, strict=True))
        return f"weights differ by {most:.0e}", most < 1e-5

    return race(
        work=f"{name}, {work}: {len(shapes)} tensors, {numbers:,} numbers",
        setting=f"{STEPS} steps, zero_grad({'set_to_none=False' if kept else ''})",
        ours=us,
        peer=them,
        peer_name=f"torch.optim.{peer}, {PEER}",
        quality=difference,
        target=target,
        rounds=9,
    )


class Steps:
    """Some steps of one optimiser on its own copy of the tensors, with the same gradients every time."""

    def __init__(self, shapes: Sequence[tuple[int, ...]], make: Make, *, kept: bool) -> None:
        generator = torch.Generator().manual_seed(0)
        self.weights = [nn.Parameter(torch.randn(shape, generator=generator) / 10) for shape in shapes]
        self.gradients = [torch.randn(shape, generator=generator) for shape in shapes]
        self.optimiser, self.kept = make(self.weights), kept
        for w in self.weights:
            w.grad = torch.zeros_like(w)

    def __call__(self) -> None:
        for _ in range(STEPS):
            if not self.kept:  # kept ones stay as they are, zero: adding to them is the network's work
                for w, g in zip(self.weights, self.gradients, strict=True):
                    w.grad = g
            self.optimiser.step()
            self.optimiser.zero_grad(set_to_none=not self.kept)
