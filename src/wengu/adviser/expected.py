"""What the remedies of a cause bring at most, in words: the gap, if they close all of it.                [notes 15.6]

    a gap with one cause       at most so many points, and the interval of that
    or another distribution    nobody can tell: part of the gap may be that
    a gap that cannot be told  nothing is said; what would decide it comes first
    more data                  nothing of the gap either: a learning curve tells (more_data.py)

Source: ours. No remedy closes more than the gap that it is for; how much of it cannot be known before it is tried.
"""

from __future__ import annotations

from wengu.core.i18n import say
from wengu.practice import Gap, Ledger
from wengu.practice.metric_words import gap as gap_in_words
from wengu.practice.metric_words import interval


def expected(ledger: Ledger) -> dict[str, list[str]]:
    """Of each cause what its first remedy says, and what the others do."""
    return {gap.name: _of(gap, ledger) for gap in ledger.gaps if gap.verdict == "cause"}


def _of(gap: Gap, ledger: Ledger) -> list[str]:
    if ledger.may_be_mismatch(gap):
        return [say("part of the gap may be another distribution, so nobody can tell what this gains"), ""]
    points = gap_in_words(ledger.metric, gap.points)
    sure = "" if gap.low is None or gap.high is None else f" {interval(ledger.metric, gap.low, gap.high)}"
    return [say("gains at most {gap}, if it closes the whole gap", gap=f"{points}{sure}"),
            say("gains at most {gap}", gap=points)]
