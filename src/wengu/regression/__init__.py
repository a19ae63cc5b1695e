"""Logistic and softmax regression, and several tasks on shared layers: the formulas by hand, and what trains them.

    from wengu.regression import LogisticRegression

    model = LogisticRegression(C=1.0).fit(X, y)
    model.predict_proba(X), model.loss_history_

`SharedLayers` is a network that `wengu fit multitask` trains.
"""

from wengu.regression.logistic import (
    LogisticRegression,
    logistic_cost_by_hand,
    logistic_gradient_by_hand,
    logistic_hessian_by_hand,
    logistic_regression_by_hand,
)
from wengu.regression.shared_layers import SharedLayers, shared_layers_by_hand
from wengu.regression.softmax import (
    SoftmaxRegression,
    softmax_cost_by_hand,
    softmax_gradient_by_hand,
    softmax_hessian_by_hand,
    softmax_regression_by_hand,
)

__all__ = [
    "LogisticRegression",
    "SharedLayers",
    "SoftmaxRegression",
    "logistic_cost_by_hand",
    "logistic_gradient_by_hand",
    "logistic_hessian_by_hand",
    "logistic_regression_by_hand",
    "shared_layers_by_hand",
    "softmax_cost_by_hand",
    "softmax_gradient_by_hand",
    "softmax_hessian_by_hand",
    "softmax_regression_by_hand",
]
