"""The handbook's pages: words in two languages, and figures computed by the library itself."""

from __future__ import annotations

import json
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from wengu.core.checks import one_of
from wengu.core.i18n import LANGUAGES, Language, speaking
from wengu.pages.figure import Figure
from wengu.pages.links import Link
from wengu.pages.page import Page, Part, page, page_of_row, pages
from wengu.pages.question import Drawn, Question, drawn_from
from wengu.pages.quotes import Quoted

__all__ = [
    "LANGUAGES", "Drawn", "Figure", "Link", "Page", "Part", "Question", "drawn", "drawn_from", "draws_at", "figure_of",
    "figures_of", "links_of", "page", "page_of_row", "pages", "question_of", "questions_of", "quotables_of",
    "stored_draws",
]


def figures_of(path: str) -> dict[str, Figure]:
    """The figures of the page at chapter/slug, by name. Raises InputError where there is no such page."""
    return {name: value for name, value in quotables_of(path).items() if isinstance(value, Figure)}


def quotables_of(path: str) -> dict[str, Figure | Quoted]:
    """What a page's text may quote: its figures, and its functions under `@quoted`."""
    return {name: value for name, value in vars(_module(path)).items() if isinstance(value, Figure | Quoted)}


@cache
def links_of(path: str, language: Language) -> tuple[Link, ...]:
    """What the figures of a page have in common with its formulas in this language and with its code, each once."""
    with speaking(language):
        return tuple(dict.fromkeys(one.here() for made in figures_of(path).values() for one in made.links))


def figure_of(path: str, name: str) -> Figure:
    """One figure of the page at chapter/slug. Raises InputError where there is none of that name."""
    found = figures_of(path)
    return found[one_of("figure", name, found)]


def questions_of(path: str) -> dict[str, Question]:
    """The questions of the page at chapter/slug, by name. Raises InputError where there is no such page."""
    return {name: value for name, value in vars(_module(path)).items() if isinstance(value, Question)}


def question_of(path: str, name: str) -> Question:
    """One question of the page at chapter/slug. Raises InputError where there is none of that name."""
    found = questions_of(path)
    return found[one_of("question", name, found)]


def drawn(path: str, name: str, seed: int) -> Drawn:
    """A question with the numbers of this seed: as stored, or computed where that one is not stored."""
    stored = stored_draws(path).get(name, [])
    return drawn_from(stored[seed]) if 0 <= seed < len(stored) else question_of(path, name).draw(seed)


@cache
def stored_draws(path: str) -> dict[str, list[dict[str, Any]]]:
    """The draws of every question of a page that `make figures` has computed ahead."""
    try:
        text = draws_at(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    made: dict[str, list[dict[str, Any]]] = json.loads(text)
    return made


def draws_at(path: str) -> Path:
    """The file of a page's stored draws, beside its words."""
    return Path(__file__).parent / f"{path.replace('-', '_')}.draws.json"


def _module(path: str) -> ModuleType:
    page(path, "en")
    return import_module(f"wengu.pages.{path.replace('/', '.').replace('-', '_')}")
