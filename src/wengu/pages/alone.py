"""Fine stops of a control that is moved alone, in a copy behind which nobody computes: lines through a coarse grid.

    alone_of(figure, axes)    Alone(shared={"surface": ("ravine", "bowl")}, each={"lr": (0.005, 0.006, ..), ..})
    alone_states(alone)       of each control in turn: every combination of what is shared, with each of its values

A grid of every combination (grid.py) leaves few values to each of several sliders. Most readers move one from the
default and look: for that one there are up to 23 values, and 7 by 7 places of a point, while the other sliders and
points stand at their defaults. Choices and switches are moved freely where there is room, else they stand there too.
A value of the grid is on its line, so that the way back to the grid is short. Nothing is interpolated.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from math import prod
from typing import Any, NamedTuple

from wengu.pages.controls import Choice, Control, Point, Slider, Steps, Toggle
from wengu.pages.drawing import Drawing
from wengu.pages.figure import Figure
from wengu.pages.grid import Axes, Wanted, axis_of, cost_of, values_of

MOST = 240  # states
FINE = 23  # values of a slider
PLACES = 7  # of a point, in each direction
LEAST = 9  # values of a slider, for which it is worth it
FEW = 5  # places of a point


class Alone(NamedTuple):
    """The values of what is moved with each, and of each that is moved alone; empty where nothing is finer so."""

    shared: Axes
    each: Axes


def alone_of(figure: Figure, axes: Mapping[str, Any], wanted: Wanted | None = None, *, most: int = MOST) -> Alone:
    """The values beside those of the grid `axes`, in at most `most` states; `wanted` as the grid has it."""
    wanted = wanted or {}
    finer = {name: one for name, one in figure.controls.items()
             if isinstance(one, Slider | Point) and not isinstance(one, Steps)
             and len(axes.get(name, ())) < cost_of(one, _most(one))}
    shared = {name: values for name, values in axes.items() if isinstance(figure.controls[name], Steps)}
    count = {name: min(FEW if isinstance(one, Point) else LEAST, _most(one)) for name, one in finer.items()}

    def states() -> int:
        return prod(map(len, shared.values())) * sum(cost_of(finer[name], k) for name, k in count.items())

    if not axes or not finer or states() > most or len(figure.controls) == 1:
        return Alone({}, {})
    for name, one in figure.controls.items():
        if isinstance(one, Choice | Drawing | Toggle) and name in axes and states() * len(axes[name]) <= most:
            shared[name] = axes[name]
    times = prod(map(len, shared.values()))
    while grown := next((name for name in sorted(count, key=lambda one: count[one]) if count[name] < _most(finer[name])
                         and states() + times * _more(finer[name], count[name]) <= most), None):
        count[grown] += 1
    return Alone(shared, {name: axis_of(one, count[name], [*wanted.get(name, ()), *axes.get(name, ())])
                          for name, one in finer.items()})


def alone_states(alone: Alone) -> list[dict[str, Any]]:
    """Every state in which one is moved.

    >>> alone_states(Alone({"b": (True, False)}, {"x": (1, 2)}))[1]
    {'b': True, 'x': 2}
    """
    return [dict(zip([*alone.shared, name], one, strict=True))
            for name, values in alone.each.items() for one in product(*alone.shared.values(), values)]


def _most(control: Control) -> int:
    """Values beyond which nobody sees a difference."""
    return PLACES if isinstance(control, Point) else min(FINE, values_of(control, None))


def _more(control: Control, k: int) -> int:
    return cost_of(control, k + 1) - cost_of(control, k)
