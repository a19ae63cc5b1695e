"""A run beside the others of the same task: what was tried already, and which of them did best."""

from __future__ import annotations

import math
from dataclasses import replace

from wengu.adviser.compare import dev_difference
from wengu.adviser.difference import Difference
from wengu.adviser.run_context import RunContext
from wengu.adviser.same_task import beside, same_task
from wengu.adviser.what_differs import with_the_same
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.practice import Ledger, Metric
from wengu.running.metric import judged_by

MOST = 200  # the newest ones


def context(run: RunFolder) -> RunContext:
    """All that advice needs to know of the run, the cost of every epoch and the runs beside it too."""
    costs = [row.get("cost") for row in run.metrics() if "epoch" in row]
    return replace(RunContext.of(run), costs=[math.nan if cost is None else float(cost) for cost in costs],
                   attempts=attempts(run))


def attempts(run: RunFolder) -> tuple[RunContext, ...]:
    """Those that have ended and been judged; a damaged neighbour is no concern of this run."""
    found = []
    for other in beside(run):
        try:
            if same_task(run, other):
                found.append((other.facts()["created"], RunContext.of(other)))
        except (InputError, OSError):
            continue
    return tuple(context for _, context in sorted(found, key=lambda one: str(one[0]))[-MOST:])


def better_one(run: RunFolder, metric: Metric) -> tuple[RunFolder, Difference] | None:
    """The best run of the same dev examples, if it did better than this one, and by how much.

    What the next steps start from need not be better beyond doubt: a change that gained nothing is not kept. One that
    differs in the seed alone is no better start.
    """
    sign = 1 if metric.direction == "lower" else -1
    known = []
    for other in beside(run):
        try:
            if other.facts().get("task") == run.facts().get("task") and judged_by(other)["name"] == metric.name \
                    and with_the_same(other) != with_the_same(run):
                rows = Ledger.from_dict(other.read_json("ledger.json")).rows
                known.append((sign * next(row.value for row in rows if row.set == "dev"), str(other.path), other))
        except (InputError, OSError, StopIteration):
            continue
    if not known:
        return None
    best = min(known)[2]
    try:
        gain = dev_difference(best, run)
    except (InputError, OSError):
        return None
    return (best, gain) if sign * gain.points < 0 else None
