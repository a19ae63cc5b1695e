"""Pages on paper: Chromium's PDF of them, read by pypdf."""

from __future__ import annotations

import math
import unicodedata
from io import BytesIO
from itertools import groupby
from typing import Any, NamedTuple

UNIT = 0.75
"What a pixel is in points, unless Chromium has made the page smaller because something is wider than the side."

MARGIN = 0.95
"Where the lower margin begins, as a share of the side."

RADICALS = str.maketrans("⻅⻆⻋⻓⻔⻚⻛⻜⻝⻢⻣⻤⻥⻦⻩⻬⻰", "见角车长门页风飞食马骨鬼鱼鸟黄齐龙")
"What PDF readers take for these letters, for fonts have one shape for both."


class Text(NamedTuple):
    """A piece of text, and where its line stands: shares of the side from the left and from the top; its size in points."""

    words: str
    x: float
    y: float
    size: float


class Side(NamedTuple):
    """A printed side: what stands on it, and in its lower margin."""

    unit: float
    texts: list[Text]
    foot: str

    @property
    def words(self) -> str:
        """All of it without spaces: those of formulas and of Chinese are no one's."""
        return "".join(self.lines)

    @property
    def lines(self) -> list[str]:
        """The same, line by line, as they follow one another."""
        each = groupby(self.texts, key=lambda one: round(one.y, 3))
        return [bare("".join(one.words for one in line)) for _, line in each]


def bare(words: str) -> str:
    """Without spaces, and each letter in its usual form."""
    return "".join(unicodedata.normalize("NFKC", words).translate(RADICALS).split())


def printed(shown: Any, paper: str = "A4") -> list[Side]:
    """The sides of a page of the browser."""
    from pypdf import PdfReader

    return [_side(page) for page in PdfReader(BytesIO(shown.pdf(format=paper))).pages]


def _side(page: Any) -> Side:
    width, height = float(page.mediabox.width), float(page.mediabox.height)
    units, texts = [], []

    def visit(words: str, cm: list[float], tm: list[float], font: Any, size: float) -> None:
        if words.strip():
            units.append(round(math.hypot(cm[0], cm[1]), 4))  # turned words, too
            x, y = (tm[4] * cm[k] + tm[5] * cm[2 + k] + cm[4 + k] for k in (0, 1))
            texts.append(Text(words, x / width, 1 - y / height, size * abs(tm[3] * cm[3])))

    page.extract_text(visitor_text=visit)
    within = [one for one in texts if one.y < MARGIN]
    return Side(min(units, default=UNIT), within, bare("".join(one.words for one in texts if one.y >= MARGIN)))
