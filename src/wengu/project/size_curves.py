"""`wengu learning-curve RUN --over width`: the run's network trained again narrower and wider, on the same data.

    widths    w/4, w/2, w, 2w of the run's own; the axis is the number of parameters
    kept      RUN/learning-curve/width-<w>, each a run, so that Ctrl-C loses nothing

What they say stands in adviser/size_curve.py, and the advice of the run remembers it.
"""

from __future__ import annotations

from pathlib import Path

from wengu.adviser.diagnose import judge
from wengu.adviser.size_curve import SizeCurve
from wengu.adviser.widths import FOLDER, size_curve
from wengu.core.checks import InputError
from wengu.core.console import Console
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.project.again import ended, fit_again
from wengu.project.diagnose import write_report
from wengu.project.learning_curves import stopped
from wengu.recipes import recipe

TIMES = (0.25, 0.5, 1.0, 2.0)


def size_curve_of(path: str | Path, *, console: Console | None = None, quiet: bool = False) -> SizeCurve | None:
    """Train the run's network narrower and wider, and say what its size brings; None after Ctrl-C.

    Raises InputError where the run has not ended, or its network has no width to be set.
    """
    run = RunFolder.open(path)
    if not ended(run):
        raise InputError(say("{path} has not ended; continue it first", path=run.path))
    facts = run.facts()
    own = run.settings()[0].get("width")
    listed = getattr(recipe(facts["recipe"]), "NETWORKS", {})
    if own is None:
        wide = [name for name, entry in listed.items() if "width" in entry.options]
        raise InputError(say("--over width: {network} has no width that can be set; it is for {networks}",
                             network=facts["network"], networks=", ".join(wide) or say("none")))
    if console is None and not quiet:
        console = Console(soft_wrap=True)
    runs = {float(own): run}
    for width in sorted(own * times for times in TIMES):
        folder = run.path / FOLDER / f"width-{width:g}"
        if width != own and not fit_again(run, folder, changes={"width": width},
                                          how={"console": console, "quiet": quiet or console is None}):
            stopped(console, run, " --over width")
            return None
        runs[width] = run if width == own else RunFolder.open(folder)
    with run:
        write_report(run, judge(run))
    return size_curve(run, runs)
