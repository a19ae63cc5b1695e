"""What Inception's figures count: the layers of a block and of GoogLeNet as wengu.layers.shapes sees them, and the
gradients that the main loss and the side branches bring to each block."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from wengu.core.i18n import say
from wengu.pages.convnets.pictures import all_pictures
from wengu.pages.convnets.stages import Stage, shapes_of, stages_of

if TYPE_CHECKING:
    from wengu.layers.shapes import LayerShape, Shapes

PLACES = {"3a": 28, "3b": 28, "4a": 14, "4b": 14, "4c": 14, "4d": 14, "4e": 14, "5a": 7, "5b": 7}  # across and down


class Layer(NamedTuple):
    """One layer of a branch."""

    f: int
    shape: tuple[int, ...]
    parameters: int
    parameter_formula: str
    multiplications: int


def channels_into(block: str) -> int:
    """Those of the block before."""
    from wengu.vision.convnets.googlenet import FILTERS

    before = list(FILTERS)[: list(FILTERS).index(block)]
    return sum(FILTERS[before[-1]][k] for k in (0, 2, 4, 5)) if before else 192


@cache
def of_block(block: str, squeezed: bool) -> tuple[tuple[Layer, ...], ...]:
    """The layers of each branch as wengu.layers.shapes counts them; without the 1 × 1 filters before, the pool's
    channels go on as they are."""
    import torch
    from torch import nn

    from wengu.layers import shapes
    from wengu.layers.convolution import sizes as sizes_of
    from wengu.vision.convnets.googlenet import FILTERS, Inception

    n_in, n, filters = channels_into(block), PLACES[block], FILTERS[block]
    with torch.device("meta"):  # shapes alone
        inception = Inception(n_in, filters)
        ways: list[nn.Module] = list(inception.children()) if squeezed else [
            inception.one, nn.Conv2d(n_in, filters[2], 3, padding=1), nn.Conv2d(n_in, filters[4], 5, padding=2),
            nn.MaxPool2d(3, stride=1, padding=1)]
    made = []
    for way in ways:
        rows = shapes(nn.Sequential(way), (n_in, n, n)).layers
        sizes = [layer.kernel_size for layer in way.modules() if isinstance(layer, nn.Conv2d | nn.MaxPool2d)]
        made.append(tuple(Layer(sizes_of("kernel_size", f)[0], one.shape, one.parameters, one.parameter_formula,
                                one.multiplications) for one, f in zip(rows, sizes, strict=True)))
    return tuple(made)


def counted() -> Shapes:
    """GoogLeNet as wengu.layers.shapes sees it, for one picture of 224 × 224."""
    return shapes_of("GoogLeNet", 3, 224, side_branches=False)


def stages() -> list[Stage]:
    """Its layers, those of a block together; a block gives what its four branches do, side by side."""
    names = {"stem.0.0": "7 × 7, 64", "stem.2.0": "1 × 1, 64", "stem.3.0": "3 × 3, 192", "pool": say("pool"),
             "last_pool": say("pool"), "output": say("output")}
    names |= {f"inception.{block}": f"{block} ◁" if block in ("4a", "4d") else block for block in PLACES}
    *made, last = stages_of(counted(), names)
    made = [Stage(*one[:2], _joined(one.layers)) if len(one.layers) > 1 else one for one in made]
    return [*made, Stage(say("average"), (), (made[-1].shape[0], 1, 1)), last]


def _joined(layers: Sequence[LayerShape]) -> tuple[int, ...]:
    ends = {layer.name.split(".")[2]: layer for layer in layers}  # the last of each branch
    return (sum(end.shape[0] for end in ends.values()), *layers[-1].shape[1:])


@cache
def gradients(scale: float) -> dict[str, tuple[float, float, float]]:
    """For each block the mean squares of the main loss's gradient, of its product with the side branches', of theirs:
    for the sum with any weight. Four pictures of the sample at 14 × 14, no dropout."""
    import torch

    from wengu.functions import cross_entropy
    from wengu.layers import Dropout
    from wengu.vision.convnets import GoogLeNet

    net = GoogLeNet(10, channels=1, size=28, generator=torch.Generator().manual_seed(0)).train()
    with torch.no_grad():
        for module in net.modules():
            if isinstance(module, Dropout):
                module.eval()
        for p in net.parameters():
            p.mul_(scale)
    x, y = all_pictures()
    scores, *others = net(torch.nn.functional.avg_pool2d(x.float(), 2))
    held = {name: [p for p in part.parameters() if p.dim() > 1] for name, part in
            {"stem": net.stem, **net.inception}.items()}
    weights = [p for part in held.values() for p in part]
    main = torch.autograd.grad(cross_entropy(scores, y), weights, retain_graph=True)
    both = torch.stack([cross_entropy(side, y) for side in others]).sum()
    extra = torch.autograd.grad(both, weights, materialize_grads=True)
    made, i = {}, 0
    for name, part in held.items():
        a, b = (torch.cat([one.flatten() for one in g[i : i + len(part)]]).double() for g in (main, extra))
        n = a.numel()
        made[name] = (a @ a).item() / n, (a @ b).item() / n, (b @ b).item() / n
        i += len(part)
    return made
