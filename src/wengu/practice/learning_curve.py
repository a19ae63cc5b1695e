"""Learning curve: the error against the number of training examples, and what more of them would bring.  [notes 15.6]

    err(n) = a + b (n/N)^-c        N the largest number measured, a what no amount of data takes away
    twice the data                 err(2N), and the gain err(N) - err(2N), each with its interval

With fewer examples than are there a model is trained again, dev stays the same. Each error is as sure as the dev
examples it was measured on allow; where the points lie further from the law than that, as seeds scatter, the intervals
grow with it (power_law.py). Ten times the data lies far outside of what was measured: its interval holds only if the
curve goes on as it began.

Source: the power law of learning curves, Hestness et al. 2017, arXiv:1712.00409, with the constant as in Cortes et al.
1993, "Learning curves: asymptotic values and rate of convergence"; the gain as what is asked for: ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import chdtrc

from wengu.core.checks import InputError, positive
from wengu.core.i18n import say
from wengu.practice.intervals import Floats, Interval
from wengu.practice.metric import described
from wengu.practice.metric_words import Facts, amount, interval, on_dev, units
from wengu.practice.metric_words import gap as gap_in_words
from wengu.practice.metrics import ErrorRate
from wengu.practice.power_law import PowerLaw, binomial_error, fit_power_law

LEAST = 3  # sizes
NO_LAW = 0.001  # the chance of points so far from any such law
FARTHEST, PLACES = 1e4, 41  # times the data, up to which a target is sought, and at how many sizes
EXACT = 1e-6  # the part of an error that is taken as its own where nobody says how sure it is

Verdict = Literal["gains", "flat", "cannot tell"]


@dataclass(frozen=True)
class Forecast:
    """A value of the curve where nothing was measured."""

    n: float
    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class LearningCurve:
    """The law through the measured values, by the metric of these facts."""

    law: PowerLaw
    most: float  # N
    metric: Facts
    level: float = 0.95

    def at(self, n: float) -> Forecast:
        """The value with n training examples, and its interval."""
        x = positive("n", n) / self.most
        low, high = sorted(self._back(end) for end in self.law.value(x, self.level))
        return Forecast(n, self._back(float(self.law.at(x))), low, high)

    def gain(self, times: float = 2.0) -> tuple[float, Interval]:
        """How much better the value gets with so many times the examples, and the interval of that."""
        return (float(self.law.at(1.0) - self.law.at(times)), self.law.gain(1.0, times, self.level))

    @property
    def fits(self) -> bool:
        """Whether such a law can have made these points; the seed's part in them is not known."""
        return self.law.df < 1 or not self.law.known or float(chdtrc(self.law.df, self.law.misfit)) >= NO_LAW

    def verdict(self, worth: float | None = None) -> Verdict:
        """Whether twice the data is worth it: it gains at least the worth, it does not, or that cannot be told."""
        worth = self.metric["worth"] if worth is None else worth
        points, (low, high) = self.gain()
        if points >= worth and low > 0:
            return "gains"
        return "flat" if high < worth else "cannot tell"

    def needed(self, target: float) -> tuple[float, float, float] | None:
        """Training examples for a value: by the law, and the least and the most that are possible; inf where never.

        None where it has that value already.
        """
        goal = self._there(target)
        if self.law.at(1.0) <= goal:
            return None
        times = np.geomspace(1, FARTHEST, PLACES)
        ends = np.array([self.law.value(float(x), self.level) for x in times])
        return (_first(times, self.law.at(times), goal) * self.most, _first(times, ends[:, 0], goal) * self.most,
                _first(times, ends[:, 1], goal) * self.most)

    def sentences(self, worth: float | None = None, *, instead: str = "") -> tuple[str, ...]:
        """What it says, in the language spoken now; `instead` of whether more data helps, where it cannot say that."""
        worth = self.metric["worth"] if worth is None else worth
        facts, (points, ends), twice = self.metric, self.gain(), self.at(2 * self.most)
        now = amount(facts, self._back(float(self.law.at(1.0))))
        said = [say("Twice the data: {dev} {value} {interval}, now {now} by the same curve.", dev=on_dev(facts),
                    value=amount(facts, twice.value), interval=interval(facts, twice.low, twice.high), now=now)]
        gain = f"{gap_in_words(facts, points)} {interval(facts, *ends)}"
        match self.verdict(worth):
            case _ if instead:
                said.append(instead)
            case "gains":
                said.append(say("That gains {gain}: more data helps.", gain=gain))
            case "flat":
                said.append(say("That gains {gain}, less than the {worth} that matter: more data is the last thing to "
                                "try.", gain=gain, worth=gap_in_words(facts, worth)))
            case "cannot tell":
                said.append(say("That gains {gain}: it cannot be told whether more data helps; measure on more dev "
                                "examples, or at more sizes.", gain=gain))
        ten = self.at(10 * self.most)
        said.append(say("Ten times the data: {value} {interval}, if the curve goes on as it began.",
                        value=amount(facts, ten.value), interval=interval(facts, ten.low, ten.high)))
        if not self.fits:
            said.append(say("The points scatter more than their dev examples explain, as seeds may make them: the "
                            "intervals are wider for it."))
        return tuple(said)

    def reaching(self, target: float) -> str:
        """How many training examples a value would need, in words."""
        value, found = amount(self.metric, target), self.needed(target)
        if found is None:
            return say("{value} is reached already.", value=value)
        law, least, most = found
        if least == np.inf:
            return say("{value} is never reached by more data alone, as far as this curve tells.", value=value)
        if law == np.inf:
            return say("This curve does not come down to {value}; at the best it would take {n}.", value=value,
                       n=units(self.metric, _rough(least)))
        if most == np.inf:
            return say("{value} would take about {n}, {low} at the least; it may never be reached.", value=value,
                       n=units(self.metric, _rough(law)), low=f"{_rough(least):,}")
        return say("{value} would take about {n}, from {low} to {high}.", value=value,
                   n=units(self.metric, _rough(law)), low=f"{_rough(least):,}", high=f"{_rough(most):,}")

    def _there(self, value: float) -> float:
        """As a loss, of which less is better."""
        if self.metric["direction"] == "lower":
            return value
        return 1 - value if self.metric["scale"] == "rate" else -value

    _back = _there  # it is its own inverse


def learning_curve(
    sizes: Sequence[float],
    errors: Sequence[float],
    counts: Sequence[float] | float | None = None,
    *,
    standard_errors: Sequence[float] | None = None,
    metric: Facts | None = None,
    level: float = 0.95,
) -> LearningCurve:
    """The learning curve of errors measured with so many training examples, anybody's.

    sizes             training examples, at least three different numbers; one may be there more than once, by seeds
    errors            on dev: 0.081; or values of another `metric`
    counts            dev examples that each was measured on, or one number for all; of a rate
    standard_errors   instead of counts, of any metric. With neither, how sure the errors are is taken from how far they
                      lie from the law, which needs four sizes
    metric            the facts of the metric; by default the error
    level             of the intervals

    Raises InputError for fewer sizes, numbers that are none, and errors outside of 0 and 1.

    >>> curve = learning_curve([225, 450, 900, 1800, 3600], [0.25, 0.205, 0.17, 0.145, 0.127], 1200)
    >>> twice = curve.at(7200)
    >>> round(twice.value, 3), round(twice.low, 3) < 0.11 < round(twice.high, 3)
    (0.113, True)
    >>> curve.verdict()
    'gains'
    """
    facts = metric or described(ErrorRate())
    n, y = _numbers("sizes", sizes), _numbers("errors", errors)
    _check(n, y, facts)
    lower, rate = facts["direction"] == "lower", facts["scale"] == "rate"
    x, loss = n / n.max(), y if lower else 1 - y if rate else -y
    if standard_errors is not None:
        s = _one_each("standard_errors", standard_errors, len(n), above=0.0)
        law = fit_power_law(x, loss, s, positive=lower or rate)
    elif counts is not None and rate:
        of = _one_each("counts", [counts] * len(n) if isinstance(counts, int | float) else counts, len(n), above=0.5)
        law = fit_power_law(x, loss, binomial_error(loss, of))
        law = fit_power_law(x, loss, binomial_error(law.at(x), of))  # as sure as the law has it
    elif len(np.unique(n)) > LEAST:
        law = fit_power_law(x, loss, np.full(len(n), EXACT * max(float(np.abs(loss).max()), EXACT)),
                            positive=lower or rate, known=False)
    else:
        raise InputError(say("counts: expected how many dev examples there are, or more than {n} {n:size|sizes}, got "
                             "neither", n=LEAST))
    return LearningCurve(law, float(n.max()), facts, level)


def _rough(n: float) -> int:
    """To two digits: no law knows more of it."""
    return round(float(f"{n:.2g}"))


def _first(times: Floats, values: Floats, goal: float) -> float:
    """Where it first comes down to the goal, between two of the places by its logarithm; inf where it never does."""
    below = np.flatnonzero(values <= goal)
    if not len(below):
        return float("inf")
    k = int(below[0])
    if k == 0:
        return float(times[0])
    share = (values[k - 1] - goal) / (values[k - 1] - values[k])
    return float(times[k - 1] * (times[k] / times[k - 1]) ** share)


def _numbers(name: str, values: Sequence[float]) -> Floats:
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != 1 or not np.isfinite(found).all():
        raise InputError(say("{name}: expected finite numbers, got {got}", name=name, got=values))
    return found


def _one_each(name: str, values: Sequence[float], m: int, *, above: float) -> Floats:
    found = _numbers(name, values)
    if len(found) != m or not (found > above).all():
        raise InputError(say("{name}: expected {m} {m:number|numbers} above 0, one for each size, got {got}", name=name,
                             m=m, got=list(values)))
    return found


def _check(n: Floats, y: Floats, facts: Facts) -> None:
    if len(n) != len(y):
        raise InputError(say("errors: expected {want}, one for each size, got {got}", want=len(n), got=len(y)))
    if not (n > 0).all() or len(np.unique(n)) < LEAST:
        raise InputError(say("sizes: expected at least {n} different {n:number|numbers} above 0, got {got}", n=LEAST,
                             got=sorted({float(one) for one in n})))
    if facts["scale"] == "rate" and not ((y >= 0) & (y <= 1)).all():
        raise InputError(say("errors: expected rates from 0 to 1, such as 0.081, got {got}; a percentage is divided by "
                             "100", got=y[(y < 0) | (y > 1)].tolist()[0]))
