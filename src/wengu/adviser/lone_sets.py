"""What predictions say without those of the training set or of dev: each value with its interval, and no cause.

    dev alone      how good the model is, and whether it is better than always one answer; against people, how far it is
    what is not    a cause is a gap: bias and variance need train, and what one set has over another needs both
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wengu.adviser.asked_for import LEVEL, level_in_words
from wengu.adviser.beside import no_better
from wengu.adviser.card import which_is_better
from wengu.core.i18n import padded, say
from wengu.practice import Estimate, Metric, Records, baselines, described, estimate
from wengu.practice.human import Human
from wengu.practice.ledger_words import how_sure, set_name
from wengu.practice.metric_words import Facts, amount, gap, units
from wengu.practice.verdict import LedgerRow, sign

NEEDED = ("train", "dev")
FIRST = ("dev", "test", "train-dev", "train")
"""The set that is spoken of, the first that there is."""


@dataclass(frozen=True)
class LoneSets:
    """The sets that there are, measured; printed in lines, with what the missing ones would tell."""

    metric: Facts
    rows: tuple[LedgerRow, ...]
    human: Human | None = None
    no_better: str = ""  # than always the commonest answer
    level: float = LEVEL  # of the intervals

    @property
    def missing(self) -> tuple[str, ...]:
        """Of train and dev those without predictions."""
        return tuple(name for name in NEEDED if name not in {row.set for row in self.rows})

    def __str__(self) -> str:
        first = min(self.rows, key=lambda row: FIRST.index(row.set))
        lines = [] if self.metric["name"] == "error" else [which_is_better(self.metric)]
        lines += [] if self.level == LEVEL else [f"{level_in_words(self.level)} (--level {self.level:g})"]
        lines += map(self._line, self.rows)
        if self.human is not None:
            worse = sign(self.metric["direction"]) * (first.value - self.human.value)
            points = gap(self.metric, abs(worse))
            lines.append(say("{set} is {points} worse than people.", set=set_name(first.set), points=points)
                         if worse > 0 else say("{set} is no worse than people.", set=set_name(first.set)))
        lines += filter(None, [self.no_better])
        if "train" in self.missing:
            lines.append(say("There are no predictions of the training set, so whether bias or variance is the cause "
                             "cannot be told; add rows with the set train."))
        else:
            lines.append(say("There are no predictions of dev, so how the model does on new examples cannot be told; "
                             "add rows with the set dev."))
        return "\n".join(f"  {line}" for line in lines)

    def _line(self, row: LedgerRow) -> str:
        sure = how_sure(self.metric, row)
        told = units(self.metric, row.n) if row.n else ""
        return f"{padded(set_name(row.set), 10)} {amount(self.metric, row.value):>8}  {sure:<14} {told}".rstrip()


def lone_sets(
    records: Mapping[str, Records],
    metric: Metric,
    *,
    human: float | str | None = None,
    level: float | None = None,
) -> LoneSets:
    """Each of these sets by the metric; `human` is what people reach by it. Raises InputError for no rate."""
    level = LEVEL if level is None else level
    reached = None if human is None else Human.of(human, rate=metric.scale == "rate")
    facts = described(metric)
    rows = tuple(_row(name, estimate(some, metric), level) for name, some in records.items())
    first = records[min(records, key=FIRST.index)]
    plain = no_better(baselines(first, first, metric), facts, None) if FIRST[0] in records else ""
    return LoneSets(facts, rows, reached, plain, level)


def _row(name: str, measured: Estimate, level: float) -> LedgerRow:
    low, high = measured.interval(level) or (None, None)
    groups = measured.pieces if measured.pieces != measured.n else None
    return LedgerRow(name, measured.value, measured.n, low, high, measured.few, groups)
