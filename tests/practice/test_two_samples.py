"""Equal sets are called different in at most 5 % of draws, shifted ones are found, and what tells is named."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.random import Generator, default_rng
from scipy.stats import mannwhitneyu, norm, rankdata
from sklearn.linear_model import LogisticRegression

from tests.pace import slower
from wengu.core.checks import InputError
from wengu.practice import TwoSamples, distinguish, effective_size, equal_rows, importance_weights
from wengu.practice.ranks import ranked
from wengu.practice.ridge_logistic import ridge_logistic
from wengu.practice.telling import placements
from wengu.practice.two_samples import auc_of_folds, folds_of

Draw = Callable[[Generator], TwoSamples]


def normal(m: int, n: int, q: int) -> Draw:
    return lambda g: distinguish(g.normal(size=(m, q)), g.normal(size=(n, q)))


def in_groups(g: Generator) -> TwoSamples:
    """Twenty people in each set, ten rows of each, whose rows are much alike."""
    people, of = g.normal(size=(40, 8)), (g.integers(0, 20, 200), g.integers(20, 40, 200))
    return distinguish(*(people[own] + 0.3 * g.normal(size=(200, 8)) for own in of), groups=of)


def repeated(g: Generator) -> TwoSamples:
    """Twenty examples in each set, each fifteen times."""
    a, b = (g.normal(size=(20, 8))[g.integers(0, 20, 300)] for _ in range(2))
    return distinguish(a, b, groups=equal_rows(a, b))


def of_few_values(g: Generator) -> TwoSamples:
    return distinguish(g.integers(0, 3, (60, 4)), g.integers(0, 3, (200, 4)))


def with_gaps(g: Generator) -> TwoSamples:
    a, b = g.normal(size=(60, 4)), g.normal(size=(60, 4))
    a[g.random(a.shape) < 0.2], b[g.random(b.shape) < 0.2] = np.nan, np.nan
    return distinguish(a, b)


EQUAL = {"10 and 10": normal(10, 10, 5), "20 and 20": normal(20, 20, 30), "30 and 300": normal(30, 300, 10),
         "200 and 20": normal(200, 20, 10), "more features than rows": normal(50, 50, 120), "groups": in_groups,
         "repeated": repeated, "few values": of_few_values, "gaps": with_gaps, "200 and 200": normal(200, 200, 20)}


@pytest.mark.parametrize("name", EQUAL)
def test_equal_sets_are_rarely_called_distinguishable(name: str) -> None:
    """At most 5 %: of 150 draws so many that a true 5 % gives more once in a hundred times."""
    called = sum(EQUAL[name](default_rng(seed)).verdict == "distinguishable" for seed in range(150))
    assert called <= 14
    assert called <= 10  # measured: 0.3 to 3 %


def test_ten_people_with_many_rows_are_ten() -> None:
    """Without its groups the same data is told apart by who is in which set."""
    g = default_rng(0)
    people, of = g.normal(size=(24, 8)), (g.integers(0, 12, 300), g.integers(12, 24, 300))
    rows = [people[own] + 0.1 * g.normal(size=(300, 8)) for own in of]
    assert distinguish(*rows).verdict == "distinguishable"
    assert distinguish(*rows, groups=of).verdict != "distinguishable"


SHIFTS: dict[str, Callable[[Generator, Any], Any]] = {
    "mean": lambda g, x: x + np.array([1.2, 0, 0, 0, 0]),
    "spread": lambda g, x: x * [2.5, 1, 1, 1, 1],
    "turned": lambda g, x: x * [1, 1, 1, 1, 3] + [0.5, -0.5, 0.5, 0, 0],
    "a third of another kind": lambda g, x: x + 5 * (g.random((len(x), 1)) < 0.35),
    "missing": lambda g, x: np.where(g.random(x.shape) < [0.4, 0, 0, 0, 0], np.nan, x),
}


@pytest.mark.parametrize("name", SHIFTS)
def test_what_differs_is_found(name: str) -> None:
    found = 0
    for seed in range(20):
        g = default_rng(seed)
        found += distinguish(g.normal(size=(400, 5)), SHIFTS[name](g, g.normal(size=(150, 5)))).verdict == "distinguishable"
    assert found >= 18


def test_the_most_telling_feature_is_named_with_what_differs() -> None:
    g = default_rng(0)
    a, b = g.normal(size=(800, 3)), g.normal(size=(500, 3)) * [1, 1, 3] + [0, 2, 0]
    found = distinguish(a, b, names=("length", "width", "weight"))
    assert [(one.name, one.kind) for one in found.telling] == [("width", "lies"), ("weight", "spreads")]
    assert found.telling[0].b - found.telling[0].a == pytest.approx(2, abs=0.2)
    assert found.telling[1].b / found.telling[1].a == pytest.approx(3, abs=0.3)
    assert found.telling[0].auc == pytest.approx(norm.cdf(2 / np.sqrt(2)), abs=0.02)


def test_a_small_difference_is_clear_and_does_not_matter() -> None:
    """Shifted by a tenth of a deviation, Φ(0.1/√2) = 0.528: the interval is clear of a half, and nothing is said."""
    g = default_rng(0)
    found = distinguish(g.normal(size=(4000, 1)), g.normal(size=(4000, 1)) + 0.1)
    assert found.low > 0.5 and found.verdict == "alike" and found.telling == ()
    assert found.low < norm.cdf(0.1 / np.sqrt(2)) < found.high


def test_few_are_too_few() -> None:
    found = distinguish(np.zeros((9, 2)), np.ones((100, 2)))
    assert found.verdict == "too few" and np.isnan(found.auc)


def test_which_examples_are_most_like_the_other_set() -> None:
    g = default_rng(0)
    a, b = g.normal(size=(500, 2)), g.normal(size=(500, 2)) + np.array([3, 0])
    a[7], b[11] = [6, 0], [-3, 0]
    found = distinguish(a, b)
    assert 7 in found.most_like_b[:5] and found.least_like_a[-1] == 11


def test_groups_are_whole_and_folds_even() -> None:
    g = default_rng(0)
    group, is_b = g.integers(0, 60, 500), np.zeros(500, bool)
    is_b = group >= 45
    fold = folds_of(is_b, group, seed=0)
    assert all(len(set(fold[group == one])) == 1 for one in range(60))
    assert np.ptp(np.bincount(fold[is_b])) <= 15 and np.ptp(np.bincount(fold[~is_b])) <= 15


def test_parity_placements_are_mann_whitneys() -> None:
    """Authority: scipy.stats.mannwhitneyu, U over the number of pairs."""
    g = default_rng(0)
    a, b = g.integers(0, 9, 40), g.integers(2, 11, 25)
    of_a, of_b = placements(a.astype(float), b.astype(float))
    u = mannwhitneyu(b, a).statistic / (len(a) * len(b))
    assert of_a.mean() == pytest.approx(u) and of_b.mean() == pytest.approx(u)


def test_the_variance_is_delongs_in_one_fold() -> None:
    """S₁₀/m + S₀₁/n of DeLong 1988; two halves of a fold that are their own groups, and the correction for folds, 2."""
    g = default_rng(0)
    a, b = g.normal(size=400), g.normal(size=300) + 0.7
    of_a, of_b = placements(a, b)
    variance = 2 * (of_a.var(ddof=1) / 400 + of_b.var(ddof=1) / 300)
    is_b = np.arange(700) >= 400
    auc, (low, high) = auc_of_folds(np.r_[a, b], is_b, np.zeros(700, int), np.arange(700))
    assert auc == pytest.approx(of_a.mean())
    assert (high - low) / (2 * norm.ppf(0.975)) == pytest.approx(np.sqrt(variance), rel=0.02)


def test_ranks_are_scipys() -> None:
    x = default_rng(0).integers(0, 9, (50, 3)).astype(float)
    both = ranked(x, ("a", "b", "c"))
    for k in range(3):
        assert np.allclose(both.u[:, k], (2 * rankdata(x[:, k]) - 1) / 50 - 1)
    assert np.allclose(both.of(x), both.features)


@pytest.mark.parametrize("separable", [False, True])
def test_logistic_regression_is_scikit_learns(separable: bool) -> None:
    g = default_rng(0)
    x = g.normal(size=(300, 5))
    y = (x @ [1, -2, 0.5, 0, 0] + (0 if separable else g.logistic(size=300))) > 0.3
    theirs = LogisticRegression(C=1 / 3, tol=1e-10, max_iter=1000).fit(x, y)
    assert np.allclose(ridge_logistic(x, y), np.r_[theirs.coef_[0], theirs.intercept_], atol=2e-3)


def test_parity_weights_are_the_ratio_of_densities() -> None:
    """Authority: the ratio of two normal densities, N(1, 1) over N(0, 1), which is e^(x - 1/2)."""
    g = default_rng(0)
    x, y = g.normal(size=(6000, 1)), g.normal(size=(5000, 1)) + 1
    w, true = importance_weights(x, y), np.exp(x[:, 0] - 0.5)
    assert np.corrcoef(w, true)[0, 1] > 0.9
    assert np.average(x[:, 0], weights=w) == pytest.approx(1, abs=0.15)
    assert w.mean() == pytest.approx(1) and w.max() <= 20 * 1.01 and 1 < effective_size(w) < 6000


def test_weights_of_equal_sets_are_nearly_even() -> None:
    g = default_rng(0)
    w = importance_weights(g.normal(size=(3000, 5)), g.normal(size=(1000, 5)))
    assert effective_size(w) > 2700


def test_a_million_rows_are_quick() -> None:
    x = np.random.default_rng(0).random((1_000_000, 20), np.float32)
    began = time.process_time()
    distinguish(x[:900_000], x[900_000:])
    assert time.process_time() - began < 2 * slower()


def test_bad_input() -> None:
    x = np.zeros((20, 2))
    with pytest.raises(InputError, match=r"b: expected the 2 features of a, got 3"):
        distinguish(x, np.zeros((20, 3)))
    with pytest.raises(InputError, match=r"a: expected rows of features, \(m, q\), got the shape \(20,\)"):
        distinguish(np.zeros(20), x)
    with pytest.raises(InputError, match=r"b: expected rows of features, \(m, q\), got the shape \(0, 2\)"):
        distinguish(x, x[:0])
    with pytest.raises(InputError, match="b: expected numbers, got an infinite one in row 0"):
        distinguish(x, np.full((20, 2), np.inf))
    with pytest.raises(InputError, match="groups: expected 20 of b, one a row, got 3"):
        distinguish(x, x, groups=(range(20), range(3)))
