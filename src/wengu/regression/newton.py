"""Newton's method with the gradient of all rows and the Hessian of a few of them.                      [notes 5.1, 5.2]

    d = H̃⁻¹ ∇J(w)        w <- w - t d, t = 1, ½, ¼, .. until J falls        newton decrement = ½ ∇J · d

∇J and J are always those of all rows. H̃ is the Hessian over one row in twelve. The Newton decrement estimates by H̃ how
far J still is from its minimum: the search ends when it is at most tol·J. A step makes it about a hundred times smaller
where rows are many; where one more step will be enough, as the last one shows, it is taken without another look. The
search starts at the minimum of a sample of the rows, found in the same way, so that two or three passes over all of
them are enough. Where a step gains too little, the next H̃ is taken over four times as many rows, in the end over all
of them, which is plain Newton.

Source: Boyd & Vandenberghe 2004, "Convex Optimization", 9.5.1, for the decrement, which is ½ λ² in their letters; Byrd,
Chin, Neveitt & Nocedal 2011, "On the use of stochastic Hessian information in optimization methods for machine
learning", SIAM J. Optim. 21(3); rows drawn in proportion to their second derivative, as in Xu et al. 2016,
arXiv:1607.00559.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wengu.regression.hessian import Hessian
from wengu.regression.linear import Array, Evaluation, LinearCost

SHARE = 1 / 12  # of the rows for the Hessian,
ROWS_PER_FEATURE = 20  # but at least so many for each feature
NEAR = 0.03  # a decrement of so much of J: from there on J is nearly a parabola, and one Hessian serves several steps
SLOW = 0.1  # of the decrement before: a step that leaves more has a Hessian of too few rows


@dataclass(frozen=True)
class Minimum:
    """Where J is least, the last evaluation, at most a step from there, J at each of them, and the number of steps."""

    w: Array
    last: Evaluation
    history: list[float]
    steps: int
    converged: bool


def minimise(
    cost: LinearCost,
    *,
    tol: float,
    max_iter: int,
    generator: np.random.Generator,
    tolerance: float = 0.0,
    start: Array | None = None,
) -> Minimum:
    """A w whose J is within tol·J + tolerance of its minimum, if `max_iter` steps get there, `start` being the first w.

    Raises FloatingPointError where J or its gradient is not finite.
    """
    rows, features = cost.x.shape
    count = rows_for_hessian(cost)
    w, hessian = np.zeros((cost.outputs, features + 1)) if start is None else start, None
    if start is None and count <= rows // 4:
        w, hessian = _start(cost, count, generator)
    here = cost.at(w)
    history = [here.j]
    steps, before = 0, np.inf  # taken with this Hessian, and the decrement before the last of them
    while True:
        if not np.isfinite(here.j + here.gradient.sum()):
            raise FloatingPointError("J is not finite")
        if hessian is None:
            hessian, steps = cost.hessian(here, count, generator), 0
        d = hessian.newton_step(here.gradient)
        newton_decrement = 0.5 * float((here.gradient * d).sum())
        enough = tol * here.j + tolerance + rounding(cost, here)
        if newton_decrement <= enough or len(history) > max_iter:
            return Minimum(here.w, here, history, len(history) - 1, newton_decrement <= enough)
        rate = newton_decrement / before
        if steps:
            if 4 * rate * newton_decrement <= enough:  # one more step with this Hessian is enough
                return Minimum(here.w - d, here, history, len(history), converged=True)
            if steps == 1 and rate > SLOW:
                count = 4 * count if 8 * count <= rows else rows
            hessian = None
            continue
        there = _line_search(cost, here, d, newton_decrement)
        if there is not None:
            here, before, steps = there, newton_decrement, steps + 1
            history.append(here.j)
            if newton_decrement > NEAR * here.j:
                hessian = None
        elif steps or count < rows:
            hessian, count = None, rows
        else:
            return Minimum(here.w, here, history, len(history) - 1, converged=False)


def rows_for_hessian(cost: LinearCost) -> int:
    """How many rows the first Hessian is taken over: all, where it would be more than half of them."""
    rows, features = cost.x.shape
    count: int = max(int(SHARE * rows), ROWS_PER_FEATURE * (features + 1))
    return rows if count > rows // 2 else count


def _start(cost: LinearCost, count: int, generator: np.random.Generator) -> tuple[Array, Hessian]:
    """The minimum over `count` of the rows, and the Hessian there."""
    few = cost.sample(count, generator)
    # Their minimum is about half a unit of J for each parameter above that of all rows: no need to find it closer.
    tolerance = 0.1 * cost.outputs * cost.x.shape[1] * few.size / count
    found = minimise(few, tol=0.0, max_iter=50, generator=generator, tolerance=tolerance)
    return found.w, few.hessian(found.last, count, generator)


def rounding(cost: LinearCost, at: Evaluation) -> float:
    """Below this, the features' precision does not distinguish J from its minimum."""
    return float(np.finfo(cost.x.dtype).eps) * (cost.size + 8 * at.j)


def _line_search(cost: LinearCost, here: Evaluation, d: Array, newton_decrement: float) -> Evaluation | None:
    """The lowest of w - t d for t = 1, 2, 4, .. while J falls steeply, else the first of t = ½, ¼, .. that is lower."""
    t = 1.0
    there = cost.at(here.w - d)
    while not there.j <= here.j - 1e-4 * t * newton_decrement:
        t /= 2
        if t < 1e-6:
            return None
        there = cost.at(here.w - t * d)
    while t >= 1 and float((there.gradient * d).sum()) > 0.5 * newton_decrement:  # over a quarter of ∇J·d at the start
        t *= 2
        farther = cost.at(here.w - t * d)
        if not farther.j < there.j:
            break
        there = farther
    return there
