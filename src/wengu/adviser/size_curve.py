"""What networks of several widths are worth on the same data, and what that says of a larger one.        [notes 15.6]

    err(p) = a + b (p/P)^-c        p parameters, P those of the widest: the law of the amount of data
    flat                           neither twice the widest, nor the widest itself, gains as much as matters

Source: the power law over parameters, Hestness et al. 2017, arXiv:1712.00409.
"""

from __future__ import annotations

from dataclasses import dataclass

from wengu.adviser.data_curve import Point, table_of
from wengu.core.i18n import say
from wengu.practice import LearningCurve, learning_curve
from wengu.practice.learning_curve import LEAST, Verdict
from wengu.practice.metric_words import Facts, amount, interval, on_dev
from wengu.practice.metric_words import gap as gap_in_words


@dataclass(frozen=True)
class SizeCurve:
    """What networks of several widths are worth on the same data, the narrowest first: width, parameters, values."""

    points: tuple[tuple[float, int, Point], ...]
    metric: Facts
    own: float  # the run's width
    worth: float | None = None  # the least gain that matters, by default the metric's own

    @property
    def curve(self) -> LearningCurve | None:
        """The law of dev over parameters; None where the metric is no error of counted examples."""
        counts = [point.n for _, _, point in self.points]
        if self.metric["name"] != "error" or len(self.points) < LEAST or None in counts:
            return None
        return learning_curve([size for _, size, _ in self.points], [point.dev for *_, point in self.points],
                              [float(n or 0) for n in counts])

    @property
    def verdict(self) -> Verdict:
        """Whether a larger network than the run's gains as much as matters."""
        curve = self.curve
        if curve is None:
            return "cannot tell"
        found = curve.verdict(self.worth)
        return "cannot tell" if found == "flat" and self.gained else found

    @property
    def gained(self) -> bool:
        """Whether a wider network that was tried is better than the run by as much as matters."""
        sign = 1 if self.metric["direction"] == "lower" else -1
        dev = {width: sign * point.dev for width, _, point in self.points}
        best = min(value for width, value in dev.items() if width >= self.own)
        return dev[self.own] - best >= (self.metric["worth"] if self.worth is None else self.worth)

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
        match self.verdict:
            case "gains":
                return said, say("That gains {gain}: a larger network helps.", gain=gain)
            case "flat":
                return said, say("That gains {gain}, less than matters: the network is large enough.", gain=gain)
        return said, say("That gains {gain}: it cannot be told whether a larger network helps.", gain=gain)

    def at(self, width: float) -> str:
        """What was measured at a width, in words; without it that the widths could not tell, or nothing."""
        found = {one: point for one, _, point in self.points}
        if width in found and self.own in found:
            return say("at that width {dev} was {value}, now {now}", dev=on_dev(self.metric),
                       value=amount(self.metric, found[width].dev), now=amount(self.metric, found[self.own].dev))
        return ""
