"""All four rules on three surfaces, and Adam's first step, which is α long whatever the gradient's scale."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from wengu.core.i18n import say
from wengu.pages.figure import (
    Axis,
    Fig,
    Mark,
    Panel,
    choice,
    dots,
    field_of,
    figure,
    handle,
    line,
    link,
    point,
    rule,
    slider,
    steps,
)
from wengu.pages.question import Derived, Number, Options, question

if TYPE_CHECKING:
    from wengu.optimization import Trajectory

STEPS = 80
FLOOR = 1e-5  # of the axis of J
WINDOW = (-2.0, 2.0)
NAMES = {"gradient-descent": "plain descent", "momentum": "momentum", "rmsprop": "RMSprop", "adam": "Adam"}
TONES: dict[str, Any] = {"gradient-descent": "4", "momentum": "2", "rmsprop": "3", "adam": "1"}


@figure(shows=["wengu.optimization:adam_by_hand", "wengu.optimization:trajectory"],
        links=[link(r"\alpha", "lr", "5", "lr"), link("W", "w", "1")])
def descent(
    surface=choice("ravine", "rosenbrock", "saddle", label="surface",
                   labels=("ravine", "bent valley", "saddle")),
    lr=slider(0.001, 2.0, 0.1, log=True, label="α"),
    only=choice("all", *NAMES, label="rules", labels=("all", *NAMES.values())),
    start=point(WINDOW, WINDOW, (-1.6, 0.2), names=("start w₁", "start w₂"), label="start"),
    step=steps(0, STEPS, label="step"),
) -> Fig:
    """The paths with one α, and how far above the lowest point each is."""
    import numpy as np

    named = NAMES | {"momentum": say("momentum"), "gradient-descent": say("plain descent")}
    names = list(NAMES) if only == "all" else [only]
    tracks = {name: _track(surface, name, lr, start) for name in names}
    lowest = min(path.deepest for path in tracks.values())
    paths: list[Mark] = []
    costs: list[Mark] = []
    above = {}
    for name, path in tracks.items():
        seen = (np.abs(path.x) < 3 * WINDOW[1]) & (np.abs(path.y) < 3 * WINDOW[1])
        look = {"tone": TONES[name], "label": named[name], "wide": name == "adam", "grows": True}
        above[name] = np.maximum(path.loss - lowest, 0)
        paths.append(line(np.where(seen, path.x, np.nan), path.y, **look))
        costs.append(line(range(len(path.loss)), np.clip(above[name], FLOOR, 1e5), **look))

    def at(step: int) -> str:
        there = [say("{left:.2g} with {rule}", left=left[step], rule=named[name]) for name, left in above.items()
                 if step < len(left)]
        gone = say(", ").join(named[name] for name, left in above.items() if step >= len(left))
        told = [say("After {n} {n:step|steps} with α = {lr:.3g} J is above its lowest value by {left}.", n=step, lr=lr,
                    left=say(", ").join(there))] if there else []
        return " ".join([*told, *([say("Diverged: {rules}.", rules=gone)] if gone else [])])

    return Fig(
        Panel(
            field_of(np.sqrt(np.maximum(next(iter(tracks.values())).surface.z - lowest, 0)), x=WINDOW, y=WINDOW,
                     label=say("√ of J above the lowest")),
            *paths,
            x=Axis(label="w₁", domain=WINDOW),
            y=Axis(label="w₂", domain=WINDOW),
            equal=True,
        ),
        Panel(
            *costs,
            x=Axis(label=say("step"), domain=(0, STEPS)),
            y=Axis(label=say("J above the lowest, drawn from 10⁻⁵ up"), domain=(FLOOR, 1e4), log=True),
        ),
        say=[at(k) for k in range(STEPS + 1)],
    )


@lru_cache(maxsize=64)
def _track(surface: str, rule: str, lr: float, start: tuple[float, float]) -> Trajectory:
    """A rule's path in the window that all three surfaces are drawn in."""
    from dataclasses import replace

    from wengu.optimization import SURFACES, trajectory

    drawn = replace(SURFACES[surface], window=(WINDOW, WINDOW))
    return trajectory(drawn, rule, lr=lr, start=start, steps=STEPS)


@figure(shows=["wengu.optimization:adam_by_hand", "wengu.optimization:explain_step"],
        links=[link(r"\alpha", "lr", "5", "lr"), link(r"\varepsilon", "eps", "6", "eps")], ahead=400)
def first_step(
    exponent=handle(-10, 4, 2, label="log₁₀ |g|"),
    lr=slider(0.0001, 1.0, 0.001, log=True, label="α"),
    eps=slider(1e-12, 1e-2, 1e-8, log=True, label="ε"),
) -> Fig:
    """How long each rule's first step is for a gradient of any size, and Adam's equations at one."""
    import torch

    from wengu.optimization import Adam, GradientDescent, Momentum, RMSprop, explain_step

    named = NAMES | {"momentum": say("momentum"), "gradient-descent": say("plain descent")}
    powers = torch.linspace(-10, 4, 57, dtype=torch.float64)
    weights = {name: torch.nn.Parameter(torch.zeros_like(powers)) for name in NAMES}
    for w in weights.values():
        w.grad = 10**powers
    GradientDescent([weights["gradient-descent"]], lr=lr).step()
    Momentum([weights["momentum"]], lr=lr).step()
    RMSprop([weights["rmsprop"]], lr=lr, eps=eps).step()
    Adam([weights["adam"]], lr=lr, eps=eps).step()
    w = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    w.grad = torch.full_like(w, 10.0**exponent)
    step = explain_step(Adam([w], lr=lr, eps=eps))
    length = abs(step.after - step.before)
    return Fig(
        Panel(
            *(line(powers, w.detach().abs(), label=named[name], tone=TONES[name], wide=name == "adam")
              for name, w in weights.items()),
            rule(x=exponent),
            dots([exponent], [length], size=6),
            x=Axis(label="log₁₀ |g|", domain=(-10, 4)),
            y=Axis(label=say("length of the first step"), domain=(1e-8, 1e4), log=True),
        ),
        head=(say("Adam's first step"),),
        rows=[(_in_print(equation),) for equation in step.lines],
        say=say("For a gradient of {g:.3g} Adam's first step is {length:.4g} long, with α = {lr:.4g}.",
                g=10.0**exponent, length=length, lr=lr),
        values={"rmsprop": float(weights["rmsprop"].detach().abs()[40]) / lr},
    )


def _in_print(equation: str) -> str:
    """With powers raised, minus signs, no bracket about a number that needs none, and W to six digits."""
    short = re.sub(r"\d+\.\d{7,}", lambda found: f"{float(found[0]):.6g}", equation.replace("'", "′"))
    signed = re.sub(r"(?<![e\d])-(?=\d)|(?<= )-(?= )", "−", short).replace("1-β", "1 − β")
    return re.sub(r"\(([\d.]+)\)", r"\1", signed).replace("^t", "ᵗ").replace("^1", "¹")


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=first_step)
def far_smaller(rng):
    """The first step does not depend on the size of g, while that is well above ε."""
    large, small = (abs(_after([g], lr=0.001)[0]) for g in (100.0, 1e-6))
    return Options("same" if small > 0.95 * large else "smaller", of=("smaller", "root", "same"),
                   then={"exponent": -6})


@question
def very_first(rng):
    """±α."""
    g, lr = rng.choice([0.002, -0.05, 30.0, -400.0]), rng.choice([0.001, 0.01, 0.0003])
    return Number(_after([g], lr=lr)[0],
                  traps={"uncorrected": -lr * g / abs(g) * 0.1 / 0.001**0.5, "plain": -lr * g, "up": lr * g / abs(g)},
                  g=g, lr=lr)


@question
def corrected_mean(rng):
    """V after two gradients, divided by 1-β₁²."""
    one, other, beta = rng.choice([1.0, 2.0, -1.0]), rng.choice([3.0, 4.0, 5.0]), rng.choice([0.5, 0.8, 0.9])
    _, v = _after([one, other], lr=0.001, betas=(beta, 0.999))
    return Number(v / (1 - beta**2), traps={"plain": v, "first": v / (1 - beta), "newest": other}, one=one, other=other,
                  beta=beta, v=v)


@question
def as_small_as_epsilon(rng):
    """Where |g| is ε times k the first step is k/(k+1) of α."""
    k, lr = rng.choice([1, 3, 4, 9]), rng.choice([0.001, 0.01, 0.1])
    return Number(abs(_after([k * 1e-8], lr=lr)[0]),
                  traps={"alpha": lr, "nothing": 0, "times": lr / (k + 1) if k > 1 else lr * 2}, k=k, lr=lr)


@question
def why_divided(rng):
    """E[V] = (1-β₁^t) E[g]: of a constant gradient exactly."""
    g, t = rng.uniform(1, 3), rng.randint(2, 9)
    return Derived(same=(_after([g] * t, lr=0.001)[1], (1 - 0.9**t) * g))


def _after(gradients: list[float], *, lr: float, betas: tuple[float, float] = (0.9, 0.999)) -> tuple[float, float]:
    """How far w has come from 0, and V, after these gradients."""
    import torch

    from wengu.optimization import adam_by_hand

    w, v, s = (torch.zeros(1, dtype=torch.float64) for _ in range(3))
    for t, g in enumerate(gradients, 1):
        adam_by_hand(w, torch.full_like(w, g), v, s, t, lr=lr, betas=betas)
    return w.item(), v.item()
