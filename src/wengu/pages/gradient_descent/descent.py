"""Gradient descent: what α does on a bowl, and where the start leads to among several minima."""

from __future__ import annotations

from typing import Any

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, dots, field_of, figure, handle, line, rule, slider

_LEAST, _MOST = 1e-6, 1e4  # of J, as far as it is drawn


@figure(shows=["wengu.optimization:trajectory", "wengu.optimization:gradient_descent_by_hand"])
def rates(
    w=handle(-5, 5, -4.0, label="start w"),
    lr=slider(0.05, 2.3, 0.3, step=0.05, label="learning rate α"),
    steps=slider(2, 30, 12, label="steps"),
) -> Fig:
    """The steps on a bowl, cut through its middle, and the cost after each."""
    import numpy as np

    from wengu.optimization import SURFACES, trajectory

    path = trajectory("bowl", "gradient-descent", lr=lr, start=(w, 0.0), steps=steps)
    x = np.linspace(-6, 6, 97)
    away = np.abs(path.x) > 6
    seen = int(away.argmax()) if away.any() else len(path.x)
    inside = (path.loss > _LEAST) & (path.loss < _MOST)
    return Fig(
        Panel(
            line(x, SURFACES["bowl"].f(x, 0 * x), label="J(w)", tone="quiet", wide=True),
            line(path.x[:seen], path.loss[:seen], tone="2"),
            dots(path.x[:seen], path.loss[:seen], label=say("after each step"), tone="2"),
            dots(path.x[:1], path.loss[:1], label=say("start"), tone="1", size=7),
            x=Axis(label="w", domain=(-6, 6)),
            y=Axis(label="J", domain=(0, 18)),
        ),
        Panel(
            line(range(len(path.x)), np.where(inside, path.loss, np.nan), tone="2"),
            *([rule(y=path.loss[0], label=say("J at the start"))] if inside[0] else []),
            x=Axis(label=say("step"), domain=(0, 30), whole=True),
            y=Axis(label="J", domain=(_LEAST, _MOST), log=True),
        ),
        say=_told(path),
    )


@figure(shows=["wengu.optimization:trajectory"])
def landscape(
    w1=handle(-5.5, 5.5, -1.0, label="start w₁"),
    w2=slider(-5.5, 5.5, -0.5, step=0.5, label="start w₂"),
    lr=slider(0.0005, 0.04, 0.005, log=True, label="learning rate α"),
) -> Fig:
    """Sixty steps among four minima, one of which is the deepest."""
    from dataclasses import replace

    import numpy as np

    from wengu.optimization import trajectory

    path = trajectory("local-minima", "gradient-descent", lr=lr, start=(w1, w2), steps=60)
    away = (np.abs(path.x) > 6) | (np.abs(path.y) > 6)
    seen = int(away.argmax()) if away.any() else len(path.x)
    x, y, loss = path.x[:seen], path.y[:seen], path.loss[:seen]
    best = np.unravel_index(path.surface.z.argmin(), path.surface.z.shape)
    return Fig(
        Panel(
            field_of(path.surface.z.clip(1), x=(-6, 6), y=(-6, 6), log=True),
            line(x, y, tone="2", wide=True),
            dots(x, y, tone="2", size=3),
            dots(x[:1], y[:1], label=say("start"), tone="1", size=7),
            dots([path.surface.x[best[1]]], [path.surface.y[best[0]]], label=say("deepest point"), tone="good", size=6),
            x=Axis(label="w₁", domain=(-6, 6)),
            y=Axis(label="w₂", domain=(-6, 6)),
            equal=True,
        ),
        Panel(
            line(range(seen), np.where(loss > 0, loss, np.nan), tone="2"),
            x=Axis(label=say("step"), domain=(0, 60), whole=True),
            y=Axis(label="J", domain=(1e-3, 1e4), log=True),
        ),
        values={"steps": len(path.x) - 1},
        say=str(replace(path, rule=say("gradient descent"))).replace("。 ", "。"),  # Chinese sets no space there
    )


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
