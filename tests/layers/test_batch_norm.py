from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from wengu.core.checks import InputError
from wengu.layers import BatchNorm, batch_norm_by_hand, batch_statistics, running_by_hand

SHAPES = [(6, 3), (6, 3, 5), (4, 3, 5, 2), (2, 3, 2, 3, 2)]
EXACT = {"rtol": 1e-12, "atol": 1e-12}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=seeded(seed))


def torchs(shape, **settings):
    kind = {2: torch.nn.BatchNorm1d, 3: torch.nn.BatchNorm1d, 4: torch.nn.BatchNorm2d, 5: torch.nn.BatchNorm3d}
    return kind[len(shape)](shape[1], **settings).double()


@pytest.mark.parametrize("shape", SHAPES)
def test_parity_training(shape):
    """Authority: torch.nn.functional.batch_norm, the output and the gradients of z, γ and β."""
    leaves = [t.requires_grad_() for t in (3 * normal(*shape) + 2, normal(3, seed=1), normal(3, seed=2))]
    direction = normal(*shape, seed=3)
    z, gamma, beta = leaves
    layer = BatchNorm(3, eps=0.01).double()
    expected = F.batch_norm(z, None, None, gamma, beta, training=True, eps=0.01)
    torch.testing.assert_close(batch_norm_by_hand(z, gamma, beta, eps=0.01), expected, **EXACT)
    of_layer = torch.func.functional_call(layer, {"weight": gamma, "bias": beta}, z)
    torch.testing.assert_close(of_layer, expected, **EXACT)
    wanted = torch.autograd.grad((expected * direction).sum(), leaves)
    for out in (batch_norm_by_hand(z, gamma, beta, eps=0.01), of_layer):
        torch.testing.assert_close(torch.autograd.grad((out * direction).sum(), leaves), wanted, **EXACT)


@pytest.mark.parametrize("momentum", [0.1, 0.7, 1.0])
@pytest.mark.parametrize("shape", SHAPES)
def test_parity_test_time(shape, momentum):
    """Authority: torch.nn.BatchNorm1d to 3d with the same momentum: running averages over batches, then the test."""
    ours, theirs = BatchNorm(3, momentum=momentum).double(), torchs(shape, momentum=momentum)
    running = (torch.zeros(3, dtype=torch.float64), torch.ones(3, dtype=torch.float64))
    for t in range(5):
        z = (t + 1) * normal(*shape, seed=t) - t
        torch.testing.assert_close(ours(z), theirs(z), **EXACT)
        running = running_by_hand(running, z, momentum=momentum)
        torch.testing.assert_close([ours.running_mean, ours.running_var], [theirs.running_mean, theirs.running_var], **EXACT)
        torch.testing.assert_close(running, (theirs.running_mean, theirs.running_var), **EXACT)
    one = normal(1, *shape[1:], seed=9).requires_grad_()
    expected = theirs.eval()(one)
    by_hand = batch_norm_by_hand(one, ours.weight, ours.bias, running)
    for out in (ours.eval()(one), by_hand):
        torch.testing.assert_close(out, expected, **EXACT)
        torch.testing.assert_close(*(torch.autograd.grad(o.square().sum(), one, retain_graph=True) for o in (out, expected)), **EXACT)
    torch.testing.assert_close(ours.running_mean, running[0], **EXACT)  # a test leaves no trace


@pytest.mark.parametrize("shape", SHAPES)
def test_state_goes_both_ways(shape):
    theirs = torchs(shape)
    theirs(normal(*shape))
    torch.nn.init.normal_(theirs.weight, generator=seeded())
    ours = BatchNorm(3).double()
    ours.load_state_dict(theirs.state_dict())
    ours(normal(*shape, seed=1))
    back = torchs(shape)
    back.load_state_dict(ours.state_dict())
    assert back.num_batches_tracked == 2
    z = normal(*shape, seed=2)
    torch.testing.assert_close(back.eval()(z), ours.eval()(z), **EXACT)


def test_gradcheck():
    z, gamma, beta = (normal(*shape).requires_grad_() for shape in ((4, 2, 3), (2,), (2,)))
    assert torch.autograd.gradcheck(batch_norm_by_hand, [z, gamma, beta])
    running = (normal(2), normal(2).square())
    assert torch.autograd.gradcheck(lambda *a: batch_norm_by_hand(*a, running), [z, gamma, beta])


def test_every_channel_comes_out_at_mean_0_and_variance_1_wherever_it_was():
    z = torch.stack([1e3 + 5 * normal(1000), normal(1000) / 100], dim=1)
    layer = BatchNorm(2, eps=1e-12).double()
    mu, variance = batch_statistics(layer(z))
    torch.testing.assert_close(mu, torch.zeros(2, dtype=torch.float64))
    torch.testing.assert_close(variance, torch.ones(2, dtype=torch.float64), rtol=1e-6, atol=0)
    torch.testing.assert_close(layer(7 * z - 3), layer(z), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("shape", [(1, 3), (1, 3, 1, 1), (0, 3)])
def test_one_value_per_channel_has_no_variance(shape):
    layer = BatchNorm(3)
    with pytest.raises(InputError, match=r"z: expected at least two values per channel .* larger mini-batch.*\.eval\(\)"):
        layer(torch.zeros(shape))
    assert layer.num_batches_tracked == 0
    assert layer.eval()(torch.zeros(shape)).shape == shape
    assert BatchNorm(3)(torch.randn(1, 3, 2)).shape == (1, 3, 2)


@pytest.mark.parametrize("shape", [(3,), (2, 4), (2, 3, 1, 1, 1, 1)])
def test_refuses_shapes(shape):
    with pytest.raises(InputError, match=r"z: expected shape \(examples, 3\) with up to three dimensions"):
        BatchNorm(3)(torch.zeros(shape))


@pytest.mark.parametrize(("settings", "message"), [
    ({"num_features": 0}, "num_features: expected a number of at least 1, got 0"),
    ({"num_features": 3, "eps": 0}, "eps: expected a number above 0"),
    ({"num_features": 3, "momentum": 0}, "momentum: expected the weight of a new batch, above 0 and at most 1, got 0"),
    ({"num_features": 3, "momentum": 1.1}, "momentum: expected the weight of a new batch, above 0 and at most 1"),
])
def test_refuses_settings(settings, message):
    with pytest.raises(InputError, match=message):
        BatchNorm(**settings)


@pytest.mark.parametrize("channels", ["a", 2.5, None])
def test_channels_are_counted(channels):
    with pytest.raises(TypeError, match=r"^num_features: expected a (whole )?number, got "):
        BatchNorm(channels)
