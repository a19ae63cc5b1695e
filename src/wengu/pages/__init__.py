"""The handbook's pages: words in two languages, and figures computed by the library itself."""

from __future__ import annotations

from importlib import import_module

from wengu.core.checks import one_of
from wengu.core.i18n import LANGUAGES
from wengu.pages.figure import Figure
from wengu.pages.page import Page, Part, page, page_of_row, pages

__all__ = ["LANGUAGES", "Figure", "Page", "Part", "figure_of", "figures_of", "page", "page_of_row", "pages"]


def figures_of(path: str) -> dict[str, Figure]:
    """The figures of the page at chapter/slug, by name. Raises InputError where there is no such page."""
    page(path, "en")
    module = import_module(f"wengu.pages.{path.replace('/', '.').replace('-', '_')}")
    return {name: value for name, value in vars(module).items() if isinstance(value, Figure)}


def figure_of(path: str, name: str) -> Figure:
    """One figure of the page at chapter/slug. Raises InputError where there is none of that name."""
    found = figures_of(path)
    return found[one_of("figure", name, found)]
