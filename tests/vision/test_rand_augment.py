"""RandAugment's fourteen changes. Authority: torchvision's functions, and Pillow's for levels."""

from __future__ import annotations

import math
from collections import Counter
from importlib import import_module
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageEnhance, ImageOps
from scipy import stats
from torch import Tensor

from wengu.core.checks import InputError
from wengu.vision.augment import RandAugment, affine, levels
from wengu.vision.augment.rand_augment import CHANGES


def pictures(m: int = 6, channels: int = 3, height: int = 20, width: int = 26) -> Tensor:
    """Levels as photographs have them, some of them often."""
    z = torch.randn(m, channels, height, width, generator=torch.Generator().manual_seed(0)) * 30 + 110
    return z.clamp(20, 210).round()


@pytest.fixture
def theirs() -> Any:
    from wengu.vision.import_torchvision import import_torchvision

    import_torchvision()
    return import_module("torchvision.transforms.v2.functional")


def by_pillow(x: Tensor, change: Any) -> Tensor:
    made = [np.asarray(change(Image.fromarray(one.permute(1, 2, 0).numpy().astype(np.uint8)))) for one in x]
    return torch.from_numpy(np.stack(made).astype(np.float32)).permute(0, 3, 1, 2)


@pytest.mark.parametrize(("ours", "pillow"), [
    (levels.equalised, ImageOps.equalize), (levels.autocontrast, ImageOps.autocontrast),
    (lambda x: levels.posterised(x, 3), lambda x: ImageOps.posterize(x, 3)),
    (lambda x: levels.solarised(x, 100), lambda x: ImageOps.solarize(x, 100)),
    (lambda x: levels.sharpness(x, torch.full((6, 1, 1, 1), 1.6)).clamp(0, 255), lambda x: ImageEnhance.Sharpness(x).enhance(1.6)),
])  # fmt: skip
def test_levels_are_those_of_pillow(ours: Any, pillow: Any) -> None:
    """Pillow cuts off to whole levels, and rounds what it blends with, which is 0.6 of a half for sharpness."""
    off = ours(pictures(height=40, width=30)) - by_pillow(pictures(height=40, width=30), pillow)
    assert off.min() >= -0.3 and off.max() < 1.3


def test_levels_that_come_equally_often_stay_whole_numbers() -> None:
    even = levels.equalised(pictures(height=64, width=64))
    assert torch.equal(even, even.round()) and even.amin() < 4 and even.amax() == 255
    assert torch.equal(levels.equalised(torch.full((2, 1, 5, 5), 77.0)), torch.full((2, 1, 5, 5), 77.0))
    assert torch.equal(levels.autocontrast(torch.full((2, 1, 5, 5), 77.0)), torch.full((2, 1, 5, 5), 77.0))


@pytest.mark.parity
@pytest.mark.parametrize("v", [-0.7, 0.0, 0.4])
def test_parity_geometry(theirs: Any, v: float) -> None:
    """Authority: torchvision's affine and rotate, bilinear, about the middle."""
    x, by = pictures(), torch.full((6,), v)
    plain = {"angle": 0.0, "translate": [0, 0], "scale": 1.0, "shear": [0.0, 0.0], "interpolation": theirs.InterpolationMode.BILINEAR}
    slant = math.degrees(math.atan(v))
    for ours, expected in (
        (affine.rotated(x, 40 * by), theirs.rotate(x, 40 * v, interpolation=plain["interpolation"])),
        (affine.sheared(x, by, along=0), theirs.affine(x, **plain | {"shear": [slant, 0.0]})),
        (affine.sheared(x, by, along=1), theirs.affine(x, **plain | {"shear": [0.0, slant]})),
        (affine.translated(x, 5 * by.round(), along=0), theirs.affine(x, **plain | {"translate": [5 * round(v), 0]})),
        (affine.translated(x, 5 * by.round(), along=1), theirs.affine(x, **plain | {"translate": [0, 5 * round(v)]})),
    ):
        torch.testing.assert_close(ours, expected, rtol=1e-4, atol=0.02)


def test_a_quarter_turn_is_numpys() -> None:
    x = pictures(height=15, width=15)
    turned = torch.from_numpy(np.rot90(x.numpy(), axes=(2, 3)).copy())
    torch.testing.assert_close(affine.rotated(x, torch.full((6,), 90.0)), turned, rtol=1e-4, atol=0.05)


def test_a_move_by_whole_pixels_is_a_slice() -> None:
    x = pictures()
    for along, dim in ((0, 3), (1, 2)):
        moved = affine.translated(x, torch.full((6,), 4.0), along=along)
        torch.testing.assert_close(moved.narrow(dim, 4, x.shape[dim] - 4), x.narrow(dim, 0, x.shape[dim] - 4), rtol=1e-4, atol=0.02)
        assert moved.narrow(dim, 0, 4).abs().max() < 0.02


def test_every_change_is_drawn_as_often_as_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: Counter[str] = Counter()
    signs: list[float] = []

    def noted(name: str) -> Any:
        def change(x: Tensor, sign: Tensor, share: float) -> Tensor:
            seen[name] += len(x)
            signs.extend(sign.tolist())
            assert share == 0.5
            return x

        return change

    monkeypatch.setattr("wengu.vision.augment.rand_augment.CHANGES", {name: noted(name) for name in CHANGES})
    torch.manual_seed(0)
    x = torch.arange(2800.0).reshape(-1, 1, 1, 1) / 2800
    assert torch.allclose(RandAugment(3, 15)((x, None))[0], x)
    assert sum(seen.values()) == 8400 and len(seen) == 14 and stats.chisquare(list(seen.values())).pvalue > 1e-3
    assert set(signs) == {-1.0, 1.0} and stats.binomtest(signs.count(1.0), len(signs), 0.5).pvalue > 1e-3


def test_no_magnitude_changes_places_or_light() -> None:
    """At M = 0 all are the identity, but for levels that are stretched or evened out."""
    x, sign = pictures(), torch.ones(6)
    for name in CHANGES.keys() - {"autocontrast", "equalise"}:
        torch.testing.assert_close(CHANGES[name](x, sign, 0.0), x, rtol=1e-4, atol=0.02)


def test_bad_arguments_are_named() -> None:
    with pytest.raises(InputError, match="magnitude: expected a number from 0 to 30, got 31"):
        RandAugment(2, 31)
    with pytest.raises(InputError, match="n: expected"):
        RandAugment(0)
