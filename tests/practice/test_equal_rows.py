"""Copies count once: sets are not called different for rows that stand in one of them again and again."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from numpy.random import Generator, default_rng

from tests.pace import slower
from wengu.practice import copied_rows, distinguish, equal_rows

Sets = tuple[np.ndarray, np.ndarray]


def oversampled(originals: int, times: int, q: int) -> Callable[[Generator], Sets]:
    def made(g: Generator) -> Sets:
        a, b = (g.normal(size=(originals, q))[g.integers(0, originals, originals * times)] for _ in range(2))
        return a, b
    return made


def few_binary(g: Generator) -> Sets:
    a, b = (g.integers(0, 2, (30, 10))[g.integers(0, 30, 300)] for _ in range(2))
    return a, b


def some_of_them(g: Generator) -> Sets:
    """Two rows a hundred times each, among two hundred that come once."""
    a = g.normal(size=(200, 5))
    return np.concatenate([a, np.repeat(a[:2], 100, axis=0)]), g.normal(size=(150, 5))


def leaked(g: Generator) -> Sets:
    a = g.normal(size=(100, 5))
    return np.repeat(a, 4, axis=0), np.concatenate([a[:30], g.normal(size=(50, 5))])


COPIES = {"20 rows, fifteen times": oversampled(20, 15, 8), "one column": oversampled(20, 15, 1), "some": some_of_them,
          "few values": few_binary, "also in the other set": leaked, "50 rows, six times": oversampled(50, 6, 5)}


@pytest.mark.parametrize("name", COPIES)
def test_equal_sets_with_copies_are_rarely_called_distinguishable(name: str) -> None:
    """Counted as examples of their own they were told apart in up to all draws; now in at most 5 %."""
    called, before = 0, 0
    for seed in range(100):
        a, b = COPIES[name](default_rng(seed))
        copies = copied_rows(a, b)
        assert copies is not None
        called += distinguish(a, b, copies=copies).verdict == "distinguishable"
        before += distinguish(a, b).verdict == "distinguishable"
    assert called <= 5
    assert name == "also in the other set" or before > 30


def cities(g: Generator, share: np.ndarray) -> np.ndarray:
    """A city, and three columns that follow from it."""
    city = g.choice(12, 300, p=share / share.sum())
    return np.stack([city, city % 4, city % 2, city > 5], axis=1)


CHANCE: dict[str, Callable[[Generator], Sets]] = {
    "two binary columns": lambda g: (g.random((300, 2)) < 0.3, g.random((300, 2)) < 0.6),
    "each set has one value": lambda g: (np.zeros((100, 1)), np.ones((100, 1))),
    "columns that go together": lambda g: (cities(g, np.r_[np.full(6, 0.04), np.full(6, 0.76 / 6)]), cities(g, np.ones(12))),
    "four columns of three values": lambda g: (g.integers(0, 3, (200, 4)), np.minimum(g.integers(0, 4, (200, 4)), 2)),
    "whole numbers": lambda g: (g.integers(0, 20, (200, 2)), g.integers(4, 24, (200, 2))),
}


@pytest.mark.parametrize("name", CHANCE)
def test_rows_that_are_equal_by_chance_are_examples_of_their_own(name: str) -> None:
    found = copied = 0
    for seed in range(30):
        a, b = CHANCE[name](default_rng(seed))
        copies = copied_rows(a, b)
        copied += copies is not None
        found += distinguish(a, b, copies=copies).verdict == "distinguishable"
    assert copied <= 2 and found >= 22


def test_a_shift_is_found_among_copies() -> None:
    found = 0
    for seed in range(30):
        g = default_rng(seed)
        a, b = np.repeat(g.normal(size=(150, 6)), 3, axis=0), g.normal(size=(80, 6)) + np.array([1, 0, 0, 0, 0, 0])
        found += distinguish(a, b, copies=copied_rows(a, b)).verdict == "distinguishable"
    assert found >= 28


def test_places_are_those_of_the_rows_given() -> None:
    g = default_rng(0)
    a, b = np.repeat(g.normal(size=(100, 2)), 2, axis=0), g.normal(size=(120, 2)) + np.array([3, 0])
    a[14:16] = [6, 0]
    found = distinguish(a, b, copies=copied_rows(a, b))
    assert len(found.rows[0]) == 100 and found.most_like_b[0] == 14
    assert found.rows[0].tolist() == list(range(0, 200, 2))


def test_equal_are_numbers_whatever_their_sign_and_gaps() -> None:
    a, b = equal_rows([[0.0, np.nan], [1.0, 2.0]], [[-0.0, -np.nan], [1.0, 3.0]])
    assert (a.tolist(), b.tolist()) == ([0, 1], [0, 2])


def test_a_million_rows_are_quick() -> None:
    x = default_rng(0).random((1_000_000, 20))
    began = time.process_time()
    assert copied_rows(x[:900_000], x[900_000:]) is None
    assert time.process_time() - began < 2 * slower()
