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


def test_eps_inside_the_root_would_be_caught() -> None:
    """The mutation that this convention is about: ε inside the root is another rule, and torch's is not it."""
    w, v, s = (torch.zeros(1, dtype=torch.float64) for _ in range(3))
    g, eps, lr = torch.full((1,), 0.01, dtype=torch.float64), 1e-3, 0.1
    adam_by_hand(w, g, v, s, 1, lr=lr, eps=eps)
    torchs = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    torchs.grad = g
    torch.optim.Adam([torchs], lr=lr, eps=eps).step()
    inside = -lr * g / (g**2 + eps).sqrt()
    torch.testing.assert_close(w, torchs.detach(), rtol=0, atol=1e-12)
    assert (w - inside).abs() > 0.05
