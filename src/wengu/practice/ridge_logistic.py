"""Logistic regression with a ridge, by Newton's method: small, and sure to end.

    J(w) = Σ log(1 + e^z) - y z + λ/2 ‖w‖²,   z = x·w + b         w <- w - s H⁻¹ ∇J,   H = xᵀ diag(p(1-p)) x + λ

s is 1, halved while J would grow. λ keeps w finite where the classes are separable. Of more than 64 columns the 64
whose means differ most between the classes are used, of these rows alone. b has no ridge. Source: Boyd & Vandenberghe
2004, 9.5; le Cessie & van Houwelingen 1992 for the ridge.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]

RIDGE, MOST, STEPS, ENOUGH = 3.0, 64, 25, 1e-3


def ridge_logistic(x: Floats, y: NDArray[np.bool_], *, start: Floats | None = None, ridge: float = RIDGE) -> Floats:
    """(w, b) as one vector (q + 1,), of x (m, q) and y (m,); `start` is one to begin from.

    >>> w = ridge_logistic(np.array([[-1.0], [1.0]]), np.array([False, True]))
    >>> bool(w[0] > 0), round(float(w[1]), 6)
    (True, 0.0)
    """
    used = _most_different(x, y)
    z = np.column_stack([x[:, used], np.ones(len(x))])
    penalty = np.r_[np.full(len(used), ridge), 1e-6]
    w = np.zeros(len(used) + 1) if start is None else start[[*used, -1]].copy()
    cost = _cost(z, y, w, penalty)
    for _ in range(STEPS):
        p = expit(z @ w)
        gradient = z.T @ (p - y) + penalty * w
        step = np.linalg.solve((z.T * (p * (1 - p))) @ z + np.diag(penalty), gradient)
        while (new := _cost(z, y, w - step, penalty)) > cost and np.abs(step).max() > 1e-9:
            step = step / 2
        w, cost = w - step, new
        if np.abs(step).max() < ENOUGH:
            break
    found = np.zeros(x.shape[1] + 1)
    found[[*used, -1]] = w
    return found


def log_odds(x: Floats, w: Floats) -> Floats:
    """log p/(1-p) of each row."""
    odds: Floats = x @ w[:-1] + w[-1]
    return odds


def _most_different(x: Floats, y: NDArray[np.bool_]) -> list[int]:
    if x.shape[1] <= MOST:
        return list(range(x.shape[1]))
    apart = np.abs(x[y].mean(axis=0) - x[~y].mean(axis=0))
    used: list[int] = np.sort(np.argsort(-apart, kind="stable")[:MOST]).tolist()
    return used


def _cost(z: Floats, y: NDArray[np.bool_], w: Floats, penalty: Floats) -> float:
    at = z @ w
    return float(np.logaddexp(0, at).sum() - at[y].sum() + (penalty * w**2).sum() / 2)
