"""Row 2.6, mini-batch gradient descent, and other orders of examples."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import DataLoader, Dataset, TensorDataset

from wengu.core.batches import read
from wengu.core.checks import InputError
from wengu.training import Order, by_length, consecutive, mini_batches, of_each, weighted
from wengu.training.order import checked


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
    ours = [read(TensorDataset(x, x), index)[0].sum().item() for index in mini_batches(25, 8, seed=0, epoch=1)]
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=0)


def test_any_dataset_serves() -> None:
    class Squares(Dataset[tuple[float, int]]):
        def __len__(self) -> int:
            return 5

        def __getitem__(self, i: int) -> tuple[float, int]:
            return float(i), i * i

    x, y = read(Squares(), torch.tensor([3, 1]))  # type: ignore[arg-type]
    assert x.tolist() == [3.0, 1.0] and y.tolist() == [9, 1]


@pytest.mark.parametrize(("m", "size", "message"), [(0, 4, "^m: "), (4, 0, "^batch_size: ")])
def test_nothing_to_cut(m: int, size: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        mini_batches(m, size, seed=0, epoch=1)


# ----------------------------------------------------------------------------------------------------------- by length


@given(st.lists(st.integers(1, 40), min_size=1, max_size=60), st.integers(1, 90), st.integers(1, 4))
def test_by_length_every_example_once_within_the_tokens_and_as_many_batches(lengths: list[int], tokens: int, epoch: int) -> None:
    order = by_length(lengths, tokens=tokens, seed=2)
    batches = order(epoch)
    assert sorted(torch.cat(list(batches)).tolist()) == list(range(len(lengths)))
    for batch in batches:
        longest = max(lengths[i] for i in batch.tolist())
        assert len(batch) == 1 or len(batch) * longest <= tokens
    assert len(batches) == len(order(1))


def test_by_length_pads_little_and_changes_from_epoch_to_epoch() -> None:
    lengths = torch.randint(1, 60, (500,), generator=torch.Generator().manual_seed(0))
    order = by_length(lengths, size=25, seed=0)
    one, two = order(1), order(2)
    padding = sum(int((lengths[batch].max() - lengths[batch]).sum()) for batch in one)
    assert padding < 0.05 * int(lengths.sum())
    assert [batch.tolist() for batch in one] == [batch.tolist() for batch in order(1)]
    assert {tuple(sorted(batch.tolist())) for batch in one} != {tuple(sorted(batch.tolist())) for batch in two}


# ------------------------------------------------------------------------------------------------------- P classes × K


@given(st.integers(2, 6), st.integers(1, 4), st.integers(1, 3))
def test_of_each_has_so_many_classes_with_so_many_examples(classes: int, examples: int, epoch: int) -> None:
    labels = torch.arange(60) % 6
    for batch in of_each(labels, classes=classes, examples=examples)(epoch):
        counts = labels[batch].bincount()
        assert sorted(counts[counts > 0].tolist()) == [examples] * classes
        assert len(batch.unique()) == classes * examples  # each class has ten: none repeats


def test_of_each_gives_every_class_its_turn() -> None:
    labels = torch.arange(120) % 10
    seen = torch.cat([labels[batch].unique() for batch in of_each(labels, classes=4, examples=3)(1)])
    counts = seen.bincount(minlength=10)
    assert int(counts.max() - counts.min()) <= 1


# --------------------------------------------------------------------------------------------------------- consecutive


@given(st.integers(1, 80), st.integers(1, 12))
def test_consecutive_streams_go_on_where_they_stood(m: int, size: int) -> None:
    batches = consecutive(m, size)(1)
    assert sorted(torch.cat(list(batches)).tolist()) == list(range(m))
    for before, after in pairwise(batches):
        assert torch.equal(after, before[:len(after)] + 1)


# ---------------------------------------------------------------------------------------------------- orders of others


def odd(batches: list[list[int]]) -> Order:
    return lambda epoch: [torch.tensor(batch, dtype=torch.int64) for batch in (batches if epoch == 1 else batches[:-1])]


@pytest.mark.parametrize(("order", "epoch", "message"), [
    (odd([[0, 1], [2]]), 2, "expected 2 mini-batches in every epoch, as in the first, got 1 in epoch 2"),
    (odd([[0, 1], []]), 1, "at least one example"), (odd([[0, 1], [9]]), 1, "expected indices from 0 to 2"),
])  # fmt: skip
def test_an_order_that_is_none_is_refused(order: Order, epoch: int, message: str) -> None:
    with pytest.raises(InputError, match=f"^order: .*{message}"):
        checked(order, epoch, 3, 2)


@pytest.mark.parametrize("given", [{}, {"tokens": 3, "size": 2}, {"tokens": 0}])
def test_by_length_refuses(given: dict[str, int]) -> None:
    with pytest.raises(InputError, match="^(by_length|tokens): "):
        by_length([1, 2], **given)


def test_more_classes_than_there_are() -> None:
    with pytest.raises(InputError, match="^classes: expected at most the 2"):
        of_each([0, 1], classes=3, examples=1)


@given(st.lists(st.floats(0, 50), min_size=1, max_size=60).filter(lambda w: sum(w) > 0.1), st.integers(1, 40), st.integers(0, 5))
def test_each_comes_as_often_as_it_weighs(weights: list[float], size: int, epoch: int) -> None:
    """⌊w⌋ or ⌈w⌉ times, m draws in all, and as many mini-batches in every epoch."""
    batches = weighted(weights, size, seed=3)(epoch)
    m, drawn = len(weights), torch.cat(list(batches))
    assert len(drawn) == m and [len(batch) for batch in batches] == [size] * (m // size) + [m % size] * (m % size > 0)
    times = torch.tensor(weights, dtype=torch.float64) * m / sum(weights)
    assert bool(((drawn.bincount(minlength=m) - times).abs() < 1 + 1e-6).all())


def test_over_the_epochs_the_mean_is_the_weighted_one() -> None:
    """Σ w x / Σ w, to a standard error of what is left to chance: less than half a draw of each."""
    g = np.random.default_rng(0)
    w, x = g.exponential(size=40), torch.from_numpy(g.normal(size=40))
    order = weighted(w.tolist(), 16, seed=1)
    means = [float(x[torch.cat(list(order(epoch)))].mean()) for epoch in range(1, 400)]
    assert np.mean(means) == pytest.approx(np.average(x.numpy(), weights=w), abs=0.01)
    assert torch.equal(torch.cat(list(order(7))), torch.cat(list(weighted(w.tolist(), 16, seed=1)(7))))
    assert not torch.equal(torch.cat(list(order(7))), torch.cat(list(order(8))))


@pytest.mark.parametrize("weights", [[0.0, 0.0], [1.0, -1.0], [1.0, float("nan")], [float("inf")]])
def test_weights_that_draw_nothing(weights: list[float]) -> None:
    with pytest.raises(InputError, match="weights: expected numbers from 0, not all of them 0"):
        weighted(weights, 2)
