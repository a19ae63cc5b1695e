"""The HTML of every page in both languages."""

from __future__ import annotations

import json
import re

import pytest

from tests.handbook.conftest import Outline
from wengu.core.i18n import LANGUAGES, Language
from wengu.handbook import parts
from wengu.handbook.markdown import html_of
from wengu.handbook.parts import Site, part_html, script_json, text_html
from wengu.handbook.render import cover_html, page_html
from wengu.handbook.search import search_index
from wengu.pages import Part, drawn, figures_of, page, pages
from wengu.rows import rows

SITE = Site("token")
PATHS = [one.path for one in pages("en")]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_page_is_well_formed_and_complete(path: str, language: Language) -> None:
    """Authority: an HTML reader that lets nothing pass."""
    one = page(path, language)
    found = Outline(page_html(one, SITE))
    assert not found.faults
    assert found.tags[0] == ("html", {"lang": {"en": "en", "zh": "zh-CN"}[language], "data-lang": language,
                                      "data-search": f"/api/search/{language}.json"})
    assert [given["data-name"] for tag, given in found.tags if tag == "figure"] == list(one.figures)
    assert one.figures, "a page has a figure"
    for name, given in zip(one.figures, found.figures, strict=True):
        figure = figures_of(path)[name]
        assert [control["name"] for control in given["controls"]] == list(figure.controls) == list(given["state"])
    assert "$" not in found.words, "a formula was not read as one"
    assert "::" not in found.words and "**" not in found.words
    other = "zh" if language == "en" else "en"
    assert f"/{other}/{path}" in found.links


@pytest.mark.parametrize("path", PATHS)
def test_page_is_the_same_in_both_languages(path: str) -> None:
    """Headings, figures, controls, formulas, code and rows."""
    each = [Outline(page_html(page(path, language), SITE)) for language in LANGUAGES]
    english, chinese = (
        (
            [tag for tag, _ in one.tags if tag in ("h1", "h2", "h3", "figure", "details", "pre")],
            sorted(given["data-tex"] for _, given in one.tags if "data-tex" in given and "\\text" not in given["data-tex"]
             and len(given["data-tex"]) > 12),
            [[(c["type"], c["name"], c["value"]) for c in given["controls"]] for given in one.figures],
        )
        for one in each
    )
    assert english == chinese
    assert page(path, "en").rows == page(path, "zh").rows
    assert set(page(path, "en").rows) <= rows().keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_cover_leads_to_every_page_in_the_notes_order(language: Language) -> None:
    found = Outline(cover_html(language, SITE, {"name": "a b/<i>", "about": "lenet5"}))
    assert not found.faults
    links = [link.removeprefix(f"/{language}/") for link in found.links]
    assert [link for link in links if link in PATHS] == [one.path for one in pages(language)]
    assert "Super Machine Learning Revision Notes" in found.words and "createmomo" in found.words
    assert "飞龙" in found.words and "CC BY-NC-SA" in found.words
    assert f"/{language}/runs/a%20b/%3Ci%3E" in found.links and "a b/<i>" in found.words


@pytest.mark.parametrize("language", LANGUAGES)
def test_search_knows_every_page_and_both_names_of_its_rows(language: Language) -> None:
    every = [one for one in search_index(language) if not one["path"].startswith("api/")]
    found, to_come = every[:len(PATHS)], [one for one in every[len(PATHS):] if "#q-" not in one["path"]]
    assert [one["path"] for one in found] == [one.path for one in pages(language)]
    cover = Outline(cover_html(language, SITE))
    assert {one["path"] for one in to_come} == {f"#row-{row.number}" for row in rows().values() if not row.page}
    assert {one["path"] for one in to_come} <= {f"#{one}" for one in cover.ids}
    for one in found:
        assert one["title"] and one["brief"] and one["text"] and "$" not in one["text"]
        for number in one["rows"]:
            assert {rows()[number].en, rows()[number].zh} <= set(one["words"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_search_leads_to_every_question_and_reads_its_answer(language: Language) -> None:
    found = {one["path"]: one for one in search_index(language) if "#q-" in one["path"]}
    assert found.keys() == {f"{one.path}#q-{name}" for one in pages(language) for name in one.asked}
    for one in pages(language):
        ids = Outline(page_html(one, SITE)).ids
        assert {f"q-{name}" for name in one.asked} <= set(ids)
    for one in found.values():
        assert one["title"] and one["text"] and not re.search(r"[${}\\]", one["title"] + one["text"])
    made = drawn("gradient_descent/momentum", "first_step", 0).inserted
    assert f"β = {made['beta']:g}" in found["gradient_descent/momentum#q-first_step"]["title"]


def read(text: str, language: Language = "en") -> str:
    return text_html(text, pages(language)[0], SITE).strip()


def test_formulas_are_never_touched() -> None:
    assert read("so $a_1*b_2*c < d$ and $$x^*$$") == (
        '<p>so <span class="math" data-tex="a_1*b_2*c &lt; d">a_1*b_2*c &lt; d</span> and '
        '<span class="math" data-tex="x^*">x^*</span></p>'
    )
    assert read("above\n$$\n\\frac{1}{2} \\\\ \"q\"\n$$\nbelow").startswith(
        '<p>above</p>\n<div class="math" data-tex="\\frac{1}{2} \\\\ &quot;q&quot;">')
    assert read("- one\n\n  $$x$$\n- two").count('<div class="math" data-tex="x">') == 1
    assert read("`$a$`") == "<p><code>$a$</code></p>"
    assert Outline("<!doctype html>" + read("$$a$$\n\ntext $b$\n\n1. $c$\n2. d")).faults == []


def test_nothing_in_the_text_is_markup() -> None:
    assert "<script" not in read("<script>alert(1)</script>") and "<img" not in read("![x](http://a/b.png)")
    assert "javascript:" not in read("[x](javascript:alert(1))")
    assert "</script" not in script_json({"say": "</script><b>&"}) and json.loads(script_json(["<&>\u2028"])) == ["<&>\u2028"]


def test_headings_of_all_parts_have_an_address_of_their_own() -> None:
    parts = (Part("text", "## a\n\n### b"), Part("text", "## c"))
    html = "".join(part_html(k, part, pages("en")[0], SITE) for k, part in enumerate(parts))
    assert Outline("<!doctype html>" + html).ids == ["s0-1", "s0-2", "s1-1"]


def test_lines_of_chinese_join_without_a_gap() -> None:
    assert read("第一行\n第二行，\nsigmoid\n和 tanh") == "<p>第一行第二行，sigmoid\n和 tanh</p>"


def test_links_between_pages_stay_within_the_language() -> None:
    path = PATHS[0]
    for written in (f"../{path}", f"/{path}", path, f"/en/{path}"):
        assert f'href="/zh/{path}"' in read(f"[x]({written})", "zh"), written
    assert f'href="/en/{path}#s2"' in read(f"[x]({path}#s2)")
    assert 'href="https://a.b/c"' in read("[x](https://a.b/c)")


def test_figure_without_a_stored_default_is_left_to_the_script(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "stored", lambda *given: None)
    found = Outline(page_html(page(PATHS[0], "en"), SITE))
    assert not found.faults and found.figures[0]["figure"] is None


def test_no_line_begins_with_the_punctuation_behind_a_formula() -> None:
    made = html_of("以 $b_1$，和 $c$ 为例。With $a$ (as $d$).", str, 0)
    kept = [re.sub("<[^>]*>", "", one) for one in re.findall(r'<span class="kept">(.*?</span>[^<]*)</span>', made)]
    assert kept == ["b_1，", "d)."]
