"""The pages on metrics and on choosing: what their calculators draw and say is what the library gives."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import precision_recall_curve, roc_curve

from tests.pages.seeing import drawn, marks, numbers
from wengu.practice import F1, Precision, Recall, Records, difference, estimate, estimate_rate


def test_counts_have_the_metrics_and_their_intervals() -> None:
    made = drawn("practice/metrics", "counts", given=[8, 2, 4, 86])
    rows = Records([1] * 8 + [0] * 2 + [1] * 4 + [0] * 86, [1] * 10 + [0] * 90)
    found = [estimate(rows, metric, resamples=200) for metric in (Precision(1), Recall(1), F1(1))]
    assert marks(made, "bars")[0]["y"][:4] == pytest.approx([80, 200 / 3, 1600 / 22, 94], abs=0.05)
    for one, row in zip(found, made["rows"], strict=False):
        low, high = one.interval()
        assert row[1:] == [f"{100 * one.value:.1f}", f"{100 * low:.1f} – {100 * high:.1f}"]
    assert made["rows"][3][1:] == ["94.0", "87.5 – 97.2"]  # Wilson of 94 of 100, by hand


def test_too_few_and_nothing_are_said() -> None:
    made = drawn("practice/metrics", "counts", given=[2, 3, 2, 90])
    assert [row[2] for row in made["rows"]][1:3] == ["cannot be judged: only 4 examples of the class"] * 2
    made = drawn("practice/metrics", "counts", given=[0, 0, 9, 90])  # never said
    assert made["rows"][0][1:] == ["not measured", ""]
    assert drawn("practice/metrics", "counts", given=[None, 0, 0, None])["say"] == "Give at least one count."


def away(x: float, y: float, curve: dict[str, Any]) -> float:
    """How far a point is from a line of straight pieces."""
    corners = np.array([curve["x"], curve["y"]]).T
    start, piece = corners[:-1], np.diff(corners, axis=0)
    along = ((np.array([x, y]) - start) * piece).sum(axis=1) / np.maximum((piece**2).sum(axis=1), 1e-12)
    return float(np.linalg.norm(start + np.clip(along, 0, 1)[:, None] * piece - [x, y], axis=1).min())


def test_a_threshold_stands_on_both_curves() -> None:
    for at in (0.3, 0.5, 0.8):
        made = drawn("practice/metrics", "threshold", at=at)
        for panel in (0, 1):
            dot, curve = marks(made, "dots", panel)[0], marks(made, "line", panel)[0]
            assert away(dot["x"][0], dot["y"][0], curve) < 0.1
        said, precision, recall, f1 = numbers(made["say"])[2], *(float(x) for x in re.findall(r"(\d+)\s%", made["say"])[:3])
        assert said == at and f1 == pytest.approx(2 * precision * recall / (precision + recall), abs=1)


@pytest.mark.parametrize("share", [2, 7, 50])
def test_the_curves_are_scikit_learns_and_the_class_stays_the_same(share: int) -> None:
    """From corner to corner, against every point of them; recall at a threshold does not know of the others."""
    m = round(60 * 100 / share)
    z = np.random.default_rng(0).standard_normal(m) + np.where(np.arange(m) < 60, 0.9, -0.9)
    y, score = np.arange(m) < 60, 1 / (1 + np.exp(-1.5 * z))
    made = drawn("practice/metrics", "threshold", share=share, at=0.5)
    false, recall, _ = roc_curve(y, score, drop_intermediate=False)
    precision, found, _ = precision_recall_curve(y, score)
    roc, pr = (marks(made, "line", panel)[0] for panel in (0, 1))
    assert max(away(100 * a, 100 * b, roc) for a, b in zip(false, recall, strict=True)) < 0.1
    assert max(away(100 * a, 100 * b, pr) for a, b in zip(found[:-1], precision[:-1], strict=True)) < 0.1
    assert f"60 of {m:,} examples" in made["say"] and f"recall {100 * (score[:60] >= 0.5).mean():.0f}\u00a0%" in made["say"]
    assert len(roc["x"]) < 130, "the line is drawn by its corners"


def test_a_rarer_class_lowers_precision_and_leaves_the_roc_curve() -> None:
    areas = {share: numbers(re.split("AUC", drawn("practice/metrics", "threshold", share=share)["say"])[1]) for share in (5, 50)}
    assert areas[5][0] == pytest.approx(areas[50][0], abs=0.06) and areas[5][3] < areas[50][3] - 0.2


def test_the_best_within_a_limit_and_how_sure() -> None:
    """90 % in 80 ms, 92 % in 95 ms, 95 % in 1500 ms; the second is taken."""
    three = {"accuracies": [90, 92, 95, None], "times": [80, 95, 1500, None]}
    made = drawn("practice/choosing", "within", **three, examples=2000)
    assert made["say"].startswith("B is the best within 100 ms, clearly: 2.0 points")
    low, high = difference(estimate_rate(0.92, 2000), estimate_rate(0.90, 2000))
    assert numbers(made["say"])[2:4] == pytest.approx([100 * low, 100 * high], abs=0.05)
    assert "but not clearly" in drawn("practice/choosing", "within", **three, examples=500)["say"]
    assert drawn("practice/choosing", "within", **three, limit=5000.0)["say"].startswith("C is the best")
    assert drawn("practice/choosing", "within", **three, limit=85.0)["say"] == "A is the only one within 85 ms."
    assert drawn("practice/choosing", "within", **three, limit=10.0)["say"] == "No model keeps to 10 ms."
    assert [row[3] for row in made["rows"]] == ["yes", "yes", "no"]
    assert [(one["tone"], one["x"]) for one in marks(made, "dots")] == [("good", [95]), ("1", [80]), ("quiet", [1500])]


def test_one_number_by_hand() -> None:
    made = drawn("practice/choosing", "one_number", accuracies=[90, 92, 95, None], times=[80, 95, 1500, None])
    assert marks(made, "bars")[0]["y"] == pytest.approx([0.86, 0.8725, 0.2], abs=1e-3)
    assert made["say"].startswith("B has the highest number")
    assert drawn("practice/choosing", "one_number", weight=0.0)["say"].startswith("C has the highest number, 0.950")
