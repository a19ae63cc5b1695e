"""What a metric is: one number of a set that knows how it is called, which way is better, and how it is resampled.

    value(parts, w)  =  the value of the set in which example i is there w_i times,     parts made once

Source: ours. Resampling by weights needs no copy of the examples: a thousand draws are one matrix (draws, m).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import one_of, positive
from wengu.core.i18n import say
from wengu.practice.metric_words import Direction, Facts, Scale
from wengu.practice.records import Array, rows_of

Weights = NDArray[np.float64]  # (m,) or (draws, m): how often each example is there


class Metric(Protocol):
    """One number of a set: how it is measured, which way is better, and what it is called.

    `parts` is called once: what `value` needs of the examples, usually an array with a row for each. `value` gives a
    number, or of weights (draws, m) one for each draw. Examples whose rows of parts are equal are weighed together.
    """

    @property
    def name(self) -> str: ...
    @property
    def direction(self) -> Direction: ...
    @property
    def scale(self) -> Scale: ...
    @property
    def unit(self) -> str: ...
    @property
    def worth(self) -> float: ...
    def parts(self, truth: Any, predicted: Any) -> Any: ...
    def value(self, parts: Any, weights: Weights | None = None) -> Any: ...


class MeanOfRates(Metric, Protocol):
    """A metric that is the mean of rates, each counted on examples of its own, so that how sure it is can be computed.

    `rates` gives (hits, of how many) of each, (k,) or of weights (draws, k); `curve`, which rises, what of a rate is
    averaged.
    """

    def rates(self, parts: Any, weights: Weights | None = None) -> tuple[Any, Any]: ...
    def curve(self, rates: Any) -> Any: ...


def unchanged(rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """A rate as it is."""
    return rates


def f1_of_jaccard(rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """F1 = 2J/(1+J) of J = TP/(TP+FP+FN), which is a rate of its own examples."""
    return 2 * rates / (1 + rates)


def described(metric: Metric) -> Facts:
    """The metric's facts, as plain values. Raises TypeError for what is no metric, InputError for facts that are none.

    >>> from wengu.practice import ErrorRate
    >>> described(ErrorRate())
    {'name': 'error', 'direction': 'lower', 'scale': 'rate', 'unit': 'example', 'worth': 0.01}
    """
    if not (hasattr(metric, "parts") and hasattr(metric, "value")):
        raise TypeError(say("metric: expected a Metric, such as ErrorRate(), got {got}; wrap a function in "
                            "FunctionMetric", got=type(metric).__name__))
    one_of("direction", metric.direction, ("lower", "higher"))
    one_of("scale", metric.scale, ("rate", "number"))
    return Facts(name=metric.name, direction=metric.direction, scale=metric.scale, unit=metric.unit,
                 worth=float(positive("worth", metric.worth)))


@dataclass(frozen=True)
class FunctionMetric:
    """Any function of (truth, predicted), such as one of scikit-learn's: called anew on the rows of every resample.

    >>> metric = FunctionMetric(lambda y, y_hat: abs(y - y_hat).mean(), "distance", "lower", "number", worth=0.1)
    >>> metric.value(metric.parts(np.array([1.0, 2.0]), np.array([1.0, 4.0])), np.array([1, 3]))
    1.5
    """

    function: Callable[[Any, Any], float]
    name: str
    direction: Direction
    scale: Scale
    worth: float
    unit: str = "example"

    def parts(self, truth: Any, predicted: Any) -> tuple[Array, Array]:
        """Truth and predictions, a row a unit: the function is called on those that a resample draws."""
        return rows_of(truth), rows_of(predicted)

    def value(self, parts: tuple[Array, Array], weights: Weights | None = None) -> Any:
        truth, predicted = parts
        if weights is None:
            return float(self.function(truth, predicted))
        if weights.ndim > 1:
            return np.array([self.value(parts, each) for each in weights])
        rows = np.repeat(np.arange(len(truth)), weights.astype(np.intp))
        return float(self.function(truth[rows], predicted[rows]))
