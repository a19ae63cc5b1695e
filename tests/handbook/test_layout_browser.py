"""What a reader sees at once: a figure beside its controls on a phone, and a page on paper."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest

from tests.handbook.browsing import AXE, AXE_RUN, Served, Watched
from tests.handbook.tabs import Open
from wengu.core.i18n import LANGUAGES
from wengu.pages import pages

pytestmark = pytest.mark.browser

BESIDE = """() => {
  const box = one => one.getBoundingClientRect(), less = []
  for (const figure of document.querySelectorAll('figure.fig')) {
    const controls = figure.querySelector('.controls'), panels = figure.querySelector('.panels')
    const look = words => {
      const under = box(document.querySelector('body > header')).bottom
      scrollBy({top: box(panels).top - under, behavior: 'instant'})
      const seen = Math.min(box(panels).bottom, box(controls).top) - Math.max(box(panels).top, under)
      const fields = [...controls.querySelectorAll('.control')].filter(one => one.checkVisibility())
      const whole = controls.scrollHeight <= controls.clientHeight + 1 && box(controls).bottom <= innerHeight + 1 && fields.length
      if (!whole || seen < Math.min(box(panels).height, 0.55 * innerHeight) - 1) less.push([figure.dataset.name, words, seen])
    }
    const picks = [...figure.querySelectorAll('.pickers button')]
    if (!picks.length && controls) look('')
    for (const one of picks) { one.click(); look(one.textContent) }
  }
  return less
}"""
"Controls beside which less than 55 % of a phone's screen is left for the figure, or that are not whole in sight."
WHERE = """name => {
  const box = one => one.getBoundingClientRect(), figure = document.querySelector(`figure[data-name="${name}"]`)
  const panels = box(figure.querySelector('.panels')), controls = box(figure.querySelector('.controls'))
  const head = box(document.querySelector('body > header')).bottom, below = innerWidth < 640
  const under = below ? head : Math.max(head, controls.bottom)
  const seen = Math.min(panels.bottom, below ? controls.top : innerHeight, innerHeight) - Math.max(panels.top, under)
  return [seen / Math.min(panels.height, 0.5 * innerHeight), figure.contains(document.activeElement)]
}"""
"How much of a figure is in sight, of what there is room for; and whether the keyboard is in it."
EXPECTED = [(one.path, after.text) for one in pages("en") for before, after in pairwise(one.parts) if before.kind == "expect"]
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


@pytest.mark.parametrize("path", [one.path for one in pages("en")])
def test_on_a_small_phone_most_of_the_screen_is_the_figures_while_any_control_is_moved(tab: Open, path: str) -> None:
    for language in LANGUAGES:
        shown = tab(f"/{language}/{path}", 360)
        for height in (640, 740):
            shown.set_viewport_size({"width": 360, "height": height})
            assert shown.evaluate(BESIDE) == [], (language, height)


def test_on_a_phone_a_control_that_is_opened_moves_the_figure_and_its_button_says_so(tab: Open) -> None:
    figure = tab("/en/gradient_descent/decays", 360).locator("figure.fig")
    buttons, fields = figure.locator(".pickers button"), figure.locator(".controls > .control")
    assert [one.is_visible() for one in fields.all()].count(True) == 1 and buttons.count() == fields.count()
    buttons.filter(has_text="epochs of warm-up").click()
    slider = figure.locator("input[data-name=warm_up]")
    assert slider.is_visible() and not figure.locator("input[data-name=lr]").is_visible()
    slider.press("ArrowRight")
    told = figure.locator("[role=status]")
    before = told.text_content()
    slider.press("ArrowRight")
    figure.page.wait_for_function("before => document.querySelector('figure.fig [role=status]').textContent !== before", arg=before)
    assert figure.locator('.pickers [aria-pressed="true"]').text_content() == "epochs of warm-up2"


@pytest.mark.parametrize(("path", "name"), EXPECTED)
def test_a_figure_that_answers_what_was_expected_comes_into_sight(tab: Open, path: str, name: str) -> None:
    for width, height in ((360, 640), (1280, 800))[: 1 + (path == EXPECTED[0][0])]:
        shown = tab(f"/en/{path}", width)
        shown.set_viewport_size({"width": width, "height": height})
        question = shown.locator(f'.question[data-figure="{name}"]')
        if question.locator(".ask fieldset").count():
            question.locator(".option").first.click()
        else:
            question.locator(".ask input").first.fill("0.5")
        question.locator(".ask button").first.click()
        shown.wait_for_timeout(700)  # it scrolls there smoothly
        seen, held = shown.evaluate(WHERE, name)
        assert seen > 0.99 and held, (width, seen, held)


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
    all_but_in_formulas = {"nodeId": root, "selector": "body *:not(.katex *)"}  # for these no rule tells hover and focus
    nodes = tools.send("DOM.querySelectorAll", all_but_in_formulas)["nodeIds"]
    assert len(nodes) > 100
    for node in nodes:
        with suppress(Error):  # what a list that comes to life has replaced by now
            tools.send("CSS.forcePseudoState", {"nodeId": node, "forcedPseudoClasses": ["hover", "focus", "focus-visible"]})
    assert shown.evaluate(AXE_RUN) == []
    tools.detach()
