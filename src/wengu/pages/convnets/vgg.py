"""VGG as a diagram of stages, and two or three filters of 3 × 3 beside the larger one that sees as much."""

from __future__ import annotations

import math

from wengu.core.i18n import say
from wengu.pages.convnets.stages import Stage, by_layer, shapes_of, share, stages_of
from wengu.pages.figure import Axis, Fig, Panel, bars, cells, choice, figure, link, quoted, slider, steps
from wengu.pages.question import Number, Options, question

ACROSS = 7  # pixels that three filters of 3 × 3 see


@figure(shows=["wengu.vision.convnets:VGG16", "wengu.layers:shapes"])
def network(
    depth=choice("16", "11", "13", "19", label="network", labels=("VGG-16", "VGG-11", "VGG-13", "VGG-19")),
    size=choice("224", "112", "448", label="picture", labels=("224 × 224", "112 × 112", "448 × 448")),
    layer=steps(1, 24, label="layer"),
) -> Fig:
    """Stage by stage: the size, what it costs, what it sees."""
    stages = _stages(depth, int(size))
    whole = sum(stage.parameters for stage in stages)
    return by_layer(stages, int(size), layer, parameters=f"{whole:,}", dense=share(stages, "units", "parameters"),
                    convolutions=share(stages, "convolution", "multiplications"),
                    joined=f"{math.prod(stages[4].shape):,}", first=stages[5].parameters / whole)


@figure(shows=["wengu.layers:Conv2d", "wengu.layers:parameter_count"],
        links=[link("L", "layers", "5", "layers"), link("C", "channels", "4", "channels")])
def stack(
    channels=slider(1, 512, 64, log=True, step=1, label="channels C"),
    layers=steps(1, 3, label="layers L"),
) -> Fig:
    """By how many ways one output depends on each pixel, through L filters of 3 × 3 and through the one that sees as
    much; and how many weights they have."""
    import torch

    from wengu.layers import Conv2d

    f = 1 + 2 * layers
    net = torch.nn.Sequential(*(Conv2d(1, 1, 3, bias=False, generator=torch.Generator()) for _ in range(layers)))
    one = Conv2d(1, 1, f, bias=False, generator=torch.Generator())
    ways = []
    for model in (net, one):
        for w in model.parameters():
            torch.nn.init.ones_(w)
        x = torch.zeros(1, 1, ACROSS, ACROSS, requires_grad=True)
        z = model(x)
        middle = z.shape[-1] // 2
        (back,) = torch.autograd.grad(z[0, 0, middle, middle], x)
        ways.append(back[0, 0].int().tolist())
    C, edge = channels, (ACROSS - f) // 2
    weights = [layers * 9 * C * C, f * f * C * C]
    names = [say("3 × 3, {n} in a row", n=layers), f"{f} × {f}"]
    return Fig(
        *(Panel(cells(grid, title=name, framed=[(edge, edge, f, f)])) for grid, name in zip(ways, names, strict=True)),
        Panel(bars(names, weights, tone=["1", "2"]), y=Axis(label=say("weights"))),
        say=say("{layers} {layers:layer|layers} of 3 × 3 {layers:sees|see} as far as one of {f} × {f}. "
                "With {C} {C:channel|channels} in and out there are {few} {few:weight|weights} against {many}, "
                "{ratio:.0%}, and g comes {layers:once|{layers} times} in place of once.", layers=layers, f=f, C=C,
                few=f"{weights[0]:,}", many=f"{weights[1]:,}", ratio=weights[0] / weights[1]),
        values={"ratio": weights[0] / weights[1], "middle": ways[0][3][3], "corner": ways[0][edge][edge]},
    )


@quoted
def counts() -> dict[str, float | int | str]:
    """The parameters of all four."""
    return {f"vgg{depth}": f"{shapes_of(f'VGG{depth}', 3, 224).parameters:,}" for depth in (11, 13, 16, 19)}


def _stages(depth: str, n: int) -> list[Stage]:
    from wengu.vision import convnets

    layers = getattr(convnets, f"VGG{depth}").layers
    rows = zip((64, 128, 256, 512, 512), layers, strict=True)
    names = {f"stages.{k}": f"{k + 1}: {n_C} · {count}" for k, (n_C, count) in enumerate(rows)}
    names |= {f"head.units{k}": say("dense {k}", k=k) for k in (1, 2)} | {"head.output": say("output")}
    return stages_of(shapes_of(f"VGG{depth}", 3, n), names)


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=network)
def half_the_sides(rng):
    """By the library's counts."""
    large, small = (sum(stage.parameters for stage in _stages("16", n)) for n in (224, 112))
    right = {1: "same", 0.5: "half", 0.25: "quarter"}[small / large]
    return Options(right, of=("quarter", "half", "same"), then={"size": "112"}, parameters=f"{large:,}")


@question
def sees(rng):
    """L layers of 3 × 3 see 1 + 2L."""
    import torch

    from wengu.layers import Conv2d, shapes

    layers = rng.choice([2, 3, 4, 5, 6])
    with torch.device("meta"):
        net = torch.nn.Sequential(*(Conv2d(1, 1, 3, padding=1, generator=torch.Generator()) for _ in range(layers)))
    field = shapes(net, (1, 16, 16)).layers[-1].field
    return Number(int(field.size[0]), traps={"times": 3 * layers, "no_middle": 2 * layers}, layers=layers)


@question
def weights(rng):
    """Two of 3 × 3 against one of 5 × 5, without biases."""
    from wengu.layers import parameter_count

    C = rng.choice([32, 64, 128, 256])
    two, one = 2 * (parameter_count(C, C, 3) - C), parameter_count(C, C, 5) - C
    return Number(two / one, traps={"one_layer": two / one / 2, "side": 6 / 5}, C=C, two=two, one=one)


@question
def smaller_pictures(rng):
    """Multiplications go with the places, parameters do not."""
    n = rng.choice([448, 112])
    base, other = (sum(stage.multiplications for stage in _stages("16", size) if stage.kind == "convolution")
                   for size in (224, n))
    times = other / base
    return Number(times, traps={"side": n / 224, "no_change": 1.0}, n=n)


@question
def doubled(rng):
    """The pool and the doubling of the filters, in multiplications."""
    from wengu.layers import multiplication_count

    n, C = rng.choice([(56, 128), (28, 256), (112, 64)])
    before, after = (multiplication_count(size, k, k, 3, padding="same") for size, k in ((n, C), (n // 2, 2 * C)))
    right = {True: "same", False: "half" if after < before else "twice"}[before == after]
    return Options(right, of=("half", "same", "twice"), n=n, C=C, small=n // 2, more=2 * C)
