"""Pictures to predict: files, folders, the bytes of one, or arrays; and any picture as a PNG."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch.utils.data import Dataset

from wengu.core.batches import Batch, in_memory
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.printable import kept_text
from wengu.data.picture_files import Batch as Decoded
from wengu.data.picture_files import decode_all, decode_bytes, files_of
from wengu.data.picture_levels import Levels, cut_note
from wengu.recipes.mapped_pictures import PictureRows
from wengu.recipes.task import NewInputs

CHANNELS = (1, 3, 4)  # grey, colour, colour with transparency: the last dimension of an array of pictures


def read_pictures(inputs: Any, spec: Mapping[str, Any], *, times: int = 1) -> NewInputs:
    """New pictures: paths, a folder, the bytes of one, or arrays of bytes 0..255; so many times as large as spec says.

    An array is one picture (h, w) or (h, w, channels), or a stack of them with m in front.
    """
    shape: dict[str, Any] = {"size": tuple(times * n for n in spec["size"]), "channels": spec["channels"]}
    if "middle" in spec:
        shape["middle"] = spec["middle"]
    if "levels" in spec:
        shape["levels"] = tuple(spec["levels"])
    if isinstance(inputs, bytes):
        return _new(("-",), decode_bytes([inputs], **shape))
    if isinstance(inputs, np.ndarray):
        files = [png(picture) for picture in _stacked(inputs)]  # the way of every other picture: one decoding for all
        return _new(tuple(str(k) for k in range(len(files))), decode_bytes(files, **shape))
    paths = list(inputs) if isinstance(inputs, Iterable) and not isinstance(inputs, str) else [inputs]
    for path in paths:
        if not isinstance(path, str | os.PathLike):
            raise TypeError(say("inputs: expected paths, the bytes of one picture, or an array of bytes (uint8, "
                                "0..255), got {got}", got=type(path).__name__))
    examples = PictureFiles(files_of(paths), **shape)
    if not len(examples):
        raise InputError(say("inputs: expected pictures, found none that can be read; there is no file"))
    return NewInputs(tuple(kept_text(str(file)) for file in examples.files), examples, examples.notes, examples.failed)


class PictureFiles(Dataset[Batch]):
    """Picture files that are decoded when a model asks for them, a mini-batch at a time; none of them is held.

    What cannot be read is black, and `failed` says at which place it is and why; `notes` says how many lost bits, or
    their shape.
    """

    def __init__(
        self, files: Sequence[Path], *, size: tuple[int, int], channels: int, levels: Levels | None = None,
        middle: float = 0.0,
    ) -> None:
        self.files, self.size, self.channels, self.levels, self.middle = files, size, channels, levels, middle
        self.failed: dict[int, str] = {}
        self.notes: list[str] = []
        self._cut: set[int] = set()
        self._whitened: set[int] = set()

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, i: int) -> Batch:
        pictures, targets = self.collate(self.__getitems__([i]))
        return pictures[0], targets[0]

    def __getitems__(self, indices: list[int]) -> PictureRows:
        """The pictures of these places, decoded by several threads."""
        read = decode_all([self.files[i] for i in indices], size=self.size, channels=self.channels, levels=self.levels,
                          middle=self.middle)
        pixels = np.zeros((len(indices), *read.pixels.shape[1:]), np.uint8)
        pixels[list(read.kept)] = read.pixels
        self.failed |= {indices[k]: reason for k, reason in read.failed}
        self._cut |= {indices[k] for k in read.cut}
        self._whitened |= {indices[k] for k in read.whitened}
        self.notes[:] = _notes(len(self._cut), len(self._whitened), len(self))
        return PictureRows(torch.from_numpy(pixels), torch.zeros(len(indices)))

    def collate(self, rows: PictureRows) -> Batch:
        """The mini-batch; its targets are not known."""
        return rows.pictures, rows.labels


def png(pixels: np.ndarray[Any, Any]) -> bytes:
    """A picture (h, w) or (h, w, channels) as a PNG."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def _stacked(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """(m, h, w) or (m, h, w, channels), of bytes."""
    if array.dtype != np.uint8:
        raise TypeError(say("inputs: expected an array of bytes (uint8, 0..255), got {got}", got=array.dtype))
    one = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in CHANNELS)
    stack = array[None] if one else array
    if stack.ndim not in (3, 4) or stack.size == 0 or (stack.ndim == 4 and stack.shape[3] not in CHANNELS):
        raise InputError(say("inputs: expected pictures (m, h, w) or (m, h, w, channels) with 1, 3 or 4 channels, none "
                             "of them 0, got shape {got}", got=array.shape))
    return stack[..., 0] if stack.shape[3:] == (1,) else stack


def _new(ids: tuple[str, ...], read: Decoded) -> NewInputs:
    return NewInputs(ids, in_memory((torch.from_numpy(read.pixels), torch.zeros(len(ids)))),
                     tuple(_notes(len(read.cut), len(read.whitened), len(ids))))


def _notes(cut: int, whitened: int, m: int) -> list[str]:
    """What is to be said of m pictures of which so many lost bits, and so many their shape."""
    notes = [cut_note(cut, m)] if cut else []
    if whitened:
        notes.append(say("{n} of {m} {m:picture|pictures} {n:is|are} nothing but white, which transparency became: lay "
                         "{n:it|them} over a darker background first", n=whitened, m=m))
    return notes
