"""What is said to mean the same stands in formula, figure and code, in both languages: the tone tells of nothing else."""

from __future__ import annotations

import re

import pytest

from wengu.handbook.markdown import code_html, math_html
from wengu.handbook.parts import stored
from wengu.pages import LANGUAGES, figures_of, links_of, page, pages
from wengu.pages.links import in_code, in_formula, link
from wengu.source import locate

BETA, BETA_1, TEXT = link(r"\beta", "beta", "4"), link(r"\beta_1", "beta1", "5"), link(r"\text{rate}", "rate", "1")
LINKED = [one.path for one in pages("en") if links_of(one.path, "en")]


def linked(pieces):
    return [(piece.text, piece.link.code) for piece in pieces if piece.link]


# -- pieces -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tex", "found"), [
    (r"\beta V+(1-\beta)", [(r"\beta", "beta")] * 2),
    (r"\beta_t", [(r"\beta", "beta")]),  # with any index
    (r"\beta_1^t", [(r"\beta", "beta1"), ("1", "beta1")]),  # but the longer symbol comes first
    (r"\beta _1", [(r"\beta ", "beta1"), ("1", "beta1")]),
    (r"\betamax", []),  # another command
    (r"\text{rate}\cdot\text{a rate}", [(r"\text{rate}", "rate")]),
])
def test_a_symbol_is_found_whole_and_with_its_index(tex, found):
    assert linked(in_formula(tex, [BETA, BETA_1, TEXT])) == found


@pytest.mark.parametrize("tex", [r"\frac\beta2+\beta_1^t", r"\text{rate} \beta' '", "", r"x_{\beta}"])
def test_a_formula_is_the_same_text_in_pieces(tex):
    assert "".join(piece.text for piece in in_formula(tex, [BETA, BETA_1, TEXT])) == tex


def test_no_letter_of_a_word_is_a_symbol():
    m = link("m", "m", "2")
    assert linked(in_formula(r"\operatorname{max} \mathrm{m} \text{a m} \begin{m} m", [m])) == [("m", "m")]


def test_an_index_of_words_makes_another_symbol():
    m = link("m", "m", "2")
    assert linked(in_formula(r"m_{\text{train}} < m_\mathrm{dev} < m_i = m", [m])) == [("m", "m")] * 2


def test_a_name_is_found_in_code_but_in_no_string_and_no_comment():
    code = 'def f(w, lr):\n    """Takes lr."""\n    s = "lr"  # lr\n    w.lr -= lr * wlr\n'
    pieces = list(in_code(code, [link("α", "lr", "3")]))
    assert "".join(piece.text for piece in pieces) == code
    assert len(linked(pieces)) == 3


def test_a_prime_stays_above_the_index():
    assert math_html("n_C'", [link("n_C'", "n", "3")]).startswith(
        r'''<span class="math" data-tex="{\htmlClass{linked t-3}{n}}_{\htmlClass{linked t-3}{C}}&#x27;">''')


def test_nothing_is_markup_in_formula_and_code():
    assert "<i>" not in math_html("<i>x", [link("x", "x", "1")])
    assert "<i>" not in code_html("x = '<i>'", [link("x", "x", "1")])


# -- the pages --------------------------------------------------------------------------------------------------------


def formulas(path, language):
    text = "\n".join(part.text for part in page(path, language).parts if part.kind in ("text", "derivation"))
    return [tex for pair in re.findall(r"\$\$(.+?)\$\$|\$([^$]+)\$", text, re.DOTALL) for tex in pair if tex]


def code(path, language):
    for part in page(path, language).parts:
        if part.kind == "source":
            yield locate(part.text).code()
        elif part.has_words:
            yield from re.findall(r"```python\n(.*?)```", part.text, re.DOTALL)


def tones(figure):
    """The tones of the marks of a stored figure."""
    for panel in figure["panels"]:
        for mark in panel["marks"]:
            tone = mark.get("tone", [])
            yield from [tone] if isinstance(tone, str) else tone


def test_most_pages_have_links():
    assert len(LINKED) > 20


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", LINKED)
def test_every_link_is_in_formula_figure_and_code(path, language):
    links = links_of(path, language)
    in_formulas = {one.symbol for tex in formulas(path, language)
                   for one in (piece.link for piece in in_formula(tex, links)) if one}
    in_codes = {name for text in code(path, language) for _, name in linked(in_code(text, links))}
    assert in_formulas == {one.symbol for one in links}
    assert in_codes == {one.code for one in links}
    for name, figure in figures_of(path).items():
        for one in figure.links:
            assert one.control or one.tone in tones(stored(language, path, name)), (name, one)


@pytest.mark.parametrize("path", LINKED)
def test_a_symbol_has_one_tone_on_a_page(path):
    tone = {}
    for one in links_of(path, "en"):
        assert tone.setdefault(one.symbol, one.tone) == one.tone == tone.setdefault(one.code, one.tone)
