"""Lines of a chart, its axis, and what is written at their ends."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from wengu.report.parts.axis import labels, ticks
from wengu.report.parts.line_chart import LEFT, LINE_GAP, RIGHT, H, W, line_chart


@given(st.floats(-1e6, 1e6), st.floats(1e-9, 1e6), st.integers(2, 8))
def test_ticks_are_round_equal_and_hold_the_range(low: float, span: float, wanted: int) -> None:
    high = low + span
    assume(high - low > 1e-6 * abs(low))  # a smaller range a chart cannot show
    marks = ticks(low, high, wanted=wanted)
    step = (marks[-1] - marks[0]) / (len(marks) - 1)
    assert marks[0] <= low + 1e-6 * step and marks[-1] >= high - 1e-6 * step
    assert len(marks) <= wanted + 3
    assert np.diff(marks) == pytest.approx(step, rel=1e-4)
    leading = step / 10 ** math.floor(math.log10(step) + 1e-6)
    assert min(abs(leading - k) for k in (1, 2, 5)) < 1e-3
    assert len({*labels(marks)}) == len(marks)


def test_a_rate_between_two_whole_percents_has_ticks_that_differ() -> None:
    chart = line_chart([("dev", "dev", [(1, 0.2172), (2, 0.2144), (3, 0.2189)])], about="", percent=True)
    names = [name for _, name in chart.y_ticks]
    assert names == [f"21.{k}\xa0%" for k in (4, 5, 6, 7, 8, 9)]


def test_a_line_runs_from_edge_to_edge_and_its_best_is_marked() -> None:
    chart = line_chart([("dev", "dev", [(1, 0.0), (2, 5.0), (3, 10.0)])], about="", mark=(3, "best"))
    places = [tuple(map(float, place.split(","))) for place in chart.lines[0].path[1:].split("L")]
    assert places[0] == (LEFT, chart.bottom) and places[-1] == (W - RIGHT, chart.top)
    assert places[1] == ((LEFT + W - RIGHT) / 2, (chart.top + chart.bottom) / 2)
    assert (chart.mark.x, chart.mark.anchor) == (W - RIGHT, "end") and chart.height == H


def test_names_of_lines_do_not_overlap_and_what_is_not_finite_is_left_out() -> None:
    chart = line_chart([("a", "x", [(1, 1.0), (2, math.nan), (3, 2.0)]), ("b", "y", [(1, 3.0), (3, 2.01)])], about="")
    heights = sorted(line.name_y for line in chart.lines)
    assert heights[1] - heights[0] >= LINE_GAP and chart.lines[0].path.count("L") == 1
    assert line_chart([("a", "x", [(1, math.inf)])], about="") is None


@pytest.mark.parametrize("points", [[(1, 0.0)], [(1, 0.3)], [(1, 2.0), (2, 2.0)], [(1, -1.0), (2, -1.0)],
                                    [(1, 0.003), (2, math.nextafter(0.003, 0))], [(1, 1e-14), (2, 3e-14)]])
def test_one_point_or_a_flat_line_can_be_drawn(points: list[tuple[float, float]]) -> None:
    chart = line_chart([("a", "x", points)], about="")
    assert all(LEFT <= x <= W - RIGHT and chart.top <= y <= chart.bottom for x, y, _ in chart.lines[0].dots)
