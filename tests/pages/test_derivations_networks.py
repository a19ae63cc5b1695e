"""The formula that each derivation on the large networks ends in, held to the library in float64."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from wengu.layers import Conv2d, output_size, summary
from wengu.vision.convnets import AlexNet
from wengu.vision.convnets.resnet import Residual


def float64(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_alexnet() -> None:
    """227 -> 55 -> 27 -> 13 -> 6, and more than half of the parameters where the maps meet units."""
    sizes = [227]
    for f, s in ((11, 4), (3, 2), (3, 2), (3, 2)):
        sizes.append(output_size(sizes[-1], f, 0, s))
    assert sizes == [227, 55, 27, 13, 6]
    with torch.device("meta"):
        held = summary(AlexNet())
    first = sum(one.count for one in held.parameters if one.layer == "units6")
    assert first == (6 * 6 * 256 + 1) * 4096 == 37752832 and 2 * first > held.total


@pytest.mark.parametrize(("layers", "f", "part"), [(2, 5, 18 / 25), (3, 7, 27 / 49)])
def test_vgg(layers: int, f: int, part: float) -> None:
    """L filters of 3 × 3 reach as far as one of 1 + 2L, with 9L/(1 + 2L)² of its weights."""
    C, x = 6, float64(1, 6, 11, 11).requires_grad_()
    stack = nn.Sequential(*(Conv2d(C, C, 3, bias=False) for _ in range(layers))).double()
    one = Conv2d(C, C, f, bias=False)
    z = stack(x)
    z[0, 0, z.shape[2] // 2, z.shape[3] // 2].backward()
    assert x.grad is not None and int((x.grad[0].abs().sum((0, 1)) > 0).sum()) == f == 1 + 2 * layers
    few, many = (sum(p.numel() for p in net.parameters()) for net in (stack, one))
    assert few / many == pytest.approx(part) == pytest.approx(9 * layers / (1 + 2 * layers) ** 2)


def test_resnet() -> None:
    """What comes back has a 1 beside the layers, whose own part is automatic differentiation of z alone."""
    block, rng = Residual(3, 3).double().eval(), torch.Generator().manual_seed(0)
    torch.nn.init.ones_(block.body[-1].norm.weight)
    a, delta = (torch.randn(1, 3, 5, 5, dtype=torch.float64, generator=rng) for _ in range(2))
    a.requires_grad_()
    z = block.body(a)
    behind = (z.detach() + a.detach() > 0) * delta  # g'(s) ∘ δ
    (through_layers,) = torch.autograd.grad(z, a, behind)
    (whole,) = torch.autograd.grad(block(a), a, delta)
    torch.testing.assert_close(whole, behind + through_layers)
