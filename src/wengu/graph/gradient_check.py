"""Gradient check: is every operation's backward the derivative of its own forward?                       [notes 2.3]

    gᵀ ∂y/∂x · d   =   (g · y(x + h d) - g · y(x - h d)) / 2h        h = 1e-6 · max(1, |x|), float64

for each node y and each of its operands x alone, with random g and d. As an operation is compared with itself, one that
is wrong makes no other look wrong, and the first of them is named. At a kink (ReLU at 0) the two one-sided differences
disagree; whatever lies between them is right there. Where they do not agree with the backward function, there may be a
kink within h on either side (a deep network has thousands): h is made ten times smaller, three times at most. A wrong
backward stays wrong at any h. Then the whole program is compared in the same way, which finds where a value has left
torch unseen (.item(), numpy).

Source: Griewank & Walther 2008, "Evaluating Derivatives", section 1.1 (difference quotients) and 3.2 (the inner product
of forward and reverse); the notes' author's course calls it gradient checking.
Raises InputError where a parameter or input is not float64 and cannot be made so.
"""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from wengu.core.checks import InputError, positive
from wengu.core.i18n import say
from wengu.graph.autograd_edges import vector_jacobian
from wengu.graph.call import number
from wengu.graph.graph import Graph, Node
from wengu.graph.trace import trace

_STEPS = (1e-6, 1e-7, 1e-8, 1e-9)
_ROUNDING = 1e-14  # of a difference, relative to the values it is taken of: 2^-53, and room


@dataclass(frozen=True)
class EdgeCheck:
    """One edge: the derivative in a random direction by the backward function and by differences."""

    node: str
    operand: str
    reads: str
    by_backward: float
    by_differences: float
    right: bool


@dataclass(frozen=True)
class GradientCheck:
    """What was found. True in a condition where nothing is wrong."""

    edges: tuple[EdgeCheck, ...]
    unchecked: tuple[str, ...]
    whole: EdgeCheck | None

    @property
    def wrong(self) -> tuple[EdgeCheck, ...]:
        """The wrong edges in the order of the program."""
        return tuple(edge for edge in self.edges if not edge.right)

    @property
    def first_wrong(self) -> str | None:
        """The name of the first node whose backward is wrong."""
        return self.wrong[0].node if self.wrong else None

    def __bool__(self) -> bool:
        return not self.wrong and (self.whole is None or self.whole.right)

    def __str__(self) -> str:
        lines = []
        if self.wrong:
            edge = self.wrong[0]
            lines.append(
                say(
                    "The first wrong node is {node} = {reads}: its derivative by {operand} is {backward} by its "
                    "backward function, but {differences} by finite differences.",
                    node=edge.node,
                    reads=edge.reads,
                    operand=edge.operand,
                    backward=number(edge.by_backward),
                    differences=number(edge.by_differences),
                )
            )
        elif self.whole is not None and not self.whole.right:
            lines.append(
                say(
                    "Every node is right, but the whole is not: {backward} by autograd, {differences} by finite "
                    "differences; a value leaves torch on the way (.item(), .data, numpy).",
                    backward=number(self.whole.by_backward),
                    differences=number(self.whole.by_differences),
                )
            )
        else:
            lines.append(say("{n:The only local derivative is|All {n} local derivatives are} right.",
                             n=len(self.edges)))
        if self.unchecked:
            lines.append(
                say(
                    "Not checked, because they are random, visible to autograd alone, or at the edge of where they are "
                    "defined: {names}.",
                    names=", ".join(self.unchecked),
                )
            )
        return "\n".join(lines)


def gradient_check(
    f: Callable[..., Any], inputs: Mapping[str, Any], *, tolerance: float = 1e-5, seed: int = 0
) -> GradientCheck:
    """Check the backward of every operation of f(**inputs) in float64, and name the first that is wrong.

    A module given as f is checked on a copy in float64; modules and tensors that f closes over must be float64
    themselves. Errors are relative: an edge is right within `tolerance` and the rounding of the differences.

    >>> from wengu.graph import expression
    >>> print(gradient_check(expression("J = 3*(a + b*c)"), {"a": 5, "b": 3, "c": 2}))
    All 5 local derivatives are right.
    >>> str(gradient_check(lambda x: x**2 + x.detach(), {"x": 3.0}).first_wrong)
    'v'
    """
    positive("tolerance", tolerance)
    if isinstance(f, nn.Module):
        f = copy.deepcopy(f).double()
    wide = {
        name: value.double() if isinstance(value, Tensor) and value.is_floating_point() else value
        for name, value in inputs.items()
    }
    graph = _traced(f, wide, seed)
    narrow = [node for node in graph if node.value.is_floating_point() and node.value.dtype != torch.float64]
    if narrow:
        raise InputError(
            say(
                "f: expected float64 throughout, got {dtype} in node {name}; call .double() on what f uses",
                dtype=str(narrow[0].value.dtype).removeprefix("torch."),
                name=narrow[0].name,
            )
        )
    generator = torch.Generator().manual_seed(seed)
    edges: list[EdgeCheck] = []
    unchecked = []
    for node in graph:
        if node.kind == "operation" and node.parents and node.value.is_floating_point():
            checked = _check_node(node, tolerance, generator)
            known = [edge for edge in checked or [] if math.isfinite(edge.by_differences)]
            edges += known
            if checked is None or len(known) < len(checked):
                unchecked.append(node.name)
    whole = _whole(lambda moved: _traced(f, moved, seed), graph, wide, tolerance, generator)
    return GradientCheck(tuple(edges), tuple(unchecked), whole if math.isfinite(whole.by_differences) else None)


def _traced(f: Callable[..., Any], inputs: Mapping[str, Any], seed: int) -> Graph:
    """With the same random numbers every time, so that dropout is one function."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return trace(f, **inputs)


def _check_node(node: Node, tolerance: float, generator: torch.Generator) -> list[EdgeCheck] | None:
    """One check for each operand that autograd follows; None where the operation does not repeat itself."""
    if node.call is None or not torch.allclose(_run(node, None), node.value, rtol=1e-9, atol=1e-12):
        return None  # threads and kernels may differ in the last digits
    g = _random(node.value, generator)
    shares = vector_jacobian(node.key, node.sources, g) if node.differentiable else {}
    found = []
    for parent in dict.fromkeys(node.parents):
        if parent.differentiable and parent.value.is_floating_point():
            d = _random(parent.value, generator)
            size = max(1.0, float(parent.value.abs().max())) if parent.value.numel() else 1.0
            share = shares.get(parent.key)
            by_backward = float((share * d).sum()) if share is not None else 0.0
            moved = functools.partial(_moved, node, parent, d)
            found.append(_compared(node, parent.name, by_backward, g, moved, size, tolerance))
    return found


def _compared(
    node: Node,
    operand: str,
    by_backward: float,
    g: Tensor,
    moved: Callable[[float], Tensor],
    size: float,
    tolerance: float,
) -> EdgeCheck:
    """One edge, where moved(h) is the value with its operand moved by h in one direction."""
    here, tried = moved(0.0), []
    for h in (size * step for step in _STEPS):
        ahead, behind = moved(h), moved(-h)
        by_differences = float((g * (ahead - behind)).sum()) / (2 * h)
        kink = float((g * (ahead - 2 * here + behind)).abs().sum()) / (2 * h)  # half of what the two sides disagree by
        rounding = _ROUNDING / h * float((g * here).abs().sum()) + 1e-12
        allowed = tolerance * max(abs(by_backward), abs(by_differences)) + rounding + kink
        right = abs(by_backward - by_differences) <= allowed
        tried.append(EdgeCheck(node.name, operand, node.reads, by_backward, by_differences, right))
        if right or not math.isfinite(by_differences):
            return tried[-1]
    return tried[0]


def _moved(node: Node, parent: Node, d: Tensor, h: float) -> Tensor:
    return _run(node, parent, h * d) if h else node.value


@torch.no_grad()
def _run(node: Node, moved: Node | None, by: Tensor | None = None) -> Tensor:
    """The node's value computed again, with one operand moved a little."""
    tensors = [
        parent.value.clone() if parent is not moved or by is None else parent.value + by for parent in node.parents
    ]
    return node.call.again(tensors) if node.call else node.value


def _whole(
    again: Callable[[dict[str, Any]], Graph], graph: Graph, inputs: dict[str, Any], tolerance: float,
    generator: torch.Generator,
) -> EdgeCheck:
    """J itself in one random direction of all inputs."""
    smooth = [node for node in graph.inputs if node.gradient is not None]
    d = {node.name: _random(node.value, generator) for node in smooth}
    by_backward = sum(float((node.gradient * d[node.name]).sum()) for node in smooth if node.gradient is not None)

    def moved(h: float) -> Tensor:
        run = again(inputs | {node.name: node.value + h * d[node.name] for node in smooth})
        return torch.stack([one.value.sum() for one in run.outputs]).sum()

    one, out = torch.ones((), dtype=torch.float64), graph.outputs[0]
    return _compared(out, ", ".join(d), by_backward, one, moved, 1.0, tolerance)


def _random(like: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(like.shape, dtype=like.dtype, generator=generator).to(like.device)
