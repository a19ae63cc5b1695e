"""Grey of more than 8 bits as 8 bits: which value becomes black, and which white.

    x' = 255 · (x - low)/(high - low),  cut at 0 and 255

    full     0 and 65535 of whole numbers, 0 and 1 of real ones
    seen     the least and the largest value of all training pictures; the run remembers them, so that pictures of dev,
             test and prediction are stretched alike
    0:4095   those given, such as what a camera of 12 bits can tell apart

A depth camera's 300 of 65,536 values would else end as two levels: what is left is counted, and said. Of colour, and of
grey with transparency, Pillow reads 8 bits alone: no levels can be chosen there, which is said too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import BITSPERSAMPLE, TiffImageFile

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.data.decode_memory import TILE

Levels = tuple[float, float]
"""(low, high): what becomes black, what becomes white."""

FEW = 32
"""Levels of 256; where half of the pictures keep no more of them, it is said."""

SHARE = 0.05
"""Of the pictures; where so many keep FEW levels though most keep more, it is said too."""

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"


def parsed_levels(text: str) -> Levels | str:
    """full, seen, or (low, high).

    >>> parsed_levels("seen"), parsed_levels("0:4095")
    ('seen', (0.0, 4095.0))
    """
    if text in ("full", "seen"):
        return text
    found = re.fullmatch(rf"({_NUMBER}):({_NUMBER})", text)
    if found is None or not -np.inf < float(found[1]) < float(found[2]) < np.inf:
        raise InputError(say("levels: expected full, seen, or what becomes black and what becomes white, such as "
                             "0:4095, got {got}", got=text))
    return float(found[1]), float(found[2])


def is_deep(image: Image.Image) -> bool:
    """Whether its values are whole numbers of more than 8 bits, or real numbers."""
    return image.mode in ("I", "F") or image.mode.startswith("I;16")


def is_cut(image: ImageFile) -> bool:
    """Whether its file has more than 8 bits a channel, of which 8 are read; before it is unpacked."""
    if is_deep(image):
        return False
    if isinstance(image, TiffImageFile):
        return bool(max(image.tag_v2.get(BITSPERSAMPLE, (1,))) > 8)
    args = [tile[3] for tile in image.tile]  # how the decoder is to read it
    if image.format == "PPM":
        return any(isinstance(one, tuple) and one[-1] > 255 for one in args)
    return image.format == "PNG" and any(str(one).endswith(";16B") for one in args)


def cut_note(n: int, m: int) -> str:
    """What is to be said of n pictures among m of which not all bits are read."""
    return say("{n} of {m} {m:picture|pictures} {n:has|have} more than 8 bits a channel in colour or with "
               "transparency, but only 8 are read: convert to 8 bits with the range you want, or to 16-bit grey", n=n,
               m=m)


def full(image: Image.Image) -> Levels:
    """The levels of its format."""
    return (0.0, 1.0) if image.mode == "F" else (0.0, 65535.0)


def extremes(image: Image.Image) -> Levels:
    """The least and the largest value; NaN where one of them is NaN."""
    found = [(float(values.min()), float(values.max())) for _, values in _tiles(image)]
    low, high = np.array(found).T
    return float(low.min()), float(high.max())


def to_8_bits(image: Image.Image, levels: Levels) -> Image.Image:
    """The picture as grey of 8 bits, a tile at a time."""
    grey = Image.new("L", image.size)
    for place, values in _tiles(image):
        grey.paste(Image.fromarray(_scaled(values, levels).astype(np.uint8)), place)
    return grey


@dataclass
class Depth:
    """What became of pictures of more than 8 bits: their range together, and how many levels of 256 each keeps."""

    left: Counter[int] = field(default_factory=Counter)  # levels, and how many pictures keep so many
    low: float = np.inf
    high: float = -np.inf

    def count(self, seen: Levels, levels: Levels) -> None:
        """One picture more: its least and largest value, and what became black and white."""
        black, white = _scaled(np.array(seen), levels)
        self.left[int(white - black) + 1] += 1
        self.low, self.high = min(self.low, seen[0]), max(self.high, seen[1])

    def median(self) -> int:
        """The levels that half of the pictures do not exceed."""
        ordered = sorted(self.left.elements())
        return ordered[(len(ordered) - 1) // 2]

    def notes(self, levels: Levels | None) -> list[str]:
        """What is to be said, and the remedy; `levels` are those asked for."""
        if not self.left or self.low == self.high:
            return []
        found = []
        low, high = f"{self.low:.6g}", f"{self.high:.6g}"
        remedy = (say("--levels LOW:HIGH takes a narrower range of your own") if levels else
                  say("--levels seen stretches the range of the training pictures over all levels, --levels LOW:HIGH "
                      "one of your own"))
        if max(self.left) == 1:
            found.append(say("pictures of more than 8 bits, values {low} to {high}: each is constant once it has 8 "
                             "bits, and there is nothing left to learn from: {remedy}", low=low, high=high,
                             remedy=remedy))
        elif self.median() <= FEW:
            found.append(say("pictures of more than 8 bits, values {low} to {high}: half of them keep no more than "
                             "{left} of 256 levels: {remedy}", low=low, high=high, left=self.median(), remedy=remedy))
        elif (few := sum(n for left, n in self.left.items() if left <= FEW)) >= SHARE * self.left.total():
            found.append(say("{n} of {m} {m:picture|pictures} of more than 8 bits {n:keeps|keep} no more than {few} of "
                             "256 levels, the rest more: are they on another scale? Bring all to one scale", n=few,
                             m=self.left.total(), few=FEW))
        if levels and not levels[0] <= self.low <= self.high <= levels[1]:
            found.append(say("values from {low} to {high} are cut at the levels {black} and {white}", low=low,
                             high=high, black=f"{levels[0]:.6g}", white=f"{levels[1]:.6g}"))
        return found

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"left": sorted(self.left.items()), "low": self.low, "high": self.high} if self.left else {}

    @classmethod
    def of_json(cls, said: Mapping[str, Any]) -> Depth:
        """What `to_json` gave."""
        return cls(Counter(dict(said["left"])), said["low"], said["high"]) if said else cls()


def _scaled(values: NDArray[np.float64], levels: Levels) -> NDArray[np.float64]:
    low, high = levels
    return np.rint((np.clip(values, low, high) - low) * (255 / (high - low)))


def _tiles(image: Image.Image) -> Iterator[tuple[tuple[int, int], NDArray[np.float64]]]:
    """Squares of its values, each with its left upper corner."""
    for y in range(0, image.height, TILE):
        for x in range(0, image.width, TILE):
            tile = image.crop((x, y, min(x + TILE, image.width), min(y + TILE, image.height)))
            yield (x, y), np.asarray(tile, np.float64)
