"""Local derivatives: of one operation's result by one of its operands, the others held fixed.         [notes 2.2, 2.3]

    J = 3 v      ∂J/∂v = 3
    v = a + u    ∂v/∂a = 1    ∂v/∂u = 1
    u = b c      ∂u/∂b = c    ∂u/∂c = b

RULES holds them as formulas. For an operation entry by entry the formula gives a number for each entry, and a gradient
passes an edge by multiplication: share = g · ∂out/∂x, summed over the entries that broadcasting made of one. For a sum,
a product of matrices or a change of shape the formula gives the share itself, here written with g = dJ/d(out).
x and y are the operands from left to right, o is the result.

At a kink the formulas take the value of torch: ReLU and |x| have 0 at 0, the larger of two equals ½ each.

Source: Griewank & Walther 2008, "Evaluating Derivatives", table 2.3 and section 3.2; Baydin et al. 2018, "Automatic
differentiation in machine learning: a survey", JMLR 18(153), section 3.2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from wengu.graph.call import RESHAPES

Formula = Callable[..., Tensor]


class Rule(NamedTuple):
    """How one operand bears on the result: its formula in words, and in code one of `local` and `share`."""

    text: str
    local: Formula | None = None  # (x, y, o) -> ∂o/∂operand, entry by entry
    share: Formula | None = None  # (g, x, y, o) -> gᵀ ∂o/∂operand


def _one(text: str, local: Callable[[Tensor, Tensor], Tensor]) -> tuple[Rule]:
    """An operation on one operand, from a formula of x and o."""
    return (Rule(text, local),)


def _moved(g: Tensor, x: Tensor, o: Tensor) -> Tensor:
    return g.reshape(x.shape)


def _chosen(chosen: Tensor, other: Tensor) -> Tensor:
    return (chosen > other).to(chosen.dtype) + 0.5 * (chosen == other)


def _power_by_exponent(x: Tensor, y: Tensor, o: Tensor) -> Tensor:
    return torch.where((x == 0) & (y >= 0), 0.0, o * x.log())


def _power_by_base(x: Tensor, y: Tensor, o: Tensor) -> Tensor:
    return torch.where(y == 0, 0.0, y * x ** (y - 1))


RULES: dict[str, tuple[Rule, ...]] = {
    "add": (Rule("1", lambda x, y, o: torch.ones_like(o)), Rule("1", lambda x, y, o: torch.ones_like(o))),
    "sub": (Rule("1", lambda x, y, o: torch.ones_like(o)), Rule("-1", lambda x, y, o: -torch.ones_like(o))),
    "mul": (Rule("{y}", lambda x, y, o: y), Rule("{x}", lambda x, y, o: x)),
    "div": (Rule("1 / {y}", lambda x, y, o: 1 / y), Rule("-{x} / {y}²", lambda x, y, o: -x / (y * y))),
    "pow": (Rule("{y} · {x}^({y} - 1)", _power_by_base), Rule("{o} · ln {x}", _power_by_exponent)),
    "maximum": (
        Rule("1 where {x} > {y}, else 0", lambda x, y, o: _chosen(x, y)),
        Rule("1 where {y} > {x}, else 0", lambda x, y, o: _chosen(y, x)),
    ),
    "minimum": (
        Rule("1 where {x} < {y}, else 0", lambda x, y, o: _chosen(-x, -y)),
        Rule("1 where {y} < {x}, else 0", lambda x, y, o: _chosen(-y, -x)),
    ),
    "neg": _one("-1", lambda x, o: -torch.ones_like(x)),
    "abs": _one("sign {x}", lambda x, o: x.sign()),
    "exp": _one("{o}", lambda x, o: o),
    "log": _one("1 / {x}", lambda x, o: 1 / x),
    "log1p": _one("1 / (1 + {x})", lambda x, o: 1 / (1 + x)),
    "sqrt": _one("1 / (2 {o})", lambda x, o: 1 / (2 * o)),
    "square": _one("2 {x}", lambda x, o: 2 * x),
    "reciprocal": _one("-{o}²", lambda x, o: -o * o),
    "sin": _one("cos {x}", lambda x, o: x.cos()),
    "cos": _one("-sin {x}", lambda x, o: -x.sin()),
    "tan": _one("1 + {o}²", lambda x, o: 1 + o * o),
    "sigmoid": _one("{o} · (1 - {o})", lambda x, o: o * torch.sigmoid(-x)),
    "tanh": _one("1 - {o}²", lambda x, o: 1 - o * o),
    "relu": _one("1 where {x} > 0, else 0", lambda x, o: (x > 0).to(x.dtype)),
    "softplus": _one("sigmoid({x})", lambda x, o: torch.where(x > 20, 1.0, torch.sigmoid(x))),
    "silu": _one("σ + {o} · (1 - σ), σ = sigmoid({x})", lambda x, o: torch.sigmoid(x) + o * torch.sigmoid(-x)),
    "sum": (Rule("1 for every entry", share=lambda g, x, o: g.expand_as(x)),),
    "mean": (Rule("1 / n for every entry", share=lambda g, x, o: g.expand_as(x) / x.numel()),),
    "t": (Rule("gᵀ", share=lambda g, x, o: g.t()),),
    "T": (Rule("gᵀ", share=lambda g, x, o: g.t()),),
    "matmul": (
        Rule("g · {y}ᵀ", share=lambda g, x, y, o: g @ y.t()),
        Rule("{x}ᵀ · g", share=lambda g, x, y, o: x.t() @ g),
    ),
    "linear": (
        Rule("g · {y}", share=lambda g, x, y, *o: g @ y),
        Rule("gᵀ · {x}", share=lambda g, x, *o: g.flatten(0, -2).t() @ x.flatten(0, -2)),
        Rule("Σ g", share=lambda g, *o: g.flatten(0, -2).sum(0)),
    ),
}
RULES |= dict.fromkeys(sorted(RESHAPES), (Rule("g, in the shape of {x}", share=_moved),))

_DIMENSIONS = {"matmul": (2, 2), "t": (2,), "T": (2,)}


def rules_of(operation: str, operands: list[Any] | None, tensors: list[Tensor]) -> tuple[Rule, ...] | None:
    """The rules of an operation, where it was called in the form they are written for; else None.

    >>> [rule.text for rule in rules_of("mul", [torch.ones(2), 3], [torch.ones(2)])]
    ['{y}', '{x}']
    """
    if operands is None or not all(one.is_floating_point() for one in tensors):
        return None
    if operation in ("max", "min") and len(operands) == 2 == sum(not isinstance(one, int | float) for one in operands):
        operation += "imum"  # of two tensors; max(x, 0) is along a dimension
    rules = RULES.get(operation, ())
    if not rules or not (len(operands) == len(rules) or (operation == "linear" and len(operands) == 2)):
        return None
    if operation == "linear" and tensors[0].dim() < 2:
        return None
    wanted = _DIMENSIONS.get(operation)
    return rules if wanted is None or tuple(one.dim() for one in tensors) == wanted else None


def carried(rule: Rule, gradient: Tensor, operands: list[Tensor], result: Tensor, onto: Tensor) -> Tensor:
    """gradient × local derivative: the share of dJ/d(operand) that comes along this edge, shaped as the operand."""
    if rule.local is not None:
        return (gradient * rule.local(*operands, result)).sum_to_size(onto.shape).to(onto.dtype)
    return rule.share(gradient, *operands, result)  # type: ignore[misc]
