"""Two photographs in colour, which scikit-learn carries: the pagoda and the flower, made small.

Sources: china.jpg by danielbuechele, flower.jpg by vultilion, both CC BY 2.0.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from wengu.pages.figure import Axis, Mark, Panel, boxes, choice, field_of, photograph

if TYPE_CHECKING:
    from torch import Tensor

SIZE = HEIGHT, WIDTH = 36, 54
_FILES = {"pagoda": "china.jpg", "flower": "flower.jpg"}


def which_photo() -> Any:
    """The control that chooses one of them."""
    return choice(*_FILES, label="picture", labels=("pagoda", "flower"))


@cache
def photo(name: str) -> Tensor:
    """Red, green and blue of a photograph, (3, 36, 54) float64, from 0 to 1."""
    import numpy as np
    import torch
    from PIL import Image
    from sklearn.datasets import load_sample_image

    small = Image.fromarray(load_sample_image(_FILES[name])).resize((WIDTH, HEIGHT), Image.Resampling.BOX)
    return torch.from_numpy(np.asarray(small) / 255.0).permute(2, 0, 1)


def in_colour(x: Tensor, title: str, place: tuple[int, int] | None = None) -> Panel:
    """A photograph (3, height, width), with a frame around one place (row, column)."""
    return _upright(photograph(x.permute(1, 2, 0).numpy(), x=(0, WIDTH), y=(0, HEIGHT)), title, place)


def in_grey(z: Tensor, title: str, place: tuple[int, int] | None = None) -> Panel:
    """One map (height, width): black where it is 0, white where it is 1."""
    return _upright(field_of(z.round(decimals=2), x=(0, WIDTH), y=(0, HEIGHT), kind="picture"), title, place)


def _upright(mark: Mark, title: str, place: tuple[int, int] | None) -> Panel:
    frame = [boxes([{"x": place[1] - 0.5, "y": place[0] - 0.5, "w": 2, "h": 2, "tone": "2"}])] if place else []
    return Panel(mark, *frame, x=Axis(domain=(0, WIDTH)), y=Axis(domain=(0, HEIGHT)), title=title, equal=True)
