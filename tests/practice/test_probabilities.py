"""A set's probabilities: each class against the others, their means, and calibration of the whole."""

from __future__ import annotations

import numpy as np
import pytest

from wengu.core.checks import InputError
from wengu.practice import Probabilities, measure_probabilities
from wengu.practice.probabilities import thinned
from wengu.practice.ranking import Ranked


def set_of(m: int, classes: tuple[str, ...], generator: np.random.Generator, shares: list[float] | None = None,
           sharp: float = 1.0) -> Probabilities:
    """Softmax of scores that are normal, one up for the true class; calibrated where sharp is 1 and the shares equal."""
    y = generator.choice(len(classes), m, p=shares)
    z = generator.standard_normal((m, len(classes))) + 1.5 * np.eye(len(classes))[y]
    p = np.exp(1.5 * sharp * z)
    return Probabilities(np.array(classes)[y], p / p.sum(axis=1, keepdims=True), classes)


@pytest.mark.parity
def test_parity_of_several_classes() -> None:
    """Authority: scikit-learn's roc_auc_score (one against the rest, macro), average_precision_score, brier_score_loss."""
    from sklearn import metrics

    given = set_of(300, ("ant", "bee", "cat"), np.random.default_rng(0), [0.6, 0.3, 0.1])
    found = measure_probabilities(given)
    assert found.auc.value == pytest.approx(metrics.roc_auc_score(given.truth, given.p, multi_class="ovr"), abs=1e-13)
    y = given.truth[:, None] == np.array(given.classes)
    assert found.average_precision.value == pytest.approx(metrics.average_precision_score(y, given.p), abs=1e-13)
    for k, one in enumerate(found.classes):
        assert one.auc.value == pytest.approx(metrics.roc_auc_score(y[:, k], given.p[:, k]), abs=1e-13)
        assert (one.n, one.share) == (y[:, k].sum(), y[:, k].mean())
    told = found.calibration
    assert told.brier.value == pytest.approx(metrics.brier_score_loss(given.truth, given.p), abs=1e-13)
    shares = np.tile(y.mean(axis=0), (300, 1))
    assert told.brier_alone == pytest.approx(metrics.brier_score_loss(given.truth, shares), abs=1e-13)
    assert told.log_loss_alone == pytest.approx(metrics.log_loss(given.truth, shares), abs=1e-13)


def test_the_interval_of_the_mean_holds_the_truth() -> None:
    generator, times = np.random.default_rng(1), 200
    truth = measure_probabilities(set_of(200_000, ("a", "b", "c"), generator, [0.7, 0.2, 0.1]))
    held = np.zeros(2)
    for _ in range(times):
        found = measure_probabilities(set_of(100, ("a", "b", "c"), generator, [0.7, 0.2, 0.1]))
        for k, name in enumerate(("auc", "average_precision")):
            low, high = getattr(found, name).interval()
            held[k] += low <= getattr(truth, name).value <= high
    assert (held >= 0.91 * times).all(), held / times


def test_a_class_that_is_too_rare_makes_no_mean() -> None:
    given = set_of(60, ("a", "b", "c"), np.random.default_rng(2), [0.5, 0.45, 0.05])
    found = measure_probabilities(given)
    n = int((given.truth == "c").sum())
    assert n < 5 and found.auc.few == found.average_precision.few == found.classes[2].auc.few == {"c": n}
    assert found.classes[0].auc.few == {}


def test_of_two_classes_the_rarer_one_is_calibrated_and_there_is_no_mean() -> None:
    given = set_of(400, ("no", "yes"), np.random.default_rng(3), [0.8, 0.2])
    found = measure_probabilities(given)
    assert found.auc is None and found.calibration.of == "yes"
    assert found.classes[0].auc.value == pytest.approx(found.classes[1].auc.value)
    rate = (found.calibration.reliability.rate * found.calibration.reliability.n).sum() / 400
    assert rate == pytest.approx((given.truth == "yes").mean())


def test_rows_that_do_not_sum_to_1_have_no_score() -> None:
    given = set_of(100, ("a", "b", "c"), np.random.default_rng(4))
    found = measure_probabilities(Probabilities(given.truth, given.p / 2, given.classes))
    assert found.calibration.brier is None and found.calibration.log_loss is None
    assert found.auc.value == measure_probabilities(given).auc.value


def test_a_drawing_has_few_points_and_the_same_area() -> None:
    y, s = np.random.default_rng(5).random(20_000) < 0.3, np.random.default_rng(6).random(20_000)
    curve = Ranked.of(y, s + y * 0.3).roc()
    few = thinned(curve)
    assert len(few.x) <= 200 and (few.x[0], few.y[0], few.x[-1], few.y[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(few.y, few.x) == pytest.approx(np.trapezoid(curve.y, curve.x), abs=2e-3)


@pytest.mark.parametrize(
    ("truth", "p", "message"),
    [
        (["a", "b"], [[1, 0]], r"p: expected a column for each of 2 classes and a row for each of 2 examples"),
        (["a", "x"], [[1, 0], [0, 1]], "truth: 'x' is not among the classes"),
    ],
)
def test_bad_input_by_message(truth: list[str], p: list[list[float]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        measure_probabilities(Probabilities(truth, p, ("a", "b")))
