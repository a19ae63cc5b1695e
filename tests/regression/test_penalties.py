"""Penalties of every kind, weights by class, warm starts, sparse features, and features far from 0."""

from __future__ import annotations

import tracemalloc
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression as Peer

from tests.regression.made import KINDS, made
from tests.regression.made import loss_fn as with_l2
from wengu.core.checks import InputError
from wengu.regression import LogisticRegression, SoftmaxRegression, logistic_gradient_by_hand

BOTH = pytest.mark.parametrize(
    ("regression", "classes"), [(LogisticRegression, 2), (SoftmaxRegression, 3), (SoftmaxRegression, 4)])


def penalised(model, x, y):
    """Σℒ + [ρ ‖W‖₁ + (1-ρ)/2 ‖W‖²]/C, of anybody's coefficients."""
    rho, c = model.l1_ratio, model.C
    losses = with_l2(model, x, y) - (model.coef_**2).sum() / (2 * c)
    return losses + (rho * np.abs(model.coef_).sum() + (1 - rho) / 2 * (model.coef_**2).sum()) / c


@BOTH
@pytest.mark.parametrize("ratio", [1.0, 0.5])
@pytest.mark.parametrize("C", [0.003, 0.05])
def test_parity_of_an_l1_term_and_its_zeros(regression, classes, ratio, C):
    """Authority: scikit-learn's saga at tol=1e-7: the same minimum, with the same weights at exactly 0."""
    x, y = made("correlated", m=2000, classes=classes)
    ours = regression(C=C, l1_ratio=ratio, tol=1e-12).fit(x, y)
    peer = Peer(C=C, l1_ratio=ratio, solver="saga", tol=1e-7, max_iter=5000).fit(x, y)
    lowest = penalised(peer, x, y)
    assert penalised(ours, x, y) <= lowest * (1 + 1e-9)
    assert penalised(regression(C=C, l1_ratio=ratio).fit(x, y), x, y) <= lowest * (1 + 1e-5)
    np.testing.assert_allclose(ours.predict_proba(x), peer.predict_proba(x), atol=1e-4)
    if ratio < 1 or classes == 2:  # else softmax has many minima, that with a median of 0 over the classes among them
        np.testing.assert_array_equal(ours.coef_ == 0, peer.coef_ == 0)
    assert (ours.coef_ == 0).any() and (ours.coef_ != 0).any()


@pytest.mark.parametrize("kind", KINDS)
def test_at_an_l1_minimum_the_gradient_is_lambda_where_a_weight_is_not_0(kind):
    x, y = made(kind, m=2000)
    model = LogisticRegression(C=0.01, l1_ratio=1.0, tol=1e-13).fit(x, y)
    w = model.coef_[0]
    slope = len(y) * logistic_gradient_by_hand(w, model.intercept_[0], x, y)
    assert abs(slope[-1]) < 1e-4
    np.testing.assert_allclose(slope[:-1][w != 0], -100 * np.sign(w[w != 0]), rtol=1e-4)
    assert (np.abs(slope[:-1][w == 0]) < 100).all()


@BOTH
def test_an_elastic_net_of_many_rows_is_found_from_some_of_them(regression, classes):
    """Authority: the minimum that all rows lead to."""
    x, y = made(m=20_000, classes=classes)
    loose, tight = (regression(C=0.001, l1_ratio=0.7, tol=tol).fit(x, y) for tol in (1e-5, 1e-13))
    assert penalised(loose, x, y) <= penalised(tight, x, y) * (1 + 1e-5)
    assert all(np.diff(tight.loss_history_) <= 1e-12)


@BOTH
@pytest.mark.parametrize("kind", ["well-conditioned", "correlated", "unscaled"])
@pytest.mark.parametrize("m", [300, 6000])
def test_parity_without_a_penalty(regression, classes, kind, m):
    """Authority: scikit-learn's newton-cholesky with C=np.inf, at tol=1e-10."""
    x, y = made(kind, m=m, classes=classes)
    ours = regression(C=np.inf, tol=1e-12).fit(x, y)
    peer = Peer(C=np.inf, solver="newton-cholesky", tol=1e-10, max_iter=500).fit(x, y)
    np.testing.assert_allclose(ours.predict_proba(x), peer.predict_proba(x), atol=1e-5)
    np.testing.assert_array_equal(regression(C=np.inf, l1_ratio=0.5, tol=1e-12).fit(x, y).coef_, ours.coef_)


@BOTH
def test_without_a_penalty_features_that_say_nothing_do_no_harm(regression, classes):
    x, y = made(m=300, classes=classes)
    idle = np.column_stack([x, x[:, 0], np.full(len(x), 5.0), np.zeros(len(x))])
    plain = regression(C=np.inf, tol=1e-10).fit(x, y)
    for kind in (np.float64, np.float32):
        model = regression(C=np.inf, tol=1e-10).fit(idle.astype(kind), y)
        np.testing.assert_allclose(model.predict_proba(idle.astype(kind)), plain.predict_proba(x), atol=1e-2)
        assert np.abs(model.coef_).max() < 100
    apart = (x[:, 0] > 0).astype(int)  # J has no minimum, and is found to be 0
    assert regression(C=np.inf).fit(x, apart).score(x, apart) == 1


@BOTH
def test_parity_of_weights_by_class(regression, classes):
    """Authority: the same by sample_weight, and scikit-learn's newton-cholesky with the same class_weight."""
    x, y = made(m=2000, classes=classes)
    y = np.where(np.random.default_rng(1).random(len(y)) < 0.7, 0, y)
    own = np.random.default_rng(2).exponential(size=len(y))
    by_class = {k: 1.0 + k for k in range(classes)}
    for given in (by_class, "balanced", None):
        ours = regression(tol=1e-13, class_weight=given).fit(x, y, own)
        peer = Peer(solver="newton-cholesky", tol=1e-12, class_weight=given).fit(x, y, own)
        np.testing.assert_allclose(ours.predict_proba(x), peer.predict_proba(x), atol=1e-5 if classes == 2 else 1e-4)
    rows = regression(tol=1e-13).fit(x, y, own * (1.0 + y))
    np.testing.assert_allclose(regression(tol=1e-13, class_weight=by_class).fit(x, y, own).coef_, rows.coef_, atol=1e-9)


def test_weights_by_class_that_cannot_be_used():
    x, y = made(m=100)
    with pytest.raises(ValueError, match=r"The classes, \[1\], are not in class_weight"):
        LogisticRegression(class_weight={0: 1, 7: 2}).fit(x, y)
    with pytest.raises(InputError, match=r"class_weight\[1\]: expected a number of at least 0, got -2"):
        LogisticRegression(class_weight={0: 1, 1: -2}).fit(x, y)
    with pytest.raises(InputError, match="class_weight: expected None, 'balanced' or a dict of weights by class, got 'balance'"):
        LogisticRegression(class_weight="balance").fit(x, y)
    for ratio in (-0.1, 1.1, np.nan):
        with pytest.raises(InputError, match="l1_ratio: expected a number from 0 to 1, got"):
            LogisticRegression(l1_ratio=ratio).fit(x, y)
    with pytest.raises(InputError, match="C: expected a number above 0, got -inf"):
        LogisticRegression(C=-np.inf).fit(x, y)


@BOTH
@pytest.mark.parametrize("ratio", [0.0, 0.5])
def test_a_warm_start_begins_where_the_last_fit_has_ended(regression, classes, ratio):
    x, y = made(m=2000, classes=classes)
    model = regression(warm_start=True, tol=1e-8, l1_ratio=ratio).fit(x, y)
    before, again = model.coef_, model.fit(x, y)
    assert again.n_iter_ <= 1
    assert again.loss_history_[0] <= model.loss_history_[-1] * (1 + 1e-6)
    np.testing.assert_allclose(again.coef_, before, atol=1e-3)
    assert again.fit(x[:, :5], y).coef_.shape[1] == 5  # of another size: from the beginning
    assert regression(tol=1e-8, l1_ratio=ratio).fit(x, y).fit(x, y).n_iter_ > 1


@BOTH
def test_parity_of_log_probabilities(regression, classes):
    """Authority: scikit-learn's predict_log_proba, and where ŷ has rounded to 0 the z themselves."""
    x, y = made(m=500, classes=classes)
    model, peer = regression(tol=1e-13).fit(x, y), Peer(solver="newton-cholesky", tol=1e-12).fit(x, y)
    np.testing.assert_allclose(model.predict_log_proba(x), peer.predict_log_proba(x), atol=1e-4)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(x)), model.predict_proba(x), atol=1e-14)
    far = model.predict_log_proba(1e5 * x[:3])
    assert np.isfinite(far).all() and far.min() < -1e4
    assert model.predict_log_proba(x.astype(np.float32)).shape == (500, classes)


@BOTH
@pytest.mark.parametrize("n", [12, 300])
@pytest.mark.parametrize("settings", [{}, {"l1_ratio": 0.5}, {"fit_intercept": False}, {"C": np.inf}], ids=str)
def test_sparse_features_give_what_dense_ones_give(regression, classes, n, settings):
    generator = np.random.default_rng(0)
    x = generator.standard_normal((2000, n)) * (generator.random((2000, n)) < 0.1)
    y = (3 * x[:, :classes] + generator.gumbel(size=(2000, classes))).argmax(axis=1)
    dense = regression(**settings).fit(x, y)
    for form in (sp.csr_matrix, sp.csr_array, sp.csc_matrix, sp.coo_array):
        model = regression(**settings).fit(form(x), y)
        np.testing.assert_allclose(model.coef_, dense.coef_, atol=1e-8)
        np.testing.assert_allclose(model.predict_proba(form(x)), dense.predict_proba(x), atol=1e-8)
    spoilt = sp.csr_matrix(x)
    spoilt.data[7] = np.nan
    with pytest.raises(ValueError, match="Input X contains NaN"):
        regression(**settings).fit(spoilt, y)


def test_sparse_features_are_never_dense_as_a_whole():
    """2,000 × 50,000 would be 800 MB."""
    x = sp.random_array((2000, 50_000), density=2e-4, format="csr", rng=np.random.default_rng(0))
    y = (np.asarray(x[:, :25_000].sum(axis=1)) > np.asarray(x[:, 25_000:].sum(axis=1))).astype(int)
    tracemalloc.start()
    model = LogisticRegression(C=10).fit(x, y)
    assert model.score(x, y) > 0.9
    assert tracemalloc.get_traced_memory()[1] < 100e6
    tracemalloc.stop()


@BOTH
def test_weights_may_be_kept_as_a_sparse_matrix(regression, classes):
    x, y = made("correlated", m=2000, classes=classes)
    model = regression(C=0.003, l1_ratio=1.0, warm_start=True).fit(x, y)
    expected, p = model.coef_, model.predict_proba(x)
    assert sp.issparse(model.sparsify().coef_) and model.coef_.nnz == (expected != 0).sum()
    np.testing.assert_array_equal(model.predict_proba(x), p)
    np.testing.assert_array_equal(model.densify().coef_, expected)
    assert model.sparsify().fit(x, y).n_iter_ <= 1


@BOTH
@pytest.mark.parametrize("offset", [10.0, 1e3, 1e5, 1e6])
def test_float32_far_from_0_is_as_good_as_float64(regression, classes, offset):
    """Authority: the same numbers in float64, less the offset."""
    x, y = made(classes=classes)
    narrow = (x + offset).astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ours = regression(tol=1e-6).fit(narrow, y)
    expected = regression(tol=1e-10).fit(narrow.astype(float) - offset, y)
    assert ours.coef_.dtype == (np.float32 if offset < 100 else np.float64)
    np.testing.assert_allclose(ours.predict_proba(narrow), expected.predict_proba(narrow.astype(float) - offset), atol=5e-3)
    np.testing.assert_allclose(ours.coef_, expected.coef_, atol=2e-2)


def test_features_farther_than_float64_can_say_are_named_where_it_does_not_converge():
    x, y = made()
    with pytest.warns(ConvergenceWarning, match="features lie so far from 0 that too few digits are left"):
        LogisticRegression(max_iter=1, tol=1e-12).fit(x + 1e12, y)


def test_the_reason_is_the_features_scale_where_they_lie_near_enough_to_0() -> None:
    """Raw breast-cancer features in float32: subtracting their means would change nothing, more steps would."""
    from sklearn.datasets import load_breast_cancer

    x, y = load_breast_cancer(return_X_y=True)
    with pytest.warns(ConvergenceWarning, match="raise max_iter or tol"):
        LogisticRegression(C=np.inf).fit(x.astype(np.float32), y)
