"""Questions in a real browser: judged as the library judges them, drawn anew, and the figure that is an answer."""

from __future__ import annotations

import threading
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.handbook.browsing import AXE, AXE_RUN, Watched
from tests.handbook.tabs import Open
from tests.handbook.test_pages_browser import Quiet
from wengu.core.i18n import LANGUAGES
from wengu.handbook.export import export
from wengu.pages import drawn, figure_of, page, question_of
from wengu.pages.question import STORED
from wengu.pages.routes import ROUTES

pytestmark = pytest.mark.browser

MOMENTUM, SOFTMAX = "gradient_descent/momentum", "models/softmax"


def asked(shown: Any, name: str) -> Any:
    return shown.locator(f'.question[data-name="{name}"]')


def answer(shown: Any, name: str, text: str) -> str:
    """What is told of this answer."""
    one = asked(shown, name)
    one.locator("input[type=text]").fill(text)
    one.locator("input[type=text]").press("Enter")
    return str(one.locator(".told").inner_text())


def after_moving(path: str, figure: str, name: str) -> str:
    """What the figure says then: all its steps, where it has some."""
    made = figure_of(path, figure)(**question_of(path, name).draw(0).then)
    return made.each[-1] if made.each else made.say


def test_an_answer_is_judged_and_the_trap_is_told(tab: Open) -> None:
    shown = tab(f"/en/{MOMENTUM}")
    made = question_of(MOMENTUM, "first_step").draw(0)
    assert answer(shown, "first_step", "x").startswith("Type a number")
    assert "the step of plain descent" in answer(shown, "first_step", str(made.traps["plain"]).replace("-", "−"))
    assert answer(shown, "first_step", "123") == "Not yet. Try again, or open the answer."
    details = asked(shown, "first_step").locator("details")
    assert details.get_attribute("open") is None
    assert answer(shown, "first_step", str(made.answer)) == "Right."
    assert details.get_attribute("open") is not None


def test_another_one_has_other_numbers_that_its_address_brings_back(tab: Open) -> None:
    """The first come as they are stored, those behind them are computed."""
    shown = tab(f"/en/{MOMENTUM}?q.first_step=7&paths.beta=0.5")
    one = asked(shown, "first_step")
    one.locator('.asked[data-seed="7"]').wait_for()
    one.get_by_role("button", name="Another one").press("Enter")
    one.locator('.asked[data-seed="8"]').wait_for()
    assert "q.first_step=8" in shown.url and "paths.beta=0.5" in shown.url
    assert one.locator("input").evaluate("one => one === document.activeElement")
    assert one.locator(".math:not(:has(.katex))").count() == 0
    made = question_of(MOMENTUM, "first_step").draw(8)
    assert answer(shown, "first_step", str(made.answer)) == "Right."


@pytest.mark.parametrize("language", LANGUAGES)
def test_options_are_chosen_by_the_keyboard(tab: Open, language: str) -> None:
    shown = tab(f"/{language}/{SOFTMAX}")
    made, one = drawn(SOFTMAX, "many_labels", 0), asked(shown, "many_labels")
    assert one.get_by_role("radio").evaluate_all("all => all.map(one => one.value)") == list(made.options)
    one.locator("input").first.focus()
    shown.keyboard.press("Space")
    for _ in range(made.options.index(str(made.answer)) or len(made.options) - 1):
        shown.keyboard.press("ArrowDown")
    shown.keyboard.press("Enter")
    right = made.options[0] != made.answer
    told = {"en": ("Not yet. ", "Right."), "zh": ("还不对。 ", "对。")}[language][right]
    assert one.locator(".told").inner_text().startswith(told)


def test_what_is_expected_moves_the_figure(tab: Open) -> None:
    shown = tab(f"/en/{MOMENTUM}")
    one = asked(shown, "in_the_bowl")
    one.get_by_label("Momentum").check()
    one.get_by_role("button", name="Let me see").click()
    told = one.locator(".told").inner_text()
    assert told.startswith("Not as you expected: look at the figure.") and "Here plain descent does not swing." in told
    said = after_moving(MOMENTUM, "paths", "in_the_bowl")
    shown.get_by_role("status").filter(has_text=said).wait_for()
    assert "paths.surface=bowl" in shown.url and one.locator("details").get_attribute("open") is not None


def test_who_expects_something_else_is_told_why_it_is_wrong(tab: Open) -> None:
    path = "practice/metrics"
    shown, told = tab(f"/en/{path}"), page(path, "en").asked["made_rare"]
    one = asked(shown, "made_rare")
    one.get_by_label(told.options["stays"]).check()
    one.get_by_role("button", name="Let me see").click()
    assert one.locator(".told").inner_text().split() == ["Not", "as", "you", "expected:", "look", "at", "the", "figure.",
                                                         *told.traps["stays"].split()]


def test_answered_questions_can_be_used_by_everybody(tab: Open) -> None:
    for width, scheme in ((360, "light"), (1280, "dark")):
        shown = tab(f"/en/{MOMENTUM}", width, scheme)
        answer(shown, "first_step", str(question_of(MOMENTUM, "first_step").draw(0).traps["plain"]))
        answer(shown, "in_torch", str(question_of(MOMENTUM, "in_torch").draw(0).answer))
        shown.evaluate("for (const one of document.querySelectorAll('.question details')) one.open = true")
        assert shown.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0
        shown.evaluate(AXE.read_text(encoding="utf-8"))
        assert shown.evaluate(AXE_RUN) == []


def test_cards_of_the_day_are_answered_one_after_the_other(tab: Open) -> None:
    """On the cover, on a phone and a desk; what is answered stays so."""
    for language, width, scheme in (("en", 1280, "light"), ("zh", 360, "dark")):
        shown = tab(f"/{language}/", width, scheme)
        shown.locator(".today .button").click()
        shown.wait_for_url("**/cards")
        shown.wait_for_function("document.documentElement.classList.contains('maths-done')")
        shown.evaluate(AXE.read_text(encoding="utf-8"))
        assert shown.evaluate(AXE_RUN) == [], language
        assert shown.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0
        done, of = map(int, shown.locator(".cards-done").inner_text().split(" / "))
        first = shown.locator(".questions > li").first
        first.locator("summary").click()
        if first.locator(".self button").count():
            first.locator(".self button").first.click()
        shown.wait_for_function("text => document.querySelector('.cards-done').textContent === text", arg=f"{done + 1} / {of}")
        shown.reload()
        assert shown.locator(".cards-done").inner_text() == f"{done + 1} / {of}"
        assert shown.locator(".questions > li").count() == of - done - 1


def test_reading_an_answer_first_is_no_mistake_but_giving_up_is(tab: Open) -> None:
    """On a page; of the cards of the day opening the answer is an answer."""
    shown = tab(f"/en/{SOFTMAX}")
    asked_for: list[str] = []
    shown.on("request", lambda one: asked_for.append(one.post_data) if one.url.split("?")[0].endswith("/api/graded") else None)
    asked(shown, "before_training").locator("summary").click()
    answer(shown, "probability", "77")
    asked(shown, "probability").locator("summary").click()
    shown.wait_for_timeout(300)
    assert len(asked_for) == 1 and '"probability"' in asked_for[0] and '"again"' in asked_for[0]


def test_copy_without_an_engine_has_other_numbers_and_moves_the_figure(real_browser: Any, tmp_path: Path) -> None:
    export(tmp_path / "site", moving=[MOMENTUM])
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "site")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with real_browser.new_context(viewport={"width": 375, "height": 800}) as context:
        seen = Watched(context.new_page(), f"http://127.0.0.1:{server.server_port}")
        shown = seen.open(f"/en/{MOMENTUM}.html")
        for seed in (*range(1, STORED), 0):
            asked(shown, "first_step").get_by_role("button", name="Another one").click()
            assert answer(shown, "first_step", str(question_of(MOMENTUM, "first_step").draw(seed).answer)) == "Right."
        one = asked(shown, "in_the_bowl")
        one.get_by_label("Plain descent").check()
        one.get_by_role("button", name="Let me see").click()
        assert one.locator(".told").inner_text() == "As you expected."
        said = after_moving(MOMENTUM, "paths", "in_the_bowl")
        shown.get_by_role("status").filter(has_text=said).wait_for()
        assert not shown.locator(".self").first.is_visible()
        for slug in ROUTES:
            seen.open(f"/zh/routes/{slug}.html")
        assert seen.faults == []
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("slug", ROUTES)
def test_ways_through_the_book_can_be_used_by_everybody(tab: Open, slug: str) -> None:
    for language, width, scheme in (("en", 360, "dark"), ("zh", 1280, "light")):
        shown = tab(f"/{language}/routes/{slug}", width, scheme)
        shown.evaluate(AXE.read_text(encoding="utf-8"))
        assert shown.evaluate(AXE_RUN) == [], language
        assert shown.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0
