"""Colour jitter: light, contrast and saturation of every picture changed a little.

    brightness   x' = f x                            f even from [1 - a, 1 + a), for each picture and each of these
    contrast     x' = f x + (1 - f) mean(grey(x))    grey = 0.2989 R + 0.587 G + 0.114 B
    saturation   x' = f x + (1 - f) grey(x)          nothing to do for pictures without colour

In an order drawn for the batch, cut to black and white after each.

Source: Howard 2013, arXiv:1312.5402, section 2; the weights of grey are ITU-R BT.601's. torchvision's ColorJitter has
hue besides, and draws the order for each picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from wengu.core.batches import Batch
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.vision.augment.pixels import like, per_picture, white_of

GREY = (0.2989, 0.587, 0.114)
AT_ONCE = 2**19  # numbers: a few pictures stay in the processor's cache through all changes, 10 times as fast at 224


def grey(x: Tensor) -> Tensor:
    """(m, 1, height, width): how light each pixel is; x has one channel or three."""
    if x.shape[1] != len(GREY):
        return x[:, :1]
    r, g, b = (x[:, k:k + 1] * share for k, share in enumerate(GREY))
    return (r + g).add_(b)


def brightness(x: Tensor, f: Tensor) -> Tensor:
    """f x, of floats; f is (m, 1, 1, 1), here and below."""
    return f * x


def contrast(x: Tensor, f: Tensor) -> Tensor:
    """f x + (1 - f) mean(grey(x))."""
    return f * x + (1 - f) * grey(x).mean((1, 2, 3), keepdim=True)


def saturation(x: Tensor, f: Tensor) -> Tensor:
    """f x + (1 - f) grey(x)."""
    return x if x.shape[1] != len(GREY) else f * x + (1 - f) * grey(x)


@dataclass(frozen=True)
class ColorJitter:
    """(x, y) -> (x in another light, y); each argument is the a above. Raises InputError for an a outside [0, 1].

    >>> x = torch.full((1, 3, 2, 2), 0.5)
    >>> 0.3 <= ColorJitter(contrast=0.0, saturation=0.0)((x, None))[0].max().item() <= 0.7
    True
    """

    brightness: float = 0.4
    contrast: float = 0.4
    saturation: float = 0.4

    def __post_init__(self) -> None:
        for name in ("brightness", "contrast", "saturation"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(say("{name}: expected a number from 0 to 1, got {got}", name=name,
                                     got=getattr(self, name)))

    def __call__(self, batch: Batch) -> Batch:
        x, y = batch
        changes: list[tuple[Callable[[Tensor, Tensor], Tensor], float]] = [
            (brightness, self.brightness), (contrast, self.contrast), (saturation, self.saturation)]
        order = [changes[k] for k in torch.randperm(len(changes), device=x.device).tolist()]
        drawn = [(change, per_picture(x, 1 - a, 1 + a)) for change, a in order]
        made = torch.empty_like(x)
        n = max(1, AT_ONCE // max(1, x[:1].numel()))
        for some in (slice(k, k + n) for k in range(0, len(x), n)):
            z = x[some].float()
            for change, f in drawn:
                z = change(z, f[some]).clamp(0, white_of(x))
            made[some] = like(z, x[some])
        return made, y
