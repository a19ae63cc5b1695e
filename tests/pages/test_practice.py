"""The chapter on practice: what its figures draw and say is what the library, or arithmetic, gives."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
import torch

from tests.pages.seeing import drawn, marks
from wengu.pages.figure import written
from wengu.practice import learning_curve, ledger, remedies


def test_sizes_of_a_million_and_of_a_given_test_set():
    made = drawn("practice/splits", "sizes", m=1_000_000)
    assert marks(made, "bars")[0]["y"] == [98, 1, 1]
    assert "980,000 are for train, 10,000 for dev and 10,000 for test." in made["say"]
    assert marks(drawn("practice/splits", "sizes", m=500, given=True), "bars")[0]["y"] == [70, 30]


def test_a_measured_error_is_one_that_can_be_counted():
    made = drawn("practice/splits", "sizes", m=20, error=30.0)
    assert "With 1 of that dev set wrong the error is 25.0" in made["say"], "30 % of 4 examples is no count"
    assert marks(made, "dots", 1)[0]["y"] == [25]


def test_the_interval_is_near_that_of_the_normal_distribution():
    made = drawn("practice/splits", "sizes", m=20_000, error=20.0)
    low, high = map(float, re.findall(r"interval (\S+) to (\S+)\s%", made["say"])[0])
    half = 100 * 1.96 * math.sqrt(0.2 * 0.8 / 4_000)
    assert (low, high) == pytest.approx((20 - half, 20 + half), abs=0.15)
    bounds = marks(made, "band", 1)[0]
    assert all(a < 20 < b for a, b in zip(bounds["low"], bounds["high"], strict=True))


def test_strata_keep_the_share():
    made = drawn("practice/splits", "strata", rare=20, seed=7)
    kept, by_chance = (mark["y"] for mark in marks(made, "bars"))
    assert kept == [10, 10, 10]
    assert np.dot(by_chance, [120, 40, 40]) / 200 == pytest.approx(10, abs=1e-3)
    assert by_chance != kept


@pytest.mark.parametrize(("case", "cause"), [
    ("variance", "high variance"), ("bias", "high bias"), ("both", "high bias and high variance"),
    ("people 1 %", "high bias"), ("people 7.5 %", "high variance"), ("other data, variance", "high variance"),
    ("mismatch", "data mismatch"), ("other data, bias", "high bias"),
    ("bias and mismatch", "high bias and data mismatch"), ("over-fitted dev", "over-fitted dev set"),
])  # fmt: skip
def test_cases_get_the_notes_answer(case, cause):
    made = drawn("practice/ledger", "cases", case=case)
    assert made["say"].startswith(f"Cause: {cause}.")
    assert sum(line["tone"] == "bad" for line in marks(made, "ledger")[0]["lines"]) == 1 + cause.count(" and ")


def test_a_good_model_has_no_cause():
    made = drawn("practice/ledger", "cases", case="good")
    assert "none is a cause" in made["say"]
    assert [row[0] for row in made["rows"]] == [remedy.what for remedy in remedies("none")]


def test_calculator_says_what_the_ledger_says():
    made = drawn("practice/ledger", "calculator", errors=[1, 5, 6, 12, 20], examples=[2000], worth=2.0)
    book = ledger(human=.01, train=.05, train_dev=.06, dev=.12, test=.2, n=2000, worth=.02)
    assert made["say"] == written(" ".join(book.sentences()))
    lines, last = marks(made, "ledger")[0]["lines"], marks(made, "ledger")[0]["ticks"][-1]
    assert [line["value"] for line in lines] == [
        "1.0\xa0%", "+4.0 points", "5.0\xa0%", "+1.0 points", "6.0\xa0%", "+6.0 points", "12.0\xa0%", "+8.0 points", "20.0\xa0%"]
    of_bars = [line for line in lines if line["kind"] == "bar"]
    for line, row in zip(of_bars, book.rows, strict=True):
        place = lambda value: 100 * value / (float(last[1]) / 100)  # noqa: E731
        assert line["span"] == pytest.approx([0, place(row.value)], abs=0.02)
        assert (line["whisker"] is None) == (row.low is None) == (row.set == "human")
        assert row.low is None or line["whisker"] == pytest.approx([place(row.low), place(row.high)], abs=0.02)
    for before, line, after in zip(lines[:-1:2], lines[1::2], lines[2::2], strict=True):
        assert line["span"] == pytest.approx([before["span"][1], after["span"][1]], abs=0.02)
    steps = remedies(book.cause, worse_than_human=True)
    assert made["rows"] == [[step.what, step.why] for step in steps]


def test_better_than_people_drops_their_steps():
    rows = drawn("practice/ledger", "calculator", errors=[9, 1, None, 8, None])["rows"]
    assert not any("people" in what for what, _ in rows)


@pytest.mark.parametrize("errors", [[1, 5, None, None, None], [1, None, None, 5, None]])
def test_calculator_tells_what_is_missing(errors):
    made = drawn("practice/ledger", "calculator", errors=errors)
    assert made["say"] == "Give at least the errors on train and dev."
    assert marks(made, "bars")[0]["y"] == [1, 5]


def test_contours_are_those_of_the_regression_and_descent_goes_by_its_powers() -> None:
    """Authority: w_k = (I - H/h)^k w_0 in numpy, H of the examples themselves."""
    x = torch.randn(200, 2, generator=torch.Generator().manual_seed(0)).double().numpy() * [1.0, 4.0]
    made = drawn("practice/normalisation", "contours", ratio=4.0)
    for panel, features in enumerate((x - x.mean(0), (x - x.mean(0)) / x.std(0))):
        H = features.T @ features / 200
        w = np.array([-3.0, 2.0])
        for k in range(6):
            assert (marks(made, "line", panel)[0]["x"][k], marks(made, "line", panel)[0]["y"][k]) == pytest.approx(w, rel=1e-3, abs=1e-4)
            w = w - H @ w / np.linalg.eigvalsh(H)[-1]
        corner = np.array([-4.0, -4.0])
        assert marks(made, "field", panel)[0]["z"][0][0] == pytest.approx((corner @ H @ corner / 2) ** 0.5, rel=1e-3)
    assert "< 0.001\u00a0% after normalisation" in made["each"][-1]


def test_normalisation_by_training_keeps_the_shift_and_by_itself_hides_it():
    def means(own):
        made = drawn("practice/normalisation", "two_sets", shift=2.0, own=own)
        train, dev = (torch.tensor([mark["x"], mark["y"]], dtype=torch.float64) for mark in marks(made, "dots"))
        t, d = (torch.tensor([mark["x"], mark["y"]], dtype=torch.float64) for mark in marks(made, "dots", 1))
        by = dev if own else train
        wanted = (dev - by.mean(dim=1, keepdim=True)) / by.std(dim=1, correction=0, keepdim=True)
        torch.testing.assert_close(d, wanted, rtol=1e-3, atol=2e-3)
        torch.testing.assert_close(t.std(dim=1, correction=0), torch.ones(2, dtype=torch.float64), rtol=1e-3, atol=1e-3)
        return d.mean(dim=1)

    assert (means(False) > 1.5).all()
    assert means(True).abs().max() < 1e-3


def test_sets_that_are_alike_and_sets_that_are_not():
    """Φ(1.5/√2) = 0.86 is the AUC of two normal distributions 1.5 deviations apart."""
    assert "dev is like train" in drawn("practice/mismatch", "alike", shift=0.0, spread=1.0, train=4000, dev=2000)["say"]
    made = drawn("practice/mismatch", "alike", shift=1.5, spread=1.0, train=4000, dev=2000)
    assert "dev is unlike train" in made["say"]
    assert float(re.findall(r"AUC is (\S+),", made["say"])[0]) == pytest.approx(0.86, abs=0.02)
    assert "dev is unlike train" in drawn("practice/mismatch", "alike", shift=0.0, spread=3.0, train=600, dev=400)["say"]
    assert "cannot be told" in drawn("practice/mismatch", "alike", shift=0.2, spread=1.0, train=40, dev=20)["say"]
    own = drawn("practice/mismatch", "calculator", train=[390, 120, 600], dev=[570, 120, 400])
    assert own["say"] == drawn("practice/mismatch", "alike", shift=1.5, spread=1.0, train=600, dev=400)["say"]
    assert "dev is" in drawn("practice/mismatch", "calculator", train=[None, 0, 1], dev=[1, None, 1e9])["say"]


def test_weighed_train_has_the_mean_of_dev():
    said = drawn("practice/mismatch", "weights", shift=1.0, train=4000)["say"]
    mean, of_dev, n, left = map(float, re.findall(r"-?\d+(?:\.\d+)?", said.replace(",", "")))
    assert mean == pytest.approx(of_dev, abs=0.2) and n == 4000 and 4000 / np.e * 0.6 < left < 4000 / np.e * 1.8


def test_a_planted_learning_curve_is_forecast_beside_its_truth():
    made = drawn("practice/learning_curve", "planted", rest=5.0, power=0.5, dev=20_000, seed=1)
    value, low, high, truth = map(float, re.findall(r"\d+\.\d+", made["say"]))
    assert truth == pytest.approx(5 + 10 / math.sqrt(2), abs=0.05) and low < truth < high
    few = drawn("practice/learning_curve", "planted", rest=5.0, power=0.5, dev=200, seed=1)
    assert float(re.findall(r"[\d.]+", few["say"])[2]) - float(re.findall(r"[\d.]+", few["say"])[1]) > 2 * (high - low)
    bounds = marks(made, "band")[0]
    assert all(a <= b for a, b in zip(bounds["low"], bounds["high"], strict=True)) and value > 0


def test_the_learning_curves_calculator_says_what_the_library_says():
    made = drawn("practice/learning_curve", "calculator", sizes=[100, 200, 400, 800, None, None],
                 errors=[33.28, 25, 19.14, 15, None, None], dev=[2000], target=10.0)
    curve = learning_curve([100, 200, 400, 800], [.3328, .25, .1914, .15], 2000)
    assert made["say"] == written(" ".join([*curve.sentences(), curve.reaching(.1)])) and "12.1\u00a0%" in made["say"]
    assert marks(made, "dots")[0]["y"] == [33.28, 25, 19.14, 15]
    two = drawn("practice/learning_curve", "calculator", sizes=[100, 200] + [None] * 4, errors=[30, 20] + [None] * 4)
    assert two["say"].startswith("sizes: expected at least 3 different numbers")
