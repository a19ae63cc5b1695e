"""What was asked for by --level and --worth, where it is not what would be taken anyway: in a line on the card."""

from __future__ import annotations

from wengu.core.i18n import say
from wengu.core.printable import shell_word
from wengu.practice import Ledger
from wengu.practice.metric_words import Facts
from wengu.practice.metric_words import gap as gap_in_words
from wengu.practice.verdict import worth_of
from wengu.practice.yardstick import Yardstick

LEVEL = 0.95


def asked_for(given: Yardstick, ledger: Ledger, metric: Facts) -> str:
    """'By --level 0.9 --worth 0.005: 90% intervals; a gap matters from 0.5 points on.'; empty where both are usual.

    metric: with the worth that it has by itself.
    """
    flags, told = [], []
    if given.level is not None and given.level != LEVEL:
        flags.append(f"--level {given.level:g}")
        told.append(level_in_words(given.level))
    dev = next(row.value for row in ledger.rows if row.set == "dev")
    if given.worth is not None and given.worth != worth_of(metric, dev):
        flags.append(f"--worth {given.worth:g}")
        told.append(say("a gap matters from {worth} on", worth=gap_in_words(ledger.metric, given.worth)))
    return say("By {flags}: {told}.", flags=" ".join(flags), told=say("; ").join(told)) if told else ""


def flags_of(given: Yardstick, metric: str = "") -> str:
    """As `wengu diagnose` takes them: '--metric macro-f1 --level 0.9', so that what judges again does so alike."""
    told = {"metric": metric or None, "level": given.level, "worth": given.worth}
    return " ".join(f"--{name} {shell_word(value)}" for name, value in told.items() if value is not None)


def level_in_words(level: float) -> str:
    """'99.5% intervals'."""
    return say("{level} % intervals", level=f"{100 * level:g}")
