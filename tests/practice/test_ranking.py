"""ROC, AUC and average precision: equal to scikit-learn's, and as sure as they say."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import erf, ndtri

from tests.pace import slower
from wengu.core.checks import InputError
from wengu.practice import Ranked, average_precision, roc_auc
from wengu.practice.left_out import left_out
from wengu.practice.ranking import _area, _precision


def scored(m: int, share: float, auc: float, generator: np.random.Generator, width: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Normal scores, those of the class so much wider, and as far up as gives this AUC; five of either kind at least."""
    while True:
        y = generator.random(m) < share
        if 5 <= y.sum() <= m - 5:
            up = ndtri(auc) * np.sqrt(1 + width**2)
            return y, np.where(y, up + width * generator.standard_normal(m), generator.standard_normal(m))


@pytest.mark.parity
@pytest.mark.parametrize("ties", [None, 1, 0])
@pytest.mark.parametrize("share", [0.03, 0.5, 0.9])
def test_parity_curves_and_areas(ties: int | None, share: float) -> None:
    """Authority: scikit-learn's roc_curve, roc_auc_score, precision_recall_curve, average_precision_score."""
    from sklearn import metrics

    y, s = scored(400, share, 0.8, np.random.default_rng(3))
    s = s if ties is None else s.round(ties)
    fpr, tpr, thresholds = metrics.roc_curve(y, s, drop_intermediate=False)
    roc, pr = Ranked.of(y, s).roc(), Ranked.of(y, s).precision_recall()
    np.testing.assert_allclose([roc.x, roc.y], [fpr, tpr], atol=1e-15)
    np.testing.assert_array_equal(roc.threshold, thresholds)
    precision, recall, thresholds = metrics.precision_recall_curve(y, s)
    np.testing.assert_allclose([pr.x, pr.y], [recall[-2::-1], precision[-2::-1]], atol=1e-15)
    np.testing.assert_array_equal(pr.threshold, thresholds[::-1])
    assert roc_auc(y, s).value == pytest.approx(metrics.roc_auc_score(y, s), abs=1e-14)
    assert average_precision(y, s).value == pytest.approx(metrics.average_precision_score(y, s), abs=1e-14)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 4)), min_size=2, max_size=12).filter(
    lambda rows: len({y for y, _ in rows}) == 2))
def test_influences_are_derivatives_by_weight(rows: list[tuple[bool, int]]) -> None:
    """Of AUC as pairs of weighted examples, of average precision as the weighted mean of precisions: by differences."""
    y, s = (np.array(column) for column in zip(*rows, strict=True))

    def auc(w: np.ndarray) -> float:
        right = (s[:, None] > s) + 0.5 * (s[:, None] == s)
        pairs = np.outer(w * y, w * ~y)
        return float((pairs * right).sum() / pairs.sum())

    def precision(w: np.ndarray) -> float:
        at = [(w * y)[s >= x].sum() / w[s >= x].sum() for x in s]
        return float((w * y * at).sum() / (w * y).sum())

    for measured, plain in ((Ranked.of(y, s).auc(), auc), (Ranked.of(y, s).average_precision(), precision)):
        ones, step = np.ones(len(y)), 1e-5
        value, influence = measured
        assert value == pytest.approx(plain(ones), abs=1e-14)
        for k in range(len(y)):
            up, down = ones.copy(), ones.copy()
            up[k], down[k] = 1 + step, 1 - step
            assert influence[k] == pytest.approx((plain(up) - plain(down)) / (2 * step), abs=1e-8)
        assert influence.sum() == pytest.approx(0, abs=1e-12)


def test_parity_the_variance_is_delongs() -> None:
    """Authority: DeLong, DeLong & Clarke-Pearson 1988, their S10/m + S01/n, pair by pair; but for factors of (m-1)/m."""
    y, s = scored(120, 0.3, 0.75, np.random.default_rng(1))
    psi = (s[y][:, None] > s[~y]).astype(float)
    want = psi.mean(axis=1).var(ddof=0) / y.sum() + psi.mean(axis=0).var(ddof=0) / (~y).sum()
    assert (Ranked.of(y, s).auc()[1] ** 2).sum() == pytest.approx(want, rel=1e-12)


HARD = [(2.0, 100, 0.06, 0.7), (2.0, 200, 0.03, 0.7), (2.0, 50, 0.1, 0.7), (2.0, 400, 0.03, 0.85), (0.5, 400, 0.5, 0.85), (0.5, 50, 0.85, 0.7)]
EVEN = [(width, m, share, auc) for width in (0.5, 1.0, 2.0) for m, share in ((50, 0.1), (50, 0.5), (400, 0.2)) for auc in (0.6, 0.8, 0.95, 0.99)]


def held(cells: list[tuple[float, int, float, float]], area: Any, times: int) -> list[float]:
    """How often the interval of AUC or average precision holds the truth, of normal scores, the class so much wider."""
    generator, found = np.random.default_rng(7), []
    for width, m, share, auc in cells:
        y, s = scored(400_000, share, auc, generator, width)
        truth = auc if area is roc_auc else Ranked.of(y, s).average_precision()[0]
        ends = [area(*scored(m, share, auc, generator, width)).interval() for _ in range(times)]
        found.append(float(np.mean([low <= truth <= high for low, high in ends])))
    return found


def test_the_interval_of_auc_holds_the_truth() -> None:
    """Nowhere below 91 % from 50 examples on: in the cells that are worst of 230, each drawn a thousand times."""
    assert min(held(HARD, roc_auc, 1000)) >= 0.91
    assert 0.94 <= np.mean(held(EVEN, roc_auc, 60)) <= 0.98


def test_the_interval_of_average_precision_holds_the_truth() -> None:
    """Nowhere below 91 %; of six examples of a class narrower than the others, which counted themselves, it was that, and is more."""
    assert min(held([(0.5, 100, 0.06, 0.95), (0.5, 50, 0.5, 0.85), *HARD[::2]], average_precision, 1000)) >= 0.91
    assert min(held([(0.5, 50, 0.1, 0.85), (0.5, 200, 0.03, 0.95)], average_precision, 1500)) >= 0.925
    assert 0.94 <= np.mean(held(EVEN, average_precision, 60)) <= 0.99


def test_examples_of_a_group_are_not_so_many() -> None:
    """Scores that go with the group, in 40 groups of ten: the interval holds the truth; without groups it does not."""
    generator, times = np.random.default_rng(9), 200
    held = {True: 0, False: 0}
    for _ in range(times):
        group = np.repeat(np.arange(40), 10)
        y = np.repeat(generator.random(40) < 0.4, 10)
        s = 1.2 * y + 0.9 * generator.standard_normal(40)[group] + 0.45 * generator.standard_normal(400)
        truth = 0.5 * (1 + erf(1.2 / np.sqrt(2 * (0.81 + 0.2025)) / np.sqrt(2)))
        for grouped in held:
            low, high = roc_auc(y, s, group=group if grouped else None).interval()
            held[grouped] += low <= truth <= high
    assert held[True] >= 0.91 * times, held
    assert held[False] < 0.8 * times, held


@pytest.mark.parametrize(("groups", "sizes", "alike"), [
    (10, (5, 40), 0.8), (10, (1, 200), 0.8), (15, (1, 200), 0.8), (15, (5, 40), 0.3), (20, (1, 200), 0.8), (60, (5, 40), 0.8),
])
def test_intervals_in_groups_hold_the_truth(groups: int, sizes: tuple[int, int], alike: float) -> None:
    """Groups of so many examples of both kinds, whose scores go together: nowhere below 90 % from 10 groups on.

    By derivatives alone, as of single examples, it was 79 to 88 %.
    """
    generator, times = np.random.default_rng(10), 300

    def made(groups: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        group = np.repeat(np.arange(groups), generator.integers(*sizes, groups))
        y = generator.random(len(group)) < 0.3
        own = np.sqrt(1 - alike**2) * generator.standard_normal(len(group))
        return y, 1.3 * y + alike * generator.standard_normal(groups)[group] + own, group

    y, s, _ = made(20_000)
    truth, held = [Ranked.of(y, s).auc()[0], Ranked.of(y, s).average_precision()[0]], np.zeros(2)
    for _ in range(times):
        y, s, group = made(groups)
        ends = [area(y, s, group=group).interval() for area in (roc_auc, average_precision)]
        held += [low <= want <= high for want, (low, high) in zip(truth, ends, strict=True)]
    assert (held >= 0.9 * times).all(), held / times


def test_parity_leaving_out_is_measuring_without() -> None:
    """Authority: the areas themselves, of the rows without a group; of more scores than steps to a thousandth."""
    generator = np.random.default_rng(0)
    for m, tolerance in ((300, 1e-12), (20_000, 1e-3)):
        y, s = scored(m, 0.2, 0.8, generator)
        group, ranked = generator.integers(0, 12, m), Ranked.of(y, s)
        for area, plain in ((_area, Ranked.auc), (_precision, Ranked.average_precision)):
            without = np.array([plain(Ranked.of(y[group != k], s[group != k]))[0] for k in range(12)])
            found = left_out(area, ranked.place, ranked.positive, group)
            assert found is not None
            np.testing.assert_allclose(found.influence, (without.mean() - without) * 11 / 12, atol=tolerance)
            assert found.corrected == pytest.approx(plain(ranked)[0] - 11 * (without.mean() - plain(ranked)[0]), abs=20 * tolerance)
    assert left_out(_area, ranked.place, ranked.positive, np.arange(m)) is None  # too many


def test_what_is_perfect_or_constant_is_not_taken_for_sure() -> None:
    y = np.arange(60) < 6
    assert roc_auc(y, y * 1.0).value == 1
    assert 0.5 < roc_auc(y, y * 1.0).interval().low < 0.75  # as a rate of six, of which none is wrong
    assert roc_auc(y, np.zeros(60)).value == 0.5
    assert average_precision(y, np.zeros(60)).value == pytest.approx(0.1)  # the share of the class


def test_too_few_of_a_kind_are_not_judged() -> None:
    y = np.arange(60) < 4
    for found in (roc_auc(y, np.arange(60)), average_precision(y, np.arange(60))):
        assert found.few == {"True": 4} and tuple(found.interval()) == (0, 1)
    assert roc_auc(~y, np.arange(60)).few == {"False": 4}
    assert np.isnan(roc_auc(np.zeros(9, bool), np.arange(9)).value) and roc_auc(np.zeros(9, bool), np.arange(9)).few == {"True": 0}
    six = np.arange(60) < 6
    assert roc_auc(six, np.arange(60), group=np.arange(60) // 2).few == {"True": 3}


def test_a_million_scores_are_quick() -> None:
    y, s = scored(1_000_000, 0.1, 0.8, np.random.default_rng(0))
    start = time.process_time()
    roc_auc(y, s), average_precision(y, s)
    assert time.process_time() - start < 2.5 * slower()
    start = time.process_time()
    roc_auc(y, s, group=np.arange(1_000_000) % 400)
    assert time.process_time() - start < 2.5 * slower()


@pytest.mark.parametrize(
    ("truth", "score", "message"),
    [
        (["cat", "dog"], [0.1, 0.2], "truth: expected True or False for each example, got 'cat'; compare it with the class"),
        ([0, 2], [0.1, 0.2], "truth: expected True or False for each example, got 0"),
        ([0, 1], [0.1], r"score: expected a number for each of 2 examples of truth, got shape \(1,\)"),
        ([], [], "score: expected a number for each of 0 examples"),
        ([0, 1], [0.1, np.nan], "score: expected numbers, got nan at index 1"),
    ],
)
def test_bad_input_by_message(truth: list[object], score: list[float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        roc_auc(truth, score)
