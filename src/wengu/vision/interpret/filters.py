"""The filters of the first layer as pictures: what each of them looks for.

    pixel = 127.5 (1 + W / max |W|)          grey is 0, white the largest weight of all filters, black its negative

Only the first layer's filters have the channels of a picture, so only they can be looked at as one. Source: Krizhevsky,
Sutskever & Hinton 2012, "ImageNet classification with deep convolutional neural networks", figure 3.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.vision.interpret.passes import network_in

LIKE_A_PICTURE = (1, 3)


def first_filters(model: Any) -> Tensor:
    """W (filters, channels, f_H, f_W) of the first convolution; `model` is a network or a loaded run.

    Raises InputError where there is none.

    >>> from wengu.vision.convnets import LeNet5
    >>> first_filters(LeNet5()).shape
    torch.Size([6, 1, 5, 5])
    """
    net = network_in(model)
    found = next((module for module in net.modules() if isinstance(module, nn.Conv2d)), None)
    if found is None:
        raise InputError(say("model: expected a network with a Conv2d, {network} has none", network=type(net).__name__))
    return found.weight.detach().clone()


def filter_pictures(model: Any) -> NDArray[np.uint8]:
    """The first filters as pictures (filters, f_H, f_W), grey, or (filters, f_H, f_W, 3) in colour.

    Raises InputError where they have other than one or three channels.

    >>> from wengu.vision.convnets import LeNet5
    >>> filter_pictures(LeNet5(channels=3)).shape
    (6, 5, 5, 3)
    """
    w = first_filters(model).float().cpu().numpy()
    if w.shape[1] not in LIKE_A_PICTURE:
        raise InputError(say("model: expected filters over 1 or 3 channels to be shown as pictures, got {n}",
                             n=w.shape[1]))
    pixels = np.rint(127.5 * (1 + w / (abs(w).max() or 1))).astype(np.uint8)
    return pixels[:, 0] if w.shape[1] == 1 else np.moveaxis(pixels, 1, 3)


def tiled(pictures: NDArray[np.uint8], *, columns: int | None = None, gap: int = 1) -> NDArray[np.uint8]:
    """Pictures (n, h, w) or (n, h, w, 3) side by side in rows, as one; by default about as many rows as columns.

    >>> tiled(np.zeros((6, 5, 5), dtype=np.uint8), columns=3).shape
    (11, 17)
    """
    n, h, w = pictures.shape[:3]
    columns = columns or math.ceil(math.sqrt(n))
    rows = math.ceil(n / columns)
    sheet = np.full((rows * (h + gap) - gap, columns * (w + gap) - gap, *pictures.shape[3:]), 255, dtype=np.uint8)
    for k, picture in enumerate(pictures):
        top, left = k // columns * (h + gap), k % columns * (w + gap)
        sheet[top:top + h, left:left + w] = picture
    return sheet
