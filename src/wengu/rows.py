"""The list of rows: what the notes hold, and a little beyond them, what of it runs, and how a reader's word finds it.

`rows.toml` beside this file is the list. Reading and searching it imports nothing heavy, so that `wengu explain`
answers at once.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from wengu.core.i18n import Language

Status = Literal["planned", "built", "done"]
STATUSES: tuple[Status, ...] = get_args(Status)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the notes; the fields are explained at the head of rows.toml.

    >>> rows()["2.11"].name("en")
    'Adam'
    """

    number: str
    en: str
    zh: str
    status: Status
    also: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    test: str = ""
    authority: str = ""
    benchmark: str = ""
    page: str = ""
    beyond: bool = False

    def name(self, language: Language) -> str:
        """The row's name in that language."""
        return self.zh if language == "zh" else self.en

    def names(self) -> tuple[str, ...]:
        """What the row alone is called: its number, and its name in both languages."""
        return (self.number, self.en, self.zh)

    def words(self) -> tuple[str, ...]:
        """Everything the row is called: its names, other words, and its public objects without their room."""
        return (*self.names(), *self.also, *(o.partition(":")[2] for o in self.objects))


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter of the notes with its rows in order."""

    number: str
    en: str
    zh: str
    rows: tuple[Row, ...]

    def name(self, language: Language) -> str:
        """The chapter's name in that language."""
        return self.zh if language == "zh" else self.en


@cache
def rows() -> dict[str, Row]:
    """Every row by its number, in the order of the notes."""
    return {row.number: row for chapter in chapters() for row in chapter.rows}


@cache
def chapters() -> tuple[Chapter, ...]:
    """The chapters in order."""
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    names = table.pop("chapters")
    every = [_row(number, fields) for number, fields in table.items()]
    return tuple(
        Chapter(number, **name, rows=tuple(row for row in every if row.number.partition(".")[0] == number))
        for number, name in names.items()
    )


def find(wanted: str) -> list[Row]:
    """The rows that a reader means by this word, in either language: one where it is clear, none where it is unknown.

    A row called exactly so comes before rows that have a word or a function called so, those before a chapter, and a
    chapter before rows whose name only contains the word. Capitals, spaces, hyphens and underscores make no difference.

    >>> [row.number for row in find("leaky-relu")]
    ['1.4']
    >>> [row.number for row in find("过拟合")]
    ['15.4']
    >>> [row.en for row in find("gru")]
    ['GRU, simplified', 'GRU, full']
    >>> find("perceptron")
    []
    """
    key = _squashed(wanted)
    if not key:
        return []
    for words in (Row.names, Row.words):
        if exact := [row for row in rows().values() if key in map(_squashed, words(row))]:
            return exact
    for chapter in chapters():
        if key in map(_squashed, (chapter.number, chapter.en, chapter.zh)):
            return list(chapter.rows)
    # "rop" finds nothing, "pool" the pooling rows: a word is met at its beginning. Chinese marks no such beginnings.
    start = re.compile(rf"(?<![a-z0-9.]){re.escape(_spaced(wanted))}")
    return [row for row in rows().values() if any(start.search(_spaced(word)) for word in row.words()[1:])]


def suggestions(wanted: str, *, most: int = 3) -> list[str]:
    """What a reader who wrote an unknown word may have meant, the likeliest first.

    >>> suggestions("sigmiod")
    ['Sigmoid']
    """
    names: dict[str, tuple[str, str]] = {}
    for row in rows().values():
        for word in row.words()[1:]:
            names.setdefault(_squashed(word), (row.number, word))
    near: dict[str, str] = {}  # the nearest word of each row, so that one row does not fill the list
    for key in difflib.get_close_matches(_squashed(wanted), names, n=2 * most, cutoff=0.65):
        number, word = names[key]
        near.setdefault(number, word)
    return list(near.values())[:most]


def _row(number: str, fields: dict[str, Any]) -> Row:
    """A row from its table in rows.toml, where `object` is one name or a list."""
    objects = fields.pop("object", ())
    also = fields.pop("also", ())
    return Row(number, **fields, also=tuple(also), objects=(objects,) if isinstance(objects, str) else tuple(objects))


def _spaced(word: str) -> str:
    """Lower case, British spelling made American, and one space for what separates words."""
    return re.sub(r"[\s_-]+", " ", word.casefold().strip().replace("isation", "ization"))


def _squashed(word: str) -> str:
    """The same without its spaces: `LeNet-5`, `lenet 5` and `lenet5` are one."""
    return _spaced(word).replace(" ", "")
