from __future__ import annotations

import pytest
import torch
from torch import nn

from wengu.core.checks import InputError
from wengu.functions import cross_entropy
from wengu.vision.convnets.lenet5 import LeNet5


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def pictures(*shape):
    return torch.randn(shape, generator=seeded())


def test_parameters_layer_by_layer():
    """The sums of (f² n_C + 1) · filters and (n_in + 1) · n_out, worked by hand."""
    net = LeNet5()
    counts = [sum(p.numel() for p in layer.parameters()) for layer in (net.c1, net.c3, net.c5, net.f6, net.output)]
    assert counts == [156, 2416, 48120, 10164, 850]
    assert sum(p.numel() for p in net.parameters()) == 61_706


@pytest.mark.parametrize(
    ("arguments", "module"),
    [({}, [nn.ReLU(), nn.MaxPool2d(2)]), ({"activation": "tanh", "pool": "average"}, [nn.Tanh(), nn.AvgPool2d(2)])],
)
def test_parity_lenet5(arguments, module):
    """Authority: the same network of torch.nn layers with the same weights, scores and gradients, in float64."""
    g, pool = module
    net = LeNet5(**arguments, generator=seeded()).double()
    theirs = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), g, pool, nn.Conv2d(6, 16, 5), g, pool, nn.Flatten(),
        nn.Linear(400, 120), g, nn.Linear(120, 84), g, nn.Linear(84, 10),
    ).double()  # fmt: skip
    theirs.load_state_dict(dict(zip(theirs.state_dict(), net.state_dict().values(), strict=True)))
    x = pictures(3, 1, 28, 28).double()
    torch.testing.assert_close(net(x), theirs(x))
    for model in (net, theirs):
        model(x).square().sum().backward()
    torch.testing.assert_close([p.grad for p in net.parameters()], [p.grad for p in theirs.parameters()])


@pytest.mark.parametrize(("channels", "classes", "size", "places"), [
    (1, 10, (32, 32), 25), (3, 7, (28, 28), 25), (3, 2, (64, 48), 13 * 9), (1, 10, (12, 12), 1),
])  # fmt: skip
def test_other_sizes(channels, classes, size, places):
    net = LeNet5(classes, channels=channels, size=size)
    assert net(torch.zeros(2, channels, *size)).shape == (2, classes)
    others = (channels - 1) * 6 * 25 + (classes - 10) * 85 + 16 * 120 * (places - 25)
    assert sum(p.numel() for p in net.parameters()) == 61_706 + others


def test_28_is_32_with_two_rings_of_zeros():
    small, large = LeNet5(generator=seeded()), LeNet5(size=32, generator=seeded())
    x = pictures(2, 1, 28, 28)
    torch.testing.assert_close(small(x), large(nn.functional.pad(x, (2, 2, 2, 2))))


def test_the_generator_decides_the_weights():
    first, same, other = (LeNet5(generator=seeded(s)).state_dict() for s in (0, 0, 1))
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert not torch.equal(first["c1.weight"], other["c1.weight"])


def test_start_of_the_weights_goes_with_the_activation():
    he, xavier = (LeNet5(activation=g, generator=seeded()).f6.weight for g in ("leaky_relu", "tanh"))
    torch.testing.assert_close(he, xavier * 2**0.5)


def test_weights_saved_and_loaded(tmp_path):
    net, other = LeNet5(generator=seeded()), LeNet5(generator=seeded(1))
    torch.save(net.state_dict(), tmp_path / "lenet5.pt")
    other.load_state_dict(torch.load(tmp_path / "lenet5.pt", weights_only=True))
    x = pictures(2, 1, 28, 28)
    assert torch.equal(net(x), other(x))


def test_channels_last_gives_the_same_scores():
    net, x = LeNet5(channels=3, generator=seeded()), pictures(2, 3, 28, 28)
    expected = net(x)
    net.to(memory_format=torch.channels_last)
    torch.testing.assert_close(net(x.to(memory_format=torch.channels_last)), expected)


def test_dropout_is_on_in_training_alone():
    net, x = LeNet5(dropout=0.5, generator=seeded()), pictures(2, 1, 28, 28)
    assert not torch.equal(net(x), net(x))
    net.eval()
    assert torch.equal(net(x), net(x))
    assert torch.equal(net(x), LeNet5(generator=seeded())(x))


def test_dropout_is_after_both_hidden_layers():
    net, entering = LeNet5(dropout=0.5, activation="tanh", generator=seeded()), {}
    for name in ("f6", "output"):
        net.get_submodule(name).register_forward_pre_hook(lambda _, a, name=name: entering.update({name: a[0]}))
    net(pictures(50, 1, 28, 28))
    for a in entering.values():  # no tanh is 0 by itself
        assert (a == 0).float().mean().item() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "tanh"])
def test_memorises_pictures(activation):
    x, y = pictures(20, 1, 28, 28), torch.arange(20) % 10
    net = LeNet5(activation=activation, generator=seeded())
    optimiser = torch.optim.Adam(net.parameters(), lr=2e-3)
    for _ in range(60):
        optimiser.zero_grad()
        cross_entropy(net(x), y).backward()
        optimiser.step()
    assert torch.equal(net(x).argmax(1), y)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"size": (64, 11)}, "size: LeNet5 reads pictures of 12 × 12 and larger, got 64 × 11"),
     ({"activation": "rely"}, "activation: 'rely' is unknown; did you mean relu"),
     ({"pool": "avg"}, "pool: 'avg' is unknown.* Choose from: average, max"),
     ({"dropout": 1}, "dropout: expected a number from 0 to below 1"), ({"classes": 0}, "classes: expected"),
     ({"channels": 0}, "channels: expected")],
)  # fmt: skip
def test_refusals(arguments, message):
    with pytest.raises(InputError, match=message):
        LeNet5(**arguments)


def test_wrong_pictures():
    with pytest.raises(InputError, match=r"height and width \(28, 28\), got shape \(2, 1, 32, 32\); resize or pad"):
        LeNet5()(torch.zeros(2, 1, 32, 32))
    with pytest.raises(InputError, match=r"x: expected shape \(examples, 1, height, width\), got \(2, 3, 28, 28\)"):
        LeNet5()(torch.zeros(2, 3, 28, 28))
