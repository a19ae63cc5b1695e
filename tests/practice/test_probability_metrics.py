"""One number of probabilities by name, and the difference of two models on the same examples."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

from wengu.core.checks import InputError
from wengu.practice import Probabilities, measure_probabilities, probability_difference, probability_metric


def two_models(m: int, generator: np.random.Generator, better: float = 0.0, share: float = 0.3) -> tuple[Probabilities, Probabilities]:
    """Scores of two models that hang together by 0.8; the first is so much further from the others."""
    y = generator.random(m) < share
    common = generator.standard_normal(m)
    made = []
    for up in (1.0 + better, 1.0):
        p = expit(up * y + 0.9 * common + np.sqrt(1 - 0.81) * generator.standard_normal(m) - 1)
        made.append(Probabilities(np.where(y, "yes", "no"), np.stack([1 - p, p], axis=1), ("no", "yes")))
    return made[0], made[1]


def test_each_name_is_what_is_measured_together() -> None:
    generator = np.random.default_rng(0)
    y = generator.choice(3, 200, p=[0.5, 0.3, 0.2])
    given = Probabilities(y, generator.dirichlet(np.ones(3), 200) * 0.5 + 0.5 * np.eye(3)[y], (0, 1, 2))
    found = measure_probabilities(given)
    for name, want in (("auc", found.auc), ("average_precision", found.average_precision),
                       ("brier_score", found.calibration.brier), ("log_loss", found.calibration.log_loss)):
        one = probability_metric(name, given)
        assert (one.value, tuple(one.interval())) == (want.value, tuple(want.interval()))
    two, _ = two_models(300, generator)
    assert probability_metric("average_precision", two).value == measure_probabilities(two).classes[1].average_precision.value


def test_parity_the_difference_of_two_areas_is_delongs() -> None:
    """Authority: DeLong, DeLong & Clarke-Pearson 1988, the variance of the difference from the pairs written out."""
    a, b = two_models(400, np.random.default_rng(1), better=0.4)
    y = a.truth == "yes"
    kernels = [(one.p[y, 1][:, None] > one.p[~y, 1]).astype(float) for one in (a, b)]
    apart = kernels[0] - kernels[1]
    variance = apart.mean(axis=1).var(ddof=1) / y.sum() + apart.mean(axis=0).var(ddof=1) / (~y).sum()
    low, high = probability_difference("auc", a, b)
    assert (low + high) / 2 == pytest.approx(apart.mean(), abs=1e-9)
    half = norm.ppf(0.975) * np.sqrt(variance)
    assert (high - low) / 2 == pytest.approx(half, rel=0.03) and (high - low) / 2 > half  # t instead of z


@pytest.mark.parametrize("name", ["auc", "average_precision", "brier_score", "log_loss"])
def test_the_difference_holds_the_truth_and_is_narrower_than_two_intervals(name: str) -> None:
    generator, times, held = np.random.default_rng(2), 200, 0
    big = two_models(200_000, generator, better=0.5)
    truth = probability_metric(name, big[0]).value - probability_metric(name, big[1]).value
    for _ in range(times):
        a, b = two_models(150, generator, better=0.5)
        low, high = probability_difference(name, a, b)
        held += low <= truth <= high
    assert held >= 0.91 * times
    one, other = (probability_metric(name, each).interval() for each in (a, b))
    assert high - low < 0.8 * np.hypot(one.high - one.low, other.high - other.low)


def test_the_same_model_is_not_better_and_others_examples_are_refused() -> None:
    a, b = two_models(100, np.random.default_rng(3))
    assert tuple(probability_difference("auc", a, a)) == (0, 0)
    with pytest.raises(InputError, match="b: expected the same examples as a"):
        probability_difference("auc", a, Probabilities(b.truth[::-1], b.p, b.classes))
    with pytest.raises(InputError, match="did you mean auc?"):
        probability_metric("uac", a)
    rare = two_models(60, np.random.default_rng(4), share=0.03)
    assert tuple(probability_difference("auc", *rare)) == (-1, 1)
