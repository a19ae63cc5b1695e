"""Fetching: files of a known length and SHA-256 from the first source that has them, whole or not at all.

They are fetched into a temporary folder beside the cache's own, which takes its place only when every file is right: a
fetch that is interrupted leaves nothing, and of two at the same time the first to finish wins. Before any other source
comes the folder that WENGU_MIRROR names: `NAME/` in it may hold the files as a cache does.

Where the cache is own_folder.py says. What lies there may be shared by several users, for each file is checked each
time.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wengu.core.checks import InputError
from wengu.core.files import sha256
from wengu.core.i18n import language, say
from wengu.core.own_folder import cache_folder
from wengu.data.picture_files import Progress
from wengu.data.sources import NoAnswer, Source, mirror_folder
from wengu.data.unpack import Inner, Refused

HERE = Path(__file__).parent
PART = ".part-"
A_DAY = 86_400


@dataclass(frozen=True, kw_only=True)
class Fetchable:
    """Something that is known by name: its files, where they come from, and its words in both languages."""

    name: str
    words: Mapping[str, Mapping[str, str]]
    files: tuple[Inner, ...] = ()
    sources: tuple[Source, ...] = ()

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
        """Whether it would be found without a download, by the lengths of its files."""
        return all(_length(self.folder(cache) / file.name) == file.size for file in self.files)


def fetched(
    wanted: Fetchable, *, cache: str | os.PathLike[str] | None = None, progress: Progress | None = None,
    offline: bool = False,
) -> Path:
    """The folder with its files, fetched if they are not there; their sums are checked each time.

    `progress(done, all)` counts bytes in place. offline: nothing is asked for over a network.

    Raises: InputError naming every source that was tried and why it did not deliver, or a cache that cannot be written.
    """
    folder = wanted.folder(cache)
    if _complete(folder, wanted.files):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep_old(folder.parent)
        reasons = []
        for source in (*[Source("mirror", wanted.name)] * (mirror_folder() is not None), *wanted.sources):
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
                         "on a machine that can fetch it, and copy its folder to {folder}, or into one that "
                         "WENGU_MIRROR names",
                         name=wanted.name, reasons="; ".join(reasons), folder=folder))


def _get_from(source: Source, wanted: Fetchable, folder: Path, progress: Progress | None) -> str | None:
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
