from __future__ import annotations

import pytest
import torch

from wengu.core.checks import InputError
from wengu.layers import Linear, linear_by_hand


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_parity_linear():
    """Authority: torch.nn.Linear with the same W and b, value and gradients; numpy's matrix product."""
    ours, theirs = Linear(5, 3, generator=seeded()).double(), torch.nn.Linear(5, 3).double()
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(2, 7, 5, dtype=torch.float64, generator=seeded())
    W, b = ours.weight, ours.bias
    by_hand = linear_by_hand(x, W, b)
    torch.testing.assert_close(ours(x), theirs(x))
    torch.testing.assert_close(by_hand, theirs(x))
    torch.testing.assert_close(by_hand, torch.from_numpy(x.numpy() @ W.detach().numpy().T) + b)
    theirs(x).square().sum().backward()
    for z in (ours(x), by_hand):
        gradients = torch.autograd.grad(z.square().sum(), [W, b])
        torch.testing.assert_close(list(gradients), [theirs.weight.grad, theirs.bias.grad])


def test_gradcheck():
    x, W, b = (torch.randn(shape, dtype=torch.float64, generator=seeded()) for shape in ((4, 3), (2, 3), (2,)))
    assert torch.autograd.gradcheck(linear_by_hand, [t.requires_grad_() for t in (x, W, b)])


def test_without_bias():
    layer = Linear(3, 2, bias=False)
    assert list(layer.state_dict()) == ["weight"]
    torch.testing.assert_close(layer(torch.ones(3)), layer.weight.sum(1))


@pytest.mark.parametrize("init_variance", [1.0, 2.0])
def test_start(init_variance):
    """√(init_variance / n) is the spread of W, b is 0, and the generator alone decides."""
    layer = Linear(400, 300, init_variance=init_variance, generator=seeded())
    assert layer.weight.std().item() == pytest.approx((init_variance / 400) ** 0.5, rel=0.01)
    assert abs(layer.weight.mean().item()) < 4 * (init_variance / 400 / layer.weight.numel()) ** 0.5
    assert not layer.bias.any()
    assert torch.equal(layer.weight, Linear(400, 300, init_variance=init_variance, generator=seeded()).weight)
    assert not torch.equal(layer.weight, Linear(400, 300, init_variance=init_variance, generator=seeded(1)).weight)


def test_he_keeps_the_mean_square_under_relu():
    """He et al. 2015, equation 10: ten layers neither explode nor vanish."""
    a = torch.randn(500, 256, generator=seeded())
    for _ in range(10):
        a = torch.relu(Linear(256, 256, generator=seeded(1))(a))
        assert 0.3 < a.square().mean().item() < 3


def test_refusals():
    with pytest.raises(InputError, match="in_features: expected a number of at least 1, got 0"):
        Linear(0, 3)
    with pytest.raises(InputError, match="out_features: expected a number of at least 1, got -1"):
        Linear(3, -1)
    with pytest.raises(InputError, match=r"x: expected 4 features in the last dimension, got shape \(2, 3\).*in_features=3"):
        Linear(4, 2)(torch.zeros(2, 3))
