"""The catalogue: real data sets by name, fetched from where they live, checked, and kept in a cache.

    load("sample")           6,000 pictures that come with wengu: no download
    load("fashion-mnist")    fetched once, then read from the cache
    get("mnist")             the folder of its files

Every file is known by its length and SHA-256 (`catalogue.toml`), so it does not matter which source served it. They
are fetched into a temporary folder beside the cache's own, which takes its place only when every file is right: a
`get` that is interrupted leaves nothing, and of two at the same time the first to finish wins.

Where the cache is own_folder.py says. Its data sets may be shared by several users, for each file is checked each time.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache as once
from pathlib import Path
from typing import Any, Literal

from wengu.core.checks import InputError, one_of
from wengu.core.files import sha256
from wengu.core.i18n import language, say
from wengu.core.own_folder import cache_folder
from wengu.data.picture_files import Progress
from wengu.data.sources import NoAnswer, Source
from wengu.data.unpack import Inner, Refused

HERE = Path(__file__).parent
PART = ".part-"
A_DAY = 86_400


@dataclass(frozen=True)
class Entry:
    """A data set that the catalogue knows."""

    name: str
    kind: Literal["npz", "idx", "csv"]
    pictures: int
    size: tuple[int, int]  # (height, width)
    classes: tuple[str, ...]
    words: Mapping[str, Mapping[str, str]]
    files: tuple[Inner, ...] = ()
    sources: tuple[Source, ...] = ()
    brightest: int = 255  # csv: the number that stands for white
    test: int = 0  # pictures of an official test set
    mirror: bool = False  # whether a mirrored picture is still one of its class
    larger: str = ""  # the entry that has more of the same

    @property
    def what(self) -> str:
        """What it is, in the language spoken now."""
        return self.words["what"][language()]

    @property
    def licence(self) -> str:
        """Under what terms it may be used."""
        return self.words["licence"][language()]

    @property
    def bytes(self) -> int:
        """The room it takes in the cache; 0 if it comes with wengu."""
        return sum(file.size for file in self.files)

    def folder(self, cache: str | os.PathLike[str] | None = None) -> Path:
        """Where its files lie once they are there."""
        return Path(cache or cache_folder()) / self.name if self.files else HERE / self.name

    def is_here(self, cache: str | os.PathLike[str] | None = None) -> bool:
        """Whether `get` would find it without a download, by the lengths of its files."""
        return all(_length(self.folder(cache) / file.name) == file.size for file in self.files)


@once
def catalogue() -> tuple[Entry, ...]:
    """Every entry.

    >>> [entry.name for entry in catalogue()]
    ['sample', 'fashion-mnist', 'mnist', 'mnist-5k', 'digits']
    """
    with (HERE / "catalogue.toml").open("rb") as file:
        return tuple(_entry(name, table) for name, table in tomllib.load(file).items())


def entry(name: str) -> Entry:
    """The entry of this name. Raises: InputError with the nearest name."""
    entries = {e.name: e for e in catalogue()}
    return entries[one_of("data", name, entries)]


def get(
    name: str, *, cache: str | os.PathLike[str] | None = None, progress: Progress | None = None, offline: bool = False
) -> Path:
    """The folder with the entry's files, fetched if they are not there; their sums are checked each time.

    `progress(done, all)` counts bytes in place. offline: nothing is asked for over a network.

    Raises: InputError naming every source that was tried and why it did not deliver, or a cache that cannot be written.
    """
    wanted = entry(name)
    folder = wanted.folder(cache)
    if _complete(folder, wanted.files):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep_old(folder.parent)
        reasons = []
        for source in wanted.sources:
            if offline and source.needs_network:
                continue
            reason = _get_from(source, wanted, folder, progress)
            if reason is None:
                return folder
            reasons.append(f"[{source}] {reason}")
    except OSError as error:
        raise InputError(say("{folder} cannot be written: {error}. WENGU_CACHE names another place for the cache",
                             folder=folder, error=error)) from error
    if offline:
        reasons.append(say("the network was not used, because offline was requested"))
    raise InputError(say("{name}: not in the cache, and no source has it: {reasons}. Or run `wengu data get {name}` "
                         "on a machine that can fetch it, and copy its folder to {folder}",
                         name=name, reasons="; ".join(reasons), folder=folder))


def _get_from(source: Source, wanted: Entry, folder: Path, progress: Progress | None) -> str | None:
    """Fetch into the folder whole and return None, or leave nothing and return the reason."""
    done = 0

    def tick(n: int) -> None:
        nonlocal done
        done += n
        if progress:
            progress(done, wanted.bytes)

    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=PART) as part:
        inside = Path(part) / folder.name
        inside.mkdir()
        try:
            source.deliver(wanted.files, inside, tick=tick)
        except (NoAnswer, Refused) as error:
            return str(error)
        try:
            inside.rename(folder)
        except OSError:  # something stands there: what another `get` has just fetched, or a damaged copy
            if not _complete(folder, wanted.files):
                folder.rename(Path(part) / "damaged")
                inside.rename(folder)
    return None


def _complete(folder: Path, files: tuple[Inner, ...]) -> bool:
    """Whether every file is there with its length and its sum."""
    return all(_length(folder / f.name) == f.size and sha256(folder / f.name) == f.sha256 for f in files)


def _length(file: Path) -> int:
    return file.stat().st_size if file.is_file() else -1


def _sweep_old(folder: Path) -> None:
    """Remove what a killed `get` left; one that runs now is younger than a day."""
    for part in folder.glob(f"{PART}*"):
        if part.stat().st_mtime < time.time() - A_DAY:
            shutil.rmtree(part, ignore_errors=True)


def _entry(name: str, table: dict[str, Any]) -> Entry:
    table |= {
        "words": {key: table.pop(key) for key in ("what", "licence")},
        "size": tuple(table["size"]),
        "classes": tuple(table["classes"]),
        "files": tuple(Inner(**file) for file in table.get("files", ())),
        "sources": tuple(Source(**source) for source in table.get("sources", ())),
    }
    return Entry(name, **table)
