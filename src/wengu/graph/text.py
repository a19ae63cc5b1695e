"""A graph in words: forward line by line, the local derivatives, and back; a network as a table of its modules.

Source: the notes' example, J = 3 (a + b c).
"""

from __future__ import annotations

from collections.abc import Collection

from torch import Tensor

from wengu.core.i18n import say
from wengu.graph.back_propagation import BackwardStep, steps_back
from wengu.graph.call import number
from wengu.graph.folding import Box, fold
from wengu.graph.graph import Edge, Graph, Node


def to_text(graph: Graph, *, depth: int = 1, opened: Collection[str] = ()) -> str:
    """The graph for a terminal; modules below `depth` stay folded, except those in `opened`.

    >>> from wengu.graph import expression, trace
    >>> print(to_text(trace(expression("J = a*a"), a=3)))
    Forward
      a = 3
      J = a · a = 3 · 3 = 9
    <BLANKLINE>
    Local derivatives
      ∂J/∂a = a = 3
      ∂J/∂a = a = 3
    <BLANKLINE>
    Backward
      dJ/dJ = 1
      dJ/da = dJ/dJ · ∂J/∂a + dJ/dJ · ∂J/∂a = 1 · 3 + 1 · 3 = 6
    """
    if any(node.module for node in graph):
        return _table(graph, depth, opened)
    edges = [edge for node in graph for edge in node.edges]
    names = ", ".join(node.name for node in graph.outputs)
    about = [] if graph.scalar else [say("{J} is the sum of all entries of {names}.", J=graph.J, names=names), ""]
    return "\n".join(
        [
            *about,
            say("Forward"),
            *(f"  {forward_line(node)}" for node in graph),
            "",
            say("Local derivatives"),
            *(f"  {local_line(edge)}" for edge in edges),
            "",
            say("Backward"),
            *(f"  {backward_line(step, graph.J)}" for step in steps_back(graph)),
        ]
    )


def forward_line(node: Node) -> str:
    """u = b · c = 3 · 2 = 6."""
    steps = [node.name_within(node)]
    if node.reads:
        steps.append(node.reads)
        if node.number is not None and node.call and all(parent.number is not None for parent in node.parents):
            steps.append(node.call.reads([_operand(parent.number or 0.0) for parent in node.parents]))
    return " = ".join([*steps, shown(node.value)])


def local_line(edge: Edge) -> str:
    """∂u/∂b = c = 2."""
    parts = [_partial(edge), edge.formula]
    local = edge.local
    if local is not None and (value := shown(local)) != parts[-1]:
        parts.append(value)
    return " = ".join(parts)


def backward_line(step: BackwardStep, J: str) -> str:
    """dJ/db = dJ/du · ∂u/∂b = 3 · 2 = 6."""
    parts = [f"d{J}/d{_one(step.node.name_within(step.node))}"]
    if step.terms:
        parts.append(" + ".join(f"d{J}/d{_one(edge.child.name)} · {_partial(edge)}" for edge, _ in step.terms))
        if all(share.numel() == 1 == edge.child.value.numel() for edge, share in step.terms):
            locals_ = [_operand(float(one)) if (one := edge.local) is not None else "" for edge, _ in step.terms]
            above = [shown(edge.child.gradient) if edge.child.gradient is not None else "" for edge, _ in step.terms]
            parts.append(" + ".join(f"{_bracketed(up)} · {local}" for up, local in zip(above, locals_, strict=True)))
    return " = ".join([*parts, shown(step.gradient)])


def shown(value: Tensor) -> str:
    """A number; the entries of a short list; else the shape and the size of the entries.

    >>> import torch
    >>> shown(torch.tensor(6.0)), shown(torch.tensor([1.0, 2.0])), shown(torch.ones(2, 9))
    ('6', '[1, 2]', '2×9, ‖·‖ = 4.24264')
    """
    if value.numel() == 1:
        return str(value.item()) if value.is_complex() else number(float(value))
    if value.dim() == 1 and value.numel() <= 4 and not value.is_complex():
        return f"[{', '.join(number(float(one)) for one in value)}]"
    return f"{shape(value)}, ‖·‖ = {number(float(value.double().norm()))}" if not value.is_complex() else shape(value)


def shape(value: Tensor) -> str:
    """2×9."""
    return "×".join(map(str, value.shape)) or "1"


def operations(box: Box) -> str:
    """What a box does: its operation, or how many it holds."""
    if box.node is not None:
        return box.node.reads or {
            "input": say("input"),
            "parameter": say("parameter"),
            "constant": say("constant"),
        }.get(box.node.kind, box.node.operation)
    return box.operations[0] if len(box.operations) == 1 else say("{n} {n:operation|operations}", n=len(box.operations))


def _table(graph: Graph, depth: int, opened: Collection[str]) -> str:
    """One line a box: name, operation, shape, parameters, and the length of the gradient."""
    rows = [[say("node"), say("operation"), say("value"), say("parameters"), say("‖gradient‖")]]
    for box in fold(graph, depth=depth, opened=opened).boxes:
        node = box.result or box.nodes[-1]
        value = number(node.number) if node.number is not None else shape(node.value)
        gradient = number(float(node.gradient.norm())) if node.gradient is not None else "-"
        rows.append([box.title, operations(box), value, f"{box.parameters:,}" if box.parameters else "", gradient])
    widths = [max(columns(row[column]) for row in rows) for column in range(5)]
    right = (False, False, False, True, True)
    return "\n".join(
        "  ".join(
            pad + cell if to_right else cell + pad
            for cell, width, to_right in zip(row, widths, right, strict=True)
            for pad in [" " * (width - columns(cell))]
        ).rstrip()
        for row in rows
    )


def columns(text: str) -> int:
    """Columns in a terminal: Chinese takes two."""
    return sum(1 + ("\u2e80" <= letter <= "\uffef") for letter in text)


def _partial(edge: Edge) -> str:
    return f"∂{_one(edge.child.name_within(edge.child))}/∂{_one(edge.parent.name_within(edge.child))}"


def _one(name: str) -> str:
    return name if name.isidentifier() else f"({name})"


def _operand(value: float) -> str:
    return _bracketed(number(value))


def _bracketed(text: str) -> str:
    return f"({text})" if text.startswith("-") else text
