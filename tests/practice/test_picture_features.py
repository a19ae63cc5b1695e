"""The features of pictures, held to scipy.ndimage and to pictures of which they are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from wengu.core.checks import InputError
from wengu.data import load
from wengu.practice import distinguish, equal_rows, picture_features
from wengu.practice.picture_features import visible_steps


def features(pixels: np.ndarray) -> dict[str, np.ndarray]:
    x, names = picture_features(pixels)
    return dict(zip(names, x.T, strict=True))


def test_parity_with_scipy() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 1, 12, 17)).astype(np.uint8)
    found = features(pixels)
    laplacian, noise = [[0, 1, 0], [1, -4, 1], [0, 1, 0]], [[1, -2, 1], [-2, 4, -2], [1, -2, 1]]
    for k, picture in enumerate(pixels[:, 0] / 255):
        inner = ndimage.convolve(picture, np.array(laplacian))[1:-1, 1:-1]
        assert found["sharpness"][k] == pytest.approx(inner.std() / picture.std(), rel=1e-4)
        inner = ndimage.convolve(picture, np.array(noise))[1:-1, 1:-1]
        assert found["noise"][k] == pytest.approx(np.sqrt(np.pi / 2) / 6 * np.abs(inner).mean(), rel=1e-4)


def test_noise_is_the_deviation_of_normal_noise() -> None:
    plain = np.full((200, 1, 28, 28), 128.0) + np.random.default_rng(0).normal(0, 12, (200, 1, 28, 28))
    assert features(plain.round().astype(np.uint8))["noise"].mean() == pytest.approx(12 / 255, rel=0.02)


def test_a_square_where_it_lies() -> None:
    picture = np.full((1, 1, 40, 40), 255, np.uint8)
    picture[0, 0, 20:40, 0:10] = 55
    found = {name: value[0] for name, value in features(picture).items()}
    assert found["drawn"] == pytest.approx(200 / 1600) and found["border"] > 0.7
    assert (found["across"], found["down"]) == pytest.approx((5 / 40, 30 / 40), abs=1e-4)
    assert found["r4 c1"] == pytest.approx(55 / 255, abs=1e-4) and found["r1 c4"] == 1
    assert (found["darkest"], found["brightest"]) == pytest.approx((55 / 255, 1), abs=1e-4)


def test_colours() -> None:
    picture = np.zeros((1, 3, 8, 8), np.uint8)
    picture[:, 0] = 255
    found = features(picture)
    assert [found[name][0] for name in ("saturation", "red", "green", "blue")] == [1, 1, 0, 0]


def test_small_pictures_and_bad_shapes() -> None:
    assert np.isfinite(picture_features(np.ones((2, 1, 2, 1), np.uint8))[0]).all()
    with pytest.raises(InputError, match="pixels: expected the shape"):
        picture_features(np.zeros((3, 28, 28), np.uint8))


def sample() -> tuple[np.ndarray, np.ndarray]:
    x = load("sample").pixels[np.random.default_rng(0).permutation(6000)]
    return x[:2000], x[2000:2800]


def blurred(x: np.ndarray) -> np.ndarray:
    return ndimage.uniform_filter(x, (1, 1, 3, 3))


CHANGED = {
    "brightest": lambda x: x // 2, "sharpness": blurred,
    "noise": lambda x: np.clip(x + np.random.default_rng(1).normal(0, 20, x.shape), 0, 255).astype(np.uint8),
    "border": lambda x: 255 - x, "across": lambda x: np.roll(x, 4, axis=3),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGED)
def test_what_was_done_to_real_pictures_is_named(name: str) -> None:
    train, dev = sample()
    (a, names), (b, _) = picture_features(train), picture_features(CHANGED[name](dev))
    found = distinguish(a, b, names=names, groups=equal_rows(a, b), steps=visible_steps(names))
    assert found.verdict == "distinguishable" and found.low > 0.9
    assert name in [one.name for one in found.telling]


def test_real_pictures_of_one_distribution_are_alike() -> None:
    (a, names), (b, _) = map(picture_features, sample())
    assert distinguish(a, b, names=names, groups=equal_rows(a, b), steps=visible_steps(names)).verdict == "alike"


def test_what_nobody_sees_tells_no_sets_apart() -> None:
    """A grey level of 255 in light; without steps it is told as surely as a picture that is half as bright."""
    train, dev = sample()
    (a, names), (b, _) = picture_features(train), picture_features(np.clip(dev.astype(int) + 1, 0, 255).astype(np.uint8))
    groups = equal_rows(a, b)
    assert distinguish(a, b, names=names, groups=groups).verdict == "distinguishable"
    found = distinguish(a, b, names=names, groups=groups, steps=visible_steps(names))
    assert found.verdict == "alike" and found.low > 0.9 and found.telling == ()
