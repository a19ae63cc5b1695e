"""What is computed ahead of a figure: how many states, which values, and that nothing of them is lost."""

from __future__ import annotations

import gzip
from math import prod
from typing import Any

import pytest

from wengu.handbook.grids import wanted_of
from wengu.pages import figure_of, pages
from wengu.pages.figure import (
    Axis,
    Choice,
    Drawing,
    Fig,
    Panel,
    Point,
    Slider,
    Steps,
    Toggle,
    choice,
    figure,
    line,
    numbers,
    slider,
    steps,
    toggle,
)
from wengu.pages.grid import LEAST, PLAYED, axes_of, packed, states_of, unpacked

FIGURES = [(one.path, name) for one in pages("en") for name in one.figures]


def drawn(**controls: Any) -> Any:
    """A figure with these controls that says them."""
    names = ", ".join(f"{name}=controls[{name!r}]" for name in controls)
    made: dict[str, Any] = {}
    exec(f"def draw({names}): return Fig(say=repr(({', '.join(controls)},)))", {"Fig": Fig, "controls": controls}, made)
    return figure(shows=[])(made["draw"])


def axes(most: int = 150, wanted: dict[str, Any] | None = None, **controls: Any) -> dict[str, tuple[Any, ...]]:
    made = drawn(**controls)
    return axes_of(made, made(), wanted, most=most)


@pytest.mark.parametrize(("path", "name"), FIGURES, ids=lambda one: one)
def test_grid_of_a_figure_is_bounded_and_has_what_the_page_needs(path: str, name: str) -> None:
    made, wanted = figure_of(path, name), wanted_of(path, name)
    found = axes_of(made, default := made(), wanted)
    assert prod(map(len, found.values())) <= max(made.ahead, PLAYED if any(isinstance(made.controls[one], Steps) for one in found) else 0)
    for control, values in found.items():
        kind, kept = made.controls[control], [made.controls[control].value, *wanted.get(control, [])]
        if isinstance(kind, Drawing):
            assert values == tuple("0123456789")
        elif isinstance(kind, Choice | Toggle):
            assert set(values) == set(getattr(kind, "options", (False, True)))
        elif isinstance(kind, Steps):
            assert list(values) in (list(range(kind.low, kind.high + 1)), list(range(kind.low, (default.last or kind.high) + 1)))
        elif isinstance(kind, Slider):
            assert list(values) == sorted(set(values)) and (values[0], values[-1]) == (kind.low, kind.high)
            assert kind.value in values
            assert {float(f"{kind.clamp(one):.12g}") for one in kept} <= set(values)
            assert [kind.clamp(one) for one in values] == pytest.approx(values, rel=1e-12), "each is one that the figure takes"
        else:
            assert isinstance(kind, Point) and kind.value in values and len(values) >= LEAST**2


def test_a_copy_has_the_values_that_a_text_names() -> None:
    for path, name, control, value in [("gradient_descent/descent", "rates", "lr", 1.0), ("convnets/stride_padding", "walk", "s", 3),
                                       ("gradient_descent/vanishing", "depth", "w", 1.0), ("activations/activations", "curve", "z", 0.0)]:
        made = figure_of(path, name)
        assert value in axes_of(made, made(), wanted_of(path, name))[control], (path, name)


def test_values_are_even_with_ends_default_and_what_is_wanted_among_them() -> None:
    assert axes(5, a=slider(0.0, 8.0, 4.0, label="a"))["a"] == (0.0, 2.0, 4.0, 6.0, 8.0)
    assert axes(5, a=slider(0.0, 8.0, 3.5, label="a"))["a"] == (0.0, 2.0, 3.5, 6.0, 8.0), "the default in the nearest's place"
    assert axes(5, {"a": [7.0]}, a=slider(0.0, 8.0, 4.0, label="a"))["a"] == (0.0, 2.0, 4.0, 7.0, 8.0)
    assert axes(4, a=slider(0.001, 1.0, 0.01, log=True, label="a"))["a"] == (0.001, 0.01, 0.1, 1.0)
    assert axes(99, a=slider(1, 7, 3, step=2, label="a"))["a"] == (1, 3, 5, 7), "no more than it has"
    assert axes(99, a=slider(0.1, 0.4, 0.3, step=0.1, label="a"))["a"] == (0.1, 0.2, 0.3, 0.4), "without the dust of adding"


def test_room_goes_to_the_axis_with_the_fewest_values_and_none_has_fewer_than_three() -> None:
    three = {name: slider(0.0, 1.0, 0.5, label=name) for name in "abc"}
    assert [len(one) for one in axes(27, **three).values()] == [3, 3, 3]
    assert [len(one) for one in axes(36, **three).values()] == [4, 3, 3]
    assert list(axes(26, **three)) == ["a", "b"], "the third stays at its default"
    mixed = {"rule": choice("x", "y", label="rule"), "on": toggle(True, label="on"), **three}
    assert [len(one) for one in axes(108, **mixed).values()] == [2, 2, 3, 3, 3]
    assert axes(108, own=numbers(0, 1, names=("a",), value=[0.5], label="own")) == {}


def test_steps_that_are_asked_for_are_all_there_and_those_that_the_browser_plays_are_no_axis() -> None:
    def asked(step: Any = steps(0, 9, label="step"), a: Any = slider(0.0, 1.0, 0.5, label="a")) -> Fig:  # noqa: B008
        return Fig(say=f"{step} {a}", last=4)

    def played(step: Any = steps(0, 9, label="step"), a: Any = slider(0.0, 1.0, 0.5, label="a")) -> Fig:  # noqa: B008
        return Fig(say=[f"{k} {a}" for k in range(10)])

    one, other = figure(shows=[])(asked), figure(shows=[])(played)
    assert axes_of(one, one(), most=30)["step"] == tuple(range(10))
    assert axes_of(one, one(), most=29) == {"step": (0, 1, 2, 3, 4), "a": (0.0, 0.25, 0.5, 0.75, 1.0)}, "as far as they go by default"
    assert list(axes_of(other, other(), most=30)) == ["a"]


def test_states_are_every_combination_and_packing_loses_nothing_and_stores_what_is_alike_once() -> None:
    made = drawn(a=slider(0, 2, 1, label="a"), b=toggle(False, label="b"))
    states = states_of(axes_of(made, made()))
    assert states == [{"a": a, "b": b} for a in (0, 1, 2) for b in (False, True)]
    x = [k / 7 for k in range(500)]
    figures = [Fig(Panel(line(x, x, label="the same"), x=Axis(log=True)), say=f"“{k}” α", head=("a",), rows=[(k,)]).to_json()
               for k in range(50)]
    content = packed(figures)
    assert unpacked(content) == figures and content == packed(figures)
    assert gzip.decompress(content).decode().count(str(figures[0]["panels"][0]["marks"][0]["x"][123])) == 1
    assert len(content) < 2 * len(packed(figures[:1])), "49 more cost less than one"
