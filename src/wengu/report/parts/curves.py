"""Learning curves: cost of train and dev, error of dev and learning rate α, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wengu.core.i18n import say
from wengu.report.parts.line_chart import Chart, line_chart
from wengu.report.parts.wording import percent

Points = list[tuple[float, float]]


def curves(rows: Sequence[Mapping[str, Any]], *, best: int) -> dict[str, Any]:
    """The section of metrics.jsonl's rows; `best` is the epoch whose weights were kept, 0 where there is none."""
    cost, dev_cost, dev_error, lr = (_points(rows, key) for key in ("cost", "dev_cost", "dev_error", "lr"))
    mark = (float(best), say("best: epoch {n}", n=best)) if best else None
    charts: list[tuple[str, Chart | None]] = [
        (
            say("Cost J"),
            line_chart(
                [(say("train"), "train", cost), (say("dev"), "dev", dev_cost)],
                about=f"{_in_words(say('training cost'), cost)} {_in_words(say('dev cost'), dev_cost)}",
                mark=mark,
                tell=_told,
            ),
        ),
        (
            say("Error on dev"),
            line_chart(
                [(say("dev"), "dev", dev_error)],
                about=_in_words(say("dev error"), dev_error),
                mark=mark,
                show=lambda y: percent(y, 0 if max((e for _, e in dev_error), default=0) >= 0.04 else 1),
                tell=lambda x, y: say("epoch {n}: {value}", n=f"{x:.0f}", value=percent(y)),
            ),
        ),
        (
            say("Learning rate α"),
            line_chart([("α", "lr", lr)], about=_in_words(say("learning rate"), lr), tell=_told, height=160),
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


def _in_words(name: str, points: Points) -> str:
    """What the line shows, for who cannot see it."""
    if not points:
        return ""
    epoch, lowest = min(points, key=lambda point: point[1])
    return say("{name}: {first} at first, {last} at last, lowest {lowest} in epoch {epoch}.", name=name,
               first=f"{points[0][1]:.3g}", last=f"{points[-1][1]:.3g}", lowest=f"{lowest:.3g}", epoch=f"{epoch:.0f}")


def _told(x: float, y: float) -> str:
    return say("epoch {n}: {value}", n=f"{x:.0f}", value=f"{y:.4g}")
