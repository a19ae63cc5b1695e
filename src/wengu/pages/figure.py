"""The figure contract: a figure is a function of its controls that gives marks as plain data; the browser draws them.

    @figure(shows=["wengu.functions:sigmoid"])
    def curve(z=handle(-6, 6, 1.0, label="z")):
        ...
        return Fig(Panel(line(x, y, label="g")), say=say("g({z}) = {g:.3f}", z=z, g=g))

Controls stand in the signature, and whatever comes from outside is clamped by them. No formula stands in a page: it
calls the library. What has steps has a control for them, which plays:

    def path(lr=slider(0.05, 2.0, 0.3, label="α"), step=steps(0, 80, label="step")):
        return Fig(Panel(line(w, J, grows=True)), say=[told(w, J, k) for k in range(81)])    all steps at once, or
        return Fig(Panel(cells(x, framed=[place(step)])), say=told(step), last=15)           the one that is asked for

With a list for `say` the browser plays by itself: marks that grow are drawn as far as the step has come. Without,
it asks for every step; `last` is the last one there where it comes before the control's end. A start among two weights
is a `point`, dragged on the landscape; `equal=True` gives a panel one scale in x and y, where shape is what is shown.

In a copy without an engine a figure moves between states computed ahead (grid.py, alone.py), and its sliders keep to
their values: between two of them nothing is interpolated, as what is said and drawn may jump where a control glides.
What grows is drawn between two steps too, as with an engine: the line to the next step is there, and straight.

`say` is the result in words: the status line, the accessible name, and what tests compare with. In it and in the table
numbers stand as people write them, whatever their format. `values` are the numbers that the page's text may quote
(quotes.py). Labels are English sentences with their Chinese in zh.toml, like all words. No torch here: a page imports
the library within its functions, so that the server can read controls without it. All that a page needs is imported
from here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import asdict, dataclass, field
from typing import Any

from wengu.core.checks import InputError, one_of
from wengu.core.i18n import say
from wengu.core.written import written
from wengu.pages.controls import (
    Choice,
    Control,
    Handle,
    Numbers,
    Point,
    Points,
    Slider,
    Steps,
    Toggle,
    choice,
    handle,
    numbers,
    point,
    points,
    slider,
    steps,
    toggle,
)
from wengu.pages.drawing import Drawing, drawing
from wengu.pages.links import Link, link
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
    ledger_bars,
    line,
    note,
    photograph,
    rule,
    shaded,
    stairs,
)
from wengu.pages.plain import Plain
from wengu.pages.quotes import Quoted, Value, quoted

__all__ = [
    "Axis",
    "Choice",
    "Control",
    "Drawing",
    "Fig",
    "Figure",
    "Handle",
    "Link",
    "Mark",
    "Numbers",
    "Panel",
    "Point",
    "Points",
    "Quoted",
    "Slider",
    "Steps",
    "Toggle",
    "Tone",
    "arrows",
    "band",
    "bars",
    "boxes",
    "cells",
    "choice",
    "dots",
    "drawing",
    "field_of",
    "figure",
    "handle",
    "histogram",
    "ledger_bars",
    "line",
    "link",
    "note",
    "numbers",
    "photograph",
    "point",
    "points",
    "quoted",
    "rule",
    "shaded",
    "slider",
    "stairs",
    "steps",
    "toggle",
    "written",
]

MOST_NUMBERS = 20_000  # in a figure
AHEAD = 150  # states of a figure that are computed for a copy of the handbook


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
    each: tuple[str, ...] = ()  # `say` at every step, where the panels hold all of them
    last: int | None = None
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    values: Mapping[str, Value] = field(default_factory=dict)

    def __init__(
        self, *panels: Panel, say: str | Sequence[str], last: int | None = None, head: Sequence[str] = (),
        rows: Iterable[Sequence[object]] = (), values: Mapping[str, Value] | None = None,
    ) -> None:
        each = () if isinstance(say, str) else tuple(map(written, say))
        for name, value in (("panels", panels), ("say", written(say) if isinstance(say, str) else each[0]),
                            ("each", each), ("last", last), ("head", tuple(head)), ("values", values or {}),
                            ("rows", tuple(tuple(written(str(cell)) for cell in row) for row in rows))):
            object.__setattr__(self, name, value)

    def at(self, k: int) -> Fig:
        """With the words of its k-th step, from 0."""
        if not self.each:
            return self
        made = copy(self)
        object.__setattr__(made, "say", self.each[min(k, len(self.each) - 1)])
        return made

    def to_json(self) -> dict[str, Any]:
        """Plain data for the browser. Raises InputError for more numbers than a page should send."""
        plain = Plain()
        made: dict[str, Any] = {
            "panels": [plain({**vars(panel), "x": asdict(panel.x), "y": asdict(panel.y)}) for panel in self.panels],
            "say": self.say,
        }
        if self.each:
            made["each"] = list(self.each)
        if self.last is not None:
            made["last"] = self.last
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
    ahead: int = AHEAD
    links: tuple[Link, ...] = ()
    named: Mapping[str, Sequence[float]] = field(default_factory=dict)

    def __call__(self, **given: Any) -> Fig:
        """The figure for these values, each as its control allows it; the others by default.

        Raises InputError for a control that it does not have.
        """
        for name in given:
            one_of("control", name, self.controls)
        values = {name: control.clamp(given.get(name, control.value)) for name, control in self.controls.items()}
        made = self.draw(**values)
        return made.at(values[self.steps[0]] - self.steps[1].value) if self.steps else made

    @property
    def steps(self) -> tuple[str, Steps] | None:
        """The control that plays, with its name."""
        return next(((name, one) for name, one in self.controls.items() if isinstance(one, Steps)), None)

    def last(self) -> Fig | None:
        """The default at its last step; None where no steps fill it, or where the default has every one within it."""
        name, control = self.steps or ("", None)
        if not control or not control.fills or (first := self()).each:
            return None
        return self(**{name: control.high if first.last is None else first.last})

    def controls_json(self) -> list[dict[str, Any]]:
        """The controls in order, in the language spoken now."""
        return [control.to_json(name) for name, control in self.controls.items()]


def figure(
    *, shows: Sequence[str], ahead: int = AHEAD, links: Sequence[Link] = (),
    named: Mapping[str, Sequence[float]] | None = None,
) -> Callable[[Callable[..., Fig]], Figure]:
    """Make a figure of a function whose parameters' defaults are controls.

    grid.py tells of the states `ahead`, links.py of what has a symbol in the formula and a name in the code; `named`
    are values of sliders that the page tells the reader to try: a copy has them too.
    """

    def made(draw: Callable[..., Fig]) -> Figure:
        controls = {name: parameter.default for name, parameter in inspect.signature(draw).parameters.items()}
        for name, control in controls.items():
            if not isinstance(control, Control):
                raise TypeError(f"{draw.__name__}: expected a control as the default of {name}, got {control!r}")
        for one in links:
            if one.control is not None:
                one_of("control", one.control, controls)
        for name in named or ():
            one_of("control", name, controls)
        return Figure(draw, controls, tuple(shows), ahead, tuple(links), named or {})

    return made
