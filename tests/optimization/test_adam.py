"""Adam's own property; what it shares with the others is in tests/contracts/test_optimisers.py."""

import pytest
import torch

from wengu.optimization import adam_by_hand


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_the_first_step_is_alpha_whatever_the_scale_of_the_gradient(scale: float) -> None:
    w, v, s = (torch.zeros(3, dtype=torch.float64) for _ in range(3))
    g = scale * torch.tensor([1.0, -2.0, 5.0], dtype=torch.float64)
    adam_by_hand(w, g, v, s, 1, lr=0.1, eps=1e-20)
    torch.testing.assert_close(w, -0.1 * g.sign())
