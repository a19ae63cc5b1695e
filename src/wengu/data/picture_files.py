"""Pictures without labels, for predicting: from files, from folders, or from bytes that came through a pipe.

Several threads decode at once (Pillow lets go of Python's lock while it unpacks and scales); the order stays.
"""

from __future__ import annotations

import math
import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.printable import kept_text
from wengu.data.picture_decode import Decoded, NotAPicture, decode, range_of
from wengu.data.picture_levels import Depth, Levels

Progress = Callable[[int, int], None]
"""Called with how much is done and how much there is."""

LITTER = {"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "@eadir", "#recycle", "@recycle", "$recycle.bin",
          "system volume information", "lost+found", "icon\r", "__pycache__"}
"""What systems and programs leave in folders; what begins with a dot (.DS_Store, ._x.png) is passed over too."""

AT_ONCE, LEAST_AT_ONCE, MOST_BYTES = 256, 16, 1 << 25
"""Pictures that are decoded before the first of them is put away: so many, of large ones fewer, in 32 MB."""

Found = TypeVar("Found")
Source = TypeVar("Source")

Put = Callable[[NDArray[np.uint8], bool], None]
"""Takes a picture (channels, height, width), and whether it has colour."""


@dataclass(frozen=True)
class Outcome:
    """What became of files: those that were decoded, and those that could not be."""

    kept: tuple[int, ...]  # which of the files the k pictures are
    failed: tuple[tuple[int, str], ...]  # which could not be read, and why
    were: Mapping[tuple[int, int], int]  # (width, height) of the pictures before, and how many had it
    depth: Depth  # what became of their values
    cut: tuple[int, ...]  # which of the files have more bits than are read
    whitened: tuple[int, ...]  # which of the files have transparency, and are all white now


@dataclass(frozen=True)
class Batch(Outcome):
    """The same with the pictures themselves."""

    pixels: NDArray[np.uint8]  # (k, channels, height, width)


def read_picture_files(
    paths: Iterable[str | os.PathLike[str]], *, size: tuple[int, int] = (28, 28), channels: int = 1,
    levels: Levels | None = None, progress: Progress | None = None,
) -> tuple[NDArray[np.uint8], tuple[str, ...], tuple[tuple[str, str], ...]]:
    """(pixels, ids, failed): pictures to predict, in the order given; a folder stands for all that lies below it.

    pixels is (k, channels, height, width), ids are the paths of those k, failed holds (path, reason) of the rest.

    Raises: InputError for a path that does not exist.
    """
    check_shape(size, channels)
    files = files_of(paths)
    batch = decode_all(files, size=size, channels=channels, levels=levels, progress=progress)
    failed = tuple((kept_text(str(files[i])), reason) for i, reason in batch.failed)
    return batch.pixels, tuple(kept_text(str(files[i])) for i in batch.kept), failed


def read_picture_bytes(
    content: bytes, *, size: tuple[int, int] = (28, 28), channels: int = 1, levels: Levels | None = None,
    middle: float = 0.0,
) -> NDArray[np.uint8]:
    """One picture to predict, (1, channels, height, width), from its bytes: what `cat x.png | wengu predict -` sends.

    Raises: InputError if the bytes are no picture.

    >>> file = BytesIO(); Image.new("RGB", (64, 48), "red").save(file, "PNG")
    >>> read_picture_bytes(file.getvalue(), size=(28, 28), channels=3).shape
    (1, 3, 28, 28)
    """
    return decode_bytes([content], size=size, channels=channels, levels=levels, middle=middle).pixels


def decode_bytes(
    contents: Sequence[bytes], *, size: tuple[int, int], channels: int, levels: Levels | None = None,
    middle: float = 0.0,
) -> Batch:
    """Pictures from their bytes, every one of which has to be a picture. Raises InputError as above."""
    check_shape(size, channels)
    pixels: list[NDArray[np.uint8]] = []
    outcome = decode_into(lambda one, _: pixels.append(one), [BytesIO(content) for content in contents], size=size,
                          grey=channels == 1, levels=levels, middle=middle)
    for k, reason in outcome.failed:
        raise InputError(say("the {n} {n:byte|bytes} given: {reason}", n=len(contents[k]), reason=reason))
    return Batch(**vars(outcome), pixels=np.stack(pixels))


def decode_all(
    files: Sequence[Path], *, size: tuple[int, int], channels: int | None, levels: Levels | None = None,
    middle: float = 0.0, progress: Progress | None = None,
) -> Batch:
    """Decode many files. With channels None, the pictures come out in colour if any of them has colour, else grey."""
    pixels = np.empty((len(files), 1 if channels == 1 else 3, *size), np.uint8)
    k, any_coloured = 0, False

    def put(picture: NDArray[np.uint8], coloured: bool) -> None:
        nonlocal k, any_coloured
        pixels[k] = picture
        k, any_coloured = k + 1, any_coloured or coloured

    outcome = decode_into(put, files, size=size, grey=channels == 1, levels=levels, middle=middle, progress=progress)
    pixels = pixels[:k]
    if channels is None and not any_coloured:
        pixels = np.ascontiguousarray(pixels[:, :1])
    return Batch(**vars(outcome), pixels=pixels)


def decode_into(
    put: Put, files: Sequence[Path | BytesIO], *, size: tuple[int, int], grey: bool, levels: Levels | None = None,
    middle: float = 0.0, progress: Progress | None = None,
) -> Outcome:
    """Decode many files and put each picture away at once, in their order; only a few are ever held."""
    kept: list[int] = []
    failed: list[tuple[int, str]] = []
    were: Counter[tuple[int, int]] = Counter()
    depth, cut, whitened = Depth(), list[int](), list[int]()
    step = max(LEAST_AT_ONCE, min(AT_ONCE, MOST_BYTES // (3 * math.prod(size))))
    for i, picture in enumerate(_each(partial(decode, size=size, grey=grey, levels=levels, middle=middle), files,
                                     step)):
        if isinstance(picture, Decoded):
            put(_channels_first(picture), picture.coloured)
            kept.append(i)
            were[picture.was] += 1
            cut += [i] * picture.cut
            whitened += [i] * picture.whitened
            if picture.seen and picture.levels:
                depth.count(picture.seen, picture.levels)
        else:
            failed.append((i, str(picture)))
        if progress:
            progress(i + 1, len(files))
    return Outcome(tuple(kept), tuple(failed), were, depth, tuple(cut), tuple(whitened))


def ranges_of(files: Sequence[Path], *, progress: Progress | None = None) -> list[Levels | NotAPicture | None]:
    """Of each file its least and largest value where it has more than 8 bits, else None; or why it cannot be read."""
    found = []
    for i, one in enumerate(_each(range_of, files, AT_ONCE), 1):
        found.append(one)
        if progress:
            progress(i, len(files))
    return found


def is_litter(path: Path) -> bool:
    """Whether a file or folder is one that nobody put there on purpose."""
    return path.name.startswith(".") or path.name.lower() in LITTER


def visible(folder: Path) -> list[Path]:
    """What a person sees in a folder, by name, without the litter."""
    return sorted(p for p in folder.iterdir() if not is_litter(p))


def files_below(folder: Path) -> list[Path]:
    """Every visible file in a folder and its folders, by path."""
    found: list[Path] = []
    for path in visible(folder):
        if path.is_dir():
            found += [] if path.is_symlink() else files_below(path)  # a link may lead back up
        else:
            found.append(path)
    return found


def files_of(paths: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """The files, in the order given; a folder stands for all that lies below it.

    Raises: InputError for a path that does not exist.
    """
    return [file for path in paths for file in _below(Path(path))]


def check_shape(size: tuple[int, int], channels: int | None) -> None:
    """Raise InputError unless size is two whole numbers above 0, and channels 1, 3 or None."""
    if len(size) != 2 or not all(isinstance(n, int) and n > 0 for n in size):
        raise InputError(say("size: expected (height, width), two whole numbers above 0, got {got}", got=size))
    if channels not in (None, 1, 3):
        raise InputError(say("channels: expected 1 (grey) or 3 (colour), got {got}", got=channels))


def _below(path: Path) -> list[Path]:
    if path.is_dir():
        return files_below(path)
    if not path.exists():
        raise InputError(say("{path}: no such file or folder", path=path))
    return [path]


def _each(read: Callable[[Source], Found], files: Sequence[Source], step: int) -> Iterator[Found | NotAPicture]:
    """What is read of each file, or why nothing is, in order; a few at a time, so that Ctrl-C is heeded."""

    def one(file: Source) -> Found | NotAPicture:
        try:
            return read(file)
        except NotAPicture as error:
            return error

    with warnings.catch_warnings(), ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # such a picture is refused, by name
        for start in range(0, len(files), step):
            yield from pool.map(one, files[start : start + step])


def _channels_first(picture: Decoded) -> NDArray[np.uint8]:
    pixels = picture.pixels
    return pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
