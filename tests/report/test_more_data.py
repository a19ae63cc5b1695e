"""The learning curve over the amount of data, in the report."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wengu.adviser.data_curve import Point, keep_points
from wengu.adviser.diagnose import card_of
from wengu.core.i18n import use_language
from wengu.core.run_folder import RunFolder
from wengu.report.parts import more_data
from wengu.report.report import report


@pytest.fixture
def measured(made_run: Callable[..., Any]) -> RunFolder:
    """A run on 300 examples, whose dev error was 9 of 81, and what it was with less."""
    run, card = made_run()
    run.write_json("ledger.json", card.ledger.to_dict())
    keep_points(run, [Point(37, 0.0, 0.31, n=81), Point(75, 0.01, 0.22, n=81), Point(150, 0.01, 0.15, n=81)])
    return run


def test_points_law_and_band_are_drawn_to_twice_the_data(measured: RunFolder) -> None:
    found = more_data(measured)
    assert found is not None
    chart = found["chart"]
    assert [name for _, name in chart.x_ticks] == ["37", "75", "150", "300", "600"]
    steps = [b - a for (a, _), (b, _) in zip(chart.x_ticks, chart.x_ticks[1:], strict=False)]
    assert max(steps) - min(steps) < 0.05 * steps[0]  # a doubling is a doubling
    lines = {line.style: line for line in chart.lines}
    assert set(lines) == {"train", "dev", "law"} and len(lines["dev"].dots) == 4 and not lines["law"].dots
    assert lines["dev"].dots[0][2] == "37: 31.0\xa0%" and chart.mark.x == chart.x_ticks[3][0]
    ends = [tuple(map(float, place.split(","))) for place in chart.band[1:-1].split("L")]
    law = [tuple(map(float, place.split(","))) for place in lines["law"].path[1:].split("L")]
    low, high = ends[:len(law)], ends[len(law):][::-1]
    assert all(a[0] == b[0] == c[0] and a[1] >= b[1] >= c[1] for a, b, c in zip(low, law, high, strict=True))  # y points down
    assert law[-1][0] == chart.right


def test_it_is_a_section_of_the_report_in_either_language(measured: RunFolder, tmp_path: Path) -> None:
    html = report(measured, card_of(measured), lambda name, i: None)
    assert 'id="more-data"' in html and 'class="band"' in html and "Twice the data: dev error " in html
    assert re.search(r"dev error by training examples: 37: 31\.0 %", html)
    use_language("zh")
    assert "数据加倍" in report(measured, card_of(measured), lambda name, i: None)


def test_without_a_curve_or_with_a_damaged_one_there_is_no_section(measured: RunFolder) -> None:
    (measured.path / "curve.json").write_text("[]")
    assert more_data(measured) is None
    assert 'id="more-data"' not in report(measured, card_of(measured), lambda name, i: None)
    (measured.path / "curve.json").unlink()
    assert more_data(measured) is None
