"""A small real training whose α is turned down at a step of the reader's choice, beside the same one left alone."""

from __future__ import annotations

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, figure, handle, line, rule, slider, steps
from wengu.pages.gradient_descent.small_training import STEPS
from wengu.pages.question import Number, Options, question

ALPHA = 1.0
LAST = 20  # steps that are judged


@figure(shows=["wengu.optimization:gradient_descent_by_hand", "wengu.training:change_live_run"])
def cut(
    step=handle(40, 140, 100, label="step of the change"),
    factor=slider(1.0, 100.0, 10.0, log=True, label="α divided by"),
    now=steps(1, STEPS, label="step"),
) -> Fig:
    """The dev cost after every step, with the change and without; and both α."""
    from wengu.pages.gradient_descent.small_training import (
        BATCH,
        DEV,
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
            line(range(1, STEPS + 1), alone, label=say("α unchanged"), tone="quiet", grows=True),
            line(range(step, STEPS + 1), [alone[step - 1], *after], label=say("α turned down"), wide=True,
                 grows=range(step - 1, STEPS)),
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
        say=[*(say("Step {step}: the dev cost is {cost:.3f} with α = {lr:.3g}, {alone:.3f} with α = {alpha:g} "
                   "throughout.", step=k, cost=(*alone[:step], *after)[k - 1],
                   lr=ALPHA if k <= step else ALPHA / factor, alone=alone[k - 1], alpha=ALPHA)
               for k in range(1, STEPS)),
             say("Over the last {n} {n:step|steps} the dev cost is between {low:.2f} and {high:.2f} with α = {lr:.3g} "
                 "from step {step} on, and between {low_alone:.2f} and {high_alone:.2f} with α = {alpha:g} throughout.",
                 n=LAST,
                 lr=ALPHA / factor, step=step, alpha=ALPHA, **span)],
        values={**span, "step": step, "factor": factor, "alpha": ALPHA, "last": LAST, "batch": BATCH, "dev": DEV},
    )


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=cut)
def too_early(rng):
    """A change before the cost has come down."""
    late, early = (cut(step=step).values["low"] for step in (100, 40))
    return Options("higher" if early > late else "lower", of=("lower", "same", "higher"), then={"step": 40}, late=late,
                   early=early)


@question
def later_on(rng):
    """α set by hand goes on by the schedule."""
    from wengu.optimization import by_epoch

    lr, (at, now) = rng.choice([0.01, 0.02, 0.05]), rng.choice([(1, 3), (3, 7), (1, 4), (4, 9), (3, 5)])
    share = by_epoch(now) / by_epoch(at)
    return Number(lr * share,
                  traps={"kept": lr, "from_the_start": lr * by_epoch(now), "since": lr * by_epoch(now - at)},
                  lr=lr, at=at, now=now, then=by_epoch(at), later=by_epoch(now))


@question
def narrower(rng):
    """The width of the swings goes with √α: the variance at which a step changes it no more."""
    by, h = rng.choice([4.0, 9.0, 16.0, 100.0]), 1e-6
    one, other = (lr / (h * (2 - lr * h)) for lr in (0.1, 0.1 / by))
    return Number((other / one) ** 0.5, traps={"cost": 1 / by, "same": 1}, by=by)


@question
def creeping(rng):
    """The cost fell at once when α was lowered, and has hardly moved since."""
    early, late = (cut(step=step).values["low"] for step in (40, 100))
    return Options("raise" if early > late else "lower", of=("raise", "lower", "stop", "batch"))
