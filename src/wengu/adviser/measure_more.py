"""To measure on more, as a step: what would decide the gaps that cannot be told, counted as the card counts it."""

from __future__ import annotations

from collections.abc import Mapping

from wengu.adviser.more_data import is_ones_own, larger_of
from wengu.adviser.plan import Plan, joined
from wengu.core.i18n import say
from wengu.practice import Ledger, Remedy
from wengu.practice.ledger_words import TIMES, how_sure, in_reach, needed_in_words, open_gaps, set_name


def measure_more(plan: Plan, remedy: Remedy, ledger: Ledger) -> None:
    """The sets that need more and how many; where no number helps, why, and what does."""
    needed, few = ledger.needed, [row for row in ledger.rows if row.few]
    if needed and not in_reach(ledger):
        plan.tell(say("Take it as it is, or judge by another --worth: no amount of examples in reach would decide "
                      "about {gaps}, as that takes more than {times} times those that there are.",
                      gaps=open_gaps(ledger), times=TIMES), "")
    elif needed.keys() == {"human"}:
        plan.tell(say("Have people answer more: {needed}.", needed=needed_in_words(ledger)), remedy.why)
    elif needed:
        _on_more(plan, say("Measure on more: {needed}.", needed=needed_in_words(ledger)), remedy.why, needed)
    elif few:
        for row in few:
            plan.tell(say("Get more examples of the rare class in {set}.", set=set_name(row.set)), remedy.why,
                      how_sure(ledger.metric, row))
    else:
        plan.tell(say("Take it as it is, or judge by another --worth: a gap lies so near the line that a larger set "
                      "alone would hardly settle it."), "")


def bigger_dev(plan: Plan, remedy: Remedy, ledger: Ledger) -> None:
    """More examples of dev, which no learning curve tells of."""
    n = next(row.n for row in ledger.rows if row.set == "dev") or 0
    _on_more(plan, remedy.what, remedy.why, {"dev": n + 1}, say("there are {n} in dev now", n=f"{n:,}"))


def _on_more(plan: Plan, what: str, why: str, needed: Mapping[str, int], remark: str = "") -> None:
    """The command of the larger data set, if it has enough in each of the sets; of one's own data where to add."""
    name = plan.known.settings.get("data", "")
    larger = larger_of(name)
    has = {"train": larger[1].train, "dev": larger[1].dev} if larger else {}
    if larger and all(n <= has.get(one, -1) for one, n in needed.items()):
        plan.fit(what, why, say("{data} has {n} in dev", data=larger[0], n=f"{has['dev']:,}"), no_gain=True,
                 data=larger[0])
    else:
        where = say("add to {data}", data=name) if name and is_ones_own(name) else ""
        plan.tell(what, why, joined(where, remark))
