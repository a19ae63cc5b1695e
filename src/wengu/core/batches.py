"""What a batch is, and how it is read: the one place that knows.

    Batch = (inputs, targets)       each a tensor, or a tuple, list or dict of them, as deep as the task wants

    call(model, inputs)             a tuple: model(*inputs)    a mapping: model(**inputs)    else model(inputs)
    read(examples, index)           the examples of these indices as one batch, where the index is

A list holds one entry an example, of any shape each: sentences, boxes. A tuple or a dict holds columns. So
`TensorDataset(a, b, y)` is ((a, b), y), and of any other map-style Dataset `examples[i]` is (inputs, targets) of one
example. Where a Dataset has `__getitems__(indices)`, torch's own way to fetch many at once, it is asked that; where it
has `collate(rows)`, that makes the batch, else `collate` below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset, Subset, TensorDataset

from wengu.core.checks import InputError
from wengu.core.i18n import say

Batch = tuple[Any, Any]
"(inputs, targets), each a tensor, or a tuple, list or dict of them."

T = TypeVar("T")


def call(model: Callable[..., T], inputs: Any) -> T:
    """The model on a batch's inputs.

    >>> call(lambda a, b: a + b, (1, 2)), call(lambda a, b: a + b, {"b": 1, "a": 2}), call(len, [1, 2, 3])
    (3, 3, 3)
    """
    if isinstance(inputs, Tensor):
        return model(inputs)
    if isinstance(inputs, tuple):
        return model(*inputs)
    return model(**inputs) if isinstance(inputs, Mapping) else model(inputs)


def mapped(change: Callable[[Tensor], Any], tree: Any) -> Any:
    """The same tree with every tensor changed; what is no tensor stays.

    >>> mapped(len, {"a": torch.zeros(3), "b": (torch.zeros(2), "x")})
    {'a': 3, 'b': (2, 'x')}
    """
    if isinstance(tree, Tensor):
        return change(tree)
    if isinstance(tree, tuple):
        return _tuple_like(tree, [mapped(change, part) for part in tree])
    if isinstance(tree, list):
        return [mapped(change, part) for part in tree]
    if isinstance(tree, Mapping):
        return {name: mapped(change, part) for name, part in tree.items()}
    return tree


def leaves(tree: Any) -> Iterator[Tensor]:
    """Every tensor of the tree, in order."""
    if isinstance(tree, Tensor):
        yield tree
    elif isinstance(tree, tuple | list):
        for part in tree:
            yield from leaves(part)
    elif isinstance(tree, Mapping):
        for part in tree.values():
            yield from leaves(part)


def examples_in(tree: Any) -> int:
    """How many examples inputs or targets are of.

    >>> examples_in((torch.zeros(4, 2), torch.zeros(4))), examples_in([torch.zeros(7), torch.zeros(3)])
    (4, 2)
    """
    if isinstance(tree, Tensor):  # what is commonest first: it is asked at every step
        return tree.size(0) if tree.dim() else len(tree)
    return examples_in(_columns_of(tree)[0]) if isinstance(tree, tuple | Mapping) else len(tree)


def take(tree: Any, index: Tensor) -> Any:
    """These examples of inputs or targets, in this order."""
    if isinstance(tree, Tensor):
        return tree.index_select(0, index)
    if isinstance(tree, tuple):
        return _tuple_like(tree, [take(part, index) for part in tree])
    if isinstance(tree, Mapping):
        return {name: take(part, index) for name, part in tree.items()}
    return [tree[i] for i in index.tolist()]


def finite(tree: Any, m: int) -> Tensor:
    """Of each of m examples, whether all its numbers are finite: (m,) booleans, on the CPU."""
    sound = torch.ones(m, dtype=torch.bool)
    if isinstance(tree, Tensor):
        if tree.is_floating_point() and len(tree) == m:
            sound = torch.isfinite(tree).reshape(m, -1).all(dim=1).cpu()
    elif isinstance(tree, list) and len(tree) == m:
        sound = torch.tensor([all(bool(torch.isfinite(leaf).all()) for leaf in leaves(row)) for row in tree])
    elif isinstance(tree, tuple | Mapping):
        for part in _columns_of(tree):
            sound &= finite(part, m)
    return sound


def collate(rows: Sequence[Any]) -> Any:
    """One batch of rows: numbers and tensors of equal shape are stacked, others are a list with an entry an example.

    >>> collate([(torch.ones(2), 3), (torch.ones(2), 4)])
    (tensor([[1., 1.],
            [1., 1.]]), tensor([3, 4]))
    >>> collate([torch.ones(2), torch.ones(1)])
    [tensor([1., 1.]), tensor([1.])]
    """
    first = rows[0]
    if isinstance(first, tuple):
        return _tuple_like(first, [collate(column) for column in zip(*rows, strict=True)])
    if isinstance(first, Mapping):
        return {name: collate([row[name] for row in rows]) for name in first}
    if isinstance(first, Tensor | np.ndarray):
        tensors = [torch.as_tensor(row) for row in rows]
        return torch.stack(tensors) if len({t.shape for t in tensors}) == 1 else tensors
    if isinstance(first, float):  # as torch's own collating does
        return torch.tensor(rows, dtype=torch.float64)
    return torch.tensor(rows) if isinstance(first, int | np.number | np.bool_) else list(rows)


def size_of(examples: Dataset[Batch]) -> int:
    """m, the number of examples. Raises InputError for a Dataset that gives them in its own order, and no number."""
    if not hasattr(examples, "__len__"):
        raise InputError(say("examples: expected a Dataset with len() and [i], got {got}, which has no length; put its "
                             "examples into a list or file first", got=type(examples).__name__))
    return len(examples)


def read(examples: Dataset[Batch], index: Tensor) -> Batch:
    """The examples of these indices as one batch, where the index is.

    Raises InputError where an example is no pair of inputs and targets.
    """
    if isinstance(examples, TensorDataset):
        return _columns([tensor.index_select(0, index) for tensor in examples.tensors])
    chosen = index.tolist()
    if type(examples) is Subset:  # torch's own, as random_split makes them
        return read(examples.dataset, torch.tensor([examples.indices[i] for i in chosen], device=index.device))
    many = getattr(examples, "__getitems__", None)
    rows = many(chosen) if many else [examples[i] for i in chosen]
    whose = examples
    while isinstance(whose, Subset):
        whose = whose.dataset
    batch = getattr(whose, "collate", _of_pairs)(rows)
    if not isinstance(batch, tuple | list) or len(batch) != 2:
        raise InputError(say("examples: expected (inputs, targets) of each, got {got}", got=_kind(batch)))
    inputs, targets = batch
    return mapped(lambda t: t.to(index.device), inputs), mapped(lambda t: t.to(index.device), targets)


class TreeDataset(Dataset[Batch]):
    """A batch in memory as a Dataset of its examples.

    >>> ragged = TreeDataset(([torch.ones(3), torch.ones(2)], torch.tensor([0, 1])))
    >>> len(ragged), read(ragged, torch.tensor([1]))
    (2, ([tensor([1., 1.])], tensor([1])))
    """

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        if len(counts := sorted(set(_counts(batch)))) > 1:
            raise InputError(say("examples: expected as many inputs as targets, got {counts}",
                                 counts=", ".join(map(str, counts))))

    def __len__(self) -> int:
        return examples_in(self.batch[1])

    def __getitem__(self, i: int) -> Batch:
        return _row(self.batch[0], i), _row(self.batch[1], i)

    def __getitems__(self, indices: list[int]) -> list[int]:
        """The indices themselves: `collate` takes all of them at once."""
        return indices

    def collate(self, indices: list[int]) -> Batch:
        """The batch of these examples."""
        inputs, targets = (
            take(tree, torch.tensor(indices, device=next(leaves(tree), torch.empty(0)).device)) for tree in self.batch
        )
        return inputs, targets


def in_memory(examples: Dataset[Batch] | Batch, device: torch.device | str = "cpu") -> Dataset[Batch]:
    """A Dataset: of (inputs, targets) in memory, on the device; another Dataset as it is."""
    if isinstance(examples, list) or (isinstance(examples, tuple) and len(examples) != 2):
        raise InputError(say("examples: expected (inputs, targets) of each, got {got}", got=_kind(examples)))
    held = examples.batch if isinstance(examples, TreeDataset) else examples
    if isinstance(held, tuple):
        inputs, targets = (mapped(lambda t: t.to(device), _of_arrays(tree)) for tree in held)
        both = isinstance(inputs, Tensor) and isinstance(targets, Tensor) and len(inputs) == len(targets)
        return cast(Dataset[Batch], TensorDataset(inputs, targets)) if both else TreeDataset((inputs, targets))
    if isinstance(held, TensorDataset):
        return cast(Dataset[Batch], TensorDataset(*(tensor.to(device) for tensor in held.tensors)))
    return held


def subset(examples: Dataset[Batch], index: Sequence[int]) -> Dataset[Batch]:
    """These examples of a Dataset: in memory where it is, else by their places."""
    if isinstance(examples, TensorDataset | TreeDataset):
        return TreeDataset(read(examples, torch.tensor(list(index), dtype=torch.int64)))
    return Subset(examples, index)


def _columns(tensors: list[Tensor]) -> Batch:
    if len(tensors) == 2:
        return tensors[0], tensors[1]
    *inputs, targets = tensors
    if not inputs:
        raise InputError(say("examples: expected (inputs, targets) of each, got {got}", got=_kind((targets,))))
    return tuple(inputs), targets


def _row(tree: Any, i: int) -> Any:
    """One example of inputs or targets."""
    if isinstance(tree, tuple):
        return _tuple_like(tree, [_row(part, i) for part in tree])
    return {name: _row(part, i) for name, part in tree.items()} if isinstance(tree, Mapping) else tree[i]


def _tuple_like(tree: tuple[Any, ...], parts: list[Any]) -> tuple[Any, ...]:
    """A tuple of these parts; a named one where that was."""
    return type(tree)(*parts) if hasattr(tree, "_fields") else tuple(parts)


def _columns_of(tree: tuple[Any, ...] | Mapping[str, Any]) -> list[Any]:
    return list(tree.values() if isinstance(tree, Mapping) else tree)


def _counts(tree: Any) -> Iterator[int]:
    """How many examples each column has."""
    if isinstance(tree, tuple | Mapping):
        for part in _columns_of(tree):
            yield from _counts(part)
    else:
        yield len(tree)


def _of_arrays(tree: Any) -> Any:
    """The same with numpy's arrays as tensors."""
    if isinstance(tree, np.ndarray):
        return torch.as_tensor(tree)
    if isinstance(tree, tuple):
        return _tuple_like(tree, [_of_arrays(part) for part in tree])
    if isinstance(tree, list):
        return [_of_arrays(part) for part in tree]
    return {name: _of_arrays(part) for name, part in tree.items()} if isinstance(tree, Mapping) else tree


def _of_pairs(rows: Sequence[Any]) -> Any:
    """Some Datasets give lists of two for pairs."""
    return collate([tuple(row) if isinstance(row, list) else row for row in rows])


def _kind(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"{type(value).__name__} of {len(value)}"
    return type(value).__name__
