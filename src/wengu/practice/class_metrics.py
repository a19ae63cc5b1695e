"""How well one class is found among all others.                                                        [notes 15]

    precision = TP / (TP + FP)      recall = TP / (TP + FN)      F1 = 2 TP / (2 TP + FP + FN)

Source: the usual definitions, equal to scikit-learn's. Precision is counted on what was taken for the class, recall on
what is the class, F1 on what is either: each is as sure as its own count makes it. Where that is 0 the value is NaN.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.practice.confusion import share, total
from wengu.practice.metric import Weights, f1_of_jaccard, unchanged
from wengu.practice.metric_words import Direction, Scale
from wengu.practice.records import Array, is_text, pair


@dataclass(frozen=True)
class _OfOneClass:
    """What the three share: TP, TP + FN and TP + FP."""

    of: Any
    direction: ClassVar[Direction] = "higher"
    scale: ClassVar[Scale] = "rate"
    unit: str = "example"
    worth: float = 0.01

    def parts(self, truth: Any, predicted: Any) -> NDArray[np.int64]:
        """Whether both are the class, whether truth is, whether the prediction is: (m, 3)."""
        y, y_hat = pair(truth, predicted)
        if is_text(y) != isinstance(self.of, str):
            raise InputError(say("of: expected a class as truth has them, such as {known!r}, got {got!r}",
                                 known=y[0].item() if isinstance(y[0], np.generic) else y[0], got=self.of))
        true, said = y == self.of, y_hat == self.of
        return np.stack([true & said, true, said], axis=1).astype(np.int64)


@dataclass(frozen=True)
class Precision(_OfOneClass):
    """Of what is taken for the class, how much is it.

    >>> metric = Precision("cat")
    >>> metric.name, metric.value(metric.parts(["cat", "dog", "cat"], ["cat", "cat", "dog"]))
    ('precision cat', 0.5)
    """

    @property
    def name(self) -> str:
        return f"precision {self.of}"

    def value(self, parts: Array, weights: Weights | None = None) -> Any:
        both = total(parts, weights)
        return share(both[..., 0], both[..., 2])

    def rates(self, parts: Array, weights: Weights | None = None) -> tuple[Array, Array]:
        """TP and TP + FP."""
        both = total(parts, weights)
        return both[..., :1], both[..., 2:]

    curve = staticmethod(unchanged)


@dataclass(frozen=True)
class Recall(_OfOneClass):
    """Of the class, how much is found.

    >>> metric = Recall("cat")
    >>> metric.name, metric.value(metric.parts(["cat", "dog", "dog"], ["cat", "cat", "dog"]))
    ('recall cat', 1.0)
    """

    @property
    def name(self) -> str:
        return f"recall {self.of}"

    def value(self, parts: Array, weights: Weights | None = None) -> Any:
        both = total(parts, weights)
        return share(both[..., 0], both[..., 1])

    def rates(self, parts: Array, weights: Weights | None = None) -> tuple[Array, Array]:
        """TP and TP + FN."""
        both = total(parts, weights)
        return both[..., :1], both[..., 1:2]

    curve = staticmethod(unchanged)


@dataclass(frozen=True)
class F1(_OfOneClass):
    """F1 of one class against all others: how well it is found, and nothing else taken for it.

    >>> metric = F1("cat")
    >>> metric.name, metric.value(metric.parts(["cat", "dog", "cat"], ["cat", "cat", "dog"]))
    ('F1 cat', 0.5)
    """

    @property
    def name(self) -> str:
        return f"F1 {self.of}"

    def value(self, parts: Array, weights: Weights | None = None) -> Any:
        both = total(parts, weights)
        return share(2 * both[..., 0], both[..., 1] + both[..., 2])

    def rates(self, parts: Array, weights: Weights | None = None) -> tuple[Array, Array]:
        """TP and TP + FP + FN."""
        both = total(parts, weights)
        return both[..., :1], both[..., 1:2] + both[..., 2:] - both[..., :1]

    curve = staticmethod(f1_of_jaccard)


OF_ONE_CLASS: Mapping[str, type[Precision] | type[Recall] | type[F1]] = {
    "precision": Precision, "recall": Recall, "F1": F1,
}  # fmt: skip
"The three by the word that stands before the class: 'recall cat'."
