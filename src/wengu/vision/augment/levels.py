"""Pictures with other levels of grey: stretched, evened out, fewer of them, inverted; and sharpened.

    autocontrast   x' = 255 (x - min) / (max - min)             of each channel
    equalise       x' = the share of pixels darker than x · 255, of each channel: its levels come about equally often
    posterise      x' = the highest b bits of x
    solarise       x' = 255 - x  from a threshold on
    sharpness      x' = f x + (1 - f) smooth(x),  smooth = [[1, 1, 1], [1, 5, 1], [1, 1, 1]] / 13 inside of the edge

x holds floats from 0 to 255.

Source: Cubuk et al. 2019, arXiv:1805.09501, table 6; how they round is Pillow's ImageOps and ImageEnhance.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import conv2d


def autocontrast(x: Tensor) -> Tensor:
    """Each channel from black to white; one of a single level stays.

    >>> autocontrast(torch.tensor([[[[10.0, 20.0, 30.0]]]]))
    tensor([[[[  0.0000, 127.5000, 255.0000]]]])
    """
    low, high = x.amin((2, 3), keepdim=True), x.amax((2, 3), keepdim=True)
    return torch.where(high > low, (x - low) * 255 / (high - low).clamp(min=1e-6), x)


def equalised(x: Tensor) -> Tensor:
    """Each channel so that its levels come equally often, x rounded to whole levels."""
    level = x.round().long().clamp(0, 255).flatten(2)  # (m, C, pixels)
    counts = torch.zeros(*level.shape[:2], 256, device=x.device, dtype=torch.long)
    counts.scatter_add_(2, level, torch.ones_like(level))
    last = counts.gather(2, level.amax(2, keepdim=True))  # how many have the lightest level
    step = (level.shape[2] - last) // 255
    below = counts.cumsum(2) - counts  # darker than each level
    made = torch.where(step > 0, ((below + step // 2) // step.clamp(min=1)).clamp(0, 255),
                       torch.arange(256, device=x.device))
    return made.gather(2, level).reshape(x.shape).to(x.dtype)


def posterised(x: Tensor, bits: int) -> Tensor:
    """The highest `bits` bits of each level.

    >>> posterised(torch.tensor([200.0]), 2)
    tensor([192.])
    """
    size = 1 << (8 - bits)
    return (x.round() / size).floor() * size


def solarised(x: Tensor, threshold: float) -> Tensor:
    """Inverted from the threshold on.

    >>> solarised(torch.tensor([100.0, 200.0]), 128)
    tensor([100.,  55.])
    """
    return torch.where(x >= threshold, 255 - x, x)


def sharpness(x: Tensor, f: Tensor) -> Tensor:
    """f x + (1 - f) smooth(x), f (m, 1, 1, 1); the edge stays."""
    if min(x.shape[2:]) < 3:
        return x
    kernel = torch.ones(3, 3, dtype=x.dtype, device=x.device)
    kernel[1, 1] = 5
    channels = x.shape[1]
    smooth = x.clone()
    smooth[:, :, 1:-1, 1:-1] = conv2d(x, (kernel / 13).expand(channels, 1, 3, 3), groups=channels)
    return f * x + (1 - f) * smooth
