"""The computational graph: nodes with operation, value and gradient, and local derivatives on the edges.    [notes 2.2]

J = 3 (a + b c):    u = b c,  v = a + u,  J = 3 v
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import torch
from torch import Tensor

from wengu.core.checks import InputError, nearest
from wengu.core.i18n import say
from wengu.graph.autograd_edges import Key, function_name, vector_jacobian
from wengu.graph.call import ArgumentSlot, Call, number
from wengu.graph.local_derivatives import Rule, carried, rules_of

NodeKind = Literal["input", "parameter", "constant", "operation"]


@dataclass(eq=False)
class Node:
    """One tensor of the program as it was at one time: its operation, value, gradient, and the edges into it.

    `gradient` is autograd's dJ/d(node); None where J does not depend on the node or autograd does not follow it.
    `module` lists the calls of modules that it was made in, the outermost first.
    """

    kind: NodeKind
    operation: str
    value: Tensor
    key: Key
    name: str = ""
    module: tuple[str, ...] = ()
    call: Call | None = None
    parents: tuple[Node, ...] = ()  # the tensor operands from left to right, and what else autograd found
    sources: frozenset[Key] = frozenset()  # of the parents, those that autograd's gradient reaches
    gradient: Tensor | None = None

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """The edges into this node: one for every operand of a formula, else one for every tensor it came from."""
        rules = self._rules
        if rules is None or self.call is None:
            return tuple(Edge(parent, self, None) for parent in dict.fromkeys(self.parents))
        operands = self.call.operands() or []
        return tuple(
            Edge(self.parents[one.index], self, rule)
            for one, rule in zip(operands, rules, strict=False)
            if isinstance(one, ArgumentSlot)
        )

    @property
    def differentiable(self) -> bool:
        """Whether autograd follows this node."""
        return not isinstance(self.key[0], int)

    @property
    def number(self) -> float | None:
        """The value of a scalar."""
        return float(self.value) if self.value.numel() == 1 and not self.value.is_complex() else None

    @property
    def reads(self) -> str:
        """The operation with the names of its operands: b · c."""
        if self.call is not None:
            return self.call.reads([parent.name_within(self) for parent in self.parents])
        if self.parents:
            return f"{self.operation}({', '.join(parent.name_within(self) for parent in self.parents)})"
        return ""

    def name_within(self, other: Node) -> str:
        """The name without the module that both are in: layer1.conv.weight is weight to layer1.conv."""
        module = f"{other.module[-1].partition('#')[0]}." if other.module else ""
        return self.name[len(module) :] if module and self.name.startswith(module) else self.name

    def carry(self, gradient: Tensor) -> list[Tensor | None]:
        """gradient × local derivative for every edge into this node; None along which autograd sends nothing."""
        if any(edge.rule is None and edge.followed for edge in self.edges):
            shares = vector_jacobian(self.key, self.sources, gradient)
            return [shares.get(edge.parent.key) for edge in self.edges]
        return [edge.carry(gradient) for edge in self.edges]

    @cached_property
    def _rules(self) -> tuple[Rule, ...] | None:
        if self.call is None or not self.differentiable:
            return None
        tensors = [parent.value for parent in self.parents]
        rules = rules_of(self.call.operation, self.call.operands(), tensors)
        mixed = len({one.dtype for one in (*tensors, self.value)}) > 1  # under autocast
        return None if rules and mixed and any(rule.share for rule in rules) else rules

    def operand_values(self) -> list[Tensor]:
        """The operands of the formula as tensors, numbers too."""
        operands = (self.call.operands() or []) if self.call else []
        return [
            self.parents[one.index].value
            if isinstance(one, ArgumentSlot)
            else torch.as_tensor(one, dtype=self.value.dtype, device=self.value.device)
            for one in operands[: len(self._rules or ())]
        ]

    def __repr__(self) -> str:
        value = number(self.number) if self.number is not None else "×".join(map(str, self.value.shape))
        return f"Node({self.name} = {self.reads or self.kind}: {value})"


@dataclass(frozen=True, eq=False)
class Edge:
    """From an operand to the result, with the local derivative ∂child/∂parent."""

    parent: Node
    child: Node
    rule: Rule | None

    @property
    def followed(self) -> bool:
        """Whether autograd's gradient passes here."""
        return self.parent.key in self.child.sources

    @property
    def formula(self) -> str:
        """The local derivative as a formula of the names: c; or which function of autograd's stands for it."""
        if not self.followed:
            return say("none: autograd does not follow it")
        if self.rule is None:
            return say("by autograd: {function}", function=function_name(self.child.key))
        call = self.child.call
        names = [
            number(float(one)) if not isinstance(one, ArgumentSlot) else
            self.child.parents[one.index].name_within(self.child)
            for one in (call.operands() or [] if call else [])
        ]
        return self.rule.text.format(x=names[0], y=names[1] if len(names) > 1 else "", o=self.child.name)

    @property
    def local(self) -> Tensor | None:
        """The local derivative's value, entry by entry; None where it is no matter of entries (a product of matrices, a
        convolution) or is not followed."""
        if self.rule is not None and self.rule.local is not None and self.followed:
            return self.rule.local(*self.child.operand_values(), self.child.value)
        if self.followed and self.child.value.numel() == 1 == self.parent.value.numel():
            return self.child.carry(torch.ones_like(self.child.value))[self.child.edges.index(self)]
        return None

    def carry(self, gradient: Tensor) -> Tensor | None:
        """gradient × local derivative by the formula."""
        if self.rule is None or not self.followed:
            return None
        with torch.no_grad():
            return carried(self.rule, gradient, self.child.operand_values(), self.child.value, self.parent.value)


@dataclass(eq=False)
class Graph:
    """A program as it ran: its nodes in the order they were made, and its outputs. J is the outputs' sum.

    >>> from wengu.graph import trace
    >>> def program(a, b, c):
    ...     u = b * c
    ...     v = a + u
    ...     J = 3 * v
    ...     return J
    >>> graph = trace(program, a=5.0, b=3.0, c=2.0)
    >>> graph["u"]
    Node(u = b · c: 6)
    >>> [float(graph[name].gradient) for name in "vuabc"]
    [3.0, 3.0, 3.0, 6.0, 9.0]
    """

    nodes: tuple[Node, ...]
    outputs: tuple[Node, ...]
    kept_alive: list[object] = field(default_factory=list, repr=False)

    @cached_property
    def _by_name(self) -> dict[str, Node]:
        return {node.name: node for node in self.nodes}

    @cached_property
    def inputs(self) -> tuple[Node, ...]:
        """What `trace` was given and J depends on."""
        return tuple(node for node in self.nodes if node.kind == "input")

    @property
    def J(self) -> str:
        """The name of J: the output's, where it is a single number."""
        return self.outputs[0].name if self.scalar else "J"

    @property
    def scalar(self) -> bool:
        """Whether the program returns one number."""
        return len(self.outputs) == 1 and self.outputs[0].value.numel() == 1

    def __getitem__(self, name: str) -> Node:
        if name in self._by_name:
            return self._by_name[name]
        near = nearest(name, self._by_name)
        hint = say("; did you mean {near}?", near=near) if near else "."
        raise InputError(
            say(
                "name: the graph has no node {name!r}{hint} Its nodes: {known}",
                name=name,
                hint=hint,
                known=", ".join([*self._by_name][:20]) + (", .." if len(self._by_name) > 20 else ""),
            )
        )

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self.nodes)

    def __repr__(self) -> str:
        return f"Graph({len(self)} nodes -> {', '.join(node.name for node in self.outputs)})"
