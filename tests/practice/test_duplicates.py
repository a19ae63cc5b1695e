"""Duplicates that were planted are found, all of them, and nothing else; held to a search through all pairs."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.pace import slower
from wengu.data import load
from wengu.practice import exact_duplicates, near_duplicates
from wengu.practice.duplicates import _signatures, _within, row_keys


@pytest.fixture(scope="module")
def pixels() -> NDArray[np.uint8]:
    return load("sample").pixels


@pytest.mark.parametrize("kind", [np.uint8, np.float32, np.float64, np.int64])
def test_exact_within_and_between(kind: type) -> None:
    x = np.array([[1, 2], [3, 4], [1, 2], [5, 6], [3, 4], [1, 2]], dtype=kind)
    assert exact_duplicates(x).tolist() == [[0, 2], [1, 4], [0, 5]]
    later = np.array([[9, 9], [5, 6], [1, 2]], dtype=kind)
    assert exact_duplicates(x, later).tolist() == [[3, 1], [0, 2]]
    assert exact_duplicates(later[:1], x).shape == exact_duplicates(x[:0], x).shape == exact_duplicates(x, x[:0]).shape == (0, 2)


def test_all_of_few_values_are_told_apart() -> None:
    """Signs, single bits, swapped columns: a key that mixes badly takes one example for another."""
    x = np.array(list(itertools.product([-1.0, 0.0, 1.0, 2.0], repeat=6)))
    assert not len(exact_duplicates(x))
    order = np.random.default_rng(0).permutation(len(x))
    found = exact_duplicates(x, x[order])
    assert (found[:, 0] == order).all() and len(found) == len(x)
    assert len(np.unique(row_keys(x))) == len(x)


def test_minus_zero_is_zero_and_a_stride_is_no_difference() -> None:
    assert exact_duplicates(np.array([[0.0], [-0.0]])).tolist() == [[0, 1]]
    x = np.arange(12.0).reshape(2, 6)[:, ::2]
    assert exact_duplicates(x, x.copy()).tolist() == [[0, 0], [1, 1]]


def test_near_duplicates_that_were_planted_are_found_and_no_others(pixels: NDArray[np.uint8]) -> None:
    train, dev = pixels[:3000], pixels[3000:3400].copy()
    of_itself = set(near_duplicates(train, dev)[0][:, 1].tolist())
    noise = np.random.default_rng(0).normal(0, 3, (4, 1, 28, 28))
    for j, (i, made) in enumerate([
        (7, train[7] * 0.6 + 40), (70, train[70] * 0.9), (700, train[700] * 0.5 + noise[0]), (2999, train[2999] * 0.8 + 9),
    ]):
        dev[10 * j] = np.clip(np.round(made), 0, 255)
        assert [i, 10 * j] in near_duplicates(train, dev)[0].tolist()
    found, looked = near_duplicates(train, dev)
    assert looked == 400 and set(found[:, 1].tolist()) <= of_itself | {0, 10, 20, 30}


def test_the_search_finds_what_all_pairs_hold(pixels: NDArray[np.uint8]) -> None:
    s = _signatures(pixels[:2000])
    t = s[:900] + np.random.default_rng(0).normal(0, 0.0037, (900, 64)).astype(np.float32)
    distance = np.sqrt(np.maximum(0, np.square(s).sum(1)[:, None] + np.square(t).sum(1) - 2 * s @ t.T))
    found = set(map(tuple, _within(s, t, 0.03)[0].tolist()))
    sure, perhaps = (set(map(tuple, np.argwhere(distance <= r).tolist())) for r in (0.0299, 0.0301))
    assert 300 < len(sure) < 900  # on both sides of the border
    assert sure <= found <= perhaps


def test_another_picture_is_none_and_no_contrast_is_like_nothing(pixels: NDArray[np.uint8]) -> None:
    one = pixels[:1]
    assert not len(near_duplicates(one, one[..., ::-1])[0])  # mirrored
    assert not len(near_duplicates(one, np.roll(one, 2, axis=-1))[0])  # shifted
    grey = np.full_like(one, 100)
    assert near_duplicates(grey, np.concatenate([grey, one]))[1] == 2
    assert not len(near_duplicates(grey, grey)[0])
    broken = np.where(one > 5, np.nan, one).astype(np.float32)
    assert not len(near_duplicates(broken, broken)[0])


def test_colour_and_any_size() -> None:
    x = np.random.default_rng(0).random((5, 3, 37, 50)).astype(np.float32)
    assert near_duplicates(x, 0.5 * x[[3, 1]] + 0.1)[0].tolist() == [[3, 0], [1, 1]]
    assert not len(near_duplicates(x[..., :1, :1], x[..., :1, :1])[0])  # one pixel has no contrast


def test_where_all_are_alike_a_sample_is_looked_at(monkeypatch: pytest.MonkeyPatch, pixels: NDArray[np.uint8]) -> None:
    monkeypatch.setattr("wengu.practice.duplicates._MOST", 10_000)
    same = np.repeat(pixels[:1], 300, axis=0)
    found, looked = near_duplicates(same, same)
    assert looked < 100 and len(found) == looked


def test_it_is_quick(pixels: NDArray[np.uint8]) -> None:
    """Ten times the sample against two thousand; a search through all pairs takes ten times as long."""
    train = np.concatenate([np.roll(pixels[:4000], k, axis=-1) for k in range(5)])
    start = time.process_time()
    near_duplicates(train, pixels[4000:])
    assert time.process_time() - start < 2 * slower()
