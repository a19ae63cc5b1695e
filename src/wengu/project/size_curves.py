"""`wengu learning-curve RUN --over width`: the run's network trained again narrower and wider, on the same data.

    widths    w/4, w/2, w, 2w of the run's own; the axis is the number of parameters
    kept      RUN/learning-curve/width-<w>, each a run, so that Ctrl-C loses nothing

The law is that of the amount of data, of parameters instead of examples: dev error = a + b (p/P)^-c. Where train gains
and dev does not, the network is large enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wengu.adviser.data_curve import Point, table_of
from wengu.adviser.quantities import parameters_of
from wengu.core.checks import InputError
from wengu.core.console import Console
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.practice import LearningCurve, learning_curve
from wengu.practice.learning_curve import LEAST
from wengu.practice.metric_words import Facts, amount, interval, on_dev
from wengu.practice.metric_words import gap as gap_in_words
from wengu.project.again import ended, fit_again
from wengu.project.learning_curves import FOLDER, stopped
from wengu.recipes import recipe
from wengu.running.metric import judged_by

TIMES = (0.25, 0.5, 1.0, 2.0)


@dataclass(frozen=True)
class SizeCurve:
    """What networks of several widths are worth on the same data, the narrowest first: width, parameters, values."""

    points: tuple[tuple[float, int, Point], ...]
    metric: Facts
    own: float  # the run's width

    @property
    def curve(self) -> LearningCurve | None:
        """The law of dev over parameters; None where the metric is no error of counted examples."""
        counts = [point.n for _, _, point in self.points]
        if self.metric["name"] != "error" or len(self.points) < LEAST or None in counts:
            return None
        return learning_curve([size for _, size, _ in self.points], [point.dev for *_, point in self.points],
                              [float(n or 0) for n in counts])

    def __str__(self) -> str:
        rows = [([f"{width:g}", f"{size:,}"], point) for width, size, point in self.points]
        return "\n".join([table_of([say("width"), say("parameters")], rows, self.metric), "", *self.sentences])

    @property
    def sentences(self) -> tuple[str, ...]:
        """What it says of a larger network."""
        curve = self.curve
        if curve is None:
            return ()
        twice, (points, ends) = curve.at(2 * curve.most), curve.gain()
        gain = f"{gap_in_words(self.metric, points)} {interval(self.metric, *ends)}"
        said = say("Twice as many parameters as the widest: {dev} {value} {interval}.", dev=on_dev(self.metric),
                   value=amount(self.metric, twice.value), interval=interval(self.metric, twice.low, twice.high))
        match curve.verdict():
            case "gains":
                return said, say("That gains {gain}: a larger network helps.", gain=gain)
            case "flat":
                return said, say("That gains {gain}, less than matters: the network is large enough.", gain=gain)
        return said, say("That gains {gain}: it cannot be told whether a larger network helps.", gain=gain)


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
    found = []
    for width in sorted(own * times for times in TIMES):
        folder = run.path / FOLDER / f"width-{width:g}"
        if width != own and not fit_again(run, folder, changes={"width": width},
                                          how={"console": console, "quiet": quiet or console is None}):
            stopped(console, run, " --over width")
            return None
        one = run if width == own else RunFolder.open(folder)
        found.append((width, parameters_of(one), Point.of(one)))
    return SizeCurve(tuple(found), judged_by(run), own)
