"""AlexNet as a diagram of stages, and what ReLU leaves of a gradient where tanh leaves little."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from wengu.core.i18n import say
from wengu.pages.convnets.stages import Stage, by_layer, shapes_of, share, stages_of
from wengu.pages.figure import (
    Axis,
    Fig,
    Panel,
    Tone,
    choice,
    dots,
    figure,
    line,
    link,
    quoted,
    rule,
    slider,
    steps,
)
from wengu.pages.question import Number, Options, question

if TYPE_CHECKING:
    from torch import Tensor

DEEP = 8  # layers of AlexNet that have weights


@figure(shows=["wengu.vision.convnets:AlexNet", "wengu.layers:shapes"])
def network(
    form=choice("one tower", "two groups", "torchvision", label="form",
                labels=("one tower", "two groups, 2012", "torchvision's")),
    size=choice("227", "224", "128", label="picture", labels=("227 × 227", "224 × 224", "128 × 128")),
    layer=steps(1, 11, label="layer"),
) -> Fig:
    """Stage by stage: the size, what it costs, what it sees."""
    stages = _stages(form, int(size))
    return by_layer(stages, int(size), layer, first=stages[0].shape[1], joined=f"{math.prod(stages[7].shape):,}",
                    units=f"{stages[8].shape[0]:,}")


@figure(shows=["wengu.functions:d_relu", "wengu.functions:d_tanh"],
        links=[link("g'", "d_tanh", "2"), link("z", "z", "4", "z")], named={"z": (2.0,)})
def slopes(z=slider(0.1, 4.0, 1.0, step=0.1, label="z")) -> Fig:
    """What one layer lets through of a gradient, and what eight of them do."""
    import torch

    from wengu.functions import d_relu, d_tanh

    x = torch.linspace(-4, 4, 161, dtype=torch.float64)
    at = torch.tensor(z, dtype=torch.float64)
    each: dict[str, tuple[Callable[[Tensor], Tensor], Tone]] = {"ReLU": (d_relu, "1"), "tanh": (d_tanh, "2")}
    deep = range(DEEP + 1)
    left = {name: [d(at).item() ** k for k in deep] for name, (d, _) in each.items()}
    return Fig(
        Panel(
            *(line(x.tolist(), d(x).tolist(), label=name, tone=tone, wide=True) for name, (d, tone) in each.items()),
            dots([z, z], [d(at).item() for d, _ in each.values()], tone=["1", "2"], size=6),
            rule(x=z, label="z", tone="4"),
            x=Axis(label="z"), y=Axis(label="g′(z)", domain=(0, 1.1)),
        ),
        Panel(
            *(line(deep, left[name], label=name, tone=tone, wide=True) for name, (_, tone) in each.items()),
            *(dots(deep, left[name], tone=tone) for name, (_, tone) in each.items()),
            x=Axis(label=say("layers passed"), whole=True), y=Axis(label=say("what is left of δ"), log=True),
        ),
        say=say("At z = {z:.1f} tanh lets {one:.2g} of a gradient through, and eight layers in a row {all:.2g}; ReLU "
                "lets all of it through.", z=z, one=left["tanh"][1], all=left["tanh"][DEEP]),
        values={"one": left["tanh"][1], "all": left["tanh"][DEEP]},
    )


@quoted
def forms() -> dict[str, float | int | str]:
    """The parameters of the three forms, and the smallest pictures."""
    from wengu.vision.convnets.alexnet import SMALLEST

    made: dict[str, float | int | str] = {"smallest": SMALLEST["one tower"]}
    whole = shapes_of("AlexNet", 3, 227).parameters
    made["resnet18"] = shapes_of("ResNet18", 3, 224).parameters / whole
    for key, form in (("tower", "one tower"), ("groups", "two groups"), ("torchvision", "torchvision")):
        made[key] = f"{shapes_of('AlexNet', 3, 227, form=form).parameters:,}"
    return made


def _stages(form: str, n: int) -> list[Stage]:
    names = {f"conv{k}": say("conv {k}", k=k) for k in range(1, 6)} | {"pool": say("pool")}
    names |= {"units6": say("dense {k}", k=6), "units7": say("dense {k}", k=7), "output": say("output")}
    return stages_of(shapes_of("AlexNet", 3, n, form=form), names)


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=network)
def where(rng):
    """By the library's counts."""
    stages = _stages("one tower", 227)
    dense, work = share(stages, "units", "parameters"), share(stages, "convolution", "multiplications")
    right = {(True, True): "apart", (False, True): "convolutions", (True, False): "dense"}[dense > 0.5, work > 0.5]
    return Options(right, of=("convolutions", "dense", "apart"), then={"layer": 9}, dense=f"{dense:.0%}",
                   work=f"{work:.0%}")


@question
def first_size(rng):
    """A large filter with a large stride."""
    from wengu.layers import output_size

    f, s = rng.choice([(11, 4), (7, 2), (9, 3)])
    n = f + s * rng.choice([30, 40, 54, 60])
    return Number(output_size(n, f, 0, s), traps={"no_one": (n - f) // s, "no_filter": n // s}, n=n, f=f, s=s)


@question
def in_groups(rng):
    """A filter of two groups spans half of the channels."""
    from wengu.layers import parameter_count

    channels, filters, f = rng.choice([96, 128, 192]), rng.choice([128, 256, 384]), rng.choice([3, 5])
    answer = parameter_count(channels // 2, filters, f)
    whole = parameter_count(channels, filters, f)
    return Number(answer, traps={"whole": whole, "quarter": parameter_count(channels // 2, filters // 2, f),
                                 "no_bias": answer - filters}, channels=channels, filters=filters, f=f,
                  half=channels // 2)


@question
def first_dense(rng):
    """What a smaller last map saves."""
    import torch

    from wengu.layers import summary

    n, maps, units = rng.choice([4, 5, 6, 7]), rng.choice([192, 256]), rng.choice([2048, 4096])
    answer = summary(torch.nn.Linear(n * n * maps, units, device="meta")).total
    return Number(answer, traps={"side": (n * maps + 1) * units, "maps": (maps + 1) * units}, n=n, maps=maps,
                  units=units)


@question
def through_tanh(rng):
    """The slope, to the power of the layers."""
    import torch

    from wengu.functions import d_tanh

    z, layers = rng.choice([0.5, 1.0, 1.5]), rng.choice([3, 4, 5])
    slope = round(d_tanh(torch.tensor(z, dtype=torch.float64)).item(), 2)
    return Number(slope**layers, traps={"once": slope, "times": slope * layers}, within=0.02, slope=slope,
                  layers=layers)
