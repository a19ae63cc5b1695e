"""All formulas of the pages, with their symbols, on few printed sides: for the wall, and for the evening before."""

from __future__ import annotations

import re
from typing import NamedTuple

from wengu.core.i18n import Language, say, speaking
from wengu.handbook.parts import Site
from wengu.handbook.render import chapters_of, contents, written
from wengu.pages import Page
from wengu.pages.symbols import symbols_of

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
        chapters = [(one.chapter, [Entry(page.title, page.path, formulas_of(page)) for page in one.pages],
                     symbols_of(one.pages[0].chapter, language)) for one in contents(language)]
        to_come = say(", ").join(one.chapter for one in chapters_of(language) if not one.pages)
        return written(
            "sheet.html.j2", language, site, "sheet", title=say("Formulas"), chapters=chapters,
            to_come=to_come and say("Without a page yet: {chapters}.", chapters=to_come),
            words={"what": say("Every formula of the pages, and what its letters are, to print on a few sides of A4 or "
                               "to save as a PDF by the browser.")},
        )
