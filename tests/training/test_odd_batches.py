"""Mini-batches that are odd: a remainder of one, augmentation that makes more or fewer, what is no number or no index."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import IterableDataset, TensorDataset, random_split

from wengu.core.batches import Batch, read
from wengu.core.checks import InputError
from wengu.optimization import GradientDescent
from wengu.training import Diverged, fit
from wengu.training.micro_batches import pieces_of
from wengu.training.order import checked
from wengu.training.preflight import preflight
from wengu.training.rng import draws_elsewhere
from wengu.training.step import Step

generator = torch.Generator().manual_seed(0)
X = torch.randn(200, 5, generator=generator, dtype=torch.float64)
Y = (X[:, :1] > 0).double()


def fitted(x: Tensor, y: Tensor, net: nn.Module | None = None, **more: Any) -> nn.Module:
    """After one epoch from the same weights."""
    torch.manual_seed(1)
    model = net or nn.Linear(5, 1).double()
    arguments = {"loss_fn": nn.functional.mse_loss, "epochs": 1, "batch_size": 50} | more
    return fit(model, (x, y), (x, y), **arguments).model  # type: ignore[arg-type]


def normalised() -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)).double()


def twice(batch: Batch) -> Batch:
    return torch.cat([batch[0], 3 * batch[0]]), torch.cat([batch[1], 1 - batch[1]])


def third(batch: Batch) -> Batch:
    return batch[0][::3], batch[1][::3]


@pytest.mark.parametrize("augment", [twice, third])
def test_augmentation_may_make_more_or_fewer_examples_in_pieces_too(augment: Callable[[Batch], Batch]) -> None:
    whole = fitted(X, Y, augment=augment).weight  # type: ignore[union-attr]
    for micro_batch in (10, 49, 50):
        torch.testing.assert_close(fitted(X, Y, augment=augment, micro_batch=micro_batch).weight, whole, rtol=1e-12, atol=1e-14)


def test_what_augmentation_made_is_not_named_after_another_example() -> None:
    def spoiled(batch: Batch) -> Batch:
        x, y = third(batch)
        return x * torch.where(torch.arange(len(x)) == 1, torch.nan, 1.0)[:, None], y

    with pytest.raises(Diverged) as caught:
        fitted(X, Y, augment=spoiled)
    assert "these examples hold" not in str(caught.value)


def test_pieces_are_of_nearly_the_same_size() -> None:
    data = TensorDataset(X, Y)
    assert [len(y) for _, y in pieces_of(data, torch.arange(107), 53, None)] == [36, 36, 35]  # type: ignore[arg-type]


def test_a_remainder_of_one_example_trains_a_network_that_normalises_by_batches() -> None:
    run = fitted(X[:65], Y[:65], normalised(), batch_size=64)
    assert all(w.isfinite().all() for w in run.state_dict().values())
    found = preflight(normalised(), (X[:65], Y[:65]), (X, Y), loss_fn=nn.functional.mse_loss, epochs=1, seconds=0.2)
    assert found["time"].verdict == "ok" and "2 steps" in found["time"].words
    with pytest.raises(Exception, match="more than 1 value per channel"):  # where all are of one it is no remainder
        fitted(X[:8], Y[:8], normalised(), batch_size=1)


def test_an_example_that_stands_there_twice_counts_once() -> None:
    """By torch's autograd on the example alone, which a network without normalisation can take."""
    model = nn.Linear(5, 1).double()
    expected = torch.autograd.grad(nn.functional.mse_loss(model(X[:1]), Y[:1]), model.weight)[0]
    step = Step(model, GradientDescent(model.parameters(), lr=1e-30), nn.functional.mse_loss)
    _, count = step([(X[:1].repeat(2, 1), Y[:1].repeat(2, 1))], weight=0.5)
    assert count == 1
    torch.testing.assert_close(model.weight.grad, expected, rtol=1e-12, atol=0)


def test_what_own_code_draws_by_python_and_numpy_is_repeated_too() -> None:
    def noisy(batch: Batch) -> Batch:
        return batch[0] + random.random() + np.random.rand(), batch[1]  # noqa: NPY002

    first, again = (fitted(X, Y, augment=noisy).weight for _ in range(2))
    assert torch.equal(first, again)  # type: ignore[arg-type]

    class Own(nn.Module):
        pass

    plain = nn.Sequential(nn.Linear(2, 2))
    assert not draws_elsewhere(TensorDataset(X, Y), None, plain, nn.functional.mse_loss)
    assert draws_elsewhere(TensorDataset(X, Y), None, nn.Sequential(nn.Linear(2, 2), Own()), nn.functional.mse_loss)
    assert draws_elsewhere(TensorDataset(X, Y), None, plain, lambda z, y: z.mean())  # this file imports both
    assert draws_elsewhere(None, noisy, plain)


def test_parts_of_several_tensors_as_torch_splits_them() -> None:
    part, _ = random_split(TensorDataset(X, 2 * X, Y), [150, 50])
    (a, b), y = read(part, torch.tensor([7, 0]))  # type: ignore[arg-type]
    rows = [part.indices[7], part.indices[0]]
    assert torch.equal(a, X[rows]) and torch.equal(b, 2 * X[rows]) and torch.equal(y, Y[rows])


def test_a_data_set_without_a_length_is_refused() -> None:
    class Stream(IterableDataset):  # type: ignore[type-arg]
        def __iter__(self) -> Any:
            return iter(())

    with pytest.raises(InputError, match=r"^examples: expected a Dataset with len\(\) and \[i\], got Stream"):
        fit(nn.Linear(5, 1), Stream(), (X, Y), loss_fn=nn.functional.mse_loss)


@pytest.mark.parametrize(("order", "message"), [
    (lambda epoch: None, "expected a sequence of mini-batches"), (lambda epoch: [["a"]], "expected a sequence of mini-batches"),
    (lambda epoch: [torch.tensor([0.0, 1.0])], "whole numbers, got torch.float32"), (lambda epoch: [torch.tensor([True])], "whole numbers"),
])
def test_what_is_no_order(order: Any, message: str) -> None:
    with pytest.raises(InputError, match=f"^order: .*{message}"):
        checked(order, 1, 5)


def test_counts_are_whole_and_a_loss_is_a_tensor() -> None:
    for name in ("epochs", "batch_size", "micro_batch"):
        with pytest.raises(TypeError, match=f"^{name}: expected a whole number, got 2.5"):
            fitted(X, Y, **{name: 2.5})
    with pytest.raises(InputError, match="^loss_fn: expected a tensor that gradients go through, got float"):
        fitted(X, Y, loss_fn=lambda z, y: 1.0)
