"""Learning-rate decay: α as a pure function of how far training has come.                      [notes 2.13-2.17]

    constant       α = α0
    by epoch       α = α0 / (1 + rate · epoch)             α0 = 0.2, rate = 1: 0.1, 0.067, 0.05, 0.04 after 1, 2, 3, 4
    exponential    α = base^epoch · α0                     base = 0.95
    epoch power    α = k / epoch^power · α0                power 1 (the notes) or ½ (the course they follow)
    step power     α = k / t^power · α0                    the same by mini-batches
    staircase      α = factor^⌊t / every⌋ · α0             factor = ½: halved every so many steps
    cosine         α = α0 · (1 + cos(π · t/T)) / 2         t = steps done, T = steps in all
    warm-up        α = α0 · (t+1) / n                      for the first n steps: the last of them has α0
    then           any of the above, of t - n steps and T - n in all: it begins at α0 when the warm-up has ended

Each function gives α/α0. As none depends on the past, α is right at once when a run is resumed. A change of α by hand
(notes 2.18) is taken up by the training loop.

Source: the notes' table, whose figures for 'by epoch' have a misplaced decimal point from the second on. Cosine:
Loshchilov & Hutter 2017, arXiv:1608.03983, equation 5, one cycle, η_min = 0. Warm-up: Goyal et al. 2017,
arXiv:1706.02677, 2.2; that the decay runs over what is left is torch's SequentialLR, and transformers' schedules with
warm-up, which begin at 0 and so are a step behind until α0 is reached, at t = n there as here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from wengu.core.checks import InputError, at_least, one_of, positive
from wengu.core.i18n import say

Schedule = Callable[[int, int, int], float]
"(t, steps an epoch, steps in all) -> α/α0 after t steps."


def constant() -> float:
    """No decay.

    >>> constant()
    1.0
    """
    return 1.0


def by_epoch(epoch: int, *, rate: float = 1.0) -> float:
    """α/α0 after `epoch` epochs.

    >>> [round(0.2 * by_epoch(epoch), 3) for epoch in (1, 2, 3, 4)]
    [0.1, 0.067, 0.05, 0.04]
    """
    return 1 / (1 + rate * at_least("epoch", epoch, 0))


def exponential(epoch: int, *, base: float = 0.95) -> float:
    """α/α0 after `epoch` epochs.

    >>> round(exponential(14), 3)
    0.488
    """
    return float(base**epoch)


def power(n: int, *, k: float = 1.0, power: float = 1.0) -> float:
    """α/α0 in the n-th epoch, or at the n-th mini-batch, n = 1, 2, 3, ...

    >>> power(4), power(4, power=0.5)
    (0.25, 0.5)
    """
    return k / float(at_least("n", n, 1) ** power)


def staircase(t: int, *, every: int = 10, factor: float = 0.5) -> float:
    """α/α0 after t steps (or epochs, if `every` is in epochs).

    >>> [staircase(t, every=10) for t in (9, 10, 25)]
    [1.0, 0.5, 0.25]
    """
    return float(factor ** (t // at_least("every", every, 1)))


def cosine(t: int, total: int) -> float:
    """α/α0 after t of `total` steps: 1 at the start, a half in the middle, 0 at the end.

    >>> [round(cosine(t, 10), 3) for t in (0, 5, 10)]
    [1.0, 0.5, 0.0]
    """
    return (1 + math.cos(math.pi * min(t, total) / at_least("total", total, 1))) / 2


def warm_up(t: int, n: int) -> float:
    """α/α0 while it grows evenly over the first n steps, 1 from then on; never 0, so no step is lost.

    >>> [warm_up(t, 4) for t in (0, 3, 9)], warm_up(0, 0)
    ([0.25, 1.0, 1.0], 1.0)
    """
    return min(1.0, (t + 1) / n) if n else 1.0


# Each rule with what it counts, of t steps done, p steps an epoch and T steps in all, and with its settings.
_RULES: Mapping[str, tuple[Callable[[int, int, int], tuple[int, ...]], Callable[..., float], tuple[str, ...]]] = {
    "constant": (lambda t, p, T: (), constant, ()),
    "by-epoch": (lambda t, p, T: (t // p,), by_epoch, ("rate",)),
    "exponential": (lambda t, p, T: (t // p,), exponential, ("base",)),
    "epoch-power": (lambda t, p, T: (t // p + 1,), power, ("k", "power")),
    "step-power": (lambda t, p, T: (t + 1,), power, ("k", "power")),
    "staircase": (lambda t, p, T: (t // p,), staircase, ("every", "factor")),
    "cosine": (lambda t, p, T: (t, T), cosine, ()),
}
DECAYS = tuple(_RULES)
"The names that `schedule` knows."


def schedule(name: str, *, warm_up_epochs: float = 0.0, beneath: bool = False, **settings: float) -> Schedule:
    """The decay of this name as a function of (steps done, steps an epoch, steps in all), for `wengu.training.fit`.

    With warm-up α reaches α0 first, and the decay then runs over the steps that are left, its epochs counted from
    there; `beneath` lets it run from the first step, multiplied by the warm-up, as in runs of the first days.

    settings: rate (by-epoch), base (exponential), k and power (epoch-power, step-power), every, in epochs, and factor
    (staircase). Raises InputError for a name or setting that is not known, or one not above 0.

    >>> halved = schedule("staircase", every=2)
    >>> [halved(t, 100, 600) for t in (0, 199, 200, 400)]
    [1.0, 1.0, 0.5, 0.25]
    >>> warmed = schedule("cosine", warm_up_epochs=10)
    >>> [round(warmed(t, 10, 200), 3) for t in (0, 49, 99, 100, 150, 199)]
    [0.01, 0.5, 1.0, 1.0, 0.5, 0.0]
    """
    counted, rule, takes = _RULES[one_of("decay", name, DECAYS)]
    for setting, value in settings.items():
        if setting not in takes:
            raise InputError(say("{setting}: decay {name} does not take it; it takes {takes}", setting=setting,
                                 name=name, takes=", ".join(takes) or say("nothing")))
        positive(setting, value)
    at_least("warm_up", warm_up_epochs, 0)

    def decay(t: int, p: int, T: int) -> float:
        n = round(warm_up_epochs * p)
        if beneath:
            return rule(*counted(t, p, T), **settings) * warm_up(t, n)
        return warm_up(t, n) if t < n else rule(*counted(t - n, p, max(T - n, 1)), **settings)

    return decay


class Decay(LambdaLR):
    """A schedule as torch's LRScheduler: step it after every step of the optimiser.

    `schedule` is one of `wengu.optimization.schedule(...)`; steps_per_epoch and total are in steps.

    >>> import torch
    >>> sgd = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.2)
    >>> decay = Decay(sgd, schedule("by-epoch"), steps_per_epoch=1, total=4)
    >>> for _ in range(2):
    ...     sgd.step(); decay.step()
    >>> round(decay.get_last_lr()[0], 3)
    0.067
    """

    def __init__(
        self, optimizer: Optimizer, schedule: Schedule, *, steps_per_epoch: int, total: int, last_epoch: int = -1
    ) -> None:
        at_least("steps_per_epoch", steps_per_epoch, 1)
        at_least("total", total, 1)
        super().__init__(optimizer, lambda t: schedule(t, steps_per_epoch, total), last_epoch)

    def state_dict(self) -> dict[str, Any]:
        """How far it is; the schedule itself is not kept."""
        return {"last_epoch": self.last_epoch, "base_lrs": self.base_lrs}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from a `state_dict`; the optimiser has the right α at once."""
        self.last_epoch, self.base_lrs = state_dict["last_epoch"], state_dict["base_lrs"]
        for group, lr, ratio in zip(self.optimizer.param_groups, self.base_lrs, self.lr_lambdas, strict=True):
            group["lr"] = lr * ratio(self.last_epoch)

    def get_last_lr(self) -> list[float | Tensor]:
        """The α of each group, as it stands."""
        return [group["lr"] for group in self.optimizer.param_groups]
