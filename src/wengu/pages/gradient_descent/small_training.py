"""A training small enough for a figure: softmax regression on 600 pictures of the sample, shrunk to 7 × 7.

Real pictures and real gradients of mini-batches of 8. The first call reads the sample; later ones take a tenth of a
millisecond a step.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor

STEPS = 160
TRAIN, DEV = 400, 200  # pictures
BATCH = 8


class Stop(NamedTuple):
    """After a step: the mini-batch's cost before it, and the weights it led to, (10, 50), b the last column."""

    cost: float
    weights: Any


@cache
def pictures(m: int) -> tuple[Tensor, Tensor]:
    """The first m pictures of the sample, (m, 1, 28, 28) from 0 to 1 in float64, and their classes (m,)."""
    import torch

    from wengu.data import load

    sample = load("sample")
    return torch.from_numpy(sample.pixels[:m]).double() / 255, torch.from_numpy(sample.labels[:m])


def train(lr: float, steps: Sequence[int], weights: Any = None) -> list[Stop]:
    """These steps of gradient descent on mini-batches, from these weights, or from 0."""
    import numpy as np
    import torch

    from wengu.optimization import gradient_descent_by_hand
    from wengu.regression import softmax_cost_by_hand, softmax_gradient_by_hand

    x, y = _rows()
    order = _batches()
    w = np.zeros((y.shape[1], x.shape[1] + 1)) if weights is None else weights.copy()
    stops = []
    for t in steps:
        batch = x[order[t]], y[order[t]]
        cost = softmax_cost_by_hand(w[:, :-1], w[:, -1], *batch)
        g = softmax_gradient_by_hand(w[:, :-1], w[:, -1], *batch)
        gradient_descent_by_hand(torch.from_numpy(w), torch.from_numpy(g), lr=lr)  # in place, the same memory
        stops.append(Stop(cost, w.copy()))
    return stops


@cache
def whole_training(lr: float) -> tuple[Stop, ...]:
    """The whole training, `STEPS` long."""
    return tuple(train(lr, range(STEPS)))


@cache
def whole_dev_costs(lr: float) -> tuple[float, ...]:
    """The dev cost after every step of the whole training."""
    return tuple(dev_costs(whole_training(lr)))


def dev_costs(stops: Sequence[Stop]) -> list[float]:
    """The cost of `DEV` other pictures after each step."""
    from wengu.regression import softmax_cost_by_hand

    x, y = (rows[TRAIN:] for rows in _rows())
    return [softmax_cost_by_hand(stop.weights[:, :-1], stop.weights[:, -1], x, y) for stop in stops]


@cache
def _rows() -> tuple[Any, Any]:
    """x (600, 49), the mean of every 4 × 4 pixels, and y (600, 10), one 1 a row."""
    import numpy as np

    from wengu.layers import average_pool_by_hand

    x, y = pictures(TRAIN + DEV)
    return average_pool_by_hand(x, 4).flatten(1).numpy(), np.eye(10)[y.numpy()]


@cache
def _batches() -> list[Any]:
    """The indices of every step's mini-batch."""
    from wengu.training import mini_batches

    epochs = -(-STEPS * BATCH // TRAIN)
    return [batch.numpy() for epoch in range(epochs) for batch in mini_batches(TRAIN, BATCH, seed=0, epoch=epoch)]
