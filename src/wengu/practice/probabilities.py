"""What a set's probabilities are worth: do they rank, and are they what they say?                        [notes 15]

    each class against all others     AUC and average precision of p_class; beside it what chance would have, its share
    all classes                       their means (macro)
    calibration                       Brier score, log loss, calibration error; beside the first two what the shares of
                                      the classes alone would have

Source: the usual definitions, equal to scikit-learn's (ranking.py, calibration.py). Of two classes there is no mean:
AUC is the same of both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.practice.calibration import LEAST, Reliability, brier_score, log_loss, reliability
from wengu.practice.confusion import codes
from wengu.practice.estimate import Estimate
from wengu.practice.influence import mean_of
from wengu.practice.intervals import Floats
from wengu.practice.ranking import Curve, Ranked, auc_of, average_precision_of
from wengu.practice.records import Array, labels, rows_of

NEAR = 0.01  # a sum of rounded probabilities to 1


@dataclass(frozen=True, eq=False)
class Probabilities:
    """One set's truth, the probability of each class (m, k) in their order, and groups or none.

    Raises InputError where they do not fit each other.
    """

    truth: Any
    p: Any
    classes: tuple[str, ...]
    group: Any = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "truth", labels("truth", self.truth))
        object.__setattr__(self, "p", np.asarray(self.p, dtype=np.float64))
        if self.p.shape != (len(self.truth), len(self.classes)) or not self.p.size:
            raise InputError(say("p: expected a column for each of {k} {k:class|classes} and a row for each of {m} "
                                 "{m:example|examples}, got shape {shape}", k=len(self.classes), m=len(self.truth),
                                 shape=self.p.shape))
        if self.group is not None:
            object.__setattr__(self, "group", labels("group", self.group))

    @property
    def places(self) -> Array:
        """The place of each true class among the classes: (m,)."""
        return codes("truth", self.truth, rows_of(self.classes))


@dataclass(frozen=True, eq=False)
class ClassRanking:
    """One class against all others: how many there are, and how well its probability ranks."""

    name: str
    n: int
    share: float
    auc: Estimate
    average_precision: Estimate
    roc: Curve
    precision_recall: Curve


@dataclass(frozen=True, eq=False)
class Calibration:
    """How far the probabilities are what they say; of the class that is told, or of the likeliest where none is.

    Brier score and log loss are None where the probabilities of an example do not sum to 1; `alone` are those of the
    shares of the classes.
    """

    of: str
    reliability: Reliability
    brier: Estimate | None
    log_loss: Estimate | None
    brier_alone: float
    log_loss_alone: float


@dataclass(frozen=True, eq=False)
class ProbabilityMeasures:
    """All of it; the means over classes are None where there are two."""

    examples: int
    classes: tuple[ClassRanking, ...]
    auc: Estimate | None
    average_precision: Estimate | None
    calibration: Calibration


def measure_probabilities(given: Probabilities, *, least: float = LEAST) -> ProbabilityMeasures:
    """Ranking and calibration of a set's probabilities; a p below `least` counts as that in the log loss.

    >>> p = np.linspace(0.05, 0.95, 100)
    >>> truth = np.where(np.arange(100) % 10 < 10 * p, "cat", "dog")
    >>> found = measure_probabilities(Probabilities(truth, np.stack([p, 1 - p], axis=1), ("cat", "dog")))
    >>> [(one.name, one.n, round(one.auc.value, 2)) for one in found.classes], found.calibration.reliability.is_off
    ([('cat', 55, 0.8), ('dog', 45, 0.8)], False)
    """
    places, group = given.places, given.group
    rankings, of_auc, of_precision = [], [], []
    for k, name in enumerate(given.classes):
        ranked = Ranked.of(places == k, given.p[:, k])
        both = (str(name), say("others") if len(given.classes) > 2 else str(given.classes[1 - k]))
        of_auc.append(auc_of(ranked, group=group, names=both))
        of_precision.append(average_precision_of(ranked, group=group, names=both))
        n = int(ranked.tp[-1])
        rankings.append(ClassRanking(str(name), n, n / len(places), of_auc[-1].estimate(), of_precision[-1].estimate(),
                                     thinned(ranked.roc()), thinned(ranked.precision_recall())))
    several = len(given.classes) > 2
    return ProbabilityMeasures(
        len(places), tuple(rankings), mean_of(of_auc) if several else None, mean_of(of_precision) if several else None,
        _calibration(given, places, least),
    )


def _calibration(given: Probabilities, places: Array, least: float) -> Calibration:
    p, group = given.p, given.group
    counts = np.bincount(places, minlength=len(given.classes))
    shares = counts / len(places)
    two = len(given.classes) == 2
    rarer = int(counts.argmin())
    found = reliability(places == rarer, p[:, rarer], group=group) if two else reliability(
        p.argmax(axis=1) == places, p.max(axis=1), group=group)
    whole = bool((np.abs(p.sum(axis=1) - 1) <= NEAR).all())
    alone = float(1 - (shares**2).sum())
    there = shares[shares > 0]
    return Calibration(
        str(given.classes[rarer]) if two else "", found,
        brier_score(places, p, group=group) if whole else None,
        log_loss(places, p, group=group, least=least) if whole else None,
        alone / 2 if two else alone, float((there * np.log(1 / there)).sum()),
    )


def thinned(curve: Curve, most: int = 200) -> Curve:
    """As many points at most, as far from each other along the curve as can be: what a drawing shows."""
    if len(curve.x) <= most:
        return curve
    steps: Floats = np.abs(np.diff(curve.x, prepend=curve.x[0])) + np.abs(np.diff(curve.y, prepend=curve.y[0]))
    along = np.cumsum(steps)
    kept = np.unique(np.r_[0, np.searchsorted(along, np.linspace(0, along[-1], most - 2)).clip(max=len(along) - 1),
                           len(along) - 1])
    return Curve(curve.x[kept], curve.y[kept], curve.threshold[kept])
