from __future__ import annotations

import numpy as np
import pytest

from wengu.core.checks import InputError
from wengu.data import Pictures


def pictures(**other: object) -> Pictures:
    parts: dict[str, object] = {
        "pixels": np.arange(4 * 3 * 2 * 5, dtype=np.uint8).reshape(4, 3, 2, 5),
        "labels": np.array([2, 0, 2, 1]),
        "classes": ("ant", "bee", "cow"),
        "ids": ("a", "b", "c", "d"),
        "set_of": np.array(["train", "dev", "", "test"]),
        "source": "zoo",
    }
    return Pictures(**(parts | other))  # type: ignore[arg-type]


def test_counts_every_class_in_order_even_one_without_pictures() -> None:
    assert list(pictures().counts().items()) == [("ant", 1), ("bee", 1), ("cow", 2)]
    assert pictures(labels=np.array([1, 1, 1, 1])).counts() == {"ant": 0, "bee": 4, "cow": 0}


def test_size_is_height_and_width() -> None:
    assert (pictures().size, pictures().channels, len(pictures())) == ((2, 5), 3, 4)


@pytest.mark.parametrize("index", [[3, 1], np.array([3, 1]), slice(3, 0, -2)])
def test_take_keeps_the_parts_together(index: object) -> None:
    some = pictures().take(index)
    assert some.ids == ("d", "b")
    assert some.labels.tolist() == [1, 0]
    assert some.set_of.tolist() == ["test", "dev"]
    assert np.array_equal(some.pixels, pictures().pixels[[3, 1]])
    assert some.classes == ("ant", "bee", "cow")


def test_take_by_mask() -> None:
    assert pictures().take(pictures().labels == 2).ids == ("a", "c")


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"pixels": np.zeros((4, 28, 28), np.uint8)}, "pixels: expected the shape"),
        ({"pixels": np.zeros((4, 2, 28, 28), np.uint8)}, "pixels: expected the shape"),
        ({"ids": ("a", "b")}, "ids: expected 4, one a picture, got 2"),
        ({"labels": np.array([0, 1, 2, 3])}, "labels: expected numbers from 0 to 2"),
        ({"labels": np.array([0, -1, 2, 1])}, "labels: expected numbers from 0 to 2"),
        ({"set_of": np.array(["train", "", "", "holdout"])}, "set_of: expected .* got holdout"),
    ],
)
def test_parts_that_do_not_belong_together(other: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        pictures(**other)


def test_wrong_type_of_pixels() -> None:
    with pytest.raises(TypeError, match="uint8"):
        pictures(pixels=np.zeros((4, 1, 2, 2)))
