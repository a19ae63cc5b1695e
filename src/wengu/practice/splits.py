"""Training, dev and test sets.                                                                     [notes 15]

    dev = test = min(m/5, 10,000)     train = m - dev - test          60/20/20 when small, 98/1/1 at a million
    dev        = min(3m/10, 10,000)   train = m - dev                 70/30, where the test set is given already
    train-dev  = min(dev, m/5)        of the m examples for training, where some of them are from elsewhere

By time the oldest train, then come dev and test, for a model will be asked of what comes after its training.

Source: the notes have 70/30 or 60/20/20 for small data, 98/1/1 for a million, and call 10,000 examples ample. Between
the two the rule is ours: a fifth each, never above 10,000, so the sizes never jump. m is the number of examples.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence, Sized
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wengu.core.checks import InputError, at_least
from wengu.core.i18n import say
from wengu.practice.records import Array, labels

AMPLE = 10_000

Indices = NDArray[np.intp]


class Sizes(NamedTuple):
    """How many examples each set gets."""

    train: int
    dev: int
    test: int


def split_sizes(m: int, *, test: bool = True) -> Sizes:
    """How many of m examples train, dev and test get; `test=False` where a test set is given already.

    >>> split_sizes(1000), split_sizes(1_000_000)
    (Sizes(train=600, dev=200, test=200), Sizes(train=980000, dev=10000, test=10000))
    """
    at_least("m", m, 3 if test else 2)
    dev = max(1, min(m // 5 if test else 3 * m // 10, AMPLE))
    return Sizes(m - 2 * dev, dev, dev) if test else Sizes(m - dev, dev, 0)


def train_dev_size(m: int, dev: int) -> int:
    """How many of m training examples are kept from training for train-dev, beside so many of dev.

    They are drawn from what is trained on, so that train and train-dev differ in nothing but the training.

    >>> train_dev_size(206_000, 2_000), train_dev_size(700, 200)
    (2000, 140)
    """
    at_least("m", m, 2)
    at_least("dev", dev, 1)
    return max(1, min(dev, m // 5))


def split(
    y: Sized,
    *,
    fractions: Sequence[float] | None = None,
    sizes: Sequence[int] | None = None,
    groups: ArrayLike | None = None,
    times: ArrayLike | None = None,
    stratify: bool = True,
    test: bool = True,
    seed: int = 0,
) -> dict[str, Indices]:
    """Indices of the examples of each set, ascending: {"train": ..., "dev": ..., "test": ...}.

    Every class keeps its share in every set, and is in each where the sizes allow. Examples of one group stay in one
    set; sizes and shares are then kept only as nearly as whole groups can. The result depends on the seed and the order
    of the data alone: it rests on the raw bits of PCG64, which numpy promises never to change.

    y                  (m,) labels
    fractions, sizes   one for each of train, dev and test; without them, `split_sizes`
    groups             (m,) such as the person that an example is of
    times              (m,) when each was made, numbers or dates: the oldest train, the newest test; examples of one
                       time stay together, and neither classes nor the seed count
    stratify           False: classes need not keep their shares, and y may be any targets
    test               False cuts train and dev alone
    seed               what decides, with the order of the data

    Raises InputError where y has one class, or a class too few examples.

    >>> {name: len(indices) for name, indices in split(["cat"] * 40 + ["dog"] * 10).items()}
    {'train': 30, 'dev': 10, 'test': 10}
    """
    names = ("train", "dev", "test") if test else ("train", "dev")
    m = len(y)
    wanted = _wanted(m, names, fractions, sizes)
    if times is not None:
        if groups is not None:
            raise InputError(say("times: expected none where groups are given, for a group may be of several times; "
                                 "drop one of the two"))
        return _by_time(labels("times", times), names, wanted)
    codes = _class_codes(y, names, grouped=groups is not None) if stratify else np.zeros(m, dtype=np.intp)
    keys = np.random.PCG64(int(at_least("seed", seed, 0))).random_raw(m)  # one an example: sorted, they shuffle
    place = _by_class(codes, wanted, keys) if groups is None else _by_group(codes, wanted, keys, groups)
    return {name: np.flatnonzero(place == s) for s, name in enumerate(names)}


def _by_time(times: Array, names: tuple[str, ...], wanted: list[int]) -> dict[str, Indices]:
    """Train up to a time, dev from there to another, test after that; a time belongs to the earlier set."""
    m = sum(wanted)
    if len(times) != m:
        raise InputError(say("times: expected {m} {m:entry|entries}, one for each in y, got {got}", m=m,
                             got=len(times)))
    different, of = np.unique(times, return_inverse=True)
    until = np.sort(of)[np.cumsum(wanted)[:-1] - 1]  # the last time of each set but the newest
    if len(np.unique(until)) < len(until) or until[-1] == len(different) - 1:
        raise InputError(say("times: {n} different {n:time is|times are} too few, or too many examples are of one, for "
                             "{sets} to lie one after another; give finer times, or split by chance", n=len(different),
                             sets=", ".join(names)))
    place = np.searchsorted(until, of)
    return {name: np.flatnonzero(place == s) for s, name in enumerate(names)}


def _by_class(codes: Indices, wanted: list[int], keys: Array) -> Indices:
    """The set of each example: of every class, shuffled, the first go to dev, the next to test, the rest to train."""
    counts = np.bincount(codes)
    floor = [int(size >= len(counts)) for size in wanted]  # can this set hold one of each class?
    order = np.lexsort((keys, codes))
    rank = np.empty_like(codes)
    rank[order] = np.arange(len(codes)) - np.repeat(np.cumsum(counts) - counts, counts)
    place, taken = np.zeros_like(codes), np.zeros_like(counts)
    for s in range(1, len(wanted)):
        reserved = floor[0] + sum(floor[s + 1:])
        share = _shares(counts, wanted[s], low=floor[s], high=counts - taken - reserved)
        place[(rank >= taken[codes]) & (rank < (taken + share)[codes])] = s
        taken += share
    return place


def _shares(counts: Indices, wanted: int, *, low: int, high: Indices) -> Indices:
    """`wanted` examples apportioned to classes by largest remainder, each class from low to high."""
    exact = counts * (wanted / counts.sum())
    share: Indices = np.clip(np.floor(exact).astype(np.intp), low, high)
    while missing := int(np.sign(wanted - share.sum())):
        free = share < high if missing > 0 else share > low
        share[np.argmax(np.where(free, missing * (exact - share), -np.inf))] += missing
    return share


def _by_group(codes: Indices, wanted: list[int], keys: Array, groups: ArrayLike) -> Indices:
    """The set of each example: groups, large ones first, go where Σ (have - target)²/target grows least.

    With groups of one size this is the Sainte-Laguë rule, which shares out seats in proportion.
    """
    ids, group = np.unique(labels("groups", groups), return_inverse=True)
    m, k, g, sets = len(codes), int(codes.max()) + 1, len(ids), len(wanted)
    if len(group) != m:
        raise InputError(say("groups: expected {m} {m:entry|entries}, one for each in y, got {got}",
                             m=m, got=len(group)))
    if g < sets:
        raise InputError(
            say("groups: expected at least {sets} {sets:group|groups}, one for each set, got {got}; a group is never "
                "split",
                sets=sets, got=g)
        )
    cells, count = np.unique(group * k + codes, return_counts=True)  # (group, class) pairs that occur
    start = np.searchsorted(cells, np.arange(g + 1) * k)
    target = np.outer(wanted, np.bincount(codes)) / m  # (sets, classes)
    excess = -target
    first_key = np.full(g, np.iinfo(np.uint64).max)
    np.minimum.at(first_key, group, keys)
    order = np.lexsort((first_key, -np.bincount(group)))
    place = np.zeros(g, dtype=np.intp)
    for i in order:
        here = slice(start[i], start[i + 1])
        c, n = cells[here] % k, count[here]
        growth = (n * (2 * excess[:, c] + n) / target[:, c]).sum(axis=1)
        place[i] = np.argmin(growth)
        excess[place[i], c] += n
    for s in set(range(sets)) - set(place.tolist()):  # a set far smaller than any group got none: give it the smallest
        fullest = np.argmax(np.bincount(place, minlength=sets))
        place[next(i for i in order[::-1] if place[i] == fullest)] = s
    of_example: Indices = place[group]
    return of_example


def _class_codes(y: Sized, names: tuple[str, ...], *, grouped: bool) -> Indices:
    """The class of each example as 0, 1, ...; refuses what cannot be stratified."""
    column = labels("y", y)
    if column.dtype.kind == "f" and not np.array_equal(column, np.round(column)):
        raise InputError(say("y: expected classes to stratify by, got real numbers; give stratify=False"))
    classes, codes, counts = np.unique(column, return_inverse=True, return_counts=True)
    if len(classes) < 2:
        raise InputError(
            say("y: expected at least two classes, got only {value!r}; give stratify=False to split all the same",
                value=str(classes[0]))
        )
    few = np.flatnonzero(counts < len(names))
    if len(few) and not grouped:
        raise InputError(
            say("y: class {value!r} has {n} {n:example|examples}, and {sets} need one each ({others} more "
                "{others:class is|classes are} as small); collect more, merge it with another class, or give "
                "stratify=False",
                value=str(classes[few[0]]), n=int(counts[few[0]]), sets=", ".join(names), others=len(few) - 1)
        )
    return codes


def _wanted(
    m: int, names: tuple[str, ...], fractions: Sequence[float] | None, sizes: Sequence[int] | None
) -> list[int]:
    """The size of each set, from what was given or from the rule."""
    if fractions is None and sizes is None:
        return list(split_sizes(m, test=len(names) == 3)[:len(names)])
    if fractions is not None and sizes is not None:
        raise InputError(say("sizes: expected none where fractions are given; drop one of the two"))
    given: Sequence[float] = sizes if sizes is not None else fractions or ()
    name, total = ("fractions", 1.0) if sizes is None else ("sizes", float(m))
    if len(given) != len(names) or not all(math.isfinite(x) and x > 0 for x in given):
        raise InputError(
            say("{name}: expected {n} {n:number|numbers} above 0, for {sets}, got {got}",
                name=name, n=len(names), sets=", ".join(names), got=tuple(given))
        )
    if not math.isclose(sum(given), total, rel_tol=1e-9):
        raise InputError(
            say("{name}: expected a sum of {total}, got {got}", name=name, total=f"{total:g}", got=f"{sum(given):g}")
        )
    at_least("m", m, len(names))
    held = [max(1, round(m * x)) for x in given[1:]] if sizes is None else [operator.index(x) for x in sizes[1:]]
    while m - sum(held) < 1:  # tiny data: rounding must leave train one example
        held[int(np.argmax(held))] -= 1
    return [m - sum(held), *held]
