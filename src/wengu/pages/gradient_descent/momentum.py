"""Momentum beside plain gradient descent, where it helps and where it does not."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, choice, dots, field_of, figure, line, slider

if TYPE_CHECKING:
    from wengu.optimization import Trajectory
    from wengu.optimization.compare_rules import Needed

STEPS = 180
LEFT = 1e-3  # of the way down: compare_rules' own tolerance
FLOOR = 1e-6  # of the axis of J


@cache
def best(surface: str, rule: str) -> Needed:
    """What a rule needs with its own best α: of eight a decade, then twice of ten times as many around that one."""
    from wengu.optimization import compare_rules

    def tried(powers: Iterable[float]) -> Needed:
        return compare_rules(surface, lr=[10**one for one in powers], tolerance=LEFT, steps=200)[rule]

    found = tried(k / 8 for k in range(-16, 5))
    for fine in (80, 800):
        near = math.log10(found.lr)
        found = min(found, tried(near + k / fine for k in range(-8, 9)), key=lambda one: one.steps or math.inf)
    return found


@cache
def plain_path(surface: str, lr: float) -> Trajectory:
    """The path of plain descent from the same start."""
    from wengu.optimization import trajectory

    return trajectory(surface, "gradient-descent", lr=lr, steps=STEPS)


@figure(shows=["wengu.optimization:momentum_by_hand", "wengu.optimization:trajectory",
               "wengu.optimization:compare_rules"])
def paths(
    surface=choice("ravine", "bowl", label="surface", labels=("ravine", "round bowl")),
    beta=slider(0.0, 0.98, 0.9, step=0.01, label="β"),
    lr=slider(0.005, 2.0, 0.0422, log=True, label="α of momentum"),
) -> Fig:
    """Momentum's path with these settings, and plain descent's with the α that suits it best."""
    import numpy as np

    from wengu.optimization import SURFACES, trajectory

    plain = best(surface, "gradient-descent")
    descent = plain_path(surface, plain.lr)
    momentum = trajectory(surface, "momentum", lr=lr, beta=beta, steps=STEPS)
    across, up = SURFACES[surface].window or ((-1, 1), (-1, 1))
    drawn = (np.abs(momentum.x) < 2 * across[1]) & (np.abs(momentum.y) < 2 * up[1])  # no line to far outside
    if momentum.ended == "diverged":
        needed = say("for ever, as it diverges")
    elif (found := steps_needed(momentum.loss)) is None:
        needed = say("more than {n} {n:step|steps}", n=STEPS)
    else:
        needed = say("{n} {n:step|steps}", n=found)
    return Fig(
        Panel(
            field_of(momentum.surface.z, x=across, y=up),
            line(descent.x, descent.y, label=say("plain descent"), tone="2"),
            line(np.where(drawn, momentum.x, np.nan), momentum.y, label=say("momentum"), wide=True),
            dots(momentum.x[:1], momentum.y[:1], tone="quiet", size=5),
            x=Axis(label="w₁", domain=across),
            y=Axis(label="w₂", domain=up),
        ),
        Panel(
            line(range(len(descent.loss)), np.maximum(descent.loss, FLOOR), label=say("plain descent"), tone="2"),
            line(range(len(momentum.loss)), np.clip(momentum.loss, FLOOR, 1e4), label=say("momentum"), wide=True),
            x=Axis(label=say("step"), domain=(0, STEPS)),
            y=Axis(label="J", domain=(FLOOR, 1e3), log=True),
        ),
        say=say("Until a thousandth of J is left, momentum with β = {beta:.2f} and α = {lr:.3g} takes {needed}, plain "
                "descent at its best α = {best:.3g} takes {plain} {plain:step|steps}.", needed=needed, beta=beta, lr=lr,
                plain=plain.steps, best=plain.lr),
        values={"plain": plain.steps or 0, "least": best(surface, "momentum").steps or 0},
    )


def steps_needed(loss: object) -> int | None:
    """The first step from which on at most `LEFT` of the first loss is left; None if there is none."""
    import numpy as np

    above = np.flatnonzero(np.asarray(loss) > LEFT * np.asarray(loss)[0])
    first = int(above[-1]) + 1 if len(above) else 0
    return first if first < len(np.asarray(loss)) else None
