"""Random erasing: with chance p a rectangle of the picture is replaced by noise.

    S_e = s H W,  s even from s_l .. s_h      r = H_e / W_e, log r even      H_e = √(S_e r)      W_e = √(S_e / r)

The network cannot rest on one part of a thing. The noise is even from black to white at each pixel, the paper's RE-R.

Source: Zhong et al. 2020, arXiv:1708.04896, Algorithm 1, whose r is even itself and which draws again where the
rectangle is larger than the picture; here log r is even, as in torchvision, and from what fits.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from wengu.core.batches import Batch
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.vision.augment.flip import chance


@dataclass(frozen=True)
class RandomErasing:
    """(x, y) -> (x with a rectangle of noise, y); x is (m, channels, height, width).

    scale is (s_l, s_h), shares of the picture's area, and ratio the range of r. Raises InputError for a chance or a
    share outside [0, 1], and where a range is empty.

    >>> x = torch.full((1, 1, 10, 10), 2.0)
    >>> erased = RandomErasing(p=1.0, scale=(0.25, 0.25), ratio=(1.0, 1.0))((x, None))[0]
    >>> int((erased != x).sum())
    25
    """

    p: float = 0.5
    scale: tuple[float, float] = (0.02, 0.33)
    ratio: tuple[float, float] = (0.3, 3.3)

    def __post_init__(self) -> None:
        chance("p", self.p)
        if not (0 < self.scale[0] <= self.scale[1] <= 1 and 0 < self.ratio[0] <= self.ratio[1]):
            raise InputError(say("scale, ratio: expected ranges above 0, of shares up to 1, got {scale} and {ratio}",
                                 scale=self.scale, ratio=self.ratio))

    def __call__(self, batch: Batch) -> Batch:
        x, y = batch
        m, _, height, width = x.shape
        some, share, log, top, left = torch.rand(5, m, 1, device=x.device)
        area = height * width * (self.scale[0] + (self.scale[1] - self.scale[0]) * share)
        low = (area / width**2).clamp(min=self.ratio[0]).log()
        high = torch.maximum((height**2 / area).clamp(max=self.ratio[1]).log(), low)
        r = (low + (high - low) * log).exp()
        h, w = (area * r).sqrt().round().clamp(1, height), (area / r).sqrt().round().clamp(1, width)
        top, left = (top * (height - h + 1)).floor(), (left * (width - w + 1)).floor()
        rows, columns = torch.arange(height, device=x.device), torch.arange(width, device=x.device)
        inside = (((rows >= top) & (rows < top + h))[:, None, :, None]
                  & ((columns >= left) & (columns < left + w))[:, None, None, :])  # (m, 1, H, W)
        noise = torch.rand(x.shape, device=x.device) * (1 if x.is_floating_point() else 256)  # cut off to 0 .. 255
        return torch.where(inside & (some < self.p)[:, :, None, None], noise.to(x.dtype), x), y
