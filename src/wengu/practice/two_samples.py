"""Whether two sets are from one distribution: a classifier tries to distinguish them.                    [notes 15.2]

    φ = u, (3u² - 1)/2       of each feature, u its rank among both sets together, from -1 to 1: where it lies, how far
                             it spreads, whatever its scale
    p = σ(w·φ + b)           that an example is of b;  w, b <- min Σ log loss + λ/2 ‖w‖², of all folds but its own
    AUC = P(p_b > p_a)       of one of b and one of a in the same fold;  1/2 where nothing distinguishes them

A group is in one fold, and counts once in the interval; of copies one row is looked at. The classifiers of k folds have
seen much the same examples, so the variance of the mean is 1 + k/(k-1) times that of folds by themselves. The sets are
distinguishable where the interval lies above 1/2 and the AUC is at least 0.6: what a feature gives that is shifted by a
third of its standard deviation, or a fifth of b of quite another kind. Less can be clear among many examples, and does
little harm.

Sources: Lopez-Paz & Oquab 2017, arXiv:1610.06545, classifier two-sample tests; DeLong 1988 for the variance of an AUC,
Obuchowski 1997 for groups, Nadeau & Bengio 2003, Machine Learning 52, for folds. The ranks, λ and 0.6 are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.seeds import seed_for
from wengu.practice.intervals import Interval, rate_ends
from wengu.practice.ranks import Ranked, ranked, spread_evenly
from wengu.practice.ridge_logistic import log_odds, ridge_logistic
from wengu.practice.telling import Difference, placements, telling

MATTERS = 0.6  # AUC
FEWEST = 10  # groups of a set
FOLDS, MOST, MOST_FEATURES = 5, 4000, 300

Verdict = Literal["distinguishable", "alike", "cannot tell", "too few"]
Floats = NDArray[np.float64]
Places = NDArray[np.intp]
Groups = tuple[Sequence[Any] | NDArray[Any], Sequence[Any] | NDArray[Any]]


@dataclass(frozen=True, eq=False)
class TwoSamples:
    """What the classifier found.

    auc, low, high    how surely it distinguishes them, with its 95 % interval; nan where a set has too few examples
    telling           the features that differ most, and how
    rows              the examples of a and of b that were looked at: places in each
    log_odds          of each of them, by a classifier that never saw it, that it is of b
    """

    auc: float
    low: float
    high: float
    verdict: Verdict
    telling: tuple[Difference, ...]
    rows: tuple[Places, Places]
    log_odds: tuple[Floats, Floats]

    @property
    def most_like_b(self) -> Places:
        """The examples of a that look most as if they were of b, the likest first."""
        return self.rows[0][np.argsort(-self.log_odds[0], kind="stable")]

    @property
    def least_like_a(self) -> Places:
        """The examples of b that look least as if they were of a, the unlikest first."""
        return self.rows[1][np.argsort(-self.log_odds[1], kind="stable")]


def distinguish(
    a: ArrayLike,
    b: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    groups: Groups | None = None,
    copies: Groups | None = None,
    steps: Sequence[float] | None = None,
    seed: int = 0,
) -> TwoSamples:
    """Try to tell rows of a (m, q) from rows of b (n, q) by their features; NaN is a missing one.

    names     of the features, by default their numbers
    groups    which examples belong together, of a (m,) and of b (n,)
    copies    which are the same example, as `copied_rows` finds them: the first of each is looked at in either set
    steps     of each feature what is too little to matter, though a classifier may tell sets by it: where no feature
              differs by as much they count as alike

    Of more than 4,000 rows of a set, or 300 features, an even sample is looked at.

    Raises InputError unless both have the same features, one at least, and a row.

    >>> x = np.random.default_rng(0).normal(size=(600, 3))
    >>> found = distinguish(x[:300], x[300:] + [1, 0, 0], names=("length", "width", "weight"))
    >>> found.verdict, found.telling[0].name, distinguish(x[:300], x[300:]).verdict
    ('distinguishable', 'length', 'alike')
    """
    if copies is not None:
        return _of_each_once(a, b, copies, groups=groups, names=names, steps=steps, seed=seed)
    seen = pooled(a, b, names, groups)
    if seen.few < FEWEST:
        nothing = np.full(len(seen.rows[0]), np.nan), np.full(len(seen.rows[1]), np.nan)
        return TwoSamples(np.nan, np.nan, np.nan, "too few", (), seen.rows, nothing)
    is_b, group, fold = seen.is_b, seen.group, folds_of(seen.is_b, seen.group, seed=seed)
    odds = _out_of_fold(seen.ranked.features, is_b, fold)
    auc, (low, high) = auc_of_folds(odds, is_b, fold, group)
    verdict = _verdict(auc, low, high)
    wanted = None if steps is None else [steps[k] for k in seen.columns]
    differ = telling(seen.ranked, is_b, group, steps=wanted) if verdict == "distinguishable" else ()
    if steps is not None and verdict == "distinguishable" and not differ:
        verdict = "alike"
    return TwoSamples(auc, low, high, verdict, differ, seen.rows, (odds[~is_b], odds[is_b]))


def _of_each_once(
    a: ArrayLike, b: ArrayLike, copies: Groups, *, groups: Groups | None, **how: Any
) -> TwoSamples:
    """`distinguish` of the first row of each example; copies that are in both sets are of one group."""
    x, y = np.asarray(a), np.asarray(b)
    numbers = _group_numbers(copies, len(x), len(y))
    first = [np.sort(np.unique(own, return_index=True)[1]) for own in numbers]
    of = _group_numbers(groups, len(x), len(y)) if groups is not None else numbers
    found = distinguish(x[first[0]], y[first[1]], groups=(of[0][first[0]], of[1][first[1]]), **how)
    return replace(found, rows=(first[0][found.rows[0]], first[1][found.rows[1]]))


@dataclass(frozen=True, eq=False)
class Pooled:
    """The rows of both sets that are looked at, by their ranks among each other; the groups are numbers."""

    ranked: Ranked
    is_b: NDArray[np.bool_]
    group: Places
    rows: tuple[Places, Places]
    columns: Places
    of_a: Places  # the groups of all rows of a

    @property
    def few(self) -> int:
        """The groups of the set that has fewer."""
        return min(len(np.unique(self.group[self.is_b])), len(np.unique(self.group[~self.is_b])))


def pooled(a: ArrayLike, b: ArrayLike, names: Sequence[str] | None, groups: Groups | None) -> Pooled:
    """Both sets together: of many rows or columns an even sample. Raises InputError as `distinguish` does."""
    x, y = np.atleast_1d(a), np.atleast_1d(b)
    rows = spread_evenly(len(x), MOST), spread_evenly(len(y), MOST)
    numbers = _group_numbers(groups, len(x), len(y))
    seen, columns, names = _checked(x[rows[0]], y[rows[1]], names)
    group = np.concatenate([own[some] for own, some in zip(numbers, rows, strict=True)])
    return Pooled(ranked(seen, names), np.arange(len(group)) >= len(rows[0]), group, rows, columns,
                  numbers[0])


def folds_of(is_b: NDArray[np.bool_], group: Places, *, seed: int) -> Places:
    """The fold of each row, (m,): groups are whole, and each fold has about as many of a, and of b, as any other."""
    groups, first, of, size = np.unique(group, return_index=True, return_inverse=True, return_counts=True)
    few = min(len(np.unique(group[is_b])), len(np.unique(group[~is_b])))
    k = max(2, min(FOLDS, few))
    chance = np.random.default_rng(seed_for(seed, "folds")).permutation(len(groups))
    order = chance[np.argsort(-size[chance], kind="stable")]
    filled, fold = np.zeros((2, k)), np.empty(len(groups), np.intp)
    for one in order.tolist():  # the largest first, each where the fewest of its set are
        own = int(is_b[first[one]])
        fold[one] = filled[own].argmin()
        filled[own, fold[one]] += size[one]
    found: Places = fold[of.reshape(-1)]
    return found


def auc_of_folds(score: Floats, is_b: NDArray[np.bool_], fold: Places, group: Places) -> tuple[float, Interval]:
    """The mean AUC of the folds, and its interval: that of a rate of so many examples as would be as sure."""
    values, weights, moved = [], [], np.zeros(len(score))
    for k in np.unique(fold):
        a, b = np.flatnonzero((fold == k) & ~is_b), np.flatnonzero((fold == k) & is_b)
        if len(a) and len(b):
            of_a, of_b = placements(score[a], score[b])
            values.append(of_b.mean())
            weights.append(len(a) * len(b) / (len(a) + len(b)))
            moved[a], moved[b] = (weights[-1] * (of - values[-1]) / len(of) for of in (of_a, of_b))
    auc = float(np.average(values, weights=weights))
    sums = np.bincount(np.unique(group, return_inverse=True)[1].reshape(-1), moved / np.sum(weights))
    few = min(len(np.unique(group[is_b])), len(np.unique(group[~is_b])))
    k = len(values)
    variance = (1 + k / max(k - 1, 1)) * len(sums) / (len(sums) - 1) * (sums**2).sum()
    n = min(auc * (1 - auc) / variance if variance > 0 else np.inf, 4.0 * len(sums))
    n = n if variance > 0 else float(few)
    low, high = rate_ends(np.array([auc]), np.array([n]), df=few - 1)
    return auc, Interval(float(low[0]), float(high[0]))


def _out_of_fold(features: Floats, is_b: NDArray[np.bool_], fold: Places) -> Floats:
    """The log odds of each row, by the classifier of the other folds."""
    start, odds = ridge_logistic(features, is_b), np.empty(len(features))
    for k in np.unique(fold):
        mine = fold == k
        odds[mine] = log_odds(features[mine], ridge_logistic(features[~mine], is_b[~mine], start=start))
    return odds


def _verdict(auc: float, low: float, high: float) -> Verdict:
    if low > 0.5 and auc >= MATTERS:
        return "distinguishable"
    return "alike" if high < MATTERS else "cannot tell"


def _checked(a: ArrayLike, b: ArrayLike, names: Sequence[str] | None) -> tuple[Floats, Places, tuple[str, ...]]:
    """The rows of both as numbers, the columns that are taken, and their names."""
    x, y = (np.asarray(part, np.float64) for part in (a, b))
    for name, part in (("a", x), ("b", y)):
        if part.ndim != 2 or 0 in part.shape:
            raise InputError(say("{name}: expected rows of features, (m, q), got the shape {got}", name=name,
                                 got=part.shape))
        if np.isinf(part).any():
            raise InputError(say("{name}: expected numbers, got an infinite one in row {row}", name=name,
                                 row=int(np.argwhere(np.isinf(part))[0, 0])))
    names = tuple(map(str, range(x.shape[1]))) if names is None else tuple(names)
    if not x.shape[1] == y.shape[1] == len(names):
        raise InputError(say("b: expected the {q} {q:feature|features} of a, got {got}, and {n} {n:name|names}",
                             q=x.shape[1], got=y.shape[1], n=len(names)))
    some = spread_evenly(len(names), MOST_FEATURES)
    return np.concatenate([x[:, some], y[:, some]]), some, tuple(names[i] for i in some)


def _group_numbers(groups: Groups | None, m: int, n: int) -> tuple[Places, Places]:
    if groups is None:
        return np.arange(m), np.arange(m, m + n)
    for name, own, expected in (("a", groups[0], m), ("b", groups[1], n)):
        if len(own) != expected:
            raise InputError(say("groups: expected {m} of {name}, one a row, got {got}", m=expected, name=name,
                                 got=len(own)))
    both = np.concatenate([np.asarray(own).astype(str) for own in groups])
    number = np.unique(both, return_inverse=True)[1].reshape(-1)
    return number[:m], number[m:]
