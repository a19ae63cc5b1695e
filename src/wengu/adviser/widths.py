"""The widths that `wengu learning-curve RUN --over width` tried of a run's network: what it knows of a larger one.

    RUN/learning-curve/width-<w>    each a run, of the same settings but for its width
"""

from __future__ import annotations

from collections.abc import Mapping

from wengu.adviser.data_curve import Point
from wengu.adviser.quantities import parameters_of
from wengu.adviser.run_context import RunContext
from wengu.adviser.size_curve import SizeCurve
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.core.safe_read import is_file
from wengu.practice import Ledger
from wengu.practice.learning_curve import LEAST
from wengu.running.metric import judged_by

FOLDER = "learning-curve"
ENDED = ("epochs", "early")


def widths_of(run: RunFolder) -> SizeCurve | None:
    """What the widths are worth that were tried and have ended; None of fewer than a curve needs.

    Raises InputError where the run itself cannot be read.
    """
    this = RunContext.of(run)
    own = this.settings.get("width")
    if own is None:
        return None
    found = {float(own): run}
    for path in run.path.glob(f"{FOLDER}/width-*/ledger.json"):
        try:
            other = RunFolder.open(path.parent)
            known = RunContext.of(other)
            if known.stopped in ENDED and this.same_but_for(known, "width"):
                parameters_of(other), Point.of(other)  # else it is no point of the curve
                found[float(known.settings["width"])] = other
        except (InputError, OSError, KeyError, TypeError):
            continue
    return size_curve(run, found) if len(found) >= LEAST and is_file(run.path / "ledger.json") else None


def size_curve(run: RunFolder, runs: Mapping[float, RunFolder]) -> SizeCurve:
    """The run and others by their width. Raises InputError where one has not been judged."""
    points = tuple((width, parameters_of(runs[width]), Point.of(runs[width])) for width in sorted(runs))
    ledger = Ledger.from_dict(run.read_json("ledger.json"))
    return SizeCurve(points, judged_by(run), float(run.settings()[0]["width"]), ledger.worth)
