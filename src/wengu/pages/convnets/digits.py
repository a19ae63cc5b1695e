"""Digits that the reader draws: ten to start from, each made as MNIST has them, and the LeNet-5 that reads them.

    s = 20 / the longer side of the ink's box         c = Σ (place + ½) · ink / Σ ink, the centre of its mass
    out[i, j] = Σ_r Σ_q |[i, i+1] ∩ [14 + s(r - c_u), 14 + s(r + 1 - c_u)]| · ink[r, q] · (the same across)

Source: LeCun, Bottou, Bengio & Haffner 1998, section III.A: digits are scaled into 20 × 20 with their proportions kept,
and moved so that the centre of mass is the middle of 28 × 28. Here grey comes of the area that a cell covers.

digits.txt holds the ten, drawn with strokes, as drawing.py packs them; lenet5.safetensors the weights that
scripts/make_digit_reader.py has trained.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from wengu.pages.drawing import SIDE, Drawing
from wengu.pages.figure import drawing

if TYPE_CHECKING:
    from torch import Tensor

    from wengu.vision.convnets import LeNet5

NAMES = ("C1", "S2", "C3", "S4", "C5", "F6", "output")
BOX = 20  # pixels of a digit's longer side
WEIGHTS = Path(__file__).with_name("lenet5.safetensors")
PAD: Drawing = drawing(Path(__file__).with_name("digits.txt").read_text(encoding="ascii").split(), value="3",
                       label="your digit")


class Layer(NamedTuple):
    """What goes into a layer of the network and what comes out, for one picture; `z` before g where it has weights."""

    name: str
    layer: Any
    into: Tensor
    z: Tensor
    out: Tensor


def ink(value: str) -> Tensor:
    """The drawing, (28, 28) float64: 1 where there is ink."""
    import torch

    return torch.tensor(PAD.cells(value), dtype=torch.float64)


def as_in_mnist(x: Tensor) -> Tensor:
    """Scaled and centred as MNIST's digits are, (28, 28); nothing stays nothing."""
    import torch

    inked = x.nonzero()
    if not len(inked):
        return x
    low, high = inked.min(dim=0).values, inked.max(dim=0).values + 1
    s = BOX / (high - low).max()
    c = (inked + 0.5).mean(dim=0, dtype=x.dtype)
    to = torch.arange(SIDE, dtype=x.dtype)

    def covered(centre: Tensor) -> Tensor:
        """How much of each pixel of the output each cell covers, (28, 28)."""
        left = SIDE / 2 + s * (to - centre)
        return (torch.minimum(to[:, None] + 1, left + s) - torch.maximum(to[:, None], left)).clamp(min=0)

    return covered(c[0]) @ x @ covered(c[1]).T


@cache
def reader() -> LeNet5:
    """The network that was trained on MNIST, float64."""
    import torch
    from safetensors.torch import load_file

    from wengu.vision.convnets import LeNet5

    net = LeNet5(generator=torch.Generator())
    net.load_state_dict(load_file(WEIGHTS))
    return net.double().eval()


@lru_cache(maxsize=16)
def layers_of(value: str) -> tuple[Layer, ...]:
    """C1, S2, C3, S4, C5, F6 and the output, as the drawing goes through them."""
    import torch

    net = reader()
    seen: list[tuple[Any, Tensor, Tensor]] = []

    def see(layer: Any, given: Any, out: Tensor) -> None:
        seen.append((layer, given[0][0], out[0]))

    hooks = [one.register_forward_hook(see) for one in (net.c1, net.pool, net.c3, net.c5, net.f6, net.output)]
    try:
        with torch.no_grad():
            net(as_in_mnist(ink(value))[None, None])
    finally:
        for hook in hooks:
            hook.remove()
    made: list[Layer] = []
    for name, (layer, into, z) in zip(NAMES, seen, strict=True):
        a = z if layer is net.output else net.g(z)  # g of what was pooled: as g rises, that is what is pooled of g
        made.append(Layer(name, layer, made[-1].out if layer is net.pool else into, a if layer is net.pool else z, a))
    return tuple(made)


def trained_on() -> dict[str, int]:
    """What the header of the weights says: pictures `trained` on, `test` pictures, how many of them `wrong`."""
    from safetensors import safe_open

    with safe_open(WEIGHTS, "pt") as ships:
        said = ships.metadata()
    return {name: int(said[name]) for name in ("trained", "test", "wrong")}
