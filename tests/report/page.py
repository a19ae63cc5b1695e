"""The report as its reader sees it, and pictures to put into it."""

from __future__ import annotations

import io
from html.parser import HTMLParser

import numpy as np
from PIL import Image

VOID = {"meta", "link", "img", "input"}
HOSTILE = '<script>alert("1")</script>'


def png(size: int = 4, *, noise: bool = False) -> bytes:
    """A picture: a slope of greys, or noise, which hardly compresses."""
    pixels = np.random.default_rng(0).integers(0, 256, (size, size, 3), np.uint8) if noise else \
        np.arange(size * size, dtype=np.uint8).reshape(size, size)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def pictures(name: str, i: str) -> bytes:
    """Shows any example of dev."""
    assert name == "dev" and i.startswith("dev-")
    return png()


def gone(name: str, i: str) -> None:
    """The data is gone."""


class Page(HTMLParser):
    """The report as its reader: elements with their attributes, text by section, cells by table."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html, self.open, self.elements, self.section = html, [], [], "head"
        self.text: dict[str, str] = {}
        self.tables: list[list[list[str]]] = []
        self.feed(html)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        self.elements.append((tag, values))
        if tag == "section":
            self.section = values["aria-labelledby"]
        elif tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> at {self.getpos()}"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text[self.section] = self.text.get(self.section, "") + data
            if "table" in self.open and {"td", "th"} & set(self.open):
                self.tables[-1][-1][-1] += data

    def all(self, tag: str, **attributes: str) -> list[dict[str, str]]:
        """The attributes of every such element."""
        return [values for name, values in self.elements if name == tag and attributes.items() <= values.items()]

    def words(self, section: str) -> str:
        """A section's text, with single spaces."""
        return " ".join(self.text[section].split())
