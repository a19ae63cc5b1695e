"""Autograd's own graph, of which ours shows every node and edge: who feeds whom, and one operation's way back.

A tensor that needs a gradient is known by its gradient edge: the function of autograd that made it, and the number of
the output. An operation in place gives the same tensor a new edge; so an edge, not a tensor, is a node of the graph.

Source: torch.autograd.graph (GradientEdge, Node.next_functions).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import BackwardCFunction
from torch.autograd.graph import GradientEdge, get_gradient_edge

from wengu.torch_private import output_metadata, version

Key = tuple[Any, int]
"""A function of autograd and the number of its output; of a tensor without gradient, the tensor's id and version."""


def key_of(tensor: Tensor) -> Key:
    """What identifies this tensor as it is now."""
    if tensor.requires_grad:
        edge = get_gradient_edge(tensor)
        return edge.node, edge.output_nr
    return id(tensor), version(tensor)


def sources(made: Key, known: Collection[Key]) -> list[Key]:
    """The edges, known or of leaves, that the function of `made` computes from: the nearest on every way back."""
    found: dict[Key, None] = {}
    seen = {made[0]}
    todo = [made[0]]
    while todo:
        for key in _inputs(todo.pop()):
            if key in known or _is_leaf(key[0]):
                found[key] = None
            elif key[0] not in seen:
                seen.add(key[0])
                todo.append(key[0])
    return list(found)


def leaf_of(key: Key) -> Tensor:
    """The tensor of the user's for which autograd collects a gradient here."""
    leaf: Tensor = key[0].variable
    return leaf


def vector_jacobian(made: Key, ends: Collection[Key], gradient: Tensor) -> dict[Key, Tensor]:
    """gradientᵀ · ∂made/∂end for every end: autograd's own functions between them, called one by one.

    torch.autograd.grad would not do: where one end is computed from another it returns the whole derivative, not this
    operation's part.
    """
    if output_metadata(made[0]) is None:
        return _by_the_engine(made, ends, gradient)
    waiting: dict[Key, Tensor] = {made: gradient}
    with torch.no_grad():
        for function in _from_the_output(made[0], ends):
            into = [waiting.pop((function, place), None) for place in range(len(_outputs(function)))]
            if all(one is None for one in into):
                continue
            for key, share in zip(_inputs(function), _call(function, into), strict=True):
                if share is not None:
                    whole = _as_the_engine_does(share, key)
                    waiting[key] = waiting[key] + whole if key in waiting else whole
    return {end: waiting[end] for end in ends if end in waiting}


def _by_the_engine(made: Key, ends: Collection[Key], gradient: Tensor) -> dict[Key, Tensor]:
    """The same by torch.autograd.grad, with every end cut off from what it is computed from.

    The engine takes a gradient at its end before the hooks there, which stop it; a custom Function would be given zeros
    for what did not arrive, and zero times infinity is NaN.
    """

    def cut(node: Any) -> Callable[[Any], Any]:
        return lambda shares: tuple(None if (node, k) in ends else share for k, share in enumerate(shares))

    def none_of_none(shares: Any, came: Any) -> Any:
        return shares if any(one is not None for one in came) else (None,) * len(shares)

    nodes = {node for node, _ in ends if not _is_leaf(node)}
    hooks = [hook for node in nodes for hook in (node.register_prehook(cut(node)), node.register_hook(none_of_none))]
    try:
        found = torch.autograd.grad([GradientEdge(*made)], [GradientEdge(*end) for end in ends], [gradient],
                                    retain_graph=True, allow_unused=True)
    finally:
        for hook in hooks:
            hook.remove()
    return {end: share for end, share in zip(ends, found, strict=True) if share is not None}


def gradients(outputs: list[Tensor], keys: list[Key]) -> list[Tensor | None]:
    """d(Σ outputs)/d(node) for every key, by torch.autograd.grad in one sweep."""
    if not outputs or not keys:
        return [None] * len(keys)
    return list(
        torch.autograd.grad(
            outputs,
            [GradientEdge(node, place) for node, place in keys],
            [torch.ones_like(one) for one in outputs],
            retain_graph=True,
            allow_unused=True,
        )
    )


def function_name(key: Key) -> str:
    """MulBackward0 of torch's own functions, WrongBackward of a user's."""
    return str(key[0].name()).rpartition(":")[2]


def _inputs(function: Any) -> list[Key]:
    return [(node, place) for node, place in function.next_functions if node is not None]


def _is_leaf(function: Any) -> bool:
    return hasattr(function, "variable")


def _from_the_output(first: Any, ends: Collection[Key]) -> Iterator[Any]:
    """The functions between, each after all that are computed from it."""
    order: list[Any] = []
    seen: set[Any] = set()
    todo = [(first, False)]
    while todo:
        function, done = todo.pop()
        if done:
            order.append(function)
        elif function not in seen:
            seen.add(function)
            todo.append((function, True))
            todo += [(key[0], False) for key in _inputs(function) if key not in ends and not _is_leaf(key[0])]
    yield from reversed(order)


def _call(function: Any, into: list[Tensor | None]) -> list[Tensor | None]:
    """The shares of the inputs that autograd follows."""
    if isinstance(function, BackwardCFunction):
        shares = function.apply(*_materialised(function, into))  # type: ignore[no-untyped-call]
        shares = shares if isinstance(shares, tuple) else (shares,)
        return [share for share, wanted in zip(shares, function.needs_input_grad, strict=True) if wanted]
    shares = function(*into)
    shares = shares if isinstance(shares, tuple) else (shares,)
    return [s for s, (node, _) in zip(shares, function.next_functions, strict=True) if node is not None]


def _as_the_engine_does(share: Tensor, key: Key) -> Tensor:
    """Summed over broadcast dimensions and in the input's own precision, which the functions leave to the engine."""
    meta = _outputs(key[0])[key[1]]
    whole = share if share.shape == tuple(meta.shape) else share.sum_to_size(tuple(meta.shape))
    return whole.to(meta.dtype)


def _outputs(function: Any) -> Sequence[Any]:
    return output_metadata(function) or ()


def _materialised(function: Any, into: list[Tensor | None]) -> list[Tensor | None]:
    """Zeros for an output that has no gradient, as autograd gives them to a custom Function."""
    return [
        torch.zeros(tuple(meta.shape), dtype=meta.dtype, device=meta.device) if one is None else one
        for one, meta in zip(into, _outputs(function), strict=True)
    ]
