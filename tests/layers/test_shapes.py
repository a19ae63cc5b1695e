from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from wengu.core.checks import InputError
from wengu.layers import BatchNorm, Conv1d, Conv2d, Conv3d, MaxPool2d, shapes
from wengu.layers.receptive_field import FollowedFields
from wengu.vision import convnets


@pytest.mark.parametrize(("make", "size", "r"), [
    (lambda: convnets.VGG16(5), 224, 212), (lambda: convnets.ResNet18(5), 224, 435),
    (lambda: convnets.ResNet50(5), 224, 427), (lambda: convnets.AlexNet(5), 227, 195),
])  # fmt: skip
def test_receptive_fields_that_are_published(make, size, r):
    """Araujo, Norris & Sim 2019, table of the last layer before the average; ResNet-50 with the stride in its 3 × 3."""
    with torch.device("meta"):
        net = make()
    last = [layer for layer in shapes(net, (3, size, size)).layers if layer.field.size][-1]
    assert last.field.size == (r, r)


class Branches(nn.Module):
    """Everything that a way can meet, as functions and as modules."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = Conv2d(2, 3, 3, stride=2, padding=1), Conv2d(2, 3, (5, 3), stride=2, padding=(2, 1), bias=False)
        self.c, self.norm = Conv2d(6, 4, 3, dilation=2, groups=2), BatchNorm(4)

    def forward(self, x):
        z = torch.cat([self.a(x), F.relu(self.b(x))], dim=1)
        z = F.max_pool2d(z, 3, 2)
        z = self.norm(self.c(z)) * 2 + 1
        return F.avg_pool2d(z, kernel_size=2, stride=1)


def measured_field(net, x):
    """How far apart the pixels are whose change changes the middle of the output: by autograd."""
    x = x.double().requires_grad_()
    z = net.double().eval()(x)
    z[0, :, z.shape[2] // 2, z.shape[3] // 2].abs().sum().backward()
    seen = [(x.grad[0].abs().sum(0).sum(1 - k) > 0).nonzero() for k in (0, 1)]
    return tuple(int(at.max() - at.min()) + 1 for at in seen)


def test_receptive_field_is_what_a_change_shows():
    """Authority: autograd. The largest of many weights: a pixel that no maximum takes is not seen by one of them."""
    with FollowedFields(x := torch.zeros(1, 2, 60, 60)) as fields:
        z = Branches().eval()(x)
    generator = torch.Generator().manual_seed(0)
    found = set()
    for seed in range(30):
        torch.manual_seed(seed)
        found.add(measured_field(Branches(), torch.rand(1, 2, 60, 60, generator=generator)))
    assert fields[z].size == tuple(max(one[k] for one in found) for k in (0, 1))
    assert fields[z].step == (4, 4)


@pytest.mark.parametrize("make", [lambda: convnets.ResNet20(), lambda: convnets.MobileNetV2(10, size=32),
                                  lambda: convnets.GoogLeNet(10, size=32), lambda: convnets.AlexNet(10, size=32)])
def test_parity_multiplications_of_a_network(make):
    """Authority: torch's counter of floating-point operations, two for each multiplication."""
    net = make().eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(torch.zeros(1, 3, 32, 32))
    table = shapes(net, (3, 32, 32))
    assert 2 * table.multiplications == counter.get_total_flops()
    unused = sum(p.numel() for p in getattr(net, "sides", nn.ModuleDict()).parameters())  # they run in training alone
    assert table.parameters == sum(p.numel() for p in net.parameters()) - unused


@pytest.mark.parametrize(("layer", "shape", "line"), [
    (Conv1d(1, 16, 5), (1, 14), ("16 × 10", "⌊(14-5)/1⌋ + 1 = 10", "(5·1+1)·16 = 96", "800")),
    (Conv3d(1, 16, 5), (1, 14, 14, 14), ("16 × 10 × 10 × 10", "⌊(14-5)/1⌋ + 1 = 10", "(5·5·5·1+1)·16 = 2,016",
                                         "2,000,000")),
    (Conv2d(4, 2, (3, 1), stride=(2, 1), padding=(1, 0), dilation=(2, 1), bias=False), (4, 9, 8),
     ("2 × 4 × 8", "⌊(9+2·1-2·2-1)/2⌋ + 1 = 4, ⌊(8-1)/1⌋ + 1 = 8", "3·1·4·2 = 24", "768")),
    (MaxPool2d(3, 2, ceil_mode=True), (1, 8, 8), ("1 × 4 × 4", "⌈(8-3)/2⌉ + 1 = 4")),
])  # fmt: skip
def test_formulas_filled_in(layer, shape, line):
    text = str(shapes(nn.Sequential(layer), shape))
    for part in line:
        assert part in text, text
    assert layer(torch.zeros(1, *shape)).shape[1:] == shapes(nn.Sequential(layer), shape).layers[0].shape


def test_a_layer_that_is_called_twice_counts_its_parameters_once():
    net = convnets.LeNet5()
    table = shapes(net, (1, 28, 28))
    assert [layer.name for layer in table.layers].count("pool") == 2
    twice = nn.Sequential(layer := nn.Conv2d(1, 1, 3, padding=1), layer)
    assert (shapes(twice, (1, 5, 5)).parameters, shapes(twice, (1, 5, 5)).multiplications) == (10, 2 * 25 * 9)


def test_the_network_stays_as_it_was():
    net = convnets.ResNet20().train()
    before = {name: t.clone() for name, t in net.state_dict().items()}
    shapes(net, (3, 32, 32))
    assert net.training and not net._forward_hooks
    assert all(torch.equal(t, before[name]) for name, t in net.state_dict().items())
    assert all(not module._forward_hooks and not module._forward_pre_hooks for module in net.modules())


def test_too_small():
    net = nn.Sequential(Conv2d(1, 2, 5), MaxPool2d(2), Conv2d(2, 2, 5))
    with pytest.raises(InputError, match=r"2 cannot take what reaches it of an input of 1 × 10 × 12: f: expected a filter "
                                         r"no larger .*; the smallest input that goes through is 1 × 14 × 14"):
        shapes(net, (1, 10, 12))
    assert shapes(net, (1, 14, 14)).layers[-1].shape == (2, 1, 1)


def test_a_linear_layer_that_does_not_fit_is_named():
    net = nn.Sequential(nn.Flatten(), nn.Linear(48, 2))
    with pytest.raises(InputError, match="1 cannot take what reaches it of an input of 3 × 5 × 5"):
        shapes(net, (3, 5, 5))
    assert shapes(net, (3, 4, 4)).multiplications == 96
