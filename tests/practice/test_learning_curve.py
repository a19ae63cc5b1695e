"""The power law through errors over amount of data: scipy's point, and intervals that hold the truth."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.optimize import curve_fit
from scipy.stats import norm

from wengu.core.checks import InputError
from wengu.core.i18n import speaking
from wengu.practice import Facts, learning_curve
from wengu.practice.power_law import fit_power_law

SIZES = np.array([225, 450, 900, 1800, 3600])
X = SIZES / 3600
BLEU = Facts(name="BLEU", direction="higher", scale="number", unit="sentence", worth=1.0)


def law(x: np.ndarray, a: float, b: float, c: float) -> np.ndarray:
    return a + b * x**-c


@pytest.mark.parametrize("seed", range(12))
def test_parity_the_best_law_is_that_of_scipys_curve_fit(seed: int) -> None:
    """Weighted least squares within the same bounds; where it stops elsewhere its squares are no fewer."""
    rng = np.random.default_rng(seed)
    s = rng.uniform(0.002, 0.01, 7)
    x = np.geomspace(1 / 64, 1, 7)
    y = law(x, rng.uniform(0.02, 0.1), rng.uniform(0.05, 0.2), rng.uniform(0.2, 0.6)) + s * rng.standard_normal(7)
    ours = fit_power_law(x, y, s)
    theirs, _ = curve_fit(law, x, y, p0=(ours.a + 0.01, ours.b, ours.c), sigma=s, absolute_sigma=True,
                          bounds=((0, 0, 1e-3), (np.inf, np.inf, 2)), xtol=1e-14, ftol=1e-14, gtol=1e-14, max_nfev=50_000)
    squares = float((((y - law(x, *theirs)) / s) ** 2).sum())
    assert ours.misfit == pytest.approx(float((((y - ours.at(x)) / s) ** 2).sum()), abs=1e-8)
    assert ours.misfit <= squares + 1e-4
    if ours.a > 1e-6 and 0.01 < ours.c < 1.99:  # at a bound the squares are flat
        assert law(np.array([1, 0.5]), *theirs) == pytest.approx(ours.at(np.array([1, 0.5])), abs=2e-4)


@pytest.mark.parametrize(("noise", "shared"), [(0.0, 0.0), (0.0, 0.5), (0.05, 0.5)])
def test_intervals_hold_the_truth_in_nine_of_ten_planted_curves(noise: float, shared: float) -> None:
    """Errors on one dev set, some of whose examples are hard for all; with `noise` every training scatters besides."""
    rng, times = np.random.default_rng(2), 2
    held: dict[object, list[bool]] = {2: [], 10: [], "gain": []}
    wrong = []
    for a, c, start, m in product((0.0, 0.03, 0.1), (0.2, 0.4, 0.8), (0.25, 0.5), (300, 1200, 5000)):
        b = (start - a) / 16**c
        for _ in range(times):
            z = rng.standard_normal((m, 1)) * shared**0.5 + rng.standard_normal((m, 5)) * (1 - shared) ** 0.5
            p = np.clip(law(X, a, b, c) * (1 + noise * rng.standard_normal(5)), 1e-4, 0.99)
            curve = learning_curve(SIZES.tolist(), (z > norm.isf(p)).mean(axis=0).tolist(), m)
            for more in (2, 10):
                told = curve.at(3600 * more)
                held[more].append(told.low <= law(np.array(more), a, b, c) <= told.high)
            truth = b * (1 - 2**-c)
            _, ends = curve.gain()
            held["gain"].append(ends.low <= truth <= ends.high)
            verdict = curve.verdict(0.01)
            wrong.append((verdict == "flat" and truth >= 0.01) or (verdict == "gains" and truth < 0.004))
    assert {name: np.mean(each) >= 0.9 for name, each in held.items()} == dict.fromkeys(held, True), held
    assert np.mean(wrong) <= 0.05


def test_a_steep_curve_gains_a_flat_one_does_not_and_few_dev_examples_cannot_tell() -> None:
    steep = learning_curve(SIZES.tolist(), law(X, 0.02, 0.1, 0.4).tolist(), 5000)
    assert steep.verdict() == "gains" and "more data helps" in steep.sentences()[1]
    assert steep.at(7200).value == pytest.approx(law(np.array(2.0), 0.02, 0.1, 0.4), abs=0.002)
    flat = learning_curve(SIZES.tolist(), [0.182, 0.161, 0.154, 0.151, 0.1505], 20_000)
    assert flat.verdict() == "flat" and "the last thing to try" in flat.sentences()[1]
    few = learning_curve(SIZES.tolist(), law(X, 0.02, 0.1, 0.2).tolist(), 60)
    assert few.verdict() == "cannot tell" and few.gain()[1].high - few.gain()[1].low > 0.01
    with speaking("zh"):
        assert "开发集误差" in steep.sentences()[0]


def test_more_dev_examples_narrow_the_interval() -> None:
    widths = [(told.high - told.low) for m in (300, 3000, 30_000)
              for told in [learning_curve(SIZES.tolist(), law(X, 0.02, 0.1, 0.4).tolist(), m).at(7200)]]
    assert widths[0] > 2 * widths[1] > 4 * widths[2]


def test_points_off_any_law_widen_it_and_it_is_said() -> None:
    smooth = learning_curve(SIZES.tolist(), law(X, 0.02, 0.1, 0.4).tolist(), 5000)
    rough = learning_curve(SIZES.tolist(), [0.33, 0.19, 0.23, 0.1, 0.15], 5000)
    assert rough.at(7200).high - rough.at(7200).low > 3 * (smooth.at(7200).high - smooth.at(7200).low)
    assert not rough.fits and smooth.fits and "scatter more" in rough.sentences()[-1]


def test_how_many_examples_a_target_takes() -> None:
    curve = learning_curve(SIZES.tolist(), law(X, 0.02, 0.1, 0.5).tolist(), 50_000)
    found = curve.needed(0.07)
    assert found is not None
    assert found[0] == pytest.approx(4 * 3600, rel=0.05) and found[1] < found[0] < found[2]
    assert curve.reaching(0.07).startswith("7.0 % would take about 14,000 examples, from ") and curve.needed(0.2) is None
    assert "reached already" in curve.reaching(0.2) and "never reached by more data alone" in curve.reaching(0.0)


def test_of_a_metric_whose_higher_is_better() -> None:
    curve = learning_curve([100, 200, 400, 800], [20.0, 25.0, 28.5, 31.0], standard_errors=[0.2] * 4, metric=BLEU)
    twice = curve.at(1600)
    assert twice.low < 32.8 < twice.high and twice.value == pytest.approx(32.8, abs=0.3) and curve.gain()[0] > 1
    accuracy = Facts(name="accuracy", direction="higher", scale="rate", unit="example", worth=0.01)
    errors = law(X, 0.02, 0.1, 0.4)
    of_hits, of_misses = (learning_curve(SIZES.tolist(), y.tolist(), 1200, metric=facts)
                          for y, facts in ((1 - errors, accuracy), (errors, None)))
    assert of_hits.at(7200).low == pytest.approx(1 - of_misses.at(7200).high)


def test_without_counts_the_scatter_tells_how_sure_they_are() -> None:
    y = law(X, 0.02, 0.1, 0.4) + np.array([0.004, -0.004, 0.003, -0.002, 0.002])
    known, unknown = (learning_curve(SIZES.tolist(), y.tolist(), counts) for counts in (100_000, None))
    assert unknown.at(7200).value == pytest.approx(known.at(7200).value, abs=0.01)
    assert unknown.at(7200).high - unknown.at(7200).low > 0.01


@pytest.mark.parametrize(("sizes", "errors", "more", "message"), [
    ([100, 200], [0.2, 0.1], {"counts": 50}, "sizes: expected at least 3 different numbers"),
    ([100, 100, 200], [0.2, 0.2, 0.1], {"counts": 50}, "sizes: expected at least 3 different numbers"),
    ([0, 100, 200], [0.3, 0.2, 0.1], {"counts": 50}, "above 0"),
    ([100, 200, 400], [20, 15, 12], {"counts": 50}, "errors: expected rates from 0 to 1, such as 0.081, got 20"),
    ([100, 200, 400], [0.2, 0.1], {"counts": 50}, "errors: expected 3, one for each size, got 2"),
    ([100, 200, 400], [0.3, 0.2, float("nan")], {"counts": 50}, "errors: expected finite numbers"),
    ([100, 200, 400], [0.3, 0.2, 0.1], {"counts": [50, 50]}, "counts: expected 3 numbers above 0"),
    ([100, 200, 400], [0.3, 0.2, 0.1], {"standard_errors": [0.1, 0.0, 0.1]}, "standard_errors: expected 3 numbers"),
    ([100, 200, 400], [0.3, 0.2, 0.1], {}, "counts: expected how many dev examples there are, or more than 3 sizes"),
])
def test_numbers_that_are_no_curve_are_refused(sizes: list[float], errors: list[float], more: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        learning_curve(sizes, errors, **more)
