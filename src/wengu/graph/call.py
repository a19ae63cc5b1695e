"""One call of a torch function as it was made: what its operands were, how it reads, and how to make it again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

_SYNONYMS = {
    "absolute": "abs", "divide": "div", "floor_divide": "floor_div", "multiply": "mul", "negative": "neg",
    "subtract": "sub", "true_divide": "div", "truediv": "div", "mm": "matmul", "special_expit": "sigmoid",
}  # fmt: skip
_REVERSED = {"radd": "add", "rsub": "sub", "rmul": "mul", "rdiv": "div", "rtruediv": "div", "rpow": "pow",
             "rmatmul": "matmul"}  # fmt: skip
RESHAPES = {"clone", "contiguous", "flatten", "reshape", "squeeze", "unflatten", "unsqueeze", "view", "view_as"}
"""Operations that keep every entry and their order, whatever else they are given."""
_INFIX = {"add": "+", "sub": "-", "mul": "·", "div": "/", "pow": "^", "matmul": "@"}


@dataclass(frozen=True)
class ArgumentSlot:
    """The place of a tensor among the arguments: number `index` of the tensors, from left to right."""

    index: int


@dataclass(frozen=True)
class Call:
    """func(*args, **kwargs), of which one tensor was taken: number `taken` of the results, or, where the call wrote
    into an argument, that argument."""

    operation: str
    func: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    taken: int | ArgumentSlot
    reversed: bool = False

    def again(self, tensors: Sequence[Tensor]) -> Tensor:
        """The result of the same call with other tensors; they may be written into."""
        args, kwargs = _mapped(
            lambda leaf: tensors[leaf.index] if isinstance(leaf, ArgumentSlot) else leaf, (self.args, self.kwargs)
        )
        result = self.func(*args, **kwargs)
        return tensors[self.taken.index] if isinstance(self.taken, ArgumentSlot) else tensors_in(result)[self.taken]

    def operands(self) -> list[Any] | None:
        """The arguments in the order of the formula, for an operation on tensors and numbers alone; else None."""
        args = list(reversed(self.args) if self.reversed else self.args)
        if self.operation in RESHAPES:
            return args[:1]
        if any(value is not None and value is not False for value in self.kwargs.values()):
            return None
        while args and (args[-1] is False or args[-1] is None):  # relu(z, False): not in place; linear(x, W, None)
            args.pop()
        numbers = (ArgumentSlot, int, float, Tensor)
        return args if all(isinstance(a, numbers) and not isinstance(a, bool) for a in args) else None

    def reads(self, names: Sequence[str]) -> str:
        """The call with names for its tensors: b · c, relu(z), conv2d(x, weight).

        >>> Call("mul", Tensor.mul, (ArgumentSlot(0), 3), {}, 0).reads(["v"])
        '3 · v'
        """
        said = [
            shown for leaf in (reversed(self.args) if self.reversed else self.args) if (shown := _shown(leaf, names))
        ]
        said += [
            f"{key}={shown}" for key, leaf in self.kwargs.items() if (shown := _shown(leaf, names, only_tensors=True))
        ]
        if self.operation in _INFIX and len(said) == 2 == len(self.args):
            if self.operation == "mul" and not isinstance(self.args[-1], ArgumentSlot):
                said.reverse()  # torch is told v · 3 for the program's 3 * v too
            return f"{said[0]} {_INFIX[self.operation]} {said[1]}"
        if self.operation == "neg" and len(said) == 1:
            return f"-{said[0]}"
        return f"{self.operation}({', '.join(said)})"


def recorded(
    func: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    taken: int | ArgumentSlot,
    numbers: Collection[int],
) -> Call:
    """The call with a slot for every tensor but mere `numbers`, given by id, under the operation's plain name."""
    count = iter(range(1_000_000))

    def placed(leaf: Any) -> Any:
        if not isinstance(leaf, Tensor):
            return leaf
        return leaf.detach().clone() if id(leaf) in numbers else ArgumentSlot(next(count))

    args, kwargs = _mapped(placed, (args, kwargs))
    raw = name_of(func)
    plain = raw.strip("_")
    operation = _REVERSED.get(plain, _SYNONYMS.get(plain, plain))
    return Call(operation, func, args, kwargs, taken, reversed=plain in _REVERSED)


def name_of(func: Callable[..., Any]) -> str:
    """The function's own name; of a property (x.T) the property's, of a custom Function its class's."""
    owner = getattr(func, "__self__", None)
    name: str = getattr(func, "__name__", type(func).__name__)
    if name == "__get__" and owner is not None:
        return str(getattr(owner, "__name__", "get"))
    if name == "apply" and isinstance(owner, type):
        return owner.__name__
    return name


def tensors_in(something: Any) -> list[Tensor]:
    """Every tensor in nested tuples, lists and dictionaries, from left to right."""
    return [leaf for leaf in _leaves(something) if isinstance(leaf, Tensor)]


def _leaves(tree: Any) -> Iterator[Any]:
    if isinstance(tree, tuple | list | deque | Mapping):
        for part in tree.values() if isinstance(tree, Mapping) else tree:
            yield from _leaves(part)
    else:
        yield tree


def _mapped(change: Callable[[Any], Any], tree: Any) -> Any:
    """The same tuples, lists and dictionaries with every leaf changed, from left to right."""
    if isinstance(tree, dict):
        return {key: _mapped(change, part) for key, part in tree.items()}
    if isinstance(tree, tuple | list):
        parts = [_mapped(change, part) for part in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    return change(tree)


def number(value: float) -> str:
    """Six digits, and no more zeros than needed.

    >>> number(33.0), number(1 / 3)
    ('33', '0.333333')
    """
    return f"{value + 0.0:.6g}"  # no -0


def _shown(leaf: Any, names: Sequence[str], *, only_tensors: bool = False) -> str:
    if isinstance(leaf, ArgumentSlot):
        return names[leaf.index]
    if isinstance(leaf, list | tuple) and any(isinstance(one, ArgumentSlot) for one in leaf):
        return ", ".join(_shown(one, names) for one in leaf if isinstance(one, ArgumentSlot))
    if only_tensors or leaf is None or isinstance(leaf, bool):
        return ""
    if isinstance(leaf, Tensor):
        return number(leaf.item()) if leaf.numel() == 1 else ""
    if isinstance(leaf, int | float):
        return number(leaf)
    return leaf if isinstance(leaf, str) else ""
