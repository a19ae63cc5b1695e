"""Softmax and logistic regression as networks that the loop trains by mini-batches.                  [notes 5.1, 5.2]

    softmax     z = W x + b, a row of W for each class
    logistic    z = (0, w·x + b): one row, for the second of two classes; softmax over (0, z) is σ(z)

A convex cost has one valley: zeros are as good a start as any, and draw nothing. For the exact optimum in one call take
the estimators beside, which solve the same problem without mini-batches.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.layers import Linear


def softmax(features: int, classes: int) -> nn.Module:
    """Scores (m, classes) of examples (m, features).

    >>> softmax(4, 3)(torch.ones(1, 4))
    tensor([[0., 0., 0.]], grad_fn=<AddmmBackward0>)
    """
    return Linear(features, classes, init_variance=0.0)


def logistic(features: int, classes: int = 2) -> nn.Module:
    """Scores (m, 2) of examples (m, features), the first of them 0. Raises InputError for more classes than two."""
    if classes != 2:
        raise InputError(say("network: logistic regression separates two classes, the target has {n}; take softmax",
                             n=classes))
    return SecondOfTwo(Linear(features, 1, init_variance=0.0))


class SecondOfTwo(nn.Module):
    """Scores (m, 2) of two classes from one score (m, 1): 0 for the first, z for the second."""

    def __init__(self, score: nn.Module) -> None:
        super().__init__()
        self.score = score

    def forward(self, x: Tensor) -> Tensor:
        z = self.score(x)
        return torch.cat([torch.zeros_like(z), z], dim=1)
