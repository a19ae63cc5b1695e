from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from tests.layers.digits import X, cost_after_100_steps, deep, report_on, seeded
from wengu.core.checks import InputError
from wengu.layers import BatchNorm, fixed


def test_the_proposal_lets_fifty_sigmoids_learn_digits():
    """In 100 steps below half of ln 10, where the network as it was stays at ln 10."""
    net = deep(50, nn.Sigmoid)
    report = report_on(net)
    assert report.remedy == "weights"
    assert cost_after_100_steps(fixed(net, X[:256], report.remedy, generator=seeded())) < math.log(10) / 2
    assert cost_after_100_steps(net) == pytest.approx(math.log(10), abs=0.05)


@pytest.mark.parametrize(("remedy", "layers"), [("normalisation", 12), ("activation", 20)])
def test_the_other_remedies_let_sigmoids_learn_too(remedy, layers):
    net = deep(layers, nn.Sigmoid)
    assert report_on(net, propose=False).verdict == "vanishing"
    other = fixed(net, X[:256], remedy, generator=seeded())
    assert report_on(other, propose=False).verdict == "healthy"
    assert cost_after_100_steps(other, lr=3e-3 if remedy == "normalisation" else 1e-3) < math.log(10) / 2
    kinds = {type(part) for part in other.modules()}
    assert (BatchNorm in kinds) == (remedy == "normalisation")
    assert (nn.ReLU in kinds) == (nn.Sigmoid not in kinds) == (remedy == "activation")


def test_weights_make_thirty_layers_of_any_activation_healthy():
    for activation in (nn.Tanh, nn.ReLU, nn.GELU):
        net = deep(30, activation, rule="small")
        assert report_on(net, propose=False).verdict == "vanishing"
        assert report_on(fixed(net, X[:256], "weights", generator=seeded()), propose=False).verdict == "healthy"


def test_remedies_leave_what_they_should():
    sequence = nn.Sequential(nn.Linear(6, 5), nn.Sigmoid(), nn.Linear(5, 1), nn.Sigmoid())
    x = torch.randn(7, 9, 6, generator=seeded())
    normalised = fixed(sequence, x, "normalisation")
    assert [type(part).__name__ for part in normalised[0]] == ["Linear", "LayerNorm"]
    assert isinstance(normalised[2], nn.Linear)  # the last stays
    replaced = fixed(sequence, x, "activation")
    assert [type(part).__name__ for part in replaced] == ["Linear", "ReLU", "Linear", "Sigmoid"]  # it makes the probability
    conv = fixed(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 2, 3)).double(), torch.randn(5, 3, 9, 9).double(), "normalisation")
    assert conv(torch.randn(5, 3, 9, 9).double()).dtype == torch.float64
    assert conv[0][1].num_features == 4


def test_weights_centre_what_enters_a_sigmoid():
    net = fixed(deep(5, nn.Sigmoid), X[:256], "weights", generator=seeded())
    z = net[:7](X[:256])
    torch.testing.assert_close(z.mean(0), torch.zeros(32), rtol=0, atol=1e-4)
    assert z.square().mean().item() == pytest.approx(1, rel=1e-4)
    for activation, spread in ((nn.ReLU, 1), (nn.Tanh, 0.5)):
        z = fixed(deep(5, activation), X[:256], "weights", generator=seeded())[:7](X[:256])
        assert z.square().mean().sqrt().item() == pytest.approx(spread, rel=1e-4)


def test_refusals():
    net, x = nn.Sequential(nn.Linear(2, 2)), torch.ones(3, 2)
    with pytest.raises(InputError, match="remedy: 'weight' is unknown; did you mean weights"):
        fixed(net, x, "weight")
    with pytest.raises(InputError, match="model: expected nn.Sigmoid or nn.Tanh between its layers, got none"):
        fixed(net, x, "activation")
    with pytest.raises(InputError, match="model: expected at least one linear or convolutional layer"):
        fixed(nn.ReLU(), x, "weights")
