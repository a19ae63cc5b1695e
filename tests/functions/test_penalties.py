from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Lasso, Ridge
from torch import nn

from wengu.core.checks import InputError
from wengu.functions import (
    d_l1_penalty,
    d_l2_penalty,
    l1_penalty,
    l2_penalty,
    soft_threshold,
    soft_threshold_by_hand,
    sparsity,
)


def diabetes():
    """442 real patients, ten measurements each, target centred so that no bias is needed."""
    x, y = load_diabetes(return_X_y=True)
    return torch.as_tensor(x), torch.as_tensor(y - y.mean()), len(x)


def weights(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def descended(lam, step, *, steps=4000):
    """Gradient descent on J = 1/(2m) Σ (ŷ - y)² with what `step` adds, α just below what the data allow."""
    x, y, m = diabetes()
    lr = 1 / (torch.linalg.matrix_norm(x, 2).item() ** 2 / m + lam / m)
    w, gram, target = torch.zeros(10, dtype=torch.float64), x.T @ x / m, x.T @ y / m
    for _ in range(steps):
        w = step(w, gram @ w - target, lr, m)
    return w.numpy(), m


@pytest.mark.parametrize("lam", [0.01, 0.5, 20.0])
def test_parity_l2_ridge(lam):
    """Authority: scikit-learn's Ridge, whose cost is 2m times the notes', so that its alpha is λ; real data, 1e-7."""
    x, y, _ = diabetes()
    expected = Ridge(alpha=lam, fit_intercept=False, solver="cholesky").fit(x, y).coef_
    found, _ = descended(lam, lambda w, g, lr, m: w - lr * (g + d_l2_penalty(w, lam, m)))
    np.testing.assert_allclose(found, expected, rtol=1e-7)


@pytest.mark.parametrize(("lam", "zeros"), [(100.0, 3), (400.0, 6), (900.0, 7), (3000.0, 10)])
def test_parity_l1_lasso(lam, zeros):
    """Authority: scikit-learn's Lasso at alpha = λ/(2m): the same weights to 1e-7 and the same exact zeros; real data."""
    x, y, m = diabetes()
    expected = Lasso(alpha=lam / (2 * m), fit_intercept=False, tol=1e-14, max_iter=100_000).fit(x, y).coef_
    found, _ = descended(0.0, lambda w, g, lr, m: soft_threshold(w - lr * g, lr * lam / (2 * m)))
    np.testing.assert_allclose(found, expected, rtol=1e-7)
    assert ((found == 0) == (expected == 0)).all()
    assert sparsity(torch.as_tensor(found)).total == zeros / 10


def test_following_the_gradient_of_l1_leaves_no_zero_but_the_step_does():
    lam = 400.0
    by_gradient, _ = descended(0.0, lambda w, g, lr, m: w - lr * (g + d_l1_penalty(w, lam, m)))
    assert sparsity(torch.as_tensor(by_gradient)).total == 0


def test_parity_closed_forms():
    """Authority: numpy's norms, of one vector and of layers, and autograd for the gradients; 1e-12."""
    layers, lam, m = [weights(4, 3), weights(2, 4, seed=1)], 0.7, 50
    square = lam / (2 * m) * sum(np.linalg.norm(w, "fro") ** 2 for w in layers)
    absolute = lam / (2 * m) * sum(np.linalg.norm(w.flatten(), 1) for w in layers)
    assert l2_penalty(layers, lam, m).item() == pytest.approx(square, rel=1e-12)
    assert l1_penalty(iter(layers), lam, m).item() == pytest.approx(absolute, rel=1e-12)
    assert l2_penalty(layers[0][0], lam, m).item() == pytest.approx(lam / (2 * m) * np.linalg.norm(layers[0][0]) ** 2, rel=1e-12)
    for penalty, gradient in ((l2_penalty, d_l2_penalty), (l1_penalty, d_l1_penalty)):
        w = layers[0].clone().requires_grad_()
        penalty(w, lam, m).backward()
        torch.testing.assert_close(gradient(layers[0], lam, m), w.grad, rtol=1e-12, atol=0)
        assert torch.autograd.gradcheck(lambda w, penalty=penalty: penalty([w, layers[1]], lam, m), w)


@pytest.mark.parametrize("threshold", [0.0, 0.3, 10.0])
def test_soft_threshold_is_the_lowest_point_of_its_cost(threshold):
    """½ (u - w)² + threshold |u| is least at u, by a search over a fine grid; fast and by hand agree to the bit."""
    w = weights(9)
    u = soft_threshold(w, threshold)
    assert torch.equal(u, soft_threshold_by_hand(w, threshold))
    grid = torch.linspace(-4, 4, 80_001, dtype=torch.float64)
    cost = (grid[:, None] - w).square() / 2 + threshold * grid[:, None].abs()
    torch.testing.assert_close(grid[cost.argmin(0)], u, rtol=0, atol=1e-4)


def test_what_is_not_a_number_stays_seen():
    w = torch.tensor([torch.nan, torch.inf, -torch.inf])
    for f in (soft_threshold, soft_threshold_by_hand):
        torch.testing.assert_close(f(w, 1.0), w, equal_nan=True)


def test_sparsity_counts_tied_weights_once():
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4, bias=False))
    with torch.no_grad():
        model[0].weight[:2] = 0
        model[0].bias.zero_()
    model[1].weight = model[0].weight
    found = sparsity(model)
    assert found.each == {"0.weight": 0.5, "0.bias": 1.0}
    assert found.total == 12 / 20


@pytest.mark.parametrize("nothing", [[], [torch.zeros(0)], nn.ReLU()])
def test_nothing_to_look_at(nothing):
    with pytest.raises(InputError, match="weights: expected at least one number"):
        sparsity(nothing)


@pytest.mark.parametrize("penalty", [l1_penalty, l2_penalty, d_l1_penalty, d_l2_penalty])
def test_bad_strength(penalty):
    for lam, m, said in ((-1.0, 5, "lam: expected a number of at least 0"), (1.0, 0, "m: expected a number of at least 1")):
        with pytest.raises(InputError, match=said):
            penalty(torch.ones(2), lam, m)
    with pytest.raises(InputError, match="threshold: expected a number of at least 0"):
        soft_threshold(torch.ones(2), -1.0)
