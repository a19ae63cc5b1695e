"""Row 2.6: mini-batch gradient descent."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import DataLoader, Dataset, TensorDataset

from wengu.core.checks import InputError
from wengu.training import mini_batches
from wengu.training.mini_batches import batch_of


@given(st.integers(1, 300), st.integers(1, 400), st.integers(0, 5))
def test_every_example_once_and_the_ragged_last_kept(m: int, size: int, epoch: int) -> None:
    batches = mini_batches(m, size, seed=1, epoch=epoch)
    assert sorted(torch.cat(batches).tolist()) == list(range(m))
    assert [len(batch) for batch in batches] == [size] * (m // size) + [m % size] * (m % size > 0)


def test_the_order_is_a_function_of_seed_and_epoch() -> None:
    first = torch.cat(mini_batches(100, 7, seed=3, epoch=2))
    torch.manual_seed(99)
    assert torch.equal(first, torch.cat(mini_batches(100, 9, seed=3, epoch=2)))
    assert not torch.equal(first, torch.cat(mini_batches(100, 7, seed=3, epoch=3)))
    assert not torch.equal(first, torch.cat(mini_batches(100, 7, seed=4, epoch=2)))


def test_parity_batches_are_cut_as_torch_dataloader_cuts_them() -> None:
    """Authority: torch.utils.data.DataLoader, drop_last=False, in float64: the same sums of the same batches."""
    x = torch.arange(25, dtype=torch.float64)
    order = torch.cat(mini_batches(25, 8, seed=0, epoch=1))
    theirs = [batch.sum().item() for batch in DataLoader(x[order].tolist(), batch_size=8)]  # type: ignore[arg-type]
    ours = [batch_of(TensorDataset(x), index)[0].sum().item() for index in mini_batches(25, 8, seed=0, epoch=1)]
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=0)


def test_any_dataset_serves() -> None:
    class Squares(Dataset[tuple[float, int]]):
        def __len__(self) -> int:
            return 5

        def __getitem__(self, i: int) -> tuple[float, int]:
            return float(i), i * i

    x, y = batch_of(Squares(), torch.tensor([3, 1]))  # type: ignore[arg-type]
    assert x.tolist() == [3.0, 1.0] and y.tolist() == [9, 1]


@pytest.mark.parametrize(("m", "size", "message"), [(0, 4, "^m: "), (4, 0, "^batch_size: ")])
def test_nothing_to_cut(m: int, size: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        mini_batches(m, size, seed=0, epoch=1)
