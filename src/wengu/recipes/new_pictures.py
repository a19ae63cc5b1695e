"""Pictures to predict: files, folders, the bytes of one, or arrays; and any picture as a PNG."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from PIL import Image

from wengu import data
from wengu.core.batches import in_memory
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.recipes.task import NewInputs

CHANNELS = (1, 3, 4)  # grey, colour, colour with transparency: the last dimension of an array of pictures


def read_pictures(inputs: Any, spec: Mapping[str, Any]) -> NewInputs:
    """New pictures: paths, a folder, the bytes of one, or arrays of bytes 0..255.

    An array is one picture (h, w) or (h, w, channels), or a stack of them with m in front.
    """
    shape: dict[str, Any] = {"size": tuple(spec["size"]), "channels": spec["channels"]}
    if isinstance(inputs, bytes):
        return _new(("-",), data.read_picture_bytes(inputs, **shape).copy())
    if isinstance(inputs, np.ndarray):
        stack = _stacked(inputs)
        files = [png(picture) for picture in stack]  # the way of every other picture: one decoding for all
        pixels = np.concatenate([data.read_picture_bytes(file, **shape) for file in files])
        return _new(tuple(str(k) for k in range(len(stack))), pixels)
    paths = list(inputs) if isinstance(inputs, Iterable) and not isinstance(inputs, str) else [inputs]
    for path in paths:
        if not isinstance(path, str | os.PathLike):
            raise TypeError(say("inputs: expected paths, the bytes of one picture, or an array of bytes (uint8, "
                                "0..255), got {got}", got=type(path).__name__))
    pixels, ids, failed = data.read_picture_files(paths, **shape)
    if not ids:
        reason = ": ".join(failed[0]) if failed else say("there is no file")
        raise InputError(say("inputs: expected pictures, found none that can be read; {reason}", reason=reason))
    notes = tuple(say("{file} skipped: {reason}", file=file, reason=reason) for file, reason in failed)
    return _new(ids, pixels, notes)


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


def _new(ids: tuple[str, ...], pixels: np.ndarray[Any, Any], notes: tuple[str, ...] = ()) -> NewInputs:
    return NewInputs(ids, in_memory((torch.from_numpy(pixels), torch.zeros(len(ids)))), notes)
