"""Sigmoid, tanh, ReLU and leaky ReLU, each with its derivative, and a point to drag."""

from __future__ import annotations

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, choice, dots, figure, handle, line, rule

SLOPES = {"leaky_relu": 0.01, "leaky_relu_0.2": 0.2}
SHOWN = {"sigmoid": "sigmoid", "tanh": "tanh", "relu": "ReLU"} | {
    name: f"leaky ReLU ({slope})" for name, slope in SLOPES.items()}


@figure(shows=["wengu.functions:sigmoid", "wengu.functions:tanh", "wengu.functions:relu", "wengu.functions:leaky_relu"])
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
            y=Axis(domain=(-1.2, 3)),
        ),
        say=say("{name}: at z = {z:.2f} its value is g(z) = {value:.4g}, and its derivative g′(z) = {grad:.4g}.", z=z,
                name=SHOWN[name], value=value, grad=grad),
        values={"value": value, "grad": grad},
    )
