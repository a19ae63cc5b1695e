"""A run beside the others of the same task: what was tried already, and which of them did best."""

from __future__ import annotations

import math
from dataclasses import replace
from importlib.util import find_spec

from wengu.adviser.compare import dev_difference
from wengu.adviser.data_curve import DataCurve, curve_of
from wengu.adviser.difference import Difference
from wengu.adviser.run_context import RunContext
from wengu.adviser.same_task import beside, same_source, same_task
from wengu.adviser.size_curve import SizeCurve
from wengu.adviser.what_differs import with_the_same
from wengu.adviser.widths import widths_of
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.core.safe_read import is_file
from wengu.data import holds_photographs, known_weights
from wengu.practice import Ledger, Metric, described
from wengu.recipes.zoo import from_zoo
from wengu.running.metric import judged_by

MOST = 200  # the newest ones
NOISE = 1e-9  # 0.12 - 0.11 is not quite 0.01
FAR_MORE = 10  # times the examples, as training/transfer_fits.py has it


def context(run: RunFolder) -> RunContext:
    """All that advice needs to know of the run, the cost of every epoch and the runs beside it too."""
    costs = [row.get("cost") for row in run.metrics() if "epoch" in row]
    known = RunContext.of(run)
    return replace(known, costs=[math.nan if cost is None else float(cost) for cost in costs], attempts=attempts(run),
                   curve=_curve(run), widths=_widths(run), source=_source(run, known))


def attempts(run: RunFolder) -> tuple[RunContext, ...]:
    """Those of the same data that have ended and been judged; a damaged neighbour is no concern of this run."""
    found = []
    for other in beside(run):
        try:
            if same_task(run, other) and same_source(run, other):
                found.append((other.facts()["created"], RunContext.of(other)))
        except (InputError, OSError):
            continue
    return tuple(context for _, context in sorted(found, key=lambda one: str(one[0]))[-MOST:])


def _curve(run: RunFolder) -> DataCurve | None:
    """The learning curve; a damaged one is no reason to give no advice."""
    try:
        return curve_of(run)
    except (InputError, OSError):
        return None


def _widths(run: RunFolder) -> SizeCurve | None:
    """What the widths that were tried say; where that cannot be read, nothing."""
    try:
        return widths_of(run)
    except (InputError, OSError):
        return None


def _source(run: RunFolder, known: RunContext) -> str:
    """Weights that the run could have begun with: of the run beside it that saw the most, of those that saw far more.

    The same network on another task; else those that the network's makers publish, where their package is here.
    """
    if known.settings.get("from", "") not in ("", "none"):
        return ""
    package = known.network.partition(":")[0]
    published = "pretrained" if from_zoo(known.network) and find_spec(package) else _published(known)
    found: list[tuple[int, str]] = []
    own = _body(run)
    for other in beside(run):
        try:
            theirs = RunContext.of(other)
            if (theirs.recipe, theirs.network) == (known.recipe, known.network) and not same_task(run, other) \
                    and theirs.examples >= FAR_MORE * known.examples and _body(other) == own and own:
                found.append((theirs.examples, str(other.path)))
        except (InputError, OSError):
            continue
    return max(found)[1] if found else published


def _published(known: RunContext) -> str:
    """'published', where the network is, and what is learned from is photographs in colour, as ImageNet's are."""
    fits = known.recipe == "pictures" and known_weights(known.network)
    return "published" if fits and holds_photographs(str(known.settings.get("data", ""))) else ""


def _body(run: RunFolder) -> dict[str, tuple[int, ...]]:
    """The shapes of all parameters below the last layer, which a transfer takes over; none where they are not known."""
    if not is_file(run.path / "parameters.json"):
        return {}
    rows = run.read_json("parameters.json")["parameters"]
    return {row["name"]: tuple(row["shape"]) for row in rows if row["layer"] != rows[-1]["layer"]}


def better_one(
    run: RunFolder, metric: Metric, *, worth: float | None = None
) -> tuple[RunFolder, Difference] | None:
    """The best run of the same dev examples, if it did better than this one by the worth, or clearly; and by how much.

    By less nobody knows which is the better start, and the next card might go back. A change that gained nothing at
    all is not kept: of those that are as good it is the one with the fewest settings of its own. One that differs in
    the seed alone is no better start.
    """
    worth = described(metric)["worth"] if worth is None else worth
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
    first = min(known)[0]
    own, _, best = min((_own_settings(other), path, other) for value, path, other in known if value == first)
    try:
        gain = dev_difference(best, run)
    except (InputError, OSError):
        return None
    simpler = gain.points == 0 and own < _own_settings(run)
    better = sign * gain.points <= NOISE - worth or gain.verdict == "better"
    return (best, gain) if better or simpler else None


def _own_settings(run: RunFolder) -> float:
    """How many settings are not the usual ones; of a run that does not say it, more than of any other."""
    try:
        return len(RunContext.of(run).attempt)
    except (InputError, OSError):
        return math.inf
