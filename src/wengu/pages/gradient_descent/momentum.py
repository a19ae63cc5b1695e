"""Momentum beside plain gradient descent, where it helps and where it does not."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, choice, dots, field_of, figure, line, slider

if TYPE_CHECKING:
    from wengu.optimization import RuleComparison, Trajectory

STEPS = 180
LEFT = 1e-3  # of the way down: compare_rules' own tolerance
FLOOR = 1e-6  # of the axis of J


@cache
def compared(surface: str) -> RuleComparison:
    """What each rule needs with its own best α, in eight α a decade."""
    from wengu.optimization import compare_rules

    return compare_rules(surface, lr=[10 ** (k / 8) for k in range(-16, 5)], tolerance=LEFT, steps=200)


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

    plain = compared(surface)["gradient-descent"]
    descent = plain_path(surface, plain.lr)
    momentum = trajectory(surface, "momentum", lr=lr, beta=beta, steps=STEPS)
    across, up = SURFACES[surface].window or ((-1, 1), (-1, 1))
    drawn = (np.abs(momentum.x) < 2 * across[1]) & (np.abs(momentum.y) < 2 * up[1])  # no line to far outside
    if momentum.ended == "diverged":
        needed = say("none, it diverges,")
    else:
        needed = str(steps_needed(momentum.loss) or say("more than {n}", n=STEPS))
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
        say=say("steps until a thousandth of J is left: {needed} with momentum (β = {beta:.2f}, α = {lr:.3g}), {plain} "
                "with plain descent at its best α = {best:.3g}", needed=needed, beta=beta, lr=lr, plain=plain.steps,
                best=plain.lr),
    )


def steps_needed(loss: object) -> int | None:
    """The first step from which on at most `LEFT` of the first loss is left; None if there is none."""
    import numpy as np

    above = np.flatnonzero(np.asarray(loss) > LEFT * np.asarray(loss)[0])
    first = int(above[-1]) + 1 if len(above) else 0
    return first if first < len(np.asarray(loss)) else None
