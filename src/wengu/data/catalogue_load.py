"""An entry of the catalogue as pictures: five formats of file, one result.

    idx    a length for each of n dimensions, then the bytes: 0 0 8 n, n numbers of 4 bytes with the highest first
    csv    a picture a line, its label last
    rcc    photographs in colour of many sizes, in Qt's resource files                        (rcc.py)
    tar    colour pictures of one size, train/CLASS/NAME and test/CLASS/NAME: decoded once, and kept in the store
    npz    the sample: images, labels, index (the place of each picture among the 60,000 training pictures)
"""

from __future__ import annotations

import hashlib
import os
import struct
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import IO, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.data.catalogue import Entry, entry, get
from wengu.data.decode_once import decoder, is_large
from wengu.data.picture_decode import fit
from wengu.data.picture_files import Progress, Put, check_shape, read_picture_bytes
from wengu.data.picture_store import keep
from wengu.data.pictures import Pictures
from wengu.data.rcc import rcc_files

Read = tuple[NDArray[np.uint8], NDArray[np.uint8], list[str], list[str]]
"""images (m, height, width), labels (m,), ids, sets"""


def load(
    name: str, *, size: tuple[int, int] | None = None, cache: str | os.PathLike[str] | None = None,
    progress: Progress | None = None, offline: bool = False,
) -> Pictures:
    """The pictures of an entry, fetched if they are not in the cache; scaled to `size` = (height, width) if given.

    Raises: InputError as `get` does.

    >>> sample = load("sample")
    >>> len(sample), sample.size, sample.counts()["Trouser"], sample.ids[0]
    (6000, (28, 28), 600, 'train/...')
    """
    if size is not None:
        check_shape(size, None)
    wanted = entry(name)
    if wanted.photographs:
        return _photographs(get(name, cache=cache, progress=progress, offline=offline), wanted, size or wanted.size)
    if wanted.kind == "tar":
        return _decoded_once(get(name, cache=cache, progress=progress, offline=offline), wanted, size or wanted.size,
                             progress)
    images, labels, ids, sets = _READ[wanted.kind](get(name, cache=cache, progress=progress, offline=offline), wanted)
    pictures = Pictures(
        pixels=images[:, None], labels=labels.astype(np.int64), classes=wanted.classes, ids=tuple(ids),
        set_of=np.array(sets), source=name,
    )
    return pictures if size in (None, pictures.size) else _resized(pictures, size, progress)


def read_idx(path: Path) -> NDArray[np.uint8]:
    """The array in a file of the format that MNIST came in, unsigned bytes only.

    Raises: InputError if the file is something else.
    """
    raw = np.fromfile(path, np.uint8)
    n = int(raw[3]) if raw.size > 4 and raw[:3].tolist() == [0, 0, 8] else 0
    start = 4 + 4 * n
    shape = struct.unpack(f">{n}I", raw[4:start].tobytes()) if n and raw.size >= start else ()
    if not shape or raw.size - start != np.prod(shape):
        raise InputError(say("{path}: not an idx file of bytes", path=path))
    return raw[start:].reshape(shape)


def _read_idx(folder: Path, wanted: Entry) -> Read:
    parts = [("train", "train"), ("t10k", "test")]
    images = [read_idx(folder / f"{file}-images-idx3-ubyte") for file, _ in parts]
    labels = [read_idx(folder / f"{file}-labels-idx1-ubyte") for file, _ in parts]
    places = [(set_name, i) for (_, set_name), part in zip(parts, labels, strict=True) for i in range(len(part))]
    ids, sets = [f"{set_name}/{i}" for set_name, i in places], [set_name for set_name, _ in places]
    return np.concatenate(images), np.concatenate(labels), ids, sets


def _read_csv(folder: Path, wanted: Entry) -> Read:
    rows = np.loadtxt(folder / wanted.files[0].name, delimiter=",", dtype=np.uint8)  # (m, height·width + 1)
    grey = np.rint(rows[:, :-1] * (255 / wanted.brightest)).astype(np.uint8)
    return grey.reshape(-1, *wanted.size), rows[:, -1], [str(i) for i in range(len(rows))], [""] * len(rows)


def _read_npz(folder: Path, wanted: Entry) -> Read:
    with np.load(folder / "fashion-mnist-6000.npz", allow_pickle=False) as file:
        index = file["index"]
        return file["images"], file["labels"], [f"train/{i}" for i in index], [""] * len(index)


_READ: dict[str, Callable[[Path, Entry], Read]] = {"idx": _read_idx, "csv": _read_csv, "npz": _read_npz}


def _photographs(folder: Path, wanted: Entry, size: tuple[int, int]) -> Pictures:
    """Those whose folder has the name of a class, in colour, each brought to the size."""
    found = sorted((f"{place.parent.name}/{place.name}", content) for file in wanted.files
                   for path, content in rcc_files(folder / file.name)
                   if (place := PurePosixPath(path)).parent.name in wanted.classes and place.suffix == ".webp")
    pixels = np.concatenate([read_picture_bytes(content, size=size, channels=3) for _, content in found])
    labels = np.array([wanted.classes.index(name.partition("/")[0]) for name, _ in found], np.int64)
    return Pictures(pixels=pixels, labels=labels, classes=wanted.classes, ids=tuple(name for name, _ in found),
                    set_of=np.full(len(found), ""), source=wanted.name)


def _decoded_once(folder: Path, wanted: Entry, size: tuple[int, int], progress: Progress | None) -> Pictures:
    """Those of a tar, from the store; where they fit into memory they are there, else mapped."""
    inner, m = wanted.files[0], wanted.pictures

    def put_all(put: Put) -> dict[str, list[str]]:
        ids = []
        with tarfile.open(folder / inner.name) as tar:
            for member in tar:
                content = cast(IO[bytes], tar.extractfile(member)).read()
                put(read_picture_bytes(content, size=size, channels=3)[0], True)
                ids.append(member.name)
                if progress:
                    progress(len(ids), m)
        return {"ids": ids}

    key = hashlib.sha256(f"{decoder(size, 3)}, {inner.sha256}".encode()).hexdigest()
    kept = keep(key, put_all, name=wanted.name, origin=wanted.name, most=m, size=size, channels=3)
    large, ids = is_large(m, 3, size), tuple(kept.said["ids"])
    parts = [name.split("/") for name in ids]
    return Pictures(pixels=kept.pixels if large else np.array(kept.pixels), kept=kept if large else None, ids=ids,
                    labels=np.array([wanted.classes.index(label) for _, label, _ in parts], np.int64),
                    classes=wanted.classes, set_of=np.array([which for which, _, _ in parts]), source=wanted.name)


def _resized(pictures: Pictures, size: tuple[int, int], progress: Progress | None) -> Pictures:
    """Scaled to another size; where that makes them large, once, and mapped from the store."""
    before, after = (f"{width}×{height}" for height, width in (pictures.size, size))
    note = say("resized from {before} to {after}", before=before, after=after)
    m, grey = len(pictures), pictures.pixels[:, 0]

    def scale(put: Put) -> dict[str, str]:
        for i, picture in enumerate(grey, 1):
            put(fit(Image.fromarray(picture), size)[None], False)
            if progress:
                progress(i, m)
        return {}

    if is_large(m, 1, size):
        key = hashlib.sha256(decoder(size, 1).encode() + grey.tobytes()).hexdigest()
        kept = keep(key, scale, name=pictures.source, origin=pictures.source, most=m, size=size, channels=1)
        return replace(pictures, pixels=kept.pixels, kept=kept, notes=(note,))
    pixels = np.empty((m, 1, *size), np.uint8)
    places = iter(pixels)
    scale(lambda picture, _: np.copyto(next(places), picture))
    return replace(pictures, pixels=pixels, notes=(note,))
