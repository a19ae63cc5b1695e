"""The handbook in a real browser: every page in both languages, on a phone and a desk, light and dark.

Authority: the library itself for what figures say, axe-core for what everybody can use.
"""

from __future__ import annotations

import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.handbook.browsing import AXE, AXE_RUN, EVERY_WIDTH, SCHEMES, WIDTHS, Served, Watched, state_of
from tests.handbook.printed import UNIT, printed
from tests.handbook.tabs import Open
from tests.waiting import PATIENCE, children, kill, lives, until
from wengu.core.i18n import LANGUAGES
from wengu.handbook.export import export
from wengu.pages import figure_of, page, pages

pytestmark = pytest.mark.browser

PATHS = [one.path for one in pages("en")]
LOOK = """() => {
  const seen = one => one.checkVisibility() && one.getBoundingClientRect().width > 0
  const text = document.querySelector('main').cloneNode(true)
  for (const one of text.querySelectorAll('script, code, pre, .math, [lang]')) one.remove()
  const each = document.createTreeWalker(text, NodeFilter.SHOW_TEXT), words = []
  while (each.nextNode()) words.push(each.currentNode.data.trim())
  const figures = [...document.querySelectorAll('figure.fig')]
  return {
    wide: document.scrollingElement.scrollWidth - innerWidth,
    outside: [...document.querySelectorAll('main *')].filter(one => seen(one) && !one.closest('.scroll, pre, .math, .wide, .pickers')
      && one.getBoundingClientRect().right > innerWidth + 1).map(one => `${one.tagName} ${one.className}`),
    cut: [...document.querySelectorAll('main .scroll, main .panel.wide')].filter(one => one.scrollWidth > one.clientWidth + 1)
      .map(one => one.textContent.trim().slice(0, 60)),
    figures: figures.map(f => f.dataset.name),
    empty: figures.filter(f => ![...f.querySelectorAll('svg, canvas')].some(seen)).map(f => f.dataset.name),
    spoken: figures.map(f => f.querySelector('[role=status]').textContent),
    controls: figures.map(f => [...f.querySelectorAll('.controls [data-name]')].map(c => `${c.type} ${c.dataset.name}`)),
    narrow: [...document.querySelectorAll('input[type=range]')].filter(seen)
      .map(s => s.getBoundingClientRect().width).filter(w => w < 120),
    raw: [...document.querySelectorAll('.math')].filter(m => !m.querySelector('.katex') || m.querySelector('.katex-error')
      || m.classList.contains('wrong')).map(m => m.textContent),
    heads: [...document.querySelectorAll('main h1, main h2, main h3')].map(h => h.tagName),
    hidden: [...document.querySelectorAll('article > section')].filter(s => s.getBoundingClientRect().height < 40).length,
    words: words.filter(Boolean).join('\\n'),
  }
}"""
SETTLED = """() => [...document.querySelectorAll('figure.fig .panel svg')].every(svg =>
  svg.getBoundingClientRect().right <= innerWidth + 1 || svg.parentElement.classList.contains('wide'))"""
"Every figure is drawn for the width that is now."
TO_THE_END = """() => { for (const one of document.querySelectorAll('.player input')) {
  one.value = one.max; one.dispatchEvent(new Event('input')) } }"""
TEXTS = """() => {
  const wrong = []
  for (const figure of document.querySelectorAll('figure.fig')) for (const svg of figure.querySelectorAll('.panel svg')) {
    const frame = svg.getBoundingClientRect(), seen = []
    for (const text of svg.querySelectorAll('text')) {
      if (!text.textContent.trim() || text.hasAttribute('transform')) continue
      const box = text.getBoundingClientRect(), in_ = 0.22 * box.height
      const one = {words: text.textContent, left: box.left + 1, right: box.right - 1, top: box.top + in_, bottom: box.bottom - in_}
      const told = `${figure.dataset.name}: “${one.words}”`
      if (one.words.endsWith('…')) wrong.push(`${told} is shortened`)
      if (one.left < frame.left - 3 || one.right > frame.right + 3 || one.top < frame.top - 3 || one.bottom > frame.bottom + 3) wrong.push(`${told} is cut`)
      for (const other of seen)
        if (one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom) wrong.push(`${told} over “${other.words}”`)
      seen.push(one)
      for (const mark of svg.querySelectorAll(':scope > :is(.bar, .dot, .line)')) {  // of a legend
        const its = mark.getBoundingClientRect()
        if (its.width < 40 && its.height < 16 && one.left < its.right && its.left < one.right && one.top < its.bottom - 1 && its.top + 1 < one.bottom)
          wrong.push(`${told} over the legend`)
      }
    }
  }
  return wrong
}"""
"Words of a figure that lie over others, are cut at its edge, or had to be shortened."
ENGLISH = re.compile(r"(?:\b[a-z]+\b[ ,]+){3,}[a-z]+\b")


# -- what every page is ------------------------------------------------------------------------------------------------


CUT_CODE = "[...document.querySelectorAll('article > .code pre')].filter(one => one.scrollWidth > one.clientWidth + 1).length"


@pytest.mark.parametrize("path", PATHS)
def test_page_is_whole_in_both_languages_and_every_width(tab: Open, path: str) -> None:
    seen = {}
    for k, language in enumerate(LANGUAGES, PATHS.index(path)):
        width, scheme = WIDTHS[k % 2], SCHEMES[k // 2 % 2]  # over the pages each with each
        shown = tab(f"/{language}/{path}", width, scheme)
        look = seen[language] = shown.evaluate(LOOK)
        where = f"{language}, {width} px, {scheme}"
        assert look["figures"] == list(page(path, language).figures), where
        assert (look["empty"], look["raw"]) == ([], []), where
        assert "$" not in look["words"], where
        shown.evaluate(AXE.read_text(encoding="utf-8"))
        assert shown.evaluate(AXE_RUN) == [], where
        shown.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")
        for width in EVERY_WIDTH:
            shown.set_viewport_size({"width": width, "height": 800})
            shown.wait_for_function(SETTLED)
            look = shown.evaluate(LOOK)
            assert (look["narrow"], look["outside"], look["cut"], look["hidden"]) == ([], [], [], 0), f"{language}, {width} px"
            assert width < 1280 or not shown.evaluate(CUT_CODE), language
            assert look["wide"] <= 0, f"{language}: {look['wide']} px too wide for {width}"
            assert shown.evaluate(TEXTS) == [], f"{language}, {width} px"
        shown.evaluate(TO_THE_END)
        shown.wait_for_function(SETTLED)
        assert shown.evaluate(TEXTS) == [], f"{language}, all steps played"
        for side in printed(shown, ("A4", "Letter")[k % 2]):
            assert side.unit == UNIT, f"{language}: wider than paper"
            assert [one.words for one in side.texts if not 0.05 < one.x < 0.95 or not 0.02 < one.y < 0.98] == []
    english, chinese = seen["en"], seen["zh"]
    assert (english["heads"], english["controls"]) == (chinese["heads"], chinese["controls"])
    assert ENGLISH.findall(chinese["words"]) == []


@pytest.mark.parametrize("address", ["/", "/runs", "/runs/first"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_cover_and_runs_can_be_used_by_everybody(tab: Open, language: str, address: str) -> None:
    for width, scheme in zip(WIDTHS, SCHEMES if language == "en" else SCHEMES[::-1], strict=True):
        shown = tab(f"/{language}{address}", width, scheme)
        if address != "/":
            shown.wait_for_selector("canvas" if address == "/runs" else ".card .gallery, .card h2 + p:last-child")
        assert shown.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0, width
        shown.evaluate(AXE.read_text(encoding="utf-8"))
        assert shown.evaluate(AXE_RUN) == [], f"{width} px, {scheme}"
        if language == "zh":
            assert ENGLISH.findall(shown.evaluate(LOOK)["words"]) == []


@pytest.mark.parametrize("room", ["wengu", "optimization", "practice", "vision.convnets"])
def test_api_can_be_read_by_everybody(tab: Open, room: str) -> None:
    for language, width, scheme in (("en", 360, "light"), ("zh", 1280, "light"), ("en", 1280, "dark"), ("zh", 360, "dark")):
        shown = tab(f"/{language}/api/{room}", width, scheme)
        shown.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")
        look = shown.evaluate(LOOK)
        assert look["wide"] <= 0, (language, width)
        shown.evaluate(AXE.read_text(encoding="utf-8"))
        assert shown.evaluate(AXE_RUN) == [], (language, width, scheme)
        if language == "zh":
            assert ENGLISH.findall(look["words"]) == []


def test_an_address_opens_its_file_of_the_api_and_paper_opens_all(tab: Open) -> None:
    closed = "() => document.querySelectorAll('main details:not([open])').length"
    shown = tab("/en/api/layers")
    every = shown.evaluate(closed)
    assert every > 10
    shown.locator(".names").get_by_role("link", name="Conv2d", exact=True).click()
    shown.locator("#Conv2d").wait_for()
    assert shown.evaluate(closed) == every - 1
    shown.evaluate("dispatchEvent(new Event('beforeprint'))")
    cut = "() => [...document.querySelectorAll('.formula')].filter(one => one.scrollWidth > one.clientWidth).length"
    assert (shown.evaluate(closed), shown.evaluate(cut)) == (0, 0)
    shown.evaluate("dispatchEvent(new Event('afterprint'))")
    assert shown.evaluate(closed) == every - 1
    tab("/zh/api/layers#xavier").locator("#xavier").wait_for()


def test_words_with_a_hyphen_stay_whole(tab: Open) -> None:
    shown = tab("/zh/models/multi_task", 360)
    flags = shown.locator("main li code span")
    assert flags.all_inner_texts() == ["--only"]
    assert flags.evaluate("one => one.getClientRects().length") == 1


@pytest.mark.parametrize("width", [320, 360])
@pytest.mark.parametrize("address", ["", "api/layers", "gradient_descent/adam"])
def test_nothing_is_wider_than_a_small_phone(real_browser: Any, book: Served, width: int, address: str) -> None:
    with real_browser.new_context(viewport={"width": width, "height": 800}) as context:
        seen = Watched(context.new_page(), book.root)
        for language in LANGUAGES:
            assert seen.open(f"/{language}/{address}").evaluate(LOOK)["wide"] <= 0, language
        assert seen.faults == []


# -- figures -----------------------------------------------------------------------------------------------------------


def touch(shown: Any, name: str) -> None:
    """Change the first control of a figure that the keyboard reaches."""
    figure = shown.locator(f'figure[data-name="{name}"]')
    sliders, chosen = figure.locator("input[type=range]"), figure.locator("input[type=radio]:checked")
    if sliders.count():
        sliders.first.focus()
        is_high = sliders.first.evaluate("s => 2 * Number(s.value) > Number(s.max)")
        shown.keyboard.press("ArrowLeft" if is_high else "ArrowRight")
    elif chosen.count():
        chosen.first.focus()
        shown.keyboard.press("ArrowRight")
    elif figure.locator("select").count():
        figure.locator("select").first.select_option(index=1)
    else:
        figure.locator("input[type=number]").first.press("ArrowUp")


def comes_to_say_what_the_library_says(shown: Any, path: str, name: str) -> None:
    """The state is in the address, and the figure says what its function gives for it."""
    shown.wait_for_function("name => location.search.includes(`${name}.`)", arg=name)
    state = state_of(shown.url, path, name)
    expected = figure_of(path, name)(**state).say
    status = shown.locator(f'figure[data-name="{name}"] [role=status]')
    for _ in range(int(PATIENCE / 0.05)):
        if status.text_content() == expected:
            return
        shown.wait_for_timeout(50)
    assert status.text_content() == expected, state


@pytest.mark.parametrize("path", PATHS)
def test_a_figure_says_what_the_library_computes(tab: Open, path: str) -> None:
    shown = tab(f"/en/{path}")
    for name in page(path, "en").figures:
        before = shown.locator(f'figure[data-name="{name}"] .panels').inner_html()
        said = shown.locator(f'figure[data-name="{name}"] [role=status]').text_content()
        assert said == figure_of(path, name)().say
        touch(shown, name)
        comes_to_say_what_the_library_says(shown, path, name)  # at once where a first step says the same
        panels = f'figure[data-name="{name}"] .panels'
        shown.wait_for_function("([panels, before]) => document.querySelector(panels).innerHTML !== before", arg=[panels, before])


def test_an_address_brings_a_figure_back_as_it_was(tab: Open) -> None:
    path = "/en/activations/activations?curve.name=tanh&curve.z=2"
    shown = tab(path)
    comes_to_say_what_the_library_says(shown, "activations/activations", "curve")
    assert shown.locator('figure[data-name="curve"] select').input_value() == "tanh"


@pytest.mark.processes
def test_figures_come_back_after_their_worker_was_killed(tab: Open, book: Served) -> None:
    path = "activations/activations"
    shown = tab(f"/en/{path}")
    touch(shown, "curve")
    comes_to_say_what_the_library_says(shown, path, "curve")
    (worker,) = children(book.process.pid)
    kill(worker)
    until(lambda: not lives(worker))  # gone, whether the server has noticed already or not
    before = shown.evaluate("location.search")
    touch(shown, "curve")
    shown.wait_for_function("before => location.search !== before", arg=before)
    comes_to_say_what_the_library_says(shown, path, "curve")
    assert children(book.process.pid) != [worker]


# -- search ------------------------------------------------------------------------------------------------------------


# -- the export --------------------------------------------------------------------------------------------------------


class Quiet(SimpleHTTPRequestHandler):
    """As `python -m http.server`, without its log."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def test_export_needs_nothing_but_a_web_server(real_browser: Any, tmp_path: Path) -> None:
    export(tmp_path / "site", moving=[])
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "site")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with real_browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        shown = Watched(context.new_page(), f"http://127.0.0.1:{server.server_port}")
        for k, path in enumerate(PATHS):
            look = shown.open(f"/{LANGUAGES[k % 2]}/{path}.html").evaluate(LOOK)
            assert look["figures"] and (look["empty"], look["raw"]) == ([], [])
        shown.open("/").wait_for_url("**/en/index.html")
        shown.page.wait_for_function("() => document.activeElement.type === 'search'")
        shown.page.keyboard.type("dropout")
        shown.page.locator("[role=option]").first.wait_for()
        shown.page.keyboard.press("Enter")
        shown.page.wait_for_url("**/en/regularisation/dropout.html")
        assert shown.faults == []
    server.shutdown()
    server.server_close()
