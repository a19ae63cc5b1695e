"""The formulas that the derivations on maps and on augmentation end in, held to torch in float64."""

from __future__ import annotations

import pytest
import torch
from torch import nn


def float64(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_seeing() -> None:
    """The mean of M_c and b_c are the score; every place has the slope w_k^c / Z; L_c = ReLU(M_c) / Z."""
    from wengu.vision.interpret import activations, class_activation_map, grad_cam

    net = nn.Sequential(nn.Conv2d(2, 5, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, 4)).double()
    x, c = float64(1, 2, 9, 9), 2
    f, m = activations(net, x, "1"), class_activation_map(net, x, c)
    torch.testing.assert_close(m.mean() + net[4].bias[c], net(x)[0, c])
    maps = f.clone().requires_grad_()
    (slope,) = torch.autograd.grad(net[4](maps.mean((2, 3)))[0, c], maps)
    torch.testing.assert_close(slope, (net[4].weight[c] / 49)[None, :, None, None].expand_as(slope))
    torch.testing.assert_close(grad_cam(net, x, c, layer="1"), m.relu() / 49)


@pytest.mark.parametrize(("epsilon", "classes"), [(0.1, 10), (0.3, 2), (0.05, 100)])
def test_augmentation(epsilon: float, classes: int) -> None:
    """The cost of a mixed label is the mixed cost; that of a smoothed one is least at z*, by torch's loss and a slope."""
    z, y, lam = float64(1, classes), torch.eye(classes, dtype=torch.float64), 0.3
    loss = nn.functional.cross_entropy
    torch.testing.assert_close(loss(z, lam * y[:1] + (1 - lam) * y[1:2]), lam * loss(z, y[:1]) + (1 - lam) * loss(z, y[1:2]))
    q = epsilon / classes
    gap = torch.tensor((1 - epsilon + q) / q, dtype=torch.float64).log().requires_grad_()
    scores = torch.cat([gap[None], torch.zeros(classes - 1, dtype=torch.float64)])[None]
    cost = loss(scores, torch.tensor([0]), label_smoothing=epsilon)
    (slope,) = torch.autograd.grad(cost, gap)
    assert abs(slope.item()) < 1e-12
    further = loss(scores + y[:1], torch.tensor([0]), label_smoothing=epsilon)
    assert further > cost
