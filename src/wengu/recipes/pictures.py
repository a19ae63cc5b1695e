"""The task of sorting pictures into classes: from a folder of class folders, or a data set of the catalogue.

    pixels -> (x - μ)/σ with μ, σ of the training set -> network -> softmax;   J = cross-entropy;   error = share wrong
"""

from __future__ import annotations

import copy
import io
import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import nn

from wengu import data
from wengu.core.batches import Batch, in_memory
from wengu.core.checks import InputError, nearest, one_of
from wengu.core.i18n import say
from wengu.core.old_settings import dropout_of
from wengu.core.run_folder import RunFolder
from wengu.core.seeds import seed_for
from wengu.data import Pictures as PictureSet
from wengu.functions import cross_entropy
from wengu.layers import InputNormalisation
from wengu.practice import ErrorRate
from wengu.recipes import settings as _settings
from wengu.recipes.mapped_pictures import examples_of, normalisation_of
from wengu.recipes.rules import reinitialise
from wengu.recipes.sets import Indices, split_indices
from wengu.recipes.settings import epochs_for
from wengu.recipes.task import NewInputs, Preview, Restored, Split, Task, classes_of
from wengu.vision.convnets import LeNet5

NETWORKS = {"lenet5": LeNet5}
SIZE = (28, 28)  # height and width that the networks read
SHIFT = 1  # pixel
CHANNELS = (1, 3, 4)  # grey, colour, colour with transparency: the last dimension of an array of pictures


def prepare(settings: _settings.Pictures, *, progress: Callable[[int, int], None] | None = None) -> Task:
    """Read the pictures, cut the sets, make the network."""
    pictures = _read(settings.data, progress)
    places = split_indices(len(pictures), labels=pictures.labels, set_of=pictures.set_of, classes=pictures.classes,
                           seed=settings.split_seed)
    sets = {name: _split(pictures, index) for name, index in places.items()}
    augment = settings.augment
    if augment == "auto":
        augment = "shift+flip" if any(e.mirror and e.name == settings.data for e in data.catalogue()) else "shift"
    one_of("augment", augment, ("none", "shift", "shift+flip"))
    spec = {
        "classes": list(pictures.classes),
        "channels": pictures.pixels.shape[1],
        "size": list(pictures.pixels.shape[2:]),
        "dropout": settings.dropout,
    }
    normalisation = normalisation_of(pictures, places["train"])

    def model() -> nn.Module:
        generator = torch.Generator().manual_seed(seed_for(settings.seed, "weights"))
        made = network(settings.network, spec, generator=generator)
        reinitialise(settings, made)
        made[0] = copy.deepcopy(normalisation)
        return _channels_last(made)

    return Task(
        recipe="pictures",
        network=settings.network,
        model=model,
        sets=sets,
        classes=pictures.classes,
        loss_fn=cross_entropy,
        predict=classes_of,
        metric=ErrorRate(),
        spec=spec,
        preview=preview,
        augment=None if augment == "none" else RandomShift(mirror=augment == "shift+flip"),
        chosen={
            **({"augment": augment} if settings.augment == "auto" else {}),
            **({"epochs": epochs_for(len(sets["train"]), most=40)} if settings.epochs is None else {}),
        },
        notes=pictures.notes,
    )


def network(name: str, spec: Mapping[str, Any], *, generator: torch.Generator | None = None) -> nn.Sequential:
    """The model by its name: input normalisation, then the network."""
    channels, classes = spec["channels"], len(spec["classes"])
    body = NETWORKS[one_of("network", name, NETWORKS)](
        classes, channels=channels, dropout=dropout_of(spec), generator=generator
    )
    return nn.Sequential(InputNormalisation(channels), body)


def restore(run: RunFolder) -> Restored:
    """The network of a run, and how it reads new pictures."""
    facts = run.facts()
    spec = facts["spec"]
    example = torch.zeros(1, spec["channels"], *spec["size"], dtype=torch.uint8)
    return Restored(network(facts["network"], spec), partial(read, spec=spec), classes_of, tuple(spec["classes"]),
                    example)


def read(inputs: Any, spec: Mapping[str, Any]) -> NewInputs:
    """New pictures: paths, a folder, the bytes of one, or arrays of bytes 0..255.

    An array is one picture (h, w) or (h, w, channels), or a stack of them with m in front.
    """
    shape: dict[str, Any] = {"size": tuple(spec["size"]), "channels": spec["channels"]}
    if isinstance(inputs, bytes):
        return _new(("-",), data.read_picture_bytes(inputs, **shape).copy())
    if isinstance(inputs, np.ndarray):
        stack = _stacked(inputs)
        files = [_png(picture) for picture in stack]  # the way of every other picture: one decoding for all
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


class RandomShift:
    """Every training picture shifted by up to a pixel each way, and mirrored half of the time where `mirror`.

    The edge comes in from outside as it is (zeros would be a border that no dev picture has). It draws from torch's
    generator, which the loop sets by (seed, step).
    """

    def __init__(self, *, mirror: bool) -> None:
        self.mirror = mirror

    def __call__(self, batch: Batch) -> Batch:
        x, y = batch
        m, _, height, width = x.shape
        offset = torch.randint(-SHIFT, SHIFT + 1, (2, m, 1), device=x.device)
        rows = (torch.arange(height, device=x.device) + offset[0]).clamp_(0, height - 1)
        columns = (torch.arange(width, device=x.device) + offset[1]).clamp_(0, width - 1)
        if self.mirror:
            columns = torch.where(torch.rand(m, 1, device=x.device) < 0.5, columns.flip(1), columns)
        index = torch.arange(m, device=x.device)[:, None, None]
        # an index on dimensions 0, 2, 3 puts channels last; channels come back to dimension 1
        return x[index, :, rows[:, :, None], columns[:, None, :]].movedim(-1, 1), y


def preview(split: Split, i: int) -> Preview:
    """The picture as the network saw it, as a PNG."""
    pixels, _ = split.examples[i]
    return _png(np.moveaxis(pixels.numpy(), 0, 2).squeeze())


def _channels_last(model: nn.Module) -> nn.Module:
    """The same weights with channels innermost in memory: LeNet-5 trains 1.4 times as fast so on a CPU."""
    return model.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def _read(name: str, progress: Callable[[int, int], None] | None) -> PictureSet:
    """A name of the catalogue, else a folder."""
    entries = {entry.name: entry for entry in data.catalogue()}
    if name in entries:
        return data.load(name, size=SIZE, progress=progress)
    path = Path(name).expanduser()
    near = nearest(name, entries)
    if not path.exists() and near and "/" not in name:
        raise InputError(say("data: there is no folder {name}, and no data set of that name; did you mean {near}?",
                             name=name, near=near))
    return data.read_picture_folder(path, size=SIZE, progress=progress)


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


def _png(pixels: np.ndarray[Any, Any]) -> bytes:
    """A picture (h, w) or (h, w, channels) as a PNG."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def _new(ids: tuple[str, ...], pixels: np.ndarray[Any, Any], notes: tuple[str, ...] = ()) -> NewInputs:
    return NewInputs(ids, in_memory((torch.from_numpy(pixels), torch.zeros(len(ids)))), notes)


def _split(pictures: PictureSet, index: Indices) -> Split:
    labels = pictures.labels[index]
    return Split(
        ids=tuple(pictures.ids[i] for i in index),
        examples=examples_of(pictures, index),
        truth=labels,
        source=pictures.source,
    )
