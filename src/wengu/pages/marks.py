"""What a figure is drawn of: plain data, to which the browser gives pixels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

from wengu.core.written import written

Tone = Literal["1", "2", "3", "4", "5", "6", "quiet", "good", "bad"]
"A colour of the page's palette: six to distinguish things by, the others for what their names say."

Mark = dict[str, Any]
Row = Iterable[float]
SURE = 0.9999  # of a shaded place at most: 1 would be the next class
Grows = bool | Row
"Whether a mark is drawn as far as the steps have come: a point a step, or each at the step, from 0, that stands here."


def line(
    x: Row,
    y: Row,
    *,
    label: str = "",
    tone: Tone = "1",
    dash: bool = False,
    wide: bool = False,
    grows: Grows = False,
) -> Mark:
    """A curve; NaN breaks it."""
    return {"mark": "line", "x": x, "y": y, "label": label, "tone": tone, "dash": dash, "wide": wide} | _growing(grows)


def stairs(edges: Row, y: Row, **look: Any) -> Mark:
    """Values that hold from edge to edge, one edge more than values: what changes in jumps, or a histogram's outline.

    >>> stairs([0, 1, 2], [5, 7])["x"], stairs([0, 1, 2], [5, 7])["y"]
    ([0, 1, 1, 2], [5, 5, 7, 7])
    """
    edges = list(edges)
    return line([x for pair in pairwise(edges) for x in pair], [v for v in y for _ in range(2)], **look)


def dots(x: Row, y: Row, *, label: str = "", tone: Tone | Sequence[Tone] = "1", size: float = 4,
         grows: Grows = False) -> Mark:
    """Points; a tone for all, or one each."""
    return {"mark": "dots", "x": x, "y": y, "label": label, "tone": tone if isinstance(tone, str) else list(tone),
            "size": size} | _growing(grows)


def bars(names: Iterable[str | float], y: Row, *, label: str = "", tone: Tone | Sequence[Tone] = "1") -> Mark:
    """A bar for each name, side by side with those of other bar marks of the panel."""
    return {"mark": "bars", "names": [str(name) for name in names], "y": y, "label": label,
            "tone": tone if isinstance(tone, str) else list(tone)}


def histogram(edges: Row, counts: Row, *, label: str = "", tone: Tone = "1") -> Mark:
    """Counts between edges, one edge more than counts."""
    return {"mark": "histogram", "edges": edges, "counts": counts, "label": label, "tone": tone}


def band(x: Row, low: Row, high: Row, *, label: str = "", tone: Tone = "quiet") -> Mark:
    """The area between two curves."""
    return {"mark": "band", "x": x, "low": low, "high": high, "label": label, "tone": tone}


def field_of(
    z: Iterable[Row],
    *,
    x: tuple[float, float],
    y: tuple[float, float],
    kind: Literal["heat", "contour", "picture", "colour", "classes"] = "contour",
    diverging: bool = False,
    log: bool = False,
    label: str = "",
) -> Mark:
    """Values over a rectangle, z[row][column] with row 0 at y[0]: colours, level lines, or a grey picture.

    Of a picture row 0 is on top, black is 0 or the smallest below it, and white is the largest, at least 1, or 255 of
    bytes. `diverging` puts white at 0. `classes` shades by tone: a value is the number of the likeliest class, from 0,
    and the probability that it has. `label` names the values, of which a reader who points at the surface is told.
    """
    return {"mark": "field", "z": z, "x": list(x), "y": list(y), "kind": kind, "diverging": diverging, "log": log,
            "label": label}


def shaded(p: Any, *, x: tuple[float, float], y: tuple[float, float], label: str, classes: Sequence[int]) -> Mark:
    """Each place in the tone of its likeliest class, the deeper the surer; p is (rows, columns, these classes).

    >>> import numpy as np
    >>> shaded(np.array([[[0.75, 0.25], [0.1, 0.9]]]), x=(0, 1), y=(0, 1), label="p", classes=[0, 2])["z"].tolist()
    [[0.75, 2.9]]
    """
    import numpy as np

    z = np.array(classes)[p.argmax(-1)] + p.max(-1).clip(None, SURE)
    return field_of(z, x=x, y=y, kind="classes", label=label)


def photograph(rgb: Any, *, x: tuple[float, float], y: tuple[float, float], label: str = "") -> Mark:
    """A picture in its colours: rgb (rows, columns, 3) from 0 to 1, sent as one number a pixel, 0xrrggbb.

    >>> import numpy as np
    >>> hex(photograph(np.array([[[1.0, 0.5, 0.0]]]), x=(0, 1), y=(0, 1))["z"][0][0])
    '0xff8000'
    """
    import numpy as np

    z = np.rint(255 * np.clip(np.asarray(rgb), 0, 1)).astype(int) @ [1 << 16, 1 << 8, 1]
    return field_of(z.tolist(), x=x, y=y, kind="colour", label=label)


def rule(*, x: float | None = None, y: float | None = None, label: str = "", tone: Tone = "quiet",
         dash: bool = True) -> Mark:
    """A straight line across the panel."""
    return {"mark": "rule", "x": x, "y": y, "label": label, "tone": tone, "dash": dash}


def note(
    x: float, y: float, text: str, *, tone: Tone = "quiet", anchor: Literal["start", "middle", "end"] = "start"
) -> Mark:
    """Words at a point of the panel."""
    return {"mark": "note", "x": x, "y": y, "text": text, "tone": tone, "anchor": anchor}


def arrows(
    x: Row,
    y: Row,
    dx: Row,
    dy: Row,
    *,
    tone: Tone = "quiet",
    label: str = "",
) -> Mark:
    """Arrows from (x, y), each (dx, dy) long."""
    return {"mark": "arrows", "x": x, "y": y, "dx": dx, "dy": dy, "tone": tone, "label": label}


def cells(
    values: Iterable[Iterable[float | str]],
    *,
    x: float = 0,
    y: float = 0,
    title: str = "",
    heat: bool = True,
    grey: bool = False,
    framed: Sequence[tuple[int, int, int, int]] = (),
    faint: Sequence[tuple[int, int, int, int]] = (),
    why: Sequence[Sequence[str]] = (),
    tone: Tone | None = None,
) -> Mark:
    """A matrix of numbers in squares of side 1, its upper left corner at (x, y), y downwards.

    `framed` and `faint` are blocks (row, column, height, width); `why` is how each number comes about, of which a
    reader who points at it is told; `tone` is that of its title and its edge. The colours of a `grey` one are those of
    a picture in both themes: 0 is black, the largest number, at least 1, is white. A panel with cells has no axes and
    equal sides.
    """
    made: Mark = {"mark": "cells", "values": [list(row) for row in values], "x": x, "y": y, "title": title,
                  "heat": heat, "framed": [list(block) for block in framed], "faint": [list(block) for block in faint]}
    if tone:
        made["tone"] = tone
    if grey:
        made["grey"] = True
    return made | ({"why": [[written(one) for one in row] for row in why]} if why else {})


def ledger_bars(lines: Iterable[Mapping[str, Any]], ticks: Sequence[tuple[float, str]], unit: str) -> Mark:
    """A run's ledger as its report draws it: bars along one axis, and between two the step from end to end.

    Lines {kind: bar or step, name, value, more, tone, span, whisker}; places and `ticks` are percentages of the track.
    A panel with it has no other marks.
    """
    return {"mark": "ledger", "lines": [dict(line) for line in lines], "ticks": [list(tick) for tick in ticks],
            "unit": unit}


def boxes(items: Iterable[Mapping[str, Any]], links: Iterable[tuple[int, int]] = (),
          words: Sequence[str] = ()) -> Mark:
    """A diagram: boxes {x, y, w, h, label, sub, tone} with y downwards, and arrows from box to box, with words. No
    axes."""
    made = {"mark": "boxes", "items": [dict(item) for item in items], "links": [list(link) for link in links]}
    return made | ({"words": [written(one) for one in words]} if words else {})


def _growing(grows: Grows) -> Mark:
    return {} if grows is False else {"grows": grows}
