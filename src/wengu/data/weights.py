"""Trained weights by name: fetched, checked and kept as the data sets of the catalogue are.

    published("mobilenet_v2")       the entry: which network, how its pictures are read
    get("mobilenet_v2")             the folder of its file
    imagenet_classes()              the 1,000 names, in the order of the outputs

The file is known by its SHA-256 (`weights.toml`). The names are WordNet's first word of each class of the contest of
2012 (Russakovsky et al. 2015, arXiv:1409.0575); cranes and maillots say which of the two they are.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache as once
from typing import Any

from wengu.core.checks import one_of
from wengu.data.fetch import HERE, Fetchable
from wengu.data.sources import Source
from wengu.data.unpack import Inner


@dataclass(frozen=True, kw_only=True)
class PublishedWeights(Fetchable):
    """Weights that somebody has trained and published, and how the network that they are for reads pictures."""

    network: str
    format: str
    size: tuple[int, int]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    middle: float  # of the shorter side of a picture, which is what it sees
    examples: int  # that it learned from
    transfer_size: tuple[int, int]  # that pictures are brought to where another task begins with these weights
    options: Mapping[str, Any] = field(default_factory=dict)  # of the network: the form that they are of
    lacks: tuple[str, ...] = ()  # modules of the network that they do not have
    bgr: bool = False  # whether the first filters are for blue, green, red


@once
def published_weights() -> tuple[PublishedWeights, ...]:
    """Every entry.

    >>> [entry.name for entry in published_weights()]
    ['mobilenet_v2', 'squeezenet', 'vgg16']
    """
    with (HERE / "weights.toml").open("rb") as file:
        return tuple(_entry(name, table) for name, table in tomllib.load(file).items())


def known_weights(name: str) -> PublishedWeights | None:
    """The entry of this name, None where there is none.

    >>> known_weights("mobilenet_v2").size, known_weights("lenet5")
    ((224, 224), None)
    """
    return next((one for one in published_weights() if one.name == name), None)


def published(name: str) -> PublishedWeights:
    """The entry of this name. Raises: InputError with the nearest name."""
    entries = {entry.name: entry for entry in published_weights()}
    return entries[one_of("weights", name, entries)]


@once
def imagenet_classes() -> tuple[str, ...]:
    """The names of the 1,000 classes.

    >>> imagenet_classes()[967], imagenet_classes()[281]
    ('espresso', 'tabby')
    """
    lines = (HERE / "imagenet_classes.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line.partition(" ")[2] for line in lines)


def _entry(name: str, table: dict[str, Any]) -> PublishedWeights:
    table |= {
        "words": {key: table.pop(key) for key in ("what", "licence")},
        "files": tuple(Inner(**file) for file in table["files"]),
        "sources": tuple(Source(**source) for source in table["sources"]),
        **{key: tuple(table[key]) for key in ("size", "mean", "std", "transfer_size")},
        "lacks": tuple(table.get("lacks", ())),
    }
    return PublishedWeights(name=name, **table)
