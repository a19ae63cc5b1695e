"""Gradient descent and its family."""

from wengu.optimization.adam import Adam, AdamW, adam_by_hand
from wengu.optimization.decays import constant, cosine
from wengu.optimization.gradient_descent import GradientDescent, gradient_descent_by_hand
from wengu.optimization.momentum import Momentum, momentum_by_hand
from wengu.optimization.rmsprop import RMSprop, rmsprop_by_hand

__all__ = [
    "Adam",
    "AdamW",
    "GradientDescent",
    "Momentum",
    "RMSprop",
    "adam_by_hand",
    "constant",
    "cosine",
    "gradient_descent_by_hand",
    "momentum_by_hand",
    "rmsprop_by_hand",
]
