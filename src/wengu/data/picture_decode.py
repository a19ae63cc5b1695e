"""One picture file of any size and mode -> red, green and blue, 0..255, at the size a network wants.

The whole picture is kept and its aspect too: it is scaled until it just fits, and the two bars that are left over are
filled with the median colour of its own border, so that a shirt photographed on white stays on white. Nothing is
cropped, for what a class depends on may stand at the edge.

    scale = min(height / its height, width / its width)
    shrunk with Lanczos's filter (which averages all the pixels that fall together), enlarged with the bicubic one

Transparency is laid over white. More than 8 bits become 8, see picture_levels.py. Of an animation the first frame
counts. The turn that a camera wrote into EXIF is carried out. What is unpacked at once has one budget of memory, see
decode_memory.py.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError
from PIL.ImageFile import ImageFile

from wengu.core.i18n import say
from wengu.core.regular_file import NotRegular, open_regular
from wengu.data.decode_memory import BUDGET, MOST_BYTES, TILE, needed, too_large
from wengu.data.picture_levels import Levels, extremes, full, is_cut, is_deep, to_8_bits

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
"""Told by a file's content, not its name. Of what else Pillow opens, some formats start other programs."""

DECODER = 5
"""Goes up with every change that makes other pixels of the same file, or tells more of it: what was kept is then
decoded again."""

MOST_PIXELS = 100_000_000
"""A picture that unpacks to more is taken for a decompression bomb."""

TURNS = dict(zip(range(2, 9), (
    Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_180, Image.Transpose.FLIP_TOP_BOTTOM,
    Image.Transpose.TRANSPOSE, Image.Transpose.ROTATE_270, Image.Transpose.TRANSVERSE, Image.Transpose.ROTATE_90,
), strict=True))
"""By EXIF's orientation."""

LYING = (Image.Transpose.TRANSPOSE, Image.Transpose.ROTATE_270, Image.Transpose.TRANSVERSE, Image.Transpose.ROTATE_90)

GREY = ("1", "L", "LA", "La")

WHITE = (255, 255, 255, 255)


class NotAPicture(Exception):
    """The file cannot be read as a picture; the message is a short reason."""


@dataclass(frozen=True)
class Decoded:
    """A picture as a network sees it, and what it was."""

    pixels: NDArray[np.uint8]  # (height, width, 3), or (height, width) where grey was asked for
    coloured: bool
    was: tuple[int, int]  # (width, height) in the file
    seen: Levels | None = None  # of more than 8 bits the least and the largest value,
    levels: Levels | None = None  # and which became black and white
    cut: bool = False  # its file has more bits than are read
    whitened: bool = False  # it has transparency, and all of it is white now


def decode(
    source: Path | BytesIO, *, size: tuple[int, int], grey: bool = False, levels: Levels | None = None,
    middle: float = 0.0,
) -> Decoded:
    """Read one picture and fit it into `size` = (height, width).

    levels: what becomes black and what white where the file has more than 8 bits; None: as its format says.
    middle: cut so much of the shorter side out of its middle, as published weights were judged; 0: the whole picture.

    Raises: NotAPicture with the reason.

    >>> file = BytesIO(); Image.new("P", (40, 20)).save(file, "PNG"); picture = decode(file, size=(8, 8))
    >>> picture.pixels.shape, picture.coloured, picture.was
    ((8, 8, 3), False, (40, 20))
    """
    with _unpacked(source, draft=2 * max(size), grey=grey) as (image, was, mode, cut):
        seen = _range_of(image) if is_deep(image) else None
        low, high = full(image)
        if seen and levels is None and not low <= seen[0] <= seen[1] <= high:
            raise NotAPicture(say("its values run from {low} to {high}; expected 0 to {top}, or --levels seen",
                                  low=f"{seen[0]:g}", high=f"{seen[1]:g}", top=f"{high:g}"))
        levels = levels or (low, high)
        flat, turn = _flat(image, mode, levels), _turn(image)
        pixels = cut_middle(flat, size, middle, turn=turn) if middle else fit(flat, size, turn=turn)
        whitened = image.has_transparency_data and bool((pixels == WHITE[0]).all())
    if pixels.ndim == 2 and not grey:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    coloured = pixels.ndim == 3 and bool((pixels != pixels[..., :1]).any())
    return Decoded(pixels, coloured, was, seen, levels if seen else None, cut, whitened)


def range_of(source: Path) -> Levels | None:
    """The least and the largest value of a picture of more than 8 bits; None of one that has 8.

    Raises: NotAPicture with the reason.
    """
    with _unpacked(source, draft=1, grey=True) as (image, *_):
        return _range_of(image) if is_deep(image) else None


@contextmanager
def _unpacked(
    source: Path | BytesIO, *, draft: int, grey: bool
) -> Iterator[tuple[ImageFile, tuple[int, int], str, bool]]:
    """For as long as the block takes the picture in memory, what it measured in its file, L or RGB, as it is grey, and
    whether it lost bits.

    What goes wrong in the block is a damaged picture's fault too.
    """
    try:
        with _opened(source) as file, Image.open(file, formats=FORMATS) as image:
            was = image.size
            if was[0] * was[1] > MOST_PIXELS:
                raise NotAPicture(_bomb())
            image.draft(None, (draft, draft))  # a large JPEG is unpacked at 1/2, 1/4 or 1/8 at once
            mode = "L" if grey or is_deep(image) or image.mode in GREY else "RGB"
            need = needed(image, was=was, mode=mode)
            if need > MOST_BYTES:
                raise NotAPicture(too_large(was, need))
            cut = is_cut(image)
            with BUDGET.taken(need):
                image.load()
                yield image, was, mode, cut
    except NotAPicture:
        raise
    except UnidentifiedImageError as error:
        raise NotAPicture(say("not a png, jpg, bmp, gif, webp, tif, pgm or ppm picture")) from error
    except Image.DecompressionBombError as error:
        raise NotAPicture(_bomb()) from error
    except NotRegular as error:
        raise NotAPicture(error.strerror) from error
    except Exception as error:  # a damaged file can make a decoder raise nearly anything
        raise NotAPicture(str(error) or type(error).__name__) from error


@contextmanager
def _opened(source: Path | BytesIO) -> Iterator[IO[bytes]]:
    if isinstance(source, BytesIO):
        yield source
        return
    with open_regular(source) as file:
        if (size := os.fstat(file.fileno()).st_size) > MOST_BYTES:  # some formats are read whole before all else
            raise NotAPicture(say("a file of {size} MB, more than {most} MB", size=size >> 20, most=MOST_BYTES >> 20))
        yield file


def fit(
    image: Image.Image, size: tuple[int, int], *, turn: Image.Transpose | None = None
) -> NDArray[np.uint8]:
    """The whole picture, turned, aspect kept, in the middle of (height, width); the bars have its border's median."""
    height, width = size
    lies = turn in LYING
    scale = min(height / (image.width if lies else image.height), width / (image.height if lies else image.width))
    inner = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    if inner != image.size:
        wave = Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.BICUBIC
        image = image.resize(inner, wave)
    if turn is not None:  # what is small by now
        image = image.transpose(turn)
        inner = image.size
    pixels = np.asarray(image, dtype=np.uint8)  # (h, w) or (h, w, 3)
    if inner == (width, height):
        return pixels
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    canvas = np.empty((height, width, *pixels.shape[2:]), np.uint8)
    canvas[...] = np.median(border, axis=0)
    top, left = (height - inner[1]) // 2, (width - inner[0]) // 2
    canvas[top : top + inner[1], left : left + inner[0]] = pixels
    return canvas


def cut_middle(
    image: Image.Image, size: tuple[int, int], share: float, *, turn: Image.Transpose | None = None
) -> NDArray[np.uint8]:
    """(height, width) out of the middle of the picture, turned, that is scaled until they are a share of it.

    >>> cut_middle(Image.new("L", (512, 256)), (224, 224), 0.875).shape
    (224, 224)
    """
    height, width = size
    was_height, was_width = image.size if turn in LYING else image.size[::-1]
    scale = max(height / was_height, width / was_width) / share
    image = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))),
                         Image.Resampling.BILINEAR)
    if turn is not None:
        image = image.transpose(turn)
    left, top = round((image.width - width) / 2), round((image.height - height) / 2)
    return np.asarray(image.crop((left, top, left + width, top + height)), dtype=np.uint8)


def _flat(image: Image.Image, mode: str, levels: Levels) -> Image.Image:
    """Any picture as L or RGB, transparency over white; a tile at a time, so that no second one stands in memory."""
    if is_deep(image):
        return to_8_bits(image, levels)
    clear = image.has_transparency_data
    if image.mode == mode and not clear:
        return image
    flat = Image.new(mode, image.size)
    for y in range(0, image.height, TILE):
        for x in range(0, image.width, TILE):
            tile = image.crop((x, y, min(x + TILE, image.width), min(y + TILE, image.height)))
            if clear:
                tile = tile.convert("RGBA")
                tile = Image.alpha_composite(Image.new("RGBA", tile.size, WHITE), tile)
            flat.paste(tile.convert("RGB").convert(mode), (x, y))
    return flat


def _range_of(image: Image.Image) -> Levels:
    found = extremes(image)
    if not np.isfinite(found).all():
        raise NotAPicture(say("it holds values that are NaN or infinite"))
    return found


def _turn(image: Image.Image) -> Image.Transpose | None:
    """What is to be done so that it stands upright."""
    try:
        return TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # what a camera wrote beside the picture is no reason to refuse it
        return None


def _bomb() -> str:
    return say("more than {most} million pixels, treated as a decompression bomb; scale it down first",
               most=MOST_PIXELS // 1_000_000)
