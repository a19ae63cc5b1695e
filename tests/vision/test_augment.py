"""Augmentation: every formula against an independent computation, and against torchvision's own functions."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor
from torch.nn import functional as F

from wengu.core.checks import InputError
from wengu.vision import augment
from wengu.vision.augment import (
    AverageOverViews,
    ColorJitter,
    Compose,
    CutMix,
    Mixup,
    RandAugment,
    RandomChoice,
    RandomCrop,
    RandomErasing,
    RandomHorizontalFlip,
    RandomShift,
)
from wengu.vision.augment import colour as light
from wengu.vision.augment.mixup import drawn_lambda
from wengu.vision.augment.pixels import like

EVERY = {"shift": RandomShift(), "crop": RandomCrop(), "flip": RandomHorizontalFlip(), "colour": ColorJitter(), "randaugment": RandAugment(),
         "erase": RandomErasing(), "mixup": Mixup(10), "cutmix": CutMix(10)}


def pictures(m: int = 64, channels: int = 3, height: int = 16, width: int = 16, dtype: torch.dtype = torch.uint8) -> Tensor:
    x = torch.randint(256, (m, channels, height, width), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    return x if dtype == torch.uint8 else x.to(dtype) / 255


def labels(m: int = 64, classes: int = 10) -> Tensor:
    return torch.arange(m) % classes


def drawn(change: Callable[[Any], Any], x: Tensor, y: Tensor, seed: int = 0) -> tuple[Tensor, Tensor]:
    torch.manual_seed(seed)
    return change((x, y))  # type: ignore[no-any-return]


# --- all --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_a_seed_gives_the_same_and_inputs_stay(name: str, dtype: torch.dtype, layout: torch.memory_format) -> None:
    x, y = pictures(dtype=dtype).contiguous(memory_format=layout), labels()
    before = x.clone()
    one, again, other = (drawn(EVERY[name], x, y, seed) for seed in (0, 0, 1))
    assert torch.equal(one[0], again[0]) and torch.equal(one[1], again[1]) and not torch.equal(one[0], other[0])
    assert torch.equal(x, before) and torch.equal(y, labels())
    assert one[0].shape == x.shape and one[0].dtype == dtype and one[0].min() >= 0
    assert one[0].max() <= (255 if dtype == torch.uint8 else 1)


@pytest.mark.parametrize("name", ["shift", "crop", "flip", "colour", "randaugment", "erase"])
def test_labels_stay_what_they_are(name: str) -> None:
    y = labels()
    assert drawn(EVERY[name], pictures(), y)[1] is y


@pytest.mark.parametrize("name", EVERY)
def test_pictures_without_colour_and_of_any_sides(name: str) -> None:
    for shape in ((5, 1, 7, 12), (1, 1, 1, 1), (3, 4, 9, 2)):
        x = torch.full(shape, 200, dtype=torch.uint8)
        assert drawn(EVERY[name], x, torch.zeros(shape[0], dtype=torch.long))[0].shape == shape


def test_whole_numbers_are_rounded_to_the_nearest() -> None:
    """Of what is mixed in floats, each level is half a level off at most; cut off, it would be darker on average."""
    z = torch.rand(1, 1, 50, 50, generator=torch.Generator().manual_seed(0)) * 255
    off = like(z, torch.zeros(1, 1, 50, 50, dtype=torch.uint8)).float() - z
    assert off.abs().max() <= 0.5 and abs(off.mean().item()) < 0.02


# --- where things are -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("change", "p"), [(RandomShift(2), 2), (RandomCrop(3), 3), (RandomCrop(), 2)])
def test_a_crop_is_cut_from_the_padded_picture(change: Callable[[Any], Any], p: int) -> None:
    """Authority: torch's replicate padding, of which each result is a window, each as often as any other."""
    x = pictures(600, 1, 16, 20, torch.float32)
    moved, _ = drawn(change, x, labels(600))
    padded = F.pad(x, (p, p, p, p), mode="replicate")
    windows = padded.unfold(2, 16, 1).unfold(3, 20, 1)[:, 0]  # (m, 2p+1, 2p+1, 16, 20)
    hits = (windows == moved[:, 0, None, None]).flatten(3).all(3)
    assert hits.flatten(1).any(1).all()
    once = hits[hits.flatten(1).sum(1) == 1].sum(0)
    assert stats.chisquare(once.flatten().numpy()).pvalue > 1e-3


def test_a_flip_is_numpys_and_happens_half_of_the_time() -> None:
    x = pictures(1000)
    flipped = drawn(RandomHorizontalFlip(), x, labels(1000))[0]
    turned = (flipped == torch.from_numpy(np.flip(x.numpy(), axis=3).copy())).flatten(1).all(1)
    same = (flipped == x).flatten(1).all(1)
    assert (turned ^ same).all() and stats.binomtest(int(turned.sum()), 1000, 0.5).pvalue > 1e-3
    assert torch.equal(drawn(RandomHorizontalFlip(p=0.0), x, labels(1000))[0], x)


def test_what_is_erased_is_one_rectangle_of_the_share_that_was_drawn() -> None:
    x = torch.full((2000, 2, 40, 40), 0.5)
    erased = drawn(RandomErasing(), x, labels(2000))[0] != x
    some = erased.flatten(1).any(1)
    assert stats.binomtest(int(some.sum()), 2000, 0.5).pvalue > 1e-3
    shares, ratios = [], []
    for one in erased[some]:
        rows, columns = one.any(0).any(1).nonzero()[:, 0], one.any(0).any(0).nonzero()[:, 0]
        h, w = int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1
        assert one[:, rows[0]:rows[0] + h, columns[0]:columns[0] + w].all()
        shares.append(h * w / 1600)
        ratios.append(h / w)
    assert stats.kstest(shares, stats.uniform(0.02, 0.31).cdf).pvalue > 1e-3
    assert abs(np.log(ratios).mean()) < 0.06 and min(ratios) > 0.25 and max(ratios) < 4
    assert min(shares) > 0.015 and max(shares) < 0.36


def test_noise_goes_from_black_to_white() -> None:
    x = torch.full((200, 1, 20, 20), 7, dtype=torch.uint8)
    change = RandomErasing(p=1.0, scale=(1.0, 1.0), ratio=(1.0, 1.0))
    noise = drawn(change, x, labels(200))[0].flatten()
    assert stats.chisquare(torch.bincount(noise.int(), minlength=256).numpy()).pvalue > 1e-3


# --- views ------------------------------------------------------------------------------------------------------------
def by_numpy(x: np.ndarray[Any, Any]) -> dict[str, list[np.ndarray[Any, Any]]]:
    """Authority: numpy's edge padding and flip."""
    wide = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
    h, w = x.shape[2:]
    moves = [wide[:, :, a:a + h, b:b + w] for a, b in ((0, 1), (2, 1), (1, 0), (1, 2))]
    mirrored = [one[..., ::-1] for one in (x, *moves)]
    return {"none": [x], "flip": [x, mirrored[0]], "shift": [x, *moves], "shift+flip": [x, *moves, *mirrored]}


@pytest.mark.parametrize(("views", "n"), [("none", 1), ("flip", 2), ("shift", 5), ("shift+flip", 10)])
def test_parity_mean_over_views(views: Any, n: int) -> None:
    """Authority: numpy's edge padding and flip, and torch's softmax."""
    torch.manual_seed(0)
    x, model = torch.randn(6, 2, 5, 7, dtype=torch.float32), torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(70, 4))
    every = by_numpy(x.numpy())[views]
    assert len(every) == n
    with torch.inference_mode():
        expected = torch.stack([torch.softmax(model(torch.from_numpy(one.copy())), 1) for one in every]).mean(0)
        answer = AverageOverViews(views)(model, (x, None), model(x))
    torch.testing.assert_close(answer["p"], expected)
    assert torch.equal(answer["predicted"], expected.argmax(1))


def test_of_all_views_a_picture_and_its_mirror_image_have_one_answer() -> None:
    torch.manual_seed(1)
    x, model = torch.randn(3, 1, 6, 6), torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(36, 3))
    with torch.inference_mode():
        one, other = (AverageOverViews("flip")(model, (z, None), model(z))["p"] for z in (x, x.flip(3)))
    torch.testing.assert_close(one, other)
    with pytest.raises(InputError, match="tta: 'flips' is unknown; did you mean flip"):
        AverageOverViews("flips")  # type: ignore[arg-type]


# --- light ------------------------------------------------------------------------------------------------------------
@pytest.mark.parity
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("f", [0.0, 0.6, 1.3])
def test_parity_light(channels: int, f: float) -> None:
    """Authority: torchvision's adjust_brightness, adjust_contrast and adjust_saturation, of floats."""
    from wengu.vision.import_torchvision import import_torchvision

    import_torchvision()
    theirs = import_module("torchvision.transforms.v2.functional")
    x, factor = pictures(8, channels, dtype=torch.float32), torch.full((8, 1, 1, 1), f)
    for name in ("brightness", "contrast", "saturation"):
        expected = getattr(theirs, f"adjust_{name}")(x, f)
        torch.testing.assert_close(like(getattr(light, name)(x, factor), x), expected, rtol=1e-5, atol=1e-6)


def test_colour_is_the_same_a_few_pictures_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    x = torch.rand(7, 3, 5, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    made = []
    for numbers in (10**9, 2 * x[0].numel()):  # all at once, and two at a time
        monkeypatch.setattr(light, "AT_ONCE", numbers)
        torch.manual_seed(1)
        made.append(ColorJitter()((x, None))[0])
    assert torch.equal(*made) and not torch.equal(made[0], x)


def test_light_changes_by_the_factor_that_was_drawn() -> None:
    x = torch.full((3000, 3, 2, 2), 0.4)
    f = drawn(ColorJitter(0.5, 0.0, 0.0), x, labels(3000))[0][:, 0, 0, 0] / 0.4
    assert stats.kstest(f.numpy(), stats.uniform(0.5, 1.0).cdf).pvalue > 1e-3
    grey = torch.rand(50, 1, 4, 4).expand(50, 3, 4, 4)
    assert drawn(ColorJitter(0.0, 0.0, 1.0), grey, labels(50))[0].sub(grey).abs().max() < 1e-3  # weights sum to 0.9999


# --- mixing -----------------------------------------------------------------------------------------------------------
def test_pictures_and_labels_are_mixed_by_the_same_share() -> None:
    """Each picture is one number, so that λ and the partner can be read from it."""
    x = (2.0 ** -torch.arange(8)).reshape(8, 1, 1, 1).expand(8, 1, 4, 4).contiguous()
    values = x[:, 0, 0, 0]
    mixed, q = drawn(Mixup(8, alpha=1.0), x, torch.arange(8))
    torch.testing.assert_close(q.sum(1), torch.ones(8))
    torch.testing.assert_close(mixed[:, 0, 0, 0], q @ values)
    assert ((q > 0).sum(1) <= 2).all() and (q.diagonal() > 0).all()


@pytest.mark.parametrize("alpha", [0.2, 1.0, 3.0])
def test_lambda_is_beta(alpha: float) -> None:
    """Authority: scipy."""
    torch.manual_seed(0)
    lam = drawn_lambda(torch.zeros(4000, 1), alpha).double().clamp(1e-12, 1 - 1e-7).numpy()
    assert stats.kstest(lam, stats.beta(alpha, alpha).cdf).pvalue > 1e-3


def test_a_rectangle_is_cut_out_and_labels_follow_its_area() -> None:
    x = torch.arange(12.0).div(12).reshape(12, 1, 1, 1).expand(12, 1, 30, 20).contiguous()
    for seed in range(20):
        mixed, q = drawn(CutMix(12), x, torch.arange(12), seed)
        assert (q.sum(1) - 1).abs().max() < 1e-6
        for i in range(12):
            foreign = mixed[i, 0] != x[i, 0]
            assert q[i, i].item() == pytest.approx(1 - foreign.float().mean().item(), abs=1e-6)
            if foreign.any():
                rows, columns = foreign.any(1).nonzero()[:, 0], foreign.any(0).nonzero()[:, 0]
                assert foreign[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1].all()
                partner = round(mixed[i, 0][foreign][0].item() * 12)
                assert q[i, partner].item() == pytest.approx(foreign.float().mean().item(), abs=1e-6)


def test_a_uniform_share_is_cut_where_nothing_is_beyond_the_edge() -> None:
    """1 - λ of α = 1 is even; edges take something away, so the area is at most it: its mean is less than a half."""
    m = 4000
    x = torch.arange(m, dtype=torch.float32).div(m).reshape(m, 1, 1, 1).expand(m, 1, 32, 32).contiguous()
    torch.manual_seed(3)
    q = CutMix(m)((x, torch.arange(m)))[1]
    area = 1 - q.diagonal()
    by_hand = np.random.default_rng(0)
    half, centre = (32 * np.sqrt(by_hand.random(40_000)) / 2).astype(int), by_hand.integers(0, 32, (2, 40_000))
    sides = [np.minimum(c + half, 32) - np.maximum(c - half, 0) for c in centre]
    assert stats.ks_2samp(area.numpy(), sides[0] * sides[1] / 1024).pvalue > 1e-3


@pytest.mark.parametrize("mix", [Mixup(4, alpha=1.0), CutMix(4)])
def test_distributions_can_be_mixed_again(mix: Callable[[Any], Any]) -> None:
    x, q = drawn(mix, pictures(8), torch.arange(8) % 4)
    _, again = drawn(mix, x, q, 1)
    torch.testing.assert_close(again.sum(1), torch.ones(8))


def test_parity_cost_of_mixed_labels() -> None:
    """Authority: torch's cross_entropy of either label, weighed by λ and 1 - λ."""
    from wengu.functions import cross_entropy

    torch.manual_seed(0)
    y, z = torch.arange(6) % 3, torch.randn(6, 3)
    lam, other = torch.rand(6), torch.randperm(6)
    from wengu.vision.augment.mixup import mixed_targets

    theirs = torch.nn.functional.cross_entropy
    both = (lam * theirs(z, y, reduction="none") + (1 - lam) * theirs(z, y[other], reduction="none")).mean()
    torch.testing.assert_close(cross_entropy(z, mixed_targets(y, other, lam, 3)), both)


def test_one_of_several_is_as_likely_as_any_other() -> None:
    choice = RandomChoice((lambda batch: ("a", None), lambda batch: ("b", None)))
    torch.manual_seed(0)
    names = [choice((torch.zeros(1), None))[0] for _ in range(400)]
    assert stats.binomtest(names.count("a"), 400, 0.5).pvalue > 1e-3
    flip, shift = RandomHorizontalFlip(p=1.0), RandomShift()
    x = pictures()
    torch.manual_seed(0)
    assert torch.equal(Compose((shift, flip))((x, labels()))[0], drawn(shift, x, labels())[0].flip(3))


@pytest.mark.parametrize(("wrong", "message"), [
    (lambda: RandomShift(0), "pixels: expected a number of at least 1"), (lambda: RandomCrop(0), "padding: expected a number of at least 1"),
    (lambda: RandomHorizontalFlip(p=1.2), "p: expected a chance from 0 to 1, got 1.2"),
    (lambda: RandomErasing(p=-1), "p: expected a chance from 0 to 1"),
    (lambda: RandomErasing(scale=(0.5, 0.1)), "scale, ratio: expected ranges above 0, of shares up to 1"),
    (lambda: ColorJitter(contrast=2.0), "contrast: expected a number from 0 to 1, got 2.0"),
    (lambda: Mixup(0), "classes: expected"), (lambda: CutMix(3, alpha=0.0), "alpha: expected"),
])  # fmt: skip
def test_bad_arguments_are_named(wrong: Callable[[], Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        wrong()


def test_the_room_has_one_of_each() -> None:
    assert {type(one).__name__ for one in EVERY.values()} | {"Compose", "RandomChoice", "AverageOverViews"} == set(augment.__all__)
