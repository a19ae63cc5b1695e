"""torch's states go on in ours and ours in torch's, and torch's schedules steer every optimiser, α = 0 included."""

import copy
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.optim import lr_scheduler as S

from tests.contracts.optimiser_rules import RULES, descend, every, made, network
from wengu.core.checks import InputError
from wengu.optimization import Adam, AdamW, GradientDescent, Momentum, RMSprop, explain_step

T = torch.optim
SAME: dict[str, tuple[Any, Callable[..., Any]]] = {
    "Adam": (Adam, lambda p: T.Adam(p, lr=0.02, betas=(0.8, 0.99), weight_decay=0.1)),
    "Adam, decoupled": (Adam, lambda p: T.Adam(p, lr=0.02, weight_decay=0.1, decoupled_weight_decay=True)),
    "AdamW": (AdamW, lambda p: T.AdamW(p, lr=0.02, betas=(0.8, 0.99))),
    "SGD": (GradientDescent, lambda p: T.SGD(p, lr=0.1, weight_decay=0.1)),
    "SGD with momentum": (Momentum, lambda p: T.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.1)),
    "SGD with dampening": (Momentum, lambda p: T.SGD(p, lr=0.1, momentum=0.9, dampening=0.5)),
    "SGD, the notes' form": (Momentum, lambda p: T.SGD(p, lr=0.1, momentum=0.9, dampening=0.9)),
    "SGD with Nesterov": (Momentum, lambda p: T.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.1)),
    "RMSprop": (RMSprop, lambda p: T.RMSprop(p, lr=0.02, alpha=0.8, eps=1e-3, weight_decay=0.1)),
}


@pytest.mark.parametrize("way", ["kernel", "by hand"])
@pytest.mark.parametrize("name", SAME)
def test_parity_of_a_state_that_goes_both_ways(name: str, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Authority: torch's optimiser alone, 30 steps in float64; beside it ten of torch's, ten of ours, ten of torch's."""
    if way == "by hand":
        monkeypatch.setattr("wengu.optimization.fused_optimizer._HAS_KERNEL", ())
    ours, theirs = SAME[name]
    alone, model = network(), network()
    expected = descend(alone, theirs(alone.parameters()), 30)
    descend(model, first := theirs(model.parameters()), 10)
    second = ours(model.parameters(), lr=1.0)
    second.load_state_dict(first.state_dict())
    untouched = ours(model.parameters(), lr=1.0)
    untouched.load_state_dict(second.state_dict())  # before any step
    copied, its = copy.deepcopy((model, untouched))
    descend(model, second, 10, start=10)
    torch.testing.assert_close(descend(copied, its, 10, start=10), torch.cat([p.detach().flatten() for p in model.parameters()]))
    third = type(first)(model.parameters(), lr=1.0)
    third.load_state_dict(second.state_dict())
    torch.testing.assert_close(descend(model, third, 10, start=20), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("nesterov", [False, True])
def test_parity_of_torchs_own_momentum(nesterov: bool) -> None:
    """Authority: torch.optim.SGD with momentum, d = 0; and the step explained in numbers is the step."""
    a, b = network(), network()
    expected = descend(b, T.SGD(b.parameters(), lr=0.1, momentum=0.8, nesterov=nesterov))
    optimiser = Momentum(a.parameters(), lr=0.1, beta=0.8, dampening=0.0, nesterov=nesterov)
    torch.testing.assert_close(descend(a, optimiser), expected, rtol=0, atol=1e-12)
    (a(torch.ones(1, 5, dtype=torch.float64)) ** 2).sum().backward()
    told = explain_step(optimiser, a[2].bias, 1)
    optimiser.step()
    assert told.after == pytest.approx(a[2].bias[1].item(), rel=1e-12)
    assert ("β V)" in told.lines[-1]) is nesterov


def one_cycle(optimiser: Any) -> Any:
    return S.OneCycleLR(optimiser, max_lr=0.2, total_steps=20)


SCHEDULES: dict[str, Callable[[Any], Any]] = {
    "OneCycleLR": one_cycle,
    "CosineAnnealingLR": lambda o: S.CosineAnnealingLR(o, T_max=8),  # is 0 at step 8, and rises again
    "LambdaLR from 0": lambda o: S.LambdaLR(o, lambda t: t / 20),
    "SequentialLR": lambda o: S.SequentialLR(o, [S.LinearLR(o, 0.2, total_iters=4), S.CosineAnnealingLR(o, 16)], [5]),
}
FORMS = {**RULES, "Momentum": (Momentum, {"lr": 0.1, "beta": 0.9, "dampening": 0.0}, T.SGD, {"lr": 0.1, "momentum": 0.9})}


@pytest.mark.parametrize("schedule", SCHEDULES)
@every
def test_parity_under_torchs_schedules(rule: str, schedule: str) -> None:
    """Authority: torch's optimiser under the same schedule; 20 steps, float64, 1e-12. Rules without momentum cycle α alone."""
    ours, settings, theirs, their_settings = FORMS[rule]
    weights = []
    for kind, given in ((ours, settings), (theirs, their_settings)):
        model = network()
        optimiser = kind(model.parameters(), **given)
        if schedule == "OneCycleLR" and kind is theirs and rule in ("GradientDescent", "RMSprop"):
            scheduler: Any = S.OneCycleLR(optimiser, max_lr=0.2, total_steps=20, cycle_momentum=False)
        else:
            scheduler = SCHEDULES[schedule](optimiser)
        for t in range(20):
            found = descend(model, optimiser, 1, start=t)
            if t < 19:
                scheduler.step()
        weights.append(found)
    torch.testing.assert_close(*weights, rtol=0, atol=1e-12)


def test_an_average_stays_one_while_its_beta_is_cycled() -> None:
    """In the notes' form d is β as it stands: of gradients that are all 1 the average never exceeds 1."""
    w = nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimiser = Momentum([w], lr=0.1)
    scheduler = one_cycle(optimiser)
    v, betas = 0.0, set()
    for _ in range(19):
        w.grad = torch.ones_like(w)
        beta = optimiser.param_groups[0]["momentum"]
        optimiser.step()
        scheduler.step()
        v = beta * v + (1 - beta)
        betas.add(beta)
        assert optimiser.state[w]["momentum_buffer"].item() == pytest.approx(v, abs=1e-14)
    assert v < 1 and max(betas) == 0.95 and min(betas) < 0.86


@every
def test_a_cycle_resumes_where_it_was(rule: str) -> None:
    model = network()
    optimiser = made(rule, model)
    scheduler = one_cycle(optimiser)
    steps(model, optimiser, scheduler, 7)
    state = copy.deepcopy((model.state_dict(), optimiser.state_dict(), scheduler.state_dict()))
    expected = steps(model, optimiser, scheduler, 8)
    fresh = network()
    resumed = made(rule, fresh)
    again = one_cycle(resumed)
    for one, part in zip((fresh, resumed, again), state, strict=True):
        one.load_state_dict(part)
    torch.testing.assert_close(steps(fresh, resumed, again, 8), expected, rtol=0, atol=0)


def steps(model: nn.Module, optimiser: Any, scheduler: Any, n: int) -> Tensor:
    for _ in range(n):
        found = descend(model, optimiser, 1, start=4)
        scheduler.step()
    return found


@every
def test_reduce_on_plateau(rule: str) -> None:
    model = network()
    optimiser = made(rule, model)
    plateau = S.ReduceLROnPlateau(optimiser, factor=0.1, patience=0)
    lr = optimiser.param_groups[0]["lr"]
    for cost in (1.0, 2.0, 3.0):
        descend(model, optimiser, 1)
        plateau.step(cost)
    assert optimiser.param_groups[0]["lr"] == pytest.approx(lr / 100)


@every
def test_alpha_of_0_is_legal_and_leaves_the_weights(rule: str) -> None:
    model = network()
    optimiser = made(rule, model)
    descend(model, optimiser, 3)
    for group in optimiser.param_groups:
        group["lr"] = 0.0
    before = [p.detach().clone() for p in model.parameters()]
    both, its = copy.deepcopy((model, optimiser))
    third = RULES[rule][0](both.parameters(), lr=0.0)
    third.load_state_dict(its.state_dict())
    for one, by in ((model, optimiser), (both, its), (both, third)):
        descend(one, by, 2)
        assert all(torch.equal(a, b) for a, b in zip(before, one.parameters(), strict=True))
    assert third.param_groups[0]["lr"] == 0
    late = nn.Parameter(torch.ones(2))
    third.add_param_group({"params": [late], "lr": 0})


@every
@pytest.mark.parametrize("lr", [-1e-3, math.nan])
def test_a_negative_alpha_is_refused_where_it_is_stepped_on(rule: str, lr: float) -> None:
    model = network()
    optimiser = made(rule, model)
    descend(model, optimiser, 1)
    before = [p.detach().clone() for p in model.parameters()]
    optimiser.param_groups[0]["lr"] = lr
    with pytest.raises(InputError, match=f"lr: expected a number of at least 0, got {lr}"):
        descend(model, optimiser, 1)
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
    with pytest.raises(InputError, match="lr: expected a number of at least 0"):
        made(rule, model).load_state_dict(optimiser.state_dict())


def test_nesterov_without_torchs_sum_is_refused() -> None:
    with pytest.raises(InputError, match="nesterov: expected dampening=0 beside it, as in torch, got None"):
        Momentum([nn.Parameter(torch.ones(1))], nesterov=True)
    with pytest.raises(InputError, match="dampening: expected a number from 0 to below 1, got 1"):
        Momentum([nn.Parameter(torch.ones(1))], dampening=1)


@every
def test_a_state_of_before_has_no_names_of_torchs(rule: str) -> None:
    """As checkpoints had it: beta alone."""
    model = network()
    optimiser = made(rule, model)
    descend(model, optimiser, 5)
    state = copy.deepcopy(optimiser.state_dict())
    for group in state["param_groups"]:
        for name in ("momentum", "dampening", "nesterov", "alpha", "centered"):
            group.pop(name, None)
    fresh = copy.deepcopy(model)
    old = RULES[rule][0](fresh.parameters(), lr=5.0)
    old.load_state_dict(state)
    torch.testing.assert_close(descend(fresh, old, 5), descend(model, optimiser, 5), rtol=0, atol=0)
