"""Mixup: a picture and another of the mini-batch, laid over each other, and their labels as well.

    x~ = λ x_i + (1-λ) x_j      y~ = λ y_i + (1-λ) y_j      λ ~ Beta(α, α),  j a permutation of the mini-batch

y as one-hot, so the targets become distributions (m, C), which cross-entropy takes: since it is linear in y, its cost
is λ ℒ(y_i) + (1-λ) ℒ(y_j).

Source: Zhang et al. 2018, arXiv:1710.09412, section 1. Its code draws one λ for a mini-batch; here each example has its
own, as in the formula. α = 0.2 is the paper's for ImageNet, 1 for CIFAR-10.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from wengu.core.batches import Batch
from wengu.core.checks import positive, whole
from wengu.vision.augment.pixels import like


@dataclass(frozen=True)
class Mixing:
    """What mixes the examples of a mini-batch: how many classes there are, and the α of λ ~ Beta(α, α)."""

    classes: int
    alpha: float

    def __post_init__(self) -> None:
        whole("classes", self.classes, 1)
        positive("alpha", self.alpha)


@dataclass(frozen=True)
class Mixup(Mixing):
    """(x, y) -> (x~, y~); x is (m, channels, height, width), y class numbers (m,) or distributions (m, C).

    Raises InputError for classes below 1 or α not above 0.

    >>> x, y = Mixup(classes=2)((torch.zeros(4, 1, 2, 2), torch.tensor([0, 1, 1, 0])))
    >>> y.shape, y.sum(1)
    (torch.Size([4, 2]), tensor([1., 1., 1., 1.]))
    """

    alpha: float = 0.2

    def __call__(self, batch: Batch) -> Batch:
        x, y = batch
        lam, other = drawn_lambda(x, self.alpha), torch.randperm(len(x), device=x.device)
        z = x.float()
        return like(mixed(z, z[other], lam), x), mixed_targets(y, other, lam, self.classes)


def mixed(a: Tensor, b: Tensor, lam: Tensor) -> Tensor:
    """λ a + (1-λ) b, with a λ (m,) for each example."""
    lam = lam.reshape(-1, *(1,) * (a.dim() - 1))
    return lam * a + (1 - lam) * b


def mixed_targets(y: Tensor, other: Tensor, lam: Tensor, classes: int) -> Tensor:
    """λ y_i + (1-λ) y_j as distributions (m, C) in float32."""
    y = y if y.is_floating_point() else one_hot(y.long(), classes)
    return mixed(y.float(), y.float()[other], lam)


def drawn_lambda(x: Tensor, alpha: float) -> Tensor:
    """λ ~ Beta(α, α) for each example, (m,)."""
    a = torch.full((len(x),), alpha, device=x.device)
    return torch.distributions.Beta(a, a, validate_args=False).sample()
