"""The handbook's goals, measured: the median of five rounds within twice the target, scaled by a fixed loop's time."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator

import pytest

from benchmarks import web

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def book() -> Iterator[web.Book]:
    """The handbook with fifty runs, once for this file."""
    with web.opened() as made:
        yield made


@pytest.mark.parametrize("measure", web.MEASURES, ids=lambda one: one.__name__)
def test_goal_is_met_within_twice(book: web.Book, measure: Callable[[web.Book], dict[str, float]]) -> None:
    book.faults.clear()
    slow = max(1.0, web.reference() / web.REFERENCE)
    found = {name: statistics.median(took) for name, took in web.measured(book, measure).items()}
    assert {name: took for name, took in found.items() if took > 2 * slow * web.GOALS[name]} == {}, f"scaled by {slow:.2f}"
    assert book.faults == []


def test_web_part_of_the_wheel_stays_small() -> None:
    assert 100_000 < web.bytes_in_the_wheel() <= web.MOST_BYTES
