"""Softmax regression: how likely is each of C classes?                                                      [notes 5.2]

    z = W x + b        t = e^z        ŷ = a = t / Σ_j t_j        ℒ = -Σ_j y_j log ŷ_j
    J = 1/m Σ_i ℒ(ŷ_i, y_i) + λ/2m ‖W‖²
    dJ/dW = 1/m [Σ_i (ŷ_i - y_i) x_iᵀ + λ W]                      dJ/db = 1/m Σ_i (ŷ_i - y_i)
    d²J = 1/m [Σ_i (diag(ŷ_i) - ŷ_i ŷ_iᵀ) ⊗ (x_i, 1) (x_i, 1)ᵀ + λ I], in which λ is 0 for b

With C = 2 only w_2 - w_1 matters, ŷ_2 is σ of its score, and this is logistic regression; the penalty is then least at
w_2 = -w_1, where it is half of λ/2m ‖w_2 - w_1‖²: its C is twice this one's. (C: classes in the notes, 1/λ in
scikit-learn.)

Source: Bishop 2006, "Pattern Recognition and Machine Learning", equations 4.108 (J), 4.109 (gradient) and 4.110
(Hessian); his are sums, the notes' are means. scikit-learn minimises C Σℒ + ½‖W‖², which is m C times the notes' J with
λ = 1/C.

Shapes: X (m, n), an example a row; W (C, n); b (C,); y (m, C), one 1 a row.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengu.regression.classifier import LinearClassifier
from wengu.regression.linear import Array, LinearCost


def softmax_regression_by_hand(w: Array, b: Array, x: Array) -> Array:
    """ŷ of every row, (m, C).

    >>> softmax_regression_by_hand(np.array([[0.0], [np.log(3)]]), np.zeros(2), np.array([[1.0]]))
    array([[0.25, 0.75]])
    """
    t = np.exp(x @ w.T + b)
    return np.asarray(t / t.sum(axis=1, keepdims=True))


def softmax_cost_by_hand(w: Array, b: Array, x: Array, y: Array, *, lam: float = 0.0) -> float:
    """J as its formula stands: a large z overflows t, and a ŷ of 0 makes J infinite; not so in `SoftmaxRegression`.

    >>> softmax_cost_by_hand(np.zeros((3, 1)), np.zeros(3), np.ones((1, 1)), np.array([[0, 1, 0]]))  # log 3
    1.098...
    """
    losses = -(y * np.log(softmax_regression_by_hand(w, b, x))).sum(axis=1)
    return float(losses.mean() + lam / (2 * len(y)) * (w**2).sum())


def softmax_gradient_by_hand(w: Array, b: Array, x: Array, y: Array, *, lam: float = 0.0) -> Array:
    """dJ/dW and, last column, dJ/db, (C, n+1).

    >>> softmax_gradient_by_hand(np.zeros((2, 1)), np.zeros(2), np.array([[3.0]]), np.array([[0, 1]]))
    array([[ 1.5,  0.5],
           [-1.5, -0.5]])
    """
    error = softmax_regression_by_hand(w, b, x) - y
    return np.column_stack([error.T @ x + lam * w, error.sum(axis=0)]) / len(y)


def softmax_hessian_by_hand(w: Array, b: Array, x: Array, *, lam: float = 0.0) -> Array:
    """d²J, (C, n+1, C, n+1): how the gradient of one class's weight changes with another's.

    >>> softmax_hessian_by_hand(np.zeros((2, 1)), np.zeros(2), np.array([[3.0]]))[0, 0]  # of W_11, with all others
    array([[ 2.25,  0.75],
           [-2.25, -0.75]])
    """
    y_hat, x = softmax_regression_by_hand(w, b, x), np.column_stack([x, np.ones(len(x))])
    c, n = w.shape
    second = np.einsum("ij,jk->ijk", y_hat, np.eye(c)) - np.einsum("ij,ik->ijk", y_hat, y_hat)  # (m, C, C)
    penalty = np.einsum("jk,pq->jpkq", np.eye(c), np.diag([lam] * n + [0.0]))
    return np.asarray((np.einsum("ijk,ip,iq->jpkq", second, x, x, optimize=True) + penalty) / len(x))


class SoftmaxCost(LinearCost):
    """J over all rows, its logarithm and exponential cancelled: ℒ = log Σ_j e^(z_j - max z) - (z_y - max z)."""

    def losses(self, z: Array, y: Array) -> tuple[Array, Array]:
        z -= z.max(axis=0)
        losses = -z[y, np.arange(len(y))]
        t = np.exp(z, out=z)
        total = t.sum(axis=0)
        t /= total
        losses += np.log(total, out=total)
        return losses, t

    def errors(self, y_hat: Array, y: Array) -> Array:
        y_hat[y, np.arange(len(y))] -= 1
        return y_hat


class SoftmaxRegression(LinearClassifier):
    """Softmax regression of two classes or more with an L2 penalty, an L1 penalty or both, as a scikit-learn estimator.

    C              1/λ: the smaller, the stronger the penalty λ/2m ‖W‖²; b is not penalised; np.inf is no penalty
    l1_ratio       ρ: the share of L1 in it, λ/m [ρ ‖W‖₁ + (1-ρ)/2 ‖W‖²]; above 0, weights become exactly 0
    fit_intercept  whether there is a b
    class_weight   how often a row counts by its class: a dict, or 'balanced', by which all classes count the same
    tol            J is found to within this share of itself; each pass over the rows gains some two digits
    max_iter       the most steps
    warm_start     begin at what the last `fit` has found
    random_state   which rows the Hessian is estimated from; the result changes by no more than tol allows

    After `fit`: coef_ (C, n) and intercept_ (C,), both of mean 0 over the classes (coef_ not with L1), in float32 where
    X is, unless a feature lies a hundred times its spread from 0: float32 has too few digits for its z, and all is then
    computed in float64, in a copy of X; classes_; loss_history_, the notes' J at the start and after each step over all
    rows, without a last step whose gain was known beforehand; n_iter_, the number of steps.

    X (m, n), finite, dense or sparse: of a sparse one two megabytes at a time are made dense where it has up to 256
    features, and nothing else. y (m,), labels of any type. Raises InputError for one class. Warns with
    ConvergenceWarning where max_iter steps were not enough.

    >>> model = SoftmaxRegression(C=10).fit([[0.0], [1.0], [2.0]], ["cat", "dog", "owl"])
    >>> model.predict([[2.2]])
    array(['owl'], dtype='<U3')
    >>> model.predict_proba([[1.0]]).round(2)
    array([[0.21, 0.57, 0.21]])
    """

    def _cost(self, **settings: Any) -> LinearCost:
        return SoftmaxCost(**settings | {"outputs": len(self.classes_)})

    def decision_function(self, X: Any) -> Array:
        """z = W x + b, (m, C); of two classes the difference, (m,), as scikit-learn has it."""
        z = self._scores(X)
        return np.asarray(z[1] - z[0] if len(z) == 2 else z.T)

    def predict_proba(self, X: Any) -> Array:
        """ŷ, (m, C)."""
        z = self._scores(X)
        t = np.exp(z - z.max(axis=0))
        return np.ascontiguousarray((t / t.sum(axis=0)).T)

    def predict_log_proba(self, X: Any) -> Array:
        """log ŷ = z - max z - log Σ_j e^(z_j - max z), (m, C)."""
        z = self._scores(X)
        z = z - z.max(axis=0)
        return np.ascontiguousarray((z - np.log(np.exp(z).sum(axis=0))).T)

    def predict(self, X: Any) -> Array:
        """The likeliest class of each row, (m,)."""
        z = self._scores(X)
        return np.asarray(self.classes_[z.argmax(axis=0)])
