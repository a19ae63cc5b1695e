"""Pure functions over tensors: activations and losses."""

from wengu.functions.activations import (
    ACTIVATIONS,
    d_leaky_relu,
    d_relu,
    d_sigmoid,
    d_tanh,
    leaky_relu,
    leaky_relu_by_hand,
    relu,
    relu_by_hand,
    sigmoid,
    sigmoid_by_hand,
    softmax,
    softmax_by_hand,
    tanh,
    tanh_by_hand,
)
from wengu.functions.losses import (
    binary_cross_entropy,
    binary_cross_entropy_by_hand,
    cross_entropy,
    cross_entropy_by_hand,
    multi_task_cross_entropy,
)

__all__ = [
    "ACTIVATIONS",
    "binary_cross_entropy",
    "binary_cross_entropy_by_hand",
    "cross_entropy",
    "cross_entropy_by_hand",
    "d_leaky_relu",
    "d_relu",
    "d_sigmoid",
    "d_tanh",
    "leaky_relu",
    "leaky_relu_by_hand",
    "multi_task_cross_entropy",
    "relu",
    "relu_by_hand",
    "sigmoid",
    "sigmoid_by_hand",
    "softmax",
    "softmax_by_hand",
    "tanh",
    "tanh_by_hand",
]
