from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from wengu.data import picture_decode
from wengu.data.picture_decode import NotAPicture, decode, fit


def as_file(image: Image.Image, form: str = "PNG", **options: Any) -> BytesIO:
    file = BytesIO()
    image.save(file, form, **options)
    file.seek(0)
    return file


def scene(width: int = 28, height: int = 28) -> Image.Image:
    """A smooth picture in colour: left to right, top to bottom and both together."""
    y, x = np.mgrid[0:height, 0:width] / max(width, height) * 255
    return Image.fromarray(np.stack([x, y, (x + y) / 2], axis=-1).astype(np.uint8))


def test_a_picture_of_the_right_size_is_not_touched() -> None:
    assert np.array_equal(decode(as_file(scene()), size=(28, 28)).pixels, np.asarray(scene()))


@pytest.mark.parametrize("was", [(56, 28), (40, 80), (300, 300), (7, 14)])
def test_parity_fit_lies_where_pillow_pads(was: tuple[int, int]) -> None:
    """Authority: PIL.ImageOps.pad with the same filter, bit for bit where its white bars are not."""
    framed = scene(*was)
    wave = Image.Resampling.BICUBIC if was == (7, 14) else Image.Resampling.LANCZOS
    theirs = np.asarray(ImageOps.pad(framed, (28, 28), wave, color="white"))
    ours = fit(framed, (28, 28))
    bars = (theirs == 255).all(axis=-1)
    assert bars.sum() == (0 if was == (300, 300) else 28 * 14)
    assert np.array_equal(ours[~bars], theirs[~bars])


def test_bars_have_the_colour_of_the_border() -> None:
    """A grey square on a teal ground: the teal goes on into the bars, whatever the square is."""
    ground = Image.new("RGB", (60, 20), (10, 120, 130))
    ground.paste((128, 128, 128), (20, 4, 40, 16))
    pixels = fit(ground, (30, 30))
    assert (pixels[:10] == (10, 120, 130)).all()
    assert (pixels[20:] == (10, 120, 130)).all()
    assert (pixels[15, 15] == (128, 128, 128)).all()


def test_a_very_long_picture_keeps_one_pixel() -> None:
    assert fit(Image.new("L", (1000, 3), 7), (28, 28)).tolist() == [[7] * 28] * 28


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF", "PPM", "GIF", "WEBP", "JPEG"])
def test_every_format(form: str) -> None:
    options = {"lossless": True} if form == "WEBP" else {"quality": 95, "subsampling": 0} if form == "JPEG" else {}
    pixels = decode(as_file(scene(), form, **options), size=(28, 28)).pixels.astype(int)
    tolerance = {"JPEG": 8, "GIF": 16}.get(form, 0)
    assert np.abs(pixels - np.asarray(scene(), int)).max() <= tolerance


def test_transparency_lies_over_white() -> None:
    half_red = Image.new("RGBA", (28, 28), (255, 0, 0, 128))
    nothing = Image.new("LA", (28, 28), (0, 0))
    assert decode(as_file(half_red), size=(28, 28)).pixels[0, 0].tolist() == [255, 127, 127]
    assert decode(as_file(nothing), size=(28, 28)).pixels.min() == 255


def test_a_palette_and_its_transparent_colour() -> None:
    image = Image.new("P", (28, 28), 0)
    image.putpalette([0, 0, 0, 200, 30, 40])
    image.paste(1, (14, 0, 28, 28))
    pixels = decode(as_file(image, transparency=0), size=(28, 28)).pixels
    assert (pixels[0, 0].tolist(), pixels[0, 27].tolist()) == ([255, 255, 255], [200, 30, 40])


def test_sixteen_bits_become_eight() -> None:
    values = np.tile(np.array([0, 257, 32896, 65535], np.uint16), (4, 1))
    for form in ("PNG", "TIFF"):
        pixels = decode(as_file(Image.fromarray(values), form), size=(4, 4)).pixels
        assert pixels[0, :, 0].tolist() == [0, 1, 128, 255]


def test_real_numbers_from_0_to_1_and_none_beyond() -> None:
    good = Image.fromarray(np.array([[0, 0.5], [1, 1]], np.float32))
    assert decode(as_file(good, "TIFF"), size=(2, 2), grey=True).pixels.tolist() == [[0, 128], [255, 255]]
    with pytest.raises(NotAPicture, match="from 0 to 7; expected 0 to 1"):
        decode(as_file(Image.fromarray(np.array([[0, 7]], np.float32)), "TIFF"), size=(2, 2))


def test_black_and_white_and_print_colours() -> None:
    assert decode(as_file(Image.new("1", (4, 4), 1)), size=(4, 4)).pixels.min() == 255
    cyan = decode(as_file(Image.new("CMYK", (4, 4), (255, 0, 0, 0)), "TIFF"), size=(4, 4))
    assert cyan.pixels[0, 0].tolist() == [0, 255, 255]


def test_the_turn_that_a_camera_wrote_down() -> None:
    lying = Image.new("RGB", (20, 20), "black")
    lying.paste((255, 255, 255), (0, 0, 20, 10))  # the upper half is white
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise: the white half comes to the right
    pixels = decode(as_file(lying, "JPEG", quality=95, exif=exif), size=(20, 20), grey=True).pixels
    assert pixels[:, 12:].min() > 240
    assert pixels[:, :8].max() < 15


def test_the_first_frame_of_an_animation() -> None:
    frames = [Image.new("L", (8, 8), v) for v in (10, 200)]
    assert decode(as_file(frames[0], "GIF", save_all=True, append_images=frames[1:]), size=(8, 8)).pixels.max() == 10


def test_colour_is_told_from_pixels_not_from_the_mode() -> None:
    assert decode(as_file(scene()), size=(8, 8)).coloured
    assert not decode(as_file(scene().convert("L").convert("RGB")), size=(8, 8)).coloured


def test_grey_is_pillows_grey() -> None:
    assert np.array_equal(decode(as_file(scene()), size=(28, 28), grey=True).pixels, np.asarray(scene().convert("L")))


def test_a_large_jpeg_looks_the_same() -> None:
    large = scene(900, 900)
    pixels = decode(as_file(large, "JPEG", quality=95), size=(28, 28)).pixels.astype(int)
    assert np.abs(pixels - np.asarray(large.resize((28, 28), Image.Resampling.LANCZOS), int)).max() <= 4


@pytest.mark.parametrize("content", [b"", b"hello", b"%PDF-1.4", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9"])
def test_what_is_no_picture(content: bytes) -> None:
    with pytest.raises(NotAPicture, match="not a png"):
        decode(BytesIO(content), size=(28, 28))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "BMP"])
def test_a_truncated_picture(form: str) -> None:
    whole = as_file(scene(64, 64), form).getvalue()
    with pytest.raises(NotAPicture, match=r"(?i)truncated|not enough"):
        decode(BytesIO(whole[: len(whole) // 2]), size=(28, 28))


def test_a_decompression_bomb(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "bomb.png"
    file.write_bytes(as_file(Image.new("1", (3000, 3000))).getvalue())
    monkeypatch.setattr(picture_decode, "MOST_PIXELS", 8_000_000)
    with pytest.raises(NotAPicture, match="more than 8 million pixels"):
        decode(file, size=(28, 28))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1_000_000)  # Pillow's own guard comes first
    with pytest.raises(NotAPicture, match="more than 8 million pixels"):
        decode(file, size=(28, 28))
