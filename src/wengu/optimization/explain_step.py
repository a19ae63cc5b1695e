"""The next step of an optimiser, for one weight: its equations with the numbers in them.     [notes 2.1, 2.4, 2.9-2.11]

    g = dJ/dW -> decay -> averages V and S -> step -> W, as the files of the rules have them, one line each. Nothing is
    changed: the step that the optimiser takes afterwards is the one that was explained.

Source: the rules' own files. The numbers are worked out in float64 and shown with six digits, W with ten.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from torch import Tensor
from torch.optim import Optimizer

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.optimization.adam import Adam
from wengu.optimization.fused_optimizer import FusedOptimizer
from wengu.optimization.gradient_descent import GradientDescent
from wengu.optimization.momentum import Momentum, rule_of
from wengu.optimization.rmsprop import RMSprop


@dataclass(frozen=True)
class StepExplained:
    """What is stepped on, the lines, and W before and after."""

    title: str
    lines: tuple[str, ...]
    before: float
    after: float

    def __str__(self) -> str:
        return "\n".join((self.title, *(f"    {line}" for line in self.lines)))


def explain_step(
    optimizer: Optimizer, parameter: Tensor | None = None, index: Sequence[int] | int | None = None
) -> StepExplained:
    """The next step of one weight of `parameter`, or of any; without an index, of the one with the largest gradient.

    Raises InputError for an optimiser that is not of this room, a parameter that is not its own or has no gradient, and
    an index that is not one of a single weight; TypeError for a sparse gradient.

    >>> import torch
    >>> w = torch.nn.Parameter(torch.tensor([1.0, 2.0])); w.grad = torch.tensor([0.1, -0.5])
    >>> print(explain_step(Momentum([w], lr=0.1, weight_decay=0.01)))
    Momentum, step 1: weight [1] of parameter 0, shape 2
        g = -0.5
        g = g + λ W = -0.5 + 0.01 · 2 = -0.48
        V = β V + (1-β) g = 0.9 · 0 + 0.1 · -0.48 = -0.048
        W = W - α V = 2 - 0.1 · -0.048 = 2.0048
    """
    if not isinstance(optimizer, GradientDescent | Momentum | RMSprop | Adam):
        raise InputError(
            say("optimizer: expected one of wengu.optimization (GradientDescent, Momentum, RMSprop, Adam, AdamW), got "
                "{got}", got=f"{type(optimizer).__module__}.{type(optimizer).__name__}")
        )
    name, w, g, group = _chosen(optimizer, parameter)
    at = _place(g, index)
    state = optimizer.state.get(w, {})
    averages = [float(state[key].detach()[at]) if key in state else 0.0 for key in optimizer.AVERAGES]
    t = int(state.get("step", 0)) + 1
    sheet = _Sheet()
    before = float(w.detach()[at])
    after = _step(sheet, optimizer, before, float(g[at]), averages, t, **group)
    title = say("{rule}, step {t}: weight {index} of {name}, shape {shape}", rule=type(optimizer).__name__, t=t,
                index=list(at), name=name, shape=" × ".join(map(str, w.shape)) or "1")
    return StepExplained(title, tuple(sheet.lines), before, after)


@dataclass
class _Sheet:
    """The lines, as they are worked out."""

    lines: list[str] = field(default_factory=list)

    def works_out(self, letter: str, formula: str, value: float, *numbers: float, digits: int = 6) -> float:
        """One line: `formula` in letters and, behind the bar, with places for the numbers; `digits` of W."""
        letters, _, places = formula.partition(" | ")
        filled = places.format(*(f"{number:.{6 if k else digits}g}" for k, number in enumerate(numbers)))
        self.lines.append(f"{letter} = {letters} = {filled} = {value:.{digits}g}")
        return value

    def average(
        self,
        letter: str,
        beta: float,
        old: float,
        g: float,
        power: str = "",
        name: str = "β",
    ) -> float:
        """V, or S with the power ²; `name` is what β is called."""
        number = "({})²" if power else "{}"
        return self.works_out(letter, f"{name} {letter} + (1-{name}) g{power} | {{}} · {{}} + {{}} · {number}",
                              beta * old + (1 - beta) * (g * g if power else g), beta, old, 1 - beta, g)

    def corrected(self, letter: str, beta: float, value: float, t: int, name: str) -> float:
        """V or S without its start at 0."""
        return self.works_out(f"{letter}'", f"{letter} / (1 - {name}^t) | {{}} / (1 - {{}}^{t})", value / (1 - beta**t),
                              value, beta)


def _step(
    sheet: _Sheet,
    optimizer: FusedOptimizer,
    w: float,
    g: float,
    averages: Sequence[float],
    t: int,
    *,
    lr: float,
    weight_decay: float,
    decoupled_weight_decay: bool,
    eps: float = 0.0,
    beta: float = 0.0,
    betas: tuple[float, float] = (0.0, 0.0),
    **more: Any,
) -> float:
    """Write the equations; what W becomes."""
    sheet.lines.append(f"g = {g:.6g}")
    if weight_decay and decoupled_weight_decay:
        w = sheet.works_out("W", "W (1 - α λ) | {} · (1 - {} · {})", w * (1 - lr * weight_decay), w, lr, weight_decay,
                            digits=10)
    elif weight_decay:
        g = sheet.works_out("g", "g + λ W | {} + {} · {}", g + weight_decay * w, g, weight_decay, w)
    if isinstance(optimizer, GradientDescent):
        return sheet.works_out("W", "W - α g | {} - {} · {}", w - lr * g, w, lr, g, digits=10)
    if isinstance(optimizer, Momentum):
        rule = rule_of(beta=beta, **more)
        beta, d = rule["beta"], rule["dampening"]
        if d == beta:
            v = sheet.average("V", beta, averages[0], g)
        else:
            v = sheet.works_out("V", "β V + (1-d) g | {} · {} + {} · {}", beta * averages[0] + (1 - d) * g, beta,
                                averages[0], 1 - d, g)
        if rule["nesterov"]:
            return sheet.works_out("W", "W - α (g + β V) | {} - {} · ({} + {} · {})", w - lr * (g + beta * v), w, lr, g,
                                   beta, v, digits=10)
        return sheet.works_out("W", "W - α V | {} - {} · {}", w - lr * v, w, lr, v, digits=10)
    if isinstance(optimizer, RMSprop):
        above, s, letters = g, sheet.average("S", beta, averages[0], g, "²"), "g / (√S + ε)"
    else:
        v = sheet.average("V", betas[0], averages[0], g, name="β₁")
        s = sheet.average("S", betas[1], averages[1], g, "²", name="β₂")
        above, s = sheet.corrected("V", betas[0], v, t, "β₁"), sheet.corrected("S", betas[1], s, t, "β₂")
        letters = "V' / (√S' + ε)"
    below = math.sqrt(s) + eps
    step = lr * above / below if below else math.nan  # 0/0, as it is in the step itself
    return sheet.works_out("W", f"W - α {letters} | {{}} - {{}} · {{}} / (√{{}} + {{}})", w - step,
                           w, lr, above, s, eps, digits=10)


def _chosen(optimizer: FusedOptimizer, parameter: Tensor | None) -> tuple[str, Tensor, Tensor, dict[str, Any]]:
    """The parameter's name, itself, its gradient and its group; where none is given, that with the largest gradient."""
    every: list[tuple[str, Tensor, dict[str, Any]]] = []
    for group in optimizer.param_groups:
        names = group.get("param_names") or [
            say("parameter {k}", k=k) for k in range(len(every), len(every) + len(group["params"]))
        ]
        every += [(name, w, group) for name, w in zip(names, group["params"], strict=True)]
    if parameter is not None:
        every = [found for found in every if found[1] is parameter]
        if not every:
            raise InputError(say("parameter: expected one that the optimiser steps on, got another, of shape {shape}",
                                 shape=tuple(parameter.shape)))
    found = [(name, w, w.grad, group) for name, w, group in every if w.grad is not None and w.grad.numel()]
    if not found:
        raise InputError(say("parameter: expected one with a gradient, got none; call backward() before the step is "
                             "explained, and zero_grad() after it"))
    for _, _, g, _ in found:
        if g.is_sparse:
            raise TypeError(say("gradient: expected a dense one, got a sparse one of shape {shape}; make the embedding "
                                "with sparse=False", shape=tuple(g.shape)))
    return max(found, key=lambda one: float(one[2].detach().abs().max()))


def _place(g: Tensor, index: Sequence[int] | int | None) -> tuple[int, ...]:
    """The index of one weight, counted from the front."""
    if index is None:
        return tuple(int(k) for k in np.unravel_index(int(g.detach().abs().argmax()), g.shape))
    try:
        at = tuple(map(operator.index, index if isinstance(index, Iterable) else (index,)))
        return tuple(range(n)[k] for k, n in zip(at, g.shape, strict=True))
    except (IndexError, TypeError, ValueError):  # beyond the shape, not whole, or too many or too few
        raise InputError(say("index: expected that of one weight in shape {shape}, got {got}", shape=tuple(g.shape),
                             got=index)) from None
