"""One number of a set's probabilities, by name, and how far two models' are apart on the same examples.  [notes 15]

    auc, average_precision     the mean over classes, of two classes that of the rarer one
    brier_score, log_loss      as in calibration.py

    difference    v_a - v_b ± t s,  s² = G/(G-1) Σ_g (ψ_a - ψ_b)²: what moves both alike cancels

Source: for AUC this is DeLong, DeLong & Clarke-Pearson 1988 for two curves on the same examples; t by kurtosis as for
groups (intervals.py).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from scipy.special import stdtrit

from wengu.core.checks import InputError, one_of
from wengu.core.i18n import say
from wengu.practice.calibration import LEAST, brier_score, log_loss, squares
from wengu.practice.estimate import Estimate
from wengu.practice.influence import Influenced, mean_of, of_pieces
from wengu.practice.intervals import Floats, Interval, degrees_of_freedom
from wengu.practice.metric_words import Direction
from wengu.practice.probabilities import Probabilities
from wengu.practice.ranking import Ranked, auc_of, average_precision_of

OF_PROBABILITIES: Mapping[str, Direction] = {
    "auc": "higher", "average_precision": "higher", "brier_score": "lower", "log_loss": "lower",
}


def probability_metric(name: str, given: Probabilities, *, least: float = LEAST) -> Estimate:
    """The number of this name, with its interval.

    >>> given = Probabilities(["a", "b"] * 20, [[0.9, 0.1], [0.2, 0.8]] * 20, ("a", "b"))
    >>> probability_metric("auc", given).value, round(probability_metric("brier_score", given).value, 3)
    (1.0, 0.025)
    """
    one_of("name", name, OF_PROBABILITIES)
    if name == "brier_score":
        return brier_score(given.places, given.p, group=given.group)
    if name == "log_loss":
        return log_loss(given.places, given.p, group=given.group, least=least)
    return mean_of(_ranked(name, given))


def probability_difference(name: str, a: Probabilities, b: Probabilities, *, least: float = LEAST) -> Interval:
    """The interval of a's number less b's, of two models' probabilities for the same examples, row by row.

    Raises InputError where the examples are not the same.

    >>> a = Probabilities(["a", "b"] * 40, [[0.9, 0.1], [0.2, 0.8]] * 39 + [[0.1, 0.9], [0.9, 0.1]], ("a", "b"))
    >>> low, high = probability_difference("brier_score", a, a)
    >>> (low, high)
    (0.0, 0.0)
    """
    if not (np.array_equal(a.truth, b.truth) and a.classes == b.classes):
        raise InputError(say("b: expected the same examples as a, in the same groups; give those that both were judged "
                             "on"))
    values, influences = zip(*(_with_influence(name, one, least) for one in (a, b)), strict=True)
    few = probability_metric(name, a, least=least).few
    if few:
        return Interval(-1.0, 1.0)
    psi = influences[0] - influences[1]
    s = math.sqrt(float((psi**2).sum()) * len(psi) / max(len(psi) - 1, 1))
    half = -float(stdtrit(degrees_of_freedom(psi), 0.025)) * s if s > 1e-12 else 0.0
    return Interval(values[0] - values[1] - half, values[0] - values[1] + half)


def _with_influence(name: str, given: Probabilities, least: float) -> tuple[float, Floats]:
    """The number, and the influences of the pieces on it."""
    if name in ("auc", "average_precision"):
        every = _ranked(name, given)
        return float(np.mean([one.value for one in every])), np.mean([one.influence for one in every], axis=0)
    if name == "brier_score":
        each = squares(given.places, given.p)
    else:
        each = -np.log(np.clip(given.p[np.arange(len(given.places)), given.places], least, 1.0))
    mean = float(each.mean())
    return mean, of_pieces((each - mean) / len(each), given.group)


def _ranked(name: str, given: Probabilities) -> list[Influenced]:
    """Each class against the others; of two the rarer one alone."""
    places, of = given.places, auc_of if name == "auc" else average_precision_of
    k = len(given.classes)
    counts = np.bincount(places, minlength=k)
    chosen = range(k) if k > 2 else [int(counts.argmin())]
    return [of(Ranked.of(places == c, given.p[:, c]), group=given.group, names=(
        str(given.classes[c]), say("others") if k > 2 else str(given.classes[1 - c]))) for c in chosen]
