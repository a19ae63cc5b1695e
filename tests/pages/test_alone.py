"""What of a copy's figures is moved alone: finer than the grid, bounded, with the values of the grid among them."""

from __future__ import annotations

from math import prod

import pytest

from tests.pages.test_grid import FIGURES, drawn
from wengu.handbook.grids import wanted_of
from wengu.pages import figure_of
from wengu.pages.alone import FEW, LEAST, MOST, alone_of, alone_states
from wengu.pages.figure import Point, Slider, Steps, choice, point, slider, toggle
from wengu.pages.grid import axes_of


@pytest.mark.parametrize(("path", "name"), FIGURES, ids=lambda one: one)
def test_what_is_moved_alone_is_finer_than_the_grid_and_on_the_way_back_to_it(path: str, name: str) -> None:
    figure, wanted = figure_of(path, name), wanted_of(path, name)
    axes = axes_of(figure, figure(), wanted)
    alone = alone_of(figure, axes, wanted)
    states = alone_states(alone)
    assert len(states) == prod(map(len, alone.shared.values())) * sum(map(len, alone.each.values())) <= MOST
    for one, values in alone.each.items():
        control = figure.controls[one]
        assert isinstance(control, Slider | Point) and not isinstance(control, Steps)
        assert set(axes.get(one, ())) <= set(values), one
        assert len(values) > len(axes.get(one, ()))
        assert all(any(value == pytest.approx(control.clamp(kept)) for value in values) for kept in [control.value, *wanted.get(one, ())])
        assert len(values) >= (FEW**2 if isinstance(control, Point) else min(LEAST, len(axes.get(one, ())) + 1))
    assert all(alone.shared[one] == axes[one] for one in alone.shared)


@pytest.mark.parametrize(("path", "name"), [("gradient_descent/momentum", "paths"), ("gradient_descent/rmsprop", "ravine"),
                                            ("gradient_descent/adam", "descent"), ("gradient_descent/descent", "landscape")])
def test_a_start_is_dragged_in_a_copy_too(path: str, name: str) -> None:
    figure = figure_of(path, name)
    assert len(alone_of(figure, axes_of(figure, figure())).each["start"]) == 49


def test_choices_are_moved_with_it_where_there_is_room() -> None:
    made = drawn(kind=choice("a", "b", label="k"), x=slider(0.0, 1.0, 0.5, label="x"), on=toggle(False, label="o"),
                 at=point((0, 1), (0, 1), (0.5, 0.5), names=("u", "v"), label="at"))
    axes = axes_of(made, made(), most=20)
    shared, each = alone_of(made, axes, most=80)
    assert list(shared) == ["kind"] and list(each) == ["x", "at"]
    assert len(each["at"]) == FEW**2 and len(each["x"]) == 15, "(15 + 25) · 2 = 80"
    states = alone_states(alone_of(made, axes, most=80))
    assert states[0] == {"kind": "a", "x": 0.0} and states[30] == {"kind": "a", "at": each["at"][0]}
    assert alone_of(made, axes, most=20) == ({}, {}) == alone_of(made, {}), "no room; nothing that moves"
