"""What the two regressions share as scikit-learn estimators: checks before, attributes after."""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import assert_all_finite, check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from wengu.core.checks import InputError, at_least, positive
from wengu.core.i18n import say
from wengu.regression.blocks import threads_of_blas
from wengu.regression.linear import Array, LinearCost, scores
from wengu.regression.newton import minimise


class LinearClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A linear classifier with an L2 penalty; a subclass brings its cost and its probabilities."""

    def __init__(
        self,
        *,
        C: float = 1.0,
        fit_intercept: bool = True,
        tol: float = 1e-5,
        max_iter: int = 100,
        random_state: Any = 0,
    ) -> None:
        self.C = C
        self.fit_intercept = fit_intercept
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn from X, (m, n), and the labels y, (m,); a row of weight 2, in sample_weight (m,), counts twice."""
        positive("C", self.C)
        at_least("tol", self.tol, 0)
        at_least("max_iter", self.max_iter, 1)
        # NaN is found in the cost, which is cheaper than to look for it.
        x, labels = validate_data(self, X, y, dtype=[np.float64, np.float32], ensure_all_finite=False)
        if labels.dtype.kind not in "biuUS":  # whole numbers and words are labels; others may be measurements
            check_classification_targets(labels)
        self.classes_, y = _numbered(labels)
        if len(self.classes_) < 2:
            raise InputError(say("y: expected at least two classes, got one class, {got}", got=self.classes_[0]))
        weight = None
        if sample_weight is not None:
            weight = _check_sample_weight(sample_weight, x, dtype=x.dtype, ensure_non_negative=True)
            positive("sample_weight.sum()", weight.sum())
        generator = np.random.default_rng(check_random_state(self.random_state).randint(2**31))
        with threads_of_blas() as threads:
            cost = self._cost(
                x=x, y=y, weight=weight, lam=1 / self.C, intercept=bool(self.fit_intercept), threads=threads
            )
            try:
                found = minimise(cost, tol=self.tol, max_iter=self.max_iter, generator=generator)
            except FloatingPointError as error:
                assert_all_finite(x, estimator_name=type(self).__name__, input_name="X")
                raise InputError(say("X: the numbers are too large to be squared; scale the features")) from error
        if not found.converged:
            text = say(
                "J is not yet within tol={tol:g} of its minimum after {n} {n:step|steps}; raise max_iter or tol, or "
                "lower C",
                tol=self.tol,
                n=found.steps,
            )
            warnings.warn(text, ConvergenceWarning, stacklevel=2)
        w = found.w.astype(x.dtype)
        self.coef_, self.intercept_ = w[:, :-1], w[:, -1]
        self.loss_history_ = [j / cost.size for j in found.history]
        self.n_iter_ = found.steps
        return self

    def _cost(self, **settings: Any) -> LinearCost:
        raise NotImplementedError

    def _scores(self, X: Any) -> Array:
        """z of every row, (K, m)."""
        check_is_fitted(self)
        x = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        return scores(np.column_stack([self.coef_, self.intercept_]), x)


def _numbered(labels: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """The classes in order, and the number of each row's; whole numbers close together are counted, not sorted."""
    if labels.dtype.kind in "iu" and len(labels):
        low, high = int(labels.min()), int(labels.max())
        if high - low < 1000 and -(2**62) < low < 2**62:
            offsets = labels.astype(np.intp) - low
            there = np.bincount(offsets) > 0
            return (np.flatnonzero(there) + low).astype(labels.dtype), (np.cumsum(there) - 1)[offsets]
    return np.unique(labels, return_inverse=True)
