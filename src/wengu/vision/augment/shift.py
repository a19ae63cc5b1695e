"""Random shift: every picture moved by up to a pixel each way, at every step anew.

    x'[i, j] = x[i + d1, j + d2],   d1, d2 even from -s .. s;   indices beyond an edge are those of the edge

The edge comes in from outside as it is: zeros would be a border that no dev picture has.

Source: Simard, Steinkraus & Platt 2003, "Best Practices for Convolutional Neural Networks Applied to Visual Document
Analysis", section 2: translations by a pixel, of handwritten digits.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from wengu.core.batches import Batch
from wengu.core.checks import at_least


@dataclass(frozen=True)
class RandomShift:
    """(x, y) -> (x moved by up to `pixels` each way, y); x is (m, channels, height, width).

    It draws from torch's generator, as every augmentation here: the loop sets it by (seed, step). Raises InputError
    where pixels is below 1.

    >>> x = torch.arange(3.0).expand(1, 1, 3, 3)
    >>> sorted({tuple(RandomShift()((x, None))[0][0, 0, 0].tolist()) for _ in range(50)})
    [(0.0, 0.0, 1.0), (0.0, 1.0, 2.0), (1.0, 2.0, 2.0)]
    """

    pixels: int = 1

    def __post_init__(self) -> None:
        at_least("pixels", self.pixels, 1)

    def __call__(self, batch: Batch) -> Batch:
        x, y = batch
        return shifted(x, torch.randint(-self.pixels, self.pixels + 1, (2, len(x), 1), device=x.device)), y


def shifted(x: Tensor, offset: Tensor) -> Tensor:
    """The formula above: offset (2, m, 1) has d1 and d2 of each picture.

    >>> shifted(torch.arange(3.0).expand(1, 1, 1, 3), torch.tensor([[[0]], [[1]]]))
    tensor([[[[1., 2., 2.]]]])
    """
    m, _, height, width = x.shape
    rows = (torch.arange(height, device=x.device) + offset[0]).clamp_(0, height - 1)
    columns = (torch.arange(width, device=x.device) + offset[1]).clamp_(0, width - 1)
    index = torch.arange(m, device=x.device)[:, None, None]
    # an index on dimensions 0, 2, 3 puts channels last; channels come back to dimension 1
    return x[index, :, rows[:, :, None], columns[:, None, :]].movedim(-1, 1)
