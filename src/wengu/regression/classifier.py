"""What the two regressions share as scikit-learn estimators: checks before, attributes after."""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, issparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import assert_all_finite, check_random_state
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from wengu.core.checks import InputError, at_least, number, positive
from wengu.core.i18n import say
from wengu.regression.blocks import threads_of_blas
from wengu.regression.linear import Array, LinearCost, scores
from wengu.regression.newton import minimise
from wengu.regression.orthant import minimise_with_l1

FAR = 100  # times its spread: a feature so far from 0 has lost two of float32's seven digits, and z with it
TOO_FAR = 1e-4  # of a feature's spread, that the last digit of its mean is worth


class LinearClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A linear classifier with an L2 or L1 penalty, or both; a subclass brings its cost and its probabilities."""

    def __init__(
        self,
        *,
        C: float = 1.0,
        l1_ratio: float = 0.0,
        fit_intercept: bool = True,
        class_weight: Any = None,
        tol: float = 1e-5,
        max_iter: int = 100,
        warm_start: bool = False,
        random_state: Any = 0,
    ) -> None:
        self.C = C
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.class_weight = class_weight
        self.tol = tol
        self.max_iter = max_iter
        self.warm_start = warm_start
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn from X, (m, n), and the labels y, (m,); a row of weight 2, in sample_weight (m,), counts twice."""
        lam = 0.0 if np.inf == self.C else 1 / positive("C", self.C)
        ratio = self.l1_ratio
        if not 0 <= number("l1_ratio", ratio) <= 1:
            raise InputError(say("l1_ratio: expected a number from 0 to 1, got {got}", got=ratio))
        at_least("tol", self.tol, 0)
        at_least("max_iter", self.max_iter, 1)
        before = self._before()
        # NaN is found in the cost, which is cheaper than to look for it.
        x, labels = validate_data(
            self, X, y, dtype=[np.float64, np.float32], ensure_all_finite=False, accept_sparse="csr"
        )
        if labels.dtype.kind not in "biuUS":  # whole numbers and words are labels; others may be measurements
            check_classification_targets(labels)
        self.classes_, y = _numbered(labels)
        if len(self.classes_) < 2:
            raise InputError(say("y: expected at least two classes, got one class, {got}", got=self.classes_[0]))
        weight = None
        if sample_weight is not None:
            weight = _check_sample_weight(sample_weight, x, dtype=x.dtype, ensure_non_negative=True)
            positive("sample_weight.sum()", weight.sum())
        weight = weighted(self.class_weight, self.classes_, y, weight, x.dtype)
        if x.dtype == np.float32 and _offset(x) >= FAR:
            x, weight = x.astype(np.float64), None if weight is None else weight.astype(np.float64)
        generator = np.random.default_rng(check_random_state(self.random_state).randint(2**31))
        search = minimise_with_l1 if lam * ratio else minimise
        with threads_of_blas() as threads:
            cost = self._cost(x=x, y=y, weight=weight, lam=lam * (1 - ratio), l1=lam * ratio,
                              intercept=bool(self.fit_intercept), threads=threads)
            start = before if before is not None and before.shape == (cost.outputs, x.shape[1] + 1) else None
            try:
                found = search(cost, tol=self.tol, max_iter=self.max_iter, generator=generator, start=start)
            except FloatingPointError as error:
                assert_all_finite(x, estimator_name=type(self).__name__, input_name="X")
                raise InputError(say("X: the numbers are too large to be squared; scale the features")) from error
        if not found.converged:
            self._warn(found.steps, x)
        w = found.w.astype(x.dtype)
        w[:, -1] -= w[:, -1].mean() * (cost.outputs > 1)
        self.coef_: Any = w[:, :-1]
        self.intercept_ = w[:, -1]
        self.loss_history_ = [j / cost.size for j in found.history]
        self.n_iter_ = found.steps
        return self

    def _before(self) -> Array | None:
        """Where a warm start begins, (K, n+1): at what the last `fit` has found, if it was of the same size."""
        if not (self.warm_start and hasattr(self, "coef_")):
            return None
        return self._weights().astype(np.float64)

    def _weights(self) -> Array:
        coef: Any = self.coef_
        coef = coef.toarray() if issparse(coef) else coef
        return np.column_stack([coef, self.intercept_])

    def _warn(self, steps: int, x: Any) -> None:
        if _offset(x) * np.finfo(x.dtype).eps > TOO_FAR:
            text = say(
                "J is not yet within tol={tol:g} of its minimum after {n} {n:step|steps}: features lie so far from 0 "
                "that too few digits are left of how they vary; subtract their means",
                tol=self.tol,
                n=steps,
            )
        else:
            text = say(
                "J is not yet within tol={tol:g} of its minimum after {n} {n:step|steps}; raise max_iter or tol, or "
                "lower C",
                tol=self.tol,
                n=steps,
            )
        warnings.warn(text, ConvergenceWarning, stacklevel=3)

    def sparsify(self) -> Self:
        """Keep coef_ as a sparse matrix, which is smaller where most of it is 0."""
        check_is_fitted(self)
        self.coef_ = csr_matrix(self.coef_)
        return self

    def densify(self) -> Self:
        """Keep coef_ as an array again."""
        check_is_fitted(self)
        self.coef_ = self._weights()[:, :-1]
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _cost(self, **settings: Any) -> LinearCost:
        raise NotImplementedError

    def _scores(self, X: Any) -> Array:
        """z of every row, (K, m)."""
        check_is_fitted(self)
        x = validate_data(self, X, dtype=[np.float64, np.float32], reset=False, accept_sparse="csr")
        w = self._weights()
        return scores(w, x.astype(np.result_type(w, x), copy=False))


def weighted(
    class_weight: Any, classes: npt.NDArray[Any], y: npt.NDArray[Any], weight: Array | None, dtype: Any
) -> Array | None:
    """The weight of every row, times that of its class: 'balanced' gives all classes the same sum, a dict says it."""
    if class_weight is None:
        return weight
    if isinstance(class_weight, dict):
        of_class = compute_class_weight(class_weight, classes=classes, y=classes)
        for name, each in zip(classes, of_class, strict=True):
            at_least(f"class_weight[{name}]", each, 0)
    elif isinstance(class_weight, str) and class_weight == "balanced":
        sums = np.bincount(y, weight, len(classes))
        of_class = sums.sum() / (len(classes) * np.where(sums > 0, sums, np.inf))
    else:
        raise InputError(say("class_weight: expected None, 'balanced' or a dict of weights by class, got {got!r}",
                             got=class_weight))
    each_row = of_class.astype(dtype)[y]
    positive("class_weight, sum over the rows", (each_row if weight is None else weight * each_row).sum())
    return np.asarray(each_row if weight is None else weight * each_row)


def _offset(x: Any) -> float:
    """How many times its spread some feature lies from 0, by a thousand of the rows; a constant has no spread."""
    few = x[:: 1 + x.shape[0] // 1000]
    if issparse(few):
        return 0.0  # most of what is sparse is 0
    with np.errstate(all="ignore"):
        mean, spread = np.abs(few.mean(axis=0, dtype=np.float64)), few.std(axis=0, dtype=np.float64)
        return float(np.max(mean / spread, where=np.ptp(few, axis=0) > 0, initial=0.0))


def _numbered(labels: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """The classes in order, and the number of each row's; whole numbers close together are counted, not sorted."""
    if labels.dtype.kind in "iu" and len(labels):
        low, high = int(labels.min()), int(labels.max())
        if high - low < 1000 and -(2**62) < low < 2**62:
            offsets = labels.astype(np.intp) - low
            there = np.bincount(offsets) > 0
            return (np.flatnonzero(there) + low).astype(labels.dtype), (np.cumsum(there) - 1)[offsets]
    return np.unique(labels, return_inverse=True)
