"""The nearest class mean: the simplest model that looks at the inputs, and needs no training.             [notes 15]

    z = (x - μ)/σ        ŷ = argmin_k ‖z - m_k‖²        m_k the mean of z over train's examples of class k

A network that is worse than this has been kept from learning, by its settings or by a fault. Source: Tibshirani et al.
2002, "Diagnosis of multiple cancer types by shrunken centroids", without the shrinking.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wengu.core.checks import InputError
from wengu.core.i18n import say


@dataclass(frozen=True, eq=False)
class NearestMean:
    """What is known of train: μ and σ (n,) of the inputs, the means (C, n) of the classes, and which these are (C,)."""

    mean: NDArray[np.float64]
    std: NDArray[np.float64]
    means: NDArray[np.float64]
    classes: NDArray[Any]

    @classmethod
    def of(cls, x: ArrayLike, y: ArrayLike) -> NearestMean:
        """Of inputs (m, ...) and their classes (m,). Raises InputError where there are not as many of both.

        >>> model = NearestMean.of([[0.0], [1.0], [8.0], [9.0]], ["low", "low", "high", "high"])
        >>> model.predict([[2.0], [7.0]]).tolist()
        ['low', 'high']
        """
        x, (classes, of) = _flat(x), np.unique(np.asarray(y), return_inverse=True)
        if len(x) != len(of) or not len(x):
            raise InputError(say("y: expected as many classes as inputs, one at least, got {got} for {n}", got=len(of),
                                 n=len(x)))
        mean, std = x.mean(axis=0), x.std(axis=0)
        std[std == 0] = 1.0  # what never changes tells nothing
        sums = np.zeros((len(classes), x.shape[1]))
        np.add.at(sums, of, (x - mean) / std)
        return cls(mean, std, sums / np.bincount(of)[:, None], classes)

    def predict(self, x: ArrayLike) -> NDArray[Any]:
        """The class of each input (m, ...)."""
        z = (_flat(x) - self.mean) / self.std
        away = (self.means**2).sum(axis=1) - 2 * z @ self.means.T  # ‖z - m‖² less ‖z‖², which is the same for all
        found: NDArray[Any] = self.classes[away.argmin(axis=1)]
        return found


def _flat(x: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(x, np.float64)
    return array.reshape(len(array), -1)
