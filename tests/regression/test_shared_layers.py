from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import nn

from wengu.core.checks import InputError
from wengu.functions import multi_task_cross_entropy
from wengu.regression import SharedLayers, shared_layers_by_hand

NAN = torch.nan
X = torch.randn(7, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
Y = torch.tensor([[1, 0, NAN], [0, NAN, NAN], [1, 1, 0], [NAN, NAN, NAN], [0, 0, 1], [NAN, 1, 0], [1, NAN, 1]],
                 dtype=torch.float64)


def net(hidden: tuple[int, ...] = (6, 4)) -> SharedLayers:
    return SharedLayers(5, 3, hidden=hidden, generator=torch.Generator().manual_seed(1)).double()


def parts(model: SharedLayers) -> tuple[list[tuple[torch.Tensor, ...]], list[tuple[torch.Tensor, ...]]]:
    """Weights and biases of the shared layers, and of each task's unit."""
    shared = [(layer.weight, layer.bias) for layer in model.shared if hasattr(layer, "weight")]
    return shared, list(zip(model.heads.weight, model.heads.bias, strict=True))


@pytest.mark.parametrize("hidden", [(), (6,), (6, 4)])
def test_parity_shared_layers(hidden: tuple[int, ...]) -> None:
    """Authority: torch.nn's Linear and ReLU with the same weights, in scores and in every gradient."""
    ours = net(hidden)
    sizes = [5, *hidden]
    theirs = nn.Sequential()
    for n, k in pairwise(sizes):
        theirs.extend([nn.Linear(n, k), nn.ReLU()])
    theirs.append(nn.Linear(sizes[-1], 3)).double()
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        other.data.copy_(mine.data)
    torch.testing.assert_close(shared_layers_by_hand(X, *parts(ours)), theirs(X), rtol=1e-14, atol=1e-14)
    torch.testing.assert_close(ours(X), theirs(X), rtol=1e-14, atol=1e-14)

    shared, heads = parts(ours)
    by_hand = torch.autograd.grad(multi_task_cross_entropy(shared_layers_by_hand(X, shared, heads), Y),
                                  list(ours.parameters()))
    known = ~Y.isnan()
    each = nn.functional.binary_cross_entropy_with_logits(theirs(X)[known], Y[known], reduction="sum") / len(X)
    for mine, other in zip(by_hand, torch.autograd.grad(each, list(theirs.parameters())), strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-12, atol=1e-14)


def test_the_gradient_of_the_shared_layers_is_the_sum_of_the_tasks() -> None:
    model = net()
    below = list(model.shared.parameters())
    each = []
    for j in range(3):
        alone = torch.full_like(Y, NAN)
        alone[:, j] = Y[:, j]
        each.append(torch.autograd.grad(multi_task_cross_entropy(model(X), alone), below))
    both = torch.autograd.grad(multi_task_cross_entropy(model(X), Y), below)
    for whole, *some in zip(both, *each, strict=True):
        torch.testing.assert_close(whole, sum(some), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("filled", [0.0, 1.0, 99.0, -torch.inf])
def test_missing_labels_change_nothing_whatever_stands_there(filled: float) -> None:
    model = net()
    known, anything = ~Y.isnan(), Y.nan_to_num(nan=filled)
    weights = list(model.parameters())
    by_nan = torch.autograd.grad(multi_task_cross_entropy(model(X), Y), weights)
    by_mask = torch.autograd.grad(multi_task_cross_entropy(model(X), anything, known=known), weights)
    for one, other in zip(by_nan, by_mask, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_sizes_below_one_are_refused() -> None:
    for wrong in ({"features": 0, "classes": 1}, {"features": 1, "classes": 0}, {"features": 1, "classes": 1, "hidden": (0,)}):
        with pytest.raises(InputError, match="expected .* at least 1, got 0"):
            SharedLayers(**wrong)  # type: ignore[arg-type]


def test_the_same_generator_gives_the_same_weights_and_each_unit_its_own() -> None:
    one, two = net(), net()
    for a, b in zip(one.parameters(), two.parameters(), strict=True):
        assert torch.equal(a, b)
    assert not torch.equal(one.heads.weight[0], one.heads.weight[1])
