"""Weight decay: the pull of the L2 term on real weights, and what the notes' loop without α does instead."""

from __future__ import annotations

from functools import cache
from typing import Any

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, Tone, figure, line, link, rule, slider, steps
from wengu.pages.question import Derived, Number, Options, question

_STEPS = 60
_TONES: tuple[Tone, ...] = ("1", "2", "3", "4")


@figure(shows=["wengu.optimization:gradient_descent_by_hand", "wengu.functions:d_l2_penalty",
               "wengu.optimization:GradientDescent"],
        links=[link(r"\lambda", "weight_decay", "5", "lam"), link(r"\alpha", "lr", "6", "lr")])
def weights(
    lam=slider(0.0, 50.0, 20.0, step=1.0, label="λ"),
    lr=slider(0.05, 1.0, 0.5, step=0.05, label="learning rate α"),
    step=steps(0, _STEPS, label="step"),
) -> Fig:
    """The four weights of logistic regression over the steps, without and with decay."""
    import numpy as np

    plain, decayed = _paths(((lr, 0.0), (lr, lam)))
    names = (say("sepal length"), say("sepal width"), say("petal length"), say("petal width"))
    kept = _kept(lr, lam)
    span = float(np.abs(plain).max()) * 1.05

    def panel(path: Any, title: str) -> Panel:
        return Panel(rule(y=0, dash=False),
                     *(line(range(_STEPS + 1), path[:, k], label=names[k], tone=tone, grows=True)
                       for k, tone in enumerate(_TONES)),
                     x=Axis(label=say("step"), domain=(0, _STEPS), whole=True),
                     y=Axis(label="W", domain=(-span, span)), title=title)

    before, after = (np.linalg.norm(path, axis=1).tolist() for path in (plain, decayed))
    return Fig(
        panel(plain, say("without decay")), panel(decayed, say("with decay")),
        say=[say("After {n} {n:step|steps} ‖W‖ is {before:.3g} without decay and {after:.3g} with λ = {lam:g}; each "
                 "step keeps {kept:.4g} of every weight before the data pull it.",
                 n=k, before=before[k], after=after[k], lam=lam, kept=kept) for k in range(_STEPS + 1)],
        values={"steps": _STEPS, "before": before[-1], "after": after[-1]},
    )


@figure(shows=["wengu.optimization:gradient_descent_by_hand", "wengu.functions:d_l2_penalty"],
        links=[link(r"\lambda", "weight_decay", "5", "lam"), link(r"\alpha", "lr", "6", "lr")])
def forgotten(
    lam=slider(5.0, 50.0, 30.0, step=1.0, label="λ"),
    lr=slider(0.05, 0.3, 0.1, step=0.05, label="smaller α"),
    step=steps(0, _STEPS, label="step"),
) -> Fig:
    """‖W‖ under two α, by the right loop and by that of the notes."""
    import numpy as np

    rates = (lr, 3 * lr)
    right = _paths(tuple((rate, lam) for rate in rates))
    notes = _paths(tuple((rate, lam / rate) for rate in rates))  # (1 - λ/m) W is the right loop's under λ/α
    norms = [[np.linalg.norm(path, axis=1) for path in paths] for paths in (right, notes)]
    top = float(max(norm.max() for pair in norms for norm in pair)) * 1.05

    def panel(pair: list[Any], title: str) -> Panel:
        return Panel(*(line(range(_STEPS + 1), norm, label=f"α = {rate:.2f}", tone=tone, grows=True)
                       for norm, rate, tone in zip(pair, rates, _TONES[:2], strict=True)),
                     x=Axis(label=say("step"), domain=(0, _STEPS), whole=True),
                     y=Axis(label="‖W‖", domain=(0, top)), title=title)

    ends = dict(zip("abcd", (norm.tolist() for pair in norms for norm in pair), strict=True))
    return Fig(
        panel(norms[0], "(1 − αλ/m) W"), panel(norms[1], say("(1 − λ/m) W, without α")),
        say=[say("After {n} {n:step|steps} under α = {slow:.2f} and α = {fast:.2f} ‖W‖ is {a:.3g} and {b:.3g} by the "
                 "right loop, and {c:.3g} and {d:.3g} where the decay lacks α.", n=k, slow=rates[0], fast=rates[1],
                 **{letter: norm[k] for letter, norm in ends.items()}) for k in range(_STEPS + 1)],
        values={letter: norm[-1] for letter, norm in ends.items()},
    )


@cache
def _irises() -> tuple[Any, Any]:
    """Two kinds of iris that overlap: 100 flowers, four measures each, standardised."""
    from sklearn.datasets import load_iris
    from sklearn.preprocessing import scale

    x, y = load_iris(return_X_y=True)
    return scale(x[50:]), y[50:] - 1.0


def _paths(settings: tuple[tuple[float, float], ...]) -> list[Any]:
    """W after every step, (steps + 1, 4), for each α and λ."""
    import numpy as np
    import torch

    from wengu.functions import d_l2_penalty
    from wengu.optimization import gradient_descent_by_hand
    from wengu.regression import logistic_gradient_by_hand

    x, y = _irises()
    made = []
    for lr, lam in settings:
        both = torch.zeros(5, dtype=torch.float64)  # W, then b, which does not decay
        w, held = both[:4], both.numpy()
        path = np.zeros((_STEPS + 1, 4))
        for t in range(1, _STEPS + 1):
            gradient = torch.from_numpy(logistic_gradient_by_hand(held[:4], held[4], x, y))
            if lam:
                gradient[:4] += d_l2_penalty(w, lam, len(x))
            gradient_descent_by_hand(both, gradient, lr=lr)
            path[t] = held[:4]
        made.append(path)
    return made


def _kept(lr: float, lam: float) -> float:
    """What one step of the optimiser leaves of a weight of 1 that has no gradient."""
    import torch

    from wengu.optimization import GradientDescent

    w = torch.ones(1, dtype=torch.float64, requires_grad=True)
    w.grad = torch.zeros_like(w)
    GradientDescent([w], lr=lr, weight_decay=lam / len(_irises()[0])).step()
    return w.item()


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=weights)
def more_of_it(rng):
    """A larger λ lets the weights settle lower."""
    before, after = (weights(lam=lam).values["after"] for lam in (20.0, 50.0))
    return Options("shorter" if after < before else "same", of=("longer", "same", "shorter"), then={"lam": 50.0},
                   before=before, after=after)


@question
def factor(rng):
    """1 - αλ/m, where the data do not pull."""
    lr, lam, m = rng.choice([0.1, 0.5, 0.2]), rng.choice([20.0, 50.0, 100.0]), rng.choice([100, 200])
    return Number(_step(1.0, 0.0, lr, lam, m),
                  traps={"no_lr": 1 - lam / m, "no_m": 1 - lr * lam, "share": lr * lam / m}, within=0.002,
                  lr=lr, lam=lam, m=m)


@question
def one_step(rng):
    """A step with the gradient of the data and that of the penalty."""
    w, g, lr = rng.choice([2.0, -4.0, 5.0]), rng.choice([1.0, -2.0, 0.5]), rng.choice([0.1, 0.5])
    lam, m = rng.choice([10.0, 20.0]), rng.choice([50, 100])
    return Number(_step(w, g, lr, lam, m),
                  traps={"data_alone": w - lr * g, "no_m": w - lr * (g + lam * w), "outside": w - lr * g - lam / m * w,
                         "grows": w - lr * (g - lam / m * w)}, w=w, g=g, lr=lr, lam=lam, m=m)


@question
def where_it_settles(rng):
    """The two pulls are equal."""
    wanted, lam, m = rng.choice([3.0, 6.0, 12.0]), rng.choice([50.0, 100.0, 200.0]), 100
    w = 0.0
    for _ in range(300):
        w = _step(w, w - wanted, 0.2, lam, m)
    return Number(w, traps={"data": wanted, "subtracted": wanted - lam / m, "share": wanted * lam / m},
                  wanted=wanted, lam=lam, m=m)


@question
def with_adam(rng):
    """An L2 term is divided by √S, the decay of AdamW is not."""
    import torch

    from wengu.optimization import Adam

    left = []
    for size in (10.0, 0.1):
        w = torch.nn.Parameter(torch.ones(1))
        rule = Adam([w], lr=0.01, weight_decay=0.1)
        for k in range(200):
            w.grad = torch.full_like(w, size * (-1) ** k)
            rule.step()
        left.append(w.item())
    return Options("small" if left[1] < left[0] else "large", of=("small", "large", "both"))


@question
def gradient_of_the_term(rng):
    """λ/m W, against automatic differentiation."""
    import torch

    from wengu.functions import d_l2_penalty, l2_penalty

    w = torch.tensor([[rng.uniform(-2, 2) for _ in range(3)]], dtype=torch.float64, requires_grad=True)
    l2_penalty(w, 20.0, 100).backward()
    return Derived(same=(d_l2_penalty(w.detach(), 20.0, 100), w.grad))


def _step(w: float, g: float, lr: float, lam: float, m: int) -> float:
    import torch

    from wengu.functions import d_l2_penalty
    from wengu.optimization import gradient_descent_by_hand

    at = torch.tensor(w, dtype=torch.float64)
    gradient_descent_by_hand(at, g + d_l2_penalty(at, lam, m), lr=lr)
    return at.item()
