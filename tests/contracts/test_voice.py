"""How the handbook writes: signs as people set them, Chinese punctuation, sentences under figures, no names of code.

What a reader sees is the pages' text without code and formulas, what figures say and label at their defaults, and the
labels of their controls.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest

from tests.pages.seeing import words_in
from wengu.core.i18n import LANGUAGES, Language, speaking
from wengu.handbook.parts import STATIC
from wengu.optimization import DECAYS
from wengu.pages import figures_of, page, pages
from wengu.pages.page import raw

PATHS = [one.path for one in pages("en")]
HAN = "\u4e00-\u9fff"
AS_CODE = {"name in the code", "代码中的名称"}
"The column of a table that has names of code."


def prose(path: str, language: Language) -> str:
    """A page's words, its questions' too, without code, formulas and the addresses of links."""
    _, _, text = raw(path, language).partition("title: ")
    text = re.sub(r"^(?:words|rows): .*|^brief: |^::(?:fit|source) .*|\{\{[^}]*\}\}", "", text, flags=re.MULTILINE)
    text = re.sub(r"```.*?```|\$\$.*?\$\$", "\n", text, flags=re.DOTALL)
    return re.sub(r"`[^`]*`|\$[^$]*\$|\]\([^)]*\)", " ", text)


def without_code(figure: dict[str, Any]) -> dict[str, Any]:
    """A figure's JSON without a table of names in the code."""
    return {name: one for name, one in figure.items() if name != "rows"} if AS_CODE & {*figure.get("head", ())} else figure


@cache
def figures(path: str, language: Language) -> tuple[tuple[str, str], ...]:
    """All that the figures of a page show as they are stored, and their controls."""
    made: list[tuple[str, str]] = []
    for file in sorted((STATIC / "figures" / language).glob(f"{path.replace('/', '.')}.*.json")):
        made += words_in(without_code(json.loads(file.read_text(encoding="utf-8"))))
    with speaking(language):
        for figure in figures_of(path).values():
            for control in figure.controls_json():
                made += [("label", text) for text in (control["label"], *control.get("labels", ()), *control.get("names", ()))]
    return tuple(made)


def written(path: str, language: Language) -> list[str]:
    return [prose(path, language), *(text for _, text in figures(path, language))]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_a_minus_is_a_minus_and_a_prime_a_prime(path: str, language: Language) -> None:
    """−1 and g′, not -1 and g'."""
    for text in written(path, language):
        assert not re.findall(r".{0,20}(?<![\w.)\]–-])-\d.{0,9}", text)
        assert not re.findall(r".{0,20}(?<![A-Za-z])[A-Za-z]'(?![A-Za-z]).{0,9}", text)


@pytest.mark.parametrize("path", PATHS)
def test_chinese_has_its_own_punctuation(path: str) -> None:
    """None of , ; : ? ! beside a Chinese letter, and no ( ) that holds any."""
    for text in written(path, "zh"):
        found = re.findall(rf".{{0,9}}[{HAN}][,;:?!].{{0,9}}|.{{0,9}}[,;:!] ?[{HAN}].{{0,9}}|.{{0,9}}[{HAN}]\. .{{0,9}}", text)
        assert not found
        assert not [one for one in re.findall(r"\([^()]*\)", text) if re.search(f"[{HAN}]", one)]


CODE_NAMES = re.compile(r"\b[a-z]+_[a-z]\w*|\b(?:relu|lr|keep_prob|z_norm|wd|eps)\b|(?<!/)\b(?:" + "|".join(
    one for one in DECAYS if "-" in one) + r")\b")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_figures_have_no_names_of_code(path: str, language: Language) -> None:
    assert not [text for _, text in figures(path, language) if CODE_NAMES.search(text)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_a_figure_says_whole_sentences(path: str, language: Language) -> None:
    said = [text for key, text in figures(path, language) if key == "say"]
    assert said
    for text in said:
        assert text.endswith({"en": ".", "zh": "。"}[language]), text
        assert not re.match(r"[a-z]{2,} ", text), text


NOTES_ERR = re.compile(r"\bnotes (?:say|print|slip|call|take|have|subtract|err)|slip in the notes|their (?:loop|table)\b|"
                       r"笔记[^。]{0,8}(?:笔误|疏漏|印的|错了)|笔记(?:说|把)")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_slips_of_the_notes_are_folded(path: str, language: Language) -> None:
    for part in page(path, language).parts:
        assert part.kind == "slip" or not NOTES_ERR.search(part.text), part.text
