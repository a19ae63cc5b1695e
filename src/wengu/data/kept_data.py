"""What the cache holds: data sets that were fetched, and pictures that were decoded. It is listed, and cleared."""

from __future__ import annotations

import contextlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import filelock

from wengu.core.checks import InputError, one_of
from wengu.core.files import size_below
from wengu.core.i18n import say
from wengu.core.own_folder import cache_folder
from wengu.data.catalogue import catalogue
from wengu.data.picture_store import LOCKS, in_use, locked, store_folder
from wengu.data.weights import published_weights


@dataclass(frozen=True)
class KeptData:
    """A fetched data set or decoded pictures in the cache: name, room, when last used, and from what."""

    name: str
    path: Path
    bytes: int
    origin: str = ""  # of decoded pictures the folder or data set that they came from
    shape: tuple[int, ...] = ()  # theirs, (m, channels, height, width)
    used: float = 0.0  # when they last were, in seconds since 1970
    damaged: bool = False  # so that nobody can tell what it was

    @property
    def decoded(self) -> bool:
        """Whether it can be made again from what is here, without fetching."""
        return self.damaged or bool(self.shape)


def kept() -> tuple[KeptData, ...]:
    """Everything that is kept in the cache, by name."""
    known = (*catalogue(), *published_weights())
    found = [KeptData(entry.name, entry.folder(), size_below(entry.folder())) for entry in known
             if entry.files and entry.folder().is_dir()]
    found += [_decoded(folder) for folder in store_folder().glob("[!.]*") if folder.is_dir() and folder.name != LOCKS]
    return tuple(sorted(found, key=lambda one: (one.name, one.path)))


def _decoded(folder: Path) -> KeptData:
    """What the store's folder says of itself; by the folder's name where that cannot be read."""
    file = folder / "about.json"
    try:
        about = json.loads(file.read_text(encoding="utf-8"))
        m, channels, height, width = map(int, about["shape"])
        return KeptData(str(about["name"]), folder, size_below(folder), str(about["origin"]),
                        (m, channels, height, width), file.stat().st_mtime)
    except (OSError, ValueError, KeyError, TypeError):
        return KeptData(folder.name, folder, size_below(folder), damaged=True)


def clear(name: str | None = None) -> tuple[tuple[KeptData, bool], ...]:
    """Remove what is kept under this name; without one all decoded pictures, and what killed processes have left.

    Each with whether it went: what a process writes or has mapped stays.

    Raises: InputError where nothing of that name is kept; OSError where it cannot be removed.
    """
    here = kept()
    if name is None:
        return tuple((one, _remove(one)) for one in here if one.decoded) + _unfinished()
    if not here:
        raise InputError(say("{name}: nothing is kept in {folder}", name=name, folder=cache_folder()))
    one_of("name", name, {one.name for one in here})
    return tuple((one, _remove(one)) for one in here if one.name == name)


def _remove(one: KeptData) -> bool:
    store, key = one.path.parent, one.path.name
    try:
        with locked(store, key, blocking=False) if one.decoded else contextlib.nullcontext():
            if one.decoded and in_use(one.path):
                return False
            gone = store / f".part-{key}-gone"  # out of sight at once, and swept if we are killed on the way
            one.path.rename(gone)
            shutil.rmtree(gone)
            return True
    except filelock.Timeout:
        return False


def _unfinished() -> tuple[tuple[KeptData, bool], ...]:
    """What killed writers have left, removed."""
    found = []
    for part in store_folder().glob(".part-*"):
        key = part.name.split("-")[1]
        with contextlib.suppress(filelock.Timeout, FileNotFoundError), locked(part.parent, key, blocking=False):
            left = KeptData(say("what a killed process left behind"), part, size_below(part))
            shutil.rmtree(part)
            found.append((left, True))
    return tuple(found)
