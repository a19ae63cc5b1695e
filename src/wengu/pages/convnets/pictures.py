"""What the chapter's figures share: real pictures of the sample, and how a map of numbers is shown upright."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from wengu.pages.figure import Mark, Panel, choice, field_of

if TYPE_CHECKING:
    from torch import Tensor

_PLACES = {"bag": ("Bag", 0), "striped": ("T-shirt/top", 8), "trousers": ("Trouser", 3), "boot": ("Ankle boot", 3)}


def which_picture() -> Any:
    """The control that chooses one of them."""
    return choice(*_PLACES, label="picture", labels=("bag", "striped shirt", "trousers", "ankle boot"))


def picture(name: str) -> Tensor:
    """A picture of the sample, (28, 28) float64, from 0 (black) to 1."""
    return _pictures()[name]


@cache
def _pictures() -> dict[str, Tensor]:
    import numpy as np
    import torch

    from wengu.data import load

    sample = load("sample")
    found = {name: np.flatnonzero(sample.labels == sample.classes.index(kind))[place]
             for name, (kind, place) in _PLACES.items()}
    return {name: torch.from_numpy(sample.pixels[i, 0] / 255.0) for name, i in found.items()}


def grey(z: Tensor, title: str) -> Panel:
    """Bright where z is large."""
    return Panel(_map(z, kind="picture"), title=title, equal=True)


def signed(z: Tensor, title: str) -> Panel:
    """White at 0, one colour above, another below."""
    return Panel(_map(z.flip(0), kind="heat", diverging=True), title=title, equal=True)  # its row 0 is the lowest


def _map(z: Tensor, **how: Any) -> Mark:
    return field_of(z, x=(0, z.shape[1]), y=(0, z.shape[0]), **how)
