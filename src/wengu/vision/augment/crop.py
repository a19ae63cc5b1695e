"""Random crop: the picture with p pixels of padding round it, cut at random to the size that it had.

    x' = pad(x, p)[a : a + H, b : b + W],   a, b even from 0 .. 2p

which is a shift by up to p each way. The padding repeats the edge, where the paper's has zeros; p is an eighth of the
shorter side, the paper's 4 pixels of 32.

Source: He et al. 2016, arXiv:1512.03385, section 4.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from wengu.core.batches import Batch
from wengu.core.checks import at_least
from wengu.vision.augment.shift import shifted


@dataclass(frozen=True)
class RandomCrop:
    """(x, y) -> (x cut anew, y); x is (m, channels, height, width). Raises InputError where padding is below 1.

    >>> RandomCrop()((torch.zeros(2, 3, 32, 32), torch.tensor([0, 1])))[0].shape
    torch.Size([2, 3, 32, 32])
    """

    padding: int | None = None

    def __post_init__(self) -> None:
        if self.padding is not None:
            at_least("padding", self.padding, 1)

    def __call__(self, batch: Batch) -> Batch:
        x, y = batch
        p = self.padding or max(1, min(x.shape[2:]) // 8)
        return shifted(x, torch.randint(-p, p + 1, (2, len(x), 1), device=x.device)), y
