"""The handbook's pages: words in two languages, and figures computed by the library itself."""

from __future__ import annotations

from importlib import import_module

from wengu.core.checks import one_of
from wengu.core.i18n import LANGUAGES
from wengu.pages.figure import Figure
from wengu.pages.page import Page, Part, page, page_of_row, pages
from wengu.pages.quotes import Quoted

__all__ = [
    "LANGUAGES", "Figure", "Page", "Part", "figure_of", "figures_of", "page", "page_of_row", "pages", "quotables_of",
]


def figures_of(path: str) -> dict[str, Figure]:
    """The figures of the page at chapter/slug, by name. Raises InputError where there is no such page."""
    return {name: value for name, value in quotables_of(path).items() if isinstance(value, Figure)}


def quotables_of(path: str) -> dict[str, Figure | Quoted]:
    """What a page's text may quote: its figures, and its functions under `@quoted`."""
    page(path, "en")
    module = import_module(f"wengu.pages.{path.replace('/', '.').replace('-', '_')}")
    return {name: value for name, value in vars(module).items() if isinstance(value, Figure | Quoted)}


def figure_of(path: str, name: str) -> Figure:
    """One figure of the page at chapter/slug. Raises InputError where there is none of that name."""
    found = figures_of(path)
    return found[one_of("figure", name, found)]
