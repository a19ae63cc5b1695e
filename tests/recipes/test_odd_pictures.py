"""Pictures of every kind through every network: answered as the plain picture that they are of, or clearly refused."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from tests.recipes.test_published_network import kept, theirs
from wengu.core.checks import InputError
from wengu.recipes.new_pictures import read_pictures
from wengu.recipes.picture_networks import NETWORKS
from wengu.recipes.pictures import model_of
from wengu.recipes.task import Predictions, Restored, classes_of
from wengu.running.load import LoadedModel, load
from wengu.vision.convnets import MobileNetV2

__all__ = ["kept"]

SMALLEST = {"lenet5": 12, "alexnet": 15, "vgg11": 32, "vgg13": 32, "vgg16": 32, "vgg19": 32, "googlenet": 4, "squeezenet": 4}
DEEP = [name for name in NETWORKS if name.startswith("resnet") and name != "resnet18"]  # of one form, and slow to make
SIDE = 48  # of the pictures, which are brought to each network's size
LYING = 6  # EXIF: turned by a quarter, as a phone held upright writes it


def plain(channels: int) -> np.ndarray[Any, Any]:
    """A picture with a bright corner, (48, 48, channels), in few colours, so that a palette holds it whole."""
    pixels = 30 + 20 * np.random.default_rng(0).integers(0, 4, (SIDE, SIDE, 3))
    pixels[:16, :24] += 80
    return pixels[..., :channels].astype(np.uint8)


def kinds(channels: int) -> dict[str, bytes]:
    """Files that all are the one picture, by name; `rgba.png` is `white.png`, a corner of which is white, and `other.png` another."""
    pixels = plain(channels)
    picture, colour = Image.fromarray(pixels.squeeze()), Image.fromarray(pixels.repeat(3 // channels, 2))
    white, seen = pixels.copy(), np.asarray(colour.convert("RGBA")).copy()
    white[-8:, -8:], seen[-8:, -8:] = 255, 0  # nothing is to be seen there, whatever the colour
    exif = Image.Exif()
    exif[0x0112] = LYING
    more = {"save_all": True, "append_images": [Image.new("RGB", (SIDE, SIDE), "red")]}
    made: dict[str, tuple[Image.Image, str, dict[str, Any]]] = {
        "plain.png": (picture, "PNG", {}), "white.png": (Image.fromarray(white.squeeze()), "PNG", {}),
        "rgba.png": (Image.fromarray(seen), "PNG", {}), "palette.png": (colour.quantize(256), "PNG", {}),
        "other.png": (Image.fromarray(255 - pixels.squeeze()), "PNG", {}), "colour.png": (colour, "PNG", {}), "plain.bmp": (picture, "BMP", {}), "plain.tif": (picture, "TIFF", {}),
        "turned.png": (picture.transpose(Image.Transpose.ROTATE_90), "PNG", {"exif": exif}),
        "still.webp": (colour, "WEBP", {"lossless": True}), "moving.webp": (colour, "WEBP", {"lossless": True, **more}),
        "moving.gif": (colour.quantize(256), "GIF", more),
    }
    if channels == 1:
        made["deep.png"] = Image.fromarray(pixels[..., 0].astype(np.uint16) * 257), "PNG", {}
    files = {}
    for name, (one, form, how) in made.items():
        out = io.BytesIO()
        one.save(out, form, **how)
        files[name] = out.getvalue()
    return files


def all_alike(answers: Predictions) -> None:
    """The probabilities are those of the plain picture, to the last digit but for what is turned: it is shrunk lying."""
    p = dict(zip((Path(name).name for name in answers.ids), answers.probabilities, strict=True))
    for name, ours in p.items():
        expected = p["white.png" if name == "rgba.png" else "plain.png"]
        if name not in ("white.png", "other.png"):
            np.testing.assert_allclose(ours, expected, atol=0.02 if name == "turned.png" else 1e-5, err_msg=name)
    assert np.abs(p["other.png"] - p["plain.png"]).max() > 1e-4  # or all of this says nothing


@pytest.fixture(params=[1, 3], ids=["grey", "colour"])
def channels(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def made(name: str, channels: int, size: int) -> LoadedModel:
    """The network with random weights, read as a run's is."""
    spec = {"classes": list("abc"), "channels": channels, "size": [size, size]}
    model = model_of(name, spec, torch.Generator().manual_seed(0)).eval()
    model[0].mean.fill_(127)
    model[0].std.fill_(64)
    return LoadedModel(None, Restored(model, partial(read_pictures, spec=spec), classes_of, tuple("abc"),
                                      torch.zeros(1, channels, size, size, dtype=torch.uint8), {"pictures": {}}))


def written(folder: Path, files: dict[str, bytes]) -> Iterator[Path]:
    for name, content in files.items():
        (folder / name).write_bytes(content)
        yield folder / name


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_answers_every_kind_as_the_plain_picture(name: str, channels: int, tmp_path: Path) -> None:
    paths = list(written(tmp_path, kinds(channels)))
    answers = made(name, channels, SMALLEST.get(name, 8)).predict(paths)
    assert answers.ids == tuple(map(str, paths))
    all_alike(answers)


def refused(channels: int) -> dict[str, tuple[bytes, str]]:
    whole = kinds(channels)
    huge = io.BytesIO()
    Image.new("1", (20_001, 10_000)).save(huge, "PNG")
    return {"cut.png": (whole["plain.png"][:-200], "truncated|broken|cut"), "cut.bmp": (whole["plain.bmp"][:100], "truncated|cut"),
            "text.png": (b"no picture", "picture"), "empty.png": (b"", "empty|picture"), "huge.png": (huge.getvalue(), "pixels")}


def test_what_is_damaged_or_huge_is_named_and_the_others_are_answered(channels: int, tmp_path: Path) -> None:
    bad = refused(channels)
    paths = list(written(tmp_path, {"plain.png": kinds(channels)["plain.png"], **{name: content for name, (content, _) in bad.items()}}))
    answers = made("lenet5", channels, 28).predict(paths)
    assert answers.ids == (str(paths[0]),)
    said = " ".join(answers.notes)
    assert all(name in said for name in bad), said
    with pytest.raises(InputError):
        made("lenet5", channels, 28).predict(paths[1:])


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (3, 2)])
def test_tiny_and_long_ones_are_answered(channels: int, shape: tuple[int, int], tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("RGB", shape, (200, 10, 10)).save(out, "PNG")
    answers = made("squeezenet", channels, 4).predict(list(written(tmp_path, {"a.png": out.getvalue()})))
    assert np.isfinite(answers.probabilities).all() and len(answers.ids) == 1


def test_published_weights_answer_every_kind_as_the_plain_picture(kept: Any, tmp_path: Path) -> None:
    """Reading for them cuts out the middle, which is another way through the decoder."""
    kept(theirs(MobileNetV2(generator=torch.Generator().manual_seed(0)).eval()))
    loaded = load("mobilenet_v2")
    paths = list(written(tmp_path, kinds(3)))
    all_alike(loaded.predict(paths))
    bad = refused(3)
    paths += written(tmp_path, {name: content for name, (content, _) in bad.items()})
    answers = loaded.predict(paths)
    assert len(answers.ids) == len(paths) - len(bad) and all(name in " ".join(answers.notes) for name in bad)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_size_that_a_network_can_take_is_taken_and_the_smallest_is_named(name: str) -> None:
    smallest = SMALLEST.get(name, 1)
    with torch.device("meta"):
        for size in {smallest, 64} if name in DEEP else {smallest, smallest + 1, 63, 64, 66, 67}:
            net = NETWORKS[name].made(classes=3, channels=3, size=(size, size)).eval()
            assert net(torch.zeros(1, 3, size, size)).shape == (1, 3), size
        for size in [(smallest - 1, 70), (70, smallest - 1)] if smallest > 1 else []:
            with pytest.raises(InputError, match=rf"size: \w+ reads pictures of {smallest} × {smallest} and larger, got"):
                NETWORKS[name].made(classes=3, channels=3, size=size)
