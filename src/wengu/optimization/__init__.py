"""Gradient descent and its family."""

from wengu.optimization.adam import Adam, AdamW, adam_by_hand
from wengu.optimization.decays import constant, cosine

__all__ = ["Adam", "AdamW", "adam_by_hand", "constant", "cosine"]
