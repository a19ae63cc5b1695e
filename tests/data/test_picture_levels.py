from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from wengu.core.checks import InputError
from wengu.data import picture_store, read_picture_files, read_picture_folder
from wengu.data.picture_decode import NotAPicture, decode, range_of
from wengu.data.picture_folder import Listing
from wengu.data.picture_levels import Depth, extremes, parsed_levels, to_8_bits


def depth_camera(folder: Path, *, low: int = 1000, high: int = 1300, n: int = 6, top: int | None = None) -> Path:
    """Class folders of pictures of 16 bits with all values from low to high; one of the second class has `top` too."""
    ramp = np.linspace(low, high, 64).round().astype(np.uint16).reshape(8, 8)
    for name, values in (("a", ramp), ("b", ramp[::-1])):
        (folder / name).mkdir(parents=True)
        for i in range(n):
            Image.fromarray(values.copy()).save(folder / name / f"{i}.png")
    if top:
        last = ramp.copy()
        last[0, 0] = top
        Image.fromarray(last).save(folder / "b" / f"{n - 1}.png")
    return folder


def first(listing: Listing) -> NDArray[np.intp]:
    """To train on: all but the last."""
    return np.arange(len(listing.ids) - 1)


def test_parity_levels_are_numpys_interpolation() -> None:
    """Authority: np.interp from [low, high] to [0, 255], cut at both ends."""
    values = np.random.default_rng(0).integers(0, 65536, (700, 900), dtype=np.uint16)  # several tiles
    found = np.asarray(to_8_bits(Image.fromarray(values), (1000.0, 40000.0)))
    assert np.array_equal(found, np.rint(np.interp(values, [1000, 40000], [0, 255])))
    assert extremes(Image.fromarray(values)) == (values.min(), values.max())


@pytest.mark.parametrize("text", ["", "auto", "1", "5:1", "3:3", "nan:1", "0:inf", "0:1e999", "1:2:3", "a:b"])
def test_what_are_no_levels(text: str) -> None:
    with pytest.raises(InputError, match="levels: expected full, seen, .*such as 0:4095, got"):
        parsed_levels(text)


def test_few_levels_left_of_16_bits_are_said_with_the_remedy(tmp_path: Path) -> None:
    pictures = read_picture_folder(depth_camera(tmp_path / "camera"), size=(8, 8))
    assert len(np.unique(pictures.pixels)) == 2  # 300 values: 1000/257 = 3.9 and 1300/257 = 5.06, of which 4 and 5 are left
    assert pictures.notes == (
        "pictures of more than 8 bits, values 1000 to 1300: half of them keep no more than 2 of 256 levels: --levels seen "
        "stretches the range of the training pictures over all levels, --levels LOW:HIGH one of your own",)


def test_pictures_that_are_constant_once_they_have_8_bits_are_said(tmp_path: Path) -> None:
    pictures = read_picture_folder(depth_camera(tmp_path / "dark", low=0, high=100), size=(8, 8))
    assert set(pictures.pixels.ravel()) == {0}
    assert "each is constant once it has 8 bits, and there is nothing left to learn from: --levels seen" in pictures.notes[0]
    for folder in ("a", "b"):
        for file in (tmp_path / "dark" / folder).iterdir():
            Image.fromarray(np.asarray(Image.open(file)).astype(np.float32) / 1e6).save(file.with_suffix(".tif"))
            file.unlink()
    (note,) = read_picture_folder(tmp_path / "dark", size=(8, 8)).notes
    assert "values 0 to 0.0001: each is constant" in note


def test_a_full_range_and_8_bits_say_nothing(tmp_path: Path) -> None:
    assert read_picture_folder(depth_camera(tmp_path / "a", low=0, high=65535), size=(8, 8)).notes == ()
    Image.new("L", (8, 8), 3).save(tmp_path / "flat.png")
    for name in ("x", "y"):
        (tmp_path / "flat" / name).mkdir(parents=True)
        Image.new("L", (8, 8), 3).save(tmp_path / "flat" / name / "1.png")
    assert read_picture_folder(tmp_path / "flat", size=(8, 8)).notes == ()


def test_the_range_of_the_training_pictures_alone_is_stretched(tmp_path: Path) -> None:
    """The last picture, which is not trained on, goes up to 2000: it is cut at 1300."""
    folder = depth_camera(tmp_path / "camera", top=2000)
    pictures = read_picture_folder(folder, size=(8, 8), levels=first)
    assert pictures.levels == (1000.0, 1300.0)
    expected = np.rint((np.asarray(Image.open(folder / "a/0.png")).astype(float) - 1000) * 255 / 300)
    assert np.array_equal(pictures.pixels[0, 0], expected)
    assert pictures.pixels[-1, 0, 0, 0] == 255
    assert "the range of the training pictures: 1000 is black and 1300 white" in pictures.notes
    assert "values from 1000 to 2000 are cut at the levels 1000 and 1300" in pictures.notes
    again, _, _ = read_picture_files([folder / "a/0.png"], size=(8, 8), channels=1, levels=pictures.levels)
    assert np.array_equal(again[0], pictures.pixels[0])


def test_levels_are_part_of_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_store, "MOST_IN_MEMORY", 0)
    monkeypatch.setenv("WENGU_CACHE", str(tmp_path / "cache"))
    folder = depth_camera(tmp_path / "camera")
    ways = [read_picture_folder(folder, size=(8, 8), levels=levels) for levels in (None, (0.0, 4095.0), first, (0.0, 4096.0), first)]
    keys = [pictures.kept.key for pictures in ways if pictures.kept]
    assert len(keys) == 5 and len(set(keys)) == 4 and keys[2] == keys[4]
    assert [len(np.unique(pictures.pixels)) for pictures in ways[:3]] == [2, 20, 64]
    assert ways[2].notes == ways[4].notes != ()
    kept_note = read_picture_folder(folder, size=(8, 8)).notes
    assert "no more than 2 of 256 levels" in kept_note[0]


def test_levels_of_pictures_that_have_8_bits_are_refused(tmp_path: Path) -> None:
    for name in ("x", "y"):
        (tmp_path / name).mkdir()
        Image.new("L", (8, 8), 3).save(tmp_path / name / "1.png")
    for levels in (first, (0.0, 4095.0)):
        with pytest.raises(InputError, match="levels: expected .*pictures without transparency of more than 8 bits, .* has none; convert"):
            read_picture_folder(tmp_path, size=(8, 8), levels=levels)
    with pytest.raises(InputError, match="levels: expected training pictures of several values, all of .* have 7"):
        read_picture_folder(depth_camera(tmp_path / "one", low=7, high=7), size=(8, 8), levels=first)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite(tmp_path: Path, bad: float) -> None:
    values = np.zeros((8, 8), np.float32)
    values[2, 3] = bad
    Image.fromarray(values).save(tmp_path / "x.tif")
    for read in (lambda file: decode(file, size=(8, 8)), lambda file: decode(file, size=(8, 8), levels=(0, 1)), range_of):
        with pytest.raises(NotAPicture, match="it holds values that are NaN or infinite"):
            read(tmp_path / "x.tif")


def test_negative_values_and_whole_numbers_of_32_bits(tmp_path: Path) -> None:
    values = np.array([[-5, 0], [70000, 5]], np.int32)
    Image.fromarray(values).save(tmp_path / "x.tif")
    with pytest.raises(NotAPicture, match="from -5 to 70000; expected 0 to 65535, or --levels seen"):
        decode(tmp_path / "x.tif", size=(2, 2))
    assert range_of(tmp_path / "x.tif") == (-5, 70000)
    assert decode(tmp_path / "x.tif", size=(2, 2), grey=True, levels=(-5, 70000)).pixels.tolist() == [[0, 0], [255, 0]]


def test_depth_comes_back_from_json() -> None:
    import json

    depth = Depth()
    for seen in ((0.0, 9.0), (5.0, 65535.0), (0.0, 300.0)):
        depth.count(seen, (0.0, 65535.0))
    for one in (depth, Depth()):
        assert Depth.of_json(json.loads(json.dumps(one.to_json()))) == one
    assert (depth.median(), depth.low, depth.high) == (2, 0, 65535)
