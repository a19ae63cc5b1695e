"""RMSprop in a ravine that can be made steeper and turned, and the step it gives each weight."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, Tone, dots, field_of, figure, line, link, point, slider, steps
from wengu.pages.question import Number, Options, question

if TYPE_CHECKING:
    import numpy as np

    from wengu.optimization import Trajectory

STEPS = 60
FLOOR = 1e-3  # of the axis
WINDOW = (-4.0, 4.0)
LINES: tuple[tuple[str, Tone], ...] = (("|g₁|", "1"), ("|g₂|", "2"), ("|Δw₁|", "1"), ("|Δw₂|", "2"))


@figure(shows=["wengu.optimization:rmsprop_by_hand", "wengu.optimization:trajectory"],
        links=[link(r"\alpha", "lr", "5", "lr"), link(r"\beta", "beta", "4", "beta")])
def ravine(
    steep=slider(1.0, 400.0, 25.0, log=True, label="how many times steeper across than along"),
    turned=slider(0, 45, 0, step=1, label="turned by, in degrees"),
    lr=slider(0.02, 0.5, 0.1, log=True, label="α"),
    beta=slider(0.0, 0.99, 0.9, step=0.01, label="β"),
    start=point(WINDOW, WINDOW, (-3.0, 2.0), names=("start w₁", "start w₂"), label="start"),
    step=steps(0, STEPS, label="step"),
) -> Fig:
    """The path, and beside it the gradient's and the step's length along either weight."""
    import numpy as np

    path, g = _path(steep, turned, lr, beta, start)
    moved = np.abs([np.diff(path.x), np.diff(path.y)])
    every = np.array([*g, *moved])
    tall = np.where(every < FLOOR, np.nan, every)
    t = range(1, len(path.x))
    ended = say("At the first step the gradient's parts are {g1:.3g} and {g2:.3g}, the step's {s1:.3g} and {s2:.3g}. "
                "After {n} {n:step|steps} J has gone from {first:.3g} to "
                "{last:.3g}.", g1=g[0, 0], g2=g[1, 0], s1=moved[0, 0],
                s2=moved[1, 0], n=len(path.x) - 1, first=path.loss[0], last=path.loss[-1])
    return Fig(
        Panel(
            field_of(np.sqrt(path.surface.z), x=WINDOW, y=WINDOW, label="√J"),
            line(path.x, path.y, label="RMSprop", tone="3", wide=True, grows=True),
            dots(path.x, path.y, tone="3", size=2, grows=True),
            x=Axis(label="w₁", domain=WINDOW),
            y=Axis(label="w₂", domain=WINDOW),
            equal=True,
        ),
        Panel(
            *(line(t, tall[k], label=label, tone=tone, dash=k < 2, wide=k > 1, grows=t)
              for k, (label, tone) in enumerate(LINES)),
            x=Axis(label=say("step"), domain=(0, STEPS)),
            y=Axis(label=say("size"), domain=(FLOOR, 1e3), log=True),
        ),
        say=[say("Step 0: J = {j:.3g}.", j=path.loss[0]), *(
            say("Step {step}: the gradient's parts are {g1:.3g} and {g2:.3g}, the step's {s1:.3g} and {s2:.3g}.",
                step=k, g1=g[0, k - 1], g2=g[1, k - 1], s1=moved[0, k - 1], s2=moved[1, k - 1])
            if k < len(t) else ended for k in range(1, STEPS)), ended],
        values={"g1": float(g[0, 0]), "g2": float(g[1, 0]), "s1": float(moved[0, 0])},
    )


@lru_cache(maxsize=8)
def _path(
    steep: float, turned: int, lr: float, beta: float, start: tuple[float, float]
) -> tuple[Trajectory, np.ndarray]:
    """The path, and the size of ∂J/∂W before each step: 2 × T."""
    import numpy as np

    from wengu.optimization import rotated_quadratic, trajectory

    surface = rotated_quadratic(steep, turned)
    path = trajectory(surface, "rmsprop", lr=lr, beta=beta, start=start, steps=STEPS)
    return path, np.abs(surface.gradient(path.x[:-1], path.y[:-1]))


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=ravine)
def four_times_as_steep(rng):
    """Along the axes steepness cancels out."""
    import numpy as np

    from wengu.optimization import rotated_quadratic, trajectory

    one, other = (trajectory(rotated_quadratic(steep, 0), "rmsprop", lr=0.1, start=(-2.0, 1.0), steps=40)
                  for steep in (25.0, 100.0))
    alike = np.allclose(one.x, other.x, atol=1e-3) and np.allclose(one.y, other.y, atol=1e-3)
    return Options("same" if alike else "wild", of=("same", "wild", "slow"), then={"steep": 100.0})


@question
def first_step(rng):
    """α/√(1-β), whatever the gradient is."""
    g, lr, beta = rng.choice([0.001, 5.0, 200.0]), rng.choice([0.01, 0.001, 0.1]), rng.choice([0.75, 0.96, 0.99, 0.91])
    w, _ = _after([g], lr=lr, beta=beta)
    return Number(-w, traps={"alpha": lr, "plain": lr * g, "no_root": lr / (1 - beta)}, g=g, lr=lr, beta=beta)


@question
def two_squares(rng):
    """S after two gradients."""
    one, other, beta = rng.choice([1.0, 2.0, 3.0]), rng.choice([4.0, -5.0, 6.0]), rng.choice([0.5, 0.8, 0.9])
    _, s = _after([one, other], lr=0.1, beta=beta)
    _, swapped = _after([one, other], lr=0.1, beta=1 - beta)
    return Number(s, traps={"not_squared": beta * (1 - beta) * one + (1 - beta) * other, "swapped": swapped,
                            "full_start": beta * one**2 + (1 - beta) * other**2}, one=one, other=other, beta=beta)


@question
def at_the_bottom(rng):
    """Tiny gradients that change sign still make steps of about α."""
    g, lr = rng.choice([0.001, 0.01, 0.0001]), rng.choice([0.01, 0.02, 0.05])
    before, _ = _after([g * (-1) ** k for k in range(400)], lr=lr, beta=0.9)
    after, _ = _after([g * (-1) ** k for k in range(401)], lr=lr, beta=0.9)
    return Number(abs(after - before), traps={"plain": lr * g, "nought": 0, "root": lr * g**0.5}, g=g, lr=lr)


@question
def in_other_units(rng):
    """A cost in other units makes the same steps."""
    one, other = (_after([unit * g for g in (1.0, -2.0, 0.5)], lr=0.1, beta=0.9)[0] for unit in (1.0, 100.0))
    return Options("same" if abs(one - other) < 1e-6 else "root", of=("same", "times", "root", "shorter"))


def _after(gradients: list[float], *, lr: float, beta: float) -> tuple[float, float]:
    """How far w has come from 0, and S, after these gradients."""
    import torch

    from wengu.optimization import rmsprop_by_hand

    w, s = torch.zeros(1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    for g in gradients:
        rmsprop_by_hand(w, torch.full_like(w, g), s, lr=lr, beta=beta)
    return w.item(), s.item()
