"""The section on probabilities draws and says what practice measures of the run's own dev predictions."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tests.report.page import Page, pictures
from wengu.practice import measure_probabilities
from wengu.report.parts.square_chart import LEFT, SIDE, TOP
from wengu.report.report import report
from wengu.running.probabilities import read_probabilities


def points_of(path: str) -> np.ndarray:
    """The shares that a path of the drawing goes through."""
    x, y = np.array([pair.split(",") for pair in path[1:].split("L")], dtype=float).T
    return np.stack([(x - LEFT) / SIDE, 1 - (y - TOP) / SIDE])


def test_it_shows_what_is_measured(made_run) -> None:
    run, card = made_run()
    found = measure_probabilities(read_probabilities(run.path)["dev"].given, least=5e-7)
    page = Page(report(run, card, pictures))
    words = " ".join(page.words("probabilities").split())
    for one in found.classes:
        low, high = one.auc.interval()
        assert f"{one.name}{one.n}" in words.replace(" ", "")
        assert f"{one.auc.value:.3f} [{low:.3f}, {high:.3f}]" in words
    assert f"{found.calibration.brier.value:.3f}" in words and "calibration error of the likeliest class" in words
    drawn = [values["aria-label"] for values in page.all("svg") if values.get("role") == "img"]
    assert len(drawn) == 3 + 3 and drawn[3].startswith("Area under the ROC curve:")


def test_a_curve_is_drawn_where_it_is(made_run) -> None:
    run, card = made_run()
    found = measure_probabilities(read_probabilities(run.path)["dev"].given)
    worst = min(found.classes, key=lambda one: one.auc.value)
    html = report(run, card, pictures)
    section = html[html.index('id="probabilities"'):html.index('id="gallery"')]
    roc, *_ = re.findall(r'<g class="line first"><path d="([^"]+)"', section)
    assert points_of(roc) == pytest.approx(np.stack(worst.roc[:2]), abs=2e-3)
    off = found.calibration.reliability
    circles = re.findall(r'<circle cx="([^"]+)" cy="([^"]+)"', section)
    at = np.array(circles, dtype=float).T
    assert (at[0] - LEFT) / SIDE == pytest.approx(off.p, abs=2e-3)
    assert 1 - (at[1] - TOP) / SIDE == pytest.approx(off.rate, abs=2e-3)


def test_two_classes_draw_the_rarer_one_and_a_rare_one_is_not_judged(made_run) -> None:
    run, card = made_run(dev={("no", "no"): 60, ("yes", "no"): 3, ("no", "yes"): 2})
    html = report(run, card, pictures)
    assert "cannot be judged: only 3 examples of yes" in html and "p of yes, %" in html
    assert "Area under the ROC curve" not in html  # of what cannot be judged no curve is drawn


def test_a_run_without_probabilities_has_no_such_section(made_run) -> None:
    run, card = made_run()
    file = run.path / "predictions" / "dev.csv"
    rows = [",".join(line.split(",")[:3]) for line in file.read_text().splitlines()]
    file.write_text("\n".join(rows) + "\n")
    run.note_sum("predictions/dev.csv", None)
    assert 'id="probabilities"' not in report(run, card, pictures)
