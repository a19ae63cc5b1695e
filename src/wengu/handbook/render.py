"""Pages as HTML, in two languages. Nothing here computes: torch stays out. parts.py has what pages are made of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from markupsafe import Markup, escape

from wengu.core.i18n import LANGUAGES, Language, say, speaking
from wengu.handbook import reference
from wengu.handbook.markdown import unbroken
from wengu.handbook.parts import Site, part_html
from wengu.handbook.places import WORD, Place, rooms
from wengu.handbook.template import filled
from wengu.pages import Page, pages
from wengu.pages.cards import Standing, Today
from wengu.pages.routes import ROUTES
from wengu.rows import Row, chapters

NOTES = "https://createmomo.github.io/2018/01/23/Super-Machine-Learning-Revision-Notes/"
LICENCE = "https://creativecommons.org/licenses/by-nc-sa/4.0/"


# -- pages ------------------------------------------------------------------------------------------------------------


def page_html(page: Page, site: Site) -> str:
    """A page of the notes as HTML, with its figures at their defaults."""
    every = pages(page.language)
    at = every.index(page)
    with speaking(page.language):
        body = Markup("\n").join(part_html(k, part, page, site) for k, part in enumerate(page.parts))
        return written(
            "page.html.j2", page.language, site, page.path, title=page.title, page=page, body=body,
            chapter=_chapter(page), before=every[at - 1] if at else None,
            after=every[at + 1] if at + 1 < len(every) else None,
            words={"before": say("previous"), "after": say("next")},
        )


def cover_html(language: Language, site: Site, last_run: Mapping[str, Any] | None = None, today: Today | None = None,
               known: Mapping[str, tuple[int, int]] | None = None,
               standing: Mapping[str, Standing] | None = None) -> str:
    """The cover as HTML: search, today's cards, the last run, every chapter with what is known of it, and the API.

    `standing` of each page is that of its rows, a mark each; without answers there are none.
    """
    with speaking(language):
        return written(
            "cover.html.j2", language, site, "", title="wengu 温故", last_run=last_run,
            chapters=chapters_of(language), brief_of=reference.brief_of, inline=_inline, today=today, known=known or {},
            routes=ROUTES.values(), standing=_standings() if standing else {},
            by_row=lambda those: _by_row(those, standing or {}, language),
            words={
                "what": say("Machine-learning revision notes that run: each idea in a minute, with a figure computed "
                            "by the code it tells of."),
                "last_run": say("your last run:"),
                "all_runs": say("all your runs"),
                "contents": say("Contents"),
                "today": say("Today's cards"), "begin": say("Begin"), "go_on": say("Go on"),
                "all_done": say("Done for today."), "routes": say("Ways through the book"),
                "known": say("questions known"), "by_row": say("The notes row by row"),
                "sheet": say("all formulas, to print"),
                "to_come": say("To come in this chapter"), "chapters_to_come": say("Chapters to come"),
            },
        )


def _standings() -> dict[str, str]:
    """How a row can stand with its reader, in words."""
    return {"known": say("known"), "due": say("due again"), "learning": say("being learnt"),
            "new": say("not asked yet"), "none": say("has no page yet")}


def _by_row(those: Iterable[Row], standing: Mapping[str, Standing], language: Language) -> Markup:
    """A mark a row, by the cards of its page, and how many there are of each."""
    words = _standings()
    each = [(row, standing.get(row.page, "none")) for row in those]
    counted = Counter(stands for _, stands in each if stands != "none")
    marks = Markup("").join(Markup('<i class="mark {}" title="{} {}: {}"></i>').format(
        stands, row.number, row.name(language), words[stands]) for row, stands in each)
    return Markup('<p class="by-row"><span aria-hidden="true">{}</span> <small>{}</small></p>').format(
        marks, say("of {n} {n:row|rows} of the notes: {standings}", n=counted.total(),
                   standings=" · ".join(f"{counted[one]} {words[one]}" for one in words if counted[one])))


def runs_html(language: Language, site: Site, *, view: str = "list", names: tuple[str, ...] = (),
              has_report: bool = False) -> str:
    """The page of all runs, of one, or of some compared: the script fills it from the server."""
    with speaking(language):
        title = {"list": say("Your runs"), "compare": say("Runs compared")}.get(view, names[0] if names else "")
        query = urlencode([("run", name) for name in names])
        here = {"run": f"runs/{quote(''.join(names))}", "compare": f"runs/compare?{query}"}.get(view, "runs")
        return written(
            "runs.html.j2", language, site, here, title=title, view=view, names=names, has_report=has_report,
            words={"report": say("the report"), "all_runs": say("all your runs"),
                   "script": say("This page needs JavaScript; `wengu runs` shows the same in a terminal.")},
        )


def missing_html(language: Language, site: Site) -> str:
    """The page in place of one that there is not."""
    with speaking(language):
        return written(
            "missing.html.j2", language, site, "", title=say("There is no such page"),
            words={"home": say("Search, or choose from the contents.")},
        )


def entrance_html(site: Site) -> str:
    """The export's first file: the way to both languages."""
    return filled("entrance.html.j2", link=site.link)


def written(template: str, language: Language, site: Site, path: str, **values: Any) -> str:
    """A template with what all of them need; `path` is the page's address without its language."""
    other: Language = "zh" if language == "en" else "en"
    common = {
        "skip": say("to the text"), "contents_of": say("Chapters"), "runs": say("your runs"),
        "after": say("After the"), "by": say("by createmomo, in Chinese by 飞龙, under"),
        "own": say(". The words and figures here are wengu's own."), "api": say("API reference"),
        "other": {"en": "English", "zh": "中文"}[other],
    }
    return filled(
        template, language=language, tag={"en": "en", "zh": "zh-CN"}[language], other=other, here=path,
        token=site.token, is_static=site.is_static, link=site.link, contents=contents(language), rooms=rooms(),
        room_slug=reference.slug_of, common=common, notes=NOTES, licence=LICENCE, **values,
    )


def reference_html(room: reference.Room, language: Language, site: Site) -> str:
    """The page of a room: its public names as the code tells of them."""
    every = rooms()
    at = every.index(room.name)

    def linked(signature: str, links: Mapping[str, Place]) -> Markup:
        """A signature in which each name that is told of somewhere leads there."""
        def address(place: Place) -> str:
            page = "" if place.room == room.name else site.link(f"/{language}/api/{reference.slug_of(place.room)}")
            return f"{page}#{place.anchor}"

        parts = re.split(f"({WORD.pattern})", signature)
        return Markup("").join(
            Markup('<a href="{}">{}</a>').format(address(links[part]), part) if part in links else part
            for part in parts)

    with speaking(language):
        shown = {name.public: reference.shown_on(name.public, language) for name in (*room.names, *room.types)}
        return written(
            "reference.html.j2", language, site, f"api/{room.slug}", title=room.name, room=room, shown=shown,
            before=every[at - 1] if at else None, after=every[at + 1] if at + 1 < len(every) else None, inline=_inline,
            linked=linked,
            words={"from": say("From the docstrings of the code."), "shown": say("shown on"), "before": say("previous"),
                   "after": say("next"), "names": say("Names"), "types": say("Types that their signatures name:"),
                   "type_of": say("a type from")},
        )


def _inline(text: str) -> Markup:
    """A docstring's line, with what stands between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", lambda found: unbroken(f"<code>{found[1]}</code>"), str(escape(text))))


class Contents(NamedTuple):
    """What a chapter has to read, and its rows that no page tells of yet."""

    chapter: str
    pages: list[Page]
    to_come: list[Row]
    rows: list[Row]


@cache
def chapters_of(language: Language) -> list[Contents]:
    """All chapters in the notes' order, each with its number and name."""
    return [Contents(f"{chapter.number} {chapter.name(language)}",
                     [page for page in pages(language) if page.rows[0].partition(".")[0] == chapter.number],
                     [row for row in chapter.rows if not row.page], list(chapter.rows)) for chapter in chapters()]


def contents(language: Language) -> list[Contents]:
    """The chapters that have pages."""
    return [chapter for chapter in chapters_of(language) if chapter.pages]


def _chapter(page: Page) -> str:
    return next(one.chapter for one in contents(page.language) if page in one.pages)




__all__ = [
    "LANGUAGES", "Site", "cover_html", "entrance_html", "missing_html", "page_html", "reference_html", "runs_html",
]
