"""Numbers that texts quote: every one is stored, fresh, and of a state that the figure allows."""

from __future__ import annotations

import json
import re

import pytest

from wengu.core.checks import InputError
from wengu.core.i18n import LANGUAGES, Language
from wengu.pages import figures_of, page, pages, quotables_of
from wengu.pages.figure import Fig, figure, quoted, slider
from wengu.pages.page import raw
from wengu.pages.quotes import Quote, computed, filled, in_words, quotes_in, stored_quotes

PATHS = [one.path for one in pages("en")]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_every_quote_is_stored(path: str, language: Language) -> None:
    for part in page(path, language).parts:
        assert not quotes_in(part.text), "run `make figures`"
    assert "{{" not in "".join(part.text.replace("{{\\", "") for part in page(path, language).parts if "}}" in part.text)


def test_nothing_is_stored_that_no_text_quotes() -> None:
    assert stored_quotes().keys() <= set(PATHS)
    for path, held in stored_quotes().items():
        assert held.keys() == {str(one) for language in LANGUAGES for one in quotes_in(raw(path, language))}


@pytest.mark.parametrize("path", PATHS)
def test_both_languages_quote_the_same(path: str) -> None:
    en, zh = ({str(one) for one in quotes_in(raw(path, language))} for language in LANGUAGES)
    assert en == zh


N, LR = slider(1, 9, 3, label="n"), slider(0.1, 1.0, 0.5, label="α")


@figure(shows=[])
def sizes(n: int = N, lr: float = LR) -> Fig:
    return Fig(say="", values={"twice": 2 * n, "third": lr / 3})


def test_a_quote_is_what_the_figure_gives_in_that_state() -> None:
    found = {"sizes": sizes, "facts": quoted(lambda: {"pi": 3.14159})}
    assert [computed(one, found) for one in quotes_in("{{sizes.twice}} {{sizes.twice n=4}} {{facts.pi:.2f}}")] == [6, 8, 3.14159]
    assert computed(Quote("sizes", "third", (("lr", "0.3"),)), found) == pytest.approx(0.1)
    for wrong, why in (("{{size.twice}}", "sizes"), ("{{sizes.half}}", "twice"), ("{{sizes.twice m=4}}", "n"),
                       ("{{sizes.twice n=40}}", "n=40")):
        with pytest.raises(InputError, match=why):
            computed(quotes_in(wrong)[0], found)


def test_what_is_not_stored_stays_and_formulas_are_no_quotes() -> None:
    assert filled("{{paths.nothing}} $x^{{2}}$", "gradient_descent/momentum") == "{{paths.nothing}} $x^{{2}}$"
    assert filled("{{paths.plain}}", "gradient_descent/momentum").isdigit()
    assert in_words(0.784, ".0%") == "78\u00a0%" and in_words(12345) == "12,345" and in_words(-2e-7, ".0e") == "−2 × 10⁻⁷"


def test_what_a_page_exposes_is_found() -> None:
    assert "paths" in quotables_of("gradient_descent/momentum")


def about_figures(path: str, language: Language) -> str:
    """What the text says of its figures: from the first to the next heading, without folds, formulas and quotes."""
    after = raw(path, language).partition("\n::fig ")[2].partition("\n## ")[0]
    after = re.sub(r"^::(?:derivation|slip|expect)\b.*?^(?=::end|::fig)", "", after, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"\{\{[^}]*\}\}|\$\$.*?\$\$|\$[^$]*\$|`[^`]*`|^::.*", " ", after, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_no_number_of_a_figure_is_typed(path: str, language: Language) -> None:
    """Of two digits and more only settings may stand in the text: "λ = 150", and what controls begin or end at."""
    settings = set()
    for control in (one for drawn in figures_of(path).values() for one in drawn.controls.values()):
        seen = json.dumps([getattr(control, name, None) for name in ("value", "low", "high", "options", "labels")])
        settings |= {float(one) for one in re.findall(r"\d+(?:\.\d+)?", seen)}
    text = re.sub(r"[=≈] ?[−\d][\d,.]*", " ", about_figures(path, language))
    typed = [one for one in re.findall(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?![\w×])", text)
             if len(re.sub(r"\D", "", one)) > 1 and float(one.replace(",", "").rstrip(".")) not in settings]
    assert not typed, "quote it: {{figure.value}}"
