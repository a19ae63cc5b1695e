"""All formulas of the pages, a chapter to a printed side: for the wall, and for the evening before."""

from __future__ import annotations

import re
from typing import NamedTuple

from wengu.core.i18n import Language, say, speaking
from wengu.handbook.parts import Site
from wengu.handbook.render import contents, written
from wengu.pages import Page

_BLOCK = re.compile(r"^ *\$\$((?:(?!\$\$)[\s\S])+)\$\$[ \t]*$", re.MULTILINE)


class Entry(NamedTuple):
    """A page's title, its address and its formulas, without those of its derivation and its questions."""

    title: str
    path: str
    formulas: list[str]


def formulas_of(page: Page) -> list[str]:
    """The formulas that stand on lines of their own in a page's text, as TeX."""
    return [tex.strip() for part in page.parts if part.kind == "text" for tex in _BLOCK.findall(part.text)]


def sheet_html(language: Language, site: Site) -> str:
    """The sheet as HTML: a section for each chapter that has pages."""
    with speaking(language):
        chapters = [(chapter.chapter, [Entry(page.title, page.path, formulas_of(page)) for page in chapter.pages])
                    for chapter in contents(language)]
        return written(
            "sheet.html.j2", language, site, "sheet", title=say("Formulas"), chapters=chapters,
            words={"what": say("Every formula of the pages. Printed, or saved as a PDF by the browser, each chapter is "
                               "one side of A4.")},
        )
