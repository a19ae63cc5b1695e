"""A square drawing of two shares, each from 0 to 1, as coordinates: the template writes them as SVG.

Lines are distinguished by colour and dashes, and named below the drawing; a point may have an upright interval.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SIDE, LEFT, TOP, BOTTOM, RIGHT = 300, 46, 10, 44, 14
TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
STYLES = ("first", "second", "third")


@dataclass(frozen=True)
class SquareLine:
    """A line: its name, its style in the style sheet, the SVG path."""

    name: str
    style: str
    path: str


@dataclass(frozen=True)
class Point:
    """A point, the ends of its interval, how large it is drawn and what it says."""

    x: float
    y: float
    low: float
    high: float
    r: float
    told: str


@dataclass(frozen=True)
class SquareChart:
    """All coordinates; `chance` is a line to compare with."""

    title: str
    about: str
    x: str
    y: str
    lines: tuple[SquareLine, ...]
    points: tuple[Point, ...] = ()
    chance: str = ""
    ticks: tuple[tuple[float, float, str], ...] = tuple(
        (LEFT + t * SIDE, TOP + (1 - t) * SIDE, f"{100 * t:.0f}") for t in TICKS)
    width: int = LEFT + SIDE + RIGHT
    height: int = TOP + SIDE + BOTTOM
    left: int = LEFT
    right: int = LEFT + SIDE
    top: int = TOP
    bottom: int = TOP + SIDE


def path_of(xs: Iterable[float], ys: Iterable[float]) -> str:
    """The SVG path through these points."""
    return "M" + "L".join(f"{place(x, y)[0]:g},{place(x, y)[1]:g}" for x, y in zip(xs, ys, strict=True))


def place(x: float, y: float) -> tuple[float, float]:
    """Where a point stands in the drawing."""
    return round(LEFT + float(x) * SIDE, 1), round(TOP + (1 - float(y)) * SIDE, 1)
