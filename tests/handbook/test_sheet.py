"""The sheet of formulas: all of the pages', a chapter to one printed side."""

from __future__ import annotations

import re

import pytest

from tests.handbook.browsing import AXE, AXE_RUN, SCHEMES
from tests.handbook.conftest import Outline
from tests.handbook.tabs import Open
from wengu.core.i18n import LANGUAGES, Language
from wengu.handbook.parts import Site
from wengu.handbook.render import contents, cover_html
from wengu.handbook.sheet import formulas_of, sheet_html
from wengu.pages import pages

SITE = Site("token")


@pytest.mark.parametrize("language", LANGUAGES)
def test_sheet_has_every_page_with_its_formulas_in_order(language: Language) -> None:
    found = Outline(sheet_html(language, SITE))
    assert not found.faults
    shown = [given["data-tex"] for _, given in found.tags if "data-tex" in given]
    assert shown == [tex for one in pages(language) for tex in formulas_of(one)]
    assert all(one.title in found.words for one in pages(language))
    assert [link for link in found.links if f"/{language}/" in link and link.count("/") == 3] == [
        f"/{language}/{one.path}" for one in pages(language)]
    assert f"/{language}/sheet" in Outline(cover_html(language, SITE)).links


def test_every_page_has_a_formula_and_those_of_folds_stay_there() -> None:
    for one in pages("en"):
        formulas = formulas_of(one)
        assert formulas, one.path
        folded = "\n".join(part.text for part in one.parts if part.kind == "derivation")
        assert not [tex for tex in formulas if f"$${tex}$$" in folded], one.path
        assert sum(part.text.count("$$") for part in one.parts if part.kind == "text") == 2 * len(formulas), one.path


@pytest.mark.browser
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_chapter_is_one_side_of_paper(tab: Open, language: Language) -> None:
    """Authority: Chromium's own PDF."""
    shown = tab(f"/{language}/sheet", 1280, SCHEMES[LANGUAGES.index(language)])
    assert shown.evaluate("[...document.querySelectorAll('.math')].filter(m => m.scrollWidth > m.clientWidth + 1).length") == 0
    sides = len(re.findall(rb"/Type\s*/Page\b", shown.pdf(format="A4")))
    assert sides == len(contents(language)) == shown.locator("section").count()
    shown.evaluate(AXE.read_text(encoding="utf-8"))
    assert shown.evaluate(AXE_RUN) == []
    for width in (360, 768):
        shown.set_viewport_size({"width": width, "height": 800})
        assert shown.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0, width
