"""Momentum beside plain gradient descent, where it helps and where it does not."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, choice, field_of, figure, line, link, point, slider, steps
from wengu.pages.question import Derived, Number, Options, question
from wengu.pages.quotes import quoted

if TYPE_CHECKING:
    from wengu.optimization import Trajectory
    from wengu.optimization.compare_rules import Needed

STEPS = 180
LEFT = 1e-3  # of the way down: compare_rules' own tolerance
FLOOR = 1e-6  # of the axis of J
ACROSS, UP = (-10.0, 10.0), (-3.0, 3.0)
START = (-8.0, 1.0)


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


@lru_cache(maxsize=64)
def path_of(surface: str, rule: str, lr: float, start: tuple[float, float], beta: float | None = None) -> Trajectory:
    """The path of a rule in the window that both surfaces are drawn in."""
    from wengu.optimization import SURFACES, trajectory

    more = {} if beta is None else {"beta": beta}
    return trajectory(replace(SURFACES[surface], window=(ACROSS, UP)), rule, lr=lr, start=start, steps=STEPS, **more)


@figure(shows=["wengu.optimization:momentum_by_hand", "wengu.optimization:trajectory",
               "wengu.optimization:compare_rules"],
        links=[link(r"\beta", "beta", "1", "beta"), link(r"\alpha", "lr", "3", "lr"), link("W", "w", "2"),
               link("w", "w", "2")], named={"beta": (0.8,)})
def paths(
    surface=choice("ravine", "bowl", label="surface", labels=("ravine", "round bowl")),
    beta=slider(0.0, 0.98, 0.9, step=0.01, label="β"),
    lr=slider(0.005, 2.0, 0.0447, log=True, label="α of momentum"),
    start=point(ACROSS, UP, START, names=("start w₁", "start w₂"), label="start"),
    step=steps(0, STEPS, label="step"),
) -> Fig:
    """Momentum's path with these settings, and plain descent's with the α that suits it best."""
    import numpy as np

    plain = best(surface, "gradient-descent")
    descent = path_of(surface, "gradient-descent", plain.lr, start)
    momentum = path_of(surface, "momentum", lr, start, beta)
    drawn = (np.abs(momentum.x) < 2 * ACROSS[1]) & (np.abs(momentum.y) < 2 * UP[1])  # no line to far outside
    if momentum.ended == "diverged":
        needed = say("diverges")
    elif (found := steps_needed(momentum.loss)) is None:
        needed = say("takes more than {n} {n:step|steps}", n=STEPS)
    else:
        needed = say("takes {n} {n:step|steps}", n=found)
    of_plain = plain.steps if start == START else steps_needed(descent.loss)
    ended = say("Until no more than a thousandth of J is left for good, momentum with β = {beta:.2f} and α = {lr:.3g} "
                "{needed}, plain descent at its best α = {best:.3g} takes {plain} {plain:step|steps}.",
                needed=needed, beta=beta, lr=lr,
                plain=STEPS if of_plain is None else of_plain, best=plain.lr)
    own = list(momentum.loss) + [momentum.loss[-1]] * (STEPS + 1 - len(momentum.loss))
    return Fig(
        Panel(
            field_of(np.sqrt(momentum.surface.z), x=ACROSS, y=UP, label="√J"),
            line(np.where(drawn, momentum.x, np.nan), momentum.y, label=say("momentum"), tone="2", wide=True,
                 grows=True),
            line(descent.x, descent.y, label=say("plain descent"), tone="4", dash=True, grows=True),
            x=Axis(label="w₁", domain=ACROSS),
            y=Axis(label="w₂", domain=UP),
            equal=True,
        ),
        Panel(
            line(range(len(momentum.loss)), np.clip(momentum.loss, FLOOR, 1e4), label=say("momentum"), tone="2",
                 wide=True, grows=True),
            line(range(len(descent.loss)), np.maximum(descent.loss, FLOOR), label=say("plain descent"), tone="4",
                 dash=True, grows=True),
            x=Axis(label=say("step"), domain=(0, STEPS)),
            y=Axis(label=say("J, drawn from 10⁻⁶ up"), domain=(FLOOR, 1e3), log=True),
        ),
        say=[*(say("Step {step}: J is {own:.3g} with momentum, {plain:.3g} with plain descent, whose α is {best:.3g}.",
                   step=k, own=own[k], plain=descent.loss[k], best=plain.lr) for k in range(STEPS)), ended],
        values={"plain": plain.steps or 0, "least": best(surface, "momentum").steps or 0},
    )


def steps_needed(loss: object) -> int | None:
    """The first step from which on at most `LEFT` of the first loss is left; None if there is none."""
    import numpy as np

    above = np.flatnonzero(np.asarray(loss) > LEFT * np.asarray(loss)[0])
    first = int(above[-1]) + 1 if len(above) else 0
    return first if first < len(np.asarray(loss)) else None


@quoted
def facts() -> dict[str, float]:
    """Between which α(1-β)h the roots are complex at β = 0.9; what Nesterov's form needs with its own best α."""
    beta = 0.9

    def swings(pull: float) -> bool:
        return (1 + beta - pull) ** 2 < 4 * beta

    pulls = [10 ** (k / 1000) for k in range(-4000, 1000)]
    complex_ = [pull for pull in pulls if swings(pull)]
    def least(surface: str, powers: Iterable[float]) -> tuple[int, float]:
        return min((nesterov_needs(surface, 10**one, beta) or STEPS, one) for one in powers)

    needed = {}
    for surface in ("ravine", "bowl"):
        near = least(surface, (k / 80 for k in range(-320, 81)))[1]
        needed[surface] = least(surface, (near + k / 800 for k in range(-10, 11)))[0]
    return {"low": complex_[0], "high": complex_[-1], **needed, "swinging": math.log(LEFT) / math.log(beta)}


def nesterov_needs(surface: str, lr: float, beta: float) -> int | None:
    """Steps until a thousandth of J is left; None where it diverges or is not there in time."""
    import torch

    from wengu.optimization import SURFACES, momentum_by_hand

    j = SURFACES[surface]
    w, v = torch.tensor(START, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
    loss = [j.f(*w.tolist())]
    for _ in range(STEPS):
        momentum_by_hand(w, torch.tensor([float(g) for g in j.gradient(*w.tolist())], dtype=torch.float64), v, lr=lr,
                         beta=beta, dampening=0.0, nesterov=True)
        loss.append(j.f(*w.tolist()))
        if not loss[-1] < 1e6:
            return None
    return steps_needed(loss)


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=paths)
def in_the_bowl(rng):
    """Who is sooner at the bottom where the gradient points straight at it."""
    plain, momentum = (best("bowl", rule).steps or STEPS for rule in ("gradient-descent", "momentum"))
    return Options("plain" if plain < momentum else "momentum", of=("momentum", "plain", "same"),
                   then={"surface": "bowl", "lr": round(best("bowl", "momentum").lr, 4)}, plain=plain,
                   momentum=momentum)


@question
def first_step(rng):
    """V starts at 0 and is not corrected."""
    g, lr, beta = rng.choice([2.0, 4.0, -3.0, -5.0]), rng.choice([0.1, 0.2, 0.5]), rng.choice([0.8, 0.9])
    w, v = _after([g], lr=lr, beta=beta)
    return Number(w, traps={"plain": -lr * g, "beta": -lr * beta * g, "sign": -w}, g=g, lr=lr, beta=beta, v=v)


@question
def in_the_long_run(rng):
    """On a slope that stays the same V becomes g itself."""
    g, lr, beta = rng.choice([2.0, 3.0, 5.0]), rng.choice([0.1, 0.2, 0.01]), rng.choice([0.9, 0.95, 0.98])
    before, _ = _after([g] * 2000, lr=lr, beta=beta)
    after, _ = _after([g] * 2001, lr=lr, beta=beta)
    return Number(before - after, traps={"sum": lr * g / (1 - beta), "first": lr * (1 - beta) * g},
                  g=g, lr=lr, beta=beta)


@question
def across_the_ravine(rng):
    """Gradients that change their sign at each step hardly move V."""
    g, beta = rng.choice([2.0, 4.0, 10.0]), rng.choice([0.5, 0.6, 0.8, 0.9])
    _, v = _after([g * (-1) ** k for k in range(2001)], lr=0.1, beta=beta)
    return Number(v, traps={"nought": 0, "weight": (1 - beta) * g, "whole": g}, g=g, beta=beta)


@question
def in_torch(rng):
    """The α with which torch's form makes the same steps."""
    lr, beta = rng.choice([0.1, 0.2, 0.5, 0.05]), rng.choice([0.8, 0.9, 0.95])
    long, _ = _after([1.0] * 3, lr=lr, beta=beta)
    torchs, _ = _after([1.0] * 3, lr=lr, beta=beta, dampening=0.0)
    return Number(lr * long / torchs, traps={"divided": lr / (1 - beta), "same": lr, "beta": lr * beta},
                  lr=lr, beta=beta)


@question
def unrolled(rng):
    """V as a weighted sum of all gradients."""
    beta, g = rng.choice([0.5, 0.8, 0.9]), [rng.uniform(-2, 2) for _ in range(8)]
    summed = (1 - beta) * sum(beta**k * one for k, one in enumerate(reversed(g)))
    return Derived(same=(summed, _after(g, lr=0.1, beta=beta)[1]))


def _after(gradients: list[float], *, lr: float, beta: float, dampening: float | None = None) -> tuple[float, float]:
    """How far w has come from 0, and V, after these gradients."""
    import torch

    from wengu.optimization import momentum_by_hand

    w, v = torch.zeros(1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    for g in gradients:
        momentum_by_hand(w, torch.full_like(w, g), v, lr=lr, beta=beta, dampening=dampening)
    return w.item(), v.item()
