"""Formula, figure and code linked, in a real browser: by mouse, focus, keys and tap, and by colour without a script.

Authority: the tones as the sheet declares them; axe-core for contrast while something is lit.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.handbook.browsing import AXE, AXE_RUN, SCHEMES, Served, Watched
from tests.handbook.tabs import Open

pytestmark = pytest.mark.browser

MOMENTUM = "/en/gradient_descent/momentum"
LIT = "document.querySelector('main').dataset.lit"
COLOUR = "one => getComputedStyle(one).color"


def shown(tab: Open, **more: Any) -> Any:
    page = tab(MOMENTUM, **more)
    page.wait_for_selector("html.maths-done")
    return page


def test_symbol_control_and_name_have_one_colour_and_light_up_together(tab: Open) -> None:
    page = shown(tab)
    beta = page.locator("div.math .linked.t-1").first
    label = page.locator(".control:has([data-name=beta]) label")
    page.locator("details.source summary").click()
    name = page.locator("details.source b.linked", has_text="beta").first
    assert beta.evaluate(COLOUR) == label.evaluate(COLOUR) == name.evaluate(COLOUR) != page.locator("h1").evaluate(COLOUR)
    beta.hover()
    assert page.evaluate(LIT) == "1" and not page.locator("figure.dimmed").count()  # β has no mark to set off
    assert name.evaluate("one => getComputedStyle(one).boxShadow") != "none"
    page.locator("h1").hover()
    assert page.evaluate(LIT) is None


def test_the_path_stands_out_where_its_symbol_is_meant_and_points_back_to_it(tab: Open) -> None:
    page = shown(tab)
    page.locator("div.math .linked.t-2").first.hover()
    assert page.locator("figure.dimmed").count() == 1
    opacity = "tone => getComputedStyle(document.querySelector(`figure.fig .panel svg .line.t-${tone}`)).opacity"
    assert page.evaluate(opacity, "2") == "1" and page.evaluate(opacity, "4") == "0.25"
    page.locator(".panel").nth(1).focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")  # the focus of the keyboard reads the first row: momentum, whose symbol is W
    assert page.evaluate(LIT) == "2"
    page.keyboard.press("ArrowDown")  # plain descent, which has none
    assert page.evaluate(LIT) is None


def test_a_control_in_focus_lights_its_symbol(tab: Open) -> None:
    page = shown(tab)
    page.focus("[data-name=lr]")
    assert page.evaluate(LIT) == "3"
    page.evaluate("document.activeElement.blur()")
    assert page.evaluate(LIT) is None


def test_all_symbols_are_one_stop_and_enter_holds_one(tab: Open) -> None:
    page = shown(tab)
    assert page.locator(".links [tabindex='0']").count() == 1 < page.locator(".keys .linked").count()
    page.locator(".keys .linked").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.evaluate("document.activeElement.blur()")
    assert page.evaluate(LIT) == "3" and page.locator(".links [aria-pressed=true]").inner_text().endswith("lr")
    page.locator(".keys .linked").first.focus()
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    assert page.evaluate(LIT) is None


def test_a_finger_holds_it_until_it_taps_elsewhere(real_browser: Any, book: Served) -> None:
    with real_browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True) as context:
        seen = Watched(context.new_page(), book.root)
        page = seen.open(MOMENTUM)
        page.wait_for_selector("html.maths-done")
        page.locator("div.math .linked.t-3").first.tap()
        assert page.evaluate(LIT) == "3"
        page.locator("h1").tap()
        assert page.evaluate(LIT) is None and seen.faults == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_lit_can_be_read(tab: Open, scheme: str) -> None:
    page = shown(tab, scheme=scheme)
    page.locator("details.source summary").click()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for tone in "134":
        page.evaluate("tone => document.querySelector('main').dataset.lit = tone", tone)
        assert page.evaluate(AXE_RUN) == []


def test_colours_are_there_without_a_script(real_browser: Any, book: Served) -> None:
    with real_browser.new_context(java_script_enabled=False) as context:
        page = Watched(context.new_page(), book.root).page
        page.goto(book.root + MOMENTUM)
        symbol, name = page.locator("div.math b.linked.t-1").first, page.locator("pre b.linked.t-1").first
        assert symbol.text_content() == r"\beta" and name.text_content() == "beta"
        assert page.locator("div.math").first.text_content() == r"V \leftarrow \beta V + (1-\beta)\,g"
