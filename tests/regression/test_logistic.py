from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import log_loss

from tests.regression.made import differences, made
from wengu.core.checks import InputError
from wengu.regression import (
    LogisticRegression,
    logistic_cost_by_hand,
    logistic_gradient_by_hand,
    logistic_hessian_by_hand,
    logistic_regression_by_hand,
)
from wengu.regression.logistic import LogisticCost

X, Y = made(m=300, n=4)
W, B, LAM = np.array([0.3, -0.2, 0.5, 0.1]), 0.4, 2.0


def fast(x=X, y=Y, weight=None):
    return LogisticCost(x=x, y=y.astype(x.dtype), weight=weight, outputs=1, lam=LAM, intercept=True, threads=1)


def test_parity_logistic_cost():
    """Authority: scikit-learn's log_loss; the penalty is λ/2m ‖w‖²."""
    penalty = LAM / (2 * len(Y)) * (W**2).sum()
    expected = log_loss(Y, logistic_regression_by_hand(W, B, X)) + penalty
    assert logistic_cost_by_hand(W, B, X, Y, lam=LAM) == pytest.approx(expected, rel=1e-13)
    assert fast().at(np.append(W, B)[None]).j / len(Y) == pytest.approx(expected, rel=1e-13)


def test_parity_logistic_gradient_and_hessian():
    """Authority: central differences of the cost, and of the gradient."""
    w = np.append(W, B)
    gradient = differences(lambda v: logistic_cost_by_hand(v[:-1], v[-1], X, Y, lam=LAM), w)
    hessian = differences(lambda v: logistic_gradient_by_hand(v[:-1], v[-1], X, Y, lam=LAM), w)
    np.testing.assert_allclose(logistic_gradient_by_hand(W, B, X, Y, lam=LAM), gradient, atol=1e-9)
    np.testing.assert_allclose(logistic_hessian_by_hand(W, B, X, lam=LAM), hessian, atol=1e-9)
    np.testing.assert_allclose(fast().at(w[None]).gradient[0] / len(Y), gradient, atol=1e-9)


def test_parity_logistic_newton_step():
    """Authority: numpy's solve, of the Hessian and the gradient by hand, for features far from 0 too."""
    for x in (X, X + 100):
        at = fast(x).at(np.append(W, B - 100 * W.sum() * (x is not X))[None])
        w, b = at.w[0, :-1], at.w[0, -1]
        expected = np.linalg.solve(
            logistic_hessian_by_hand(w, b, x, lam=LAM), logistic_gradient_by_hand(w, b, x, Y, lam=LAM)
        )
        step = fast(x).hessian(at, len(x), np.random.default_rng(0)).newton_step(at.gradient)
        np.testing.assert_allclose(step[0], expected, rtol=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
def test_drawn_rows_stand_for_all(weighted):
    """The mean of many sampled Hessians is the Hessian."""
    x, y = made("nearly separable", m=2000, n=3)
    cost = fast(x, y, np.random.default_rng(1).exponential(size=len(y)) if weighted else None)
    at = cost.at(np.array([[4.0, -3.0, 2.0, 0.5]]))
    exact = cost.hessian(at, len(x), np.random.default_rng(0))
    v = np.array([[1.0, -2.0, 0.5, 1.0]])

    def along(hessian):
        v_there = v.copy()  # `times` is of shifted features: the same direction, written from their means
        v_there[:, -1] += v[:, :-1] @ hessian.shift
        return float((v_there * hessian.times(v_there)).sum())

    drawn = [along(cost.hessian(at, 200, np.random.default_rng(seed))) for seed in range(100)]
    assert np.mean(drawn) == pytest.approx(along(exact), rel=0.01)
    assert np.std(drawn) < 0.1 * along(exact)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_sample_stands_for_all_rows(weighted):
    x, y = made(m=20_000, n=3)
    weight = np.random.default_rng(0).exponential(5, len(y)) if weighted else None
    w = np.array([[0.5, -0.5, 1.0, 0.1]])
    cost = fast(x, y, weight)
    all_of_them, few = cost.at(w), cost.sample(5000, np.random.default_rng(1)).at(w)
    assert few.j == pytest.approx(all_of_them.j, rel=0.05)
    np.testing.assert_allclose(few.gradient, all_of_them.gradient, atol=0.05 * cost.size)


def test_weight_two_is_the_row_twice():
    weight = np.random.default_rng(0).integers(0, 3, len(Y)).astype(float)
    w = np.append(W, B)[None]
    times = weight.astype(int)
    weighted, repeated = fast(weight=weight).at(w), fast(X.repeat(times, axis=0), Y.repeat(times)).at(w)
    assert weighted.j == pytest.approx(repeated.j, rel=1e-13)
    np.testing.assert_allclose(weighted.gradient, repeated.gradient, atol=1e-11)
    np.testing.assert_allclose(weighted.y_hat.repeat(times, axis=1), repeated.y_hat)


def test_any_finite_score_has_a_probability_right_to_its_last_digit():
    model = LogisticRegression().fit([[-1.0], [1.0]], [0, 1])
    model.coef_, model.intercept_ = np.array([[1.0]]), np.array([0.0])
    with np.errstate(all="raise", under="ignore"):
        y_hat = model.predict_proba([[-1e308], [-40.0], [0.0], [40.0], [1e308]])
    np.testing.assert_allclose(y_hat[:, 1], [0, np.exp(-40), 0.5, 1, 1], rtol=1e-15)
    np.testing.assert_allclose(y_hat[:, 0], [1, 1, 0.5, np.exp(-40), 0], rtol=1e-15)


def test_the_loss_of_a_sure_mistake_is_finite():
    at = fast(np.array([[1e4], [-1e4]]), np.array([0, 1])).at(np.array([[1.0, 0.0]]))
    assert at.j == pytest.approx(2e4 + LAM / 2)


def test_labels_of_any_type():
    x, y = made(m=200)
    words = np.array(["yes", "no"])[y]
    model = LogisticRegression().fit(x, words)
    assert model.classes_.tolist() == ["no", "yes"]
    assert (model.predict(x) == words).mean() > 0.7
    assert model.score(x, words) == (model.predict(x) == words).mean()
    np.testing.assert_array_equal(model.predict(x) == "yes", model.decision_function(x) > 0)


def test_three_classes_are_sent_to_softmax():
    x, y = made(m=100, classes=3)
    with pytest.raises(InputError, match="Only binary classification is supported.*got 3; use SoftmaxRegression"):
        LogisticRegression().fit(x, y)
