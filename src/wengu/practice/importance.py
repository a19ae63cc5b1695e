"""Weights that make the examples of one set count as those of another would.                             [notes 15.8]

    w(x) = b(x)/a(x) = p/(1-p) · m/n       p that x is of b, by a classifier of m examples of a and n of b
    (Σ w)²/Σ w²                            so many examples of equal weight would be as sure

Where nothing of a is as b is, no weight helps: few examples have it all, and the effective number says so. Sources:
Bickel, Brückner & Scheffer 2009, JMLR 10, for p/(1-p); Kish 1965 for the effective number.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wengu.practice.ridge_logistic import log_odds, ridge_logistic
from wengu.practice.two_samples import Groups, folds_of, pooled

Floats = NDArray[np.float64]


def importance_weights(
    a: ArrayLike,
    b: ArrayLike,
    *,
    groups: Groups | None = None,
    most: float = 20.0,
    seed: int = 0,
) -> Floats:
    """The weight of every row of a, (m,): 1 on average, none above `most`.

    Each is weighed by a classifier that never saw its group. Raises InputError as `distinguish` does.

    >>> x = np.random.default_rng(0).normal(size=(4000, 1))
    >>> w = importance_weights(x[:2000], x[2000:] + 1)  # e^(x - 1/2) is right
    >>> bool(w[x[:2000, 0] > 1].mean() > 2), bool(w[x[:2000, 0] < 0].mean() < 0.7), round(float(w.mean()), 6)
    (True, True, 1.0)
    """
    seen = pooled(a, b, None, groups)
    fold = folds_of(seen.is_b, seen.group, seed=seed)
    home = dict(zip(seen.group.tolist(), fold.tolist(), strict=True))
    own = np.array([home.get(group, -1) for group in seen.of_a.tolist()])
    every = seen.ranked.of(np.asarray(a, np.float64)[:, seen.columns])
    folds, odds = np.unique(fold), np.zeros(len(own))
    for k in folds:
        given = log_odds(every, ridge_logistic(seen.ranked.features[fold != k], seen.is_b[fold != k]))
        odds += np.where(own == k, given, np.where(own < 0, given / len(folds), 0))
    weight: Floats = np.exp(np.clip(odds - np.median(odds), -20, 20))
    for _ in range(50):  # what is cut from the largest goes to the others
        weight = np.minimum(weight / weight.mean(), most)
    weight /= weight.mean()
    return weight


def effective_size(weights: Floats) -> float:
    """(Σ w)²/Σ w².

    >>> effective_size(np.array([1.0, 1, 1, 1])), effective_size(np.array([1.0, 0, 0, 0]))
    (4.0, 1.0)
    """
    return float(weights.sum() ** 2 / (weights**2).sum())
