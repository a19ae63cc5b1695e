"""RMSprop in a ravine that can be made steeper and turned, and the step it gives each weight."""

from __future__ import annotations

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, dots, field_of, figure, line, slider

STEPS = 60
FLOOR = 1e-3  # of the axis
WINDOW = (-4.0, 4.0)


@figure(shows=["wengu.optimization:rmsprop_by_hand", "wengu.optimization:trajectory"])
def ravine(
    steep=slider(1.0, 400.0, 25.0, log=True, label="how many times steeper across than along"),
    turned=slider(0, 45, 0, step=1, label="turned by, in degrees"),
    lr=slider(0.02, 0.5, 0.1, log=True, label="α"),
    beta=slider(0.0, 0.99, 0.9, step=0.01, label="β"),
) -> Fig:
    """The path, and beside it the gradient's and the step's length along either weight."""
    import numpy as np

    from wengu.optimization import rotated_quadratic, trajectory

    surface = rotated_quadratic(steep, turned)
    path = trajectory(surface, "rmsprop", lr=lr, beta=beta, steps=STEPS)
    g = np.abs(surface.gradient(path.x[:-1], path.y[:-1]))  # (2, T)
    steps = np.abs([np.diff(path.x), np.diff(path.y)])
    every = np.array([*g, *steps])
    tall = np.where(every < FLOOR, np.nan, every)
    t = range(1, len(path.x))

    return Fig(
        Panel(
            field_of(np.sqrt(path.surface.z), x=WINDOW, y=WINDOW),
            line(path.x, path.y, label="RMSprop", wide=True),
            dots(path.x, path.y, size=2),
            dots(path.x[:1], path.y[:1], tone="quiet", size=5),
            x=Axis(label="w₁", domain=WINDOW),
            y=Axis(label="w₂", domain=WINDOW),
            equal=True,
        ),
        Panel(
            line(t, tall[0], label="|g₁|", tone="1", dash=True),
            line(t, tall[1], label="|g₂|", tone="2", dash=True),
            line(t, tall[2], label="|Δw₁|", tone="1", wide=True),
            line(t, tall[3], label="|Δw₂|", tone="2", wide=True),
            x=Axis(label=say("step"), domain=(0, STEPS)),
            y=Axis(domain=(FLOOR, 1e3), log=True),
        ),
        say=say("At the first step the gradient's parts are {g1:.3g} and {g2:.3g}, the step's {s1:.3g} and {s2:.3g}. "
                "After {n} {n:step|steps} J has gone from {first:.3g} to "
                "{last:.3g}.", g1=g[0, 0], g2=g[1, 0], s1=steps[0, 0],
                s2=steps[1, 0], n=len(path.x) - 1, first=path.loss[0], last=path.loss[-1]),
        values={"g1": float(g[0, 0]), "g2": float(g[1, 0]), "s1": float(steps[0, 0])},
    )
