"""Every page and every figure: all that its controls allow it draws, in both languages the same, and its code runs."""

from __future__ import annotations

import json
import random
import re
import shlex
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.pages.seeing import after_snippets, ends, snippets, words_in
from wengu.cli.main import _app
from wengu.core.i18n import LANGUAGES, Language, use_language
from wengu.pages import figure_of, figures_of, page, pages
from wengu.pages.figure import Slider, Steps
from wengu.pages.fits import filled

PAGES = [one.path for one in pages("en")]
FIGURES = [(one.path, name) for one in pages("en") for name in one.figures]
MOST = 24  # drawings of one figure


def shape(value: Any) -> Any:
    """The JSON without its words."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value]
    return "" if isinstance(value, str) else value


@pytest.mark.parametrize(("path", "name"), FIGURES, ids=lambda one: one)
def test_figure_draws_at_the_ends_of_its_controls(path: str, name: str) -> None:
    """Each end of each control, and combinations of them."""
    figure = figure_of(path, name)
    each = {control: ends(allowed) for control, allowed in figure.controls.items()}
    together = [dict(zip(each, values, strict=True)) for values in product(*each.values())]
    alone = [{control: value} for control, values in each.items() for value in values]
    for given in alone + random.Random(0).sample(together, min(len(together), MOST)):
        made = figure(**given).to_json()
        assert made["say"].strip(), given
        assert not re.search(r"\b(nan|inf|None)\b", made["say"]), f"{given}: {made['say']}"
        json.dumps(made, allow_nan=False)


@pytest.mark.parametrize(("path", "name"), FIGURES, ids=lambda one: one)
def test_no_slider_is_dead_at_its_end(path: str, name: str) -> None:
    """From its middle to either end it changes the figure, the others at their defaults."""
    figure = figure_of(path, name)
    for control, allowed in figure.controls.items():
        if isinstance(allowed, Steps):  # each is another, as far as there are any
            last = figure().last or allowed.high
            told = [figure(**{control: step}).to_json() for step in (allowed.low, allowed.low + 1, last)]
            assert told[0] != told[1] != told[2], control
        elif isinstance(allowed, Slider) and control != "seed":  # two of them can cut alike
            low, high = allowed.low, allowed.high
            middle = allowed.clamp((low + high) / 2)
            for end in {low, high} - {middle}:
                assert figure(**{control: end}).to_json() != figure(**{control: middle}).to_json(), (control, end)


@pytest.mark.parametrize(("path", "name"), FIGURES, ids=lambda one: one)
def test_figure_with_steps_plays_them_from_the_first(path: str, name: str) -> None:
    """One control for them, the last in the row, at the first step; no plain slider stands for steps."""
    figure = figure_of(path, name)
    plays = [one for one in figure.controls.values() if isinstance(one, Steps)]
    plain = [one.label for one in figure.controls.values() if type(one) is Slider]
    assert not [label for label in plain if re.match(r"(steps?|place|epochs?)\b(?! of warm| per)", label)]
    if plays:
        assert plays == list(figure.controls.values())[-1:] and plays[0].value == plays[0].low
        made = figure()
        assert not made.each or len(made.each) == plays[0].high - plays[0].low + 1
        assert bool(made.each) == any("grows" in mark for panel in made.panels for mark in panel.marks)


def tones_of(mark: Any) -> list[str]:
    tone = mark.get("tone", [])
    return [tone] if isinstance(tone, str) else tone


DRAWN = ("line", "dots", "histogram", "band")


@pytest.mark.parametrize(("path", "name"), FIGURES, ids=lambda one: one)
def test_figure_names_its_axes_and_what_differs_in_colour(path: str, name: str) -> None:
    """Both axes, but the names of bars and a ledger speak for themselves; where there are several tones, each of them somewhere."""
    for panel in figure_of(path, name)().panels:
        kinds = {mark["mark"] for mark in panel.marks}
        if kinds & {"cells", "boxes", "ledger"} or any(mark.get("kind") in ("picture", "colour") for mark in panel.marks):
            continue
        assert panel.y.label and (panel.x.label or "bars" in kinds)
        tones = {tone for mark in panel.marks if mark["mark"] in DRAWN for tone in tones_of(mark)}
        told = {tone for mark in panel.marks if mark.get("label") or mark.get("text") for tone in tones_of(mark)}
        assert len(tones) < 2 or tones <= told
        assert all(mark["label"] for mark in panel.marks if mark["mark"] == "field")


@pytest.mark.parametrize(("path", "name"), FIGURES, ids=lambda one: one)
def test_figure_is_the_same_again_and_leaves_the_seed(path: str, name: str) -> None:
    figure, before = figure_of(path, name), torch.get_rng_state()
    assert figure().to_json() == figure().to_json()
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(("path", "name"), FIGURES, ids=lambda one: one)
def test_figure_is_the_same_in_both_languages_but_for_its_words(path: str, name: str) -> None:
    made = {}
    for language in LANGUAGES:
        use_language(language)
        made[language] = figure_of(path, name)().to_json()
    assert shape(made["en"]) == shape(made["zh"])
    assert [*words_in(made["en"])] != [*words_in(made["zh"])]
    english = [text for _, text in words_in(made["zh"]) if re.search(r"\b[a-z]{3,} [a-z]{3,}\b", text)]
    assert not english, "in the Chinese figure; a name of one word may be the library's own"


@pytest.mark.parametrize("path", PAGES)
def test_page_is_the_same_in_both_languages_but_for_its_words(path: str) -> None:
    en, zh = (page(path, language) for language in LANGUAGES)
    assert en.rows == zh.rows
    assert [one.kind for one in en.parts] == [one.kind for one in zh.parts]
    assert [part for part in en.parts if not part.has_words] == [part for part in zh.parts if not part.has_words]
    assert set(en.figures) == set(zh.figures) == set(figures_of(path))
    assert snippets(path) == snippets(path, "zh")


@pytest.mark.parametrize("path", PAGES)
def test_page_says_in_two_sentences_what_one_would_answer(path: str) -> None:
    """Right before the questions, in words that can be said: short, without a formula on a line of its own."""
    for language, end, most in (("en", r"[.?!](?= |$)", 420), ("zh", "[。？！]", 150)):
        parts = page(path, language).parts  # type: ignore[arg-type]
        spoken = [k for k, part in enumerate(parts) if part.kind == "spoken"]
        (at,) = spoken
        assert [part.kind for part in parts].index("question") == at + 1
        text = " ".join(parts[at].text.split())
        assert len(re.findall(end, text)) == 2 and re.search(f"(?:{end})$", text) and len(text) <= most, text
        assert "$$" not in text and "`" not in text


NAMES = {"norm", "run", "He", "Xavier", r"keep\_prob"}
"In the formulas of both languages: the subscripts of SPEC's letters, people, an argument."


@pytest.mark.parametrize("path", PAGES)
def test_formulas_of_a_chinese_page_are_chinese(path: str) -> None:
    words = "\n".join(part.text for part in page(path, "zh").parts if part.has_words)
    texts = {text.strip() for text in re.findall(r"\\text\{((?:[^{}\\]|\\.)*)\}", words)} - NAMES
    assert not [text for text in texts if not re.search("[\u4e00-\u9fff]", text)]
    assert not [text for text in texts if re.search("[a-z]{3,} [a-z]{2,}", text)]


@pytest.mark.parametrize("path", PAGES)
def test_snippets_run(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each as it stands, in an empty folder: no name comes from elsewhere."""
    assert snippets(path)
    monkeypatch.chdir(tmp_path)
    after_snippets(path)


@pytest.mark.parametrize("path", PAGES)
def test_lines_for_a_terminal_are_commands(path: str) -> None:
    for block in re.findall(r"```sh\n(.*?)```", "\n".join(part.text for part in page(path, "en").parts), re.DOTALL):
        for line in block.splitlines():
            program, *words = shlex.split(line)
            assert program == "wengu"
            _app().parse_args(words, exit_on_error=False, print_error=False)


@pytest.mark.parametrize("words", sorted({filled(words, figures_of(one.path)) for one in pages("en") for words in one.fits}))
def test_trainings_that_pages_offer_are_commands(words: str) -> None:
    command, bound, _ = _app().parse_args(["fit", *words.split()], exit_on_error=False, print_error=False)
    assert command and "data" not in bound.kwargs, "the sample that ships"


@pytest.mark.parametrize(("language", "word", "told"), [("en", "overfitting", r"over-?fit"), ("zh", "过拟合", "过拟合")])
def test_pages_found_by_over_fitting_speak_of_it(language: Language, word: str, told: str) -> None:
    found = [one for one in pages(language) if word in one.words]
    assert len(found) >= 4
    for one in found:
        assert re.search(told, " ".join(part.text for part in one.parts), re.IGNORECASE), one.path
