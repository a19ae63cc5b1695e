"""Gradient descent: what α does on a bowl, and where the start leads to among several minima."""

from __future__ import annotations

import math
from typing import Any

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, dots, field_of, figure, handle, line, link, point, rule, slider, steps
from wengu.pages.question import Derived, Number, Options, question

_LEAST, _MOST = 1e-6, 1e4  # of J, as far as it is drawn
_BOWL, _AMONG = 12, 60  # steps
_WINDOW = (-6.0, 6.0)


@figure(shows=["wengu.optimization:trajectory", "wengu.optimization:gradient_descent_by_hand"],
        links=[link(r"\alpha", "lr", "4", "lr"), link("W", "w", "2"), link("w", "w", "2")], named={"lr": (1.0, 2.0)})
def rates(
    w=handle(-5, 5, -4.0, label="start w"),
    lr=slider(0.05, 2.3, 0.3, step=0.05, label="learning rate α"),
    step=steps(0, _BOWL, label="step"),
) -> Fig:
    """The steps on a bowl, cut through its middle, and the cost after each."""
    import numpy as np

    from wengu.optimization import SURFACES, trajectory

    path = trajectory("bowl", "gradient-descent", lr=lr, start=(w, 0.0), steps=_BOWL)
    x = np.linspace(-6, 6, 97)
    away = np.abs(path.x) > 6
    seen = int(away.argmax()) if away.any() else len(path.x)
    inside = (path.loss > _LEAST) & (path.loss < _MOST)
    return Fig(
        Panel(
            line(x, SURFACES["bowl"].f(x, 0 * x), label="J(w)", tone="quiet", wide=True),
            line(path.x[:seen], path.loss[:seen], tone="2", grows=True),
            dots(path.x[:seen], path.loss[:seen], label=say("after each step"), tone="2", grows=True),
            dots(path.x[:1], path.loss[:1], label=say("start"), tone="1", size=7),
            x=Axis(label="w", domain=(-6, 6)),
            y=Axis(label="J", domain=(0, 18)),
        ),
        Panel(
            line(range(len(path.x)), np.where(inside, path.loss, np.nan), tone="2", grows=True),
            *([rule(y=path.loss[0], label=say("J at the start"))] if inside[0] else []),
            x=Axis(label=say("step"), domain=(0, _BOWL), whole=True),
            y=Axis(label="J", domain=(_LEAST, _MOST), log=True),
        ),
        say=[*(_after(k, w=path.x[k], j=path.loss[k]) for k in range(_BOWL)), _told(path)],
    )


@figure(shows=["wengu.optimization:trajectory"],
        links=[link(r"\alpha", "lr", "4", "lr"), link("W", "w", "2")])
def landscape(
    start=point((-5.5, 5.5), (-5.5, 5.5), (0.5, -4.0), names=("start w₁", "start w₂"), label="start"),
    lr=slider(0.0005, 0.04, 0.005, log=True, label="learning rate α"),
    step=steps(0, _AMONG, label="step"),
) -> Fig:
    """Sixty steps among four minima, one of which is the deepest."""
    from dataclasses import replace

    import numpy as np

    from wengu.optimization import trajectory

    path = trajectory("local-minima", "gradient-descent", lr=lr, start=start, steps=_AMONG)
    away = (np.abs(path.x) > 6) | (np.abs(path.y) > 6)
    seen = int(away.argmax()) if away.any() else len(path.x)
    x, y, loss = path.x[:seen], path.y[:seen], path.loss[:seen]
    best = np.unravel_index(path.surface.z.argmin(), path.surface.z.shape)
    ended = str(replace(path, rule=say("gradient descent"))).replace("。 ", "。")  # Chinese sets no space there
    return Fig(
        Panel(
            field_of(path.surface.z.clip(1), x=_WINDOW, y=_WINDOW, log=True, label="J"),
            line(x, y, tone="2", wide=True, grows=True),
            dots(x, y, label=say("after each step"), tone="2", size=3, grows=True),
            dots([path.surface.x[best[1]]], [path.surface.y[best[0]]], label=say("deepest point"), tone="good", size=6),
            x=Axis(label="w₁", domain=_WINDOW),
            y=Axis(label="w₂", domain=_WINDOW),
            equal=True,
        ),
        Panel(
            line(range(seen), np.where(loss > 0, loss, np.nan), tone="2", grows=True),
            x=Axis(label=say("step"), domain=(0, _AMONG), whole=True),
            y=Axis(label="J", domain=(1e-3, 1e4), log=True),
        ),
        say=[*(say("Step {step}: at ({w1:.2f}, {w2:.2f}) J is {j:.3g}.", step=k, w1=path.x[k], w2=path.y[k],
                   j=path.loss[k]) if k < len(path.x) else ended for k in range(_AMONG)), ended],
        values={"steps": len(path.x) - 1, "j": float(path.loss[-1])},
    )


def _after(step: int, *, w: float, j: float) -> str:
    return say("Step {step}: w = {w:.3g}, J = {j:.3g}.", step=step, w=w, j=j)


def _told(path: Any) -> str:
    values = {"lr": path.lr, "n": len(path.x) - 1, "first": path.loss[0], "last": path.loss[-1]}
    if path.loss[-1] > path.loss[0]:
        return say("α = {lr:.2f} is too large: {n} {n:step takes|steps take} J from {first:.3g} up to {last:.3g}.",
                   **values)
    if path.x[0] * path.x[1] < 0:
        return say("α = {lr:.2f} steps across the minimum each time: {n} {n:step takes|steps take} J from {first:.3g} "
                   "to {last:.3g}.",
                   **values)
    return say("α = {lr:.2f} comes down on one side: {n} {n:step takes|steps take} J from {first:.3g} to {last:.3g}.",
               **values)


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=rates)
def nearly_2(rng):
    """What a rate does that is a little under the limit."""
    from wengu.optimization import trajectory

    path = trajectory("bowl", "gradient-descent", lr=1.9, start=(-4.0, 0.0), steps=12)
    swings, nearer = path.x[0] * path.x[1] < 0, abs(path.x[-1]) < abs(path.x[0])
    return Options("swings" if swings and nearer else "away" if swings else "one_side",
                   of=("one_side", "swings", "away"), then={"lr": 1.9})


@question
def two_steps(rng):
    """Each step multiplies w by 1 - αh."""
    h, lr, w = rng.choice([1.0, 2.0, 4.0]), rng.choice([0.1, 0.2, 0.3]), rng.choice([4.0, 5.0, -2.0, -10.0])
    return Number(_down(w, h, lr, 2), traps={"one": _down(w, h, lr, 1), "no_h": _down(w, 1.0, lr, 2),
                                             "up": _down(w, h, -lr, 2)}, h=h, lr=lr, w=w)


@question
def largest_rate(rng):
    """The steepest direction decides, found by halving between what arrives and what does not."""
    flat, steep = rng.choice([0.5, 2.0, 3.0]), rng.choice([4.0, 5.0, 8.0, 10.0, 20.0])
    low, high = 0.0, 2.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if abs(_down(1.0, steep, middle, 60)) < 1 else (low, middle)
    return Number(low, traps={"quickest": 1 / steep, "flat": 2 / flat, "mean": 4 / (flat + steep)},
                  flat=flat, steep=steep)


@question
def steps_to_a_thousandth(rng):
    """|1-αh| to the power of the steps."""
    lr = rng.choice([0.1, 0.2, 0.3, 0.5, 0.75, 1.5, 1.8])
    n = next(n for n in range(1, 200) if abs(_down(1.0, 1.0, lr, n)) <= 1e-3)
    return Number(n, traps={"small": math.ceil(math.log(1000) / lr), "reciprocal": math.ceil(1 / (lr * 1e-3))}, lr=lr)


@question
def how_fast_j_falls(rng):
    """Along -g J falls by the squared length of g, to first order."""
    import torch

    w = torch.tensor([rng.uniform(-1, 1), rng.uniform(-1, 1)], dtype=torch.float64, requires_grad=True)

    def cost(at: Any) -> Any:
        return at[0] ** 2 + 3 * at[0] * at[1] + at[1] ** 4

    (g,) = torch.autograd.grad(cost(w), w)
    lr = torch.zeros((), dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(cost(w.detach() - lr * g), lr)
    return Derived(same=(slope, -(g @ g)))


@question
def nan_at_once(rng):
    """The first remedy for a cost that grows from step to step."""
    falls = abs(_down(1.0, 1.0, 2.4 / 3, 20)) < 1 < abs(_down(1.0, 1.0, 2.4, 20))
    return Options("smaller" if falls else "start", of=("smaller", "longer", "start", "batch"))


def _down(w: float, h: float, lr: float, steps: int) -> float:
    """Where so many steps on J = ½ h w² lead."""
    import torch

    from wengu.optimization import gradient_descent_by_hand

    at = torch.tensor(w, dtype=torch.float64)
    for _ in range(steps):
        gradient_descent_by_hand(at, h * at, lr=lr)
    return at.item()
