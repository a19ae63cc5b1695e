"""What the flags of training make."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from wengu.layers import initialise
from wengu.optimization import Adam, AdamW, GradientDescent, Momentum, RMSprop
from wengu.recipes import recipe, settings_by_rule, settings_of
from wengu.recipes.rules import optimizer_of, penalty_of, schedule_of


def chosen(**settings: Any) -> Any:
    from dataclasses import replace

    made = settings_of("pictures", settings)
    return replace(made, **settings_by_rule("pictures", made))


@pytest.mark.parametrize(("settings", "kind", "expected"), [
    ({}, AdamW, {"lr": 3e-3, "weight_decay": 0.05, "betas": (0.9, 0.999)}),
    ({"optim": "adam", "beta2": 0.99}, Adam, {"lr": 3e-3, "weight_decay": 0.0, "betas": (0.9, 0.99)}),
    ({"optim": "rmsprop", "beta2": 0.8, "lr": 1e-4}, RMSprop, {"lr": 1e-4, "beta": 0.8}),
    ({"optim": "momentum", "beta1": 0.5, "weight_decay": 0.1}, Momentum,
     {"beta": 0.5, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ({"optim": "sgd"}, GradientDescent, {"lr": 0.1}),
])
def test_the_optimiser(settings: dict[str, Any], kind: type, expected: dict[str, Any]) -> None:
    made = optimizer_of(chosen(**settings), nn.Linear(3, 2))
    assert type(made) is kind
    weights, biases = made.param_groups
    assert {name: weights[name] for name in expected} == expected
    assert biases["weight_decay"] == 0 and biases["params"][0].shape == (2,)


@pytest.mark.parametrize(("settings", "at", "ratio"), [
    ({"decay": "constant"}, 250, 1.0),
    ({"decay": "by-epoch", "decay_rate": 0.5}, 250, 1 / (1 + 0.5 * 2)),
    ({"decay": "exponential"}, 250, 0.95**2),
    ({"decay": "epoch-power", "decay_power": 0.5, "decay_rate": 2.0}, 399, 2 / 4**0.5),
    ({"decay": "step-power"}, 3, 1 / 4),
    ({"decay": "staircase", "decay_every": 2, "decay_rate": 0.1}, 250, 0.1),
    ({"decay": "constant", "warm_up": 2.0}, 99, 0.5),
])
def test_the_schedule(settings: dict[str, Any], at: int, ratio: float) -> None:
    assert schedule_of(chosen(**settings))(at, 100, 1000) == pytest.approx(ratio)


def test_the_penalty() -> None:
    made = penalty_of(chosen(l2=1e-4, l1=1e-5), nn.Linear(3, 2))
    assert (made.l2, made.l1, len(made.weights)) == (1e-4, 1e-5, 1)


@pytest.mark.parametrize("rule", ["small", "scaled", "he", "xavier"])
def test_the_initial_weights(photos: Path, rule: str) -> None:
    from wengu.core.seeds import seed_for

    made = recipe("pictures").prepare(chosen(data=str(photos), init=rule, seed=3)).model()
    expected = recipe("pictures").prepare(chosen(data=str(photos), seed=3)).model()
    initialise(expected, rule, generator=torch.Generator().manual_seed(seed_for(3, "weights")))
    assert all(torch.equal(a, b) for a, b in zip(made.parameters(), expected.parameters(), strict=True))
