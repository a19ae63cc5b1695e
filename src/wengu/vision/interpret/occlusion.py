"""Occlusion: cover a part of the picture, and see how far the probability of a class falls.

    fall(S) = p_c(x) - p_c(x with the square S in grey)
    M_c(i, j) = the mean of fall(S) over the squares S that cover pixel (i, j)

It asks the network alone, nothing of what is inside, so it holds for any, and costs a pass for every square. Source:
Zeiler & Fergus 2014, "Visualizing and understanding convolutional networks", arXiv:1311.2901, section 4.2 and figure 7.
The paper draws p_c itself at the place of the square; here it is the fall, spread over what was covered.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from wengu.core.checks import InputError, whole
from wengu.core.i18n import say
from wengu.vision.interpret.passes import Classes, classes_in, in_evaluation, network_in, scores_of


@torch.no_grad()
def occlusion_map(
    model: Any,
    x: Tensor,
    classes: Classes = None,
    *,
    side: int | None = None,
    stride: int | None = None,
    fill: float | None = None,
    size: int = 128,
) -> Tensor:
    """M_c (m, height, width) of each picture: above 0 where covering it takes from the probability of the class.

    model     a network, or a loaded run
    x         pictures (m, channels, height, width), as the network takes them
    classes   c, one for all or one for each picture; by default the likeliest
    side      of the square, in pixels; by default a quarter of the picture's shorter side
    stride    pixels from one square to the next, at most `side`; by default half of it
    fill      the grey; by default the mean of each channel of the picture
    size      how many covered pictures go through the network at once

    Raises InputError for a square that is larger than the picture, and for a stride that leaves pixels out.

    >>> from torch import nn
    >>> net = nn.Sequential(nn.Flatten(), nn.Linear(16, 2))
    >>> occlusion_map(net, torch.zeros(1, 1, 4, 4), side=2).shape
    torch.Size([1, 4, 4])
    """
    net = network_in(model)
    with in_evaluation(net):
        p = scores_of(net, x).softmax(1)
        chosen = classes_in(classes, p)
        n_H, n_W = x.shape[2:]
        side = max(1, round(min(n_H, n_W) / 4)) if side is None else whole("side", side, 1)
        stride = max(1, side // 2) if stride is None else whole("stride", stride, 1)
        whole("size", size, 1)
        if side > min(n_H, n_W) or stride > side:
            raise InputError(say("side, stride: expected stride ≤ side ≤ {n}, the shorter side of the picture, got "
                                 "side {side} and stride {stride}", n=min(n_H, n_W), side=side, stride=stride))
        squares = [(i, j) for i in _starts(n_H, side, stride) for j in _starts(n_W, side, stride)]
        return torch.stack([_falls(net, picture, int(c), p_c[c], squares, side, fill, size)
                            for picture, c, p_c in zip(x, chosen, p, strict=True)])


def _falls(
    net: Any, picture: Tensor, c: int, p_c: Tensor, squares: list[tuple[int, int]], side: int, fill: float | None,
    size: int,
) -> Tensor:
    """The map of one picture."""
    grey = picture.float().mean((1, 2), keepdim=True) if fill is None else torch.tensor(fill, device=picture.device)
    falls, covers = (torch.zeros(picture.shape[1:], dtype=p_c.dtype, device=picture.device) for _ in range(2))
    for first in range(0, len(squares), size):
        part = squares[first:first + size]
        covered = picture.repeat(len(part), 1, 1, 1)
        for one, (i, j) in zip(covered, part, strict=True):
            one[:, i:i + side, j:j + side] = grey.to(picture.dtype)
        for fall, (i, j) in zip(p_c - scores_of(net, covered).softmax(1)[:, c], part, strict=True):
            falls[i:i + side, j:j + side] += fall
            covers[i:i + side, j:j + side] += 1
    return falls / covers


def _starts(n: int, side: int, stride: int) -> list[int]:
    """Where squares begin, so that the last one ends with the picture."""
    return [*range(0, n - side, stride), n - side]
