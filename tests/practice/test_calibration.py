"""Calibration: equal to scikit-learn's, intervals that hold the truth, and a calibration error beside that of chance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from wengu.core.checks import InputError
from wengu.practice import brier_score, log_loss, reliability


def chances(m: int, spread: float, middle: float, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Whether it is so, and the true probability of it."""
    p = expit(spread * generator.standard_normal(m) + logit(middle))
    return generator.random(m) < p, p


@pytest.mark.parity
@pytest.mark.parametrize("k", [2, 4])
def test_parity_scores(k: int) -> None:
    """Authority: scikit-learn's brier_score_loss and log_loss, of two classes and of several."""
    from sklearn import metrics

    generator = np.random.default_rng(2)
    p = generator.dirichlet(np.full(k, 0.5), 300)
    y = generator.integers(0, k, 300)
    both = (y, p[:, 1]) if k == 2 else (y, p)
    assert brier_score(y, p).value == pytest.approx(metrics.brier_score_loss(*both), abs=1e-14)
    assert log_loss(y, p).value == pytest.approx(metrics.log_loss(y, p, labels=range(k)), abs=1e-13)
    p[0] = np.eye(k)[(y[0] + 1) % k]  # a p of 0 for what is true
    assert log_loss(y, p).value == pytest.approx(metrics.log_loss(y, p, labels=range(k)), abs=1e-12)


@pytest.mark.parity
@pytest.mark.parametrize("bins", [5, 10])
def test_parity_reliability(bins: int) -> None:
    """Authority: scikit-learn's calibration_curve, and scipy's Wilson interval of each bin."""
    from scipy.stats import binomtest
    from sklearn.calibration import calibration_curve

    y, p = chances(700, 1.5, 0.4, np.random.default_rng(3))
    rate, mean = calibration_curve(y, p, n_bins=bins)
    found = reliability(y, p, bins=bins)
    np.testing.assert_allclose([found.rate, found.p], [rate, mean], atol=1e-14)
    assert found.error == pytest.approx(float((found.n * np.abs(rate - mean)).sum() / 700), abs=1e-14)
    for n, at, low, high in zip(found.n, found.rate, found.low, found.high, strict=True):
        if min(at, 1 - at) * n > 3.5:
            want = binomtest(round(n * at), n).proportion_ci(method="wilson")
            assert (low, high) == pytest.approx((want.low, want.high), abs=1e-12)


@pytest.mark.parametrize("m", [50, 400])
@pytest.mark.parametrize(("spread", "middle"), [(1.0, 0.5), (3.0, 0.1), (6.0, 0.5)])
@pytest.mark.parametrize("sharpened", [1.0, 2.0])
def test_intervals_of_scores_hold_the_truth(m: int, spread: float, middle: float, sharpened: float) -> None:
    """Of calibrated and of over-confident probabilities; those of a million examples are taken for the truth."""
    generator, times = np.random.default_rng(4), 250

    def told(m: int) -> tuple[np.ndarray, np.ndarray]:
        y, p = chances(m, spread, middle, generator)
        p = expit(sharpened * logit(p)).clip(5e-7, 1 - 5e-7)
        return y.astype(int), np.stack([1 - p, p], axis=1)

    truth = [score(*told(1_000_000)).value for score in (brier_score, log_loss)]
    held = np.zeros(2)
    for _ in range(times):
        given = told(m)
        ends = [score(*given).interval() for score in (brier_score, log_loss)]
        held += [low <= want <= high for want, (low, high) in zip(truth, ends, strict=True)]
    assert (held >= 0.91 * times).all(), held / times


def test_groups_make_scores_less_sure() -> None:
    y, p = chances(40, 1.5, 0.5, np.random.default_rng(5))
    y, table = np.repeat(y.astype(int), 25), np.repeat(np.stack([1 - p, p], axis=1), 25, axis=0)
    for score in (brier_score, log_loss):
        alone, once = score(y, table), score(y[::25], table[::25])
        grouped = score(y, table, group=np.arange(1000) // 25)
        assert grouped.value == pytest.approx(alone.value) == pytest.approx(once.value)
        assert tuple(grouped.interval()) == pytest.approx(tuple(once.interval()), rel=1e-6)
        assert np.ptp(grouped.interval()) > 3 * np.ptp(alone.interval())


@pytest.mark.parametrize("m", [60, 500])
@pytest.mark.parametrize("spread", [1.0, 3.0])
def test_calibrated_probabilities_are_off_in_one_of_twenty_sets(m: int, spread: float) -> None:
    generator, times = np.random.default_rng(6), 400
    made = [reliability(*chances(m, spread, 0.3, generator)) for _ in range(times)]
    off = np.mean([one.is_off for one in made])
    assert 0.02 <= off <= 0.085, off
    assert np.mean([one.error for one in made]) == pytest.approx(np.mean([one.by_chance for one in made]), rel=0.08)


def test_over_confident_probabilities_are_found() -> None:
    y, p = chances(1000, 1.0, 0.5, np.random.default_rng(7))
    found = reliability(y, expit(3 * logit(p)))
    assert found.is_off and found.error > 3 * found.by_chance


def test_groups_make_more_by_chance() -> None:
    """Twenty groups of fifty that are so or not together: what looks far off is not."""
    generator = np.random.default_rng(8)
    y, p = np.repeat(generator.random(20) < 0.5, 50), np.full(1000, 0.5)
    y[:50] = True
    assert reliability(y, p).by_chance_at_most < 0.05
    found = reliability(y, p, group=np.repeat(np.arange(20), 50))
    assert found.by_chance_at_most > 0.15
    assert found.high[0] - found.low[0] > 0.35


def test_what_is_always_right_has_an_interval() -> None:
    sure = np.tile([1.0, 0.0], (50, 1))
    low, high = log_loss(np.zeros(50, int), sure).interval()
    assert low == 0 < high
    assert brier_score(np.zeros(50, int), sure).interval()[0] == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: reliability([True], [1.2]), "p: expected probabilities from 0 to 1, got 1.2"),
        (lambda: reliability([True, False], [0.2]), r"p: expected a probability for each example, got shape \(1,\)"),
        (lambda: reliability([True], [0.5], bins=0), "bins"),
        (lambda: brier_score([0, 2], [[0.5, 0.5], [0.1, 0.9]]), "truth: expected the place of a class, from 0 on"),
        (lambda: log_loss(["a"], [[0.5, 0.5]]), "truth: expected the place of a class, from 0 on"),
        (lambda: log_loss([0], [[np.nan, 0.5]]), "p: expected probabilities from 0 to 1, got nan"),
    ],
)
def test_bad_input_by_message(call, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=message):
        call()
