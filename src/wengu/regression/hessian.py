"""The Hessian of a linear classifier at one w, and the Newton step it gives.

    H V = Σ_i s_i D_i (V x_i) x_iᵀ + λ V            D_i = diag(ŷ_i) - ŷ_i ŷ_iᵀ

For one output D is ŷ (1 - ŷ), H a matrix of (n+1)², and H⁻¹ ∇J is found at once. For K outputs H is (K (n+1))²: only
the K blocks on its diagonal are formed and inverted, as a preconditioner of conjugate gradients, which need some three
steps. For many features even a block is too large, and its diagonal takes its place.

Source: conjugate gradients with a preconditioner, Nocedal & Wright 2006, "Numerical Optimization", Algorithm 5.3.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from wengu.regression.blocks import sum_over_rows

Array = npt.NDArray[Any]

DENSE = 256  # features up to which the blocks are formed and inverted; measured


class Hessian:
    """H over the rows x (r, n), with their ŷ (K, r) and weights (r,)."""

    def __init__(
        self,
        x: Array,
        y_hat: Array,
        weight: Array | None,
        *,
        lam: float,
        intercept: bool,
        threads: int,
    ) -> None:
        self.x, self.y_hat, self.lam, self.intercept, self.threads = x, y_hat, lam, intercept, threads
        self.weight = np.ones(len(x), x.dtype) if weight is None else weight.astype(x.dtype, copy=False)
        # b makes up for any shift of the features; near their means they are least like the constant it multiplies.
        self.shift = x[:: 1 + len(x) // 1000].mean(axis=0, dtype=np.float64) * intercept
        self.dense = x.shape[1] <= DENSE
        moments = self._blocks() if self.dense else self._diagonals()
        if not np.isfinite(moments).all():
            raise FloatingPointError("H is not finite")
        self.inverse_root = _inverse_roots(moments) if self.dense else 1 / np.sqrt(moments)

    def newton_step(self, gradient: Array, *, accuracy: float = 0.1, most: int = 200) -> Array:
        """H⁻¹ ∇J, (K, n+1), to within the share `accuracy` of it."""
        g = gradient.copy()
        g[:, :-1] -= np.outer(g[:, -1], self.shift)
        d = self._precondition(g)
        if len(g) > 1 or not self.dense:
            d = self._conjugate_gradients(g, d, accuracy, most)
        if len(g) > 1:
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

        inner, edge = sum_over_rows(part, self.x.shape, threads=self.threads)
        product = np.column_stack([inner - np.outer(edge, self.shift), edge if self.intercept else v[:, -1]])
        product[:, :-1] += self.lam * v[:, :-1]
        return product

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
            return np.asarray(self.inverse_root**2 * g)
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
            x, blocks = self.x[rows] - shift, np.empty(shape)
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
            second = self._second_derivatives(rows)
            return [(second @ (self.x[rows] - shift) ** 2).astype(np.float64), second.sum(axis=1, dtype=np.float64)]

        inner, edge = sum_over_rows(part, self.x.shape, threads=self.threads)
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
