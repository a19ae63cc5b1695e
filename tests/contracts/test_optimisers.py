"""What every optimiser keeps: torch's numbers, torch's habits, and a state that survives whatever is done to it."""

import copy
import io
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from wengu.core.checks import InputError
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
def test_a_state_is_torchs_and_comes_back(rule: str) -> None:
    """Ten steps of ours, ten of torch's on our state, ten of ours on torch's; also through the disk."""
    _, _, theirs, settings = RULES[rule]
    expected = descend(a := network(), made(rule, a), 30)
    model = network()
    first = made(rule, model)
    descend(model, first, 10)
    second = theirs(model.parameters(), **settings)
    state = copy.deepcopy(first.state_dict())
    if rule == "Momentum":  # the same average, (1-β) times as long
        state["state"] = {k: s | {"momentum_buffer": s["momentum_buffer"] / 0.2} for k, s in state["state"].items()}
    second.load_state_dict({"state": state["state"], "param_groups": second.state_dict()["param_groups"]})
    descend(model, second, 10, start=10)
    state = second.state_dict()
    if rule == "Momentum":
        state["state"] = {k: s | {"momentum_buffer": s["momentum_buffer"] * 0.2} for k, s in state["state"].items()}
    third = made(rule, model)
    file = io.BytesIO()
    torch.save({"state": state["state"], "param_groups": third.state_dict()["param_groups"]}, file)
    file.seek(0)
    third.load_state_dict(torch.load(file, weights_only=True))
    torch.testing.assert_close(descend(model, third, 10, start=20), expected, rtol=0, atol=1e-12)


@every
def test_copying_and_loading_into_a_live_one(rule: str) -> None:
    model = network()
    optimiser = made(rule, model)
    descend(model, optimiser, 10)
    weights, state = copy.deepcopy(model.state_dict()), copy.deepcopy(optimiser.state_dict())
    expected = descend(model, optimiser, 10)
    model.load_state_dict(weights)
    optimiser.load_state_dict(state)
    torch.testing.assert_close(descend(model, optimiser, 10), expected, rtol=0, atol=0)
    both, theirs = copy.deepcopy((model, optimiser))
    torch.testing.assert_close(descend(both, theirs, 5), descend(model, optimiser, 5), rtol=0, atol=0)


@every
def test_parameters_without_gradients_come_and_go(rule: str) -> None:
    """Each weight is stepped on just when it has a gradient, as if it were alone."""
    together = [nn.Parameter(torch.ones(3)) for _ in range(4)]
    alone = [nn.Parameter(torch.ones(3)) for _ in range(4)]
    one = RULES[rule][0](together, lr=0.1)
    own = [RULES[rule][0]([w], lr=0.1) for w in alone]
    for t in range(12):
        for k, (a, b) in enumerate(zip(together, alone, strict=True)):
            a.grad = b.grad = torch.full((3,), float(t + k)) if (t + k) % 3 else None
        one.step()
        for each in own:
            each.step()
    for a, b in zip(together, alone, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)


@every
def test_a_group_more_another_type_and_a_state_thrown_away(rule: str) -> None:
    model = network()
    optimiser = made(rule, model)
    descend(model, optimiser, 3)
    late = nn.Parameter(torch.ones(2))
    optimiser.add_param_group({"params": [late], "lr": 0.5})
    late.grad = torch.ones(2)
    optimiser.step()
    assert (late < 1).all()
    fresh = copy.deepcopy(model)
    optimiser.state.clear()
    torch.testing.assert_close(descend(model, optimiser, 1), descend(fresh, made(rule, fresh), 1), rtol=0, atol=0)


@every
def test_the_state_follows_its_weights_to_another_type(rule: str) -> None:
    w, same = nn.Parameter(torch.tensor([1.0, -2.0])), nn.Parameter(torch.tensor([1.0, -2.0]))
    optimiser, stays = (RULES[rule][0]([p], lr=0.1) for p in (w, same))
    for t in range(4):
        if t == 2:
            w.grad = None
            w.data = w.data.double()
        w.grad, same.grad = torch.ones_like(w), torch.ones_like(same)
        optimiser.step()
        stays.step()
    assert w.dtype == torch.float64
    torch.testing.assert_close(w.float(), same)


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
def test_what_was_planned_is_forgotten_when_something_else_is_put_there(rule: str) -> None:
    weights = [nn.Parameter(torch.ones(3)) for _ in range(3)]
    optimiser = RULES[rule][0](weights[:2], lr=0.1)
    for w in weights:
        w.grad = torch.ones(3)
    optimiser.step()
    before = weights[1].clone()
    optimiser.param_groups[0]["params"][1] = weights[2]
    optimiser.step()
    assert torch.equal(weights[1], before) and (weights[2] < 1).all()
    for name in optimiser.AVERAGES:
        optimiser.state[weights[2]][name] = new = torch.full((3,), 5.0)
        optimiser.step()
        assert not torch.equal(new, torch.full((3,), 5.0)), "the new average is the one that is used"
    del optimiser.state[weights[0]]
    optimiser.step()
    assert int(optimiser.state[weights[0]]["step"]) == 1


def test_without_average_momentum_is_plain_descent() -> None:
    a, b = network(), network()
    found = descend(a, Momentum(a.parameters(), lr=0.2, beta=0.0, weight_decay=0.1))
    torch.testing.assert_close(found, descend(b, GradientDescent(b.parameters(), lr=0.2, weight_decay=0.1)), rtol=0, atol=0)


@pytest.mark.parametrize(("rule", "theirs"), [
    ("Adam", {"amsgrad": True}), ("Adam", {"maximize": True}), ("RMSprop", {"alpha": 0.95}), ("Momentum", {"nesterov": True, "momentum": 0.9}),
])
def test_a_state_of_torch_that_means_something_else_is_refused(rule: str, theirs: dict[str, Any]) -> None:
    ours, _, torchs, settings = RULES[rule]
    w = nn.Parameter(torch.ones(2))
    optimiser = torchs([w], **settings | theirs)
    with pytest.raises(InputError, match="torch's optimiser has it, this one does not"):
        ours([w], lr=0.1).load_state_dict(optimiser.state_dict())


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
    wrong: list[dict[str, Any]] = [{"lr": 0}, {"lr": -1}, {"weight_decay": -1}]
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
    with pytest.raises(InputError, match="lr: expected a number above 0, got -5"):
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
