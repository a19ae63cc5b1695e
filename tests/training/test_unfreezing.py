"""What trains when and with which α, whatever the weights were."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from tests.training.transferring import trained
from wengu.functions import cross_entropy
from wengu.layers import BatchNorm, Linear
from wengu.optimization import Adam, AdamW, GradientDescent, weight_decay_groups
from wengu.training import UnfreezeSchedule, fit


def test_a_tied_parameter_trains_when_the_upper_of_its_layers_does() -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4))
    model[2].weight = model[0].weight
    plan = UnfreezeSchedule(model, gradual=True, ratio=2.0)
    plan.at(1)
    assert [name for name, w in model.named_parameters() if w.requires_grad] == ["0.weight", "2.bias"]
    rate = {id(w): group["lr"] for group in plan.groups([{"params": list(model.parameters())}], lr=1.0) for w in group["params"]}
    assert [rate[id(w)] for w in (model[0].weight, model[0].bias, model[1].bias, model[2].bias)] == [1.0, 0.25, 0.5, 1.0]


@pytest.mark.parametrize("gradual", [False, True])
@pytest.mark.parametrize("frozen", [0, 1, 4])
def test_the_table_says_when_each_layer_begins_to_train(frozen: int, gradual: bool) -> None:
    model = nn.Sequential(*(nn.Linear(2, 2) for _ in range(5)))
    plan = UnfreezeSchedule(model, frozen, gradual)
    began: dict[int, int] = {}
    for epoch in range(1, 9):
        plan.at(epoch)
        for l, layer in enumerate(model, 1):
            if layer.weight.requires_grad:
                began.setdefault(l, epoch)
    words = {None: "never", 1: "from the start"}
    rows = [" ".join(line.split()) for line in str(plan).splitlines()[1:]]
    assert len(rows) == 5
    for l, row in zip(range(5, 0, -1), rows, strict=True):
        assert row.startswith(f"{l} ") and words.get(began.get(l), f"from epoch {began.get(l)}") in row


def test_each_layer_down_has_an_alpha_smaller_by_2_6_and_none_far_below() -> None:
    model = nn.Sequential(*(nn.Linear(2, 2) for _ in range(8)))
    groups = UnfreezeSchedule(model, ratio=2.6).groups(weight_decay_groups(model), lr=0.1)
    rate = {id(w): group["lr"] for group in groups for w in group["params"]}
    for depth, layer in enumerate(reversed(model)):
        assert {rate[id(w)] for w in layer.parameters()} == {0.1 / 2.6 ** min(depth, 4)}
    adam = AdamW(groups, lr=0.1, weight_decay=0.3)
    assert adam.param_groups[0]["lr"] == 0.1  # the α that the loop shows, and `wengu runs set` changes
    assert {w.dim(): group["weight_decay"] for group in adam.param_groups for w in group["params"]} == {2: 0.3, 1: 0.0}
    assert UnfreezeSchedule(model).groups(weight_decay_groups(model), lr=0.1) == weight_decay_groups(model)


def test_alpha_of_the_loops_schedule_scales_each_layers_own() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    plan = UnfreezeSchedule(model, ratio=2.0)
    descent = GradientDescent(plan.groups(weight_decay_groups(model), lr=0.5), lr=0.5)
    before = [layer.bias.detach().clone() for layer in model]
    x, y = torch.ones(4, 2), torch.zeros(4, dtype=torch.long)
    expected = torch.autograd.grad(cross_entropy(model(x), y), [layer.bias for layer in model])
    fit(model, (x, y), (x, y), loss_fn=cross_entropy, epochs=1, optimizer=descent, decay=lambda *_: 0.1, unfreeze=plan.at)
    for layer, was, g, lr in zip(model, before, expected, (0.025, 0.05), strict=True):
        torch.testing.assert_close(layer.bias, was - lr * g)


def test_only_the_last_layer_is_a_linear_model_on_frozen_features() -> None:
    """Against torch.optim.Adam and nn.Linear by hand, in float64."""
    torch.manual_seed(0)
    body = nn.Sequential(Linear(6, 8), nn.Tanh(), Linear(8, 5), nn.Tanh()).double()
    model = nn.Sequential(body, Linear(5, 3)).double()
    x, y = torch.randn(48, 6, dtype=torch.float64), torch.arange(48) % 3
    head = nn.Linear(5, 3).double()
    head.load_state_dict(model[1].state_dict())
    features = body(x).detach()
    theirs = torch.optim.Adam(head.parameters(), lr=0.05)
    for _ in range(30):
        theirs.zero_grad()
        nn.functional.cross_entropy(head(features), y).backward()
        theirs.step()
    plan = UnfreezeSchedule(model, 2)
    run = trained(model, (x, y), plan=plan, epochs=30, batch_size=48, patience=99, lr=0.05, optimizer=Adam(model.parameters(), lr=0.05))
    assert run.best["epoch"] == 30
    torch.testing.assert_close(model[1].weight, head.weight, rtol=0, atol=1e-12)
    torch.testing.assert_close(model[1].bias, head.bias, rtol=0, atol=1e-12)


@pytest.mark.parametrize("norm", [nn.BatchNorm1d, BatchNorm])
def test_a_frozen_batch_normalisation_keeps_its_running_averages(norm: Any) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 6), norm(6), nn.ReLU(), nn.Linear(6, 2))
    x, y = torch.randn(64, 4) * 3 + 5, torch.arange(64) % 2
    trained(model, (x, y), epochs=3)
    kept = {name: value.clone() for name, value in model.state_dict().items() if "running" in name or "mean" in name}
    assert kept
    trained(model, (x - 9, y), epochs=3, plan=UnfreezeSchedule(model, 1))
    assert all(torch.equal(model.state_dict()[name], value) for name, value in kept.items())
    trained(model, (x - 9, y), epochs=3, plan=UnfreezeSchedule(model))
    assert not any(torch.equal(model.state_dict()[name], value) for name, value in kept.items())
