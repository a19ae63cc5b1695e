"""Every filter of every network learns: none is cut off from the gradient where training begins."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from wengu.vision import convnets

CASES = {
    "resnet20 zeros": (convnets.ResNet20, {"shortcut": "zeros"}, 32),
    "resnet20 convolution": (convnets.ResNet20, {"shortcut": "convolution"}, 32),
    "resnet20 none": (convnets.ResNet20, {"shortcut": "none"}, 32),
    "resnet32 half": (convnets.ResNet32, {"width": 0.5}, 32),
    "resnet18": (convnets.ResNet18, {"size": 32}, 32),
    "resnet50": (convnets.ResNet50, {"size": 32}, 32),
    "vgg11": (convnets.VGG11, {"size": 32}, 32),
    "googlenet": (convnets.GoogLeNet, {"form": "torchvision", "size": 32}, 32),
    "mobilenet_v2": (convnets.MobileNetV2, {"size": 32}, 32),
}


@pytest.mark.parametrize("case", CASES)
def test_every_filter_moves_within_three_steps(case: str) -> None:
    network, options, side = CASES[case]
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    net = network(10, generator=generator, **options)
    x, y = torch.randn(16, 3, side, side, generator=generator), torch.arange(16) % 10
    filters = {name: layer for name, layer in net.named_modules() if isinstance(layer, nn.Conv2d)}
    moved = {name: torch.zeros(layer.out_channels, dtype=torch.bool) for name, layer in filters.items()}
    for _ in range(3):
        scores = net(x)
        sum(F.cross_entropy(one, y) for one in ([scores] if isinstance(scores, torch.Tensor) else scores)).backward()
        with torch.no_grad():
            for name, layer in filters.items():
                moved[name] |= (layer.weight.grad.flatten(1) != 0).any(dim=1)
            for w in net.parameters():
                w -= 0.05 * w.grad
                w.grad = None
    still = {name: int((~found).sum()) for name, found in moved.items() if not found.all()}
    assert still == {}
