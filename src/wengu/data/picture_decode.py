"""One picture file of any size and mode -> red, green and blue, 0..255, at the size a network wants.

The whole picture is kept and its aspect too: it is scaled until it just fits, and the two bars that are left over are
filled with the median colour of its own border, so that a shirt photographed on white stays on white. Nothing is
cropped, for what a class depends on may stand at the edge.

    scale = min(height / its height, width / its width)
    shrunk with Lanczos's filter (which averages all the pixels that fall together), enlarged with the bicubic one

Transparency is laid over white. 16 bits become 8 by 65535 -> 255. Of an animation the first frame counts. The turn
that a camera wrote into EXIF is carried out.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from wengu.core.i18n import say
from wengu.core.regular_file import NotRegular, open_regular

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
"""Told by a file's content, not its name. Of what else Pillow opens, some formats start other programs."""

DECODER = 1
"""Goes up with every change that makes other pixels of the same file: what was kept is then decoded again."""

MOST_PIXELS = 100_000_000
"""A picture that unpacks to more is taken for a decompression bomb."""

WHITE = (255, 255, 255, 255)


class NotAPicture(Exception):
    """The file cannot be read as a picture; the message is a short reason."""


@dataclass(frozen=True)
class Decoded:
    """A picture as a network sees it, and what it was."""

    pixels: NDArray[np.uint8]  # (height, width, 3), or (height, width) where grey was asked for
    coloured: bool
    was: tuple[int, int]  # (width, height) in the file


def decode(source: Path | BytesIO, *, size: tuple[int, int], grey: bool = False) -> Decoded:
    """Read one picture and fit it into `size` = (height, width).

    Raises: NotAPicture with the reason.

    >>> file = BytesIO(); Image.new("P", (40, 20)).save(file, "PNG"); picture = decode(file, size=(8, 8))
    >>> picture.pixels.shape, picture.coloured, picture.was
    ((8, 8, 3), False, (40, 20))
    """
    try:
        with _opened(source) as file, Image.open(file, formats=FORMATS) as image:
            was = image.size
            if was[0] * was[1] > MOST_PIXELS:
                raise NotAPicture(_bomb())
            image.draft(None, (2 * max(size), 2 * max(size)))  # a large JPEG is unpacked at 1/2, 1/4 or 1/8 at once
            flat = _flat(ImageOps.exif_transpose(image))
            pixels = fit(flat.convert("L") if grey else flat, size)
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
    coloured = pixels.ndim == 3 and bool((pixels != pixels[..., :1]).any())
    return Decoded(pixels, coloured, was)


def _opened(source: Path | BytesIO) -> AbstractContextManager[IO[bytes]]:
    return nullcontext(source) if isinstance(source, BytesIO) else open_regular(source)


def fit(image: Image.Image, size: tuple[int, int]) -> NDArray[np.uint8]:
    """The whole picture, aspect kept, in the middle of (height, width); the bars have its border's median colour."""
    height, width = size
    scale = min(height / image.height, width / image.width)
    inner = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    if inner != image.size:
        wave = Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.BICUBIC
        image = image.resize(inner, wave)
    pixels = np.asarray(image, dtype=np.uint8)  # (h, w) or (h, w, 3)
    if inner == (width, height):
        return pixels
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    canvas = np.empty((height, width, *pixels.shape[2:]), np.uint8)
    canvas[...] = np.median(border, axis=0)
    top, left = (height - inner[1]) // 2, (width - inner[0]) // 2
    canvas[top : top + inner[1], left : left + inner[0]] = pixels
    return canvas


def _flat(image: Image.Image) -> Image.Image:
    """Any mode as red, green and blue, transparency over white."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _to_8_bits(image).convert("RGB")
    if image.has_transparency_data:
        clear = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", clear.size, WHITE), clear).convert("RGB")
    return image.convert("RGB")


def _to_8_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 bits, or of real numbers from 0 to 1, as grey of 8 bits."""
    values = np.asarray(image, dtype=np.float64)
    top = 1.0 if image.mode == "F" else 65535.0
    if not (values.min() >= 0 and values.max() <= top):
        raise NotAPicture(say("its values run from {low} to {high}; expected 0 to {top}", low=f"{values.min():g}",
                              high=f"{values.max():g}", top=f"{top:g}"))
    return Image.fromarray(np.rint(values * (255 / top)).astype(np.uint8))


def _bomb() -> str:
    return say("more than {most} million pixels, treated as a decompression bomb", most=MOST_PIXELS // 1_000_000)
