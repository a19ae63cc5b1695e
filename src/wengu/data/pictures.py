"""Pictures: a labelled set of pictures of one size, as every reader of pictures returns it.

    pixels   (m, channels, height, width)  uint8, 0..255, channels 1 (grey) or 3 (red, green, blue)
    labels   (m,)  int64, labels[i] = k means classes[k]
    set_of   (m,)  'train', 'train-dev', 'dev' or 'test' where the source comes with official sets; '' = not assigned
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.data.picture_store import Kept

SETS = ("train", "train-dev", "dev", "test", "")  # '' = not assigned


@dataclass(frozen=True, eq=False)
class Pictures:
    """m pictures with their labels. `ids` never change between two readings of the same source.

    Raises: TypeError if pixels are not uint8; InputError if the parts do not belong together.

    >>> grey, sets = np.zeros((3, 1, 28, 28), np.uint8), np.array(["train", "train", "test"])
    >>> p = Pictures(grey, np.array([0, 1, 1]), ("cat", "dog"), ("a", "b", "c"), sets, source="pets")
    >>> len(p), p.size, p.counts(), p.take([2, 0]).ids
    (3, (28, 28), {'cat': 1, 'dog': 2}, ('c', 'a'))
    """

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    ids: tuple[str, ...]
    set_of: NDArray[np.str_]
    source: str
    notes: tuple[str, ...] = ()
    """Sentences for the user: what was resized, skipped or left out while reading."""
    kept: Kept | None = None
    """Where the pixels are mapped from the store: their key there, which their content decides, and their sums."""
    levels: tuple[float, float] | None = None
    """What was asked to become black and white, or was seen, in files of more than 8 bits."""
    sources: NDArray[np.str_] | None = None
    """(m,) the folder that each is from, where there are two: one's own, which is `source`, and another."""
    whitened: int = 0
    """How many of the files have transparency, and are all white once it is laid over white."""

    def __post_init__(self) -> None:
        if self.pixels.dtype != np.uint8:
            raise TypeError(f"pixels: expected uint8, got {self.pixels.dtype}")
        if self.pixels.ndim != 4 or self.pixels.shape[1] not in (1, 3):
            raise InputError(
                say("pixels: expected the shape (m, 1 or 3, height, width), got {got}", got=self.pixels.shape)
            )
        m = len(self.pixels)
        for name, part in (("labels", self.labels), ("ids", self.ids), ("set_of", self.set_of),
                           ("sources", self.sources)):
            if part is not None and len(part) != m:
                raise InputError(say("{name}: expected {m}, one a picture, got {got}", name=name, m=m, got=len(part)))
        if m and not np.isin(self.labels, range(len(self.classes))).all():
            raise InputError(say("labels: expected numbers from 0 to {top}, got {got}", top=len(self.classes) - 1,
                                 got=f"{self.labels.min()} .. {self.labels.max()}"))
        if not np.isin(self.set_of, SETS).all():
            raise InputError(say("set_of: expected train, train-dev, dev, test or nothing, got {got}",
                                 got=", ".join(sorted(set(self.set_of.tolist()) - set(SETS)))))

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def elsewhere(self) -> NDArray[np.bool_] | None:
        """(m,) whether each is from the other folder, where there are two."""
        return None if self.sources is None else self.sources != self.source

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)"""
        return self.pixels.shape[2], self.pixels.shape[3]

    @property
    def channels(self) -> int:
        """1 for grey, 3 for colour."""
        return int(self.pixels.shape[1])

    def counts(self) -> dict[str, int]:
        """How many pictures each class has, in the order of `classes`."""
        of_label = np.bincount(self.labels, minlength=len(self.classes))
        return {name: int(n) for name, n in zip(self.classes, of_label, strict=True)}

    def constant(self) -> NDArray[np.bool_]:
        """(m,) whether all pixels of a picture are alike; of mapped ones by their sums."""
        if self.kept is not None:
            n, (once, squared) = self.size[0] * self.size[1], np.moveaxis(self.kept.sums, 2, 0)
            found = (once % n == 0) & (squared == n * (once // n) ** 2)  # Σ x² = n μ²: no variance
        else:
            flat = self.pixels.reshape(*self.pixels.shape[:2], -1)
            found = flat.min(axis=2) == flat.max(axis=2)
        return np.asarray(found.all(axis=1))

    def take(self, index: Any) -> Pictures:
        """The pictures at these places: anything that indexes a numpy array, a mask included. Classes stay all."""
        places = np.arange(len(self))[index]
        return replace(self, pixels=self.pixels[places], labels=self.labels[places], set_of=self.set_of[places],
                       sources=None if self.sources is None else self.sources[places],
                       ids=tuple(self.ids[i] for i in places), kept=None)
