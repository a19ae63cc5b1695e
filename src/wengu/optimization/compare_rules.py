"""Which rule is faster on a surface: the steps each needs, with the same α or each with its own best.       [notes 2.9]

    reached at the first t from which on     J(w_t) - J* <= tolerance · (J(w_0) - J*)     J* the lowest loss known

Momentum is not always faster. On the round bowl the gradient points at the minimum, and α = 1 is there in one step;
with β = 0.9 the same α circles the minimum, a step leaves √β = 0.949 of the way, and no other α does better. In the
ravine the best α for plain descent, held down by the steep side, leaves (κ-1)/(κ+1) = 0.980 (κ = 100): momentum's 0.949
wins, with an α that would make plain descent diverge.

Source: Goh 2017, "Why Momentum Really Works", doi:10.23915/distill.00006, for both rates; his α is (1-β) times ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from wengu.core.checks import fraction, positive
from wengu.core.i18n import say, text_table
from wengu.optimization.surfaces import Pair, Surface, surface_of
from wengu.optimization.trajectories import RULES, Array, descend, starting_point

LEARNING_RATES = tuple(10 ** (k / 8) for k in range(-32, 17))
"""From 0.0001 to 100, eight a decade."""


@dataclass(frozen=True)
class Needed:
    """A rule, its α, how many steps it needs (None: it does not get there), and its loss at the end."""

    rule: str
    lr: float
    steps: int | None
    loss: float


@dataclass(frozen=True)
class RuleComparison:
    """The rules on one surface."""

    surface: str
    tolerance: float
    limit: int
    needed: tuple[Needed, ...]

    def __getitem__(self, rule: str) -> Needed:
        return next(needed for needed in self.needed if needed.rule == rule)

    def __str__(self) -> str:
        head = [say("rule"), "α", say("steps"), say("last loss")]
        rows = [[one.rule, f"{one.lr:.3g}", f"> {self.limit}" if one.steps is None else str(one.steps),
                 f"{one.loss:.3g}"] for one in self.needed]
        return f"{text_table(head, rows)}\n" + say(
            "Steps on {surface} until at most {share} of the way down is left.", surface=self.surface,
            share=f"{self.tolerance:g}")


def compare_rules(
    surface: str | Surface | Callable[[Tensor, Tensor], Tensor],
    *,
    lr: float | Sequence[float] | None = None,
    start: Pair | None = None,
    tolerance: float = 1e-3,
    steps: int = 500,
) -> RuleComparison:
    """The steps each rule needs, at one α, at the best of several, or at the best of `LEARNING_RATES`.

    Raises InputError for an unknown surface, a function that fails or gives no losses, α <= 0, no start, or a tolerance
    outside [0, 1); TypeError for an α that is no number, or steps that are not whole.

    >>> {needed.rule: needed.steps for needed in compare_rules("bowl", lr=1.0).needed}
    {'gradient-descent': 1, 'momentum': 61, 'rmsprop': None, 'adam': 56}
    """
    found = surface_of(surface)
    w = starting_point(found, start)
    fraction("tolerance", tolerance)
    given = np.atleast_1d(LEARNING_RATES if lr is None else lr)
    rates = np.array([positive("lr", rate) for rate in given], dtype=float)
    with np.errstate(all="ignore"):
        tracks = {rule: descend(found, rule, w, rates, steps) for rule in RULES}
        losses = {rule: np.nan_to_num(np.asarray(found.f(track[:, 0], track[:, 1]), dtype=float), nan=np.inf)
                  for rule, track in tracks.items()}  # (T+1, K)
    deepest = min(float(loss.min()) for loss in losses.values())
    return RuleComparison(found.name, tolerance, steps, tuple(
        _best(rule, rates, loss, deepest + tolerance * (loss[0, 0] - deepest)) for rule, loss in losses.items()
    ))


def _best(rule: str, rates: Array, loss: Array, goal: float) -> Needed:
    """With the α that needs the fewest steps, and of those the one that ends lowest."""
    above = loss > goal
    needed = np.where(above.any(0), len(loss) - above[::-1].argmax(0), 0)  # one past the last above; T+1 if never there
    k = int(np.lexsort((loss[-1], needed))[0])
    return Needed(rule, float(rates[k]), None if needed[k] == len(loss) else int(needed[k]), float(loss[-1, k]))
