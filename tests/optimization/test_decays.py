"""α over the steps."""

import math

import pytest
import torch

from wengu.optimization import constant, cosine


def test_parity_of_cosine_with_torch() -> None:
    """Authority: torch.optim.lr_scheduler.CosineAnnealingLR, in float64."""
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    theirs = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=50)
    for t in range(51):
        assert cosine(t, 50) == pytest.approx(theirs.get_last_lr()[0], abs=1e-12)
        optimiser.step()
        theirs.step()


def test_the_ends() -> None:
    assert (cosine(0, 10), constant(7, 10)) == (1, 1)
    assert cosine(10, 10) == cosine(12, 10) == pytest.approx(0, abs=1e-15)
    assert cosine(5, 10) == pytest.approx((1 + math.cos(math.pi / 2)) / 2)
