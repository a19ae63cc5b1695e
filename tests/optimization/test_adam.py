"""Adam and AdamW, by hand and in one pass."""

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from wengu.core.checks import InputError
from wengu.optimization import Adam, AdamW, adam_by_hand

PAIRS = [(Adam, torch.optim.Adam), (AdamW, torch.optim.AdamW)]


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 3)).double()


def descend(model: nn.Module, optimiser: Any, steps: int = 50, *, start: int = 0) -> Tensor:
    """All weights after some steps, in two of five of which the first layer has no gradient."""
    x = torch.linspace(-1, 1, 40, dtype=torch.float64).reshape(8, 5)
    for t in range(start, start + steps):
        optimiser.zero_grad()
        hidden = model[:2](x)
        (model[2](hidden.detach() if t % 5 < 2 else hidden) ** 2).mean().backward()
        optimiser.step()
    return torch.cat([p.detach().flatten() for p in model.parameters()])


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_parity_adam(ours: Any, theirs: Any) -> None:
    """Authority: torch.optim.Adam (and AdamW), over 50 steps in float64 to 1e-12."""
    settings = {"lr": 0.02, "betas": (0.8, 0.99), "eps": 1e-3, "weight_decay": 0.1}
    a, b = network(), network()
    found, expected = descend(a, ours(a.parameters(), **settings)), descend(b, theirs(b.parameters(), **settings))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_parity_by_hand(ours: Any, theirs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Authority: torch.optim.Adam (and AdamW), where no kernel is taken."""
    monkeypatch.setattr("wengu.optimization.adam._HAS_KERNEL", ())
    settings = {"lr": 0.02, "betas": (0.8, 0.99), "eps": 1e-3, "weight_decay": 0.1}
    a, b = network(), network()
    found, expected = descend(a, ours(a.parameters(), **settings)), descend(b, theirs(b.parameters(), **settings))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_the_first_step_is_alpha_whatever_the_scale_of_the_gradient(scale: float) -> None:
    w, v, s = (torch.zeros(3, dtype=torch.float64) for _ in range(3))
    g = scale * torch.tensor([1.0, -2.0, 5.0], dtype=torch.float64)
    adam_by_hand(w, g, v, s, 1, lr=0.1, eps=1e-20)
    torch.testing.assert_close(w, -0.1 * g.sign())


def test_a_gradient_that_lies_otherwise_in_memory_is_stepped_on_rightly() -> None:
    g = torch.randn(4, 3, generator=torch.Generator().manual_seed(0)).t()
    after = []
    for gradient in (g, g.contiguous()):
        w = nn.Parameter(torch.zeros(3, 4))
        w.grad = gradient
        AdamW([w], lr=0.1).step()
        after.append(w.detach())
    torch.testing.assert_close(*after)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_a_state_goes_to_torch_and_comes_back(ours: Any, theirs: Any) -> None:
    expected = descend(a := network(), ours(a.parameters(), lr=0.02), 30)
    model = network()
    first = ours(model.parameters(), lr=0.02)
    descend(model, first, 10)
    second = theirs(model.parameters(), lr=1.0)
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    descend(model, second, 10, start=10)
    third = ours(model.parameters(), lr=1.0)
    third.load_state_dict(copy.deepcopy(second.state_dict()))
    torch.testing.assert_close(descend(model, third, 10, start=20), expected, rtol=0, atol=1e-12)


def test_groups_hooks_and_closures_work_as_in_torch() -> None:
    w, late = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2, dtype=torch.float64))
    adam = Adam([w], lr=0.1)
    told: list[str] = []
    adam.register_step_pre_hook(lambda *_: told.append("before"))
    adam.register_step_post_hook(lambda *_: told.append("after"))

    def cost() -> Tensor:
        told.append("cost")
        adam.zero_grad()
        total = (w**2).sum() + (late**2).sum().float()
        total.backward()
        return total

    assert adam.step(cost).item() == 4.0
    adam.add_param_group({"params": [late], "lr": 0.5})
    adam.step(cost)
    assert told == ["before", "cost", "after"] * 2
    assert late.tolist() == pytest.approx([0.5, 0.5]) and w.tolist() == pytest.approx([0.8, 0.8], abs=1e-3)


def test_a_profiler_sees_the_step() -> None:
    w = nn.Parameter(torch.ones(1))
    w.grad = torch.ones(1)
    adam = Adam([w])
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        adam.step()
    assert "Optimizer.step#Adam.step" in {event.key for event in profile.key_averages()}


def test_bad_input() -> None:
    w = nn.Parameter(torch.ones(2))
    for wrong in ({"lr": 0}, {"lr": -1}, {"betas": (1.0, 0.9)}, {"betas": (0.9, -0.1)}, {"eps": -1e-8}, {"weight_decay": -1}):
        with pytest.raises(InputError, match=next(iter(wrong))):
            Adam([w], **wrong)  # type: ignore[arg-type]
    table = nn.Embedding(5, 2, sparse=True)
    table(torch.tensor([1])).sum().backward()
    with pytest.raises(TypeError, match="sparse=False"):
        Adam(table.parameters()).step()
