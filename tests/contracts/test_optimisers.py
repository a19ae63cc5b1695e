"""What every optimiser keeps: torch's numbers and torch's habits."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.contracts.optimiser_rules import RULES, descend, every, made, network
from wengu.core.checks import InputError
from wengu.optimization import GradientDescent, Momentum


@every
@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("way", ["kernel", "by hand"])
def test_parity_with_torch(rule: str, decay: float, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Authority: torch.optim.SGD, torch.optim.RMSprop, torch.optim.Adam, torch.optim.AdamW; 50 steps, float64, 1e-12."""
    if way == "by hand":
        monkeypatch.setattr("wengu.optimization.fused_optimizer._HAS_KERNEL", ())
    _, _, theirs, settings = RULES[rule]
    a, b = network(), network()
    found = descend(a, made(rule, a, weight_decay=decay))
    expected = descend(b, theirs(b.parameters(), **settings, weight_decay=decay))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)


@every
@pytest.mark.parametrize("way", ["kernel", "by hand"])
def test_parity_of_decoupled_decay(rule: str, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Authority: algorithm 2 of Loshchilov & Hutter, written out: shrink by 1 - αλ, then step without decay."""
    if way == "by hand":
        monkeypatch.setattr("wengu.optimization.fused_optimizer._HAS_KERNEL", ())
    decoupled = {} if rule == "AdamW" else {"decoupled_weight_decay": True}
    a, b = network(), network()
    found = descend(a, made(rule, a, weight_decay=0.1, **decoupled))
    plain = made(rule, b, weight_decay=0.0)
    shrink = 1 - plain.defaults["lr"] * 0.1

    def shrink_first(*_: Any) -> None:
        with torch.no_grad():
            for p in b.parameters():
                if p.grad is not None:
                    p.mul_(shrink)

    plain.register_step_pre_hook(shrink_first)
    torch.testing.assert_close(found, descend(b, plain), rtol=0, atol=1e-12)


def test_without_average_momentum_is_plain_descent() -> None:
    a, b = network(), network()
    found = descend(a, Momentum(a.parameters(), lr=0.2, beta=0.0, weight_decay=0.1))
    torch.testing.assert_close(found, descend(b, GradientDescent(b.parameters(), lr=0.2, weight_decay=0.1)), rtol=0, atol=0)


@every
def test_a_gradient_that_lies_otherwise_in_memory_is_stepped_on_rightly(rule: str) -> None:
    g = torch.randn(4, 3, generator=torch.Generator().manual_seed(0)).t()
    after = []
    for gradient in (g, g.contiguous()):
        w = nn.Parameter(torch.zeros(3, 4))
        optimiser = RULES[rule][0]([w], lr=0.1)
        for scale in (1, 1, 2):
            w.grad = gradient * scale
            optimiser.step()
        after.append(w.detach())
    torch.testing.assert_close(*after)


@every
def test_a_weight_with_holes_in_memory_keeps_its_neighbours(rule: str) -> None:
    whole = torch.zeros(4, 4)
    column, alone = nn.Parameter(whole[:, 0]), nn.Parameter(torch.zeros(4))
    optimiser, other = RULES[rule][0]([column], lr=0.1), RULES[rule][0]([alone], lr=0.1)
    for _ in range(2):
        column.grad, alone.grad = torch.ones(4, 4)[:, 0], torch.ones(4)
        optimiser.step()
        other.step()
    torch.testing.assert_close(whole[:, 0], alone.detach())
    assert not whole[:, 1:].any()


@every
def test_hooks_closures_schedules_and_a_profiler(rule: str) -> None:
    w = nn.Parameter(torch.ones(2))
    optimiser = RULES[rule][0]([w], lr=0.1)
    told: list[str] = []
    optimiser.register_step_pre_hook(lambda *_: told.append("before"))
    optimiser.register_step_post_hook(lambda *_: told.append("after"))

    def cost() -> Tensor:
        told.append("cost")
        optimiser.zero_grad()
        total = (w**2).sum()
        total.backward()
        return total

    assert optimiser.step(cost).item() == 2.0
    assert told == ["before", "cost", "after"]
    schedule = torch.optim.lr_scheduler.StepLR(optimiser, step_size=1, gamma=0.5)
    optimiser.step(cost)
    schedule.step()
    assert optimiser.param_groups[0]["lr"] == 0.05
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        optimiser.step(cost)
    assert f"Optimizer.step#{rule}.step" in {event.key for event in profile.key_averages()}


@every
def test_zero_grad_forgets_or_keeps(rule: str) -> None:
    w, other = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))
    optimiser = RULES[rule][0]([w, other], lr=0.1)
    w.grad = kept = torch.ones(2)
    optimiser.zero_grad(set_to_none=False)
    assert w.grad is kept and kept.tolist() == [0, 0] and other.grad is None
    optimiser.zero_grad()
    assert w.grad is None


@every
def test_a_grad_scaler_skips_what_is_not_finite(rule: str) -> None:
    w = nn.Parameter(torch.ones(2))
    optimiser = RULES[rule][0]([w], lr=0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10)
    for factor, moves in ((1.0, True), (float("inf"), False), (1.0, True)):
        before = w.detach().clone()
        optimiser.zero_grad()
        scaler.scale((w * factor).sum()).backward()
        scaler.step(optimiser)
        scaler.update()
        assert bool((w != before).all()) is moves


@every
def test_a_compiled_model_is_stepped_on(rule: str) -> None:
    """With the tracer alone, as a compiler costs a minute."""
    a, b = network(), network()
    b[:2].compile(backend="eager")
    torch.testing.assert_close(descend(a, made(rule, a), 5), descend(b, made(rule, b), 5))


@every
def test_bad_input(rule: str) -> None:
    ours, w = RULES[rule][0], nn.Parameter(torch.ones(2))
    wrong: list[dict[str, Any]] = [{"lr": -1}, {"lr": float("nan")}, {"weight_decay": -1}]
    if "beta" in RULES[rule][1]:
        wrong += [{"beta": 1.0}, {"beta": -0.1}]
    if "betas" in RULES[rule][1]:
        wrong += [{"betas": (1.0, 0.9)}, {"betas": (0.9, -0.1)}]
    if "eps" in RULES[rule][1]:
        wrong += [{"eps": -1e-8}]
    for settings in wrong:
        with pytest.raises(InputError, match=rf"^{next(iter(settings))}(\[\d\])?: expected"):
            ours([w], **settings)
    with pytest.raises(TypeError, match="lr: expected a number, got True"):
        ours([w], lr=True)
    with pytest.raises(InputError, match="lr: expected a number of at least 0, got -5"):
        ours([{"params": [w], "lr": -5.0}])
    with pytest.raises(TypeError, match="params: expected real weights"):
        complex_ = nn.Parameter(torch.ones(2, dtype=torch.complex64))
        optimiser = ours([complex_])
        complex_.grad = torch.ones_like(complex_)
        optimiser.step()
    table = nn.Embedding(5, 2, sparse=True)
    optimiser = ours(table.parameters())
    table.weight.grad = torch.zeros(5, 2)
    optimiser.step()
    table.weight.grad = None
    table(torch.tensor([1])).sum().backward()
    with pytest.raises(TypeError, match="sparse=False"):
        optimiser.step()
