"""What the tests of pages see: a figure's marks, the ends of its controls, and a page's snippets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from wengu.pages import figure_of, page
from wengu.pages.drawing import packed_cells
from wengu.pages.figure import Choice, Control, Drawing, Numbers, Point, Points, Slider, Toggle


def drawn(path: str, name: str, /, **given: Any) -> dict[str, Any]:
    """The figure as the browser gets it."""
    return figure_of(path, name)(**given).to_json()


def marks(made: dict[str, Any], kind: str, panel: int = 0) -> list[dict[str, Any]]:
    """The marks of a kind in one panel of it."""
    return [mark for mark in made["panels"][panel]["marks"] if mark["mark"] == kind]


def words_in(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """What of a figure's JSON the reader reads, each with the key that it stands under."""
    if isinstance(value, dict):
        for name, one in value.items():
            if name not in ("mark", "tone", "anchor", "kind"):
                yield from words_in(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from words_in(one, key)
    elif isinstance(value, str):
        yield key, value


def numbers(text: str) -> list[float]:
    """The numbers of a sentence that a figure says: "−1.35, 15,000 and 6.4 × 10⁻⁷"."""
    text = re.sub(r"(\d),(?=\d{3})", r"\1", text.replace("−", "-"))
    text = re.sub(r"(?<!× )\b10(?=[⁻⁰¹²³⁴⁵⁶⁷⁸⁹])", "1 × 10", text)
    text = re.sub(r" × 10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda found: "e" + unicodedata.normalize("NFKC", found[1]), text)
    return [float(one) for one in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", text.replace("−", "-"))]


def ends(control: Control) -> list[Any]:
    """What a control allows at its ends."""
    match control:
        case Slider(low=low, high=high):
            return [low, high]
        case Point(x=(left, right), y=(low, high)):
            return [[left, low], [right, high], [left, high]]
        case Choice(options=options):
            return list(options)
        case Toggle():
            return [True, False]
        case Numbers(low=low, high=high, names=names):
            return [[low] * len(names), [high] * len(names), [None] * len(names)]
        case Points(x=x, y=y, classes=classes, most=most):
            return [[], [[x[0], y[0], 0]], [[x[k % 2], y[k // 2 % 2], k % classes] for k in range(most)]]
        case Drawing():
            return ["0", "9", packed_cells([[0] * 28] * 28), packed_cells([[1] * 28] * 28)]
    raise TypeError(control)


def snippets(path: str, language: str = "en") -> list[str]:
    """The code that a page shows."""
    return re.findall(r"```python\n(.*?)```", "\n".join(part.text for part in page(path, language).parts), re.DOTALL)


def after_snippets(path: str) -> dict[str, Any]:
    """The names that a page's snippets leave, each run alone, with nothing but what it says itself."""
    left: dict[str, Any] = {}
    for snippet in snippets(path):
        names: dict[str, Any] = {}
        exec(snippet, names)
        left |= names
    return left
