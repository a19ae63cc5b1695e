"""Training pictures made to look like dev's: what was done to dev is found again, and how much."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from torch import Tensor

from wengu.core.batches import in_memory, read
from wengu.data import load
from wengu.recipes.nearer import Made, Nearer, changed, plain, strengths_of


@pytest.fixture(scope="module")
def pictures() -> tuple[np.ndarray, np.ndarray]:
    x = load("sample").pixels[np.random.default_rng(0).permutation(6000)]
    return x[:500], x[500:900]


def noisy(x: np.ndarray, sigma: float) -> np.ndarray:
    return np.clip(x + np.random.default_rng(1).normal(0, 255 * sigma, x.shape), 0, 255).round().astype(np.uint8)


def test_noise_is_found_again_and_how_much(pictures: tuple[np.ndarray, np.ndarray]) -> None:
    train, dev = pictures
    found = strengths_of(train, noisy(dev, 0.16))
    assert found.strengths["noise"][0] == pytest.approx(0.16, rel=0.3) and found.removed > 0.6
    assert "light" not in found.strengths


def test_blur(pictures: tuple[np.ndarray, np.ndarray]) -> None:
    train, dev = pictures
    found = strengths_of(train, gaussian_filter(dev, (0, 0, 1.2, 1.2)))
    assert found.strengths["blur"][0] == pytest.approx(1.2, rel=0.3) and found.removed > 0.6


@pytest.mark.parametrize(("gain", "level"), [(0.4, 0.04), (-1.0, 1.0), (0.5, 0.5)])
def test_light(pictures: tuple[np.ndarray, np.ndarray], gain: float, level: float) -> None:
    train, dev = pictures
    found = strengths_of(train, np.clip(dev * gain + 255 * level, 0, 255).astype(np.uint8))
    assert found.strengths["light"] == pytest.approx((gain, level), abs=0.08) and found.removed > 0.6


def test_dark_and_noisy_is_both(pictures: tuple[np.ndarray, np.ndarray]) -> None:
    train, dev = pictures
    assert strengths_of(train, noisy((dev * 0.4).astype(np.uint8), 0.06)).strengths.keys() >= {"light", "noise"}


def test_where_nothing_differs_or_nothing_helps_there_is_none(pictures: tuple[np.ndarray, np.ndarray]) -> None:
    train, dev = pictures
    assert strengths_of(train, dev) == ({}, 0.0)
    assert strengths_of(train, dev[..., ::-1].copy()).strengths == {}
    assert strengths_of(train, noisy(dev, 0.16), ("blur",)).strengths == {}


def test_blur_is_scipys() -> None:
    """Authority: scipy.ndimage.gaussian_filter, mode nearest, cut at 3 σ."""
    x = np.random.default_rng(0).integers(0, 256, (2, 3, 20, 24)).astype(np.uint8)
    theirs = gaussian_filter(x.astype(float), (0, 0, 1.5, 1.5), mode="nearest", truncate=3)
    assert np.abs(changed(torch.from_numpy(x), {"blur": (1.5,)}).numpy() - theirs).max() <= 0.51


def test_light_is_a_line_and_noise_has_its_deviation() -> None:
    x = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16)
    assert torch.equal(changed(x, {"light": (-1.0, 1.0)}), 255 - x)
    grey = torch.full((50, 1, 20, 20), 128, dtype=torch.uint8)
    assert changed(grey, {"noise": (0.08,)}).float().std().item() == pytest.approx(0.08 * 255, rel=0.03)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_it_keeps_labels_type_and_layout_and_goes_by_torchs_generator(layout: torch.memory_format) -> None:
    x = torch.randint(0, 256, (4, 3, 9, 8), dtype=torch.uint8).contiguous(memory_format=layout)
    y, change = torch.arange(4), Nearer({"blur": (1.0,), "light": (0.5, 0.1), "noise": (0.05,)})

    def made(seed: int) -> tuple[Tensor, Tensor]:
        torch.manual_seed(seed)
        return change((x, y))

    z, labels = made(0)
    assert z.dtype == torch.uint8 and z.shape == x.shape and labels is y and z.is_contiguous(memory_format=layout)
    assert torch.equal(z, made(0)[0]) and not torch.equal(z, made(1)[0])


def test_small_pictures_are_blurred_too() -> None:
    assert changed(torch.zeros(1, 1, 2, 2, dtype=torch.uint8), {"blur": (3.4,)}).shape == (1, 1, 2, 2)


def test_what_was_made_is_always_the_same() -> None:
    examples = in_memory((torch.randint(0, 256, (6, 1, 5, 5), dtype=torch.uint8), torch.arange(6)))
    made, index = Made(examples, Nearer({"noise": (0.2,)})), torch.tensor([4, 1])
    x, y = read(made, index)
    assert torch.equal(x, read(made, index)[0]) and y.tolist() == [4, 1] and len(made) == 6
    assert not torch.equal(x, read(examples, index)[0]) and made[4][1].item() == 4


def test_in_words() -> None:
    assert plain({"light": (0.6, 0.1), "noise": (0.08,)}) == "light 0.6 + 0.1, noise 0.08"
