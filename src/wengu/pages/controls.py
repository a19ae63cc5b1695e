"""What a reader can change in a figure; whatever comes from outside is clamped by it."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from wengu.core.i18n import translated


@dataclass(frozen=True, kw_only=True)
class Control(ABC):
    """What the reader can change; `value` is the default."""

    label: str = ""
    value: Any = None

    @abstractmethod
    def clamp(self, given: Any) -> Any:
        """What was given as this control allows it; its default where it makes no sense."""

    def to_json(self, name: str) -> dict[str, Any]:
        """For the browser, in the language spoken now."""
        return {"type": type(self).__name__.lower(), "name": name, **asdict(self), "label": translated(self.label)}


@dataclass(frozen=True, kw_only=True)
class Slider(Control):
    """A number from `low` to `high`; whole where `step` is, evenly by its logarithm where `log`."""

    low: float
    high: float
    step: float | None = None
    log: bool = False

    def clamp(self, given: Any) -> float | int:
        number = _number(given, self.value)
        if self.step:
            number = self.low + round((number - self.low) / self.step) * self.step
        number = min(max(number, self.low), self.high)
        return round(number) if isinstance(self.value, int) else number


class Handle(Slider):
    """The same, dragged in the figure along its x; a slider beside it serves the keyboard."""


@dataclass(frozen=True, kw_only=True)
class Steps(Slider):
    """A step of many, which plays, goes on and goes back; a figure opens at the first, and is printed at the last."""

    pace: float  # steps a second
    fills: bool  # whether the last shows what has come about until then; else the first is printed


@dataclass(frozen=True, kw_only=True)
class Point(Control):
    """A point (x, y) that is dragged in the first panel; two sliders beside it serve the keyboard."""

    x: tuple[float, float]
    y: tuple[float, float]
    names: tuple[str, str]
    step: float

    def clamp(self, given: Any) -> tuple[float, float]:
        if not isinstance(given, list | tuple) or len(given) != 2:
            given = self.value
        x, y = (min(max(_number(one, default), low), high)
                for one, default, (low, high) in zip(given, self.value, (self.x, self.y), strict=True))
        return x, y

    def to_json(self, name: str) -> dict[str, Any]:
        made = super().to_json(name)
        made["names"] = [translated(one) for one in self.names]
        return made


@dataclass(frozen=True, kw_only=True)
class Choice(Control):
    """One of some words; `labels` are what the reader sees."""

    options: tuple[str, ...]
    labels: tuple[str, ...] = ()

    def clamp(self, given: Any) -> str:
        return given if given in self.options else str(self.value)

    def to_json(self, name: str) -> dict[str, Any]:
        made = super().to_json(name)
        made["labels"] = [translated(label) for label in self.labels or self.options]
        return made


@dataclass(frozen=True, kw_only=True)
class Toggle(Control):
    """A switch, on or off."""

    def clamp(self, given: Any) -> bool:
        return given if isinstance(given, bool) else {"true": True, "false": False}.get(str(given), self.value)


@dataclass(frozen=True, kw_only=True)
class Numbers(Control):
    """A row of fields for numbers of the reader's own, such as errors; None where one is left empty."""

    names: tuple[str, ...]
    low: float
    high: float

    def clamp(self, given: Any) -> list[float | None]:
        given = given if isinstance(given, list) and len(given) == len(self.names) else self.value
        return [None if one is None or one == "" else min(max(_number(one, self.low), self.low), self.high)
                for one in given]

    def to_json(self, name: str) -> dict[str, Any]:
        made = super().to_json(name)
        made["names"] = [translated(one) for one in self.names]
        return made


@dataclass(frozen=True, kw_only=True)
class Points(Control):
    """Points (x, y, class) that the reader clicks into the first panel."""

    classes: int
    names: tuple[str, ...]
    x: tuple[float, float]
    y: tuple[float, float]
    most: int = 60

    def clamp(self, given: Any) -> list[list[float]]:
        if not isinstance(given, list) or not all(isinstance(p, list) and len(p) == 3 for p in given):
            given = self.value
        return [[min(max(_number(a, 0), self.x[0]), self.x[1]), min(max(_number(b, 0), self.y[0]), self.y[1]),
                 int(min(max(_number(c, 0), 0), self.classes - 1))] for a, b, c in given[: self.most]]


def slider(
    low: float,
    high: float,
    value: float,
    *,
    step: float | None = None,
    log: bool = False,
    label: str,
) -> Any:
    """A number to slide; whole numbers where `value` is one."""
    if isinstance(value, int) and step is None:
        step = 1
    return Slider(low=low, high=high, value=value, step=step, log=log, label=label)


def handle(low: float, high: float, value: float, *, label: str) -> Any:
    """A number to drag in the first panel, along x; whole where `value` is."""
    return Handle(low=low, high=high, value=value, step=1 if isinstance(value, int) else None, label=label)


def steps(low: int, high: int, *, label: str, fills: bool = True) -> Any:
    """Steps that play: few of them slowly, each to be read; many in eight seconds or so, and in none faster than the
    eye follows."""
    pace = min(max((high - low) / 8, 1.0), 24.0)
    return Steps(low=low, high=high, value=low, step=1, label=label, pace=pace, fills=fills)


def point(x: tuple[float, float], y: tuple[float, float], value: tuple[float, float], *, names: tuple[str, str],
          label: str, step: float = 0.05) -> Any:
    """A point to drag in the first panel, such as where a descent begins."""
    return Point(x=x, y=y, value=value, names=names, step=step, label=label)


def choice(*options: str, label: str, labels: Sequence[str] = (), value: str | None = None) -> Any:
    """One of these, by default the first."""
    return Choice(options=options, labels=tuple(labels), value=value or options[0], label=label)


def toggle(value: bool, *, label: str) -> Any:
    """A switch, on or off."""
    return Toggle(value=value, label=label)


def numbers(low: float, high: float, *, names: Sequence[str], value: Sequence[float | None], label: str) -> Any:
    """Fields for the reader's own numbers."""
    return Numbers(low=low, high=high, names=tuple(names), value=list(value), label=label)


def points(
    value: Sequence[Sequence[float]], *, names: Sequence[str], x: tuple[float, float], y: tuple[float, float],
    label: str,
) -> Any:
    """Points of these classes, which the reader adds and removes by clicks and drags about."""
    return Points(value=[list(p) for p in value], classes=len(names), names=tuple(names), x=x, y=y, label=label)


def _number(given: Any, default: float) -> float:
    try:
        number = float(given)
    except (TypeError, ValueError):
        return default
    return number if math.isfinite(number) else default
