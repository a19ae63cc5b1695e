"""Gradient descent and its family."""

from wengu.optimization.decays import constant, cosine

__all__ = ["constant", "cosine"]
