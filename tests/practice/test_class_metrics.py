"""Precision, recall, F1 and the means over classes: how often their intervals hold the truth, and when they say nothing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from wengu.practice import (
    F1,
    BalancedAccuracy,
    ErrorRate,
    MacroF1,
    Metric,
    Precision,
    Recall,
    Records,
    estimate,
    ledger_of,
    paired_difference,
)
from wengu.practice.too_few import too_few

RATES = np.linspace(0.01, 0.5, 50)


def of_cats(hits: int, of: int, others: int = 20) -> Records:
    """So many cats, of which so many are found, among dogs that are all found."""
    return Records(["cat"] * of + ["dog"] * others, ["cat"] * hits + ["dog"] * (of - hits + others))


@pytest.mark.parametrize("n", [50, 100, 400])
@pytest.mark.parametrize("metric", [Precision("cat"), Recall("cat")], ids=lambda one: one.name)
def test_of_one_class_the_interval_holds_the_truth(metric: Metric, n: int) -> None:
    """Every outcome is counted with its probability: precision's of what is said, recall's of what is true."""
    ends = []
    for k in range(n + 1):
        found = of_cats(k, n)
        ends.append(estimate(Records(found.predicted, found.truth) if isinstance(metric, Precision) else found,
                             metric, resamples=2).interval())
    low, high = np.array(ends).T
    held = np.array([(binom.pmf(np.arange(n + 1), n, p) * ((low <= p) & (p <= high))).sum() for p in RATES])
    assert held.min() >= 0.91
    assert 0.94 <= held.mean() <= 0.97


def drawn(shares: tuple[float, ...], recalls: tuple[float, ...], m: int, generator: np.random.Generator) -> Records:
    """Classes as frequent and as well found as this; what is missed is any other class."""
    k = len(shares)
    y = generator.choice(k, m, p=shares)
    found = generator.random(m) < np.array(recalls)[y]
    return Records(y, np.where(found, y, (y + generator.integers(1, k, m)) % k))


def the_truth(shares: tuple[float, ...], recalls: tuple[float, ...], metric: Metric) -> float:
    """Of all examples that there are."""
    k, r, q = len(shares), np.array(recalls), np.array(shares)
    table = q[:, None] * np.where(np.eye(k) > 0, r[:, None], (1 - r[:, None]) / (k - 1))
    said, last = table.sum(axis=0), k - 1
    f1 = 2 * np.diag(table) / (q + said)
    return {"macro-F1": f1.mean(), "balanced accuracy": r.mean(), f"F1 {last}": f1[last], f"recall {last}": r[last],
            f"precision {last}": table[last, last] / said[last]}[metric.name]


@pytest.mark.parametrize(
    ("shares", "recalls", "m"),
    [((0.9, 0.1), (0.98, 0.5), 50), ((0.95, 0.05), (0.99, 0.3), 200), ((0.4, 0.3, 0.3), (0.8, 0.9, 0.6), 50),
     ((0.2,) * 5, (0.99, 0.95, 0.9, 0.8, 0.5), 60), ((0.5, 0.5), (0.98, 0.98), 100)],
    ids=["rare 50", "rare 200", "three", "five", "even"],
)
def test_the_interval_holds_the_truth_or_says_nothing(
    shares: tuple[float, ...], recalls: tuple[float, ...], m: int
) -> None:
    """One in twenty sets misses it; a class of too few examples is never judged."""
    generator, times, last = np.random.default_rng(4), 250, len(shares) - 1
    for metric in (MacroF1(), BalancedAccuracy(), F1(last), Precision(last), Recall(last)):
        want, held, told = the_truth(shares, recalls, metric), 0, 0
        while told < times:
            rows = drawn(shares, recalls, m, generator)
            if not (few := too_few(metric, rows)):
                low, high = estimate(rows, metric, resamples=200).interval()
                held, told = held + (low <= want <= high), told + 1
            elif isinstance(metric, Precision) and few[str(last)] == 0:  # no value, and so no interval
                continue
            else:
                assert tuple(estimate(rows, metric).interval()) == (0, 1)
        assert held >= 0.91 * times, metric.name  # 0.95, less three standard errors of so many sets


def test_too_few_of_a_class_are_counted() -> None:
    rows = Records(["dog"] * 96 + ["cat"] * 4, ["dog"] * 94 + ["cat"] * 6)
    assert too_few(MacroF1(), rows) == too_few(Recall("cat"), rows) == too_few(F1("cat"), rows) == {"cat": 4}
    assert too_few(BalancedAccuracy(), rows) == {"cat": 4}
    assert too_few(Precision("cat"), rows) == too_few(Recall("dog"), rows) == too_few(ErrorRate(), rows) == {}
    never = Records(["dog"] * 20, ["dog"] * 19 + ["eel"])
    assert too_few(MacroF1(), never) == {"eel": 0}
    assert too_few(BalancedAccuracy(), never) == {}
    assert too_few(Recall(7), Records([7] * 5 + [1] * 9, [7] * 14)) == {}


def test_of_groups_those_are_counted_that_have_the_class() -> None:
    """Forty cats of four films are four."""
    truth, group = ["cat"] * 40 + ["dog"] * 40, np.repeat(np.arange(8), 10)
    assert too_few(BalancedAccuracy(), Records(truth, truth, group)) == {"cat": 4}
    assert too_few(Recall("cat"), Records(truth, truth, group)) == {"cat": 4}
    assert too_few(BalancedAccuracy(), Records(truth, truth, np.arange(80) % 8)) == {}


def test_a_ledger_says_which_class_is_too_rare() -> None:
    train = Records(["dog"] * 900 + ["cat"] * 100, ["dog"] * 900 + ["cat"] * 100)
    dev = Records(["dog"] * 97 + ["cat"] * 3, ["dog"] * 100)
    book = ledger_of({"train": train, "dev": dev}, human=1.0, metric=MacroF1())
    assert book.cause == "cannot tell yet" and book.needed == {}  # where dev's value is far below train's
    assert "dev: cannot be judged: only 3 examples of cat." in book.sentences()
    assert type(book).from_dict(book.to_dict()) == book
    same = paired_difference(MacroF1(), dev, Records(dev.truth, dev.truth))
    assert tuple(same.interval()) == (-1, 1) and same.few == {"cat": 3}
