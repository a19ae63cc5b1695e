"""RandAugment: n of fourteen changes, drawn for each picture, all of one magnitude M.

    without a sign         identity · autocontrast · equalise · posterise to 8 - 4 M/30 bits · solarise from
                           255 (1 - M/30)
    with one by chance     rotate by M degrees · shear-x, shear-y by 0.3 M/30 · translate-x, -y by 150/331 M/30 of the
                           side · brightness, contrast, colour, sharpness: f = 1 ± 0.9 M/30

Two numbers to tune, n = 2 and M = 9, in place of a policy that is searched for.

Source: Cubuk et al. 2020, arXiv:1909.13719, section 3; the ranges are torchvision's RandAugment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from wengu.core.batches import Batch
from wengu.core.checks import InputError, whole
from wengu.core.i18n import say
from wengu.vision.augment import affine, levels
from wengu.vision.augment.colour import brightness, contrast, saturation
from wengu.vision.augment.pixels import like, white_of

MOST = 30
Change = Callable[[Tensor, Tensor, float], Tensor]  # (pictures 0 .. 255, signs (m,), M/30)


def _enhanced(change: Callable[[Tensor, Tensor], Tensor]) -> Change:
    return lambda x, sign, share: change(x, (1 + 0.9 * share * sign)[:, None, None, None])


CHANGES: Mapping[str, Change] = {
    "identity": lambda x, sign, share: x,
    "autocontrast": lambda x, sign, share: levels.autocontrast(x),
    "equalise": lambda x, sign, share: levels.equalised(x),
    "posterise": lambda x, sign, share: levels.posterised(x, 8 - round(4 * share)),
    "solarise": lambda x, sign, share: levels.solarised(x, 255 * (1 - share)),
    "rotate": lambda x, sign, share: affine.rotated(x, 30 * share * sign),
    "shear-x": lambda x, sign, share: affine.sheared(x, 0.3 * share * sign, along=0),
    "shear-y": lambda x, sign, share: affine.sheared(x, 0.3 * share * sign, along=1),
    "translate-x": lambda x, sign, share: affine.translated(x, 150 / 331 * x.shape[3] * share * sign, along=0),
    "translate-y": lambda x, sign, share: affine.translated(x, 150 / 331 * x.shape[2] * share * sign, along=1),
    "brightness": _enhanced(brightness),
    "contrast": _enhanced(contrast),
    "colour": _enhanced(saturation),
    "sharpness": _enhanced(levels.sharpness),
}


@dataclass(frozen=True)
class RandAugment:
    """(x, y) -> (x changed, y); x is (m, channels, height, width).

    Raises InputError where n is below 1 or M outside 0 .. 30.

    >>> RandAugment()((torch.zeros(4, 3, 8, 8, dtype=torch.uint8), None))[0].shape
    torch.Size([4, 3, 8, 8])
    """

    n: int = 2
    magnitude: int = 9

    def __post_init__(self) -> None:
        whole("n", self.n, 1)
        if not 0 <= self.magnitude <= MOST:
            raise InputError(say("magnitude: expected a number from 0 to {most}, got {got}", most=MOST,
                                 got=self.magnitude))

    def __call__(self, batch: Batch) -> Batch:
        x, y = batch
        scale = 255 / white_of(x)
        z = x.float() * scale
        for _ in range(self.n):
            drawn = torch.randint(len(CHANGES), (len(x),), device=x.device)
            sign = 2.0 * torch.randint(2, (len(x),), device=x.device) - 1
            changed = z.clone()
            for k, change in enumerate(CHANGES.values()):
                if len(some := (drawn == k).nonzero()[:, 0]):
                    changed[some] = change(z[some], sign[some], self.magnitude / MOST).clamp(0, 255)
            z = changed
        return like(z / scale, x), y
