"""The probabilities on dev: how well they rank each class, and whether they are what they say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wengu.adviser.probabilities import WRITTEN, calibration_lines, value_and_interval
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.core.written import written
from wengu.practice import ClassRanking, Curve, ProbabilityMeasures, measure_probabilities
from wengu.report.parts.square_chart import STYLES, Point, SquareChart, SquareLine, path_of, place
from wengu.report.parts.wording import percent
from wengu.running.probabilities import read_scored
from wengu.running.write_predictions import MANY

ROWS = 20  # classes in the table


def probabilities(run: RunFolder) -> dict[str, Any] | None:
    """The section; None where the run has no probabilities for dev, or of many classes those of the likeliest alone."""
    if len(run.facts().get("spec", {}).get("classes", ())) > MANY:
        return None
    try:
        scored = read_scored(run, "dev")
    except InputError:  # written by hand, or by a version that left some out
        return None
    if scored is None or len(scored.given.classes) < 2:
        return None
    found = measure_probabilities(scored.given, least=WRITTEN)
    worst = sorted(found.classes, key=lambda one: (bool(one.auc.few), one.auc.value))
    drawn = [one for one in worst if not one.auc.few][: len(STYLES) if len(worst) > 2 else 1]
    more = len(worst) - ROWS
    return {
        "title": say("Probabilities"),
        "look": say("AUC is how often an example of the class has a higher p than one of another, 0.5 by chance; "
                    "average precision, how pure the class is from the highest p down, its share by chance. Calibrated "
                    "probabilities lie on the diagonal of the last drawing."),
        "columns": [say("class"), say("examples"), say("share"), "AUC", say("average precision")],
        "rows": [_row(one) for one in worst[:ROWS]] + _mean(found),
        "more": say("the {shown} with the lowest AUC of {n} {n:class|classes}", shown=ROWS,
                    n=len(worst)) if more > 0 else "",
        "charts": [*_ranking(drawn), _reliability(found)],
        "lines": [written(line) for line in calibration_lines(found.calibration)],
    }


def _row(one: ClassRanking) -> tuple[str, ...]:
    same = one.auc.few and one.auc.few == one.average_precision.few
    return (one.name, f"{one.n:,}", percent(one.share), value_and_interval(one.auc),
            "" if same else value_and_interval(one.average_precision))


def _mean(found: ProbabilityMeasures) -> list[tuple[str, ...]]:
    if found.auc is None or found.average_precision is None:
        return []
    return [(say("mean of {n}", n=len(found.classes)), f"{found.examples:,}", "", value_and_interval(found.auc),
             value_and_interval(found.average_precision))]


def _ranking(drawn: Sequence[ClassRanking]) -> list[SquareChart]:
    """ROC and precision-recall of these classes; none where none can be judged."""
    if not drawn:
        return []
    names = say(", ").join(f"{one.name} {one.auc.value:.3f}" for one in drawn)
    precisions = say(", ").join(f"{one.name} {one.average_precision.value:.3f}" for one in drawn)
    return [
        SquareChart(say("ROC"), say("Area under the ROC curve: {values}.", values=names),
                    say("false positives, % of the others"), say("found, % of the class (recall)"),
                    _lines(drawn, [one.roc for one in drawn]), chance=path_of((0, 1), (0, 1))),
        SquareChart(say("Precision and recall"), say("Average precision: {values}.", values=precisions),
                    say("found, % of the class (recall)"), say("right, % of what is taken for it (precision)"),
                    _lines(drawn, [one.precision_recall for one in drawn])),
    ]


def _lines(drawn: Sequence[ClassRanking], curves: Sequence[Curve]) -> tuple[SquareLine, ...]:
    return tuple(SquareLine(one.name, style, path_of(curve.x, curve.y))
                 for one, curve, style in zip(drawn, curves, STYLES, strict=False))


def _reliability(found: ProbabilityMeasures) -> SquareChart:
    off, of = found.calibration.reliability, found.calibration.of
    most = max(off.n)
    points = []
    for p, rate, low, high, n in zip(off.p, off.rate, off.low, off.high, off.n, strict=True):
        (x, y), (_, bottom), (_, top) = (place(p, at) for at in (rate, low, high))
        told = say("p {p}: {rate} [{low}, {high}] of {n} are so", p=percent(p), rate=percent(rate), n=f"{n:,}",
                   low=f"{100 * low:.1f}", high=f"{100 * high:.1f}")
        points.append(Point(x, y, bottom, top, round(2.5 + 4.5 * float(n / most) ** 0.5, 1), told))
    return SquareChart(
        say("Calibration"), " ".join(point.told + "." for point in points),
        say("p of {name}, %", name=of) if of else say("p of the likeliest class, %"), say("is so, %"),
        (SquareLine("", STYLES[0], path_of(off.p, off.rate)),), tuple(points), chance=path_of((0, 1), (0, 1)),
    )
