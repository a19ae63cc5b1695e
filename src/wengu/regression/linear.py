"""The cost of a linear classifier over all rows, with its gradient.

    z_i = W x_i + b        ŷ_i = g(z_i)        J = Σ_i s_i ℒ(ŷ_i, y_i) + λ/2 ‖W‖² [+ λ₁ ‖W‖₁, which orthant.py adds]
    dJ/dW = Σ_i s_i (ŷ_i - y_i) x_iᵀ + λ W     dJ/db = Σ_i s_i (ŷ_i - y_i)

The gradient has this form for the sigmoid, with one output, and for softmax, with one a class. W and b are kept in one
matrix w, (K, n+1), whose last column is b: it is not penalised. s_i is the weight of a row, 1 unless given. J here is
the sum over the rows; the notes' J is this one over m.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from wengu.regression.blocks import density, sum_over_rows
from wengu.regression.hessian import Hessian

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Evaluation:
    """J and its gradient at one w, (K, n+1), and ŷ of every row, (K, m)."""

    w: Array
    j: float
    gradient: Array
    y_hat: Array


@dataclass(frozen=True, kw_only=True)
class LinearCost(ABC):
    """J, and what Newton's method asks of it; a subclass says what its activation and its loss are."""

    x: Any  # (m, n), dense or in compressed sparse rows
    y: Array  # (m,), the number of the class
    weight: Array | None  # (m,), s
    outputs: int  # K
    lam: float
    intercept: bool
    threads: int
    l1: float = 0.0  # λ₁

    @abstractmethod
    def losses(self, z: Array, y: Array) -> tuple[Array, Array]:
        """ℒ of each example, (r,), and ŷ, (K, r), from z, (K, r), whose memory may be used again."""

    @abstractmethod
    def errors(self, y_hat: Array, y: Array) -> Array:
        """ŷ - y, (K, r), in the memory of ŷ."""

    @property
    def size(self) -> float:
        """Σ s_i: m, where no weights are given."""
        return float(self.x.shape[0] if self.weight is None else self.weight.sum())

    def at(self, w: Array) -> Evaluation:
        """One pass over all rows."""
        all_y_hat = np.empty((self.outputs, self.x.shape[0]), self.x.dtype)

        def part(rows: slice) -> list[Any]:
            x, y = self.x[rows], self.y[rows]
            losses, y_hat = self.losses(scores(w, x), y)
            all_y_hat[:, rows] = y_hat
            error = self.errors(y_hat, y)
            if self.weight is not None:
                weight = self.weight[rows]
                losses, error = losses * weight, error * weight
            gradient = np.empty(w.shape)
            gradient[:, :-1], gradient[:, -1] = error @ x, error.sum(axis=1)
            return [losses.sum(dtype=np.float64), gradient]

        j, gradient = sum_over_rows(part, density(self.x), threads=self.threads)
        gradient[:, :-1] += self.lam * w[:, :-1]
        gradient[:, -1] *= self.intercept
        return Evaluation(w, float(j) + self.lam / 2 * float((w[:, :-1] ** 2).sum()), gradient, all_y_hat)

    def sample(self, count: int, generator: np.random.Generator) -> Self:
        """The cost over one row of every m/count, weighted to stand for all: an estimate of this cost, and cheaper."""
        m = self.x.shape[0]
        rows = np.minimum((np.arange(count) + generator.random(count)) * (m / count), m - 1).astype(np.intp)
        weight = np.full(count, m / count, self.x.dtype)
        if self.weight is not None:
            weight *= self.weight[rows]
        return replace(self, x=self.x[rows], y=self.y[rows], weight=weight)

    def hessian(self, at: Evaluation, count: int, generator: np.random.Generator) -> Hessian:
        """H estimated from `count` draws among the rows, or exact where that would be as many draws as rows.

        A row is drawn in proportion to its part of the second derivative: in nearly separable data only the few rows
        near the boundary count.
        """
        x, y_hat, weight = self.x, at.y_hat, self.weight
        if count < x.shape[0]:
            second = y_hat.sum(axis=0) - np.einsum("kr,kr->r", y_hat, y_hat)  # Σ_k ŷ_k (1 - ŷ_k)
            edges = np.cumsum(second if weight is None else second * weight, dtype=np.float64)
            draws = (np.arange(count) + generator.random(count)) * (edges[-1] / count)
            drawn = np.minimum(np.searchsorted(edges, draws, side="right"), x.shape[0] - 1)
            rows, times = np.unique(drawn[second[drawn] > 0], return_counts=True)
            if len(rows):
                weight = times * (edges[-1] / count) / second[rows]  # s_i over the probability of being drawn
                x, y_hat = x[rows], y_hat[:, rows]
        return Hessian(x, y_hat, weight, lam=self.lam, intercept=self.intercept, threads=self.threads)


def scores(w: Array, x: Any) -> Array:
    """z = W x + b of every row, (K, m): an example a column, as in the notes."""
    w = w.astype(x.dtype, copy=False)
    z = w[:, :-1] @ x.T
    z += w[:, -1:]
    return np.asarray(z)
