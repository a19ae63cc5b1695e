"""An optimiser's state is torch's, comes back, and survives whatever is done to the weights that it belongs to."""

import copy
import io
from typing import Any

import pytest
import torch
from torch import nn

from tests.contracts.optimiser_rules import RULES, descend, every, made, network
from wengu.core.checks import InputError


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


@pytest.mark.parametrize(("rule", "theirs"), [
    ("Adam", {"amsgrad": True}), ("Adam", {"maximize": True}), ("RMSprop", {"centered": True}), ("RMSprop", {"momentum": 0.9}),
    ("GradientDescent", {"momentum": 0.9}), ("Momentum", {"maximize": True}),
])
def test_a_state_of_torch_that_means_something_else_is_refused(rule: str, theirs: dict[str, Any]) -> None:
    ours, _, torchs, settings = RULES[rule]
    w = nn.Parameter(torch.ones(2))
    optimiser = torchs([w], **settings | theirs)
    mine = ours([w], lr=0.1)
    with pytest.raises(InputError, match="torch's optimiser has it, this one does not"):
        mine.load_state_dict(optimiser.state_dict())
    assert mine.param_groups[0]["lr"] == 0.1 and not mine.param_groups[0].get("maximize"), "nothing is changed"


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
