"""What files of more than 8 bits lose is said with the number of files, and the remedy."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from wengu.core.checks import InputError
from wengu.data import picture_store, read_picture_folder
from wengu.data.picture_decode import decode

COLOURS = {1: 0, 2: 4, 3: 2, 4: 6}
"""PNG's colour type by its channels."""


def png(values: NDArray[np.int64]) -> bytes:
    """A PNG of 16 bits by the standard: Pillow writes none of several channels."""
    height, width, channels = values.shape
    head = struct.pack(">IIBBBBB", width, height, 16, COLOURS[channels], 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + row.astype(">u2").tobytes() for row in values))
    parts = [struct.pack(">I", len(part)) + name + part + struct.pack(">I", zlib.crc32(name + part))
             for name, part in ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def ppm(values: NDArray[np.int64], top: int = 4095) -> bytes:
    """A PPM, with one byte or two a value."""
    kind = ">u2" if top > 255 else "u1"
    return b"P6\n%d %d\n%d\n" % (values.shape[1], values.shape[0], top) + values.astype(kind).tobytes()


def tiff(values: NDArray[np.int64], bits: int = 16) -> bytes:
    """A TIFF of one strip of red, green and blue, by the standard."""
    height, width, _ = values.shape
    content = values.astype("<u2" if bits == 16 else "u1").tobytes()
    entries = [(256, 3, 1, width), (257, 3, 1, height), (258, 3, 3, 8), (259, 3, 1, 1), (262, 3, 1, 2), (273, 4, 1, 14),
               (277, 3, 1, 3), (278, 3, 1, height), (279, 4, 1, len(content))]
    folder = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *one) for one in entries) + bytes(4)
    return b"II*\0" + struct.pack("<I", 14 + len(content)) + struct.pack("<3H", bits, bits, bits) + content + folder


def classes(folder: Path, files: list[bytes]) -> Path:
    """These files in each of two class folders."""
    for name in ("a", "b"):
        (folder / name).mkdir(parents=True)
        for i, content in enumerate(files):
            (folder / name / f"{i}.png").write_bytes(content)
    return folder


def values(channels: int, top: int = 1000) -> NDArray[np.int64]:
    return np.random.default_rng(0).integers(0, top, (8, 8, channels))


def saved(image: Image.Image, form: str = "PNG") -> bytes:
    file = BytesIO()
    image.save(file, form)
    return file.getvalue()


@pytest.mark.parametrize("content", [png(values(2)), png(values(3)), png(values(4)), ppm(values(3)), tiff(values(3)),
                                     b"P3\n2 1\n65535\n1 2 3 4 5 6\n"])
def test_colour_and_transparency_of_16_bits_lose_bits(content: bytes) -> None:
    assert decode(BytesIO(content), size=(4, 4)).cut


@pytest.mark.parametrize("content", [
    png(values(1)), ppm(values(3, 255), 255), ppm(values(3, 15), 15), tiff(values(3, 255), 8),
    saved(Image.new("RGBA", (4, 4))), saved(Image.new("1", (4, 4))), saved(Image.new("P", (4, 4))),
    saved(Image.new("RGB", (4, 4)), "JPEG"), saved(Image.new("RGB", (4, 4)), "WEBP"), saved(Image.new("I;16", (4, 4)), "TIFF"),
    saved(Image.new("F", (4, 4)), "TIFF"), saved(Image.new("L", (4, 4)), "BMP"), b"P5\n1 1\n4095\n\1\1", b"P1\n1 1\n1\n",
])
def test_8_bits_and_deep_grey_lose_none(content: bytes) -> None:
    assert not decode(BytesIO(content), size=(4, 4)).cut


@pytest.mark.parametrize("most", [0, 1 << 30])
def test_how_many_lose_bits_is_said_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(picture_store, "MOST_IN_MEMORY", most)
    monkeypatch.setenv("WENGU_CACHE", str(tmp_path / "cache"))
    folder = classes(tmp_path / "x", [png(values(3)), png(values(2)), saved(Image.new("RGB", (8, 8)))])
    for _ in range(2):  # from the store too
        assert read_picture_folder(folder, size=(8, 8)).notes == (
            "4 of 6 pictures have more than 8 bits a channel in colour or with transparency, but only 8 are read: convert "
            "to 8 bits with the range you want, or to 16-bit grey",)


def test_levels_of_colour_of_16_bits_are_refused_truly(tmp_path: Path) -> None:
    folder = classes(tmp_path / "x", [png(values(3))])
    for levels in ((0.0, 4095.0), lambda listing: np.arange(len(listing.ids))):
        with pytest.raises(InputError, match="expected grey .*without transparency of more than 8 bits, .* has none; convert "
                                             "them to that, or leave levels out"):
            read_picture_folder(folder, size=(8, 8), levels=levels)


def shares(few: int, of: int) -> list[bytes]:
    """Grey of 16 bits over the whole range, but for a few with 0 to 255."""
    return [png(values(1, 256 if i < few else 65536)) for i in range(of)]


def test_a_share_with_few_levels_is_said_with_its_count(tmp_path: Path) -> None:
    (note,) = read_picture_folder(classes(tmp_path / "x", shares(4, 10)), size=(8, 8)).notes
    assert note == ("8 of 20 pictures of more than 8 bits keep no more than 32 of 256 levels, the rest more: are they on "
                    "another scale? Bring all to one scale")
    (note,) = read_picture_folder(classes(tmp_path / "y", shares(1, 20)), size=(8, 8)).notes
    assert note.startswith("2 of 40 pictures")
    assert read_picture_folder(classes(tmp_path / "z", shares(1, 21)), size=(8, 8)).notes == ()
