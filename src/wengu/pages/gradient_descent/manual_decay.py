"""A small real training whose α is turned down at a step of the reader's choice, beside the same one left alone."""

from __future__ import annotations

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, figure, handle, line, rule, slider

ALPHA = 1.0
LAST = 20  # steps that are judged


@figure(shows=["wengu.optimization:gradient_descent_by_hand", "wengu.training:change_live_run"])
def cut(
    step=handle(40, 140, 100, label="step of the change"),
    factor=slider(1.0, 100.0, 10.0, log=True, label="α divided by"),
) -> Fig:
    """The dev cost after every step, with the change and without; and both α."""
    from wengu.pages.gradient_descent.small_training import (
        BATCH,
        DEV,
        STEPS,
        dev_costs,
        train,
        whole_dev_costs,
        whole_training,
    )

    alone = whole_dev_costs(ALPHA)
    after = dev_costs(train(ALPHA / factor, range(step, STEPS), whole_training(ALPHA)[step - 1].weights))
    span = {"low": min(after[-LAST:]), "high": max(after[-LAST:]),
            "low_alone": min(alone[-LAST:]), "high_alone": max(alone[-LAST:])}
    return Fig(
        Panel(
            line(range(1, STEPS + 1), alone, label=say("α unchanged"), tone="quiet"),
            line(range(step, STEPS + 1), [alone[step - 1], *after], label=say("α turned down"), wide=True),
            rule(x=step, dash=False),
            x=Axis(label=say("step"), domain=(0, STEPS)),
            y=Axis(label=say("dev cost"), domain=(0.5, 3)),
        ),
        Panel(
            line([0, STEPS], [ALPHA, ALPHA], label=say("α unchanged"), tone="quiet"),
            line([0, step, step, STEPS], [ALPHA, ALPHA, ALPHA / factor, ALPHA / factor], label=say("α turned down"),
                 wide=True),
            x=Axis(label=say("step"), domain=(0, STEPS)),
            y=Axis(label="α", domain=(0.005, 2), log=True),
        ),
        say=say("Over the last {n} {n:step|steps} the dev cost is between {low:.2f} and {high:.2f} with α = {lr:.3g} "
                "from step {step} on, and between {low_alone:.2f} and {high_alone:.2f} with α = {alpha:g} throughout.",
                n=LAST,
                lr=ALPHA / factor, step=step, alpha=ALPHA, **span),
        values={**span, "step": step, "factor": factor, "alpha": ALPHA, "last": LAST, "batch": BATCH, "dev": DEV},
    )
