"""What the chapter's figures share: real pictures of the sample, and how a map of numbers is shown upright."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from wengu.pages.figure import Axis, Panel, Tone, boxes, choice, field_of

if TYPE_CHECKING:
    from torch import Tensor

Frame = tuple[int, int, int, int, Tone]  # row, column, height, width

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


def all_pictures() -> tuple[Tensor, Tensor]:
    """All of them, (4, 1, 28, 28), with their classes."""
    import torch

    from wengu.data import load

    classes = load("sample").classes
    x = torch.stack([_pictures()[name] for name in _PLACES])
    return x[:, None], torch.tensor([classes.index(kind) for kind, _ in _PLACES.values()])


def grey(z: Tensor, title: str, *frames: Frame, n: int | None = None) -> Panel:
    """Bright where z is large; in the middle of n × n, so that pictures of different sizes are to one scale."""
    n = n or len(z)
    edge = (n - len(z)) / 2
    framed = boxes({"x": edge + v, "y": edge + u, "w": w, "h": h, "tone": tone} for u, v, h, w, tone in frames)
    return Panel(field_of(z, x=(edge, n - edge), y=(edge, n - edge), kind="picture"), *([framed] if frames else []),
                 x=Axis(domain=(0, n)), y=Axis(domain=(0, n)), title=title, equal=True)


def signed(z: Tensor, title: str, *frames: Frame, most: float = 3, n: int | None = None) -> Panel:
    """The same with the grey in the middle for 0: white is `most`, black its negative.

    3 is the most that a filter of 3 × 3 for edges can give on pixels from 0 to 1.
    """
    return grey((z / most + 1).clamp(0, 2) / 2, title, *frames, n=n)


def hundredths(matrix: Tensor) -> list[list[float]]:
    """Numbers with few digits for cells, and 0 without a sign."""
    return [[round(value, 2) + 0.0 for value in row] for row in matrix.tolist()]


def sums(x: Tensor, W: Tensor) -> list[list[str]]:
    """How each number of a convolution comes about: the products that are not with 0."""
    from wengu.layers.convolution import windows

    factors = [f"{w:.2g}" if w >= 0 else f"({w:.2g})" for w in W.flatten().tolist()]
    out = len(x) - len(W) + 1
    made = [[""] * out for _ in range(out)]
    for u, v, window in windows(x, len(W), 1):
        products = zip(window.flatten().tolist(), factors, strict=True)
        made[u][v] = " + ".join(f"{round(value, 2):g} · {factor}" for value, factor in products if factor != "0")
    return made
