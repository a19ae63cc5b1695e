"""States of a figure computed ahead, for a copy of the handbook behind which nobody computes.

    axes_of(figure, default)     {"surface": ("bowl", "ravine"), "lr": (0.005, 0.042, 0.3, 2.0)}
    states_of(axes)              every combination, the last axis fastest
    packed(axes, figures)        one gzip file; what several of them have alike stands in it once

Every option of a choice, both sides of a switch, every step that has to be asked for; of a slider as many values as
there is room for, evenly, among them both ends, the default and what questions and texts set; of a drawing its
examples. Controls come in the order of the signature: one that would leave no three values to those before it stays at
its default. Numbers of the reader's own and points that are clicked have no grid. Nothing is interpolated: each state
is what the library gives.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import product
from math import log, prod
from typing import Any

from wengu.pages.controls import Choice, Control, Point, Slider, Steps, Toggle
from wengu.pages.drawing import Drawing
from wengu.pages.figure import Fig, Figure

LEAST = 3  # values of a slider
PLAYED = 640  # states, where steps are among them
LONG = 64  # characters from which on a piece is stored apart
ROOM = 300_000  # bytes of a packed file
HOLDS_TEXT = frozenset((dict, list, str))  # what makes a list one whose items may stand apart

Axes = dict[str, tuple[Any, ...]]
Wanted = Mapping[str, Sequence[Any]]


def axes_of(figure: Figure, default: Fig, wanted: Wanted | None = None, *, most: int | None = None) -> Axes:
    """The values that each control of the copy has, at most `most` combinations; those left out stay at their default.

    `wanted` are values that must be among them where the control is; `default` is the figure at its defaults.
    """
    wanted, every = wanted or {}, _in_order(figure, default)
    most = most or max(figure.ahead, PLAYED if any(isinstance(one, Steps) for _, one in every) else 0)
    last = None  # of the steps; where there is no room for all, those that there are at the defaults
    if prod(cost_of(one, _least(one, last, wanted.get(name, ()))) for name, one in every) > most:
        last = default.last
    taken: dict[str, Control] = {}
    count: dict[str, int] = {}
    for name, one in every:
        least = _least(one, last, wanted.get(name, ()))
        if cost_of(one, least) * prod(cost_of(taken[other], k) for other, k in count.items()) <= most:
            taken[name], count[name] = one, least
    while grown := _grown(taken, count, last, most):
        count[grown] += 1
    return {name: axis_of(one, count[name], wanted.get(name, ())) for name, one in taken.items()}


def states_of(axes: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Every combination of the axes' values, the last axis fastest.

    >>> states_of({"a": (1, 2), "b": (True, False)})[1]
    {'a': 1, 'b': False}
    """
    return [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]


def packed(figures: Iterable[Mapping[str, Any]]) -> bytes:
    """Figures as JSON in one gzip file, in the order of their states; the same bytes each time.

    {"shared": [piece, ..], "states": [figure, ..]}, where {"$": i} stands for the i-th piece.
    """
    shared: dict[str, int] = {}
    encoded = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
    of_one = lru_cache(None, typed=True)(encoded)  # the same few over and over; 1 and True are not the same

    def text(value: Any) -> str:
        kind = type(value)
        if kind is dict:
            made = "{" + ",".join([f"{of_one(name)}:{text(one)}" for name, one in value.items()]) + "}"
        elif kind is not list:
            made = of_one(value)
        elif HOLDS_TEXT.isdisjoint(map(type, value)):
            made = encoded(value)
        else:
            made = "[" + ",".join(map(text, value)) + "]"
        return f'{{"$":{shared.setdefault(made, len(shared))}}}' if len(made) > LONG else made

    states = [text(one) for one in figures]
    whole = f'{{"shared":[{",".join(shared)}],"states":[{",".join(states)}]}}\n'
    return gzip.compress(whole.encode(), 9, mtime=0)


def unpacked(content: bytes) -> list[dict[str, Any]]:
    """The figures of a packed file, as grid.ts reads them too.

    >>> same = [{"say": "a", "x": list(range(99))}, {"say": "b", "x": list(range(99))}]
    >>> unpacked(packed(same)) == same
    True
    """
    read = json.loads(gzip.decompress(content))

    def whole(value: Any) -> Any:
        if isinstance(value, list):
            return [whole(one) for one in value]
        if isinstance(value, dict):
            return whole(read["shared"][value["$"]]) if "$" in value else {k: whole(v) for k, v in value.items()}
        return value

    return [whole(one) for one in read["states"]]


def _least(control: Control, last: int | None, wanted: Sequence[Any]) -> int:
    """How many values a control has at least."""
    every = values_of(control, last)
    if isinstance(control, Choice | Toggle | Drawing | Steps):
        return every
    return min(every, max(LEAST, len(_kept(control, wanted))))


def _in_order(figure: Figure, default: Fig) -> list[tuple[str, Control]]:
    """Those that can have a grid: first the steps that the browser would ask for one by one."""
    steps = [] if default.each else [(name, one) for name, one in figure.controls.items() if isinstance(one, Steps)]
    return steps + [(name, one) for name, one in figure.controls.items()
                    if isinstance(one, Choice | Toggle | Drawing | Slider | Point) and not isinstance(one, Steps)]


def values_of(control: Control, last: int | None) -> int:
    """How many values a control has; a point in each direction."""
    if isinstance(control, Choice):
        return len(control.options)
    if isinstance(control, Drawing):
        return len(control.examples)
    if isinstance(control, Toggle):
        return 2
    if isinstance(control, Steps):
        return int(min(control.high, last or control.high) - control.low) + 1
    if isinstance(control, Slider) and control.step:
        return round((control.high - control.low) / control.step) + 1
    return 10**6


def cost_of(control: Control, k: int) -> int:
    """How many states k values of it are."""
    return k * k if isinstance(control, Point) else k


def _grown(taken: Mapping[str, Control], count: Mapping[str, int], last: int | None, most: int) -> str | None:
    """The axis that gets one more value: that with the fewest, for which there is room."""
    states = prod(cost_of(taken[name], k) for name, k in count.items())
    for name in sorted(count, key=lambda one: count[one]):
        k, control = count[name], taken[name]
        if k < values_of(control, last) and states // cost_of(control, k) * cost_of(control, k + 1) <= most:
            return name
    return None


def axis_of(control: Control, k: int, wanted: Sequence[Any]) -> tuple[Any, ...]:
    """k values of a control, evenly, among them those wanted."""
    if isinstance(control, Choice):
        return control.options
    if isinstance(control, Drawing):
        return tuple(map(str, range(len(control.examples))))
    if isinstance(control, Toggle):
        return (False, True)
    if isinstance(control, Point):
        xs, ys = (_spread(low, high, control.step, False, k, [control.value[i], *(one[i] for one in wanted)])
                  for i, (low, high) in enumerate((control.x, control.y)))
        return tuple(product(xs, ys))
    if not isinstance(control, Slider):
        return ()
    high = control.low + k - 1 if isinstance(control, Steps) else control.high
    return _spread(control.low, high, control.step, control.log, k, _kept(control, wanted)[2:])


def _kept(control: Control, wanted: Sequence[Any]) -> list[Any]:
    """Values of a slider that must be there: its ends, its default, and those wanted; each once."""
    if not isinstance(control, Slider):
        return []
    return list(dict.fromkeys([control.low, control.high, control.value, *map(control.clamp, wanted)]))


def _spread(
    low: float, high: float, step: float | None, by_log: bool, k: int, kept: Sequence[float]
) -> tuple[float, ...]:
    """k values from low to high, evenly, on whole steps; in the place of the nearest ones those to be kept."""
    values = set()
    for i in range(k):
        at = low * (high / low) ** (i / (k - 1)) if by_log else low + (high - low) * i / (k - 1)
        at = low + round((at - low) / step) * step if step else float(f"{at:.3g}")
        values.add(_plain(min(max(at, low), high)))
    stay = {_plain(one) for one in (low, high, *kept)}
    for one in sorted(stay - values):
        if free := values - stay:
            values.remove(min(free, key=lambda v: _apart(v, one, by_log)))
        values.add(one)
    return tuple(sorted(values))


def _apart(a: float, b: float, by_log: bool) -> float:
    return abs(log(a / b)) if by_log else abs(a - b)


def _plain(value: float) -> float | int:
    """Without the dust of adding steps.

    >>> _plain(0.1 + 0.2), _plain(3)
    (0.3, 3)
    """
    return value if isinstance(value, int) else float(f"{value:.12g}")
