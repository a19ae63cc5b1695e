"""A line chart as coordinates: the template writes them as SVG, so that the page's own colours hold in light and dark.

The drawing is W x H units, about as many pixels on a phone; x runs over epochs from 1, y over round numbers. Lines are
labelled at their right end and distinguished by their dashes too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wengu.report.parts import axis

W, H = 400, 230
LEFT, RIGHT, TOP, BOTTOM = 50, 56, 28, 30  # margins: y labels, names of lines, name of the mark, x labels
LINE_GAP = 16  # between names of lines
DOTS = 40  # with more points than that a line is left without dots


@dataclass(frozen=True)
class Line:
    """One line: its name, its style in the style sheet, the SVG path, dots and what they say, how high its name is."""

    name: str
    style: str
    path: str
    dots: tuple[tuple[float, float, str], ...]
    name_y: float


@dataclass(frozen=True)
class Mark:
    """An upright line at one epoch, and where its name stands and which side of it."""

    x: float
    name: str
    anchor: str


@dataclass(frozen=True)
class Chart:
    """All coordinates of the drawing."""

    about: str
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    lines: tuple[Line, ...]
    mark: Mark | None
    height: int
    band: str = ""  # the SVG path of what is left open
    width: int = W
    left: int = LEFT
    right: int = W - RIGHT
    top: int = TOP

    @property
    def bottom(self) -> int:
        """Where the x axis is."""
        return self.height - BOTTOM


def line_chart(
    series: Sequence[tuple[str, str, Sequence[tuple[float, float]]]],
    *,
    about: str,
    mark: tuple[float, str] | None = None,
    percent: bool = False,
    tell: Callable[[float, float], str] = "{:g}: {:g}".format,
    height: int = H,
    x_ticks: Sequence[tuple[float, str]] = (),
    band: Sequence[tuple[float, float, float]] = (),
) -> Chart | None:
    """The chart of (name, style, [(x, y), ...]); None where there is not one finite point.

    `about` says in words what is seen, `tell` a point; `percent` says that y is a rate, read in hundredths. `x_ticks`
    are epochs unless they are given, `band` is (x, low, high) of what is left open.
    """
    kept = [(name, style, [(x, y) for x, y in points if math.isfinite(y)]) for name, style, points in series]
    kept = [one for one in kept if one[2]]
    if not kept:
        return None
    xs = [x for *_, points in kept for x, _ in points]
    ys = [y for *_, points in kept for _, y in points]
    xs, ys = [*xs, *(x for x, *_ in band)], [*ys, *(y for _, *ends in band for y in ends)]
    low, high = min(ys), max(ys)
    y_ticks = axis.ticks(0.0 if 0 <= low < 0.5 * high or low == high >= 0 else low, high, wanted=height // 45)
    x_low, x_high = min(xs), max(xs)
    x_ticks = x_ticks or [(t, f"{t:.0f}") for t in axis.ticks(x_low, x_high, whole=True) if x_low <= t <= x_high]

    def x_at(x: float) -> float:
        share = (x - x_low) / (x_high - x_low) if x_high > x_low else 0.5
        return round(LEFT + share * (W - RIGHT - LEFT), 1)

    def y_at(y: float) -> float:
        share = (y - y_ticks[0]) / (y_ticks[-1] - y_ticks[0])
        return round(height - BOTTOM - share * (height - BOTTOM - TOP), 1)

    at = {name: [(x_at(x), y_at(y)) for x, y in points] for name, _, points in kept}
    name_ys = _apart([at[name][-1][1] for name, *_ in kept])
    y_names = axis.labels([100 * t for t in y_ticks] if percent else y_ticks)
    unit = "\u00a0%" if percent else ""
    return Chart(
        about=about,
        x_ticks=tuple((x_at(t), name) for t, name in x_ticks),
        y_ticks=tuple((y_at(t), name + unit) for t, name in zip(y_ticks, y_names, strict=True)),
        lines=tuple(
            Line(
                name,
                style,
                "M" + "L".join(f"{x:g},{y:g}" for x, y in at[name]),
                tuple((*place, tell(*point)) for place, point in zip(at[name], points, strict=True))
                if len(points) <= DOTS else (),
                name_y,
            )
            for (name, style, points), name_y in zip(kept, name_ys, strict=True)
        ),
        mark=_mark(x_at(mark[0]), mark[1]) if mark else None,
        height=height,
        band=_around([(x_at(x), y_at(a), y_at(b)) for x, a, b in band]),
    )


def _around(band: Sequence[tuple[float, float, float]]) -> str:
    """There along the lower ends and back along the upper ones."""
    places = [*((x, low) for x, low, _ in band), *((x, high) for x, _, high in reversed(band))]
    return "M" + "L".join(f"{x:g},{y:g}" for x, y in places) + "Z" if places else ""


def _mark(x: float, name: str) -> Mark:
    """Its name is centred, but not over the edge."""
    middle = (LEFT + W - RIGHT) / 2
    anchor = "middle" if abs(x - middle) < (W - LEFT - RIGHT) / 4 else "start" if x < middle else "end"
    return Mark(x, name, anchor)


def _apart(ys: Sequence[float]) -> list[float]:
    """The same heights, moved down just so far that no two names of lines overlap."""
    placed: dict[int, float] = {}
    lowest = -math.inf
    for i in sorted(range(len(ys)), key=lambda i: ys[i]):
        lowest = placed[i] = max(ys[i], lowest + LINE_GAP)
    return [placed[i] for i in range(len(ys))]
