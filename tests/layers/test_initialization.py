from __future__ import annotations

import math

import pytest
import torch
from scipy import integrate, stats
from torch import nn
from torch.nn import functional as F

from wengu.core.checks import InputError
from wengu.layers import Conv2d, Linear, by_gain, fans, gain, he, initialise, scaled, small_random, xavier
from wengu.layers.probe import calls_in
from wengu.vision.convnets import LeNet5

SHAPES = [(300, 200), (60, 20, 5, 5), (50, 40, 3), (10, 8, 3, 3, 3)]


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def follows_normal_law(W, std):
    """Whether W is N(0, std²), by Kolmogorov and Smirnov's test."""
    return stats.kstest(W.detach().flatten().double().numpy() / std, "norm").pvalue > 0.001


def torchs_std(init, shape, **settings):
    """What torch draws, measured on many: a fan is all that it takes from the shape."""
    return init(torch.empty(shape), generator=seeded(7), **settings).std().item()


def test_parity_small_random():
    """Authority: scipy's normal law with standard deviation 0.01."""
    for shape in SHAPES:
        assert follows_normal_law(small_random(shape, generator=seeded()), 0.01)


@pytest.mark.parametrize("shape", SHAPES)
def test_parity_scaled(shape):
    """Authority: scipy's normal law with √(1/n_in), and torch.nn.init.kaiming_normal_ for linear layers."""
    n_in = math.prod(shape[1:])
    W = scaled(shape, generator=seeded())
    assert follows_normal_law(W, math.sqrt(1 / n_in))
    assert torchs_std(nn.init.kaiming_normal_, shape, nonlinearity="linear") == pytest.approx(W.std().item(), rel=0.05)


@pytest.mark.parametrize("shape", SHAPES)
def test_parity_he(shape):
    """Authority: scipy's normal law with √(2/n_in), and torch.nn.init.kaiming_normal_ for ReLU."""
    n_in = math.prod(shape[1:])
    W = he(shape, generator=seeded())
    assert follows_normal_law(W, math.sqrt(2 / n_in))
    assert torchs_std(nn.init.kaiming_normal_, shape, nonlinearity="relu") == pytest.approx(W.std().item(), rel=0.05)


@pytest.mark.parametrize("shape", SHAPES)
def test_parity_xavier(shape):
    """Authority: scipy's normal law with √(1/n_in) and √(2/(n_in+n_out)), and torch.nn.init.xavier_normal_."""
    places = math.prod(shape[2:])
    n_in, n_out = shape[1] * places, shape[0] * places
    assert fans(shape) == (n_in, n_out)
    assert follows_normal_law(xavier(shape, generator=seeded()), math.sqrt(1 / n_in))
    W = xavier(shape, average=True, generator=seeded())
    assert follows_normal_law(W, math.sqrt(2 / (n_in + n_out)))
    assert torchs_std(nn.init.xavier_normal_, shape) == pytest.approx(W.std().item(), rel=0.05)


def test_parity_gain():
    """Authority: analytic values, torch.nn.init.calculate_gain where its definition is the same, scipy's integral else."""
    assert gain("relu") == pytest.approx(math.sqrt(2), rel=1e-13)  # E[max(0, z)²] = 1/2
    assert gain(lambda z: z) == pytest.approx(1, rel=1e-13)
    assert gain(torch.erf) == pytest.approx(1 / math.sqrt(2 / math.pi * math.asin(2 / 3)), rel=1e-13)  # Williams 1997
    assert gain(torch.exp) == pytest.approx(math.exp(-1), rel=1e-13)  # E[e^2z] = e²
    for slope in (0.01, 0.3):
        theirs = nn.init.calculate_gain("leaky_relu", slope)
        assert gain(nn.LeakyReLU(slope)) == pytest.approx(theirs, rel=1e-13)
    for g in (torch.tanh, torch.sigmoid, F.gelu, F.silu, F.elu, F.relu6, F.hardtanh):
        def square(z, g=g):
            return g(torch.tensor(z, dtype=torch.float64)).item() ** 2 * stats.norm.pdf(z)
        parts = [integrate.quad(square, a, b, epsabs=1e-14)[0] for a, b in ((-40, 0), (0, 1), (1, 6), (6, 40))]
        assert gain(g) == pytest.approx(1 / math.sqrt(sum(parts)), rel=1e-9)
    assert gain("tanh") == pytest.approx(1.5925374)  # torch's 5/3 is another definition


def test_gain_keeps_the_scale_through_twenty_layers():
    for g in (torch.tanh, torch.relu, F.elu, torch.sin):
        a = torch.randn(400, 256, generator=seeded())
        for l in range(20):
            z = a @ by_gain((256, 256), g, generator=seeded(l)).T
            a = g(z)
        assert 0.5 < z.square().mean().item() < 2


def test_small_weights_keep_a_sigmoid_from_saturating():
    """3.2: why small. The slope of sigmoid behind 500 inputs, under weights of 0.01 and of 1."""
    x = torch.randn(100, 500, generator=seeded())
    slopes = []
    for scale in (1, 100):
        z = x @ (scale * small_random((50, 500), generator=seeded(1))).T
        slopes.append((torch.sigmoid(z) * torch.sigmoid(-z)).mean().item())
    assert slopes[0] > 0.23
    assert slopes[1] < 0.05


def test_initialise_sets_every_weight_by_the_rule_and_every_bias_to_0():
    model = nn.Sequential(nn.Conv2d(3, 50, 5), nn.ReLU(), nn.Flatten(), nn.BatchNorm1d(8), Linear(200, 300), nn.Linear(300, 100))
    expected = {"small": [0.01] * 3, "scaled": [75, 200, 300], "he": [75 / 2, 100, 150], "xavier": [75, 200, 300],
                "xavier average": [(75 + 1250) / 2, 250, 200]}
    for rule, values in expected.items():
        drawn = initialise(model, rule, generator=seeded())
        assert list(drawn) == ["0", "4", "5"]
        wanted = values if rule == "small" else [n**-0.5 for n in values]
        assert list(drawn.values()) == pytest.approx(wanted, rel=0.05)
        for layer, std in zip((model[0], model[4], model[5]), wanted, strict=True):
            assert follows_normal_law(layer.weight, std)
            assert not layer.bias.any()
    assert model[3].weight.eq(1).all()


def test_initialise_agrees_with_init_variance():
    """init_variance 2 of Linear and Conv2d is He, and the same generator draws the same numbers."""
    for make in (lambda g: Linear(30, 20, generator=g), lambda g: Conv2d(3, 5, 4, generator=g)):
        made, other = make(seeded()), make(seeded(1))
        initialise(other, "he", generator=seeded())
        torch.testing.assert_close(made.weight, other.weight)


class Residual(nn.Module):
    """Activations as functions, behind normalisation, pooling and a sum."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.skip = nn.Conv2d(1, 40, 3, padding=1), nn.BatchNorm2d(40), nn.Conv2d(1, 40, 1)
        self.hidden, self.out = nn.Linear(640, 500), nn.Linear(500, 100)
        self.unused = nn.Linear(300, 300)

    def forward(self, x):
        z = F.max_pool2d(self.norm(self.conv(x)) + self.skip(x), 2)
        return self.out(torch.tanh(self.hidden(F.leaky_relu(z, 0.2).flatten(1))))


def test_gain_finds_which_activation_follows():
    model = Residual()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    assert [call.activation for call in calls_in(model, torch.zeros(1, 1, 8, 8))] == ["leaky_relu", "leaky_relu", "tanh", ""]
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    drawn = initialise(model, "gain", batch=torch.zeros(1, 1, 8, 8), generator=seeded())
    leaky = math.sqrt(2 / (1 + 0.2**2))
    assert drawn["conv"] == pytest.approx(leaky / math.sqrt(9), rel=0.1)
    assert drawn["hidden"] == pytest.approx(gain("tanh") / math.sqrt(640), rel=0.01)
    assert drawn["out"] == pytest.approx(1 / math.sqrt(500), rel=0.02)
    assert drawn["unused"] == pytest.approx(1 / math.sqrt(300), rel=0.02)
    assert model.training
    assert initialise(model, "gain", activation="relu", generator=seeded())["out"] == pytest.approx(math.sqrt(2 / 500), rel=0.02)


class Shared(nn.Module):
    """One layer called twice, and a gate: the first activation that a layer meets is its own."""

    def __init__(self):
        super().__init__()
        self.twice, self.gated = nn.Linear(400, 400), nn.Linear(400, 400)

    def forward(self, x):
        z = self.gated(self.twice(torch.relu_(self.twice(x))))
        return torch.sigmoid(torch.tanh(z)) * torch.sigmoid(z)


def test_the_first_activation_of_the_first_call_decides():
    drawn = initialise(Shared(), "gain", batch=torch.zeros(1, 400), generator=seeded())
    assert drawn["twice"] == pytest.approx(math.sqrt(2 / 400), rel=0.01)
    assert drawn["gated"] == pytest.approx(gain("tanh") / 20, rel=0.01)


def test_gain_sees_the_activations_of_lenet5():
    """LeNet-5 holds its activation as a function."""
    for name in ("relu", "sigmoid", "tanh", "leaky_relu"):
        calls = calls_in(LeNet5(activation=name), torch.zeros(1, 1, 28, 28))
        assert [call.activation for call in calls] == [name] * 4 + [""]


def test_a_transposed_convolution_counts_its_own_inputs():
    """Its weight is (channels, filters / groups, ..): the other way round."""
    layer = nn.ConvTranspose2d(60, 4, 3, groups=2)
    assert initialise(layer, "scaled", generator=seeded())[""] == pytest.approx(1 / math.sqrt(30 * 9), rel=0.05)


def test_refusals():
    with pytest.raises(InputError, match="rule: 'hee' is unknown; did you mean he"):
        initialise(nn.Linear(1, 1), "hee")
    with pytest.raises(InputError, match="model: expected at least one linear or convolutional layer"):
        initialise(nn.Sequential(nn.ReLU()), "he")
    with pytest.raises(InputError, match="rule: 'gain' needs to know the activation; give activation=, or batch="):
        initialise(nn.Linear(1, 1), "gain")
    with pytest.raises(InputError, match="activation: 'rellu' is unknown; did you mean relu"):
        gain("rellu")
    with pytest.raises(InputError, match="activation: expected one with a mean square above 0 and finite"):
        gain(torch.zeros_like)
    for shape in ((3,), (0, 3)):
        with pytest.raises(InputError, match="shape: expected that of a weight"):
            he(shape)


def test_an_activation_with_weights_of_its_own_is_seen() -> None:
    """Authority: E[max(z, 0)² + (z/4)² for z < 0] = (1 + 1/16)/2."""
    expected = (2 / (1 + 1 / 16)) ** 0.5
    assert gain(nn.PReLU()) == pytest.approx(expected, rel=1e-6)
    model = nn.Sequential(nn.Linear(2000, 500), nn.PReLU(), nn.Linear(500, 2))
    drawn = initialise(model, "gain", batch=torch.zeros(3, 2000), generator=torch.Generator().manual_seed(0))
    assert drawn["0"] == pytest.approx(expected / 2000**0.5, rel=0.01)


def test_tied_weights_are_drawn_once() -> None:
    model = nn.Sequential(nn.Linear(30, 30), nn.Tanh(), nn.Linear(30, 30))
    model[2].weight = model[0].weight
    drawn = initialise(model, "gain", batch=torch.zeros(1, 30), generator=torch.Generator().manual_seed(0))
    assert list(drawn) == ["0"] and drawn["0"] == pytest.approx(model[0].weight.std(correction=0).item())
