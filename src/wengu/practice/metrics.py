"""What a set's predictions are worth, in one number that can be resampled.                          [notes 15]

    error              Σ w [ŷ ≠ y] / Σ w
    macro-F1           the mean of 2 TP / (2 TP + FP + FN) over all classes that occur, in y or in ŷ
    balanced accuracy  the mean of TP / (TP + FN) over all classes that occur in y
    perplexity         exp(Σ w cost / Σ w count), a cost summed over the count of tokens of a block

Source: the usual definitions, equal to scikit-learn's; perplexity as Jelinek et al. 1977. w says how often an example
is in a resample: `value(parts, w)` is the value of the examples repeated w times, so a class that a resample misses is
no class of it. Where nothing was measured (no example of the class, no label at all) the value is NaN, not 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.practice.confusion import codes, mean_ratio, plain, ratio, share, total
from wengu.practice.metric import Metric, Weights, f1_of_jaccard, unchanged
from wengu.practice.metric_words import Direction, Scale
from wengu.practice.records import Array, pair, table_of


def errors(truth: ArrayLike, predicted: ArrayLike) -> NDArray[np.bool_]:
    """Which predictions differ from the truth: (m,) booleans.

    >>> errors(["cat", "dog"], ["cat", "cat"]).tolist()
    [False, True]
    """
    y, y_hat = pair(truth, predicted)
    return np.asarray(y != y_hat, dtype=np.bool_)


def error_rate(truth: ArrayLike, predicted: ArrayLike) -> float:
    """The share of wrong predictions, from 0 to 1.

    >>> error_rate(["cat", "dog"], ["cat", "cat"])
    0.5
    """
    return float(errors(truth, predicted).mean())


@dataclass(frozen=True)
class ErrorRate:
    """The share of wrong predictions.

    >>> metric = ErrorRate()
    >>> metric.name, metric.value(metric.parts(["cat", "dog", "dog", "dog"], ["cat", "dog", "cat", "dog"]))
    ('error', 0.25)
    """

    name: ClassVar[str] = "error"
    direction: ClassVar[Direction] = "lower"
    scale: ClassVar[Scale] = "rate"
    unit: str = "example"
    worth: float = 0.01

    def parts(self, truth: Any, predicted: Any) -> NDArray[np.bool_]:
        """Which are wrong: (m,)."""
        return errors(truth, predicted)

    def value(self, parts: Array, weights: Weights | None = None) -> Any:
        return float(parts.mean()) if weights is None else share(weights @ parts, weights.sum(axis=-1))


ERROR = ErrorRate()


@dataclass(frozen=True)
class MacroF1:
    """The mean F1 of all classes, each counting alike however rare it is.

    >>> metric = MacroF1()  # all nine dogs are found, the one cat is not
    >>> round(metric.value(metric.parts(["dog"] * 9 + ["cat"], ["dog"] * 10)), 3)
    0.474
    """

    name: ClassVar[str] = "macro-F1"
    direction: ClassVar[Direction] = "higher"
    scale: ClassVar[Scale] = "rate"
    unit: str = "example"
    worth: float = 0.01

    def parts(self, truth: Any, predicted: Any) -> NDArray[np.intp]:
        """The place of both classes among all that occur: (m, 2)."""
        return _places(truth, predicted)

    def value(self, parts: Array, weights: Weights | None = None) -> Any:
        right, true, said = _tallies(parts, weights)
        return mean_ratio(2 * right, true + said)

    def rates(self, parts: Array, weights: Weights | None = None) -> tuple[Array, Array]:
        """TP and TP + FP + FN of each class."""
        right, true, said = _tallies(parts, weights)
        return right, true + said - right

    curve = staticmethod(f1_of_jaccard)


@dataclass(frozen=True)
class BalancedAccuracy:
    """The mean recall of all classes: what accuracy would be if every class had as many examples.

    >>> metric = BalancedAccuracy()  # all nine dogs are found, the one cat is not
    >>> metric.value(metric.parts(["dog"] * 9 + ["cat"], ["dog"] * 10))
    0.5
    """

    name: ClassVar[str] = "balanced accuracy"
    direction: ClassVar[Direction] = "higher"
    scale: ClassVar[Scale] = "rate"
    unit: str = "example"
    worth: float = 0.01

    def parts(self, truth: Any, predicted: Any) -> NDArray[np.intp]:
        """The place of both classes among all that occur: (m, 2)."""
        return _places(truth, predicted)

    def value(self, parts: Array, weights: Weights | None = None) -> Any:
        return mean_ratio(*self.rates(parts, weights))

    def rates(self, parts: Array, weights: Weights | None = None) -> tuple[Array, Array]:
        """How many of each class are found, and how many there are."""
        right, true, _ = _tallies(parts, weights)
        return right, true

    curve = staticmethod(unchanged)


MOST_NATS = 709.0  # of which the power of e is still a number


@dataclass(frozen=True)
class Perplexity:
    """Among how many words a model is in doubt: predicted has (Σ cost, count) of each block, truth is not read.

    Beyond 8 · 10³⁰⁷ it is no longer counted.

    >>> metric = Perplexity()
    >>> round(metric.value(metric.parts(None, [(6.0, 2), (6.0, 4)])), 3)  # e²
    7.389
    """

    name: ClassVar[str] = "perplexity"
    direction: ClassVar[Direction] = "lower"
    scale: ClassVar[Scale] = "number"
    unit: str = "block"
    worth: float = 1.0

    def parts(self, truth: Any, predicted: Any) -> NDArray[np.float64]:
        """The cost of each block and its count: (m, 2)."""
        table = table_of("predicted", predicted)
        if table.shape[1] != 2:
            raise InputError(say("predicted: expected (sum of costs, count) of each block, got {got} "
                                 "{got:number|numbers}",
                                 got=table.shape[1]))
        return table.astype(np.float64)

    def value(self, parts: Array, weights: Weights | None = None) -> Any:
        both = total(parts, weights)
        return plain(np.exp(np.minimum(ratio(both[..., 0], both[..., 1]), MOST_NATS)))


METRICS: Mapping[str, Callable[[], Metric]] = {
    "error": ErrorRate, "macro-f1": MacroF1, "balanced-accuracy": BalancedAccuracy,
}
"The metrics by the name that the command line takes."


def _places(truth: Any, predicted: Any) -> NDArray[np.intp]:
    """The place of each label among all classes that occur: (m, 2)."""
    y, y_hat = pair(truth, predicted)
    known = np.unique(np.concatenate([np.unique(y), np.unique(y_hat)]))
    return np.stack([codes("truth", y, known), codes("predicted", y_hat, known)], axis=1)


def _tallies(places: Array, weights: Weights | None) -> tuple[Array, Array, Array]:
    """How many of each class are found, true and predicted: (classes,) each, or (draws, classes)."""
    true, said = np.ascontiguousarray(places.T)
    k, right = int(places.max()) + 1, np.flatnonzero(true == said)
    if weights is None:
        weights = np.ones(len(places))
    sums = np.array([
        [np.bincount(true[right], w[right], k), np.bincount(true, w, k), np.bincount(said, w, k)]
        for w in np.atleast_2d(weights)
    ]).reshape(*weights.shape[:-1], 3, k)
    return sums[..., 0, :], sums[..., 1, :], sums[..., 2, :]
