"""Vanishing and exploding: what many layers make of a factor a little off 1."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, choice, dots, figure, line, link, rule, slider, steps
from wengu.pages.question import Number, Options, question

if TYPE_CHECKING:
    from wengu.layers.signals import LayerScale

_LAYERS, _UNITS = 10, 24
_SHOWN = {"sigmoid": "sigmoid", "tanh": "tanh", "relu": "ReLU"}


@figure(shows=["wengu.layers:deep_linear"],
        links=[link("w", "w", "4", "w"), link("L", "layers", "5", "layers")], named={"w": (1.0,)})
def depth(
    w=slider(0.5, 1.5, 1.5, step=0.05, label="weight w"),
    layers=steps(1, 50, label="layers L"),
) -> Fig:
    """The notes' network: what reaches each layer on the way forward, and what comes back to it."""
    import torch

    from wengu.layers import deep_linear

    net = deep_linear(layers, w)
    a = [torch.ones(1, 1, dtype=torch.float64, requires_grad=True)]
    for layer in net:
        a.append(layer(a[-1]))
    back = torch.autograd.grad(a[-1].sum(), a)
    ends = float(a[-1].detach()), float(back[0])
    return Fig(
        Panel(
            rule(y=1, label=say("unchanged"), dash=True),
            line(range(layers + 1), [float(one.detach()) for one in a], label=say("activation, forward"), wide=True),
            line(range(layers + 1), [float(one) for one in back], label=say("gradient, back"), tone="2", wide=True),
            dots([layers, 0], [*ends], tone=["1", "2"], size=6),
            x=Axis(label=say("layer"), domain=(0, 50), whole=True),
            y=Axis(label=say("size"), domain=(1e-16, 1e10), log=True),
        ),
        say=say("w = {w:.2f}, {layers} {layers:layer|layers}: x = 1 becomes {y:.4g}, and a gradient of 1 comes back "
                "as {back:.4g}.",
                w=w, layers=layers, y=ends[0], back=ends[1]),
        values={"layers": layers, "y": ends[0]},
    )


@figure(shows=["wengu.layers:init_report", "wengu.layers:scaled"])
def activations(
    activation=choice(*_SHOWN, label="activation", labels=tuple(_SHOWN.values())),
    scale=slider(0.5, 4.0, 1.0, log=True, label="weights: times √(1/n)"),
) -> Fig:
    """Ten layers on real measures, judged layer by layer."""
    import torch
    from torch import nn

    from wengu.layers import Linear, init_report, scaled

    g = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}[activation]
    x = _irises()
    seed = torch.Generator().manual_seed(0)
    with torch.random.fork_rng([]), torch.no_grad():
        layers = [Linear(_UNITS if k else x.shape[1], _UNITS) for k in range(_LAYERS)]
        for layer in layers:
            layer.weight.copy_(scale * scaled(layer.weight.shape, generator=seed))
    net = nn.Sequential(*(one for layer in layers for one in (layer, g())))
    report = init_report(net, x, propose=False)
    forward = [one.forward / report.input_scale for one in report.layers]
    back = [(one.backward or 0.0) / report.output_gradient for one in report.layers]
    place = range(1, _LAYERS + 1)
    failing = report.failing
    at = report.layers.index(failing) + 1 if failing else 0
    marked = [rule(x=at, label=say("first past the limit"), tone="bad")] if failing else []
    drawn = [[min(max(value, _LEAST), _MOST) for value in row] for row in (forward, back)]
    return Fig(
        Panel(
            rule(y=1, label=say("unchanged"), dash=False),
            rule(y=report.limit, label=say("limit: {n:,.0f} times as large", n=report.limit)),
            rule(y=1 / report.limit, label=say("limit: {n:,.0f} times as small", n=report.limit)), *marked,
            line(place, drawn[0], label=say("z, forward"), wide=True),
            dots(place, drawn[0]),
            line(place, drawn[1], label=say("gradient, back"), tone="2", wide=True),
            dots(place, drawn[1], tone="2"),
            x=Axis(label=say("layer"), domain=(1, _LAYERS), whole=True),
            y=Axis(label=say("size, against the input’s or the output’s"), domain=(_LEAST, _MOST), log=True),
        ),
        say=say("{activation}, weights times {scale:.2f}: z of the last layer is {forward:.3g} times as large as x, "
                "the gradient at the first layer {back:.3g} times as large as at the output. {named}",
                activation=_SHOWN[activation], scale=scale, forward=forward[-1], back=back[0],
                named=_named(failing, at, report.limit)),
        values={"layers": _LAYERS, "units": _UNITS, "limit": report.limit, "at": at, "back": back[0],
                "forward": forward[-1]},
    )


def _named(layer: LayerScale | None, at: int, limit: float) -> str:
    """Which layer the report names, and why that one."""
    if layer is None:
        return say("All stays within a factor of {limit:,.0f}, so that the report names no layer.", limit=limit)
    if layer.forward_verdict == "saturated":
        return say("Layer {at} is the first of which most values are saturated.", at=at)
    if layer.forward_verdict == "dead":
        return say("Layer {at} is the first of which nearly all units are dead.", at=at)
    if layer.forward_verdict != "healthy":
        return say("On the way forward layer {at} is the first that is off by more than a factor of {limit:,.0f}.",
                   at=at, limit=limit)
    return say("On the way back from the output layer {at} is the first that is off by more than a factor of "
               "{limit:,.0f}.", at=at, limit=limit)


_LEAST, _MOST = 1e-12, 1e6


@cache
def _irises() -> Any:
    """150 flowers, four measures each, standardised."""
    import torch
    from sklearn.datasets import load_iris
    from sklearn.preprocessing import scale

    return torch.tensor(scale(load_iris().data), dtype=torch.float32)


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=depth)
def half_in_each_layer(rng):
    """0.5 multiplied up over fifty layers."""
    left = 0.5**50
    then = {"w": 0.5, "layers": 50}
    return Options("nothing" if depth(**then).values["y"] < 1e-12 else "fiftieth", of=("half", "fiftieth", "nothing"),
                   then=then, left=left)


@question
def product(rng):
    """w^L x."""
    import torch

    from wengu.layers import deep_linear

    w, layers = rng.choice([0.5, 0.8, 0.9, 1.1, 1.5]), rng.choice([5, 8, 10, 20])
    with torch.no_grad():
        y = deep_linear(layers, w)(torch.ones(1, 1, dtype=torch.float64))
    return Number(y, traps={"once": w, "times": w * layers, "sum": 1 + layers * (w - 1)}, w=w, layers=layers)


@question
def one_layer_back(rng):
    """δ of a layer from δ of the next: (Wᵀδ) ∘ g′."""
    import torch

    from wengu.functions import relu

    W = [[rng.choice([-2, -1, 1, 2, 3]) for _ in range(2)] for _ in range(2)]
    delta, z = [rng.choice([-2, -1, 1, 2]) for _ in range(2)], [rng.choice([1, 2, 3]), rng.choice([-1, -2, 1])]
    at = torch.tensor(z, dtype=torch.float64, requires_grad=True)
    weights, back = torch.tensor(W, dtype=torch.float64), torch.tensor(delta, dtype=torch.float64)
    (found,) = torch.autograd.grad(weights @ relu(at), at, back)
    return Number(int(found[0]), traps={"not_turned": int((weights @ back)[0]), "own": delta[0] * W[0][0]},
                  W=W, delta=delta, z=z)


@question
def xavier_with_relu(rng):
    """Half of the variance is lost in each layer."""
    layers = rng.choice([4, 6, 8, 10, 12])
    return Number((1 / 2) ** (layers / 2), traps={"variance": 0.5**layers, "kept": 1}, layers=layers)


@question
def clipped(rng):
    """The whole gradient is shortened, its direction stays."""
    import torch

    a, b, c = rng.choice([(3.0, 4.0, 5.0), (6.0, 8.0, 10.0), (5.0, 12.0, 13.0), (9.0, 12.0, 15.0), (8.0, 15.0, 17.0)])
    w = torch.zeros(2, requires_grad=True)
    w.grad = torch.tensor([a, b])
    torch.nn.utils.clip_grad_norm_([w], 1.0)
    return Number(w.grad[0], traps={"each": 1, "untouched": a, "by_sum": a / (a + b)}, a=a, b=b, norm=c)


@question
def first_layers_stand_still(rng):
    """What brings the gradient back to the first layer."""
    before = activations().values["back"]
    after = activations(activation="relu", scale=1.414).values["back"]
    return Options("relu" if after > 0.1 > before else "rate", of=("relu", "rate", "clip", "deeper"), before=before,
                   after=after)
