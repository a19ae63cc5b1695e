"""What the nodes of a graph are called: as the program calls them, else u, v, w, .. as in the notes."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from types import CodeType, FrameType
from typing import Any

from torch import Tensor, nn

from wengu.graph.autograd_edges import Key
from wengu.graph.graph import Node

namer: ContextVar[Callable[[Tensor, str], None] | None] = ContextVar("namer", default=None)
"""Takes a tensor and its name while a program is traced."""


def named(name: str, tensor: Tensor) -> Tensor:
    """The tensor itself; while a program is traced its node bears this name.

    >>> from wengu.graph import trace
    >>> [node.name for node in trace(lambda a: named("twice", 2 * a) ** 2, a=3.0)]
    ['a', 'twice', 'J']
    """
    tell = namer.get()
    if tell is not None:
        tell(tensor, name)
    return tensor


def letters(taken: Iterable[str]) -> Iterator[str]:
    """u, v, w, .. z, p, .. t, u2, v2, .. without those that are taken.

    >>> [letter for letter, _ in zip(letters(["v"]), range(3))]
    ['u', 'w', 'x']
    """
    used = set(taken)
    round_ = 1
    while True:
        yield from (
            name for letter in "uvwxyzpqrst" if (name := letter if round_ == 1 else f"{letter}{round_}") not in used
        )
        round_ += 1


class Variables:
    """The local variables of the traced function, read from its frame: the program's own names for its tensors."""

    def __init__(self, program: Callable[..., Any]) -> None:
        body = program.forward if isinstance(program, nn.Module) else program
        self._code: CodeType | None = getattr(body, "__code__", None)
        self._frame: FrameType | None = None

    def read(self) -> dict[str, Tensor]:
        """Name and tensor of every variable that holds one now; also once the function has returned."""
        if self._frame is None and self._code is not None:
            frame: FrameType | None = sys._getframe(1)
            while frame is not None and frame.f_code is not self._code:
                frame = frame.f_back
            self._frame = frame
        if self._frame is None:
            return {}
        return {name: value for name, value in self._frame.f_locals.items() if isinstance(value, Tensor)}


def give_names(nodes: list[Node], outputs: list[Node], chosen: dict[Key, str]) -> None:
    """Every node a name of its own: the input's, the one chosen, the module's with the operation, J, or a letter."""
    taken: dict[str, int] = {}

    def give(node: Node, wanted: str) -> None:
        taken[wanted] = times = taken.get(wanted, 0) + 1
        node.name = wanted if times == 1 else f"{wanted}_{times}"

    for node in nodes:
        if node.kind == "input":
            give(node, node.name)
    unnamed = []
    for node in nodes:
        if node.kind == "input":
            continue
        within = f"{node.module[-1]}.{node.operation}" if node.module and node.call else ""
        variable = chosen.get(node.key, "")
        if variable in taken and within:
            variable = ""  # x = conv(x); x = pool(x): the module's name says more than x_2
        if wanted := variable or node.name or within:
            give(node, wanted)
        elif outputs == [node] and "J" not in taken:
            give(node, "J")
        else:
            unnamed.append(node)
    spare = letters(taken)
    for node in unnamed:
        give(node, next(spare) if node.kind == "operation" else node.kind)


def closed_over(program: Callable[..., Any]) -> dict[int, str]:
    """The names, by id, of tensors that a function uses without being given them."""
    try:
        found = inspect.getclosurevars(program)
    except (TypeError, ValueError):  # no plain function; one that calls itself before it has its name
        return {}
    values = {**found.globals, **found.nonlocals}
    return {id(value): name for name, value in values.items() if isinstance(value, Tensor)}
