"""What is said of pictures that show nothing, and of those to predict that lose bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.data.test_picture_bits import classes, png, saved, values
from wengu.data import picture_store
from wengu.recipes.new_pictures import read_pictures
from wengu.recipes.pictures import Settings, prepare


def test_prediction_says_what_loses_bits(tmp_path: Path) -> None:
    spec = {"size": (8, 8), "channels": 1}
    folder = classes(tmp_path / "x", [png(values(3)), saved(Image.new("L", (8, 8)))])
    new = read_pictures(folder, spec)
    for _ in range(2):  # a second reading counts none twice
        for i in range(4):
            assert new.examples[i][0].shape == (1, 8, 8)
    assert [note.split(":")[0] for note in new.notes] == [
        "2 of 4 pictures have more than 8 bits a channel in colour or with transparency, but only 8 are read"]
    (note,) = read_pictures(png(values(4)), spec).notes
    assert note.startswith("1 of 1 picture has more than 8 bits a channel")
    assert not read_pictures(saved(Image.new("L", (8, 8))), spec).notes


def test_prediction_says_what_is_nothing_but_white(tmp_path: Path) -> None:
    """As transparency over white becomes; what is white without it, and black that shows through, are as they were."""
    spec, told = {"size": (8, 8), "channels": 3}, "nothing but white, which transparency became: lay"
    new = read_pictures(classes(tmp_path / "x", [shape(255, True), shape(255, False), shape(0, True)]), spec)
    for _ in range(2):
        new.examples.__getitems__(list(range(6)))
    assert new.notes == [f"2 of 6 pictures are {told} them over a darker background first"]
    assert read_pictures(shape(255, True), spec).notes == (f"1 of 1 picture is {told} it over a darker background first",)
    assert not read_pictures(shape(0, True), spec).notes and not read_pictures(shape(255, False), spec).notes
    clear = np.zeros((2, 8, 8, 4), np.uint8)
    clear[1, ..., 3] = 255
    assert read_pictures(clear, spec).notes == (f"1 of 2 pictures is {told} it over a darker background first",)


def noted(folder: Path) -> tuple[str, ...]:
    return tuple(note for note in prepare(Settings(data=str(folder))).notes if not note.startswith("resized"))


def shape(base: int, transparency: bool) -> bytes:
    """A shape as transparency alone, over which red, green and blue have one value; or without it."""
    pixels = np.full((8, 8, 4), base, np.uint8)
    pixels[..., 3] = values(1, 256)[..., 0]
    return saved(Image.fromarray(pixels if transparency else np.ascontiguousarray(pixels[..., :3])))


@pytest.mark.parametrize("most", [0, 1 << 30])
def test_pictures_of_one_colour_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Of 20 a class 12 are trained on."""
    monkeypatch.setattr(picture_store, "MOST_IN_MEMORY", most)
    monkeypatch.setenv("WENGU_CACHE", str(tmp_path / "cache"))
    white = classes(tmp_path / "white", [shape(255, True)] * 20)
    for _ in range(2):
        assert noted(white) == (
            "24 of 24 training pictures are one plain colour, without any shape; the likely reason is that transparency "
            "became white: lay the pictures over a darker background first",)
    plain = "24 of 24 training pictures are one plain colour, without any shape"
    assert noted(classes(tmp_path / "plain", [shape(7, False)] * 20)) == (plain,)
    pixels = np.full((8, 8, 3), (9, 200, 30), np.uint8)
    assert noted(classes(tmp_path / "green", [saved(Image.fromarray(pixels))] * 20)) == (plain,)
    pixels[3, 4] += 1
    assert noted(classes(tmp_path / "dot", [saved(Image.fromarray(pixels))] * 20)) == ()
    assert noted(classes(tmp_path / "black", [shape(0, True)] * 20)) == ()


def test_few_pictures_of_one_colour_have_no_likely_reason(tmp_path: Path) -> None:
    for part in ("train", "dev", "test"):
        classes(tmp_path / part, [shape(255, True)] + [shape(0 if part == "train" else 255, True)] * 3)
    assert noted(tmp_path) == ("2 of 8 training pictures are one plain colour, without any shape",)
