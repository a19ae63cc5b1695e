"""L2 and L1: how weights shrink as λ grows, on real data, and the step that makes them exactly 0."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from wengu.core.i18n import say
from wengu.pages.figure import (
    Axis,
    Fig,
    Handle,
    Panel,
    Tone,
    dots,
    field_of,
    figure,
    handle,
    line,
    link,
    quoted,
    rule,
    slider,
)
from wengu.pages.question import Derived, Number, Options, question

COLUMNS: dict[str, Tone] = {"bmi": "1", "s5": "2", "bp": "3", "s3": "4", "sex": "5", "age": "6"}  # diabetes
LOW, HIGH, STEPS = 1.0, 1000.0, 80


@figure(shows=["wengu.functions:soft_threshold", "wengu.functions:d_l2_penalty", "wengu.functions:sparsity"])
def paths(lam=Handle(low=LOW, high=HIGH, value=150.0, log=True, label="λ")) -> Fig:
    """The weights of a linear regression against λ under L2 and under L1, by full-batch steps from 0."""
    import torch

    from wengu.functions import d_l2_penalty, soft_threshold, sparsity

    x, y = _diabetes()
    m, n = x.shape
    tried = torch.cat([torch.logspace(0, 3, 49, dtype=torch.float64), torch.tensor([lam], dtype=torch.float64)])
    tried = tried[:, None]  # each row its own λ
    xx, xy = x.T @ x / m, x.T @ y / m
    steepest = torch.linalg.eigvalsh(xx)[-1].item()
    l2 = l1 = torch.zeros(len(tried), n, dtype=torch.float64)
    for _ in range(STEPS):
        l2 = l2 - (l2 @ xx - xy + tried * d_l2_penalty(l2, 1.0, m)) / (steepest + tried / m)
        l1 = tried * soft_threshold((l1 - (l1 @ xx - xy) / steepest) / tried, 1 / steepest / (2 * m))
    names = {"bmi": say("body mass index"), "s5": say("triglycerides"), "bp": say("blood pressure"), "s3": "HDL",
             "sex": say("sex"), "age": say("age")}
    zeros = [round(sparsity(w[-1]).total * n) for w in (l2, l1)]

    def panel(w: Any, title: str) -> Panel:
        return Panel(
            rule(y=0, dash=False),
            *[line(tried[:-1, 0], w[:-1, k], label=names[name], tone=tone)
              for k, (name, tone) in enumerate(COLUMNS.items())],
            rule(x=lam),
            dots([lam] * n, w[-1], tone=list(COLUMNS.values())),
            x=Axis(label="λ", log=True, domain=(LOW, HIGH)),
            y=Axis(label=say("weight"), domain=(-0.2, 0.36)),
            title=title,
        )

    return Fig(
        panel(l1, "L1"),
        panel(l2, "L2"),
        say=say("With λ = {lam:.3g} L1 has made {l1} of {n} {n:weight|weights} exactly 0, L2 {l2}. The largest is "
                "{most1:.3f} under L1 and {most2:.3f} under L2.", lam=lam, l1=zeros[1], l2=zeros[0], n=n,
                most1=l1[-1].abs().max().item(), most2=l2[-1].abs().max().item()),
        values={"l1": zeros[1], "n": n, "lam": lam},
        head=("", "L1", "L2"),
        rows=[(names[name], f"{l1[-1, k]:.4f}", f"{l2[-1, k]:.4f}") for k, name in enumerate(COLUMNS)],
    )


@figure(shows=["wengu.functions:soft_threshold", "wengu.functions:l1_penalty", "wengu.functions:l2_penalty"],
        links=[link(r"\lambda", "lam", "4", "lam")])
def shapes(lam=slider(10.0, 500.0, 400.0, log=True, label="λ")) -> Fig:
    """J of two weights with the lowest point under L1, on its diamond, and under L2, on its circle."""
    import numpy as np
    import torch

    from wengu.functions import l1_penalty, l2_penalty, soft_threshold

    x, y = _diabetes()
    x, m = x[:, [0, 2]], len(x)  # body mass index and blood pressure
    xx, xy = x.T @ x / m, x.T @ y / m
    steepest = torch.linalg.eigvalsh(xx)[-1].item()
    l1 = torch.zeros(2, dtype=torch.float64)
    for _ in range(300):
        l1 = soft_threshold(l1 - (l1 @ xx - xy) / steepest, lam / steepest / (2 * m))
    l2 = torch.linalg.solve(xx + lam / m * torch.eye(2), xy)
    free = torch.linalg.solve(xx, xy)
    across = np.linspace(-0.35, 0.65, 41)
    w = torch.tensor(np.stack(np.meshgrid(across, across), axis=-1))
    J = ((w - free) @ xx * (w - free)).sum(-1) / 2
    reach, radius = l1_penalty(l1, 2, 1).item(), l2_penalty(l2, 2, 1).item() ** 0.5
    angle = np.linspace(0, 2 * np.pi, 97)
    diamond = reach * np.array([1, 0, -1, 0, 1]), reach * np.array([0, 1, 0, -1, 0])
    circle = radius * np.cos(angle), radius * np.sin(angle)

    def level(at: Any) -> Any:
        """Where J is as at this point: an ellipse about the lowest."""
        round_ = torch.tensor(np.array([np.cos(angle), np.sin(angle)])) * ((at - free) @ xx @ (at - free)).sqrt()
        w = (free[:, None] + torch.linalg.solve_triangular(torch.linalg.cholesky(xx).T, round_, upper=True)).numpy()
        return np.where(((across[0] <= w) & (w <= across[-1])).all(axis=0), w, np.nan)  # of the panel alone

    def panel(edge: Any, at: Any, title: str) -> Panel:
        return Panel(
            field_of(J, x=(-0.35, 0.65), y=(-0.35, 0.65), label="J"),
            rule(x=0), rule(y=0),
            line(*edge, tone="2", wide=True),
            line(*level(at), label=say("level line of J through it"), tone="4"),
            dots([free[0]], [free[1]], label=say("lowest J"), tone="quiet", size=5),
            dots([at[0]], [at[1]], label=say("lowest with the penalty"), tone="2", size=6),
            x=Axis(label=say("w₁, body mass index"), domain=(-0.35, 0.65)),
            y=Axis(label=say("w₂, blood pressure"), domain=(-0.35, 0.65)), title=title, equal=True)

    return Fig(
        panel(diamond, l1, "L1"),
        panel(circle, l2, "L2"),
        say=say("With λ = {lam:.3g} L1 has its lowest point at ({a:.3f}, {b:.3f}), L2 at ({c:.3f}, {d:.3f}).", lam=lam,
                a=l1[0].item(), b=l1[1].item() + 0.0, c=l2[0].item(), d=l2[1].item()),
    )


@figure(shows=["wengu.functions:soft_threshold", "wengu.functions:d_l1_penalty", "wengu.functions:d_l2_penalty"],
        links=[link(r"\lVert w\rVert^2", "l2_penalty", "2"), link(r"\lVert w\rVert_1", "l1_penalty", "1"),
               link("w", "w", "3", "w")])
def step(
    w=handle(-2.0, 2.0, 0.2, label="w"),
    strength=slider(0.0, 0.95, 0.5, step=0.05, label="αλ/m"),
) -> Fig:
    """One step of the penalty alone: what becomes of a weight w."""
    import torch

    from wengu.functions import d_l1_penalty, d_l2_penalty, soft_threshold

    before = torch.linspace(-2, 2, 161, dtype=torch.float64)
    at = torch.tensor([w], dtype=torch.float64)

    def l2(v: Any) -> Any:
        return v - d_l2_penalty(v, strength, 1)

    def l1(v: Any) -> Any:
        return soft_threshold(v, strength / 2)

    return Fig(
        Panel(
            line(before, before, label=say("no penalty"), tone="quiet", dash=True),
            line(before, l2(before), label="L2", tone="2"),
            line(before, l1(before), label="L1", wide=True),
            rule(x=w),
            dots([w, w], [l2(at).item(), l1(at).item()], tone=["2", "1"], size=6),
            x=Axis(label=say("w before the step"), domain=(-2, 2)),
            y=Axis(label=say("w after it"), domain=(-2, 2)),
        ),
        say=say("w = {w:.2f} becomes {l2:.3f} by L2 and {l1:.3f} by L1. L1's gradient without the threshold would make "
                "it {swung:.3f}.", w=w, l2=l2(at).item() + 0.0, l1=l1(at).item() + 0.0,
                swung=(at - d_l1_penalty(at, strength, 1)).item() + 0.0),
    )


@quoted
def twins() -> dict[str, float]:
    """Two weights of columns that say nearly the same, body mass index and itself measured badly, under each price."""
    import torch

    from wengu.functions import d_l2_penalty, soft_threshold

    (x, y), lam = _diabetes(), 150.0
    again = x[:, 0] + 0.1 * torch.randn(len(x), generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    x, m = torch.stack([x[:, 0], (again - again.mean()) / again.std(correction=0)], dim=1), len(x)
    xx, xy = x.T @ x / m, x.T @ y / m
    steepest = torch.linalg.eigvalsh(xx)[-1].item()
    told = {"lam": lam, "alike": xx[0, 1].item()}
    for name, rho in (("l1", 1.0), ("l2", 0.0), ("both", 0.5)):
        w, lr = torch.zeros(2, dtype=torch.float64), 1 / (steepest + lam / m)
        for _ in range(2000):
            w = soft_threshold(w - lr * (w @ xx - xy + d_l2_penalty(w, (1 - rho) * lam, m)), lr * rho * lam / (2 * m))
        told |= {f"{name}_{k}": one for k, one in enumerate(w.tolist(), 1)}
    return told


@cache
def _diabetes() -> tuple[Any, Any]:
    """Six columns of 442 patients and the course of their illness a year on, each of mean 0 and deviation 1."""
    import torch
    from sklearn.datasets import load_diabetes

    data = load_diabetes(scaled=False)
    x = torch.from_numpy(data.data[:, [data.feature_names.index(name) for name in COLUMNS]])
    y = torch.from_numpy(data.target)
    return (x - x.mean(0)) / x.std(0, correction=0), (y - y.mean()) / y.std(correction=0)


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=paths)
def as_far_as_it_goes(rng):
    """L1 sets weights to 0, L2 shrinks them all."""
    found = paths(lam=HIGH).values
    return Options("l1" if found["l1"] else "neither", of=("both", "l1", "l2"), then={"lam": HIGH}, l1=found["l1"],
                   n=found["n"])


@question
def soft(rng):
    """sign(w) · max(|w| - αλ/2m, 0)."""
    import torch

    from wengu.functions import soft_threshold

    w, threshold = rng.choice([0.8, -0.5, 0.3, -1.2, 0.15, -0.1]), rng.choice([0.1, 0.2, 0.25])
    answer = soft_threshold(torch.tensor(w, dtype=torch.float64), threshold).item()
    jumped = w - math.copysign(threshold, w) if answer == 0 else -answer
    return Number(answer + 0.0, traps={"l2": w * (1 - threshold), "untouched": w, "jumped": jumped}, w=w,
                  threshold=threshold)


@question
def price(rng):
    """λ/2m times the sum of squares, or of sizes."""
    import torch

    from wengu.functions import l1_penalty, l2_penalty

    w = rng.choice([[3.0, -4.0, 0.0], [1.0, 2.0, -2.0], [6.0, -3.0, 2.0]])
    lam, m, tensor = rng.choice([10.0, 20.0]), rng.choice([50, 100]), torch.tensor(w)
    squares = l2_penalty(tensor, lam, m)
    return Number(squares, traps={"l1": l1_penalty(tensor, lam, m), "root": lam / (2 * m) * tensor.norm(),
                                  "no_2": 2 * squares}, w=w, lam=lam, m=m)


@question
def elastic(rng):
    """Both prices, each by its part."""
    import torch

    from wengu.functions import l1_penalty, l2_penalty

    w = rng.choice([[3.0, -4.0, 0.0], [1.0, 2.0, -2.0], [6.0, -3.0, 2.0]])
    lam, m, rho = rng.choice([10.0, 20.0]), rng.choice([50, 100]), rng.choice([0.2, 0.4, 0.8])
    tensor = torch.tensor(w, dtype=torch.float64)
    sizes, squares = l1_penalty(tensor, lam, m).item(), l2_penalty(tensor, lam, m).item()
    return Number(rho * sizes + (1 - rho) * squares,
                  traps={"turned": (1 - rho) * sizes + rho * squares, "whole": sizes + squares,
                         "no_2": 2 * (rho * sizes + (1 - rho) * squares)}, w=w, lam=lam, m=m, rho=rho)


@question
def held_at_0(rng):
    """Those whose gradient at 0 is at most λ/2m."""
    lam, m = rng.choice([20.0, 40.0, 60.0]), 100
    slopes = [one / 100 for one in rng.sample([-45, -32, -25, -15, -5, 5, 12, 22, 28, 38, 52], 6)]
    held = sum(abs(one) <= lam / (2 * m) for one in slopes)
    return Number(held, traps={"without_2": sum(abs(one) <= lam / m for one in slopes),
                               "one_sided": sum(one <= lam / (2 * m) for one in slopes)}, lam=lam, m=m, slopes=slopes)


@question
def in_other_units(rng):
    """A feature in units c times as small has a weight c times as small."""
    import torch

    from wengu.functions import l2_penalty

    times, w = rng.choice([10, 100, 1000]), 3.0
    one, other = (l2_penalty(torch.tensor([weight], dtype=torch.float64), 1.0, 1) for weight in (w, w / times))
    return Number(other / one, traps={"l1": 1 / times, "same": 1}, times=times)


@question
def as_a_prior(rng):
    """The L2 price is minus the logarithm of a normal density with variance 1/λ, over m."""
    import torch

    from wengu.functions import l2_penalty

    w, lam, m = torch.tensor([rng.uniform(-2, 2), 0.0], dtype=torch.float64), 5.0, 20
    density = torch.distributions.Normal(0.0, torch.tensor(1 / lam**0.5, dtype=torch.float64))
    logs = -density.log_prob(w) / m
    prices = [l2_penalty(one, lam, m).item() for one in w]
    return Derived(same=((logs[0] - logs[1]).item(), prices[0] - prices[1]))
