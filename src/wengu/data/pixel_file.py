"""A file of pixels: numpy's own format, written a picture at a time, mapped into memory when it is read.

    128 bytes of header, then m · channels · height · width bytes

A picture is grey or has colour, and which a set is one knows after its last picture alone. So it is written grey, and
the first picture with colour has what stands there already written again in three channels.

Beside it go Σ x and Σ x² of every picture and channel, exact, as whole numbers: with them μ and σ of any part of the
set are known without reading it.
"""

from __future__ import annotations

import hashlib
import math
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.regular_file import open_regular

HEADER = 128
BUFFER = 1 << 22
BLOCK, BLOCKS = 4096, 64  # of the digest


class PixelFile:
    """A new file for up to `most` pictures that grows by `put`, and is whole when the block around it has ended.

    Raises: InputError as soon as it is known that the disk has no room for them.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "pixels.npy"
    >>> with PixelFile(path, (2, 2), most=2) as file:
    ...     file.put(np.full((3, 2, 2), 7, np.uint8), False)
    ...     file.put(np.array([[[1, 1], [1, 1]], [[2, 2], [2, 2]], [[3, 3], [3, 3]]], np.uint8), True)
    >>> mapped(path)[:, :, 0, 0].tolist(), file.sums[1].tolist()
    ([[7, 7, 7], [1, 2, 3]], [[4, 4], [8, 16], [12, 36]])
    """

    def __init__(self, path: Path, size: tuple[int, int], *, most: int, channels: int | None = None) -> None:
        self.path, self.size, self.most, self.m, self.channels = path, size, most, 0, channels or 1
        self._sums = np.empty((most, self.channels, 2), np.int64)
        self._open()

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(m, channels, height, width)"""
        return self.m, self.channels, *self.size

    @property
    def sums(self) -> NDArray[np.int64]:
        """(m, channels, 2): Σ x and Σ x² over the pixels of each."""
        return self._sums[: self.m]

    def put(self, picture: NDArray[np.uint8], coloured: bool) -> None:
        """One picture more, (1 or 3, height, width); of a grey one in three channels each is the same."""
        if coloured and self.channels == 1:
            self._widen()
        pixels = np.ascontiguousarray(picture[: self.channels])
        self._file.write(pixels.data)
        self._sums[self.m] = sums(pixels)
        self.m += 1

    def __enter__(self) -> PixelFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None:
                self._file.seek(0)
                about = {"descr": "|u1", "fortran_order": False, "shape": self.shape}
                np.lib.format.write_array_header_1_0(self._file, about)
        finally:
            self._file.close()

    def _open(self) -> None:
        need, free = self.most * self.channels * math.prod(self.size), shutil.disk_usage(self.path.parent).free
        if need > free:
            raise InputError(say("the decoded pictures take {need}, and {folder} has {free} left; free some space "
                                 "(`wengu data kept` lists what is kept), or let WENGU_CACHE name another place",
                                 need=amount(need), folder=self.path.parents[1], free=amount(free)))
        self._file = self.path.open("wb", buffering=BUFFER)
        self._file.write(bytes(HEADER))

    def _widen(self) -> None:
        """All that is written so far again, in three channels."""
        self._file.close()
        grey = self.path.rename(self.path.with_suffix(".grey"))
        self.channels, self._sums = 3, np.repeat(self._sums, 3, axis=1)
        self._open()
        one = math.prod(self.size)
        with grey.open("rb") as file:
            file.seek(HEADER)
            while few := file.read(max(1, BUFFER // one) * one):
                pictures = np.frombuffer(few, np.uint8).reshape(-1, 1, *self.size)
                self._file.write(np.repeat(pictures, 3, axis=1).data)
        grey.unlink()


def sums(picture: NDArray[np.uint8]) -> NDArray[np.int64]:
    """(channels, 2): Σ x and Σ x² of each channel of a picture; in float64 exact up to 10^11 pixels."""
    x = picture.reshape(len(picture), -1).astype(np.float64)
    return np.stack([x.sum(1), np.einsum("ci,ci->c", x, x)], axis=1).astype(np.int64)


def mapped(path: Path) -> np.memmap[Any, Any]:
    """The pixels of a file, (m, channels, height, width), read only.

    Raises: ValueError or OSError where it is no such file.
    """
    pixels = np.load(path, mmap_mode="r", allow_pickle=False)
    if not isinstance(pixels, np.memmap) or pixels.dtype != np.uint8 or pixels.ndim != 4:
        raise ValueError(f"{path}: expected bytes (m, channels, height, width)")
    return pixels


def digest(path: Path) -> str:
    """SHA-256 of a file's length and of 64 blocks that lie evenly in it, header and end among them.

    It finds a file that was cut, or stretches of zeros in it; one byte of 20 GB that has changed it does not.
    """
    length = path.stat().st_size
    found = hashlib.sha256(str(length).encode())
    with open_regular(path) as file:
        for at in np.linspace(0, max(0, length - BLOCK), BLOCKS).astype(np.int64).tolist():
            file.seek(at)
            found.update(file.read(BLOCK))
    return found.hexdigest()


def amount(n: int) -> str:
    """Bytes as people say them.

    >>> amount(2_345_678_901), amount(56_000_000)
    ('2.3 GB', '56.0 MB')
    """
    return f"{n / 1e9:.1f} GB" if n >= 1e9 else f"{n / 1e6:.1f} MB"
