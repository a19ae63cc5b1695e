"""Learning curves: cost of train and dev, the metric on dev and learning rate α, epoch by epoch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wengu.core.i18n import say
from wengu.core.written import written
from wengu.practice.metric_words import Facts, amount, on_dev
from wengu.report.parts.line_chart import Chart, line_chart
from wengu.report.parts.wording import capital

Points = list[tuple[float, float]]


def curves(rows: Sequence[Mapping[str, Any]], metric: Facts, *, best: int) -> dict[str, Any]:
    """The section of metrics.jsonl's rows; `best` is the epoch whose weights were kept, 0 where there is none."""
    cost, dev_cost, dev, lr = (_points(rows, key) for key in ("cost", "dev_cost", f"dev_{metric['name']}", "lr"))
    mark = (float(best), say("best: epoch {n}", n=best)) if best else None

    def value(y: float) -> str:
        return written(amount(metric, y))

    charts: list[tuple[str, Chart | None]] = [
        (
            say("Cost J"),
            line_chart(
                [(say("train"), "train", cost), (say("dev"), "dev", dev_cost)],
                about=f"{_in_words(say('training cost'), cost)} {_in_words(say('dev cost'), dev_cost)}",
                mark=mark,
                tell=_told(_short),
            ),
        ),
        (
            capital(on_dev(metric)),
            line_chart(
                [(say("dev"), "dev", dev)],
                about=_in_words(on_dev(metric), dev, value, highest=metric["direction"] == "higher"),
                mark=mark,
                percent=metric["scale"] == "rate",
                tell=_told(value),
            ),
        ),
        (
            say("Learning rate α"),
            line_chart([("α", "lr", lr)], about=_in_words(say("learning rate"), lr), tell=_told(_short), height=160),
        ),
    ]
    return {
        "title": say("Learning curves"),
        "look": say("Look at how the two costs go together. Training cost is measured with dropout and augmentation, "
                    "dev cost without: so it may lie above."),
        "reading": [
            (say("Both still fall at the end:"), say("train longer.")),
            (say("Training cost falls, dev cost rises:"), say("variance.")),
            (say("Both level off, and high:"), say("bias.")),
            (say("They jump up and down:"), say("a smaller α, or a decay.")),
        ],
        "charts": [(title, chart) for title, chart in charts if chart],
        "x": say("epoch"),
        "nothing": say("No epoch was finished, so there is nothing to draw yet."),
    }


def _points(rows: Sequence[Mapping[str, Any]], key: str) -> Points:
    return [(float(row["epoch"]), float(row[key])) for row in rows if "epoch" in row and row.get(key) is not None]


def _short(y: float) -> str:
    return f"{y:.4g}"


def _in_words(
    name: str, points: Points, show: Callable[[float], str] = "{:.3g}".format, *, highest: bool = False
) -> str:
    """What the line shows, for who cannot see it."""
    if not points:
        return ""
    epoch, y = (max if highest else min)(points, key=lambda point: point[1])
    first, last, end = (show(value) for value in (points[0][1], points[-1][1], y))
    if highest:
        return say("{name}: {first} at first, {last} at last, highest {highest} in epoch {epoch}.", name=name,
                   first=first, last=last, highest=end, epoch=f"{epoch:.0f}")
    return say("{name}: {first} at first, {last} at last, lowest {lowest} in epoch {epoch}.", name=name,
               first=first, last=last, lowest=end, epoch=f"{epoch:.0f}")


def _told(show: Callable[[float], str]) -> Callable[[float, float], str]:
    return lambda x, y: say("epoch {n}: {value}", n=f"{x:.0f}", value=show(y))
