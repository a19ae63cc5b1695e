"""Each optimiser beside torch's of the same rule, and a network that both step on."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from wengu.optimization import Adam, AdamW, GradientDescent, Momentum, RMSprop

TORCH = torch.optim
# ours, its settings, torch's, its settings; torch's momentum adds whole gradients, so its α is (1-β) times ours
RULES: dict[str, tuple[Any, dict[str, Any], Any, dict[str, Any]]] = {
    "GradientDescent": (GradientDescent, {"lr": 0.2}, TORCH.SGD, {"lr": 0.2}),
    "Momentum": (Momentum, {"lr": 0.2, "beta": 0.8}, TORCH.SGD, {"lr": 0.2 * 0.2, "momentum": 0.8}),
    "RMSprop": (RMSprop, {"lr": 0.02, "beta": 0.8, "eps": 1e-3}, TORCH.RMSprop, {"lr": 0.02, "alpha": 0.8, "eps": 1e-3}),
    "Adam": (Adam, {"lr": 0.02, "betas": (0.8, 0.99), "eps": 1e-3}, TORCH.Adam, {"lr": 0.02, "betas": (0.8, 0.99), "eps": 1e-3}),
    "AdamW": (AdamW, {"lr": 0.02, "betas": (0.8, 0.99), "eps": 1e-3}, TORCH.AdamW, {"lr": 0.02, "betas": (0.8, 0.99), "eps": 1e-3}),
}
every = pytest.mark.parametrize("rule", RULES)


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 3)).double()


def descend(model: nn.Module, optimiser: Any, steps: int = 50, *, start: int = 0) -> Tensor:
    """All weights after some steps, in two of five of which the first layer has no gradient."""
    first = next(model.parameters())
    x = torch.linspace(-1, 1, 40, dtype=torch.float64).reshape(8, 5).to(first)
    for t in range(start, start + steps):
        optimiser.zero_grad()
        hidden = model[:2](x)
        (model[2](hidden.detach() if t % 5 < 2 else hidden) ** 2).mean().backward()
        optimiser.step()
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def made(rule: str, model: nn.Module, **more: Any) -> Any:
    ours, settings, _, _ = RULES[rule]
    return ours(model.parameters(), **settings, **more)
