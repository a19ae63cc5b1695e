"""The catalogue: real data sets by name, fetched from where they live, checked, and kept in a cache.

    load("sample")           6,000 pictures that come with wengu: no download
    load("fashion-mnist")    fetched once, then read from the cache
    get("mnist")             the folder of its files

Every file is known by its length and SHA-256 (`catalogue.toml`), so it does not matter which source served it; how it
is fetched fetch.py says.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from functools import cache as once
from pathlib import Path
from typing import Any, Literal

from wengu.core.checks import one_of
from wengu.data.fetch import HERE, Fetchable, fetched
from wengu.data.picture_files import Progress
from wengu.data.sources import Source
from wengu.data.unpack import Inner
from wengu.data.weights import published_weights


@dataclass(frozen=True, kw_only=True)
class Entry(Fetchable):
    """A data set that the catalogue knows."""

    kind: Literal["npz", "idx", "csv", "rcc", "tar"]
    pictures: int
    size: tuple[int, int]  # (height, width); what photographs, which differ, are brought to by default
    classes: tuple[str, ...]
    brightest: int = 255  # csv: the number that stands for white
    test: int = 0  # pictures of an official test set
    mirror: bool = False  # whether a mirrored picture is still one of its class
    larger: str = ""  # the entry that has more of the same

    @property
    def photographs(self) -> bool:
        """Whether its pictures are photographs in colour."""
        return self.kind == "rcc"


@once
def catalogue() -> tuple[Entry, ...]:
    """Every entry.

    >>> [entry.name for entry in catalogue()]
    ['sample', 'fashion-mnist', 'mnist', 'mnist-5k', 'digits', 'gcompris-photos', 'cifar10']
    """
    with (HERE / "catalogue.toml").open("rb") as file:
        return tuple(_entry(name, table) for name, table in tomllib.load(file).items())


def known_entry(name: str) -> Entry | None:
    """The entry of this name, None where there is none.

    >>> known_entry("sample").pictures, known_entry("my photos")
    (6000, None)
    """
    return next((one for one in catalogue() if one.name == name), None)


def entry(name: str) -> Entry:
    """The entry of this name. Raises: InputError with the nearest name."""
    entries = {e.name: e for e in catalogue()}
    return entries[one_of("data", name, entries)]


def get(
    name: str, *, cache: str | os.PathLike[str] | None = None, progress: Progress | None = None, offline: bool = False
) -> Path:
    """The folder with the entry's files, or those of published weights, fetched if they are not there.

    `progress(done, all)` counts bytes in place. offline: nothing is asked for over a network.

    Raises: InputError naming every source that was tried and why it did not deliver, or a cache that cannot be written.
    """
    known = {one.name: one for one in (*catalogue(), *published_weights())}
    return fetched(known[one_of("data", name, known)], cache=cache, progress=progress, offline=offline)


def _entry(name: str, table: dict[str, Any]) -> Entry:
    table |= {
        "words": {key: table.pop(key) for key in ("what", "licence")},
        "size": tuple(table["size"]),
        "classes": tuple(table["classes"]),
        "files": tuple(Inner(**file) for file in table.get("files", ())),
        "sources": tuple(Source(**source) for source in table.get("sources", ())),
    }
    return Entry(name=name, **table)
