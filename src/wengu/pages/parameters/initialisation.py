"""Initial weights: what four sizes of them do to the signal on its way through a deep network."""

from __future__ import annotations

from functools import cache
from typing import Any

from wengu.core.i18n import say
from wengu.core.written import written
from wengu.pages.figure import (
    Axis,
    Fig,
    Panel,
    Tone,
    choice,
    dots,
    figure,
    histogram,
    line,
    link,
    quoted,
    rule,
    slider,
    steps,
)
from wengu.pages.question import Derived, Number, Options, question

SHOWN = {"relu": "ReLU", "tanh": "tanh", "sigmoid": "sigmoid"}
WIDTH = EXAMPLES = 64
DEEPEST = 20
TONES: dict[str, Tone] = {"small": "bad", "scaled": "1", "he": "2"}
LEAST = 1e-8  # of the axis: what is smaller has left the picture
FINEST = 1e-16  # of float64 near the ½ that a sigmoid gives: no smaller difference can be told


@figure(shows=["wengu.layers:initialise", "wengu.layers:small_random", "wengu.layers:scaled", "wengu.layers:he",
               "wengu.layers:xavier"],
        links=[link(r"s_{\text{scaled}}", "scaled", "1"), link(r"s_{\text{Xavier}}", "xavier", "1"),
               link(r"s_{\text{He}}", "he", "2")])
def depth(
    activation=choice("relu", "tanh", "sigmoid", label="activation", labels=tuple(SHOWN.values())),
    start=choice("small", "scaled", "he", value="he", label="initial weights",
                 labels=("small: 0.01", "scaled = Xavier: √(1/n)", "He: √(2/n)")),
    layers=steps(1, DEEPEST, label="layers"),
) -> Fig:
    """How much a unit still differs from example to example, layer by layer; and the values themselves."""
    import torch

    passed = {name: a[:layers] for name, a in _through(activation).items()}
    spread = {name: a.std(dim=1).mean(dim=1).tolist() for name, a in passed.items()}
    number = list(range(1, layers + 1))
    low, high = {"relu": (0, 3), "tanh": (-1, 1), "sigmoid": (0, 1)}[activation]
    edges = torch.linspace(low, high, 31, dtype=torch.float64)
    first, last = [torch.histogram(a.clamp(low, high).flatten(), edges).hist / a.numel() * 100
                   for a in (passed[start][0], passed[start][-1])]
    shown = {"small": say("small"), "scaled": say("scaled = Xavier"), "he": "He"}
    drawn = {name: [v if v > LEAST else float("nan") for v in each] for name, each in spread.items()}
    return Fig(
        Panel(
            *[line(number, drawn[name], label=shown[name], tone=tone, wide=name == start)
              for name, tone in TONES.items()],
            *[dots([layers], drawn[name][-1:], tone=tone) for name, tone in TONES.items() if spread[name][-1] > LEAST],
            x=Axis(label=say("layer"), whole=True, domain=(1, DEEPEST)),
            y=Axis(label=say("spread over the examples"), log=True, domain=(LEAST, 2)),
        ),
        Panel(
            histogram(edges, first, label=say("a, first layer"), tone="quiet"),
            histogram(edges, last, label=say("a, last layer"), tone=TONES[start]),
            x="a",
            y=say("% of the values"),
        ),
        say=say("After {layers} {layers:layer|layers} of {activation} a unit's spread over the examples is "
                "{small} from small, {scaled} from scaled and {he} from He weights.", layers=layers,
                activation=SHOWN[activation], **{name: _told(one[-1], activation) for name, one in spread.items()}),
        values={"layers": layers, "width": WIDTH, **{name: one[-1] for name, one in spread.items()}},
    )


@figure(shows=["wengu.layers:small_random", "wengu.functions:d_sigmoid"],
        links=[link("n^{[l-1]}", "n_in", "4", "inputs")])
def saturation(
    scale=slider(0.001, 10.0, 0.01, log=True, label="standard deviation of the weights"),
    inputs=choice("10", "100", "1000", value="100", label="inputs n of a unit"),
) -> Fig:
    """What is left of the sigmoid's derivative behind weights of this size."""
    import torch

    from wengu.functions import d_sigmoid, sigmoid
    from wengu.layers import small_random

    n = int(inputs)
    seed = torch.Generator().manual_seed(0)
    x = torch.randn(n, generator=seed).sign()
    z = small_random((400, n), generator=seed).double() @ x.double() / 0.01  # of weights with a deviation of 1
    tried = torch.logspace(-3, 1, 61, dtype=torch.float64)
    curve = d_sigmoid(tried[:, None] * z).mean(dim=1)
    at = d_sigmoid(scale * z).mean().item()
    edges = torch.linspace(0, 1, 31)
    counts = torch.histogram(sigmoid(scale * z).float(), edges).hist / z.numel() * 100
    return Fig(
        Panel(
            line(tried, curve, label=say("mean of σ′(z)"), wide=True),
            rule(x=0.01, label=say("small: 0.01")),
            rule(x=n**-0.5, label="√(1/n)", tone="good"),
            dots([scale], [at], label=say("these weights"), size=6, tone="2"),
            x=Axis(label=say("standard deviation of the weights"), log=True, domain=(0.001, 10)),
            y=Axis(label=say("mean of σ′(z)"), domain=(0, 0.26)),
        ),
        Panel(histogram(edges, counts, label="a = σ(z)", tone="2"), x="a", y=say("% of the values")),
        say=say("With weights of standard deviation {scale:.3g} on {n} {n:input|inputs} the derivative is {at:.3g} on "
                "average; it can be 0.25 at most.", scale=scale, n=n, at=at),
        values={"n": n, "at": at},
    )


def _told(spread: float, activation: str) -> str:
    return "< 10⁻¹⁶" if activation == "sigmoid" and spread < FINEST else written(f"{spread:.2g}")


@cache
def _through(activation: str) -> dict[str, Any]:
    """The activations of every layer, (layers, examples, units), under each way to begin."""
    import torch
    from torch import nn

    from wengu.functions import ACTIVATIONS
    from wengu.layers import Linear, initialise

    x = torch.randn(EXAMPLES, WIDTH, generator=torch.Generator().manual_seed(1)).double()
    seed = torch.Generator().manual_seed(0)
    net = nn.Sequential(*[Linear(WIDTH, WIDTH, generator=seed) for _ in range(DEEPEST)]).double()
    passed = {}
    for name in ("small", "scaled", "he"):
        initialise(net, name, generator=torch.Generator().manual_seed(0))
        a, each = x, []
        with torch.no_grad():
            for layer in net:
                a = ACTIVATIONS[activation](layer(a))
                each.append(a)
        passed[name] = torch.stack(each)
    return passed


@quoted
def gained() -> dict[str, float]:
    """What n Var w must be that E[tanh(z)²] stays 1 for a z of variance 1 (the rule `gain`)."""
    from wengu.layers import gain

    return {"variance": gain("tanh") ** 2}


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=saturation)
def a_hundred_times_as_large(rng):
    """Large sums lie where the sigmoid is flat."""
    before, after = (saturation(scale=scale).values["at"] for scale in (0.01, 1.0))
    return Options("small" if after < before / 3 else "same", of=("larger", "same", "small"), then={"scale": 1.0},
                   before=before, after=after)


@question
def he_scale(rng):
    """√(2/n)."""
    import torch

    from wengu.layers import fans

    n, out = rng.choice([50, 200, 128, 800, 512]), rng.choice([10, 64, 100])
    fan = fans(tuple(torch.empty(out, n).shape))[0]
    return Number((2 / fan) ** 0.5, traps={"xavier": (1 / n) ** 0.5, "variance": 2 / n, "outputs": (2 / out) ** 0.5},
                  n=n, out=out)


@question
def of_a_filter(rng):
    """n of a convolution is all that a filter sees."""
    from wengu.layers import fans

    channels, f, filters = rng.choice([3, 6, 16, 32]), rng.choice([3, 5]), rng.choice([8, 16, 64])
    fan, out = fans((filters, channels, f, f))
    return Number(fan, traps={"channels": channels, "window": f * f, "outputs": out, "all": fan * filters},
                  channels=channels, f=f, filters=filters)


@question
def spread_of_a_sum(rng):
    """√n times the size of the weights, where inputs have the mean square 1."""
    n, scale = rng.choice([100, 400, 900, 2500]), rng.choice([0.01, 0.1, 0.02])
    variance = n * scale**2
    return Number(variance**0.5, traps={"sum": n * scale, "one": scale, "variance": variance}, n=n, scale=scale)


@question
def all_alike(rng):
    """Units that start equal get equal gradients."""
    import torch

    w = torch.full((3, 2), 0.5, requires_grad=True)
    x, v = torch.tensor([1.0, -2.0]), torch.full((3,), 0.5)
    (back,) = torch.autograd.grad(((v * torch.tanh(w @ x)).sum() - 1) ** 2, w)
    return Options("equal" if torch.equal(back[0], back[1]) and torch.equal(back[1], back[2]) else "apart",
                   of=("equal", "apart", "noughts", "diverge"))


@question
def variance_of_z(rng):
    """Var z = n Var w E[x²], over all signs of the weights."""
    from itertools import product

    import numpy as np

    x, size = np.array([rng.uniform(-2, 2) for _ in range(5)]), rng.choice([0.1, 0.5])
    sums = np.array([np.dot(signs, x) for signs in product((-size, size), repeat=5)])
    return Derived(same=(sums.var(), 5 * size**2 * (x**2).mean()))
