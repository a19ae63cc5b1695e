"""The layered drawing: nothing overlaps, arrows lead onward, and no crossing is needless."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wengu.graph.layout import layered

SIZES = st.lists(st.tuples(st.integers(20, 160), st.integers(20, 60)), min_size=1, max_size=14)


@settings(max_examples=60, derandomize=True)
@given(SIZES, st.data(), st.booleans())
def test_boxes_stand_apart_within_the_drawing_and_arrows_lead_onward(sizes: list[tuple[int, int]], data: st.DataObject, right: bool) -> None:
    pairs = list(combinations(range(len(sizes)), 2))
    arrows = data.draw(st.lists(st.sampled_from(pairs), max_size=20, unique=True)) if pairs else []
    layout = layered(sizes, arrows, right=right)
    boxes = [(x - w / 2, y - h / 2, x + w / 2, y + h / 2) for (x, y), (w, h) in zip(layout.middles, sizes, strict=True)]
    for a, b in combinations(boxes, 2):
        assert a[2] <= b[0] + 1e-6 or b[2] <= a[0] + 1e-6 or a[3] <= b[1] + 1e-6 or b[3] <= a[1] + 1e-6
    assert all(x0 >= -1e-6 and y0 >= -1e-6 and x1 <= layout.width + 1e-6 and y1 <= layout.height + 1e-6 for x0, y0, x1, y1 in boxes)
    for route in layout.routes:
        steps = [point[0 if right else 1] for point in route]
        assert steps == sorted(steps)


def test_a_chain_is_straight() -> None:
    layout = layered([(40, 20), (100, 20), (60, 20)], [(0, 1), (1, 2)])
    assert len({round(x, 6) for x, _ in layout.middles}) == 1


def test_a_needless_crossing_is_undone() -> None:
    layout = layered([(40, 20)] * 4, [(0, 3), (1, 2)])
    (a, b, c, d) = (x for x, _ in layout.middles)
    assert (a - b) * (d - c) > 0


@pytest.mark.parametrize("right", [False, True])
def test_a_start_stands_just_before_what_it_feeds(right: bool) -> None:
    layout = layered([(40, 20)] * 5, [(0, 1), (1, 2), (2, 4), (3, 4)], right=right)
    along = [point[0 if right else 1] for point in layout.middles]
    assert along[3] == along[2]
