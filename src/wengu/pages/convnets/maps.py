"""Maps over pictures, orange for a class and blue against it; networks made random; and what a place sees."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from wengu.pages.convnets.digits import as_in_mnist, ink, reader
from wengu.pages.figure import Axis, Panel, Tone, line, photograph

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from wengu.layers.receptive_field import Field

CASCADE = ("output", "f6", "c5", "c3", "c1")  # of LeNet-5, from the output down
BLUE = (0, 130, 255)
STEP = 8  # from one shade of a colour to the next, which nobody sees, so that a copy of the handbook is small
DIM = 0.75  # of the picture's light beneath a map of both signs


def glowing(x: Tensor, one: Tensor, title: str) -> Panel:
    """A picture (h, w) from 0 to 1 with the library's overlay of a map."""
    from wengu.vision.interpret import overlay

    return _panel(overlay(_bytes(x), one), title)


def both_ways(x: Tensor, one: Tensor, title: str, *, most: float) -> Panel:
    """The same with what spoke against the class in blue; `most` is as dense as it gets."""
    import numpy as np

    from wengu.vision.interpret import enlarged
    from wengu.vision.interpret.overlay import ORANGE

    m = enlarged(one[None].float(), (x.shape[0], x.shape[1]))[0].numpy()[..., None] / most
    alpha = np.clip(np.abs(m), 0, 1)
    colour = np.where(m > 0, np.array(ORANGE), np.array(BLUE))
    return _panel(np.rint((1 - alpha) * DIM * _bytes(x)[..., None] + alpha * colour).astype(np.uint8), title)


def rimmed(panel: Panel, tone: Tone) -> Panel:
    """The same panel with its picture in a rim of this tone."""
    field = panel.marks[0]
    (left, right), (top, bottom) = field["x"], field["y"]
    rim = line([left, right, right, left, left], [top, top, bottom, bottom, top], tone=tone, wide=True)
    return Panel(*panel.marks, rim, x=panel.x, y=panel.y, title=panel.title, equal=True)


def _bytes(x: Tensor) -> NDArray[np.uint8]:
    import numpy as np

    made: NDArray[np.uint8] = np.rint(255 * x.numpy()).astype(np.uint8)
    return made


def _panel(pixels: NDArray[np.uint8], title: str) -> Panel:
    h, w = pixels.shape[:2]
    across, down = (0, w), (0, h)
    picture = photograph((pixels - pixels % STEP) / 255, x=across, y=down)
    return Panel(picture, x=Axis(domain=across), y=Axis(domain=down), title=title, equal=True)


def seen(digit: str) -> Tensor:
    """The drawing as a network gets it, (1, 1, 28, 28)."""
    return as_in_mnist(ink(digit))[None, None]


@lru_cache(maxsize=8)
def randomised(n: int) -> nn.Module:
    """LeNet-5 as it was trained, but for its last n layers with weights, which are as before training."""
    from copy import deepcopy

    import torch

    from wengu.vision.convnets import LeNet5

    net, fresh = deepcopy(reader()), LeNet5(generator=torch.Generator().manual_seed(1)).double()
    for name in CASCADE[:n]:
        getattr(net, name).load_state_dict(getattr(fresh, name).state_dict())
    return net


def correlation(a: Tensor, b: Tensor) -> float:
    """Pearson's, over the places; 0 where one of them is the same everywhere."""
    import torch

    found = torch.corrcoef(torch.stack([a.flatten(), b.flatten()]))[0, 1].item()
    return found if found == found else 0.0


def sees(layer: int, u: int, v: int) -> tuple[int, int, int]:
    """Where on the picture the receptive field of a number of LeNet-5's first four layers begins, and its width."""
    field = _fields()[layer - 1]
    j = int(field.step[0])
    return j * u - 2, j * v - 2, int(field.size[0])  # C1 pads by 2, nothing after it


@cache
def _fields() -> list[Field]:
    """The receptive fields of LeNet-5's layers."""
    import torch

    from wengu.layers import shapes
    from wengu.vision.convnets import LeNet5

    return [one.field for one in shapes(LeNet5(generator=torch.Generator()), (1, 28, 28)).layers]
