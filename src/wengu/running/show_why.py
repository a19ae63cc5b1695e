"""What spoke for a class, as pictures to look at: each picture in grey, and orange where the network found its reason.

    by      CAM where the network averages its last maps over the places, else occlusion; or as it is asked for
    class   the one that was predicted, or any other: why not that one?

A file for each picture, as the network read it (bars, or the middle, included) and larger, with the class, its
probability and the method below. The maps are those of wengu.vision.interpret; no file is written over.
"""

from __future__ import annotations

import io
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor, nn

from wengu.core.batches import read
from wengu.core.checks import InputError, one_of
from wengu.core.files import make_folders, write_whole
from wengu.core.i18n import say
from wengu.recipes.task import Predictions
from wengu.training.evaluation import device_of
from wengu.vision.interpret import class_activation_map, grad_cam, occlusion_map, overlay

By = Literal["auto", "cam", "grad-cam", "occlusion"]
METHODS: dict[str, tuple[str, Callable[..., Tensor]]] = {
    "cam": ("CAM", class_activation_map), "grad-cam": ("Grad-CAM", grad_cam), "occlusion": ("occlusion", occlusion_map),
}
AT_ONCE = 8
WIDE = 480  # pixels of the longer side that a map is drawn in, about
STRIP = 28  # pixels below it for the words


@dataclass(frozen=True)
class Why:
    """A file that was written: for which class, by which method, and whether anything spoke for the class."""

    file: Path
    of: str
    by: str
    found: bool


def show_why(
    trained: Any, inputs: Any, predictions: Predictions, folder: Path, *, of: str = "", by: By = "auto",
) -> tuple[Why, ...]:
    """Write a map over each of the pictures that `predictions` answer; in their order.

    trained       a loaded run, or published weights
    inputs        what `predictions` were made of: paths, folders, the bytes of one, or arrays
    folder        where the files go; it is made where it is not there
    of            the class that is asked for; by default the one that was predicted for each
    by            the method

    Raises InputError where the run sorts no pictures into classes, for a class that it does not know, for a method that
    its network does not have, and where a file of that name is there already.
    """
    one_of("why-by", by, get_args(By))
    restored = getattr(trained, "restored", None)
    larger = getattr(restored, "larger", None)
    if restored is None or larger is None or predictions.classes is None or predictions.probabilities is None:
        raise InputError(say("show-why: expected a run that sorts pictures into classes; this one reads or answers "
                             "something else"))
    known = {name: c for c, name in enumerate(predictions.classes)}
    names = predictions.labels if not of else (one_of("why-class", of, known),) * len(predictions.ids)
    files = _files(predictions.ids, Path(folder))
    if there := next((file for file in files if os.path.lexists(file)), None):
        raise InputError(say("show-why: {file} is there already; name another folder", file=there))
    x, shown = restored.read(inputs), larger(inputs, _times(restored.example))
    net: nn.Module = restored.model
    made: list[Why] = []
    were_read = set(predictions.ids)
    places = [i for i, one in enumerate(x.ids) if one in were_read]
    for first in range(0, len(places), AT_ONCE):
        at = torch.tensor(places[first:first + AT_ONCE])
        few, seen = read(x.examples, at)[0].to(device_of(net)), read(shown.examples, at)[0]
        classes = torch.tensor([known[one] for one in names[first:first + AT_ONCE]], device=few.device)
        name, maps = _maps(net, few, classes, by)
        for k, (one, pixels) in enumerate(zip(maps, seen, strict=True), first):
            p = float(predictions.probabilities[k, known[names[k]]])
            picture = np.moveaxis(pixels.numpy(), 0, 2).squeeze()
            make_folders(files[k].parent)
            write_whole(files[k], _captioned(overlay(picture, one), names[k], known[names[k]], p, name))
            made.append(Why(files[k], names[k], name, float(one.max()) > 0))
    return tuple(made)


def _maps(net: nn.Module, x: Tensor, classes: Tensor, by: str) -> tuple[str, Tensor]:
    """The method's name, and the maps."""
    if by == "auto":
        try:
            return "CAM", class_activation_map(net, x, classes).cpu()
        except InputError:
            by = "occlusion"
    name, method = METHODS[by]
    return name, method(net, x, classes).cpu()


def _times(example: Any) -> int:
    """So many times as large a picture is drawn as the network reads it."""
    return max(1, math.ceil(WIDE / max(int(n) for n in example.shape[2:])))


def _files(ids: Sequence[str], folder: Path) -> list[Path]:
    """A file for each, below the folder as pictures lie below what they have in common; no two alike."""
    paths = [path.parent.resolve() / path.name for path in (Path("picture" if one == "-" else one) for one in ids)]
    root = os.path.commonpath([path.parent for path in paths])
    made: dict[str, Path] = {}
    for path in paths:
        inner = path.relative_to(root)
        more = (inner.with_name(f"{inner.name}-{n}.png") for n in range(2, len(paths) + 2))
        some = (inner.with_suffix(".png"), inner.with_name(f"{inner.name}.png"), *more)
        free = next(one for one in some if str(one).casefold() not in made)
        made[str(free).casefold()] = folder / free
    return list(made.values())


def _captioned(picture: NDArray[np.uint8], name: str, c: int, p: float, by: str) -> bytes:
    """The picture with a line below it, as a PNG; a name that the font cannot write is the number of its class."""
    told = name if name.isascii() and name.isprintable() else f"#{c}"
    font, wide = ImageFont.load_default(16), picture.shape[1]
    words = f"{told}  {100 * p:.1f} %  {by}"
    while font.getlength(words) > wide - 12 and len(told) > 4:
        told = told[:-1]
        words = f"{told}..  {100 * p:.1f} %  {by}"
    sheet = Image.new("RGB", (wide, picture.shape[0] + STRIP))
    sheet.paste(Image.fromarray(picture))
    ImageDraw.Draw(sheet).text((6, picture.shape[0] + 5), words, fill="white", font=font)
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()
