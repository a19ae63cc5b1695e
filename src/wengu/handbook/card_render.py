"""Today's cards and the ways through the book, as HTML."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from wengu.core.i18n import Language, say, speaking
from wengu.handbook.parts import Site
from wengu.handbook.questions import cards_list
from wengu.handbook.render import written
from wengu.pages import page
from wengu.pages.cards import Card, Today
from wengu.pages.routes import Route


def cards_html(language: Language, site: Site, today: Today | None, seeds: Mapping[Card, int], *, why: str = "") -> str:
    """The cards that are left of today's; where they cannot be read, why."""
    with speaking(language):
        cards = [(card.page(language), card.name, seeds[card]) for card in today.cards] if today else []
        return written(
            "cards.html.j2", language, site, "cards", title=say("Today's cards"), today=today, why=why,
            body=cards_list(cards, lambda one: site.link(f"/{language}/{one.path}"), is_static=site.is_static),
            words={
                "about": say("Ten questions a day: first those that are due, then new ones. What you know comes back "
                             "later each time, what you do not know tomorrow."),
                "done": say("Done for today."), "more": say("Every page has more questions at its end."),
                "none": say("No questions yet."), "keep": say("Download your answers"),
                "terminal": say("The same in a terminal:"),
            },
        )


def route_html(language: Language, site: Site, route: Route, known: Mapping[str, tuple[int, int]]) -> str:
    """A way through the book: its pages with what is known of each, then its cards."""
    with speaking(language):
        cards = [(card.page(language), card.name, 0) for card in route.deck()]
        body = cards_list(cards, lambda one: site.link(f"/{language}/{one.path}"), is_static=site.is_static)
        return written(
            "route.html.j2", language, site, f"routes/{route.slug}", title=route.title, route=route, known=known,
            steps=[page(path, language) for path in route.pages], body=body if cards else Markup(""),
            words={"known": say("questions known")},
        )
