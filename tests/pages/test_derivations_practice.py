"""The formula that each derivation of chapter 15 ends in, held to the library; and that every page has one, tested."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import chi2
from sklearn.metrics import roc_auc_score

from wengu.layers import InputNormalisation
from wengu.pages import page, pages
from wengu.practice import (
    F1,
    ErrorRate,
    Records,
    difference,
    effective_size,
    estimate_rate,
    importance_weights,
    learning_curve,
    ledger,
    paired_difference,
    roc_auc,
)


@pytest.mark.parametrize("path", [one.path for one in pages("en")])
def test_every_page_has_a_derivation_and_its_test(path: str) -> None:
    assert [part.kind for part in page(path, "en").parts].count("derivation") == 1
    tests = "\n".join(file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_derivations*.py"))
    assert re.search(rf"^def test_{path.split('/')[1]}\(", tests, re.MULTILINE)


def half(interval: tuple[float, float] | None) -> float:
    assert interval is not None
    return (interval[1] - interval[0]) / 2


def test_splits() -> None:
    """se = √(p(1-p)/n), 0.006 in the example; and McNemar's statistic is χ² with one degree of freedom."""
    assert half(estimate_rate(0.1, 10_000).interval()) == pytest.approx(1.96 * (0.1 * 0.9 / 10_000) ** 0.5, rel=0.01)
    assert pytest.approx(0.006, abs=2e-4) == 1.96 * (0.1 * 0.9 / 10_000) ** 0.5
    b = np.random.default_rng(0).binomial(400, 0.5, 20_000)
    c = 400 - b
    assert ((b - c) ** 2 / (b + c) > chi2.ppf(0.95, 1)).mean() == pytest.approx(0.05, abs=0.006)


def test_choosing() -> None:
    """The paired variance is that of the differences, 0.2 points in the example; apart it is 0.86."""
    m, b, c = 2000, 13, 3
    change = np.repeat([1, -1, 0], [b, c, m - b - c])
    assert change.var() == pytest.approx((b + c) / m - ((b - c) / m) ** 2)
    first, second = (change >= 0).astype(int), (change <= 0).astype(int)
    found = paired_difference(ErrorRate(), Records(np.ones(m), second), Records(np.ones(m), first))
    assert found.value == pytest.approx((b - c) / m)
    assert half(found.interval()) == pytest.approx(1.96 * (change.var() / m) ** 0.5, rel=0.15)
    assert 16**0.5 / m == pytest.approx(0.002)
    assert half(difference(estimate_rate(0.92, m), estimate_rate(0.92, m))) / 1.96 == pytest.approx(0.0086, abs=1e-4)


def test_learning_curve() -> None:
    """On a law without noise: twice the data gains b(1-2^-c), and the n of an error t is N (b/(t-a))^(1/c)."""
    a, b, c, most = 0.05, 0.1, 0.5, 6400
    sizes = [100, 200, 400, 800, 1600, 3200, most]
    curve = learning_curve(sizes, [a + b * (n / most) ** -c for n in sizes], 10**9)
    assert curve.gain()[0] == pytest.approx(b * (1 - 2**-c), rel=1e-3)
    needed = curve.needed(0.10)
    assert needed is not None and needed[0] == pytest.approx(most * (b / (0.10 - a)) ** (1 / c), rel=0.02)
    assert curve.at(4 * most).value - a == pytest.approx((curve.at(most).value - a) / 2, rel=1e-3)


def test_ledger() -> None:
    """The gaps add up; their standard error; and n for a gap that is found four times of five."""
    book = ledger(human=0.01, train=0.04, train_dev=0.07, dev=0.12, test=0.125, n=5000)
    assert sum(gap.points for gap in book.gaps) == pytest.approx(0.125 - 0.01)
    se = (0.05 * 0.95 / 4000 + 0.08 * 0.92 / 2500) ** 0.5
    assert half(difference(estimate_rate(0.08, 2500), estimate_rate(0.05, 4000))) == pytest.approx(1.96 * se, rel=0.02)
    p, q = 0.08, 0.11
    n = round((2.8 / (q - p)) ** 2 * (p * (1 - p) + q * (1 - q)))
    drawn = np.random.default_rng(0).binomial(n, [[p], [q]], (2, 20_000)) / n
    standard = np.sqrt((drawn * (1 - drawn) / n).sum(0))
    assert ((drawn[1] - drawn[0]) / standard > 1.96).mean() == pytest.approx(0.80, abs=0.01)


def test_metrics() -> None:
    """F1 is the harmonic mean and 2TP/(2TP+FP+FN); AUC counts the pairs in the right order, ties as half."""
    truth, said = np.repeat([1, 0, 1, 0], [40, 10, 20, 30]), np.repeat([1, 1, 0, 0], [40, 10, 20, 30])
    metric = F1(1)
    value = metric.value(metric.parts(truth, said))
    assert value == pytest.approx(80 / 110) and value == pytest.approx(2 / (50 / 40 + 60 / 40))
    assert pytest.approx(0.02, abs=3e-4) == 2 / (1 / 1 + 1 / 0.01)
    g = np.random.default_rng(0)
    y, p = g.random(60) < 0.4, g.integers(0, 12, 60) / 12
    pairs = [(a > b) + (a == b) / 2 for a, b in product(p[y], p[~y])]
    found = roc_auc(y, p).value
    assert found == pytest.approx(np.mean(pairs)) and found == pytest.approx(roc_auc_score(y, p))


def test_mismatch() -> None:
    """By Bayes' rule p/(1-p) m/n is the ratio of densities; averages over train become dev's; and the effective size."""
    m, n, shift = 600, 200, 0.8
    x = np.linspace(-2, 2, 9)
    of_train, of_dev = np.exp(-(x**2) / 2), np.exp(-((x - shift) ** 2) / 2)
    p = n * of_dev / (n * of_dev + m * of_train)
    assert p / (1 - p) * m / n == pytest.approx(of_dev / of_train)
    assert of_dev / of_train == pytest.approx(np.exp(shift * x - shift**2 / 2))
    train = np.random.default_rng(0).normal(size=400_000)
    w = np.exp(shift * train - shift**2 / 2)
    assert np.average(train, weights=w) == pytest.approx(shift, abs=0.01)
    assert effective_size(w) == pytest.approx(w.sum() ** 2 / (w**2).sum())
    found = importance_weights(np.random.default_rng(1).normal(size=(4000, 1)), shift + np.random.default_rng(2).normal(size=(4000, 1)))
    assert effective_size(found) < 4000


def test_normalisation() -> None:
    """κ of XXᵀ/m is σ₁²/σ₂², and behind the layer (1+|ρ|)/(1-|ρ|)."""
    g = torch.Generator().manual_seed(0)
    x = torch.randn(200_000, 2, dtype=torch.float64, generator=g) * torch.tensor([200.0, 2.0])
    assert torch.linalg.cond(x.T @ x / len(x)).item() == pytest.approx(100.0**2, rel=0.02)
    rho = 0.6
    z = torch.randn(2, 200_000, dtype=torch.float64, generator=g)
    x = torch.stack([500 + 200 * z[0], 5 + 2 * (rho * z[0] + (1 - rho**2) ** 0.5 * z[1])], dim=1)
    normed = InputNormalisation.of(x)(x).double()
    assert torch.linalg.cond(normed.T @ normed / len(x)).item() == pytest.approx((1 + rho) / (1 - rho), rel=0.02)
