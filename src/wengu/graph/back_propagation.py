"""Back-propagation by hand.                                                                              [notes 2.3]

    dJ/dJ = 1
    dJ/dx = Σ dJ/dy · ∂y/∂x        over every y that x feeds

Nodes are taken from the output back to the inputs, so that a node's gradient is whole before it is passed on.

Source: Griewank & Walther 2008, "Evaluating Derivatives", table 3.5 (incremental reverse mode); Baydin et al. 2018,
JMLR 18(153), section 3.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from wengu.graph.graph import Edge, Graph, Node


class Term(NamedTuple):
    """One summand of a gradient: what came back along one edge."""

    edge: Edge
    share: Tensor


class BackwardStep(NamedTuple):
    """A node whose gradient is whole: the sum of its terms (1 for an output)."""

    node: Node
    gradient: Tensor
    terms: tuple[Term, ...]


def steps_back(graph: Graph) -> Iterator[BackwardStep]:
    """Back-propagation node by node, from the output to the inputs.

    >>> from wengu.graph import expression, trace
    >>> for step in steps_back(trace(expression("J = 3*(a + b*c)"), a=5, b=3, c=2)):
    ...     print(f"dJ/d{step.node.name} = {float(step.gradient):g}")
    dJ/dJ = 1
    dJ/dv = 3
    dJ/du = 3
    dJ/dc = 9
    dJ/db = 6
    dJ/da = 3
    """
    terms: dict[Node, list[Term]] = {}
    for node in reversed(graph.nodes):
        came = terms.pop(node, [])
        seed = node in graph.outputs and node.differentiable
        if not (came or seed):
            continue  # J does not depend on it, or not through what autograd follows
        gradient = sum(
            (term.share for term in came), torch.ones_like(node.value) if seed else torch.zeros_like(node.value)
        )
        yield BackwardStep(node, gradient, tuple(came))
        for edge, share in zip(node.edges, node.carry(gradient), strict=True):
            if share is not None:
                terms.setdefault(edge.parent, []).append(Term(edge, share))


def back_propagate(graph: Graph) -> dict[str, Tensor]:
    """dJ/d(node) for every node, by the chain rule, from J back; equal to torch's autograd.

    >>> from wengu.graph import expression, trace
    >>> gradient = back_propagate(trace(expression("J = 3*(a + b*c)"), a=5, b=3, c=2))
    >>> {name: float(dJ) for name, dJ in gradient.items()}
    {'J': 1.0, 'v': 3.0, 'u': 3.0, 'c': 9.0, 'b': 6.0, 'a': 3.0}
    """
    return {step.node.name: step.gradient for step in steps_back(graph)}
