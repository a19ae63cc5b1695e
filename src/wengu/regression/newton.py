"""Newton's method that reads all rows for the slope and a few of them for the curvature.               [notes 5.1, 5.2]

    d = H̃⁻¹ ∇J(w)        w <- w - t d, t = 1, ½, ¼, .. until J falls        left = ½ ∇J · d

∇J and J are always those of all rows. H̃ is the Hessian over one row in twelve, and `left` how far J still is from its
minimum, as far as H̃ can tell: the search ends when that is at most tol·J. A step cuts it about a hundredfold where
rows are many; where one more will do by the measure of the last, it is taken and not looked at. The search starts where
a sample of the rows has its minimum, found in the same way, so that two or three passes over all of them are enough.
Where a step gains less than it ought to, the next H̃ is taken over four times as many rows, in the end over all of
them, which is plain Newton.

Source: Byrd, Chin, Neveitt & Nocedal 2011, "On the use of stochastic Hessian information in optimization methods for
machine learning", SIAM J. Optim. 21(3); rows drawn in proportion to their curvature, as in Xu et al. 2016,
arXiv:1607.00559.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wengu.regression.hessian import Curvature
from wengu.regression.linear import Array, LinearCost, Point

SHARE = 1 / 12  # of the rows for the curvature,
ROWS_PER_FEATURE = 20  # but at least so many for each feature
NEAR = 0.03  # of J left: from there on J is much like a parabola, and one curvature may do for several steps
SLOW = 0.1  # of what was left before: a step that leaves more has a curvature from too few rows


@dataclass(frozen=True)
class Minimum:
    """Where J is least, the last point looked at, at most a step from there, J at all of these, and the steps taken."""

    w: Array
    seen: Point
    history: list[float]
    steps: int
    converged: bool


def minimise(
    cost: LinearCost, *, tol: float, max_iter: int, generator: np.random.Generator, slack: float = 0.0
) -> Minimum:
    """A w whose J is within tol·J + slack of its minimum, if `max_iter` steps get there.

    Raises FloatingPointError where J or its slope is not finite.
    """
    rows, features = cost.x.shape
    count = max(int(SHARE * rows), ROWS_PER_FEATURE * (features + 1))
    w, curvature = np.zeros((cost.outputs, features + 1)), None
    if count <= rows // 4:
        w, curvature = _start(cost, count, generator)
    elif count > rows // 2:
        count = rows
    here = cost.at(w)
    history = [here.j]
    steps, before = 0, np.inf  # taken with this curvature, and what was left before the last of them
    while True:
        if not np.isfinite(here.j + here.slope.sum()):
            raise FloatingPointError("J is not finite")
        if curvature is None:
            curvature, steps = cost.curvature(here, count, generator), 0
        d = curvature.newton_step(here.slope)
        left = 0.5 * float((here.slope * d).sum())
        enough = tol * here.j + slack + _rounding(cost, here)
        if left <= enough or len(history) > max_iter:
            return Minimum(here.w, here, history, len(history) - 1, left <= enough)
        rate = left / before
        if steps:
            if 4 * rate * left <= enough:  # one more step with this curvature will do
                return Minimum(here.w - d, here, history, len(history), converged=True)
            if steps == 1 and rate > SLOW:
                count = 4 * count if 8 * count <= rows else rows
            curvature = None
            continue
        there = _line_search(cost, here, d, left)
        if there is not None:
            here, before, steps = there, left, steps + 1
            history.append(here.j)
            if left > NEAR * here.j:
                curvature = None
        elif steps or count < rows:
            curvature, count = None, rows
        else:
            return Minimum(here.w, here, history, len(history) - 1, converged=False)


def _start(cost: LinearCost, count: int, generator: np.random.Generator) -> tuple[Array, Curvature]:
    """Where `count` of the rows have their minimum, and the curvature there."""
    few = cost.sample(count, generator)
    # Their minimum lies about half a unit a parameter off the one of all rows; each of these rows stands for many.
    slack = 0.1 * cost.outputs * cost.x.shape[1] * few.size / count
    found = minimise(few, tol=0.0, max_iter=50, generator=generator, slack=slack)
    return found.w, few.curvature(found.seen, count, generator)


def _rounding(cost: LinearCost, at: Point) -> float:
    """Below this, J cannot be told from its minimum in the precision of the features."""
    return float(np.finfo(cost.x.dtype).eps) * (cost.size + 8 * at.j)


def _line_search(cost: LinearCost, here: Point, d: Array, left: float) -> Point | None:
    """The lowest of w - t d for t = 1, 2, 4, .. while J falls steeply, else the first of t = ½, ¼, .. that is lower."""
    t = 1.0
    there = cost.at(here.w - d)
    while not there.j <= here.j - 1e-4 * t * left:
        t /= 2
        if t < 1e-6:
            return None
        there = cost.at(here.w - t * d)
    while t >= 1 and float((there.slope * d).sum()) > 0.5 * left:  # over a quarter of ∇J·d at the start
        t *= 2
        farther = cost.at(here.w - t * d)
        if not farther.j < there.j:
            break
        there = farther
    return there
