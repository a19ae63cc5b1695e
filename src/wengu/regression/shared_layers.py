"""Multi-task learning: one network answers several yes-or-no questions; its lower layers are shared.     [notes 5.4]

    a = g(W^[l] ... g(W^[1] x + b^[1]) ... + b^[l])         shared by all tasks
    z_j = w_jᵀ a + b_j,  ŷ_j = σ(z_j)                       one unit a task, j = 1 .. T
    ℒ = -Σ_j [y_j log ŷ_j + (1 - y_j) log(1 - ŷ_j)]         over the labels that are there

The loss is functions.multi_task_cross_entropy. It pays where the tasks have use for the same lower layers, where each
has about as many examples as the others, so that all the others teach much beside what it has itself, and where the
network is large enough to do well on all of them.

Source: Caruana 1997, "Multitask learning", Machine Learning 28; He's initial weights (arXiv:1502.01852) below ReLU.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from wengu.core.checks import whole
from wengu.layers import Linear


def shared_layers_by_hand(
    x: Tensor, shared: Sequence[tuple[Tensor, Tensor]], heads: Sequence[tuple[Tensor, Tensor]]
) -> Tensor:
    """The scores z (m, T) of x (m, n): the shared layers once, then w (k,) and b of each task.

    >>> one = torch.ones(1, 1)
    >>> shared_layers_by_hand(one, [(one, one[0])], [(one[0], one[0, 0]), (-one[0], one[0, 0])])
    tensor([[ 3., -1.]])
    """
    a = x
    for weight, bias in shared:
        a = torch.relu(a @ weight.T + bias)
    return torch.stack([a @ w + b for w, b in heads], dim=1)


class SharedLayers(nn.Module):
    """Fully connected layers of ReLU shared by all tasks, and one output unit for each.

    x (m, features) -> z (m, classes), before σ. `classes` are the tasks. Raises InputError for sizes below 1.

    >>> net = SharedLayers(4, 3, hidden=(8,), generator=torch.Generator().manual_seed(0))
    >>> net(torch.zeros(2, 4)).shape, sum(p.numel() for p in net.parameters())
    (torch.Size([2, 3]), 67)
    """

    def __init__(
        self,
        features: int,
        classes: int,
        *,
        hidden: Sequence[int] = (64, 32),
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        sizes = [whole("features", features, 1), *(whole("hidden", n, 1) for n in hidden)]
        layers: list[nn.Module] = []
        for n, k in pairwise(sizes):
            layers += [Linear(n, k, init_variance=2 / n, generator=generator), nn.ReLU()]
        self.shared = nn.Sequential(*layers)
        self.heads = Linear(sizes[-1], whole("classes", classes, 1), init_variance=1 / sizes[-1], generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        z: Tensor = self.heads(self.shared(x))
        return z
