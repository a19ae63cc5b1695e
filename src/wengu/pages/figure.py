"""The figure contract: a figure is a function of its controls that gives marks as plain data; the browser draws them.

    @figure(shows=["wengu.functions:sigmoid"])
    def curve(z=handle(-6, 6, 1.0, label="z")):
        ...
        return Fig(Panel(line(x, y, label="g")), say=say("g({z}) = {g:.3f}", z=z, g=g))

Controls stand in the signature, and whatever comes from outside is clamped by them. No formula stands in a page: it
calls the library. `say` is the result in words: the status line, the accessible name, and what tests compare with. In
it and in the table numbers stand as people write them, whatever their format. `values` are the numbers that the page's
text may quote (quotes.py). Labels are English sentences with their
Chinese in zh.toml, like all words. No torch here: a page imports the library within its functions, so that the server
can read controls without it. All that a page needs is imported from here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from wengu.core.checks import InputError, one_of
from wengu.core.i18n import say
from wengu.pages.controls import (
    Choice,
    Control,
    Handle,
    Numbers,
    Points,
    Slider,
    Toggle,
    choice,
    handle,
    numbers,
    points,
    slider,
    toggle,
)
from wengu.pages.marks import (
    Mark,
    Tone,
    arrows,
    band,
    bars,
    boxes,
    cells,
    dots,
    field_of,
    histogram,
    line,
    note,
    rule,
    stairs,
)
from wengu.pages.plain import Plain, written
from wengu.pages.quotes import Quoted, Value, quoted

__all__ = [
    "Axis",
    "Choice",
    "Control",
    "Fig",
    "Figure",
    "Handle",
    "Mark",
    "Numbers",
    "Panel",
    "Points",
    "Quoted",
    "Slider",
    "Toggle",
    "Tone",
    "arrows",
    "band",
    "bars",
    "boxes",
    "cells",
    "choice",
    "dots",
    "field_of",
    "figure",
    "handle",
    "histogram",
    "line",
    "note",
    "numbers",
    "points",
    "quoted",
    "rule",
    "slider",
    "stairs",
    "toggle",
    "written",
]

MOST_NUMBERS = 20_000  # in a figure


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One axis; `domain` None is what the marks need."""

    label: str = ""
    domain: tuple[float, float] | None = None
    log: bool = False
    whole: bool = False  # ticks at whole numbers alone


@dataclass(frozen=True)
class Panel:
    """One chart: marks over common axes."""

    marks: tuple[Mark, ...]
    x: Axis = field(default_factory=Axis)
    y: Axis = field(default_factory=Axis)
    title: str = ""
    equal: bool = False  # one unit is as long in x as in y

    def __init__(
        self, *marks: Mark, x: Axis | str = "", y: Axis | str = "", title: str = "", equal: bool = False
    ) -> None:
        for name, value in (
            ("marks", marks), ("x", Axis(label=x) if isinstance(x, str) else x),
            ("y", Axis(label=y) if isinstance(y, str) else y), ("title", title), ("equal", equal),
        ):
            object.__setattr__(self, name, value)


@dataclass(frozen=True)
class Fig:
    """What a figure function gives: panels side by side, the result in words, a table where one helps, and numbers
    for the page's text."""

    panels: tuple[Panel, ...]
    say: str
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    values: Mapping[str, Value] = field(default_factory=dict)

    def __init__(
        self, *panels: Panel, say: str, head: Sequence[str] = (), rows: Iterable[Sequence[object]] = (),
        values: Mapping[str, Value] | None = None,
    ) -> None:
        for name, value in (("panels", panels), ("say", written(say)), ("head", tuple(head)), ("values", values or {}),
                            ("rows", tuple(tuple(written(str(cell)) for cell in row) for row in rows))):
            object.__setattr__(self, name, value)

    def to_json(self) -> dict[str, Any]:
        """Plain data for the browser. Raises InputError for more numbers than a page should send."""
        plain = Plain()
        made: dict[str, Any] = {
            "panels": [plain({**vars(panel), "x": asdict(panel.x), "y": asdict(panel.y)}) for panel in self.panels],
            "say": self.say,
        }
        if self.head:
            made |= {"head": list(self.head), "rows": [list(row) for row in self.rows]}
        if plain.numbers > MOST_NUMBERS:
            raise InputError(say("figure: expected at most {most} numbers, got {got}; draw fewer points",
                                 most=MOST_NUMBERS, got=plain.numbers))
        return made


@dataclass(frozen=True)
class Figure:
    """A figure function with its controls, and the public names whose code it shows at work."""

    draw: Callable[..., Fig]
    controls: Mapping[str, Control]
    shows: tuple[str, ...]

    def __call__(self, **given: Any) -> Fig:
        """The figure for these values, each as its control allows it; the others by default.

        Raises InputError for a control that it does not have.
        """
        for name in given:
            one_of("control", name, self.controls)
        return self.draw(**{name: control.clamp(given.get(name, control.value))
                            for name, control in self.controls.items()})

    def controls_json(self) -> list[dict[str, Any]]:
        """The controls in order, in the language spoken now."""
        return [control.to_json(name) for name, control in self.controls.items()]


def figure(*, shows: Sequence[str]) -> Callable[[Callable[..., Fig]], Figure]:
    """Make a figure of a function whose parameters' defaults are controls."""

    def made(draw: Callable[..., Fig]) -> Figure:
        controls = {name: parameter.default for name, parameter in inspect.signature(draw).parameters.items()}
        for name, control in controls.items():
            if not isinstance(control, Control):
                raise TypeError(f"{draw.__name__}: expected a control as the default of {name}, got {control!r}")
        return Figure(draw, controls, tuple(shows))

    return made
