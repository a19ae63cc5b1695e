"""One budget of memory for all pictures that are unpacked at once, by however many threads.

What a picture takes is known from its header: pixels × bytes, of every form that stands in memory at the same time. A
file of 400 kB can hold 100 million pixels. A picture waits until there is room for it; one that alone takes more than
the budget is refused.

    the pixels as their format has them, and as grey or colour where that is another
    what the unpacker holds beside: all coefficients of a JPEG that comes in several scans, the canvases of a WebP,
    a copy in PPM, BMP, GIF and TIFF
    the weights of the filter that scales it: six of 8 bytes for a row and for a column
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from wengu.core.i18n import say

MOST_BYTES = 512 << 20

TILE = 512
"""Pixels are converted in squares of this side."""

_BYTES = {"1": 1, "L": 1, "P": 1}  # a pixel in Pillow's memory; I;16 takes 2, every other mode 4
_BESIDE = {"WEBP": 16, "PPM": 8, "BMP": 2, "GIF": 2, "TIFF": 4}
_A_ROW = 6 * 8
_A_TILE = 48 * TILE * TILE


class Budget:
    """So many bytes for all; `taken` waits for its share.

    >>> budget = Budget(100)
    >>> with budget.taken(60):
    ...     budget.left
    40
    """

    def __init__(self, most: int) -> None:
        self.left = most
        self._freed = threading.Condition()

    @contextmanager
    def taken(self, share: int) -> Iterator[None]:
        """Room for the block, as soon as the others have left it."""
        with self._freed:
            self._freed.wait_for(lambda: self.left >= share)
            self.left -= share
        try:
            yield
        finally:
            with self._freed:
                self.left += share
                self._freed.notify_all()


BUDGET = Budget(MOST_BYTES)


def needed(image: Image.Image, *, was: tuple[int, int], mode: str) -> int:
    """Bytes that it takes to unpack an opened picture that was so large in its file, as L or RGB, and to scale it."""
    width, height = image.size  # as it will be unpacked: of a JPEG a part
    here = _BYTES.get(image.mode, 2 if image.mode.startswith("I;16") else 4)
    flat = 0 if image.mode == mode else _BYTES.get(mode, 4)
    beside = width * height * _BESIDE.get(image.format or "", 0)
    if isinstance(image, JpegImageFile):
        beside = _coefficients(image, was)
    return width * height * (here + flat) + beside + _A_ROW * (width + height) + (_A_TILE if flat else 0)


def _coefficients(image: JpegImageFile, was: tuple[int, int]) -> int:
    """Bytes of a JPEG's coefficients, 2 each, which are held until the last of several scans; 0 where one has all."""
    parts = [(across, down) for _, across, down, _ in image.layer]
    head, file, alone = 6 + 2 * len(parts), image.fp, False
    if file:
        at = file.tell()  # just behind the head of the first scan
        file.seek(max(0, at - head))
        alone = file.read(3) == bytes([0, head, len(parts)])
        file.seek(at)
    if alone and not image.info.get("progressive"):
        return 0
    most = max(across for across, _ in parts) * max(down for _, down in parts)
    return 2 * was[0] * was[1] * sum(across * down for across, down in parts) // most


def too_large(was: tuple[int, int], need: int) -> str:
    """Why it is refused, in words."""
    return say("its size ({width}×{height}) takes {need} MB of memory to unpack, and all pictures together have "
               "{most} MB; scale it down first", width=was[0], height=was[1], need=need >> 20, most=MOST_BYTES >> 20)
