"""What a network sees: maps by hand and by identities, and a spot that alone decides the class."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from wengu.core.checks import InputError
from wengu.vision import convnets
from wengu.vision.interpret import (
    activations,
    class_activation_map,
    enlarged,
    filter_pictures,
    filters,
    grad_cam,
    heat,
    occlusion_map,
    overlay,
    tiled,
)

AVERAGING = {  # with the maps that they average
    "ResNet18": (lambda: convnets.ResNet18(5, size=32), "stages"),
    "ResNet20": (lambda: convnets.ResNet20(5), "stages"),
    "MobileNetV2": (lambda: convnets.MobileNetV2(5, size=32), "last"),
    "GoogLeNet": (lambda: convnets.GoogLeNet(5, size=32, side_branches=False), None),
}


def pictures(m=3, channels=3, n=48):
    return torch.rand(m, channels, n, n, generator=torch.Generator().manual_seed(0)).double()


@pytest.fixture(params=AVERAGING)
def averaging(request):
    torch.manual_seed(0)
    make, layer = AVERAGING[request.param]
    net = make().double()
    net.output.bias.data.uniform_(-1, 1) if hasattr(net, "output") else None
    return net, layer


def test_parity_cam_and_score(averaging):
    """Authority: the network's own score, which is the mean of the map and b; and Zhou's sum over its maps."""
    net, layer = averaging
    x, c = pictures(), torch.tensor([0, 4, 2])
    m = class_activation_map(net, x, c)
    linear = [module for module in net.modules() if isinstance(module, nn.Linear)][-1]
    scores = net.eval()(x)
    torch.testing.assert_close(m.mean((1, 2)) + linear.bias[c], scores[torch.arange(3), c])
    assert m.shape[1] > 1 and float(m.std()) > 0
    torch.testing.assert_close(class_activation_map(net, x), class_activation_map(net, x, scores.argmax(1)))
    if layer:
        f = activations(net, x, layer)
        torch.testing.assert_close(m, torch.stack([(linear.weight[k][:, None, None] * f[i]).sum(0)
                                                   for i, k in enumerate(c)]))


def test_cam_of_a_network_whose_averages_are_its_scores():
    torch.manual_seed(0)
    net, x = convnets.SqueezeNet(5, size=64).double().eval(), pictures(3, 3, 64)
    m, c = class_activation_map(net, x, [3, 0, 4]), torch.tensor([3, 0, 4])
    assert m.shape[0] == 3 and m.shape[1] > 1 and float(m.std()) > 0
    torch.testing.assert_close(m.mean((1, 2)), net(x)[torch.arange(3), c])


def test_grad_cam_is_cam_divided_by_the_places(averaging):
    """Selvaraju et al. 2017, section 3.1: where maps are averaged, the two are the same up to 1/Z and the ReLU."""
    net, layer = averaging
    x, c = pictures(), torch.tensor([1, 3, 0])
    m, g = class_activation_map(net, x, c), grad_cam(net, x, c, layer=layer)
    torch.testing.assert_close(g * m[0].numel(), m.relu())
    assert float(g.max()) > 0
    assert all(p.grad is None for p in net.parameters())


def test_grad_cam_by_autograd_through_the_whole_network():
    """Authority: autograd from the score to the maps of LeNet-5's C3, the network written out."""
    torch.manual_seed(0)
    net, x = convnets.LeNet5().double().eval(), pictures(2, 1, 28)
    maps = net.c3(net.pool(net.g(net.c1(x)))).detach().requires_grad_()
    a = net.g(net.c5(net.pool(net.g(maps)).flatten(1)))
    net.output(net.g(net.f6(a)))[:, 7].sum().backward()
    expected = (maps.grad.mean((2, 3), keepdim=True) * maps).sum(1).clamp(min=0).detach()
    torch.testing.assert_close(grad_cam(net, x, 7), expected)
    assert float(expected.max()) > 0


@pytest.mark.parametrize("name", ["VGG11", "AlexNet", "SqueezeNet"])
def test_grad_cam_of_networks_that_write_into_their_maps(name):
    made = getattr(convnets, name)(5, size=96, **({"batch_norm": True} if name == "VGG11" else {}))
    for module in made.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = True
    x = torch.rand(2, 3, 96, 96)
    g = grad_cam(made, x)
    assert g.shape[0] == 2 and g.shape[1] > 1 and float(g.min()) >= 0 and bool(g.isfinite().all())


class Spot(nn.Module):
    """Class 1 where the pixels (5..7, 9..11) are bright, class 0 otherwise: nothing else counts."""

    def forward(self, x):
        spot = x[:, :, 5:8, 9:12].float().mean((1, 2, 3))
        return torch.stack([torch.zeros_like(spot), 8 * (spot - 0.7)], dim=1)


@pytest.mark.parametrize(("side", "stride"), [(3, 1), (4, 2), (None, None), (3, 3), (16, 5)])
def test_occlusion_finds_the_spot_that_decides(side, stride):
    x = torch.full((2, 3, 16, 20), 0.2)
    x[0, :, 5:8, 9:12] = 1.0
    m = occlusion_map(Spot(), x, 1, side=side, stride=stride, fill=0.2, size=7)
    assert m.shape == (2, 16, 20)
    reach, (i, j) = side or 4, divmod(int(m[0].argmax()), 20)
    assert 5 - reach < i < 8 + reach and 9 - reach < j < 12 + reach
    far = m[0].clone()
    far[max(0, 5 - reach + 1):8 + reach - 1, max(0, 9 - reach + 1):12 + reach - 1] = 0
    assert float(far.abs().max()) == 0 and float(m[0].max()) > 0.1
    assert float(m[1].abs().max()) == 0  # there was no spot to cover


def test_parity_occlusion_by_hand():
    """Authority: the definition, pixel by pixel, on LeNet-5."""
    torch.manual_seed(0)
    net, x = convnets.LeNet5().double().eval(), pictures(1, 1, 28)
    falls, p = {}, torch.no_grad()(lambda pictures: F.softmax(net(pictures), dim=1)[0, 3])
    for a, b in product((0, 8, 16, 18), repeat=2):
        covered = x.clone()
        covered[..., a:a + 10, b:b + 10] = x.mean()
        falls[a, b] = float(p(x) - p(covered))
    expected = torch.zeros(28, 28).double()
    for i, j in product(range(28), repeat=2):
        over = [fall for (a, b), fall in falls.items() if a <= i < a + 10 and b <= j < b + 10]
        expected[i, j] = sum(over) / len(over)
    torch.testing.assert_close(occlusion_map(net, x, 3, side=10, stride=8)[0], expected, rtol=1e-6, atol=1e-9)


OF_CAPTUM = {  # a network, its pictures (channels, height, width), a layer of maps, and whether the network averages them
    "LeNet5": (lambda: convnets.LeNet5(), (1, 28, 28), "c3", False),
    "ResNet20": (lambda: convnets.ResNet20(5), (3, 24, 32), "stages", True),
    "MobileNetV2": (lambda: convnets.MobileNetV2(5, size=32), (3, 24, 32), "last", True),
}


@pytest.mark.parity
@pytest.mark.parametrize("name", OF_CAPTUM)
def test_parity_captum(name):
    """Authority: captum, in float64: its LayerActivation, LayerGradCam and Occlusion.

    CAM is LayerGradCam without the ReLU, times the number of places (Selvaraju et al. 2017, section 3.1). Occlusion gets
    the probability, and the mean of each channel as its baseline. It cuts off a last square that would stick out of the
    picture, where ours ends with it: here all squares fit. Its last division, by how many squares cover a pixel, is in
    float32.
    """
    from captum.attr import LayerActivation, LayerGradCam, Occlusion

    torch.manual_seed(0)
    make, shape, layer, averages = OF_CAPTUM[name]
    net = make().double().eval()
    x = torch.rand(2, *shape, generator=torch.Generator().manual_seed(0)).double()
    c, at, side, stride = torch.tensor([4, 1]), net.get_submodule(layer), 8, 4

    assert torch.equal(activations(net, x, layer), LayerActivation(net, at).attribute(x))
    theirs = LayerGradCam(net, at).attribute(x, target=c)[:, 0].detach()
    same_map(grad_cam(net, x, c, layer=layer), theirs.clamp(min=0))
    if averages:
        same_map(class_activation_map(net, x, c), theirs * theirs[0].numel())
    theirs = Occlusion(lambda x: net(x).softmax(1)).attribute(
        x, target=c, sliding_window_shapes=(shape[0], side, side), strides=(1, stride, stride),
        baselines=x.mean((2, 3), keepdim=True).expand_as(x))
    same_map(occlusion_map(net, x, c, side=side, stride=stride).float(), theirs[:, 0], tolerance=1e-6)


def same_map(ours, theirs, tolerance=1e-9):
    """In parts of its largest value."""
    largest = theirs.abs().max()
    assert ours.shape == theirs.shape and float(theirs.std() / largest) > 0.1
    torch.testing.assert_close(ours / largest, theirs / largest, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("make", "channels", "n"), [
    (lambda: convnets.LeNet5(), 1, 28), (lambda: convnets.ResNet20(10), 3, 32),
    (lambda: convnets.MobileNetV2(10, size=32), 3, 32),
])  # fmt: skip
def test_the_networks_and_a_loaded_run(make, channels, n):
    """A loaded run reads bytes and has the network in it; its modes are as before."""
    from wengu.layers import InputNormalisation

    net = nn.Sequential(InputNormalisation(channels), make()).train()
    net[1].eval()
    loaded = SimpleNamespace(model=net)
    x = torch.randint(0, 256, (2, channels, n, n), dtype=torch.uint8)
    assert occlusion_map(loaded, x, side=16, stride=16).shape == (2, n, n)
    assert grad_cam(loaded, x).dim() == 3 and filters(loaded).shape[1] == channels
    assert net.training and not net[1].training


def test_filters_as_pictures():
    net = nn.Sequential(nn.Conv2d(1, 2, 2))
    net[0].weight.data = torch.tensor([[[[1.0, 0.0], [-2.0, 2.0]]], [[[0.0, 0.0], [0.0, -1.0]]]])
    shown = filter_pictures(net)
    assert shown.tolist() == [[[191, 128], [0, 255]], [[128, 128], [128, 64]]]
    assert tiled(shown).tolist() == [[191, 128, 255, 128, 128], [0, 255, 255, 128, 64]]
    assert tiled(shown, columns=1).shape == (5, 2)
    deeper = nn.Sequential(nn.Conv2d(1, 2, 1), nn.Conv2d(2, 2, 2))
    deeper[1].weight.data = torch.tensor([[[[0.0, 0.0], [0.0, 3.0]], [[1.0, 0.0], [-2.0, 2.0]]],
                                          [[[0.0, 4.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, -1.0]]]])
    shown = filter_pictures(deeper, "1")  # 0 + 9 equals 1 + 4 + 4: the first; 16 is more than 1
    assert shown.tolist() == [[[128, 128], [128, 223]], [[128, 255], [128, 128]]]


def test_overlay_is_the_picture_where_nothing_spoke_for_the_class():
    picture = np.random.default_rng(0).integers(0, 256, (8, 8), dtype=np.uint8)
    assert (overlay(picture, -torch.ones(2, 2)) == picture[..., None]).all()
    shown = overlay(picture, torch.tensor([[0.0, 1.0], [0.0, 0.0]]))
    assert (shown[-1, 0] == picture[-1, 0]).all() and shown[0, -1, 0] > shown[0, -1, 2] + 150
    assert heat(torch.zeros(3, 3))[..., 3].max() == 0
    torch.testing.assert_close(enlarged(torch.ones(1, 2, 2), (5, 7)), torch.ones(1, 5, 7))


@pytest.mark.parametrize(("ask", "message"), [
    (lambda: class_activation_map(convnets.LeNet5(), torch.zeros(1, 1, 28, 28)), "LeNet5 does not; take grad_cam"),
    (lambda: class_activation_map(convnets.SqueezeNet(3), torch.rand(2, 3, 17, 17)), "one place each for pictures of 17"),
    (lambda: class_activation_map(nn.Sequential(nn.Identity(), convnets.ResNet20(3)), torch.rand(2, 3, 4, 4)),
     "the last maps of ResNet20 have one place each for pictures of 4 × 4, .* take larger pictures"),
    (lambda: activations(convnets.LeNet5(), torch.zeros(1, 1, 28, 28), "outptu"), "got outptu; did you mean output"),
    (lambda: grad_cam(convnets.LeNet5(), torch.zeros(1, 1, 28, 28), layer="f6"), "layer: expected one that gives maps"),
    (lambda: grad_cam(nn.Sequential(nn.Flatten(), nn.Linear(4, 2)), torch.zeros(1, 1, 2, 2)), "Sequential has none"),
    (lambda: grad_cam(convnets.LeNet5(), torch.zeros(1, 1, 28, 28), 10), "classes: expected a class from 0 to 9"),
    (lambda: grad_cam(convnets.LeNet5(), torch.zeros(2, 1, 28, 28), [1]), "one for each of 2 pictures, got"),
    (lambda: grad_cam(convnets.LeNet5(), torch.zeros(28, 28)), r"x: expected pictures \(m, channels, height, width\)"),
    (lambda: grad_cam(nn.Conv2d(1, 1, 1), torch.zeros(2, 1, 2, 2)), "model: expected one that gives scores"),
    (lambda: grad_cam("lenet5", torch.zeros(2, 1, 2, 2)), "model: expected an nn.Module or a loaded run, got str"),
    (lambda: occlusion_map(Spot(), torch.zeros(1, 1, 16, 16), side=17), "side ≤ 16"),
    (lambda: occlusion_map(Spot(), torch.zeros(1, 1, 16, 16), side=3, stride=4), "got side 3 and stride 4"),
    (lambda: filters(nn.Linear(2, 2)), "expected a network with a Conv2d, Linear has none"),
    (lambda: filters(convnets.LeNet5(), "f6"), "expected the name of a Conv2d, .* got f6"),
])  # fmt: skip
def test_refusals(ask, message):
    with pytest.raises(InputError, match=message):
        ask()
