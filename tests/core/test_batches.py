"""What a batch is, and how it is read."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset, TensorDataset, default_collate, random_split

from wengu.core.batches import (
    TreeDataset,
    call,
    collate,
    examples_in,
    finite,
    in_memory,
    leaves,
    mapped,
    read,
    subset,
    take,
)
from wengu.core.checks import InputError


def test_a_model_is_called_by_what_its_inputs_are() -> None:
    class Sees(nn.Module):
        def forward(self, *args: Any, **named: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
            return args, named

    one, two = torch.zeros(1), torch.ones(1)
    assert call(Sees(), one) == ((one,), {})
    assert call(Sees(), (one, two)) == ((one, two), {})
    assert call(Sees(), {"a": one, "b": two}) == ((), {"a": one, "b": two})
    assert call(Sees(), [one, two]) == (([one, two],), {})  # ragged rows are one argument


def test_several_tensors_are_inputs_and_the_last_one_targets() -> None:
    a, b, y = torch.arange(6.0).reshape(3, 2), torch.arange(3), torch.tensor([7, 8, 9])
    inputs, targets = read(TensorDataset(a, b, y), torch.tensor([2, 0]))
    assert torch.equal(inputs[0], a[[2, 0]]) and inputs[1].tolist() == [2, 0] and targets.tolist() == [9, 7]
    alone, targets = read(TensorDataset(a, y), torch.tensor([1]))
    assert torch.equal(alone, a[[1]]) and targets.tolist() == [8]
    with pytest.raises(InputError, match=r"^examples: expected \(inputs, targets\) of each, got tuple of 1"):
        read(TensorDataset(a), torch.tensor([0]))


def test_parity_rows_of_one_shape_are_stacked_as_torch_does() -> None:
    """Authority: torch.utils.data.default_collate, values and types, in float64."""
    rows = [(torch.rand(2, 3, dtype=torch.float64), {"n": k, "x": 0.5 * k}, np.float32(k)) for k in range(4)]
    ours, theirs = collate(rows), default_collate(rows)
    torch.testing.assert_close(list(leaves(ours)), list(leaves(theirs)), rtol=0, atol=0)
    assert ours[1].keys() == theirs[1].keys()


def test_what_is_ragged_is_a_list_with_an_entry_an_example() -> None:
    class Sentences(Dataset[Any]):
        def __len__(self) -> int:
            return 3

        def __getitem__(self, i: int) -> Any:
            return torch.arange(i + 1), ["tag"] * (i + 1)

    inputs, targets = read(Sentences(), torch.tensor([2, 0]))
    assert [x.tolist() for x in inputs] == [[0, 1, 2], [0]] and targets == [["tag"] * 3, ["tag"]]
    assert examples_in(inputs) == examples_in(targets) == 2


def test_a_dataset_that_fetches_many_and_collates_is_asked_to() -> None:
    class Many(Dataset[Any]):
        asked: ClassVar[list[list[int]]] = []

        def __len__(self) -> int:
            return 9

        def __getitems__(self, indices: list[int]) -> list[int]:
            self.asked.append(indices)
            return indices

        def collate(self, rows: list[int]) -> tuple[Tensor, Tensor]:
            return torch.tensor(rows) * 10, torch.tensor(rows)

    x, y = read(Many(), torch.tensor([4, 1]))
    assert x.tolist() == [40, 10] and y.tolist() == [4, 1] and Many.asked == [[4, 1]]
    x, y = read(subset(Many(), [8, 7, 6]), torch.tensor([2, 0]))
    assert x.tolist() == [60, 80] and Many.asked[-1] == [6, 8]


@pytest.mark.parametrize("index", [[0], [2, 1], [1, 1, 0]])
def test_a_tree_in_memory_is_read_as_its_examples_are(index: list[int]) -> None:
    boxes = [torch.rand(k, 4) for k in (2, 0, 3)]
    held = TreeDataset(({"picture": torch.arange(12).reshape(3, 2, 2)}, (boxes, torch.tensor([5, 6, 7]))))
    inputs, (some, labels) = read(held, torch.tensor(index))
    assert torch.equal(inputs["picture"], torch.arange(12).reshape(3, 2, 2)[index])
    assert [len(box) for box in some] == [[2, 0, 3][i] for i in index] and labels.tolist() == [[5, 6, 7][i] for i in index]
    one, (box, label) = held[index[0]]
    assert torch.equal(one["picture"], inputs["picture"][0]) and torch.equal(box, some[0]) and label == labels[0]
    assert isinstance(in_memory((torch.zeros(3), torch.zeros(3))), TensorDataset)
    assert len(subset(held, [2, 0])) == 2  # type: ignore[arg-type]


def test_what_is_not_finite_is_found_in_any_tree() -> None:
    x, ragged = torch.zeros(3, 2, 2), [torch.zeros(2), torch.tensor([0.0, torch.inf]), torch.zeros(0)]
    x[2, 1, 0] = torch.nan
    assert finite(x, 3).tolist() == [True, True, False]
    assert finite((x, {"r": ragged, "n": torch.arange(3)}), 3).tolist() == [True, False, False]
    assert finite(torch.arange(3), 3).all()


def test_trees_are_mapped_and_taken_as_they_are() -> None:
    tree = {"a": [torch.zeros(2), "word"], "b": (torch.ones(1), None)}
    assert [t.tolist() for t in leaves(mapped(lambda t: t + 1, tree))] == [[1, 1], [2]]
    assert mapped(len, tree) == {"a": [2, "word"], "b": (1, None)}
    assert take(["a", "b", "c"], torch.tensor([2, 0])) == ["c", "a"]


def test_what_is_no_pair_is_refused() -> None:
    class Alone(Dataset[Any]):
        def __len__(self) -> int:
            return 2

        def __getitem__(self, i: int) -> Any:
            return torch.zeros(3)

    with pytest.raises(InputError, match=r"^examples: expected \(inputs, targets\) of each, got Tensor"):
        read(Alone(), torch.tensor([0, 1]))
    with pytest.raises(InputError, match="got tuple of 3"):
        in_memory((torch.zeros(1),) * 3)  # type: ignore[arg-type]


class Named(NamedTuple):
    """Inputs with names."""

    a: Tensor
    b: Tensor


def test_trees_of_other_kinds_are_trees_too() -> None:
    inputs = Named(torch.arange(4.0), torch.ones(4))
    (a, b), y = read(TreeDataset((inputs, torch.arange(4))), torch.tensor([3, 1]))
    assert a.tolist() == [3, 1] and b.tolist() == [1, 1] and y.tolist() == [3, 1]
    assert call(lambda a, b: a + b, inputs).tolist() == [1, 2, 3, 4]
    named = OrderedDict(x=torch.arange(3))
    got, _ = read(TreeDataset((named, torch.zeros(3))), torch.tensor([2]))
    assert got["x"].tolist() == [2] and call(lambda x: x, named) is named["x"]
    assert isinstance(in_memory((np.zeros((3, 2)), np.zeros(3))), TensorDataset)


def test_a_part_of_a_dataset_collates_as_the_whole_does() -> None:
    class Padded(Dataset[Any]):
        def __len__(self) -> int:
            return 4

        def __getitem__(self, i: int) -> Any:
            return [1] * (i + 1), i

        def collate(self, rows: list[Any]) -> tuple[Tensor, Tensor]:
            longest = max(len(row) for row, _ in rows)
            return torch.tensor([row + [0] * (longest - len(row)) for row, _ in rows]), torch.tensor([y for _, y in rows])

    part, _ = random_split(Padded(), [3, 1], generator=torch.Generator().manual_seed(0))
    x, y = read(part, torch.tensor([0, 1, 2]))
    assert x.shape[0] == 3 and x.sum(1).tolist() == (y + 1).tolist()


def test_columns_of_different_lengths_and_lists_for_pairs_are_refused() -> None:
    with pytest.raises(InputError, match="^examples: expected as many inputs as targets, got 5, 6"):
        in_memory(((torch.zeros(6), torch.zeros(5)), torch.zeros(6)))
    with pytest.raises(InputError, match="^examples: expected as many inputs as targets, got 5, 6"):
        in_memory((torch.zeros(6), torch.zeros(5)))
    with pytest.raises(InputError, match=r"^examples: expected \(inputs, targets\) of each, got list of 2"):
        in_memory([torch.zeros(6), torch.zeros(6)])  # type: ignore[arg-type]
