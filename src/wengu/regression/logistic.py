"""Logistic regression: how likely is it that y is 1?                                                        [notes 5.1]

    ŷ = σ(wᵀx + b)        σ(z) = 1 / (1 + e^-z)        ℒ = -[y log ŷ + (1-y) log(1-ŷ)]
    J = 1/m Σ_i ℒ(ŷ_i, y_i) + λ/2m ‖w‖²
    dJ/dw = 1/m [Σ_i (ŷ_i - y_i) x_i + λ w]            dJ/db = 1/m Σ_i (ŷ_i - y_i)
    d²J = 1/m [Σ_i ŷ_i (1-ŷ_i) (x_i, 1) (x_i, 1)ᵀ + λ I], in which λ is 0 for b

Minimising J without its penalty is maximising the likelihood: Π_i ŷ_i^y_i (1-ŷ_i)^(1-y_i) is e^(-m J). J is convex, has
one minimum, and the Hessian d²J leads there in a few steps: `newton.py` says how, `linear.py` what a step reads.

Source: Bishop 2006, "Pattern Recognition and Machine Learning", equations 4.90 (J), 4.91 (gradient) and 4.97 (Hessian);
his are sums, the notes' are means. scikit-learn minimises C Σℒ + ½‖w‖², which is m C times the notes' J with λ = 1/C.

Shapes: X (m, n), an example a row; w (n,); y (m,), 0 or 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.regression.classifier import LinearClassifier
from wengu.regression.linear import Array, LinearCost


def logistic_regression_by_hand(w: Array, b: float, x: Array) -> Array:
    """ŷ = σ(wᵀx + b) of every row, (m,).

    >>> logistic_regression_by_hand(np.array([2.0]), -2.0, np.array([[1.0], [2.0]])).round(3)
    array([0.5  , 0.881])
    """
    return np.asarray(1 / (1 + np.exp(-(x @ w + b))))


def logistic_cost_by_hand(w: Array, b: float, x: Array, y: Array, *, lam: float = 0.0) -> float:
    """J as its formula stands: a wrong ŷ that has rounded to 0 or 1 makes it infinite; not so in `LogisticRegression`.

    >>> logistic_cost_by_hand(np.zeros(1), 0.0, np.array([[1.0], [2.0]]), np.array([0, 1]))  # log 2
    0.693...
    """
    y_hat = logistic_regression_by_hand(w, b, x)
    losses = -(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))
    return float(losses.mean() + lam / (2 * len(y)) * w @ w)


def logistic_gradient_by_hand(w: Array, b: float, x: Array, y: Array, *, lam: float = 0.0) -> Array:
    """dJ/dw and, last, dJ/db, (n+1,).

    >>> logistic_gradient_by_hand(np.zeros(1), 0.0, np.array([[1.0], [2.0]]), np.array([0, 1]))
    array([-0.25,  0.  ])
    """
    error = logistic_regression_by_hand(w, b, x) - y
    return np.append(error @ x + lam * w, error.sum()) / len(y)


def logistic_hessian_by_hand(w: Array, b: float, x: Array, *, lam: float = 0.0) -> Array:
    """d²J of w and, last, b, (n+1, n+1); y does not come into it.

    >>> logistic_hessian_by_hand(np.zeros(1), 0.0, np.array([[1.0], [2.0]]))
    array([[0.625, 0.375],
           [0.375, 0.25 ]])
    """
    y_hat, x = logistic_regression_by_hand(w, b, x), np.column_stack([x, np.ones(len(x))])
    second_derivative = y_hat * (1 - y_hat)
    penalty = np.diag(np.append(np.full(len(w), lam), 0))
    return np.asarray((x.T * second_derivative @ x + penalty) / len(x))


class LogisticCost(LinearCost):
    """J over all rows, its logarithm and exponential cancelled: ℒ = log(1 + e^-|z|) + max(z, 0) - y z."""

    def losses(self, z: Array, y: Array) -> tuple[Array, Array]:
        z = z[0]
        small = np.abs(z)
        np.exp(np.negative(small, out=small), out=small)  # e^-|z|, which never overflows
        y_hat = np.where(z >= 0, 1, small)
        losses = np.maximum(z, 0)
        losses -= np.multiply(z, y, out=z)
        y_hat /= np.add(small, 1, out=z)
        losses += np.log1p(small, out=small)
        return losses, y_hat[None]

    def errors(self, y_hat: Array, y: Array) -> Array:
        y_hat -= y
        return y_hat


class LogisticRegression(LinearClassifier):
    """Logistic regression of two classes with an L2 penalty, an L1 penalty or both, as a scikit-learn estimator.

    C              1/λ: the smaller, the stronger the penalty λ/2m ‖w‖²; b is not penalised; np.inf is no penalty
    l1_ratio       ρ: the share of L1 in it, λ/m [ρ ‖w‖₁ + (1-ρ)/2 ‖w‖²]; above 0, weights become exactly 0
    fit_intercept  whether there is a b
    class_weight   how often a row counts by its class: a dict, or 'balanced', by which all classes count the same
    tol            J is found to within this share of itself; each pass over the rows gains some two digits
    max_iter       the most steps
    warm_start     begin at what the last `fit` has found
    random_state   which rows the Hessian is estimated from; the result changes by no more than tol allows

    After `fit`: coef_ (1, n) and intercept_ (1,), in float32 where X is, unless a feature lies a hundred times its
    spread from 0: float32 has too few digits for its z, and all is then computed in float64, in a copy of X; classes_,
    of which the second is y = 1; loss_history_, the notes' J at the start and after each step over all rows, without a
    last step whose gain was known beforehand; n_iter_, the number of steps.

    X (m, n), finite, dense or sparse: of a sparse one two megabytes at a time are made dense where it has up to 256
    features, and nothing else. y (m,), labels of any type. Raises InputError for one class or for three. Warns with
    ConvergenceWarning where max_iter steps were not enough.

    >>> model = LogisticRegression(C=10).fit([[0.0], [1.0], [2.0], [3.0]], ["dog", "dog", "cat", "cat"])
    >>> model.predict([[0.5]])
    array(['dog'], dtype='<U3')
    >>> model.predict_proba([[1.5]])
    array([[0.5, 0.5]])
    """

    def _cost(self, **settings: Any) -> LinearCost:
        if len(self.classes_) > 2:
            raise InputError(
                say(
                    "Only binary classification is supported. y: expected 2 classes, got {n}; use SoftmaxRegression",
                    n=len(self.classes_),
                )
            )
        return LogisticCost(**settings | {"outputs": 1, "y": settings["y"].astype(settings["x"].dtype)})

    def decision_function(self, X: Any) -> Array:
        """z = wᵀx + b, (m,): above 0 where the second class is the likelier."""
        return np.asarray(self._scores(X)[0])

    def predict_proba(self, X: Any) -> Array:
        """1 - ŷ and ŷ, (m, 2), each right to its last digit."""
        z = self.decision_function(X)
        small = np.exp(-np.abs(z))
        likelier, other = 1 / (1 + small), small / (1 + small)
        return np.column_stack([np.where(z > 0, other, likelier), np.where(z > 0, likelier, other)])

    def predict_log_proba(self, X: Any) -> Array:
        """log(1 - ŷ) and log ŷ, (m, 2), each right to its last digit."""
        z = self.decision_function(X)
        return np.column_stack([-np.logaddexp(0, z), -np.logaddexp(0, -z)])

    def predict(self, X: Any) -> Array:
        """The likelier class of each row, (m,)."""
        z = self.decision_function(X)
        return np.asarray(self.classes_[(z > 0).astype(np.intp)])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags
