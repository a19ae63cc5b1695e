"""The ledger: human, train, train-dev, dev and test side by side, and which gap is the cause.          [notes 15]

    bias = train - human        variance = train-dev - train, or dev - train where all data has one source
    mismatch = dev - train-dev  overfitted dev = test - dev         (signs flip where the metric's higher is better)

    >>> print(ledger(human=.009, train=.01, dev=.11))
    Cause: high variance.
    human to train (bias): 0.1 points, not a cause: less than 1.0 points.
    train to dev (variance): 10.0 points, a cause: at least 1.0 points and at least half the largest gap.
    Judged by the gaps alone; with the number of examples of each set it would be judged by intervals.

Source: the notes' tables of human, train and test error. Human error is what is given, taken as exact unless `n` counts
it, or unknown: then bias is not judged. The rule of the verdict is in verdict.py, the intervals in intervals.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from wengu.core.checks import InputError, at_least, fraction, one_of, positive
from wengu.core.i18n import say
from wengu.practice.estimate import TIMES, Estimate, difference, estimate, estimate_rate
from wengu.practice.fitting import check_fits
from wengu.practice.human import Human
from wengu.practice.ledger_words import sentences
from wengu.practice.metric import Metric, described
from wengu.practice.metric_words import Direction, Facts, facts_of
from wengu.practice.metrics import ERROR
from wengu.practice.multi_label import MultiLabelError
from wengu.practice.records import Records
from wengu.practice.verdict import Cause, Gap, Judgement, LedgerRow, judge, sign, worth_of

SETS = ("human", "train", "train-dev", "dev", "test")


@dataclass(frozen=True)
class Ledger(Judgement):
    """The judgement in words, and as plain values for ledger.json."""

    metric: Facts = field(default_factory=lambda: described(ERROR))
    level: float = 0.95
    unlike: tuple[str, ...] = ()
    in_doubt: tuple[str, ...] = ()
    unknown_source: bool = False

    def sentences(self) -> tuple[str, ...]:
        """All of it in words, the cause first, in the language spoken now."""
        return sentences(self)

    def __str__(self) -> str:
        return "\n".join(self.sentences())

    def to_dict(self) -> dict[str, Any]:
        """Plain values for ledger.json; from worth on for other readers."""
        return {"format": 2, **asdict(self), "worth": self.worth, "direction": self.direction,
                "cause": "in doubt" if self.in_doubt else self.cause, "judged": self.judged, "needed": self.needed}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Ledger:
        """The ledger that `to_dict` wrote; also one of format 1, which knew its metric by worth and direction alone."""
        if (got := values.get("format")) not in (1, 2):
            raise InputError(say("ledger: expected format 1 or 2, got {got}; measure again", got=got))
        try:
            rows = tuple(LedgerRow(**row) for row in values["rows"])
            gaps = tuple(Gap(**gap) for gap in values["gaps"])
            facts = facts_of(values["metric"]) if got == 2 else _facts_of_format_1(rows, values)
            return cls(rows, gaps, facts, values["level"], tuple(values.get("unlike", ())),
                       tuple(values.get("in_doubt", ())), bool(values.get("unknown_source", False)))
        except (KeyError, TypeError) as error:
            raise InputError(
                say("ledger: expected what Ledger.to_dict wrote, got something else ({problem}); measure again",
                    problem=error)
            ) from error


def ledger(
    *,
    train: float | None,
    dev: float | None,
    human: float | None = None,
    train_dev: float | None = None,
    test: float | None = None,
    n: int | Mapping[str, int] | None = None,
    worth: float | None = None,
    direction: Direction = "lower",
    level: float = 0.95,
) -> Ledger:
    """The ledger of bare rates from 0 to 1: error rates, or accuracies with direction="higher".

    train, dev               the rates that there must be
    human, train_dev, test   the others; None where unknown
    n                        how many examples each was measured on: one number for all sets but human, or as in
                             {"train": 60000, "dev": 10000}
    worth                    the least gap that matters, 0.01 being one point, which it is by default; of a dev error
                             below 1.3 points three quarters of that
    direction                which rate is better
    level                    of the intervals

    Raises InputError without train and dev.

    >>> book = ledger(train=.10, dev=.13, n=300)
    >>> book.cause, book.needed
    ('cannot tell yet', {'train': 1900, 'dev': 1900})
    """
    given = dict(zip(SETS, (human, train, train_dev, dev, test), strict=True))
    rates = {name: _rate(name, value) for name, value in given.items() if value is not None}
    counts = _counts(n, rates)
    return _of(
        {name: estimate_rate(rate, counts[name]) if name in counts else Estimate(rate)
         for name, rate in rates.items()},
        facts=_rates(one_of("direction", direction, ("lower", "higher"))), worth=worth, level=level,
    )


def ledger_of(
    records: Mapping[str, Records],
    *,
    human: float | str | None = None,
    metric: Metric = ERROR,
    worth: float | None = None,
    level: float = 0.95,
    resamples: int = TIMES,
    seed: int = 0,
) -> Ledger:
    """The ledger of predictions: {"train": Records(truth, predicted), "dev": ..., "train-dev", "test"}.

    records     what was predicted for each set
    human       the value that people reach, "5/100" where it was counted; None where unknown
    metric      what the rows of truth and predicted come to; they are resampled, by group where there are groups, so
                that mAP resamples pictures and BLEU sentences; of several labels those that every set has some of
    worth       the least gap that matters, by default the metric's own, of a small error three quarters of dev's
    level       of the intervals
    resamples   how many are drawn, of what is known by resampling alone
    seed        of the resamples

    >>> rows = Records(["cat", "dog"] * 500, ["cat"] * 1000)
    >>> ledger_of({"train": rows, "dev": rows}, human=0).cause
    'bias'
    """
    for name, rows in records.items():
        one_of("records", name, SETS[1:])
        if not isinstance(rows, Records):
            raise TypeError(say("records: expected Records for {name}, got {got}", name=name, got=type(rows).__name__))
        check_fits(metric, rows)
    if isinstance(metric, MultiLabelError):
        metric = metric.on_all_of(records)
    estimates = {}
    if human is not None:
        reached = Human.of(human, rate=metric.scale == "rate")
        estimates["human"] = Estimate(reached.value) if reached.n is None else estimate_rate(reached.value, reached.n)
    for name, rows in records.items():
        estimates[name] = estimate(rows, metric, resamples=resamples, generator=_generator(seed, name))
    return _of(estimates, facts=described(metric), worth=worth, level=level)


def _rates(direction: str, worth: float = ERROR.worth) -> Facts:
    """The facts of bare rates."""
    return {**described(ERROR), "worth": worth} if direction == "lower" else Facts(
        name="accuracy", direction="higher", scale="rate", unit="example", worth=worth)


def _facts_of_format_1(rows: Sequence[LedgerRow], values: Mapping[str, Any]) -> Facts:
    """Rates, unless a value lies outside of [0, 1]."""
    facts = _rates(values["direction"], values["worth"])
    return facts if all(0 <= row.value <= 1 for row in rows) else {**facts, "scale": "number"}


def _of(estimates: Mapping[str, Estimate], *, facts: Facts, worth: float | None, level: float) -> Ledger:
    fraction("level", positive("level", _number("level", level)))
    for name in ("train", "dev"):
        if name not in estimates:
            raise InputError(
                say("{name}: expected a measured value, got none; the ledger needs train and dev", name=name)
            )
    if worth is None:
        worth = worth_of(facts, estimates["dev"].value)
    facts = {**facts, "worth": float(positive("worth", _number("worth", worth)))}
    pairs: dict[Cause, tuple[str, str]] = {
        "bias": ("human", "train"),
        "variance": ("train", "train-dev" if "train-dev" in estimates else "dev"),
        "mismatch": ("train-dev", "dev"),
        "overfitted dev": ("dev", "test"),
    }
    rows = tuple(_row(name, estimates[name], level) for name in SETS if name in estimates)
    gaps = [
        _gap(cause, start, end, estimates, sign(facts["direction"]), level)
        for cause, (start, end) in pairs.items() if start in estimates and end in estimates
    ]
    after = None
    if "human" in estimates:
        after = _gap("bias", "human", pairs["variance"][1], estimates, sign(facts["direction"]), level)
    return Ledger(rows, judge(gaps, rows, facts["worth"], level, after), facts, float(level))


def _row(name: str, measured: Estimate, level: float) -> LedgerRow:
    low, high = measured.interval(level) or (None, None)
    groups = measured.pieces if measured.pieces != measured.n else None
    return LedgerRow(name, measured.value, measured.n, low, high, measured.few, groups)


def _gap(
    cause: Cause,
    start: str,
    end: str,
    estimates: Mapping[str, Estimate],
    sign: int,
    level: float,
) -> Gap:
    worse, better = (estimates[end], estimates[start])[::sign]  # of a score where higher is better, start - end
    low, high = difference(worse, better, level) or (None, None)
    return Gap(cause, start, end, worse.value - better.value, low, high)


def _generator(seed: int, name: str) -> np.random.Generator:
    """A stream for each set, so that a set's interval does not depend on which others are there."""
    return np.random.default_rng([int(at_least("seed", seed, 0)), SETS.index(name)])


def _rate(name: str, value: float) -> float:
    if not 0 <= _number(name, value) <= 1:
        hint = say("; for {value:g} % give {rate:g}", value=value, rate=value / 100) if 1 < value <= 100 else ""
        raise InputError(say("{name}: expected a rate from 0 to 1, got {got}{hint}", name=name, got=value, hint=hint))
    return float(value)


def _number(name: str, value: float) -> float:
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise TypeError(say("{name}: expected a number, got {got!r}", name=name, got=value))
    return float(value)


def _counts(n: int | Mapping[str, int] | None, rates: Mapping[str, float]) -> dict[str, int]:
    """The count of each set; for all measured sets or for none, as half of them would give no interval."""
    if n is None:
        return {}
    measured = [name for name in rates if name != "human"]
    given = {k.replace("_", "-"): v for k, v in n.items()} if isinstance(n, Mapping) else dict.fromkeys(measured, n)
    for name in given:
        one_of("n", name, SETS)
    if missing := [name for name in measured if name not in given]:
        raise InputError(say("n: expected a count for {sets} too, or none at all", sets=", ".join(missing)))
    counts = {}
    for name, count in given.items():
        if isinstance(count, bool) or not hasattr(count, "__index__"):
            raise TypeError(say("n[{name}]: expected a whole number, got {got!r}", name=name, got=count))
        if name in rates:
            counts[name] = int(at_least(f"n[{name}]", count, 1))
    return counts
