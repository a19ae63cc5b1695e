"""Splits: sizes by the notes' numbers, and what must hold for any data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wengu.core.checks import InputError
from wengu.practice import split, split_sizes

seeds = st.integers(0, 2**32)


@pytest.mark.parity
def test_parity_sizes() -> None:
    """Authority: the notes' 60/20/20, 70/30 (two sets) and, at a million, 98/1/1 with 10,000 each."""
    assert split_sizes(1000) == (600, 200, 200)
    assert split_sizes(1000, test=False) == (700, 300, 0)
    assert split_sizes(1_000_000) == (980_000, 10_000, 10_000)


@given(st.integers(3, 2_000_000))
def test_sizes_add_up_and_never_jump(m: int) -> None:
    for test in (True, False):
        here, next_ = split_sizes(m, test=test), split_sizes(m + 1, test=test)
        assert sum(here) == m
        assert min(here[: 3 if test else 2]) >= 1
        assert all(0 <= b - a <= 1 or here.train in (b, a) for a, b in zip(here, next_, strict=True))
        assert next_.dev - here.dev in (0, 1)


@pytest.mark.parity
def test_parity_raw_bits() -> None:
    """Authority: numpy's own published test set of PCG64 (seed 0xdeadbeaf): the bits that the shuffle rests on."""
    assert np.random.PCG64(0xDEADBEAF).random_raw(2).tolist() == [0x60D24054E17A0698, 0xD5E79D89856E4F12]
    keys = np.random.PCG64(7).random_raw(10)
    by_key = sorted(range(10), key=lambda i: keys[i])
    found = split(range(10), stratify=False, seed=7)
    assert found["dev"].tolist() == sorted(by_key[:2])
    assert found["test"].tolist() == sorted(by_key[2:4])


@st.composite
def classes(draw: st.DrawFn) -> list[int]:
    counts = draw(st.lists(st.integers(3, 40), min_size=2, max_size=8))
    return draw(st.permutations([k for k, n in enumerate(counts) for _ in range(n)]))


@settings(max_examples=60)
@given(classes(), seeds, st.booleans())
def test_stratified_split_is_a_partition_in_proportion(y: list[int], seed: int, test: bool) -> None:
    sets = split(y, seed=seed, test=test)
    assert sorted(np.concatenate(list(sets.values()))) == list(range(len(y)))
    sizes = split_sizes(len(y), test=test)
    counts, k = np.bincount(y), len(set(y))
    for name, size in zip(sets, sizes, strict=False):
        assert len(sets[name]) == size
        assert (np.diff(sets[name]) > 0).all()
        share = np.bincount(np.asarray(y)[sets[name]], minlength=k)
        if size >= k:
            assert (share >= 1).all()
        if min(counts) >= 5 and size >= 2 * k:  # no class is so small that its floor of one bends the shares
            assert (abs(share - counts * size / len(y)) < 2).all()


@settings(max_examples=60)
@given(st.lists(st.integers(0, 12), min_size=12, max_size=120), seeds, st.booleans())
def test_no_group_is_in_two_sets(groups: list[int], seed: int, stratify: bool) -> None:
    y = [g % 2 for g in groups]
    if len(set(groups)) < 3 or len(set(y)) < 2:
        return
    sets = split(y, groups=groups, seed=seed, stratify=stratify)
    assert sorted(np.concatenate(list(sets.values()))) == list(range(len(y)))
    inside = [set(np.asarray(groups)[i]) for i in sets.values()]
    assert all(inside)
    assert sum(map(len, inside)) == len(set(groups))
    if not stratify:
        largest = max(np.bincount(groups))
        sizes = split_sizes(len(y))
        assert all(abs(len(sets[name]) - size) <= largest for name, size in zip(sets, sizes, strict=True))


def test_many_small_groups_keep_sizes_and_classes() -> None:
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(1500), 2)
    y = (rng.random(1500) < 0.2).astype(int)[group]
    sets = split(y, groups=group, seed=1)
    assert [len(i) for i in sets.values()] == pytest.approx([1800, 600, 600], abs=4)
    for i in sets.values():
        assert y[i].mean() == pytest.approx(y.mean(), abs=0.005)


def test_one_large_group_leaves_the_sizes_whole() -> None:
    groups = [*range(60), *[60] * 40]  # were it placed last, no set would have room for it
    sets = split(range(100), groups=groups, stratify=False)
    assert [len(i) for i in sets.values()] == [60, 20, 20]


def test_a_set_far_smaller_than_any_group_still_gets_one() -> None:
    groups = np.repeat(np.arange(10), 20)
    sets = split(range(200), groups=groups, fractions=(0.98, 0.01, 0.01), stratify=False)
    assert [len(i) for i in sets.values()] == [160, 20, 20]


def test_seed_decides_and_every_example_can_go_anywhere() -> None:
    y = [0, 1] * 10
    assert all((split(y, seed=3)[s] == split(y, seed=3)[s]).all() for s in ("train", "dev", "test"))
    in_dev = np.zeros(20)
    for seed in range(1000):
        in_dev[split(y, seed=seed)["dev"]] += 1
    assert in_dev.sum() == 4000
    assert abs(in_dev - 200).max() < 4.5 * np.sqrt(1000 * 0.2 * 0.8)  # each is in dev a fifth of the times


def test_given_sizes_and_fractions() -> None:
    y = ["a", "b"] * 50
    assert [len(i) for i in split(y, sizes=(50, 30, 20)).values()] == [50, 30, 20]
    assert [len(i) for i in split(y, fractions=(0.8, 0.1, 0.1)).values()] == [80, 10, 10]
    assert [len(i) for i in split(y, fractions=(0.9, 0.1), test=False).values()] == [90, 10]
    rare = ["a"] * 97 + ["b"] * 3
    for indices in split(rare, sizes=(4, 52, 44)).values():  # dev alone would take two of the three by its share
        assert "b" in np.asarray(rare)[indices]


def test_a_set_too_small_for_all_classes_still_gets_its_size() -> None:
    y = np.repeat(np.arange(20), 5)
    assert [len(i) for i in split(y, sizes=(85, 10, 5)).values()] == [85, 10, 5]
    assert [len(i) for i in split(y, sizes=(5, 85, 10)).values()] == [5, 85, 10]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y": ["a"] * 9}, "y: expected at least two classes, got only 'a'"),
        ({"y": ["a"] * 9 + ["b"] * 2}, "y: class 'b' has 2 example"),
        ({"y": [0.5, 1.5, 2.25]}, "got real numbers; give stratify=False"),
        ({"y": [0, 1] * 9, "groups": [1, 2]}, "groups: expected 18 entries"),
        ({"y": [0, 1] * 9, "groups": [1, 2] * 9}, "groups: expected at least 3 groups, one for each set, got 2"),
        ({"y": [0, 1] * 9, "fractions": (0.6, 0.2, 0.1)}, "fractions: expected a sum of 1, got 0.9"),
        ({"y": [0, 1] * 9, "fractions": (0.8, 0.2)}, "fractions: expected 3 numbers above 0, for train, dev, test"),
        ({"y": [0, 1] * 9, "fractions": (1.2, -0.1, -0.1)}, "numbers above 0"),
        ({"y": [0, 1] * 9, "sizes": (10, 5, 5)}, "sizes: expected a sum of 18, got 20"),
        ({"y": [0, 1] * 9, "sizes": (8, 5, 5), "fractions": (0.6, 0.2, 0.2)}, "drop one of the two"),
        ({"y": [0, 1], "stratify": False}, "m: expected a number of at least 3, got 2"),
        ({"y": [0, 1] * 9, "seed": -1}, "seed: expected a number of at least 0"),
    ],
)
def test_bad_input_says_what_and_how(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        split(**arguments)


def test_real_numbers_and_one_class_split_without_strata() -> None:
    assert len(split([0.5, 1.5, 2.25, 1.0, 3.5], stratify=False)["dev"]) == 1
    assert len(split(["a"] * 10, stratify=False, test=False)["dev"]) == 3
