"""A folder of pictures, one folder a class: how most people's pictures lie on the disk.

    shoes/boot/1.jpg            shoes/train/boot/1.jpg
    shoes/boot/red/2.png        shoes/dev/boot/7.jpg       dev may be called val, valid or validation
    shoes/sandal/3.jpg          shoes/test/sandal/9.jpg    official sets are kept as they are

A picture's id is its path inside the folder, with forward slashes, on every system.
"""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wengu.core.checks import InputError, nearest
from wengu.core.i18n import say
from wengu.core.printable import kept_text, printable_repr
from wengu.data.clean_text import clean_name
from wengu.data.decode_once import decode_once
from wengu.data.picture_files import Outcome, Progress, check_shape, files_below, visible
from wengu.data.pictures import SET_NAMES, Pictures

MOST_FAILED = 0.01
"""The share of files that may be unreadable; above it something is wrong with the folder, not with a file."""


@dataclass(frozen=True)
class Place:
    """A file found in the folder, and what its place there says of it."""

    file: Path
    label: str
    set: str


def read_picture_folder(
    folder: str | os.PathLike[str], *, size: tuple[int, int] = (28, 28), channels: int | None = None,
    progress: Progress | None = None,
) -> Pictures:
    """The pictures below a folder of class folders, each scaled whole into `size` = (height, width), see `fit`.

    channels None: 3 if any picture has colour, else 1. A file that cannot be read is named in the notes and skipped.
    More than 256 MB of pixels are decoded once, kept in the cache and mapped from there, see picture_store.

    Raises: InputError if the folder is missing, empty or laid out otherwise, if there is one class only, if dev or
    test has a class that train lacks, or if more than 1 % of the files cannot be read.
    """
    check_shape(size, channels)
    root = Path(folder)
    notes: list[str] = []
    places = _places(root, notes)
    _check_classes(places, root)
    batch, kept = decode_once([place.file for place in places], folder=root.resolve(), size=size, channels=channels,
                              accept=lambda outcome: _check_failed(outcome, places, root), progress=progress)
    if batch.failed:
        notes.append(say("{n} of {m} {m:file|files} could not be read as pictures and were skipped: {named}",
                         n=len(batch.failed), m=len(places), named=_named(batch, places, root)))
    places = [places[i] for i in batch.kept]
    classes = _check_classes(places, root)
    label_of = {name: k for k, name in enumerate(classes)}
    _note_sizes(batch, size, notes)
    return Pictures(
        pixels=batch.pixels,
        labels=np.array([label_of[place.label] for place in places], np.int64),
        classes=classes,
        ids=_ids(places, root),
        set_of=np.array([place.set for place in places]),
        source=kept_text(root.resolve().name),
        notes=tuple(notes),
        kept=kept,
    )


def _places(root: Path, notes: list[str]) -> list[Place]:
    """Every file below a class folder, with its class and set."""
    if not root.exists():
        parent = root.absolute().parent
        siblings = [p.name for p in visible(parent) if p.is_dir()] if parent.is_dir() else []
        near = nearest(root.name, siblings)
        hint = say("; did you mean {near}?", near=root.with_name(near)) if near else ""
        raise InputError(say("{folder}: no such folder{hint}", folder=root, hint=hint))
    if not root.is_dir():
        raise InputError(say("{folder} is a file; expected a folder with a folder of pictures for each class",
                             folder=root))
    folders = [p for p in visible(root) if p.is_dir()]
    by_set = [p for p in folders if clean_name(p.name).lower() in SET_NAMES]
    if by_set and (len(by_set) == len(folders) or len({SET_NAMES[clean_name(p.name).lower()] for p in by_set}) > 1):
        if rest := [p.name for p in folders if p not in by_set]:
            notes.append(say("left out, as neither train, dev nor test: {names}", names=", ".join(rest)))
        if "train" not in {clean_name(p.name).lower() for p in by_set}:
            raise InputError(say("{folder} has {names} but no train; add a train folder, or give the folder of classes",
                                 folder=root, names=", ".join(p.name for p in by_set)))
        return [place for p in by_set for place in _in_classes(p, SET_NAMES[clean_name(p.name).lower()], notes)]
    return _in_classes(root, "", notes)


def _in_classes(folder: Path, set_name: str, notes: list[str]) -> list[Place]:
    inside = visible(folder)
    stray = [p for p in inside if p.is_file()]
    folders = [p for p in inside if p.is_dir()]
    places = [Place(file, clean_name(p.name), set_name) for p in folders for file in files_below(p)]
    if renamed := [f"{printable_repr(p.name)} = {clean_name(p.name)}" for p in folders
                   if clean_name(p.name) != kept_text(p.name)]:
        notes.append(say("class folders whose names have spaces at their ends, or Unicode not in the form NFC: {names}",
                         names=_few(renamed)))
    if not inside:
        raise InputError(say("{folder} is empty; expected a folder of pictures for each class", folder=folder))
    if not places and stray:
        raise InputError(say("{folder}: the files there ({names}) are in no class folder; move each into a folder "
                             "named after its class", folder=folder, names=_few(p.name for p in stray)))
    if not places:
        raise InputError(say("{folder}: its class folders hold no files", folder=folder))
    if stray:
        notes.append(say("left out, as they are in no class folder: {names}", names=_few(map(str, stray))))
    return places


def _check_classes(places: list[Place], root: Path) -> tuple[str, ...]:
    """The classes, by name; those of training where there are official sets."""
    official = any(place.set for place in places)
    classes = sorted({place.label for place in places if place.set == ("train" if official else "")})
    for place in places:
        if place.label not in classes:
            raise InputError(say("{id}: class {label!r} is in {set} but not in train; train has {classes}",
                                 id=_id(place, root), label=place.label, set=place.set, classes=_few(classes)))
    if len(classes) < 2:
        below = [p.name for p in visible(root / classes[0]) if p.is_dir()] if classes and not official else []
        hint = say("; did you mean {near}?", near=root / classes[0]) if len(below) > 1 else ""
        raise InputError(say("{folder}: expected two class folders or more, found {n} ({classes}){hint}", folder=root,
                             n=len(classes), classes=_few(classes), hint=hint))
    return tuple(classes)


def _check_failed(outcome: Outcome, places: list[Place], root: Path) -> None:
    if len(outcome.failed) > MOST_FAILED * len(places):
        raise InputError(say("{folder}: {n} of {m} {m:file|files} cannot be read as pictures, more than 1 %: {named}; "
                             "fix or remove them", folder=root, n=len(outcome.failed), m=len(places),
                             named=_named(outcome, places, root)))


def _named(outcome: Outcome, places: list[Place], root: Path) -> str:
    return _few(f"{_id(places[i], root)} ({reason})" for i, reason in outcome.failed)


def _note_sizes(outcome: Outcome, size: tuple[int, int], notes: list[str]) -> None:
    were = outcome.were
    height, width = size
    if set(were) == {(width, height)}:
        return
    small, large = min(were, key=_area), max(were, key=_area)
    before = _times(small) if len(were) == 1 else say("{small} … {large}", small=_times(small), large=_times(large))
    notes.append(say("resized from {before} to {after}", before=before, after=_times((width, height))))
    if any(w * height != h * width for w, h in were):
        notes.append(say("pictures of another shape were kept whole: bars in the colour of their border fill the rest"))


def _id(place: Place, root: Path) -> str:
    return kept_text(place.file.relative_to(root).as_posix())


def _ids(places: list[Place], root: Path) -> tuple[str, ...]:
    """The paths in Unicode's form NFC, the same on every system; two that would then agree stay as they are."""
    paths = [_id(place, root) for place in places]
    composed = [unicodedata.normalize("NFC", path) for path in paths]
    times = Counter(composed)
    return tuple(new if times[new] == 1 else old for new, old in zip(composed, paths, strict=True))


def _area(size: tuple[int, int]) -> int:
    return size[0] * size[1]


def _times(size: tuple[int, int]) -> str:
    return f"{size[0]}×{size[1]}"


def _few(names: Iterable[str], most: int = 3) -> str:
    """The first few names, and how many more there are."""
    every = list(names)
    rest = say(" and {n} more", n=len(every) - most) if len(every) > most else ""
    return ", ".join(every[:most]) + rest
