"""A page of the handbook: pages/<chapter>/<slug>.en.md and .zh.md, and <slug>.py with its figures.

    ---
    title: Adam
    rows: 2.11
    brief: Momentum and RMSprop together, each corrected for its start at 0.
    words: optimiser, adaptive
    ---
    The idea in three sentences.

    $$V \\leftarrow \\beta_1 V + (1-\\beta_1) g$$

    ::derivation
    The two lines that are asked for, folded.
    ::end

    ::fig descent

    The first step is {{first_step.length:.3g}} long.

    ::slip
    Where the notes err or name things otherwise, folded.
    ::end

    ## When it fails, and what to try
    ...
    ## Use it
    ::fit lenet5 --optim adam

    ::spoken
    What one would answer if asked in an interview. In two sentences.
    ::end

    ::source wengu.optimization:adam_by_hand
    ::tested

Directives stand on a line of their own: `::fig NAME` a figure of <slug>.py, `::fit WORDS` a `wengu fit` that the reader
can start from the page (fits.py), `::live SENTENCE` what can be done only beside a figure that is computed now: the
terminal and an exported copy leave it out, `::source PUBLIC` the code that runs, folded, `::tested` what the rows are
tested against and raced with. `::derivation` and `::slip` fold the Markdown down to `::end`; `::spoken`
sets it out before the questions: the answer that one gives aloud. A number of a figure is quoted, not typed: quotes.py
says how. `::expect NAME` is a question before a figure, `::question NAME` one of those at the end: asked.py tells of
their words. Nothing is imported to read a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

from wengu.core.checks import InputError
from wengu.core.i18n import LANGUAGES, Language, say
from wengu.pages.asked import Asked, questions_in
from wengu.pages.quotes import filled

HERE = Path(__file__).parent
Kind = Literal["text", "derivation", "slip", "spoken", "live", "fig", "fit", "source", "tested", "expect", "question"]
WORDS = ("text", "derivation", "slip", "spoken", "live")
"Parts that are Markdown; the second and the third are folded."
_DIRECTIVE = re.compile(r"^::(?:(fig|fit|live|source|tested|expect|question)(?: +(\S.*))?|"
                        r"(derivation|slip|spoken)\n((?:.*\n)+?)::end)$", re.MULTILINE)


@dataclass(frozen=True)
class Part:
    """A piece of a page: Markdown, or a directive with its argument."""

    kind: Kind
    text: str

    @property
    def has_words(self) -> bool:
        """Whether it is Markdown."""
        return self.kind in WORDS


@dataclass(frozen=True)
class Page:
    """One page in one language."""

    chapter: str  # its folder
    slug: str
    language: Language
    title: str
    rows: tuple[str, ...]
    brief: str
    words: tuple[str, ...]
    parts: tuple[Part, ...]
    asked: Mapping[str, Asked] = field(default_factory=dict, hash=False)  # its questions' words

    @property
    def path(self) -> str:
        """chapter/slug: its address, and its name in rows.toml."""
        return f"{self.chapter}/{self.slug}"

    @property
    def figures(self) -> tuple[str, ...]:
        """The names of its figures, in order."""
        return tuple(part.text for part in self.parts if part.kind == "fig")

    @property
    def fits(self) -> tuple[str, ...]:
        """The trainings that it offers, in order."""
        return tuple(part.text for part in self.parts if part.kind == "fit")

    @property
    def questions(self) -> tuple[str, ...]:
        """The names of the questions at its end, in order: each is a card."""
        return tuple(part.text for part in self.parts if part.kind == "question")

    @property
    def place(self) -> tuple[int, ...]:
        """What pages are ordered by: the first of its rows."""
        return tuple(int(n) for n in self.rows[0].split("."))


@cache
def pages(language: Language) -> tuple[Page, ...]:
    """Every page in this language, in the notes' order."""
    found = (_read(path, language) for path in HERE.glob(f"*/*.{language}.md"))
    return tuple(sorted(found, key=lambda page: page.place))


def page(path: str, language: Language) -> Page:
    """The page at chapter/slug. Raises InputError where there is none."""
    for one in pages(language):
        if one.path == path:
            return one
    raise InputError(say("page: there is no {path}", path=path))


def page_of_row(number: str, language: Language) -> Page | None:
    """The page that a row of the notes is on, if there is one by now."""
    return next((one for one in pages(language) if number in one.rows), None)


def raw(path: str, language: Language) -> str:
    """A page's file as it was written, its quotes unfilled."""
    return (HERE / f"{path}.{language}.md").read_text(encoding="utf-8")


def _read(path: Path, language: Language) -> Page:
    """Raises InputError, with file and line, for a head or a directive that is none."""
    text = path.read_text(encoding="utf-8")
    head, separator, body = text.removeprefix("---\n").partition("\n---\n")
    values = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line)
    if not text.startswith("---\n") or not separator or not {"title", "rows", "brief"} <= values.keys():
        raise InputError(say("{path}:1: expected a head with title, rows and brief between two lines of ---",
                             path=path))
    slug = path.name.split(".")[0]
    try:
        body, asked = questions_in(filled(body, f"{path.parent.name}/{slug}"))
    except InputError as error:
        raise InputError(say("{path}: {error}", path=path, error=error)) from None
    return Page(path.parent.name, slug, language, values["title"], _list(values["rows"]), values["brief"],
                _list(values.get("words", "")), tuple(_parts(body)), asked)


def _parts(body: str) -> Iterator[Part]:
    at = 0
    for found in _DIRECTIVE.finditer(body):
        if text := body[at : found.start()].strip():
            yield Part("text", text)
        yield Part(found[1] or found[3], (found[2] or found[4] or "").strip())  # type: ignore[arg-type]
        at = found.end()
    if text := body[at:].strip():
        yield Part("text", text)


def _list(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in re.split(r"[,，、]", text) if one.strip())


__all__ = ["LANGUAGES", "Page", "Part", "page", "page_of_row", "pages"]
