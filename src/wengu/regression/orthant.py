"""The minimum with an L1 term, whose weights are in part exactly 0: Newton's method within an orthant. [notes 5.1, 5.2]

    F(w) = J(w) + λ₁ Σ |w|                   b is not penalised; J has whatever L2 term there is (elastic net)
    shrink       w <- S(w - ∇J / (s h), λ₁ / (s h))       S(v, a) = sign v · max(|v| - a, 0), h the diagonal of H
    Newton       H d = ∇J + λ₁ sign w over the w that are not 0;  w <- P(w - t d): what would change its sign becomes 0

By turns: to shrink finds out which weights are 0, and always lowers F, where s = 1, 2, 4, .. is large enough; within
the orthant that it leads to, F is as smooth as J, and a Newton step is worth a hundred of the others. F is as far from
its minimum as the Newton decrement says, and what the weights of 0 could still gain: (|∇J| - λ₁)²/2h each. H is taken
over some of the rows, and over more where a step gains too little, as in newton.py.

Source: the shrinking step, Beck & Teboulle 2009, SIAM J. Imaging Sci. 2(1), equation 2.6; its turns with Newton steps
on what is not 0, Chen, Curtis & Robinson 2017, "A reduced-space algorithm for minimizing l1-regularized convex
functions", SIAM J. Optim. 27(3). scikit-learn's l1_ratio ρ is λ₁ = ρ/C beside an L2 term of (1-ρ)/C.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from wengu.regression.hessian import Hessian
from wengu.regression.linear import Array, Evaluation, LinearCost
from wengu.regression.newton import SLOW, Minimum, rounding, rows_for_hessian


def minimise_with_l1(
    cost: LinearCost,
    *,
    tol: float,
    max_iter: int,
    generator: np.random.Generator,
    start: Array | None = None,
) -> Minimum:
    """A w whose F is within tol·F of its minimum, if `max_iter` turns get there, `start` being the first w.

    Raises FloatingPointError where J or its gradient is not finite.
    """
    rows, features = cost.x.shape
    count, scale, before = rows_for_hessian(cost), 1.0, np.inf
    here = cost.at(np.zeros((cost.outputs, features + 1)) if start is None else start)
    history = [_total(cost, here)]
    while True:
        if not np.isfinite(here.j + here.gradient.sum()):
            raise FloatingPointError("J is not finite")
        hessian = cost.hessian(here, count, generator)
        here, scale = _shrunk(cost, here, hessian, scale)
        here = _centred(cost, here)
        free = here.w != 0
        free[:, -1] = cost.intercept
        slope = np.where(free, here.gradient + _corner(cost, here), 0.0)
        idle = np.maximum(np.abs(here.gradient[:, :-1]) - cost.l1, 0) * ~free[:, :-1]
        gain = float((idle**2 / (2 * hessian.diagonal[:, :-1])).sum())
        d = hessian.within(free).newton_step(slope)
        left = 0.5 * float((slope * d).sum()) + gain
        there = _line_search(cost, here, d, slope, hessian)
        enough = tol * history[-1] + rounding(cost, here)
        here = _centred(cost, there or here)
        history.append(_total(cost, here))
        converged = 4 * left <= enough  # what a step leaves behind is seen by the next alone
        if converged or len(history) > max_iter:
            return Minimum(here.w, here, history, len(history) - 1, converged)
        if left > SLOW * before or there is None:
            count = 4 * count if 8 * count <= rows else rows
        before = left


def _total(cost: LinearCost, at: Evaluation) -> float:
    return at.j + cost.l1 * float(np.abs(at.w[:, :-1]).sum())


def _corner(cost: LinearCost, at: Evaluation) -> Array:
    """λ₁ sign w, and 0 for b."""
    corner: Array = cost.l1 * np.sign(at.w)
    corner[:, -1] = 0
    return corner


def _moved(w: Array, shift: Array) -> Array:
    """w for features less `shift`: b makes up for them. With -shift it is undone."""
    moved: Array = w.copy()
    moved[:, -1] += w[:, :-1] @ shift
    return moved


def _shrunk(cost: LinearCost, here: Evaluation, hessian: Hessian, scale: float) -> tuple[Evaluation, float]:
    """The shrinking step, and the s that was large enough for it; half of it is where the next one may begin."""
    w, g = _moved(here.w, hessian.shift), here.gradient.copy()
    g[:, :-1] -= np.outer(g[:, -1], hessian.shift)
    for _ in range(60):
        h = scale * hessian.diagonal
        step = w - g / h
        step[:, :-1] = np.sign(step[:, :-1]) * np.maximum(np.abs(step[:, :-1]) - cost.l1 / h[:, :-1], 0)
        change = step - w
        there = cost.at(_moved(step, -hessian.shift))
        bound = here.j + float((g * change).sum() + (h * change**2).sum() / 2)
        if there.j <= bound + rounding(cost, here):
            return there, max(scale / 2, 1.0)
        scale *= 2
    return here, 1.0


def _line_search(
    cost: LinearCost, here: Evaluation, d: Array, slope: Array, hessian: Hessian
) -> Evaluation | None:
    """The first of P(w - t d), t = 1, ½, .., where F is lower in proportion to the way; None where none is."""
    w, d, signs = _moved(here.w, hessian.shift), _moved(d, hessian.shift), np.sign(here.w[:, :-1])
    total, t = _total(cost, here), 1.0
    while t > 1e-6:
        step = w - t * d
        step[:, :-1] *= np.sign(step[:, :-1]) == signs
        step = _moved(step, -hessian.shift)
        there = cost.at(step)
        if _total(cost, there) <= total - 1e-4 * max(float((slope * (here.w - step)).sum()), 0.0):
            return there
        t /= 2
    return None


def _centred(cost: LinearCost, at: Evaluation) -> Evaluation:
    """For softmax the same ŷ with the least penalty: what all classes' weights of a feature share, c, changes no ŷ.

    Σ_k λ₁ |w_k - c| + λ/2 (w_k - c)² is least at the median of all w_k and of mean w + λ₁/λ (K-2i)/K, i = 0 .. K.
    """
    if (k := cost.outputs) == 1:
        return at
    w = at.w[:, :-1]
    if cost.lam:
        edges = w.mean(axis=0) + cost.l1 / cost.lam * (k - 2 * np.arange(k + 1)[:, None]) / k
        c = np.median(np.concatenate([w, edges]), axis=0)
    else:
        c = np.sort(w, axis=0)[(k - 1) // 2]
    moved, gradient = at.w.copy(), at.gradient.copy()
    moved[:, :-1] -= c
    gradient[:, :-1] -= cost.lam * c
    j = at.j + cost.lam / 2 * float((moved[:, :-1] ** 2).sum() - (w**2).sum())
    return replace(at, w=moved, gradient=gradient, j=j)
