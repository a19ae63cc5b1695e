"""The index that search reads: the pages, their questions, the rows without a page, and the rooms' public names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from wengu.core.i18n import Language, say, speaking
from wengu.core.written import written
from wengu.handbook import reference
from wengu.handbook.places import rooms
from wengu.handbook.render import chapters_of
from wengu.pages import Page, drawn, pages
from wengu.pages.asked import filled_in
from wengu.pages.plain_text import lines_of
from wengu.rows import rows


@cache
def search_index(language: Language) -> list[dict[str, Any]]:
    """An entry a page: what it is called in both languages, and what it says; what has none yet stands on the cover."""
    written = [
        {
            "path": page.path,
            "title": page.title,
            "brief": page.brief,
            "words": [*page.words, *dict.fromkeys(word for number in page.rows for word in rows()[number].words()[1:])],
            "rows": list(page.rows),
            "text": " ".join(_plain(part.text) for part in page.parts if part.has_words),
        }
        for page in pages(language)
    ]
    with speaking(language):
        brief = say("has no page yet")
    return written + [
        {"path": f"#row-{row.number}", "title": row.name(language), "brief": brief, "words": list(row.words()[1:]),
         "rows": [row.number], "text": ""}
        for chapter in chapters_of(language) for row in chapter.to_come
    ] + [entry for page in pages(language) for entry in _questions(page)
         ] + [entry for room in rooms() for entry in _names(reference.room_at(reference.slug_of(room)))]


def _questions(page: Page) -> Iterator[dict[str, Any]]:
    """A page's questions, each with the numbers that it opens with, and found by what its answer tells of too."""
    with speaking(page.language):
        brief = say("question · {page}", page=page.title)
    for name, asked in page.asked.items():
        prompt, *others = (" ".join(line for _, line in lines_of(filled_in(text, drawn(page.path, name, 0).inserted)))
                           for text in asked.texts)
        yield {"path": f"{page.path}#q-{name}", "title": written(prompt), "brief": brief, "words": [], "rows": [],
               "text": " ".join(others)}


def _names(room: reference.Room) -> Iterator[dict[str, Any]]:
    """A room, and each of its names, which is found under its own name and its room's."""
    nothing: dict[str, Any] = {"words": [], "rows": [], "text": ""}
    yield {"path": f"api/{room.slug}", "title": room.name, "brief": _plain(room.brief), **nothing}
    for one in (*room.names, *room.types):
        yield {"path": f"api/{room.slug}#{one.anchor}", "title": one.name,
               "brief": f"{room.name}: {_plain(one.brief)}", **nothing}


def _plain(text: str) -> str:
    """Markdown without its marks."""
    text = re.sub(r"```.*?```|\$\$.*?\$\$", " ", text, flags=re.DOTALL)
    return " ".join(re.sub(r"[#*`$\\]|^- ", " ", text, flags=re.MULTILINE).split())
