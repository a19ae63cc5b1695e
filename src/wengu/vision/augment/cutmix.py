"""CutMix: a rectangle of a picture replaced by that of another, and the labels mixed as the areas are.

    x~ = M ⊙ x_i + (1-M) ⊙ x_j      y~ = λ y_i + (1-λ) y_j      λ ~ Beta(α, α)
    the rectangle:  W √(1-λ) wide, H √(1-λ) high, its centre even over the picture, cut at the edges

λ is then made what is left of x_i in truth, 1 - area / (H W).

Source: Yun et al. 2019, arXiv:1905.04899, equations (1) and (2), α = 1. One rectangle and one λ for each example, where
its code has one for a mini-batch.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from wengu.core.batches import Batch
from wengu.vision.augment.mixup import Mixing, drawn_lambda, mixed_targets


@dataclass(frozen=True)
class CutMix(Mixing):
    """(x, y) -> (x~, y~); x is (m, channels, height, width), y class numbers (m,) or distributions (m, C).

    Raises InputError for classes below 1 or α not above 0.

    >>> x, y = CutMix(classes=2)((torch.zeros(4, 1, 8, 8), torch.tensor([0, 1, 1, 0])))
    >>> y.sum(1)
    tensor([1., 1., 1., 1.])
    """

    alpha: float = 1.0

    def __call__(self, batch: Batch) -> Batch:
        x, y = batch
        lam, other = drawn_lambda(x, self.alpha), torch.randperm(len(x), device=x.device)
        inside = (_span(x.shape[2], lam)[:, None, :, None] & _span(x.shape[3], lam)[:, None, None, :])  # (m, 1, H, W)
        left = 1 - inside.float().mean((1, 2, 3))
        return torch.where(inside, x[other], x), mixed_targets(y, other, left, self.classes)


def _span(length: int, lam: Tensor) -> Tensor:
    """Which of so many rows, or columns, the rectangle covers, (m, length)."""
    half = (length * (1 - lam).sqrt() / 2).floor()[:, None]
    centre = (torch.rand(len(lam), 1, device=lam.device) * length).floor()
    at = torch.arange(length, device=lam.device)
    return (at >= centre - half) & (at < centre + half)
