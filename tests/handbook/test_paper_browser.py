"""Pages on paper are handouts: figures at their last step, room to write, what answers on sides apart, nothing to press.

Authority: Chromium's own PDF.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.handbook.browsing import Served, Watched
from tests.handbook.printed import UNIT, bare, printed
from wengu.core.i18n import LANGUAGES, Language
from wengu.handbook.export import export
from wengu.handbook.parts import stored
from wengu.pages import drawn, figures_of, page
from wengu.pages.asked import filled_in

pytestmark = pytest.mark.browser

PATHS = ["gradient_descent/momentum", "gradient_descent/graph", "convnets/stride_padding", "practice/ledger"]
BUTTONS = """() => [...document.querySelectorAll('button:not(.pickers *), .source > summary, .segments input:not(:checked) + label')]
  .map(one => one.textContent).filter(one => one.trim().length > 1)"""
STANDS = """() => [document.querySelector('main').innerText, document.documentElement.dataset.theme,
  [...document.querySelectorAll('main details[open]')].length, [...document.querySelectorAll('figure.fig svg')].map(one => one.outerHTML)]"""
ANSWERS = {"en": "Answers", "zh": "答案"}
HOW = {"en": "Howtheformulacomesabout", "zh": "公式是怎么来的"}
NAME = {"en": "Name", "zh": "姓名"}
CREDIT = "SuperMachineLearningRevisionNotes"
YOURS = {"en": "Youranswer", "zh": "你的答案"}


def said_at_last(language: Language, path: str, name: str) -> str:
    """What a figure says at its last step, or at its only one."""
    figure = stored(language, path, f"{name}@last") or stored(language, path, name)
    assert figure
    return bare(figure["each"][-1] if "each" in figure else figure["say"])


def longest(text: str) -> str:
    """The most letters that follow one another in it, outside of formulas and code: those have a font of their own."""
    return max(re.findall(r"[^\W\d]+", bare(re.sub(r"\$[^$]+\$|`[^`]+`", "|", text))), key=len, default="")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where an exported copy is, whose figures stand still."""
    folder = tmp_path_factory.mktemp("copy") / "site"
    export(folder, moving=[])
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    """Tells nothing of what it serves."""

    def log_message(self, *words: Any) -> None:
        pass


@pytest.mark.parametrize("path", ["gradient_descent/momentum", "gradient_descent/graph"])
def test_a_copy_prints_its_last_steps_too(real_browser: Any, copy: str, path: str) -> None:
    with real_browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="dark") as context:
        seen = Watched(context.new_page(), copy)
        for language in LANGUAGES:
            words = "".join(side.words for side in printed(seen.open(f"/{language}/{path}.html")))
            for name in figures_of(path):
                assert said_at_last(language, path, name) in words, (language, name)
        assert seen.faults == []


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_printed_as_a_handout(real_browser: Any, book: Served, path: str) -> None:
    with real_browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="dark") as context:
        seen = Watched(context.new_page(), book.root)
        for language, paper in zip(LANGUAGES, ("A4", "Letter"), strict=True):
            shown, written = seen.open(f"/{language}/{path}"), page(path, language)
            before = shown.evaluate(STANDS)
            pressed = {bare(one) for one in shown.evaluate(BUTTONS)}
            sides = printed(shown, paper)
            first = next(k for k, one in enumerate(sides) if one.words.startswith(ANSWERS[language]))
            words, answers = ("".join(one.words for one in part) for part in (sides[:first], sides[first:]))
            assert answers.startswith(f"{ANSWERS[language]}:{bare(written.title)}")
            expected = [written.parts[k + 1].text for k, part in enumerate(written.parts) if part.kind == "expect"]
            for name in figures_of(path):  # what a reader is to expect does not stand below the question
                place, other = (answers, words) if name in expected else (words, answers)
                told = said_at_last(language, path, name)
                assert told in place and told not in other, (language, name)
            for part in written.parts:
                if part.kind == "derivation":
                    assert longest(part.text) in answers and HOW[language] not in words, language
            assert sides[0].words.startswith(NAME[language]) and CREDIT in sides[-1].words
            assert [one.foot for one in sides] == [f"{k + 1}/{len(sides)}" for k in range(len(sides))]
            lines = {line.removeprefix(YOURS[language]) for side in sides for line in side.lines}
            assert not lines & pressed
            assert not [line for line in lines if "tests/" in line or ".py:" in line]
            for name in written.questions:
                asked, made = written.asked[name], drawn(path, name, 0)
                prompt, answer = (longest(filled_in(text, made.inserted)) for text in (asked.prompt, asked.answer))
                assert prompt in words and answer in answers, (language, name)
                assert len(answer) < 15 or answer not in words, (language, name)
            assert [side.unit for side in sides] == [UNIT] * len(sides), "something is wider than the side"
            assert all(0.05 < one.x < 0.95 and 0.02 < one.y < 0.98 for side in sides for one in side.texts)
            assert shown.evaluate(STANDS) == before
        assert seen.faults == []
