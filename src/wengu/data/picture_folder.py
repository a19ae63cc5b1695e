"""A folder of pictures, one folder a class, decoded: see picture_places.py for how it may be laid out.

With a second folder, of the same classes, its pictures come from elsewhere: their ids begin with its name.
"""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import InputError, nearest
from wengu.core.i18n import say
from wengu.core.printable import kept_text
from wengu.data.decode_once import decode_once
from wengu.data.picture_decode import NotAPicture
from wengu.data.picture_files import Outcome, Progress, check_shape, ranges_of, visible
from wengu.data.picture_levels import Levels, cut_note
from wengu.data.picture_places import Place, few, id_of, places_in
from wengu.data.pictures import Pictures

MOST_FAILED = 0.01
"""The share of files that may be unreadable; above it something is wrong with the folder, not with a file."""

Training = Callable[["Listing"], NDArray[np.intp]]
"""Of what is known of pictures before they are decoded the places of those to train on."""


@dataclass(frozen=True, eq=False)
class Listing:
    """What is known of pictures by where they lie: the classes, and of each its id, label, set, and source."""

    classes: tuple[str, ...]
    ids: tuple[str, ...]
    labels: NDArray[np.int64]
    set_of: NDArray[np.str_]
    sources: NDArray[np.str_] | None  # None where all are from one folder
    source: str = ""  # one's own

    @property
    def elsewhere(self) -> NDArray[np.bool_] | None:
        """(m,) whether each is from the other folder."""
        return None if self.sources is None else self.sources != self.source


def read_picture_folder(
    folder: str | os.PathLike[str],
    *,
    other: str | os.PathLike[str] = "",
    size: tuple[int, int] = (28, 28),
    channels: int | None = None,
    levels: Levels | Training | None = None,
    progress: Progress | None = None,
) -> Pictures:
    """The pictures below a folder of class folders, each scaled whole into `size` = (height, width), see `fit`.

    other is a second folder, of pictures from elsewhere in classes of the first. channels None: 3 if any picture has
    colour, else 1. A file that cannot be read is named in the notes and skipped.
    levels is what becomes black and white where files have more than 8 bits, None as their format says, or a function
    that chooses the training pictures, whose range is then taken: all files are read twice.
    More than 256 MB of pixels are decoded once, kept in the cache and mapped from there, see picture_store.

    Raises: InputError if a folder is missing, empty or laid out otherwise, if there is one class only, if dev, test or
    the other folder has a class that train lacks, or if more than 1 % of the files cannot be read.
    """
    check_shape(size, channels)
    root = Path(folder)
    notes: list[str] = []
    places = places_in(root, notes)
    _check_classes(places, root)
    if os.fspath(other):
        places += _elsewhere(Path(other), root, {place.label for place in places}, notes)
    names = _Names(root, Path(other) if os.fspath(other) else None)
    if callable(levels):
        levels = _seen(levels, places, names, progress)
        notes.append(say("the range of the training pictures: {low} is black and {high} white", low=f"{levels[0]:.6g}",
                         high=f"{levels[1]:.6g}"))
    batch, kept = decode_once([place.file for place in places], folder=root.resolve(), size=size, channels=channels,
                              levels=levels, accept=lambda outcome: _check_failed(outcome, places, names),
                              progress=progress)
    if batch.failed:
        notes.append(say("{n} of {m} {m:file|files} could not be read as pictures and were skipped: {named}",
                         n=len(batch.failed), m=len(places), named=_named(batch, places, names)))
    places = [places[i] for i in batch.kept]
    listing = names.listing(places)
    _note_sizes(batch, size, notes)
    if levels and not batch.depth.left:
        raise InputError(say("levels: expected grey pictures without transparency of more than 8 bits, {folder} has "
                             "none; convert them to that, or leave levels out", folder=root))
    notes += [cut_note(len(batch.cut), len(places))] if batch.cut else []
    notes += batch.depth.notes(levels)
    return Pictures(
        pixels=batch.pixels,
        labels=listing.labels,
        classes=listing.classes,
        ids=listing.ids,
        set_of=listing.set_of,
        source=listing.source,
        sources=listing.sources,
        notes=tuple(notes),
        kept=kept,
        levels=levels,
        whitened=len(batch.whitened),
    )


@dataclass(frozen=True)
class _Names:
    """What pictures of one folder, or of two, are called."""

    root: Path
    other: Path | None

    @property
    def sources(self) -> tuple[str, str]:
        """One's own folder and the other, which differ."""
        own, other = (kept_text(one.resolve().name) if one else "" for one in (self.root, self.other))
        return own, f"../{other}" if own == other else other

    def id_of(self, place: Place) -> str:
        """Its path inside its folder; that of a picture from elsewhere begins with the folder's name."""
        if place.elsewhere and self.other:
            return f"{self.sources[1]}/{id_of(place, self.other)}"
        return id_of(place, self.root)

    def listing(self, places: list[Place]) -> Listing:
        """All that is known of these."""
        classes = _check_classes([place for place in places if not place.elsewhere], self.root)
        label_of, sources = {name: k for k, name in enumerate(classes)}, self.sources
        return Listing(
            classes,
            _ids([self.id_of(place) for place in places]),
            np.array([label_of[place.label] for place in places], np.int64),
            np.array([place.set for place in places], dtype=np.str_),
            np.array([sources[place.elsewhere] for place in places]) if self.other else None,
            sources[0],
        )


def _elsewhere(other: Path, root: Path, classes: set[str], notes: list[str]) -> list[Place]:
    """The pictures of the other folder. Raises InputError for a class that one's own lacks."""
    own, real = root.resolve(), other.resolve()
    if own.is_relative_to(real) or real.is_relative_to(own):
        raise InputError(say("other: {other} and --data {folder} are one in the other; give two folders apart",
                             other=other, folder=root))
    told: list[str] = []
    found = [replace(place, elsewhere=True) for place in places_in(other, told)]
    notes += [f"{other}: {note}" for note in told]
    if unknown := sorted({place.label for place in found} - classes):
        near = nearest(unknown[0], classes)
        hint = say("; did you mean {near}?", near=near) if near else ""
        raise InputError(say("other: {other} has the class {name!r}, which {folder} lacks; it has {classes}{hint}",
                             other=other, name=unknown[0], folder=root, classes=few(sorted(classes)), hint=hint))
    if sets := sorted({place.set for place in found} - {"", "train", "train-dev"}):
        notes.append(say("{other}: its {sets} train too, for dev and test are of {folder} alone", other=other,
                         sets=", ".join(sets), folder=root))
        found = [replace(place, set="") for place in found]
    return found


def _seen(training: Training, places: list[Place], names: _Names, progress: Progress | None) -> Levels:
    """The least and the largest value of all training pictures."""
    found = ranges_of([place.file for place in places], progress=progress)
    read = [i for i, one in enumerate(found) if not isinstance(one, NotAPicture)]
    chosen = training(names.listing([places[i] for i in read]))
    ranges = [one for i in chosen if (one := found[read[i]]) and not isinstance(one, NotAPicture)]
    if not ranges:
        raise InputError(say("levels: expected grey training pictures without transparency of more than 8 bits, "
                             "{folder} has none; convert them to that, or leave levels out", folder=names.root))
    low, high = min(low for low, _ in ranges), max(high for _, high in ranges)
    if low == high:
        raise InputError(say("levels: expected training pictures of several values, all of {folder} have {value}",
                             folder=names.root, value=f"{low:.6g}"))
    return low, high


def _check_classes(places: list[Place], root: Path) -> tuple[str, ...]:
    """The classes, by name; those of training where there are official sets."""
    official = any(place.set for place in places)
    classes = sorted({place.label for place in places if place.set == ("train" if official else "")})
    for place in places:
        if place.label not in classes:
            raise InputError(say("{id}: class {label!r} is in {set} but not in train; train has {classes}",
                                 id=id_of(place, root), label=place.label, set=place.set, classes=few(classes)))
    if len(classes) < 2:
        below = [p.name for p in visible(root / classes[0]) if p.is_dir()] if classes and not official else []
        hint = say("; did you mean {near}?", near=root / classes[0]) if len(below) > 1 else ""
        raise InputError(say("{folder}: expected two class folders or more, found {n} ({classes}){hint}", folder=root,
                             n=len(classes), classes=few(classes), hint=hint))
    return tuple(classes)


def _check_failed(outcome: Outcome, places: list[Place], names: _Names) -> None:
    if len(outcome.failed) > MOST_FAILED * len(places):
        raise InputError(say("{folder}: {n} of {m} {m:file|files} cannot be read as pictures, more than 1 %: {named}; "
                             "fix or remove them", folder=names.root, n=len(outcome.failed), m=len(places),
                             named=_named(outcome, places, names)))


def _named(outcome: Outcome, places: list[Place], names: _Names) -> str:
    return few(f"{names.id_of(places[i])} ({reason})" for i, reason in outcome.failed)


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


def _ids(paths: list[str]) -> tuple[str, ...]:
    """The paths in Unicode's form NFC, the same on every system; two that would then agree stay as they are."""
    composed = [unicodedata.normalize("NFC", path) for path in paths]
    times = Counter(composed)
    return tuple(new if times[new] == 1 else old for new, old in zip(composed, paths, strict=True))


def _area(size: tuple[int, int]) -> int:
    return size[0] * size[1]


def _times(size: tuple[int, int]) -> str:
    return f"{size[0]}×{size[1]}"
