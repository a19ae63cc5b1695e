from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from wengu.core.checks import InputError
from wengu.layers import AvgPool2d, MaxPool2d, average_pool_by_hand, max_pool_by_hand

CASES = [
    {"kernel_size": 2},
    {"kernel_size": 3, "stride": 2},
    {"kernel_size": 3, "stride": 1, "padding": 1},
    {"kernel_size": 2, "stride": 3, "padding": 1},
]
KINDS = [(MaxPool2d, max_pool_by_hand, F.max_pool2d), (AvgPool2d, average_pool_by_hand, F.avg_pool2d)]


def picture(*shape):
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) - 2


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("layer", "by_hand", "theirs"), KINDS)
def test_parity_pooling(layer, by_hand, theirs, case):
    """Authority: torch.nn.functional; by hand and layer, value and gradient. The numbers are mostly below 0, so that a
    padding of zeros would win."""
    x = picture(2, 3, 7, 8)

    def value_and_gradient(pool):
        leaf = x.clone().requires_grad_()
        a = pool(leaf)
        return a, torch.autograd.grad(a.square().sum(), leaf)[0]

    expected = value_and_gradient(lambda x: theirs(x, case["kernel_size"], case.get("stride"), case.get("padding", 0)))
    torch.testing.assert_close(value_and_gradient(lambda x: by_hand(x, **case)), expected)
    torch.testing.assert_close(value_and_gradient(layer(**case)), expected)


@pytest.mark.parametrize(("pool", "numpys"), [(MaxPool2d(2), "max"), (AvgPool2d(2), "mean")])
def test_parity_side_by_side(pool, numpys):
    """Authority: numpy over the picture cut into blocks."""
    x = picture(1, 1, 6, 4)
    blocks = x.numpy().reshape(3, 2, 2, 2)
    assert pool(x)[0, 0].numpy() == pytest.approx(getattr(blocks, numpys)(axis=(1, 3)))


@pytest.mark.parametrize("by_hand", [max_pool_by_hand, average_pool_by_hand])
def test_gradcheck(by_hand):
    assert torch.autograd.gradcheck(lambda x: by_hand(x, 3, stride=2), picture(1, 2, 5, 5).requires_grad_())


def test_nothing_to_learn():
    assert not list(MaxPool2d(2).parameters()) and not MaxPool2d(2).state_dict()
    assert not list(AvgPool2d(2).parameters()) and not AvgPool2d(2).state_dict()


def test_equal_maxima_share_the_gradient_by_hand_and_not_in_the_layer():
    for pool, expected in [(lambda x: max_pool_by_hand(x, 2), [0.25] * 4), (MaxPool2d(2), [1, 0, 0, 0])]:
        x = torch.ones(1, 1, 2, 2, requires_grad=True)
        pool(x).sum().backward()
        assert x.grad.flatten().tolist() == expected


@pytest.mark.parametrize("layer", [MaxPool2d, AvgPool2d])
def test_refusals(layer):
    with pytest.raises(InputError, match="kernel_size: expected a number of at least 1, got 0"):
        layer(0)
    with pytest.raises(InputError, match="stride: expected a number of at least 1, got 0"):
        layer(2, stride=0)
    with pytest.raises(InputError, match="padding: expected at most half the window's size 3, got 2"):
        layer(3, padding=2)
    with pytest.raises(InputError, match="f: expected a filter no larger than the padded input, 2, got 3"):
        layer(3)(torch.zeros(1, 1, 5, 2))
