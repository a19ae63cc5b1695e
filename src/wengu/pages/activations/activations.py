"""Sigmoid, tanh, ReLU and leaky ReLU, each with its derivative, and a point to drag."""

from __future__ import annotations

import math

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, choice, dots, figure, handle, line, link, rule
from wengu.pages.question import Derived, Number, Options, question

SLOPES = {"leaky_relu": 0.01, "leaky_relu_0.2": 0.2}
SHOWN = {"sigmoid": "sigmoid", "tanh": "tanh", "relu": "ReLU"} | {
    name: f"leaky ReLU ({slope})" for name, slope in SLOPES.items()}


@figure(shows=["wengu.functions:sigmoid", "wengu.functions:tanh", "wengu.functions:relu", "wengu.functions:leaky_relu"],
        links=[link("z", "z", "3", "z")], named={"z": (0.0, 2.0)})
def curve(
    name=choice(*SHOWN, label="activation", labels=tuple(SHOWN.values())),
    z=handle(-6, 6, 1.0, label="z"),
) -> Fig:
    """The function and its derivative, and both at z."""
    import torch

    from wengu import functions

    more = {"slope": SLOPES[name]} if name in SLOPES else {}
    rule_of = "leaky_relu" if more else name
    g, d = getattr(functions, rule_of), getattr(functions, f"d_{rule_of}")
    x = torch.linspace(-6, 6, 241, dtype=torch.float64)
    at = torch.tensor(float(z), dtype=torch.float64)
    value, grad = g(at, **more).item(), d(at, **more).item()
    return Fig(
        Panel(
            rule(y=0, dash=False),
            line(x, g(x, **more), label="g(z)", wide=True),
            line(x, d(x, **more), label="g′(z)", tone="2"),
            rule(x=z),
            dots([z, z], [value, grad], tone=["1", "2"], size=6),
            x=Axis(label="z", domain=(-6, 6)),
            y=Axis(label="g(z), g′(z)", domain=(-1.2, 3)),
        ),
        say=say("{name}: at z = {z:.2f} its value is g(z) = {value:.4g}, and its derivative g′(z) = {grad:.4g}.", z=z,
                name=SHOWN[name], value=value, grad=grad),
        values={"value": value, "grad": grad},
    )


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=curve)
def far_from_0(rng):
    """How much of the sigmoid's slope is left where it saturates."""
    near, far = (_slope("d_sigmoid", z) for z in (1.0, 4.0))
    return Options("tenth" if far < near / 10 else "half", of=("same", "half", "tenth"),
                   then={"name": "sigmoid", "z": 4.0}, near=near, far=far)


@question
def slope_of_an_output(rng):
    """σ′ = a(1-a), from the output alone."""
    a = rng.choice([0.1, 0.2, 0.25, 0.6, 0.7, 0.8, 0.9])
    return Number(_slope("d_sigmoid", math.log(a / (1 - a))),
                  traps={"of_a": _slope("d_sigmoid", a), "tanh": 1 - a**2, "rest": 1 - a}, a=a)


@question
def through_sigmoids(rng):
    """At best a quarter is left in each layer."""
    layers = rng.choice([3, 4, 5, 6])
    return Number(_slope("d_sigmoid", 0.0) ** layers, traps={"value": 0.5**layers, "divided": 1 / (4 * layers)},
                  layers=layers)


@question
def examples_that_teach(rng):
    """A ReLU's weight learns from those examples alone whose z is positive."""
    w, b, x = rng.choice([2, -1, 3]), rng.choice([-3, 1, -4, 2]), rng.sample([-4, -3, -2, -1, 1, 2, 3, 4], 6)
    passed = sum(int(_slope("d_relu", float(w * one + b))) for one in x)
    return Number(passed, traps={"positive_x": sum(one > 0 for one in x), "others": 6 - passed}, w=w, b=b, x=x)


@question
def two_of_one_curve(rng):
    """tanh is a sigmoid, stretched."""
    import torch

    from wengu.functions import sigmoid, tanh

    z = torch.tensor([rng.uniform(-4, 4) for _ in range(6)], dtype=torch.float64)
    return Derived(same=(tanh(z), 2 * sigmoid(2 * z) - 1))


def _slope(name: str, z: float) -> float:
    import torch

    from wengu import functions

    slope: float = getattr(functions, name)(torch.tensor(z, dtype=torch.float64)).item()
    return slope
