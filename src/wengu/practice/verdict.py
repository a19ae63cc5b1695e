"""The verdict on each gap between two sets: a cause, not a cause, or cannot tell.                     [notes 15]

    cause          points ≥ worth,  points ≥ ½ largest gap,  and surely not 0, where there are intervals
    cannot tell    the first two hold, but 0 may be; or nothing is a cause, and this gap may yet be one: its interval
                   reaches the worth, or it is below half of a largest gap that is itself not certain; or a bias on
                   train that an easier set after it does not have, so that it may be train's labels
    not a cause    all else

    surely not 0   the interval leaves it out; of several gaps by Holm: of those in order of their p, the one after
                   which k-1 follow needs p ≤ α/k, so that one false cause in all is rarer than α
    worth          a point; of a small error three quarters of dev's, which is then four times train's

    easier         points <= -worth and the interval below 0: the later of two sets is the easier one; the data is to be
                   looked at before any cause

    examples that tell four times in five, if the gap stays as it is:  half-width w ~ 1/√n,  so
    n' = n (w / free · (z + z_0.8)/z)²;  of a set without any error w ~ 1/(n+z²),  so  n' + z² = (n + z²) w / free

Source: the notes judge their tables by eye ('high bias', 'high variance', 'both', 'good'); the worth and the half are
ours, and give the notes' answer on each of them. Holm 1979, Scandinavian Journal of Statistics 6(2). Points are
positive where the later set is worse.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import NormalDist
from typing import Literal

from wengu.practice.metric_words import Direction, Facts

Cause = Literal["bias", "variance", "mismatch", "overfitted dev"]
Verdict = Literal["cause", "not a cause", "cannot tell"]
Why = Literal[
    "clear",  # a cause
    "below worth", "below half",  # not a cause
    "holds 0", "one of several", "reaches worth", "largest unsettled", "not on easier",  # cannot tell
]
OUT_OF_REACH = 10_000_000
POWER = 0.8  # how often the examples that are asked for decide
OF_DEV = 3 / 4
FAR = 0.2  # that people are worse than train; what was memorised is a few points better
_normal = NormalDist()
NOISE = 1e-9  # 0.12 - 0.11 is not quite 0.01


@dataclass(frozen=True)
class LedgerRow:
    """One set's value, the number of examples behind it, and its interval; None where unknown.

    `few` has the class of which there is too little to judge by, and how much there is; then the interval says nothing.
    """

    set: str
    value: float
    n: int | None = None
    low: float | None = None
    high: float | None = None
    few: dict[str, int] = field(default_factory=dict)
    groups: int | None = None  # whose examples err together

    @property
    def pieces(self) -> int | None:
        """How many there are of what errs by itself: groups, or examples."""
        return self.groups or self.n


@dataclass(frozen=True)
class Gap:
    """How much worse a model is on `end` than on `start`; `needed` examples of a set would decide what is uncertain."""

    name: Cause
    start: str
    end: str
    points: float
    low: float | None = None
    high: float | None = None
    verdict: Verdict = "not a cause"
    why: Why = "below worth"
    needed: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Judgement:
    """What was measured, the gaps with their verdicts, and by what rule: the metric's facts, with the worth in use.

    `unlike` are sets that a classifier can tell from the one before (two_samples.py): dev from train, test from dev.
    `in_doubt` are sets with which something is wrong (suspicions.py), so that what they say of the model may not be so.
    Of an `unknown_source`, as of predictions alone, nobody has looked whether train and dev are alike.
    """

    rows: tuple[LedgerRow, ...]
    gaps: tuple[Gap, ...]
    metric: Facts
    level: float
    unlike: tuple[str, ...]
    in_doubt: tuple[str, ...]
    unknown_source: bool

    @property
    def worth(self) -> float:
        """The least gap that matters."""
        return self.metric["worth"]

    @property
    def direction(self) -> Direction:
        """Whether a lower or a higher value is better."""
        return self.metric["direction"]

    @property
    def causes(self) -> tuple[Cause, ...]:
        return tuple(gap.name for gap in self.gaps if gap.verdict == "cause")

    @property
    def cause(self) -> str:
        """'variance', 'bias and variance', 'none' or 'cannot tell yet'."""
        unsure = any(gap.verdict == "cannot tell" for gap in self.gaps)
        return " and ".join(self.causes) or ("cannot tell yet" if unsure else "none")

    def may_be_mismatch(self, gap: Gap) -> bool:
        """Whether another distribution may be behind a gap as well: its sets are not alike, or the next is far easier.

        Where train errs on 2 %, dev on 90 and test on 3, it is dev that is the odd one.
        """
        if gap.name not in ("variance", "overfitted dev"):
            return False
        unseen = self.unknown_source and gap.name == "variance" and gap.end == "dev"
        return unseen or gap.end in self.unlike or any(one.start == gap.end for one in self.reversed)

    @property
    def reversed(self) -> tuple[Gap, ...]:
        """The gaps between sets on the wrong side of 0, surely and by the worth: the later set is easier.

        People may be worse than the model; but of one kind of data no set is easier than what was trained on.
        """
        return tuple(gap for gap in self.gaps if _is_reversed(gap, self.worth, self.level))

    @property
    def too_bad_people(self) -> Gap | None:
        """The gap from people to train, where people are so much worse that they were hardly measured right."""
        return next((gap for gap in self.gaps if gap.name == "bias" and self.metric["scale"] == "rate"
                     and gap.points <= NOISE - FAR and (gap.high is None or gap.high < 0)), None)

    @property
    def possible_bias(self) -> float | None:
        """What train is from the best that there can be, where nobody says what people reach and it may be the more.

        None where bias is judged, where it would be smaller than a gap that is, or not worth it, and of no rate.
        """
        value = {row.set: row.value for row in self.rows}
        if "human" in value or self.metric["scale"] != "rate":
            return None
        most = value["train"] if self.direction == "lower" else 1 - value["train"]
        return most if most >= max(self.worth, *(gap.points for gap in self.gaps)) - NOISE else None

    @property
    def judged(self) -> Literal["intervals", "points"]:
        return "points" if any(gap.low is None for gap in self.gaps) else "intervals"

    @property
    def needed(self) -> dict[str, int]:
        """How many examples, or groups, each set should have in all, so that every gap could be judged."""
        each = [item for gap in self.gaps for item in gap.needed.items()]
        return {name: max(n for other, n in each if other == name) for name, _ in each}

    @property
    def worse_than_human(self) -> bool | None:
        """Is the model worse on dev than people are? None where human error is unknown."""
        value = {row.set: row.value for row in self.rows}
        return sign(self.direction) * (value["dev"] - value["human"]) > 0 if "human" in value else None


def sign(direction: Direction) -> int:
    """1 where a larger value is worse, else -1."""
    return 1 if direction == "lower" else -1


def worth_of(metric: Facts, dev: float) -> float:
    """The least gap that matters where nobody says which: the metric's own, of a small error a share of it.

    >>> from wengu.practice import ErrorRate, described
    >>> worth_of(described(ErrorRate()), dev=0.11), round(worth_of(described(ErrorRate()), dev=0.008), 6)
    (0.01, 0.006)
    """
    error = dev if metric["direction"] == "lower" else 1 - dev
    return min(metric["worth"], OF_DEV * error) if metric["scale"] == "rate" and error > 0 else metric["worth"]


def judge(
    gaps: Sequence[Gap], rows: Sequence[LedgerRow], worth: float, level: float = 0.95, after: Gap | None = None
) -> tuple[Gap, ...]:
    """The gaps with their verdicts, reasons and needed examples.

    after: the gap from people to the set after train, which a bias must show too where that set is the easier one.

    >>> judge([Gap("bias", "human", "train", .001), Gap("variance", "train", "dev", .1)], [], .01)[1].verdict
    'cause'
    """
    denied = (after is not None and not (after.points >= worth - NOISE and _above_0(after))
              and any(gap.name == "variance" and gap.high is not None and gap.points <= NOISE - worth for gap in gaps))
    largest = max((gap.points for gap in gaps if not (denied and gap.name == "bias")), default=0.0)
    sure = _surely_not_0(gaps, level)
    whys = [_at_first_sight(gap, worth, largest, is_sure) for gap, is_sure in zip(gaps, sure, strict=True)]
    if denied:
        whys = ["not on easier" if gap.name == "bias" and why == "clear" else why
                for gap, why in zip(gaps, whys, strict=True)]
    if "clear" not in whys:
        whys = [_without_a_cause(gap, why, worth) for gap, why in zip(gaps, whys, strict=True)]
    by_set = {row.set: row for row in rows}
    return tuple(
        replace(gap, verdict=_verdict(why), why=why, needed=_needed(gap, why, by_set, worth, level))
        for gap, why in zip(gaps, whys, strict=True)
    )


def _surely_not_0(gaps: Sequence[Gap], level: float) -> list[bool]:
    """Which gaps are above 0 in spite of how many there are; the p of each is read off its interval."""
    alpha, sure = 1 - level, [gap.low is None for gap in gaps]
    z = -_normal.inv_cdf(alpha / 2)
    p = {i: 2 * _normal.cdf(-z * gap.points / max(gap.points - gap.low, NOISE))
         for i, gap in enumerate(gaps) if gap.low is not None and gap.points > 0}
    for k, i in zip(range(len(gaps), 0, -1), sorted(p, key=lambda i: p[i]), strict=False):
        if p[i] > alpha / k or not _above_0(gaps[i]):
            break
        sure[i] = True
    return sure


def _is_reversed(gap: Gap, worth: float, level: float) -> bool:
    """Whether the later of two sets is the easier one, by the worth, and surely for either of two gaps."""
    if gap.name == "bias" or gap.high is None or gap.points > NOISE - worth:
        return False
    alpha = 1 - level
    return gap.points + (gap.high - gap.points) * _normal.inv_cdf(alpha / 4) / _normal.inv_cdf(alpha / 2) < 0


def _above_0(gap: Gap) -> bool:
    return gap.low is not None and gap.low > NOISE


def _at_first_sight(gap: Gap, worth: float, largest: float, sure: bool) -> Why:
    if gap.points < worth - NOISE:
        return "below worth"
    if gap.points < largest / 2 - NOISE:
        return "below half"
    if sure:
        return "clear"
    return "one of several" if _above_0(gap) else "holds 0"


def _without_a_cause(gap: Gap, why: Why, worth: float) -> Why:
    """Nothing is a cause: then a gap that may yet be one is not called none."""
    if why == "below worth" and gap.high is not None and gap.high >= worth - NOISE:
        return "reaches worth"
    return "largest unsettled" if why == "below half" else why  # a settled largest gap would be a cause


def _verdict(why: Why) -> Verdict:
    if why == "clear":
        return "cause"
    return "not a cause" if why in ("below worth", "below half") else "cannot tell"


def _needed(
    gap: Gap, why: Why, rows: Mapping[str, LedgerRow], worth: float, level: float
) -> dict[str, int]:
    """How many examples a set should have in all; of the less certain set alone, where that is enough."""
    if gap.low is None or gap.high is None or why not in ("holds 0", "one of several", "reaches worth"):
        return {}
    if rows and (rows[gap.start].few or rows[gap.end].few):  # of how rare the class is nothing is known
        return {}
    up = why == "reaches worth"
    free = worth - gap.points if up else gap.points
    width = max(gap.high - gap.points if up else gap.points - gap.low, (gap.high - gap.low) / 2)
    own = {row.set: ((row.high - row.low) / 2) ** 2 for name in (gap.start, gap.end)
           if (row := rows[name]).low is not None and row.high is not None}
    share = {name: width**2 * square / sum(own.values()) for name, square in own.items()}  # of the gap's width²
    noisy = max(share, key=lambda name: share[name])
    rest = sum(share.values()) - share[noisy]
    if free**2 > 2 * rest:  # else the other set needs more as well, or the noisy one very many
        wanted = {noisy: share[noisy] / (free**2 - rest)}
    else:
        wanted = dict.fromkeys(share, (width / max(free, NOISE)) ** 2)
    z = _normal.inv_cdf((1 + level) / 2)
    needed = {}
    for name, times in wanted.items():
        n = rows[name].pieces or 0
        without_any = (n + z * z) * math.sqrt(times) - z * z
        needed[name] = _two_digits(without_any if rows[name].value in (0, 1)
                                   else n * times * (1 + _normal.inv_cdf(POWER) / z) ** 2)
    return needed if max(needed.values()) <= OUT_OF_REACH else {}


def _two_digits(x: float) -> int:
    """The next number above x with two digits that count: 1234 -> 1300."""
    step = int(10 ** max(0, math.floor(math.log10(max(x, 1))) - 1))
    return (math.floor(x) // step + 1) * step
