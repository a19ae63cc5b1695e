"""Batch norm folded into the layer before it: the same answers, and nothing folded that may not be."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn.utils import fusion
from torch.nn.utils.parametrizations import weight_norm

from wengu.layers import BatchNorm, Conv2d, Linear, folded
from wengu.layers.fold import NORMS
from wengu.vision import convnets


def settled(net):
    """Random running statistics, γ and β, so that a norm does something; in float64 and evaluation mode."""
    generator = torch.Generator().manual_seed(0)
    for module in net.modules():
        if isinstance(module, NORMS) and module.running_mean is not None:
            module.running_mean.uniform_(-0.5, 0.5, generator=generator)
            module.running_var.uniform_(0.5, 1.5, generator=generator)
            if module.affine:
                module.weight.data.uniform_(0.5, 1.5, generator=generator)
                module.bias.data.uniform_(-0.5, 0.5, generator=generator)
    return net.double().eval()


def drawn(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1)).double()


def norms_left(net):
    return sum(isinstance(module, NORMS) for module in net.modules())


@pytest.mark.parametrize(("layer", "fuse", "x"), [
    (nn.Conv1d(3, 4, 3), fusion.fuse_conv_bn_eval, (2, 3, 9)),
    (Conv2d(4, 6, 3, padding=1, groups=2, bias=False), fusion.fuse_conv_bn_eval, (2, 4, 7, 8)),
    (nn.Conv2d(4, 6, (3, 5), stride=2, padding=2, padding_mode="reflect"), fusion.fuse_conv_bn_eval, (2, 4, 9, 9)),
    (nn.Conv3d(2, 4, 2, dilation=2), fusion.fuse_conv_bn_eval, (2, 2, 5, 5, 5)),
    (Linear(5, 4), fusion.fuse_linear_bn_eval, (6, 5)),
    (nn.Linear(5, 4, bias=False), fusion.fuse_linear_bn_eval, (6, 5)),
])  # fmt: skip
@pytest.mark.parametrize("affine", [True, False])
def test_parity_torch(layer, fuse, x, affine):
    """Authority: torch.nn.utils.fusion, in float64, with γ = 1 and β = 0 written out; and the pair unfolded."""
    channels = len(layer.weight)
    pair = settled(nn.Sequential(layer, BatchNorm(channels, 1e-3, affine=affine)))
    same = BatchNorm(channels, 1e-3).double().eval()
    same.load_state_dict(pair[1].state_dict(), strict=affine)
    made, theirs = folded(pair, drawn(*x)), fuse(pair[0], same)
    torch.testing.assert_close(made[0].weight, theirs.weight)
    torch.testing.assert_close(made[0].bias, theirs.bias)
    torch.testing.assert_close(made(drawn(*x)), pair(drawn(*x)))
    assert norms_left(made) == 0 and norms_left(pair) == 1


@pytest.mark.parametrize(("name", "arguments", "channels"), [
    ("ResNet18", {"size": 32}, 3), ("ResNet20", {"channels": 1}, 1), ("MobileNetV2", {"size": 32}, 3),
    ("GoogLeNet", {"size": 32}, 3), ("VGG11", {"size": 32, "batch_norm": True}, 3),
])  # fmt: skip
@pytest.mark.parametrize("seen", [True, False])
def test_networks_answer_the_same_without_their_norms(name, arguments, channels, seen):
    net = settled(getattr(convnets, name)(5, **arguments))
    x = drawn(2, channels, 32, 32)
    before = {key: value.clone() for key, value in net.state_dict().items()}
    made = folded(net, x[:1] if seen else None)
    assert norms_left(made) == 0
    torch.testing.assert_close(made(x), net(x))
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())


@pytest.mark.parity
@pytest.mark.parametrize("name", ["resnet50", "mobilenet_v2", "googlenet", "densenet121"])
def test_parity_torchvision(name):
    """Authority: torchvision's networks unfolded, where conv and norm are attributes; most norms of a DenseNet stand
    before a convolution, or take what others take, too."""
    from wengu.vision.import_torchvision import import_torchvision

    more = {"init_weights": False} if name == "googlenet" else {}
    net = settled(import_torchvision().models.get_model(name, num_classes=5, **more))
    x = drawn(2, 3, 64, 64)
    made = folded(net, x[:1])
    torch.testing.assert_close(made(x), net(x))
    if name == "googlenet":
        made.aux1 = made.aux2 = None  # which evaluation leaves out, so nothing is known of them
    assert norms_left(made) == (62 if name == "densenet121" else 0)
    assert norms_left(net) > 0


class Attributes(nn.Module):
    """conv and norm as attributes; `way` is how the output of the first is taken."""

    def __init__(self, way: str) -> None:
        super().__init__()
        self.conv, self.norm, self.way = nn.Conv2d(2, 2, 3, padding=1), nn.BatchNorm2d(2), way

    def forward(self, x):
        z = self.conv(x)
        match self.way:
            case "straight":
                return self.norm(z).relu() * z.shape[1]
            case "taken twice":
                return self.norm(z) + z
            case "taken by its data":
                return self.norm(z) + z[:, :1].sum()
            case "changed between":
                return self.norm(z.relu())
            case "changed in place":
                return self.norm(z.mul_(2))
            case "called twice":
                return self.norm(self.conv(self.norm(z)))
            case "norm called twice":
                return self.norm(x) + self.norm(z)
            case "given, too":
                return self.norm(z), z
            case "weight taken":
                return self.norm(z) + self.conv.weight.sum()
            case "statistics taken":
                return self.norm(z) + self.norm.running_var.sum()


@pytest.mark.parametrize("way", [
    "taken twice", "taken by its data", "changed between", "changed in place", "called twice", "norm called twice",
    "given, too", "weight taken", "statistics taken",
])  # fmt: skip
def test_what_others_take_is_not_folded(way):
    net = settled(Attributes(way))
    x = drawn(2, 2, 5, 5)
    made = folded(net, x)
    assert norms_left(made) == 1
    torch.testing.assert_close(made(x), net(x))


def test_attributes_are_folded_where_a_pass_shows_them():
    net, x = settled(Attributes("straight")), drawn(2, 2, 5, 5)
    assert norms_left(folded(net)) == 1
    made = folded(net, x[:1])
    assert norms_left(made) == 0
    torch.testing.assert_close(made(x), net(x))


def of_norm(norm):
    return nn.Sequential(nn.Conv2d(2, 2, 3), norm)


def hooked():
    net = of_norm(nn.BatchNorm2d(2))
    net[0].register_forward_hook(lambda module, args, output: 2 * output)
    return net


def listened():
    net = of_norm(nn.BatchNorm2d(2))
    net[1].register_forward_pre_hook(lambda module, args: (args[0] + 1,))
    return net


def shared():
    conv = nn.Conv2d(2, 2, 3)
    return nn.Sequential(conv, nn.BatchNorm2d(2), conv)


def tied():
    net = nn.Sequential(nn.Conv2d(2, 2, 3), nn.BatchNorm2d(2), nn.Conv2d(2, 2, 3))
    net[2].weight = net[0].weight
    return net


@pytest.mark.parametrize("make", [
    lambda: of_norm(nn.BatchNorm2d(2, track_running_stats=False)), hooked, listened, shared, tied,
    lambda: nn.Sequential(weight_norm(nn.Conv2d(2, 2, 3)), nn.BatchNorm2d(2)),
    lambda: nn.Sequential(nn.ConvTranspose2d(2, 2, 3), nn.BatchNorm2d(2)),
])  # fmt: skip
@pytest.mark.parametrize("seen", [True, False])
def test_what_cannot_be_folded_is_left(make, seen):
    net, x = settled(make()), drawn(2, 2, 9, 9)
    made = folded(net, x if seen else None)
    assert norms_left(made) == 1
    torch.testing.assert_close(made(x), net(x))


def test_linear_over_places_is_left_as_the_norm_takes_another_dimension():
    net, x = settled(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))), drawn(2, 4, 3)
    made = folded(net, x)
    assert norms_left(made) == 1
    torch.testing.assert_close(made(x), net(x))


def test_the_copy_is_for_prediction_and_keeps_its_dtype():
    net = nn.Sequential(Conv2d(2, 3, 3), BatchNorm(3)).to(torch.bfloat16).train()
    made = folded(net)
    assert not made.training and net.training
    assert {p.dtype for p in made.parameters()} == {torch.bfloat16}
