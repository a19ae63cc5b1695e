"""What the page on augmentation changes: three pictures, a digit that is moved or mirrored, and what LeNet-5 reads."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from wengu.pages.convnets.digits import as_in_mnist, ink, reader
from wengu.pages.convnets.photos import photo
from wengu.pages.convnets.pictures import picture
from wengu.pages.figure import Mark, photograph

if TYPE_CHECKING:
    from torch import Tensor

PHOTO = (28, 42)  # height and width of the small photograph


@cache
def sample(name: str) -> Tensor:
    """A picture as training gets it, bytes (1, channels, height, width)."""
    import torch
    from torch.nn.functional import interpolate

    one = (interpolate(photo("pagoda")[None], PHOTO, mode="area") if name == "photo" else
           (picture("boot") if name == "boot" else shown("2"))[None, None])
    return (255 * one).round().to(torch.uint8)


def tile(pixels: Tensor, left: int, top: int) -> Mark:
    """Bytes (channels, height, width) with the upper left corner here."""
    h, w = pixels.shape[1:]
    return photograph(pixels.expand(3, -1, -1).movedim(0, 2).numpy() / 255, x=(left, left + w), y=(top, top + h))


def shown(digit: str) -> Tensor:
    """The drawing as LeNet-5 gets it, (28, 28)."""
    return as_in_mnist(ink(digit))


def changed(x: Tensor, change: str) -> Tensor:
    """Shifted by two pixels, mirrored, or turned upside down."""
    import torch

    from wengu.vision.augment import RandomHorizontalFlip
    from wengu.vision.augment.shift import shifted

    if change == "shift":
        return shifted(x[None, None], torch.tensor([[[2]], [[-2]]]))[0, 0]
    if change == "turn":
        return x.flip(0, 1)
    with torch.random.fork_rng(devices=[]):
        mirror: Tensor = RandomHorizontalFlip(p=1.0)((x[None, None], None))[0][0, 0]
    return mirror


def probabilities(x: Tensor) -> Tensor:
    """LeNet-5's answer (10,)."""
    import torch

    with torch.no_grad():
        p: Tensor = reader()(x[None, None])[0].softmax(0)
    return p


def best_gap(epsilon: float, classes: int) -> float:
    """How far the score of the class is above the others where the smoothed cost is least: a logarithm of odds."""
    import torch

    from wengu.functions import label_smoothing_by_hand

    q = label_smoothing_by_hand(torch.eye(classes, dtype=torch.float64)[0], epsilon)
    return (q[0] / q[1]).log().item()
