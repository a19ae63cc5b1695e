"""A map over its picture: the more a place spoke for the class, the more of an orange lies on it.

    alpha(x, y) = 0.8 · max(0, M(x, y)) / max M          what spoke against the class is left as it is

The map is brought to the picture's size between its places (bilinear). Source: none; no formula.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

ORANGE = (255, 110, 0)
DENSEST = 0.8


def enlarged(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Maps (m, h, w) in height and width `size`.

    >>> import torch
    >>> enlarged(torch.zeros(2, 7, 7), (28, 28)).shape
    torch.Size([2, 28, 28])
    """
    return F.interpolate(maps[:, None], size, mode="bilinear", align_corners=False)[:, 0]


def heat(one: Tensor) -> NDArray[np.uint8]:
    """A map (h, w) as a picture with transparency (h, w, 4), to be laid over its picture: orange where it is large.

    >>> import torch
    >>> heat(torch.tensor([[-1.0, 0.0, 2.0]]))[..., 3].tolist()
    [[0, 0, 204]]
    """
    m = one.detach().float().cpu().numpy().clip(min=0)
    m = np.nan_to_num(m, nan=0.0, posinf=0.0)
    alpha = np.rint(255 * DENSEST * m / (m.max() or 1)).astype(np.uint8)
    return np.dstack([np.broadcast_to(np.uint8(channel), alpha.shape) for channel in ORANGE] + [alpha])


def overlay(picture: NDArray[np.uint8], one: Tensor) -> NDArray[np.uint8]:
    """The picture in grey, (h, w) or (h, w, 3) of bytes, with the map (of any size) over it: (h, w, 3).

    >>> import torch
    >>> overlay(np.full((2, 2), 100, dtype=np.uint8), torch.tensor([[0.0, 1.0], [0.0, 0.0]]))[0].tolist()
    [[100, 100, 100], [224, 108, 20]]
    """
    grey = picture.astype(np.float64)
    grey = grey.mean(2) if grey.ndim == 3 else grey
    shown = heat(enlarged(one[None].float(), (grey.shape[0], grey.shape[1]))[0])
    alpha = shown[..., 3:] / 255
    return np.rint((1 - alpha) * grey[..., None] + alpha * shown[..., :3]).astype(np.uint8)
