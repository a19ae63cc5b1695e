"""Data for these tests: linear scores with noise, in the shapes that solvers find hard."""

from __future__ import annotations

import numpy as np
from scipy.special import logsumexp

KINDS = ("well-conditioned", "correlated", "nearly separable", "unscaled", "rare features")


def made(kind="well-conditioned", *, m=6000, n=12, classes=2, seed=0):
    """X (m, n) and y (m,): every kind of data has rows enough for a sample of them to be taken."""
    generator = np.random.default_rng(seed)
    x = generator.standard_normal((m, n))
    strength = 30.0 if kind == "nearly separable" else 2.0
    if kind == "correlated":
        for j in range(1, n):
            x[:, j] = 0.995 * x[:, j - 1] + 0.1 * x[:, j]
    elif kind == "rare features":
        x = (generator.random((m, n)) < np.geomspace(0.5, 0.002, n)).astype(float)
    z = x @ generator.standard_normal((n, classes))
    z *= strength / z.std()
    if kind == "unscaled":
        x = x * np.where(np.arange(n) % 2, 1.0, 1e3) + 50
    return x, (z + generator.gumbel(size=z.shape)).argmax(axis=1)


def loss_fn(model, x, y):
    """scikit-learn's C Σℒ + ½‖W‖² over C, written once more, for the coefficients of anybody's model."""
    z = x.astype(float) @ model.coef_.T.astype(float) + model.intercept_
    if z.shape[1] == 1:
        z = np.column_stack([np.zeros(len(z)), z])
    losses = logsumexp(z, axis=1) - z[np.arange(len(y)), y]
    return losses.sum() + (model.coef_.astype(float) ** 2).sum() / (2 * model.C)


def differences(f, w, step=1e-5):
    """df/dw by central differences, whatever the shape of f's value."""
    columns = []
    for i in range(w.size):
        up, down = w.astype(float).copy(), w.astype(float).copy()
        up.flat[i] += step
        down.flat[i] -= step
        columns.append((f(up) - f(down)) / (2 * step))
    return np.stack(columns, axis=-1)
