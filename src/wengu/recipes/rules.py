"""The rules of training that the settings name, made: initial weights, optimiser, schedule of α, penalty."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import nn
from torch.optim import Optimizer

from wengu.core.seeds import seed_for
from wengu.layers import initialise
from wengu.optimization import Adam, AdamW, GradientDescent, Momentum, RMSprop, Schedule, schedule, weight_decay_groups
from wengu.recipes.settings import Training
from wengu.training import Penalty, UnfreezeSchedule

OPTIMISERS: dict[str, Any] = {
    "sgd": GradientDescent, "momentum": Momentum, "rmsprop": RMSprop, "adam": Adam, "adamw": AdamW,
}  # fmt: skip
M = TypeVar("M", bound=nn.Module)
_RATE = {"by-epoch": "rate", "exponential": "base", "epoch-power": "k", "step-power": "k", "staircase": "factor"}


def optimizer_of(settings: Training, model: nn.Module, plan: UnfreezeSchedule | None = None) -> Optimizer:
    """The optimiser; its weight decay is the decoupled one, whichever it is, and leaves biases out.

    With the plan of a transfer each layer has the α that the plan gives it.
    """
    more: dict[str, Any] = {} if settings.optim == "adamw" else {"decoupled_weight_decay": True}
    if settings.optim in ("adam", "adamw"):
        more["betas"] = (_given(settings.beta1, 0.9), _given(settings.beta2, 0.999))
    if settings.optim in ("momentum", "rmsprop"):
        more["beta"] = _given(settings.beta1 if settings.optim == "momentum" else settings.beta2, 0.9)
    groups, lr = weight_decay_groups(model), settings.lr or 0.0  # as the rule has it by now
    if plan is not None:
        groups = plan.on(model).groups(groups, lr=lr)
    made: Optimizer = OPTIMISERS[settings.optim](groups, lr=lr, weight_decay=settings.weight_decay, **more)
    return made


def schedule_of(settings: Training, *, beneath: bool = False) -> Schedule:
    """The schedule of α that the settings name: warm-up, then the decay, or `beneath` it as runs once had it."""
    given = {
        _RATE.get(settings.decay, ""): settings.decay_rate, "power": settings.decay_power, "every": settings.decay_every
    }
    return schedule(settings.decay, warm_up_epochs=settings.warm_up, beneath=beneath,
                    **{name: value for name, value in given.items() if value is not None})


def penalty_of(settings: Training, model: nn.Module) -> Penalty:
    """The terms that are added to the cost, over the weights that decay would take, too."""
    weights = [w for group in weight_decay_groups(model) if "weight_decay" not in group for w in group["params"]]
    return Penalty(weights, l2=settings.l2, l1=settings.l1)


def fresh(
    make: Callable[[torch.Generator], M], settings: Training, normalisation: nn.Module | None = None
) -> M:
    """A model whose weights are a function of the seed and of --init; its first layer is the normalisation, if given.

    What `make` draws without its generator is a function of the seed, too.
    """
    generator = _generator(settings)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(generator.initial_seed())
        model = make(generator)
    if settings.init != "auto":
        initialise(model, settings.init, generator=_generator(settings))
    if normalisation is not None:
        model[0] = copy.deepcopy(normalisation)  # type: ignore[operator]
    return model


def _generator(settings: Training) -> torch.Generator:
    return torch.Generator().manual_seed(seed_for(settings.seed, "weights"))


def _given(value: float | None, default: float) -> float:
    return default if value is None else value
