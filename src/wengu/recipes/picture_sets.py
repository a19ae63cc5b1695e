"""Pictures as they are read for training, and which of them are in which set."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wengu import data
from wengu.core.checks import InputError, nearest
from wengu.core.i18n import say
from wengu.data.picture_levels import Levels
from wengu.recipes.mapped_pictures import examples_of
from wengu.recipes.sets import Divided, Indices, copies_of, cut
from wengu.recipes.task import Split

if TYPE_CHECKING:
    from wengu.data import Pictures
    from wengu.data.picture_folder import Listing
    from wengu.recipes.picture_settings import OfPictures

MOST_NAMED = 3
MOST_COPIES = 0.5  # where more are copies, what is left would be too little to divide


def read_pictures(
    settings: OfPictures, size: tuple[int, int], levels: Levels | str,
    progress: Callable[[int, int], None] | None,
) -> Pictures:
    """A name of the catalogue, else a folder, or two."""
    name, entries = settings.data, {entry.name: entry for entry in data.catalogue()}
    if name in entries:
        if levels != "full":
            raise InputError(say("levels: expected a folder of pictures of more than 8 bits, {name} has 8; leave it "
                                 "out", name=name))
        if settings.other:
            raise InputError(say("other: expected a folder as --data, which is your own, got {name}", name=name))
        return data.load(name, size=size, progress=progress)
    path = Path(name).expanduser()
    near = nearest(name, entries)
    if not path.exists() and near and "/" not in name:
        raise InputError(say("data: there is no folder {name}, and no data set of that name; did you mean {near}?",
                             name=name, near=near))
    other = Path(settings.other).expanduser() if settings.other else ""
    return data.read_picture_folder(
        path, other=other, size=size, progress=progress,
        levels=(lambda listing: cut_pictures(settings, listing).places["train"]) if levels == "seen" else
        None if isinstance(levels, str) else levels)


def cut_pictures(
    settings: OfPictures, pictures: Pictures | Listing, *, copies: NDArray[np.intp] | None = None
) -> Divided:
    """Which pictures are in which set."""
    ids = pictures.ids
    return cut(settings, ids, set_of=pictures.set_of, labels=pictures.labels, classes=pictures.classes,
               groups=_found("group", settings.group, ids), times=_found("by_time", settings.by_time, ids),
               elsewhere=pictures.elsewhere, sources=pictures.sources, copies=copies)


def copies_in(settings: OfPictures, pictures: Pictures) -> NDArray[np.intp] | None:
    """Of each picture the first that it equals; of one's own folders alone, where nobody has looked, and no groups.

    A picture of one plain colour is a copy of none. Mapped ones are compared by their sums and sums of squares.
    """
    if settings.group or settings.by_time or data.known_entry(settings.data):
        return None
    copies = copies_of(pictures.pixels if pictures.kept is None else pictures.kept.sums, most=MOST_COPIES)
    return None if copies is None else np.where(pictures.constant(), np.arange(len(copies)), copies)


def constant_ones(pictures: Pictures, index: Indices) -> tuple[str, ...]:
    """What is to be said of training pictures of which all pixels are alike."""
    constant = pictures.constant()
    n, m = int(constant[index].sum()), len(index)
    if not n:
        return ()
    cause = (say("; the likely reason is that transparency became white: lay the pictures over a darker background "
                 "first") if 2 * n > m and 2 * pictures.whitened >= constant.sum() else "")
    return (say("{n} of {m} training {m:picture|pictures} {n:is|are} one plain colour, without any shape{cause}", n=n,
                m=m, cause=cause),)


def split_of(pictures: Pictures, index: Indices, groups: tuple[str, ...] | None = None) -> Split:
    """The pictures of these places as a set; `groups` are those that they are of."""
    return Split(
        ids=tuple(pictures.ids[i] for i in index),
        examples=examples_of(pictures, index),
        truth=pictures.labels[index],
        source=pictures.source if pictures.sources is None else tuple(pictures.sources[index].tolist()),
        groups=groups,
    )


def _found(setting: str, pattern: str, ids: Sequence[str]) -> NDArray[np.str_] | None:
    """What a pattern finds in each id, its first group where it has one; None without a pattern."""
    if not pattern:
        return None
    try:
        found = [re.search(pattern, name) for name in ids]
    except re.error as error:
        raise InputError(say("{setting}: {pattern} is no regular expression: {error}", setting=setting,
                             pattern=pattern, error=error)) from None
    if missed := [name for name, match in zip(ids, found, strict=True) if match is None]:
        rest = say(" and {n} more", n=len(missed) - MOST_NAMED) if len(missed) > MOST_NAMED else ""
        raise InputError(say("{setting}: expected {pattern} to match in every name, not so in {names}",
                             setting=setting, pattern=pattern, names=", ".join(missed[:MOST_NAMED]) + rest))
    return np.array([match[match.re.groups > 0] or "" for match in found if match])
