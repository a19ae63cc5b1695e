"""Folding: a network drawn as its modules, each of which opens on demand.                                [notes 2.2]

A call of a module takes an unbroken stretch of the program, so the graph with calls folded into boxes has no cycle.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from wengu.core.checks import InputError, one_of
from wengu.core.i18n import say
from wengu.graph.graph import Edge, Graph, Node


@dataclass(eq=False)
class Box:
    """What is drawn as one: a node, or all nodes of a module's call. `outside` stands for one that is only fed from."""

    title: str
    nodes: list[Node]
    module: str = ""
    outside: bool = False
    result: Node | None = None  # the node whose value and gradient are shown

    @property
    def node(self) -> Node | None:
        """The only node of a box that is no module."""
        return None if self.module else self.nodes[0]

    @property
    def parameters(self) -> int:
        """How many numbers the module learns."""
        return sum(node.value.numel() for node in self.nodes if node.kind == "parameter")

    @property
    def operations(self) -> list[str]:
        """The operations in the order they ran."""
        return [node.operation for node in self.nodes if node.kind == "operation"]


class Arrow(NamedTuple):
    """From box to box; between nodes with the edges that it stands for."""

    start: Box
    end: Box
    edges: tuple[Edge, ...]


class Folded(NamedTuple):
    """The boxes in the order of the program, and the arrows between them."""

    boxes: list[Box]
    arrows: list[Arrow]


def modules(graph: Graph) -> list[str]:
    """Every call of a module, in the order of the program, the outer before the inner."""
    return list(dict.fromkeys(name for node in graph for name in node.module))


def fold(graph: Graph, *, depth: int = 1, opened: Collection[str] = (), inside: str = "") -> Folded:
    """The graph as boxes. Modules of the first `depth` - 1 levels are open, and those in `opened` with all around them;
    `inside` shows one module alone, with what feeds it.

    Raises InputError for a module that is not there.

    >>> import torch
    >>> from wengu.graph import trace
    >>> net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())
    >>> [box.title for box in fold(trace(lambda x: net(x).sum(), x=torch.ones(1, 2))).boxes]
    ['x', 'Sequential', 'J']
    >>> [box.title for box in fold(trace(lambda x: net(x).sum(), x=torch.ones(1, 2)), depth=2).boxes]
    ['x', 'Sequential.0', 'Sequential.1', 'J']
    """
    if depth < 1:
        raise InputError(say("depth: expected at least 1, got {got}", got=depth))
    known = modules(graph)
    for name in (*opened, *([inside] if inside else ())):
        one_of("module", name, known)
    open_ = {
        around
        for node in graph
        for place, name in enumerate(node.module)
        if name in opened
        for around in node.module[: place + 1]
    }
    boxes: dict[str | Node, Box] = {}
    place: dict[Node, Box] = {}
    for node in graph:
        if inside and inside not in node.module:
            continue
        path = node.module[node.module.index(inside) + 1 :] if inside else node.module
        closed = next((name for level, name in enumerate(path, 1) if level >= depth and name not in open_), "")
        for parent in node.parents:
            if parent not in place and parent not in boxes:  # out of the module that is shown
                place[parent] = boxes[parent] = Box(_within(parent.name, inside), [parent], outside=True, result=parent)
        box = boxes.setdefault(closed or node, Box(_within(closed or node.name, inside), [], closed))
        box.nodes.append(node)
        place[node] = box
    pairs: dict[tuple[Box, Box], list[Edge]] = {}
    for node, box in place.items():
        for parent in () if box.outside else node.parents:
            if place[parent] is not box:
                edges = pairs.setdefault((place[parent], box), [])
                edges += [edge for edge in node.edges if edge.parent is parent and edge not in edges]
                if place[parent].module:
                    place[parent].result = parent
    for box in boxes.values():
        box.result = box.result or box.nodes[-1]
    return Folded(list(boxes.values()), [Arrow(start, end, tuple(edges)) for (start, end), edges in pairs.items()])


def _within(name: str, module: str) -> str:
    plain = module.partition("#")[0] + "."
    return name[len(plain) :] if module and name.startswith(plain) else name
