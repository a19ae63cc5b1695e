"""A digit drawn in a real browser, by mouse, finger and keys, live and in a copy. Authority: the library's own figure."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.handbook.browsing import AXE, AXE_RUN, Served, Watched, state_of
from tests.handbook.tabs import Open
from wengu.core.i18n import Language, speaking
from wengu.handbook.export import export
from wengu.pages import figure_of
from wengu.pages.drawing import unpacked_cells

pytestmark = pytest.mark.browser

LENET, NAME = "convnets/lenet5", "reading"
SAID = "name => document.querySelector(`figure.fig[data-name=${name}] [role=status]`).textContent"
INKED = "one => [...one.querySelector('path').getAttribute('d').matchAll(/h(\\d+)v1/g)].reduce((sum, [, n]) => sum + Number(n), 0)"


def figure(shown: Any) -> Any:
    return shown.locator(f"figure.fig[data-name={NAME}]")


def says(shown: Any, words: str) -> None:
    shown.wait_for_function(f"([name, words]) => ({SAID})(name) === words", arg=[NAME, words])


def drawn_so_far(shown: Any) -> str:
    """What the address holds, once it does."""
    shown.wait_for_function("name => new URLSearchParams(location.search).has(`${name}.digit`)", arg=NAME)
    shown.wait_for_timeout(300)  # it is written a little after the change
    return str(state_of(shown.url, LENET, NAME)["digit"])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_one_drawn_with_the_mouse_is_read(tab: Open, language: Language) -> None:
    shown = tab(f"/{language}/{LENET}")
    with speaking(language):
        says(shown, figure_of(LENET, NAME)().say)
    pad = figure(shown).locator(".pad")
    figure(shown).locator(".drawing button.reset").click()
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    middle = box["x"] + box["width"] / 2
    shown.mouse.move(middle, box["y"] + 24)
    shown.mouse.down()
    for part in (0.3, 0.5, 0.7, 1.0):
        shown.mouse.move(middle, box["y"] + 24 + part * (box["height"] - 48))
    shown.mouse.up()
    letters = drawn_so_far(shown)
    cells = unpacked_cells(letters)
    assert len(letters) == 131 and sum(map(sum, cells)) == pad.evaluate(INKED)
    assert all(row[:12] + row[16:] == [0] * 24 for row in cells) and all(sum(row) >= 2 for row in cells[4:24])
    made = figure_of(LENET, NAME)(digit=letters)
    with speaking(language):
        says(shown, figure_of(LENET, NAME)(digit=letters).say)
    assert made.values["guess"] == 1
    again = tab(shown.url.split("/", 3)[3].join(["/", ""]))
    with speaking(language):
        says(again, figure_of(LENET, NAME)(digit=letters).say)
    assert figure(again).locator(".pad").evaluate(INKED) == sum(map(sum, cells))


def test_the_keys_draw_where_the_pen_is_down(tab: Open) -> None:
    shown = tab(f"/en/{LENET}")
    figure(shown).locator(".drawing button.reset").click()
    says(shown, figure_of(LENET, NAME)(digit="A" * 131).say)
    figure(shown).locator(".pad").focus()
    for key in ["ArrowUp"] * 9 + [" "] + ["ArrowDown"] * 18 + [" "] + ["ArrowRight"] * 5:
        shown.keyboard.press("Space" if key == " " else key)
    letters = drawn_so_far(shown)
    assert [sum(row) for row in unpacked_cells(letters)] == [0] * 4 + [2] * 20 + [0] * 4
    says(shown, figure_of(LENET, NAME)(digit=letters).say)
    assert "reads 1," in shown.evaluate(SAID, NAME)
    assert figure(shown).locator(".drawing .hint").inner_text() == "row 23, column 19, pen up"


def test_examples_and_reset(tab: Open) -> None:
    shown = tab(f"/en/{LENET}")
    for digit in ("4", "7"):
        figure(shown).get_by_role("button", name=digit, exact=True).click()
        says(shown, figure_of(LENET, NAME)(digit=digit).say)
        assert figure(shown).locator(".samples [aria-pressed=true]").get_attribute("aria-label") == digit
    shown.wait_for_function("() => location.search === '?reading.digit=7'")
    figure(shown).locator(".result button.reset").click()
    says(shown, figure_of(LENET, NAME)().say)
    shown.wait_for_function("() => location.search === ''")


def test_a_finger_draws_and_the_page_does_not_scroll(real_browser: Any, book: Served) -> None:
    with real_browser.new_context(viewport={"width": 320, "height": 700}, has_touch=True) as context:
        seen = Watched(context.new_page(), book.root)
        shown = seen.open(f"/en/{LENET}")
        pad = figure(shown).locator(".pad")
        pad.scroll_into_view_if_needed()
        assert pad.evaluate("one => getComputedStyle(one).touchAction") == "none"
        figure(shown).locator(".drawing button.reset").tap()
        shown.wait_for_function("() => !document.querySelector('.pad path').getAttribute('d')")
        pad.tap()
        assert 4 <= pad.evaluate(INKED) <= 9, "a dot"
        box = figure(shown).locator(".drawing").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 320
        assert min(one.bounding_box()["width"] for one in figure(shown).locator(".samples button").all()) >= 24
        assert seen.faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_pad_with_the_focus_is_accessible(tab: Open, scheme: str) -> None:
    shown = tab(f"/en/{LENET}", 1280, scheme)
    figure(shown).locator(".pad").focus()
    shown.keyboard.press("Space")
    shown.evaluate(AXE.read_text(encoding="utf-8"))
    assert shown.evaluate(AXE_RUN) == []


def test_on_paper_the_picture_stays_and_the_buttons_go(real_browser: Any, book: Served) -> None:
    with real_browser.new_context(viewport={"width": 695, "height": 1000}, color_scheme="dark") as context:
        seen = Watched(context.new_page(), book.root)
        shown = seen.open(f"/en/{LENET}")
        shown.evaluate("dispatchEvent(new Event('beforeprint'))")
        shown.emulate_media(media="print")
        pad = figure(shown).locator(".pad")
        assert pad.is_visible() and pad.evaluate("one => getComputedStyle(one.querySelector('path')).fill") == "rgb(0, 0, 0)"
        assert not figure(shown).locator(".drawing button:visible, .drawing .hint:visible").count()
        assert seen.faults == []


# -- in a copy ---------------------------------------------------------------------------------------------------------


class Quiet(SimpleHTTPRequestHandler):
    """As `python -m http.server`, without its log."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A copy in which this chapter's drawings move."""
    folder: Path = tmp_path_factory.mktemp("copy") / "book"
    export(folder, moving=[LENET, "convnets/filters"])
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_copy_has_the_ten_digits_and_nothing_to_draw_with(real_browser: Any, copied: str) -> None:
    with real_browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        seen = Watched(context.new_page(), copied)
        shown = seen.open(f"/en/{LENET}.html")
        pad = figure(shown).locator(".pad")
        assert (pad.get_attribute("role"), pad.get_attribute("tabindex")) == ("img", None)
        assert not figure(shown).get_by_role("button", name="Clear").count()
        assert figure(shown).locator(".drawing .hint").inner_text() == "You can draw in “wengu notes”; this copy has ten digits to choose from."
        before = pad.evaluate(INKED)
        pad.click()
        assert pad.evaluate(INKED) == before
        for digit in ("0", "9"):
            figure(shown).get_by_role("button", name=digit, exact=True).click()
            says(shown, figure_of(LENET, NAME)(digit=digit).say)
        figure(shown).get_by_role("button", name="One step on").click()
        says(shown, figure_of(LENET, NAME)(digit="9", layer=2).say)
        shown.add_script_tag(path=str(AXE))
        assert shown.evaluate(AXE_RUN) == [] and seen.faults == []
