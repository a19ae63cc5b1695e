"""What the figures of 1 × 1 convolution count: layers in a row, and the stages of SqueezeNet 1.1 and MobileNetV2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wengu.core.i18n import say
from wengu.pages.convnets.stages import Stage, shapes_of, stages_of

if TYPE_CHECKING:
    from wengu.layers.shapes import LayerShape

N = 28  # places across and down, as in the notes' example
NETWORKS = {"SqueezeNet": "SqueezeNet 1.1", "MobileNetV2": "MobileNetV2"}


def layers_of(widths: tuple[int, ...], sizes: tuple[int, ...], n: int = N) -> list[LayerShape]:
    """What each of some "same" convolutions makes of n × n places with so many channels."""
    from torch import nn

    from wengu.layers import shapes

    net = nn.Sequential(*[nn.Conv2d(n_in, n_out, f, padding=f // 2, device="meta")  # shapes alone
                          for n_in, n_out, f in zip(widths, widths[1:], sizes, strict=False)])
    return list(shapes(net, (widths[0], n, n)).layers)


def stages(network: str, n: int) -> list[Stage]:
    """Its layers for pictures of n × n, blocks of one kind in a row together."""
    made = stages_of(shapes_of(network, 3, n), _fires() if network == "SqueezeNet" else _inverted())
    if network == "SqueezeNet":
        return [*map(_side_by_side, made), Stage(say("average"), (), made[-1].shape[:1])]
    return [*made[:-1], Stage(say("average"), (), made[-2].shape[:1]), made[-1]]


def by_filters(stages: Sequence[Stage], filters: str, of: str) -> float:
    """The share of the filters whose parameter formula begins so in the parameters or multiplications.

    >>> f"{by_filters(stages('MobileNetV2', 224), '3·3·1·', 'multiplications'):.1%}"
    '6.9%'
    """
    cost = [(layer, float(getattr(layer, of))) for stage in stages for layer in stage.layers]
    return (sum(n for layer, n in cost if layer.parameter_formula.lstrip("(").startswith(filters))
            / sum(n for _, n in cost))


def _fires() -> dict[str, str]:
    """Both of a width under one name, as narrow → wide · how many."""
    from wengu.vision.convnets.squeezenet import FIRES, POOL_BEFORE

    names, at = {"stem": "3 × 3, 64", "output": "1 × 1"}, 0
    for k, (squeeze, expand) in enumerate(FIRES):
        if k in POOL_BEFORE:
            names[f"body.{at}"], at = say("pool"), at + 1
        names[f"body.{at}"], at = f"{squeeze} → {2 * expand} · {FIRES.count((squeeze, expand))}", at + 1
    return names


def _inverted() -> dict[str, str]:
    """Those of a row of the paper's table under one name, as channels · how many."""
    from wengu.vision.convnets.mobilenet_v2 import ROWS

    rows = [f"{n_C} · {blocks}" for _, n_C, blocks, _ in ROWS for _ in range(blocks)]
    return {"stem": "3 × 3, 32", "last": "1 × 1", "output": say("output")} | {
        f"blocks.{k}": row for k, row in enumerate(rows)}


def _side_by_side(stage: Stage) -> Stage:
    """A fire module gives the channels of its last two layers."""
    if len(stage.layers) == 1:
        return stage
    one, three = stage.layers[-2:]
    return Stage(*stage[:2], (one.shape[0] + three.shape[0], *three.shape[1:]))
