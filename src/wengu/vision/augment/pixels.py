"""Pictures as numbers: black is 0; white is 255 where they are uint8, else 1, as in torchvision.

Every augmentation gives back the type and the memory format that it was given, so that a network is fed alike with and
without it. Rounded, a value is at most half a level off.
"""

from __future__ import annotations

import torch
from torch import Tensor


def white_of(x: Tensor) -> float:
    """The number of white.

    >>> white_of(torch.zeros(1, dtype=torch.uint8)), white_of(torch.zeros(1))
    (255.0, 1.0)
    """
    return 1.0 if x.is_floating_point() else 255.0


def like(z: Tensor, x: Tensor) -> Tensor:
    """Numbers z as pictures of the type and memory format of x (m, channels, height, width), cut to black and white.

    >>> like(torch.tensor([[[[-3.0, 12.6, 300.0]]]]), torch.zeros(1, 1, 1, 3, dtype=torch.uint8))
    tensor([[[[  0,  13, 255]]]], dtype=torch.uint8)
    """
    z = z.clamp(0, white_of(x))
    z = z if x.is_floating_point() else z.round()
    last = x.is_contiguous(memory_format=torch.channels_last) and not x.is_contiguous()
    return z.to(x.dtype).contiguous(memory_format=torch.channels_last if last else torch.contiguous_format)


def per_picture(x: Tensor, low: float, high: float) -> Tensor:
    """A number for each picture, evenly from [low, high): (m, 1, 1, 1)."""
    return low + (high - low) * torch.rand(len(x), 1, 1, 1, device=x.device)
