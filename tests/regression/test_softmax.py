from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.metrics import log_loss

from tests.regression.made import differences, made
from wengu.regression import (
    LogisticRegression,
    SoftmaxRegression,
    softmax_cost_by_hand,
    softmax_gradient_by_hand,
    softmax_hessian_by_hand,
    softmax_regression_by_hand,
)
from wengu.regression.softmax import SoftmaxCost

X, Y = made(m=200, n=3, classes=4)
ONE_HOT = np.eye(4)[Y]
W = np.random.default_rng(5).standard_normal((4, 4)) * 0.5  # b in its last column
LAM = 2.0


def fast(x=X):
    return SoftmaxCost(x=x, y=Y, weight=None, outputs=4, lam=LAM, intercept=True, threads=1)


def test_parity_softmax_cost():
    """Authority: scikit-learn's log_loss; the penalty is λ/2m ‖W‖²."""
    penalty = LAM / (2 * len(Y)) * (W[:, :-1] ** 2).sum()
    expected = log_loss(Y, softmax_regression_by_hand(W[:, :-1], W[:, -1], X)) + penalty
    assert softmax_cost_by_hand(W[:, :-1], W[:, -1], X, ONE_HOT, lam=LAM) == pytest.approx(expected, rel=1e-13)
    assert fast().at(W).j / len(Y) == pytest.approx(expected, rel=1e-13)


def test_parity_softmax_gradient_and_hessian():
    """Authority: central differences of the cost, and of the gradient."""

    def gradient(v):
        return softmax_gradient_by_hand(v[:, :-1], v[:, -1], X, ONE_HOT, lam=LAM)

    expected = differences(lambda v: softmax_cost_by_hand(v[:, :-1], v[:, -1], X, ONE_HOT, lam=LAM), W).reshape(W.shape)
    np.testing.assert_allclose(gradient(W), expected, atol=1e-9)
    np.testing.assert_allclose(fast().at(W).gradient / len(Y), expected, atol=1e-9)
    hessian = softmax_hessian_by_hand(W[:, :-1], W[:, -1], X, lam=LAM)
    np.testing.assert_allclose(hessian.reshape(4, 4, 16), differences(gradient, W), atol=1e-9)


def test_parity_softmax_newton_step():
    """Authority: numpy's least squares, of the Hessian and the gradient by hand."""
    far = W - W.mean(axis=0)
    far[:, -1] -= 10 * far[:, :-1].sum(axis=1)  # the scores that W gives X
    at = fast(X + 10).at(far)
    w, b = at.w[:, :-1], at.w[:, -1]
    hessian = softmax_hessian_by_hand(w, b, X + 10, lam=LAM).reshape(16, 16)
    gradient = softmax_gradient_by_hand(w, b, X + 10, ONE_HOT, lam=LAM)
    expected = np.linalg.lstsq(hessian, gradient.ravel())[0].reshape(4, 4)
    step = fast(X + 10).hessian(at, len(X), np.random.default_rng(0)).newton_step(at.gradient, accuracy=1e-12)
    np.testing.assert_allclose(step, expected - expected.mean(axis=0), rtol=1e-6, atol=1e-9)


def test_two_classes_are_logistic_regression_with_twice_the_c():
    x, y = made(m=3000)
    softmax, logistic = SoftmaxRegression(C=0.1, tol=1e-13).fit(x, y), LogisticRegression(C=0.2, tol=1e-13).fit(x, y)
    np.testing.assert_allclose(softmax.coef_[1] - softmax.coef_[0], logistic.coef_[0], atol=1e-6)
    np.testing.assert_allclose(softmax.predict_proba(x), logistic.predict_proba(x), atol=1e-6)
    np.testing.assert_allclose(softmax.decision_function(x), logistic.decision_function(x), atol=1e-5)


def test_coefficients_have_mean_0_over_the_classes():
    model = SoftmaxRegression().fit(*made(m=3000, classes=5))
    np.testing.assert_allclose(model.coef_.mean(axis=0), 0, atol=1e-12)
    assert model.intercept_.mean() == pytest.approx(0, abs=1e-12)


def test_any_finite_score_has_a_probability():
    model = SoftmaxRegression().fit([[-1.0], [0.0], [1.0]], [0, 1, 2])
    model.coef_, model.intercept_ = np.array([[-1.0], [0.0], [1.0]]), np.zeros(3)
    with np.errstate(all="raise", under="ignore"):
        y_hat = model.predict_proba([[-8e307], [0.0], [1e4]])
    np.testing.assert_allclose(y_hat, [[1, 0, 0], [1 / 3, 1 / 3, 1 / 3], [0, 0, 1]])


def test_the_loss_of_a_sure_mistake_is_finite():
    cost = SoftmaxCost(x=np.array([[1e4]]), y=np.array([0]), weight=None, outputs=3, lam=LAM, intercept=True, threads=1)
    assert cost.at(np.array([[-1.0, 0], [0, 0], [1, 0]])).j == pytest.approx(2e4 + LAM)


def test_forty_classes_are_not_taken_for_measurements():
    x, y = made(m=4000, n=5, classes=40)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = SoftmaxRegression().fit(x, y)
    assert model.coef_.shape == (len(np.unique(y)), 5)
    assert model.predict_proba(x).sum(axis=1) == pytest.approx(1)
