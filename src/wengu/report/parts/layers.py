"""What the network sees: filters of its layers, what they give for a picture, and how much of it one number sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wengu.core.i18n import say
from wengu.report.parts.gallery import SMALL, data_address


@dataclass(frozen=True)
class SeenLayer:
    """A convolution: its maps (n, h, w), the receptive field of a number in them, and PNGs of the first `shown`."""

    name: str
    shape: tuple[int, int, int]
    field: tuple[float, ...]
    filters: bytes
    maps: bytes
    shown: int


@dataclass(frozen=True)
class SeenLayers:
    """Of the picture with this id, a PNG of (height, width) as the network takes it."""

    id: str
    picture: bytes
    size: tuple[int, ...]
    layers: Sequence[SeenLayer]


def layers(seen: SeenLayers | None) -> dict[str, Any] | None:
    """The section; none where no layer gives maps."""
    if seen is None or not seen.layers:
        return None
    h, w = seen.size
    return {
        "title": say("What the network sees"),
        "look": say("Of each layer the filters, and then the maps that they give for a picture of dev: grey is 0, "
                    "white the largest, black its negative. Are filters of the first layer smooth, or still the noise "
                    "that they began as? Are there maps that are grey all over, so that a filter is for nothing? Does "
                    "the last layer see as much as what is to be told apart?"),
        "rows": [_row(one, k) for k, one in enumerate(seen.layers)],
        "picture": data_address(seen.picture) if seen.picture else "",
        "sharp": max(h, w) <= SMALL,
        "alt": seen.id,
        "caption": say("{id}, {size}, and what a number in the middle of each layer sees", id=seen.id,
                       size=f"{h} × {w}"),
        "box": f"0 0 {w} {h}",
        "fields": [_frame(one.field, h, w, k) for k, one in enumerate(seen.layers)
                   if len(one.field) == 2 and (one.field[0] < h or one.field[1] < w)],
    }


def _row(one: SeenLayer, k: int) -> dict[str, Any]:
    sees = " × ".join(f"{r:g}" for r in one.field) or say("all")
    told = say("{n} {n:map|maps} of {size}; a number of them sees {sees}", n=one.shape[0],
               size=" × ".join(map(str, one.shape[1:])), sees=sees)
    return {
        "name": one.name,
        "tone": k,
        "told": told if one.shown == one.shape[0] else f"{told}. {say('The first {n}:', n=one.shown)}",
        "filters": data_address(one.filters),
        "of_filters": say("filters of {layer}", layer=one.name),
        "maps": data_address(one.maps),
        "of_maps": say("maps of {layer}", layer=one.name),
    }


def _frame(field: tuple[float, ...], h: int, w: int, tone: int) -> dict[str, Any]:
    """A square about the middle, as far as it is on the picture."""
    tall, wide = min(field[0], h), min(field[1], w)
    return {"x": (w - wide) / 2, "y": (h - tall) / 2, "w": wide, "h": tall, "tone": tone}
