"""The filters of a layer as pictures: what each of them looks for.

    pixel = 127.5 (1 + W / max |W|)          grey is 0, white the largest weight of all filters, black its negative

Only the first layer's filters have the channels of a picture, so only they can be looked at as one; of another layer's
filter one channel is shown, that with the largest weights (Σ W²). Source: Krizhevsky, Sutskever & Hinton 2012,
"ImageNet classification with deep convolutional neural networks", figure 3.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from wengu.core.checks import InputError, nearest
from wengu.core.i18n import say
from wengu.vision.interpret.passes import network_in

LIKE_A_PICTURE = (1, 3)


def filters(model: Any, layer: str | None = None) -> Tensor:
    """W (filters, channels, f_H, f_W) of the convolution of this name, or of the first.

    model   a network, or a loaded run
    layer   its name, as `model.named_modules()` has it

    Raises InputError where there is none.

    >>> from wengu.vision.convnets import LeNet5
    >>> filters(LeNet5()).shape, filters(LeNet5(), "c3").shape
    (torch.Size([6, 1, 5, 5]), torch.Size([16, 6, 5, 5]))
    """
    net = network_in(model)
    there = {name: one for name, one in net.named_modules() if isinstance(one, nn.Conv2d)}
    if not there:
        raise InputError(say("model: expected a network with a Conv2d, {network} has none", network=type(net).__name__))
    name = next(iter(there)) if layer is None else layer
    if name not in there:
        near = nearest(name, list(there))
        hint = say("; did you mean {near}?", near=near) if near else ""
        raise InputError(say("layer: expected the name of a Conv2d, as model.named_modules() has it, got {layer}{hint}",
                             layer=name, hint=hint))
    return there[name].weight.detach().clone()


def filter_pictures(model: Any, layer: str | None = None) -> NDArray[np.uint8]:
    """A layer's filters as pictures (filters, f_H, f_W), grey, or (filters, f_H, f_W, 3) where they see colours.

    >>> from wengu.vision.convnets import LeNet5
    >>> filter_pictures(LeNet5(channels=3)).shape, filter_pictures(LeNet5(), "c3").shape
    ((6, 5, 5, 3), (16, 5, 5))
    """
    w = filters(model, layer).float()
    if w.shape[1] not in LIKE_A_PICTURE:
        w = w[torch.arange(len(w)), w.square().sum((2, 3)).argmax(1)][:, None]
    pixels = around_grey(w)
    return pixels[:, 0] if w.shape[1] == 1 else np.moveaxis(pixels, 1, 3)


def around_grey(values: Tensor) -> NDArray[np.uint8]:
    """Numbers of both signs as pixels: grey is 0, white the largest size, black its negative.

    >>> around_grey(torch.tensor([-2.0, 0.0, 1.0])).tolist()
    [0, 128, 191]
    """
    v = values.detach().float().cpu().numpy()
    pixels: NDArray[np.uint8] = np.rint(127.5 * (1 + v / (abs(v).max() or 1))).astype(np.uint8)
    return pixels


def tiled(pictures: NDArray[np.uint8], *, columns: int | None = None, gap: int = 1) -> NDArray[np.uint8]:
    """Pictures (n, h, w) or (n, h, w, channels) side by side in rows, as one; by default about as many rows as columns.

    Between them it is white; where there are four channels, transparent.

    >>> tiled(np.zeros((6, 5, 5), dtype=np.uint8), columns=3).shape
    (11, 17)
    """
    n, h, w = pictures.shape[:3]
    columns = min(columns or math.ceil(math.sqrt(n)), n)
    rows = math.ceil(n / columns)
    between = 0 if pictures.shape[3:] == (4,) else 255
    sheet = np.full((rows * (h + gap) - gap, columns * (w + gap) - gap, *pictures.shape[3:]), between, dtype=np.uint8)
    for k, picture in enumerate(pictures):
        top, left = k // columns * (h + gap), k % columns * (w + gap)
        sheet[top:top + h, left:left + w] = picture
    return sheet
