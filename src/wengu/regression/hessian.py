"""The Hessian of a linear classifier at one w, and the Newton step it gives.

    H V = Σ_i s_i D_i (V x_i) x_iᵀ + λ V            D_i = diag(ŷ_i) - ŷ_i ŷ_iᵀ

For one output D is ŷ (1 - ŷ), H a matrix of (n+1)², and H⁻¹ ∇J is found at once. For K outputs H is (K (n+1))²: only
the K blocks on its diagonal are formed and inverted, as a preconditioner of conjugate gradients, which need some three
steps. For many features even a block is too large, and its diagonal takes its place.

Source: conjugate gradients with a preconditioner, Nocedal & Wright 2006, "Numerical Optimization", Algorithm 5.3.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.sparse import issparse

from wengu.regression.blocks import density, rows_of, sum_over_rows

Array = npt.NDArray[Any]

DENSE = 256  # features up to which the blocks are formed and inverted; measured


class Hessian:
    """H over the rows x (r, n), with their ŷ (K, r) and weights (r,)."""

    def __init__(
        self,
        x: Any,
        y_hat: Array,
        weight: Array | None,
        *,
        lam: float,
        intercept: bool,
        threads: int,
    ) -> None:
        self.x, self.y_hat, self.lam, self.intercept, self.threads = x, y_hat, lam, intercept, threads
        self.weight = np.ones(x.shape[0], x.dtype) if weight is None else weight.astype(x.dtype, copy=False)
        # b makes up for any shift of the features; near their means they are least like the constant it multiplies.
        few = x[:: 1 + x.shape[0] // 1000]
        self.shift = np.asarray(few.mean(axis=0, dtype=np.float64)).ravel() * intercept
        self.dense = x.shape[1] <= DENSE
        self.free: Array | None = None
        self.moments = self._blocks() if self.dense else self._diagonals()
        if not np.isfinite(self.moments).all():
            raise FloatingPointError("H is not finite")
        self.ridge: Any = lam or self._floor()
        self.inverse_root = _inverse_roots(self.moments) if self.dense else 1 / np.sqrt(self.moments)

    @property
    def diagonal(self) -> Array:
        """The second derivative of J by each weight alone, the features shifted, (K, n+1)."""
        return np.einsum("kii->ki", self.moments) if self.dense else self.moments

    def within(self, free: Array) -> Self:
        """H over these weights alone, (K, n+1) of booleans; the others are held where they are."""
        self.free = free
        if self.dense:
            blocks = np.where(free[:, :, None] & free[:, None, :], self.moments, 0.0)
            np.einsum("kii->ki", blocks)[:] += ~free
            self.inverse_root = _inverse_roots(blocks)
        return self

    def _floor(self) -> Array:
        """Without a penalty a feature that says nothing, a constant say, makes H singular; what rounds off is added."""
        edge = np.maximum(self.diagonal[:, -1:], np.finfo(float).tiny)
        floor = 4 * np.finfo(self.x.dtype).eps * (self.diagonal[:, :-1] + edge * (1 + self.shift**2))
        self.diagonal[:, :-1] += floor
        return np.asarray(floor)

    def newton_step(self, gradient: Array, *, accuracy: float = 0.1, most: int = 200) -> Array:
        """H⁻¹ ∇J, (K, n+1), to within the share `accuracy` of it."""
        g = gradient.copy()
        g[:, :-1] -= np.outer(g[:, -1], self.shift)
        if self.free is not None:
            g *= self.free
        d = self._precondition(g)
        if len(g) > 1 or not self.dense:
            d = self._conjugate_gradients(g, d, accuracy, most)
        if len(g) > 1 and self.free is None:
            d -= d.mean(axis=0)  # what all outputs share changes no ŷ
        d[:, -1] -= d[:, :-1] @ self.shift
        return d

    def times(self, v: Array) -> Array:
        """H V, (K, n+1), of the shifted features."""
        weights = v[:, :-1].astype(self.x.dtype)
        offset = (v[:, -1:] - v[:, :-1] @ self.shift[:, None]).astype(self.x.dtype)

        def part(rows: slice) -> list[Any]:
            x, y_hat = self.x[rows], self.y_hat[:, rows]
            u = weights @ x.T
            u += offset  # (K, r)
            u *= y_hat
            u -= y_hat * u.sum(axis=0)
            u *= self.weight[rows]
            return [(u @ x).astype(np.float64), u.sum(axis=1, dtype=np.float64)]

        inner, edge = sum_over_rows(part, density(self.x), threads=self.threads)
        product = np.column_stack([inner - np.outer(edge, self.shift), edge if self.intercept else v[:, -1]])
        product[:, :-1] += self.ridge * v[:, :-1]
        return product if self.free is None else product * self.free

    def _conjugate_gradients(self, r: Array, p: Array, accuracy: float, most: int) -> Array:
        d = np.zeros_like(r)
        size = first = float((r * p).sum())
        for _ in range(most):
            hp = self.times(p)
            second_derivative = float((p * hp).sum())  # of J along p
            if second_derivative <= 0 or size <= accuracy**2 * first:
                break
            d = d + size / second_derivative * p
            r = r - size / second_derivative * hp
            z = self._precondition(r)
            size, before = float((r * z).sum()), size
            p = z + size / before * p
        return d

    def _precondition(self, g: Array) -> Array:
        """The inverse of the blocks, or of the diagonal, times g, (K, n+1)."""
        if not self.dense:
            return np.asarray(self.inverse_root**2 * g)  # g is 0 where a weight is not free
        half = self.inverse_root @ g[:, :, None]
        return np.asarray((self.inverse_root.transpose(0, 2, 1) @ half)[:, :, 0])

    def _second_derivatives(self, rows: slice) -> Array:
        """d²ℒ/dz_k² = s_i ŷ_k (1 - ŷ_k), (K, r)."""
        y_hat = self.y_hat[:, rows]
        return np.asarray(y_hat * (1 - y_hat) * self.weight[rows])

    def _blocks(self) -> Array:
        """Σ_i s_i ŷ_k (1 - ŷ_k) x_i x_iᵀ + λI for each output, (K, n+1, n+1)."""
        shape, shift = (len(self.y_hat), self.x.shape[1] + 1, self.x.shape[1] + 1), self.shift.astype(self.x.dtype)

        def part(rows: slice) -> list[Any]:
            x, blocks = rows_of(self.x, rows, shift), np.empty(shape)
            half = np.empty_like(x)
            for block, second in zip(blocks, self._second_derivatives(rows), strict=True):
                np.multiply(x, np.sqrt(second)[:, None], out=half)
                block[:-1, :-1] = half.T @ half
                block[-1, :-1] = block[:-1, -1] = second @ x
                block[-1, -1] = second.sum()
            return [blocks]

        blocks = np.asarray(sum_over_rows(part, self.x.shape, threads=self.threads)[0])
        if not self.intercept:
            blocks[:, -1] = blocks[:, :, -1] = 0
        np.einsum("kii->ki", blocks)[:] += [self.lam] * (shape[-1] - 1) + [0 if self.intercept else 1]
        return blocks

    def _diagonals(self) -> Array:
        """The diagonals of the blocks, (K, n+1)."""
        shift = self.shift.astype(self.x.dtype)

        def part(rows: slice) -> list[Any]:
            second, x = self._second_derivatives(rows), self.x[rows]
            edge = second.sum(axis=1, dtype=np.float64)
            if not issparse(x):
                return [(second @ (x - shift) ** 2).astype(np.float64), edge]
            squares = second @ x.multiply(x) - 2 * (second @ x) * self.shift
            return [squares + edge[:, None] * self.shift**2, edge]

        inner, edge = sum_over_rows(part, density(self.x), threads=self.threads)
        return np.column_stack([inner + self.lam, edge if self.intercept else np.ones_like(edge)])


def _inverse_roots(blocks: Array) -> Array:
    """L⁻¹ of each block L Lᵀ, with a little added to its diagonal where rounding has made it singular."""
    for added in (0.0, 1e-14, 1e-12, 1e-10, 1e-8, 1e-6):
        try:
            diagonal = np.einsum("kii->ki", blocks)
            diagonal *= 1 + added
            return np.asarray(np.linalg.inv(np.linalg.cholesky(blocks)))
        except np.linalg.LinAlgError:
            continue
    raise FloatingPointError("H is not positive")
