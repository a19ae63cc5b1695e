"""Trace: run a program once and keep its computational graph.                                            [notes 2.2]

    trace(f, a=5, b=3, c=2)        f: any program of torch operations, a whole network included

Three parts of torch are used, each for what it knows best. A TorchFunctionMode sees every call as the program makes it
(sigmoid, conv2d, cross_entropy; constants and numbers too) and names the operations. Autograd's own graph, read from
the functions that made each tensor, says which node feeds which: so operations in place, views, and what no call shows,
such as a custom autograd.Function, are where autograd has them. Hooks on modules tell whose operation it was. A
TorchDispatchMode would show kernels (addmm, t) in place of the operations that the program names.

Source: Baydin et al. 2018, "Automatic differentiation in machine learning: a survey", JMLR 18(153), section 3: the
evaluation trace; Griewank & Walther 2008, "Evaluating Derivatives", chapter 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.graph.autograd_edges import Key, function_name, gradients, key_of, leaf_of, sources
from wengu.graph.call import ArgumentSlot, name_of, recorded, tensors_in
from wengu.graph.graph import Graph, Node, NodeKind
from wengu.graph.module_calls import ModuleCalls
from wengu.graph.naming import Variables, closed_over, give_names, namer
from wengu.torch_private import in_transform, version

_COMPUTED = {"H", "T", "data", "imag", "mH", "mT", "real"}  # properties that make a new tensor
_APPLY: Any = vars(torch.autograd.Function)["apply"]


def trace(f: Callable[..., Any], /, **inputs: Any) -> Graph:
    """The computational graph of f(**inputs), with every value and gradient.

    A number becomes a float64 scalar; floating tensors are copied; with respect to both gradients are taken. Anything
    else is passed to f as it is; a dimension, or another whole number that f needs as such, belongs into f itself.

    f returns a tensor, or tensors in tuples, lists and dictionaries; J is the sum of all their entries, so a cost that
    is one number is J itself. Random numbers are drawn as usual; a network in training
    mode changes its running averages, as in any run.

    Nodes are called as f calls its variables; in a module, as the module with the operation; else u, v, w, ..

    Raises InputError where no output depends on a floating input or parameter; whatever f raises.

    >>> graph = trace(lambda x, y: torch.exp(x) * y, x=0.0, y=torch.ones(2))
    >>> [(node.name, node.reads) for node in graph]
    [('x', ''), ('y', ''), ('u', 'exp(x)'), ('J', 'u · y')]
    >>> graph["x"].gradient
    tensor(2., dtype=torch.float64)
    """
    with torch.inference_mode(False), torch.enable_grad():
        given = {name: _as_input(value) for name, value in inputs.items()}
        recorder = Recorder(f)
        with recorder.recording(given):
            result = f(**given)
        return recorder.graph(result, given)


def _as_input(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return torch.tensor(float(value), dtype=torch.float64, requires_grad=True)
    if isinstance(value, Tensor):
        copy = value.detach().clone()
        return copy.requires_grad_() if copy.is_floating_point() or copy.is_complex() else copy
    return value


class Recorder(TorchFunctionMode):
    """Sees every call of a torch function, and keeps a node for every tensor that comes of it."""

    def __init__(self, program: Callable[..., Any]) -> None:
        super().__init__()
        self.nodes: dict[Key, Node] = {}
        self._kept: list[object] = []  # tensors, so that no id is used twice, and results, whose edges are theirs
        self._calls = ModuleCalls(program if isinstance(program, nn.Module) else None, self._note_output)
        self._variables = Variables(program)
        self._names: dict[Key, str] = {}
        self._free: dict[int, str] = closed_over(program)
        self._asleep = False

    @contextmanager
    def recording(self, given: dict[str, Any]) -> Iterator[None]:
        """Record what happens in this block to the inputs given."""
        for name, value in given.items():
            if isinstance(value, Tensor):
                self._add(value, kind="input", name=name)
        token = namer.set(self._name)
        try:
            torch.autograd.Function.apply = classmethod(self._custom)  # type: ignore[assignment]
            with self._calls.followed(), self:
                yield
        finally:
            torch.autograd.Function.apply = _APPLY  # type: ignore[method-assign]
            namer.reset(token)

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if self._asleep:
            return func(*args, **kwargs)
        if getattr(func, "__name__", "") == "__get__" and name_of(func) not in _COMPUTED:
            return func(*args, **kwargs)  # x.shape, x.grad_fn: nothing computed
        if in_transform():
            return func(*args, **kwargs)  # under vmap or func.grad: not tensors of the program's yet
        return self._record(func, args, kwargs)

    def _custom(self, cls: Any, *args: Any, **kwargs: Any) -> Any:
        """A custom Function, which no mode sees: its forward is one operation, whatever it does within."""
        with self._sleeping():
            return self._record(MethodType(_APPLY.__func__, cls), args, kwargs)

    def _record(self, func: Any, args: Any, kwargs: Any) -> Any:
        before = tensors_in((args, kwargs))
        parents = [self._node(tensor) for tensor in before]
        versions = [version(tensor) for tensor in before]
        result = func(*args, **kwargs)
        written = {id(one) for one, old in zip(before, versions, strict=True) if version(one) != old}
        mere = {id(one) for one, node in zip(before, parents, strict=True) if _mere_number(node)} - written
        operands = [(one, node) for one, node in zip(before, parents, strict=True) if id(one) not in mere]
        made: list[tuple[Tensor, int | ArgumentSlot]] = [(one, place) for place, one in enumerate(tensors_in(result))]
        made += [(one, ArgumentSlot(place)) for place, (one, _) in enumerate(operands) if id(one) in written]
        for tensor, taken in made:
            if key_of(tensor) not in self.nodes:
                call = recorded(func, args, kwargs, taken, mere)
                node = self._add(
                    tensor, kind="operation", operation=call.operation, parents=[node for _, node in operands]
                )
                node.call = call
        self._read_variables()
        return result

    def _node(self, tensor: Tensor) -> Node:
        """The node of a tensor as it is now; a new one where it was made unseen."""
        found = self.nodes.get(key_of(tensor))
        if found is not None:
            return found
        if tensor.grad_fn is not None:
            return self._add(
                tensor, kind="operation", operation=function_name(key_of(tensor)).removesuffix("Backward0")
            )
        name = self._calls.parameters.get(id(tensor)) or self._free.get(id(tensor), "")
        learned = tensor.requires_grad or isinstance(tensor, nn.Parameter)
        return self._add(tensor, kind="parameter" if learned else "constant", name=name)

    def _add(
        self, tensor: Tensor, *, kind: NodeKind, operation: str = "", name: str = "", parents: list[Node] | None = None
    ) -> Node:
        key = key_of(tensor)
        from_here: list[Key] = []
        parents = parents or []
        if tensor.grad_fn is not None:
            from_here = sources(key, self.nodes)
            for source in from_here:
                parent = self.nodes.get(source) or self._node(leaf_of(source))
                if parent not in parents:
                    parents.append(parent)
        node = Node(
            kind,
            operation,
            tensor.detach().clone(),
            key,
            name,
            self._calls.path,
            None,
            tuple(parents),
            frozenset(from_here),
        )
        self.nodes[key] = node
        self._kept.append(tensor if key[0] == id(tensor) else key[0])
        return node

    @contextmanager
    def _sleeping(self) -> Iterator[None]:
        """What happens in this block is not the program's."""
        before, self._asleep = self._asleep, True
        try:
            yield
        finally:
            self._asleep = before

    def _note_output(self, output: Any) -> None:
        with self._sleeping():
            for tensor in tensors_in(output):
                self._node(tensor)

    def _name(self, tensor: Tensor, name: str) -> None:
        with self._sleeping():
            self._names[self._node(tensor).key] = name

    def _read_variables(self) -> None:
        for name, tensor in self._variables.read().items():
            key = key_of(tensor)
            if key in self.nodes:
                self._names.setdefault(key, name)

    def graph(self, result: Any, given: dict[str, Any]) -> Graph:
        """What led to the result, named, with gradients."""
        outputs = list(dict.fromkeys(self._node(one) for one in tensors_in(result)))
        self._read_variables()
        followed = list({self._node(one): one for one in tensors_in(result) if one.requires_grad}.values())
        if not followed:
            raise InputError(
                say(
                    "f: expected a result that depends on a floating input or parameter, got {got}; return "
                    "the cost as a tensor, not by .item() or under no_grad",
                    got=_said(result),
                )
            )
        needed = _ancestors(outputs)
        nodes = [node for node in self.nodes.values() if node in needed]
        give_names(nodes, outputs, self._names)
        smooth = [node for node in nodes if node.differentiable]
        for node, gradient in zip(smooth, gradients(followed, [node.key for node in smooth]), strict=True):
            node.gradient = gradient
        return Graph(tuple(nodes), tuple(outputs), [*self._kept, *followed])


def _mere_number(node: Node) -> bool:
    """A scalar that comes of nothing, such as torch.tensor(2.0): read as the number it is."""
    return node.value.dim() == 0 and not node.differentiable and not node.parents and node.kind != "input"


def _ancestors(outputs: list[Node]) -> set[Node]:
    found = set(outputs)
    todo = list(outputs)
    while todo:
        new = [parent for parent in todo.pop().parents if parent not in found]
        found.update(new)
        todo += new
    return found


def _said(result: Any) -> str:
    found = tensors_in(result)
    return (
        ", ".join(f"{one.dtype}".removeprefix("torch.") + f" {tuple(one.shape)}" for one in found)
        or type(result).__name__
    )
