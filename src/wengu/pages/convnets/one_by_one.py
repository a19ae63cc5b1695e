"""1 × 1 convolution: what it does to the channels of a photograph, and what it saves before a large filter."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from wengu.core.i18n import say
from wengu.pages.convnets.one_by_one_counts import NETWORKS, N, by_filters, layers_of, stages
from wengu.pages.convnets.photos import in_colour, in_grey, photo, which_photo
from wengu.pages.convnets.stages import costs, diagram, shapes_of, summed
from wengu.pages.figure import (
    Axis,
    Fig,
    Mark,
    Panel,
    Tone,
    bars,
    boxes,
    cells,
    choice,
    figure,
    link,
    note,
    point,
    quoted,
    slider,
    steps,
)
from wengu.pages.question import Derived, Number, Options, question

if TYPE_CHECKING:
    from torch import Tensor

FILTERS = {  # weights of red, green and blue, and b
    "red": ((1.0, -0.5, -0.5), -0.1),
    "green": ((-0.5, 1.0, -0.5), -0.1),
    "blue": ((-0.5, -0.5, 1.0), -0.1),
    "grey": ((0.3, 0.59, 0.11), 0.0),
}


@figure(shows=["wengu.layers:convolve_by_hand", "wengu.functions:relu"])
def mixes(
    kernel=choice(*FILTERS, label="filter", labels=("for red", "for green", "for blue", "brightness")),
    name=which_photo(),
    place=point((0.0, 54.0), (0.0, 36.0), (22.5, 22.5), names=("across", "down"), label="place", step=1.0),
    step=steps(1, 5, label="step"),
) -> Fig:
    """A filter's sum, a channel at a time, then b, then ReLU: over the whole photograph, and at one place."""
    x, (weights, bias) = photo(name), FILTERS[kernel]
    W, b, sums, z, a = _through(kernel, name)
    u, v = at = min(int(place[1]), len(z) - 1), min(int(place[0]), z.shape[1] - 1)
    channel = (say("red"), say("green"), say("blue"))[min(step, 3) - 1]
    share = (z > 0).double().mean().item()
    if step <= 3:
        pair = in_grey(x[step - 1], channel, at), _signed(sums[step - 1], say("sum so far; grey is 0"), at)
        words = say("{w:g} · {channel} is added: at the framed place the sum is {value:.2f}.",
                    channel=channel, w=weights[step - 1], value=sums[step - 1][u, v].item())
    elif step == 4:
        pair = _signed(sums[2], say("sum so far; grey is 0"), at), _signed(z, say("z; grey is 0"), at)
        words = say("b = {b:g} is added everywhere: at the framed place z is {value:.2f}.", b=bias,
                    value=z[u, v].item())
    else:
        pair = _signed(z, say("z; grey is 0"), at), in_grey(a, "a = ReLU(z)", at)
        words = say("ReLU keeps what is above 0, {share:.0%} of the picture: at the framed place a is {value:.2f}.",
                    share=share, value=a[u, v].item())
    return Fig(
        in_colour(x, say("x, in colour"), at), *pair,
        Panel(*_one_place(x[:, u, v], W, [one[u, v].item() for one in (*sums[2:], b.view(1, 1).expand_as(z), z, a)],
                          step),
              x=Axis(domain=(-2.6, 10)), title=say("at the framed place")),
        say=words, values={"share": share},
    )


@cache  # neither another place nor another step changes it
def _through(kernel: str, name: str) -> tuple[Tensor, Tensor, list[Tensor], Tensor, Tensor]:
    """W and b of a filter, its sums over a photograph after each channel, z and a."""
    import torch

    from wengu.functions import relu
    from wengu.layers import convolve_by_hand

    x, (weights, bias) = photo(name), FILTERS[kernel]
    W, b = torch.tensor(weights, dtype=torch.float64), torch.tensor([bias], dtype=torch.float64)
    sums = [convolve_by_hand(x[None, :c], W[:c].view(1, c, 1, 1))[0, 0] for c in (1, 2, 3)]
    z = convolve_by_hand(x[None], W.view(1, 3, 1, 1), b)[0, 0]
    return W, b, sums, z, relu(z)


def _signed(z: Tensor, title: str, at: tuple[int, int]) -> Panel:
    return in_grey((z + 1) / 2, title, at)


def _one_place(x: Tensor, W: Tensor, ends: list[float], step: int) -> list[Mark]:
    """Three numbers, their weights and products, and what becomes of them, as far as the step has come."""
    def column(numbers: Tensor, shown: int) -> list[list[float | str]]:
        return [[round(one, 2) + 0.0 if c < shown else ""] for c, one in enumerate(numbers.tolist())]

    marks = [note(-0.4, c + 0.65, one, anchor="end")
             for c, one in enumerate((say("red"), say("green"), say("blue")))]
    why = [[f"{w:g} · {one:.2f}" if c < step else ""] for c, (w, one) in enumerate(zip(W.tolist(), x, strict=True))]
    marks += [cells(column(x, 3), title="x", grey=True), cells(column(W, 3), x=1.5, title="W"),
              cells(column(W * x, step), x=3, title="W·x", why=why, framed=[(step - 1, 0, 1, 1)] if step < 4 else ())]
    for k, (name, one, since) in enumerate(zip(("Σ", "b", "z", "a"), ends, (3, 4, 4, 5), strict=True)):
        marks.append(cells([[round(one, 2) + 0.0 if step >= since else ""]], x=4.5 + 1.5 * k, y=1, title=name,
                           heat=False, framed=[(0, 0, 1, 1)] if step == since and name != "b" else ()))
    return marks


@figure(shows=["wengu.layers:shapes"], ahead=256,
        links=[link("n_C", "channels", "1", "channels"), link("n_B", "few", "2", "few"),
               link("n_C'", "filters", "3", "filters"), link("f", "f", "4", "f")])
def squeeze(
    channels=slider(64, 256, 192, step=64, label="channels of the input"),
    few=slider(8, 64, 16, step=8, label="channels in between"),
    filters=slider(32, 128, 32, step=32, label="filters"),
    f=slider(3, 5, 5, step=2, label="filter size f"),
) -> Fig:
    """The volume straight through the large filters, and squeezed before them; as wide as it has channels."""
    straight = layers_of((channels, filters), (f,))
    by_way = layers_of((channels, few, filters), (1, f))
    ways = [straight[0].multiplications, sum(one.multiplications for one in by_way)]
    learned = [straight[0].parameters, sum(one.parameters for one in by_way)]
    marks = [*_volumes(0.3, [(channels, "1"), (filters, "3")], [f]),
             *_volumes(4.7, [(channels, "1"), (few, "2"), (filters, "3")], [1, f])]
    names = [f"{f} × {f}", "1 × 1", say("{f} × {f} after it", f=f)]
    each = [*straight, *by_way]
    times = ways[0] / ways[1]
    told = {"straight": f"{ways[0]:,}", "few": few, "first": f"{by_way[0].multiplications:,}",
            "second": f"{by_way[1].multiplications:,}", "both": f"{ways[1]:,}"}
    words = (say("Straight: {straight} {straight:multiplication|multiplications}. By way of {few} "
                 "{few:channel|channels}: {first} and {second}, together {both}, {times:.1f} times fewer.",
                 times=times, **told) if times >= 1.05 else
             say("Straight: {straight} {straight:multiplication|multiplications}. By way of {few} "
                 "{few:channel|channels}: {first} and {second}, together {both}: nothing is saved.", **told))
    return Fig(
        Panel(*marks, x=Axis(domain=(0, 14)), y=Axis(domain=(0, 9))),
        Panel(bars(names, [one.multiplications for one in each], tone=["4", "2", "4"]),
              y=Axis(label=say("multiplications"))),
        say=words,
        values={"straight": ways[0], "by_way": ways[1], "times": times, "learned": learned[0],
                "learned_by_way": learned[1], "share": by_way[0].multiplications / ways[1]},
        head=(say("layer"), say("output"), say("parameters"), say("multiplications")),
        rows=[[name, f"{N} × {N} × {one.shape[0]}", f"{one.parameter_formula} = {one.parameters:,}",
               f"{N}·{N}·{one.shape[0]} · {size}·{size}·{n_in} = {one.multiplications:,}"]
              for name, one, size, n_in in zip(names, each, (f, 1, f), (channels, channels, few), strict=True)],
    )


def _volumes(y: float, widths: list[tuple[int, Tone]], sizes: list[int]) -> list[Mark]:
    """Volumes in a row, each as wide as it has channels, with the filters that lead from one to the next."""
    items, notes, x = [], [], 0.1
    for n_C, tone in widths:
        wide = n_C / 48
        items.append({"x": x, "y": y, "w": wide, "h": 3, "tone": tone})
        notes.append(note(x + wide / 2, y + 3.7, str(n_C), tone=tone, anchor="middle"))
        x += wide + 2.2
    links = [(k, k + 1) for k in range(len(sizes))]
    return [boxes(items, links, [f"{f} × {f}" for f in sizes]), *notes]


@figure(shows=["wengu.vision.convnets:SqueezeNet", "wengu.vision.convnets:MobileNetV2", "wengu.layers:shapes"])
def network(
    name=choice(*NETWORKS, label="network", labels=tuple(NETWORKS.values())),
    size=choice("224", "112", "448", label="picture", labels=("224 × 224", "112 × 112", "448 × 448")),
) -> Fig:
    """The stages of two networks of little but 1 × 1 filters, and what part of their costs these have."""
    n = int(size)
    found = stages(name, n)
    parameters, work = (sum(getattr(one, of) for one in found) for of in ("parameters", "multiplications"))
    learned, done, single = (by_filters(found, filters, of) for filters, of in (
        ("1·1·", "parameters"), ("1·1·", "multiplications"), ("3·3·1·", "multiplications")))
    return Fig(
        diagram(found, (3, n, n)),
        costs(found),
        say=say("{name} has {parameters} {parameters:parameter|parameters}, {learned:.0%} of them in 1 × 1 filters, "
                "and does {work} {work:multiplication|multiplications} for a picture, {done:.0%} of them there.",
                name=NETWORKS[name], parameters=f"{parameters:,}", learned=learned, work=f"{work:,}", done=done),
        values={"learned": learned, "work": done, "depthwise": single},
        **summed(found),
    )


@quoted
def counts() -> dict[str, float | int | str]:
    """The parameters of both, and how many times as many AlexNet has as SqueezeNet."""
    found = {name.lower(): shapes_of(name, 3, 224).parameters for name in NETWORKS}
    return {name: f"{n:,}" for name, n in found.items()} | {
        "alexnet": shapes_of("AlexNet", 3, 227).parameters / found["squeezenet"]}


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=mixes)
def on_a_green_leaf(rng):
    """Where red is the least of the three, the sum is below 0."""
    within = {"place": (8.5, 18.5), "step": 5}
    a = mixes(name="flower", **within).panels[3].marks[-1]["values"][0][0]
    return Options("nought" if a == 0 else "little", of=("nought", "little", "same"), then={"name": "flower", **within})


@question(moves=squeeze)
def half_as_many_in_between(rng):
    """Both layers have the bottleneck as a factor."""
    whole, half = (squeeze(few=few).values["by_way"] for few in (16, 8))
    return Options("half" if 2 * half == whole else "quarter", of=("same", "half", "quarter"), then={"few": 8},
                   whole=whole, half=half)


@question
def at_one_place(rng):
    """Each filter sums over the channels of its place."""
    import torch

    from wengu.layers import convolve_by_hand

    x = [rng.randrange(1, 6) for _ in range(3)]
    W, b = [rng.choice([-2, -1, 1, 2, 3]) for _ in range(3)], rng.choice([-3, -2, -1, 1])
    at, weights, bias = (torch.tensor(one, dtype=torch.float64) for one in (x, W, [b]))
    z = convolve_by_hand(at.view(1, 3, 1, 1), weights.view(1, 3, 1, 1), bias).item()
    return Number(int(z), traps={"no_bias": int(z) - b, "sums": sum(x) * sum(W) + b, "first": x[0] * W[0] + b},
                  x=x, W=W, b=b)


@question
def times_fewer(rng):
    """With few channels in between."""
    channels, few, filters = rng.choice([128, 192, 256]), rng.choice([16, 24, 32]), rng.choice([32, 64, 96])
    (straight,) = layers_of((channels, filters), (3,), 14)
    first, second = layers_of((channels, few, filters), (1, 3), 14)
    work = first.multiplications + second.multiplications
    return Number(straight.multiplications / work,
                  traps={"channels": channels / few, "turned": work / straight.multiplications},
                  channels=channels, few=few, filters=filters)


@question
def parameters_by_way(rng):
    """Weights and biases of both layers."""
    channels, few, filters = rng.choice([64, 128, 192, 256]), rng.choice([16, 32]), rng.choice([32, 64])
    first, second = layers_of((channels, few, filters), (1, 5), 14)
    both = first.parameters + second.parameters
    return Number(both, traps={"no_bias": both - few - filters, "second": second.parameters,
                               "places": first.multiplications + second.multiplications},
                  channels=channels, few=few, filters=filters)


@question
def never_found(rng):
    """A filter that sees one place has no neighbours."""
    return Options("edge", of=("edge", "red", "grey", "bright"))


@question
def when_it_pays(rng):
    """The ratio of the two ways, by the formula and by the counts."""
    channels, few, filters, f = rng.choice([64, 192]), rng.choice([8, 16, 32]), rng.choice([32, 64]), rng.choice([3, 5])
    (straight,), by_way = layers_of((channels, filters), (f,)), layers_of((channels, few, filters), (1, f))
    counted = sum(one.multiplications for one in by_way) / straight.multiplications
    return Derived(same=(few * (1 / channels + 1 / (f * f * filters)), counted))
