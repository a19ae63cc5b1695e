"""What both estimators promise."""

from __future__ import annotations

import warnings
from itertools import pairwise

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression as Peer
from sklearn.utils.estimator_checks import estimator_checks_generator

from tests.regression.made import KINDS, loss_fn, made
from wengu.core.checks import InputError
from wengu.core.i18n import use_language
from wengu.regression import LogisticRegression, SoftmaxRegression

BOTH = pytest.mark.parametrize(
    ("regression", "classes"), [(LogisticRegression, 2), (SoftmaxRegression, 4)], ids=["logistic", "softmax"]
)
CHECKS = [
    (estimator, check)
    for regression in (LogisticRegression, SoftmaxRegression)
    for estimator, check in estimator_checks_generator(regression())
    if "array_api" not in str(check)  # skips itself unless SCIPY_ARRAY_API is set
]


@pytest.mark.parametrize(
    ("estimator", "check"), CHECKS, ids=[f"{type(e).__name__}-{getattr(c, 'func', c).__name__}" for e, c in CHECKS]
)
def test_parity_estimator_contract(estimator, check):
    """Authority: scikit-learn's check_estimator."""
    check(estimator)


@BOTH
@pytest.mark.parametrize("kind", KINDS)
def test_parity_minimum(regression, classes, kind):
    """Authority: scikit-learn's newton-cholesky at tol=1e-12; by default within 1e-4 of it, relatively, unwarned."""
    x, y = made(kind, classes=classes)
    peer = Peer(solver="newton-cholesky", tol=1e-12, max_iter=500).fit(x, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        default, tight = regression().fit(x, y), regression(tol=1e-12).fit(x, y)
    lowest = loss_fn(peer, x, y)
    assert loss_fn(default, x, y) <= lowest * (1 + 1e-4)
    assert loss_fn(tight, x, y) == pytest.approx(lowest, rel=1e-9)
    np.testing.assert_allclose(tight.predict_proba(x), peer.predict_proba(x), atol=1e-4)


@BOTH
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_parity_coefficients(regression, classes, fit_intercept):
    """Authority: scikit-learn's newton-cholesky, with weights and a strong penalty."""
    x, y = made(m=8000, classes=classes, seed=3)
    settings = {"C": 0.01, "fit_intercept": fit_intercept}
    weight = np.random.default_rng(4).exponential(size=len(y))
    ours = regression(tol=1e-13, **settings).fit(x + 1, y, weight)
    peer = Peer(solver="newton-cholesky", tol=1e-12, **settings).fit(x + 1, y, weight)
    np.testing.assert_allclose(ours.coef_, peer.coef_, atol=2e-6)
    np.testing.assert_allclose(ours.intercept_, peer.intercept_ - peer.intercept_.mean() * (classes > 2), atol=2e-6)


@BOTH
def test_parity_wide(regression, classes):
    """Authority: scikit-learn's lbfgs at tol=1e-9; more features than rows, where only diagonals are formed."""
    x, y = made(m=150, n=300, classes=classes)
    ours = regression(tol=1e-10).fit(x, y)
    peer = Peer(tol=1e-9, max_iter=5000).fit(x, y)
    np.testing.assert_allclose(ours.coef_, peer.coef_, atol=1e-4)


@BOTH
def test_history_is_the_cost_of_the_notes_and_falls(regression, classes):
    x, y = made(m=1000, classes=classes)
    model = regression(C=0.5).fit(x, y, np.full(1000, 1.0))
    assert regression(C=0.25).fit(x, y, np.full(1000, 2.0)).loss_history_ == pytest.approx(model.loss_history_)
    history = model.loss_history_
    assert history[0] == pytest.approx(np.log(classes))  # w = 0 knows nothing
    assert all(after < before for before, after in pairwise(history))
    least = loss_fn(model, x, y) / len(y)
    assert least * (1 - 1e-12) <= history[-1] <= least * 1.01
    assert len(history) - 1 <= model.n_iter_ <= len(history)
    assert len(history) >= 3
    looked_at = regression(C=0.5, max_iter=len(history) - 1)  # so many steps are all looked at
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        looked_at.fit(x, y)
    assert looked_at.loss_history_[-1] == pytest.approx(loss_fn(looked_at, x, y) / len(y), rel=1e-12)


@BOTH
def test_seed_moves_the_result_within_tol_alone(regression, classes):
    x, y = made(m=20_000, classes=classes)
    one, other = (regression(random_state=seed).fit(x, y) for seed in (1, 2))
    again = regression(random_state=1).fit(x, y)
    np.testing.assert_array_equal(one.coef_, again.coef_)
    assert not np.array_equal(one.coef_, other.coef_)
    assert loss_fn(one, x, y) == pytest.approx(loss_fn(other, x, y), rel=2e-5)


@BOTH
def test_mean_prediction_is_the_share_of_the_class(regression, classes):
    """dJ/db is 0 at the minimum."""
    x, y = made(classes=classes)
    y_hat = regression(tol=1e-12).fit(x, y).predict_proba(x)
    np.testing.assert_allclose(y_hat.mean(axis=0), np.bincount(y) / len(y), atol=1e-6)


@BOTH
def test_float32_is_kept(regression, classes):
    x, y = made("unscaled", classes=classes)
    narrow, wide = regression().fit(x.astype(np.float32), y), regression().fit(x, y)
    assert narrow.coef_.dtype == narrow.predict_proba(x.astype(np.float32)).dtype == np.float32
    assert loss_fn(narrow, x, y) == pytest.approx(loss_fn(wide, x, y), rel=1e-4)


@BOTH
def test_too_few_steps_are_warned_of(regression, classes):
    x, y = made(m=1000, classes=classes)
    with pytest.warns(ConvergenceWarning, match=r"not yet within tol=1e-05 of its minimum after 1 step; raise max_iter"):
        model = regression(max_iter=1).fit(x, y)
    assert model.n_iter_ == 1


@BOTH
def test_numbers_that_cannot_be_used(regression, classes):
    x, y = made(m=6000, classes=classes)
    for bad in (np.nan, np.inf, -np.inf):
        spoilt = x.copy()
        spoilt[4321, 3] = bad
        with pytest.raises(ValueError, match="Input X contains " + ("NaN" if np.isnan(bad) else "infinity")):
            regression().fit(spoilt, y)
    with pytest.raises(InputError, match="X: the numbers are too large to be squared; scale the features"):
        regression().fit(x * 1e200, y)


@BOTH
def test_arguments(regression, classes):
    x, y = made(m=100, classes=classes)
    with pytest.raises(InputError, match="C: expected a number above 0, got 0"):
        regression(C=0).fit(x, y)
    with pytest.raises(InputError, match="tol: expected a number of at least 0, got -1"):
        regression(tol=-1).fit(x, y)
    with pytest.raises(InputError, match="max_iter: expected a number of at least 1, got 0"):
        regression(max_iter=0).fit(x, y)
    with pytest.raises(InputError, match="y: expected at least two classes, got one class, dog"):
        regression().fit(x, ["dog"] * 100)
    with pytest.raises(ValueError, match="weight"):
        regression().fit(x, y, np.zeros(100))
    use_language("zh")
    with pytest.raises(InputError, match="y：至少应有两个类别，却只有一个：dog"):
        regression().fit(x, ["dog"] * 100)


@pytest.mark.parametrize(
    "labels",
    [
        np.array([-128, 127, 3, 127, -128], np.int8),
        np.array([2**64 - 1, 2**64 - 3, 2**64 - 1], np.uint64),
        np.array([0, 10**6, 0]),
        np.array([5, 4, 9, 4]),
    ],
)
def test_whole_numbers_keep_their_order_and_type(labels):
    model = LogisticRegression if len(set(labels)) == 2 else SoftmaxRegression
    classes = model().fit(np.arange(len(labels), dtype=float)[:, None], labels).classes_
    np.testing.assert_array_equal(classes, np.unique(labels))
    assert classes.dtype == labels.dtype
