"""The sheet of formulas: all of the pages', each symbol named, on few printed sides."""

from __future__ import annotations

import re

import pytest

from tests.handbook.browsing import AXE, AXE_RUN, SCHEMES
from tests.handbook.conftest import Outline
from tests.handbook.printed import UNIT, bare, printed
from tests.handbook.tabs import Open
from wengu.core.i18n import LANGUAGES, Language
from wengu.handbook.parts import Site
from wengu.handbook.render import Contents, contents, cover_html
from wengu.handbook.sheet import formulas_of, sheet_html
from wengu.pages import pages
from wengu.pages.symbols import symbols_of

SITE = Site("token")
GREEK = "alpha|beta|gamma|delta|epsilon|varepsilon|eta|theta|kappa|lambda|mu|nu|rho|sigma|tau|phi|psi|omega"


@pytest.mark.parametrize("language", LANGUAGES)
def test_sheet_has_every_page_with_its_formulas_in_order(language: Language) -> None:
    found = Outline(sheet_html(language, SITE))
    assert not found.faults
    shown = [given["data-tex"] for tag, given in found.tags if tag == "div" and "data-tex" in given]
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


def letters(tex: str) -> set[str]:
    """Every Latin and Greek letter that stands for something."""
    tex = re.sub(r"\\(?:text|mathrm|operatorname\*?)\{[^}]*\}|\\(?:begin|end)\{\w+\}|\\frac\{d(?=J|\\)|\{d(?=[\w\\])", " ", tex)
    return set(re.findall(rf"\\(?:{GREEK})\b", tex)) | set(re.findall(r"[A-Za-z]", re.sub(r"\\[a-zA-Z]+", " ", tex)))


@pytest.mark.parametrize("chapter", contents("en"), ids=lambda one: one.pages[0].chapter)
def test_every_symbol_of_a_chapter_is_named_and_no_other(chapter: Contents) -> None:
    used = {letter for one in chapter.pages for tex in formulas_of(one) for letter in letters(tex)}
    for language in LANGUAGES:
        named = symbols_of(chapter.pages[0].chapter, language)
        assert all(one.words for one in named)
        assert {letter for one in named for letter in letters(one.tex)} - {"d"} == used - {"d"}


@pytest.mark.browser
@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sheet_is_few_full_sides_in_type_that_can_be_read(tab: Open, language: Language, paper: str) -> None:
    """Authority: Chromium's own PDF."""
    shown = tab(f"/{language}/sheet", 1280, SCHEMES[LANGUAGES.index(language)])
    assert shown.evaluate("[...document.querySelectorAll('.math')].filter(m => m.scrollWidth > m.clientWidth + 1).length") == 0
    sides = printed(shown, paper)
    assert len(sides) <= len(contents(language)) / 2
    titles = {bare(one.title) for one in pages(language)} | {bare(one.chapter) for one in contents(language)}
    assert sides[0].words.startswith(bare({"en": "Formulas", "zh": "公式"}[language]))
    assert "SuperMachineLearningRevisionNotes" in sides[-1].words and "CCBY-NC-SA" in sides[-1].words
    for k, side in enumerate(sides, 1):
        assert side.foot == f"{k}/{len(sides)}"
        assert side.unit == UNIT, "something is wider than the side"
        assert max(one.y for one in side.texts) > 0.5 and all(0.05 < one.x < 0.95 for one in side.texts)
        assert max(one.size for one in side.texts if one.words == "=") >= 10
        for left, right in ((0, 0.5), (0.5, 1)):
            column = [one for one in side.texts if left < one.x < right]
            lowest = max(one.y for one in column)
            assert bare("".join(one.words for one in column if one.y == lowest)) not in titles, "a heading alone"


@pytest.mark.browser
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sheet_can_be_used_by_everybody(tab: Open, language: Language) -> None:
    shown = tab(f"/{language}/sheet", 1280, SCHEMES[LANGUAGES.index(language)])
    shown.evaluate(AXE.read_text(encoding="utf-8"))
    assert shown.evaluate(AXE_RUN) == []
    for width in (360, 768):
        shown.set_viewport_size({"width": width, "height": 800})
        assert shown.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0, width
