"""What a reader sees at once: a figure beside its controls on a phone, and a page on paper."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from tests.handbook.browsing import AXE, AXE_RUN, Served, Watched
from tests.handbook.tabs import Open

pytestmark = pytest.mark.browser

IN_SIGHT = """name => {
  const figure = document.querySelector(`figure[data-name="${name}"]`), box = one => one.getBoundingClientRect()
  const controls = box(figure.querySelector('.controls')), panels = box(figure.querySelector('.panels'))
  const top = Math.max(panels.top, box(document.querySelector('body > header')).bottom)
  return [controls.top >= 0 && controls.bottom <= innerHeight + 1, Math.min(panels.bottom, controls.top) - top]
}"""
"Whether all controls are in sight, and how many pixels of the panels are that no control hides."
ON_PAPER = """() => {
  const shown = one => one.checkVisibility({ visibilityProperty: true }) && one.getBoundingClientRect().width > 0
  const main = document.querySelector('main').getBoundingClientRect(), style = one => getComputedStyle(one)
  return {
    buttons: [...document.querySelectorAll('button, input[type=range], body > nav, body > header')].filter(shown).length,
    outside: [...document.querySelectorAll('main *')].filter(one => shown(one) && !one.closest('.katex')
      && one.getBoundingClientRect().right > main.right + 1).map(one => `${one.tagName} ${one.className}`),
    cut: [...document.querySelectorAll('main pre, main .scroll')].filter(one => one.scrollWidth > one.clientWidth + 1
      && style(one).overflowX !== 'visible').length,
    values: [...document.querySelectorAll('.controls output')].filter(shown).map(one => one.textContent),
    colours: [style(document.body).color, style(document.body).backgroundColor],
    theme: document.documentElement.dataset.theme,
  }
}"""


@pytest.mark.parametrize(("path", "name"), [("practice/mismatch", "alike"), ("gradient_descent/momentum", "paths"),
                                            ("practice/ledger", "calculator"), ("gradient_descent/adam", "descent")])
def test_on_a_phone_a_figure_is_in_sight_while_its_controls_are_moved(tab: Open, path: str, name: str) -> None:
    shown = tab(f"/en/{path}", 360)
    figure = shown.locator(f'figure[data-name="{name}"]')
    for place in ("start", "center", "end"):  # of what is scrolled to
        figure.locator(".panels").evaluate("(one, block) => one.scrollIntoView({block, behavior: 'instant'})", place)
        controls, pixels = shown.evaluate(IN_SIGHT, name)
        assert controls and pixels > 150, (place, controls, pixels)  # a ravine of one scale is flat


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_is_printed_black_on_white_with_its_values_and_whole(real_browser: Any, book: Served, language: str) -> None:
    with real_browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="dark") as context:
        seen = Watched(context.new_page(), book.root)
        for path in ("gradient_descent/momentum", "practice/ledger", "convnets/lenet5", "gradient_descent/graph"):
            shown = seen.open(f"/{language}/{path}")
            shown.evaluate("dispatchEvent(new Event('beforeprint'))")
            shown.emulate_media(media="print", color_scheme="dark")
            shown.set_viewport_size({"width": 695, "height": 1000})  # between the margins of A4
            found = shown.evaluate(ON_PAPER)
            assert (found["buttons"], found["outside"], found["cut"], found["theme"]) == (0, [], 0, "light"), path
            assert found["colours"] == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
            assert len(found["values"]) == shown.locator(".controls output").count()
            shown.emulate_media(media="screen", color_scheme="dark")
            shown.evaluate("dispatchEvent(new Event('afterprint'))")
            assert shown.evaluate("document.documentElement.dataset.theme") == "dark"
        assert len(shown.pdf(format="A4")) > 20_000 and seen.faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ["/en/", "/zh/gradient_descent/momentum", "/en/runs", "/en/runs/first"])
def test_what_is_pointed_at_or_has_the_focus_can_be_read(tab: Open, address: str, scheme: str) -> None:
    """All of them at once, as Chromium's own tools have it."""
    from playwright.sync_api import Error

    shown = tab(address, 1280, scheme)
    if "/runs" in address:
        shown.wait_for_selector("canvas")
    shown.evaluate(AXE.read_text(encoding="utf-8"))
    shown.add_style_tag(content="*, ::before, ::after { transition: none !important }")
    tools = shown.context.new_cdp_session(shown)
    for domain in ("DOM", "CSS"):
        tools.send(f"{domain}.enable")
    root = tools.send("DOM.getDocument")["root"]["nodeId"]
    all_of_them = tools.send("DOM.querySelectorAll", {"nodeId": root, "selector": "body *"})["nodeIds"]
    for node in all_of_them:
        with suppress(Error):  # what a list that comes to life has replaced by now
            tools.send("CSS.forcePseudoState", {"nodeId": node, "forcedPseudoClasses": ["hover", "focus", "focus-visible"]})
    assert shown.evaluate(AXE_RUN) == []
    tools.detach()
