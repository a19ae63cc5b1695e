"""The handbook in a real browser: every page in both languages, on a phone and a desk, light and dark.

Authority: the library itself for what figures say, axe-core for what everybody can use.
"""

from __future__ import annotations

import json
import re
import shutil
import statistics
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from benchmarks import web

from tests.handbook.browsing import SCHEMES, WIDTHS, Served, Watched, chromium, served, state_of
from tests.handbook.conftest import made_run
from tests.waiting import PATIENCE, bounded, children, kill, lives, until
from wengu.core.i18n import LANGUAGES
from wengu.core.run_folder import RunFolder
from wengu.handbook.export import export
from wengu.pages import figure_of, page, pages

pytestmark = pytest.mark.browser

PATHS = [one.path for one in pages("en")]
AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"

Open = Callable[..., Watched]

LOOK = """() => {
  const seen = one => one.checkVisibility() && one.getBoundingClientRect().width > 0
  const text = document.querySelector('main').cloneNode(true)
  for (const one of text.querySelectorAll('script, code, pre, .math, [lang]')) one.remove()
  const each = document.createTreeWalker(text, NodeFilter.SHOW_TEXT), words = []
  while (each.nextNode()) words.push(each.currentNode.data.trim())
  const figures = [...document.querySelectorAll('figure.fig')]
  return {
    wide: document.scrollingElement.scrollWidth - innerWidth,
    figures: figures.map(f => f.dataset.name),
    empty: figures.filter(f => ![...f.querySelectorAll('svg, canvas')].some(seen)).map(f => f.dataset.name),
    spoken: figures.map(f => f.querySelector('[role=status]').textContent),
    controls: figures.map(f => [...f.querySelectorAll('.controls [data-name]')].map(c => `${c.type} ${c.dataset.name}`)),
    narrow: [...document.querySelectorAll('input[type=range]')].filter(seen)
      .map(s => s.getBoundingClientRect().width).filter(w => w < 120),
    raw: [...document.querySelectorAll('.math')].filter(m => !m.querySelector('.katex') || m.querySelector('.katex-error')
      || m.classList.contains('wrong')).map(m => m.textContent),
    heads: [...document.querySelectorAll('main h1, main h2, main h3')].map(h => h.tagName),
    words: words.filter(Boolean).join('\\n'),
  }
}"""
AXE_RUN = """async () => (await axe.run({resultTypes: ['violations']})).violations
  .map(v => `${v.id}: ${v.nodes.map(n => n.target.join(' ')).slice(0, 3).join(' | ')}`)"""
ANSWERED = """() => {
  document.activeElement.addEventListener('input', async () => {
    const start = performance.now(), frame = () => new Promise(requestAnimationFrame)
    window.answered = frame().then(frame).then(() => performance.now() - start)
  }, {once: true, capture: true})
}"""
"How long until two frames after the next key."
ENGLISH = re.compile(r"(?:\b[a-z]+\b[ ,]+){3,}[a-z]+\b")


@pytest.fixture(scope="module")
def runs(iris: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one run."""
    folder = tmp_path_factory.mktemp("runs")
    fit(iris, folder, "--name", "first", "--epochs", "5").wait()
    return folder


def fit(data: Path, folder: Path, *words: str) -> subprocess.Popen[bytes]:
    """A softmax regression that trains in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "wengu", "fit", "softmax", "--data", str(data), "--target", "species",
         "--runs", str(folder), *words],
        stdout=subprocess.DEVNULL,
        preexec_fn=bounded,
    )


@pytest.fixture(scope="module")
def book(runs: Path) -> Iterator[Served]:
    """`wengu notes`, once for this file."""
    with served(runs) as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, once for this file."""
    with chromium() as made:
        yield made


@pytest.fixture(scope="module")
def tabs(browser: Any, book: Served) -> Iterator[dict[tuple[int, str], Watched]]:
    """A tab for each width and scheme, used by one test after the other."""
    contexts = {
        (width, scheme): browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
        for width in WIDTHS for scheme in SCHEMES
    }
    yield {key: Watched(one.new_page(), book.root) for key, one in contexts.items()}
    for one in contexts.values():
        one.close()


@pytest.fixture
def tab(tabs: dict[tuple[int, str], Watched]) -> Iterator[Open]:
    """Opens a page; at the end nothing may have gone wrong in it."""
    used: list[Watched] = []

    def opened(path: str, width: int = 1200, scheme: str = "light") -> Any:
        used.append(tabs[width, scheme])
        return used[-1].open(path)

    yield opened
    faults = [fault for one in used for fault in one.faults]
    for one in used:
        one.faults.clear()
    assert faults == []


# -- what every page is -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PATHS)
def test_page_is_whole_in_both_languages_and_widths(tab: Open, path: str) -> None:
    seen = {}
    for k, (language, width) in enumerate((language, width) for language in LANGUAGES for width in WIDTHS):
        scheme = SCHEMES[k in (1, 2)]  # each width and each language in both
        shown = tab(f"/{language}/{path}", width, scheme)
        look = seen[language] = shown.evaluate(LOOK)
        where = f"{language}, {width} px, {scheme}"
        assert look["figures"] == list(page(path, language).figures), where
        assert (look["empty"], look["raw"], look["narrow"]) == ([], [], []), where
        assert look["wide"] <= 0, f"{where}: {look['wide']} px too wide"
        assert "$" not in look["words"], where
        shown.evaluate(AXE.read_text(encoding="utf-8"))
        assert shown.evaluate(AXE_RUN) == [], where
    english, chinese = seen["en"], seen["zh"]
    assert (english["heads"], english["controls"]) == (chinese["heads"], chinese["controls"])
    assert ENGLISH.findall(chinese["words"]) == []


@pytest.mark.parametrize("address", ["/", "/runs", "/runs/first"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_cover_and_runs_can_be_used_by_everybody(tab: Open, runs: Path, language: str, address: str) -> None:
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
    for language, width, scheme in (("en", 375, "light"), ("zh", 1200, "light"), ("en", 1200, "dark"), ("zh", 375, "dark")):
        shown = tab(f"/{language}/api/{room}", width, scheme)
        look = shown.evaluate(LOOK)
        assert look["wide"] <= 0, (language, width)
        shown.evaluate(AXE.read_text(encoding="utf-8"))
        assert shown.evaluate(AXE_RUN) == [], (language, width, scheme)
        if language == "zh":
            assert ENGLISH.findall(look["words"]) == []


@pytest.mark.parametrize("width", [320, 360])
@pytest.mark.parametrize("address", ["", "api/layers", "gradient_descent/adam"])
def test_nothing_is_wider_than_a_small_phone(browser: Any, book: Served, width: int, address: str) -> None:
    with browser.new_context(viewport={"width": width, "height": 800}) as context:
        seen = Watched(context.new_page(), book.root)
        for language in LANGUAGES:
            assert seen.open(f"/{language}/{address}").evaluate(LOOK)["wide"] <= 0, language
        assert seen.faults == []


# -- figures ----------------------------------------------------------------------------------------------------------


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
    else:
        figure.locator("select").first.select_option(index=1)


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
        comes_to_say_what_the_library_says(shown, path, name)
        assert shown.locator(f'figure[data-name="{name}"] .panels').inner_html() != before


def test_an_address_brings_a_figure_back_as_it_was(tab: Open) -> None:
    path = "/en/activations/activations?curve.name=tanh&curve.z=2"
    shown = tab(path)
    comes_to_say_what_the_library_says(shown, "activations/activations", "curve")
    shown.get_by_role("radio", name="tanh", exact=True).and_(shown.locator(":checked")).wait_for(state="attached")


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


# -- search and runs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "typed", "found"), [
    ("en", "adam", "gradient_descent/adam"), ("zh", "adam", "gradient_descent/adam"), ("en", "dropot", "regularisation/dropout"),
    ("zh", "过拟合", None), ("zh", "随机失活", "regularisation/dropout"),
    ("en", "beam", "#row-12.3"), ("zh", "集束搜索", "#row-12.3"), ("en", "rotated_quadratic", "api/optimization#rotated_quadratic"),
    ("zh", "wengu.graph", "api/graph"),
])  # fmt: skip
def test_typing_on_the_cover_and_enter_leads_to_the_page(tab: Open, language: str, typed: str, found: str | None) -> None:
    shown = tab(f"/{language}/")
    assert shown.evaluate("document.activeElement.type") == "search", "one types at once"
    shown.keyboard.type(typed)
    first = shown.locator("[role=option]").first
    first.wait_for()
    wanted = found or first.get_attribute("data-path")
    shown.keyboard.press("Enter")
    shown.wait_for_url(f"**/{language}/{wanted}")
    if not found:
        assert typed in shown.locator("main").inner_text()


def test_what_is_nowhere_is_told(tab: Open) -> None:
    shown = tab("/en/")
    shown.keyboard.type("qzxqzx")
    shown.get_by_text("Nothing found").wait_for()


def test_runs_are_listed_and_judged(tab: Open, runs: Path) -> None:
    shown = tab("/en/runs")
    shown.locator("table").get_by_role("link", name="first").click()
    shown.locator(".card table").wait_for()
    assert shown.locator(".card .cause").inner_text()
    assert {"train", "dev"} <= set(shown.locator(".card table tbody th").all_inner_texts())
    curve = shown.locator("canvas").first
    curve.focus()
    shown.keyboard.press("Home")
    shown.keyboard.press("ArrowRight")
    rows = [json.loads(line) for line in (runs / "first/metrics.jsonl").read_text().splitlines()]
    read = [rows[1][name] for name in ("epoch", "cost", "dev_cost")]
    assert [float(n) for n in re.findall(r"\d+(?:\.\d+)?", curve.get_attribute("aria-valuetext"))] == pytest.approx(read, rel=1e-3)
    shown = tab("/zh/runs/first")
    shown.locator(".card table").wait_for()
    assert {"训练集", "开发集"} <= set(shown.locator(".card table tbody th").all_inner_texts())


def test_hundreds_of_runs_are_asked_for_once(browser: Any, runs: Path, tmp_path: Path) -> None:
    for k in range(300):
        shutil.copytree(runs / "first", tmp_path / f"copy-{k}")
    with served(tmp_path) as book, browser.new_context() as context:
        seen = Watched(context.new_page(), book.root)
        asked: list[int] = []
        seen.page.on("request", lambda one: one.url.endswith("/rows?lang=en")
                     and asked.append(len(json.loads(one.post_data)["after"])))
        shown = seen.open("/en/runs")
        shown.get_by_text("The first 50 of 300 are drawn.").wait_for()
        shown.wait_for_function("() => document.querySelectorAll('tbody tr').length === 100")
        shown.locator("canvas").wait_for()
        assert asked == [50], "one request"
        shown.locator("#filter").focus()
        took = []
        for key in ("c", "o", "p", "y", "-", "1", "Backspace", "1"):
            shown.evaluate(ANSWERED)
            shown.keyboard.press(key)
            took.append(shown.evaluate("window.answered"))
        slow = max(1.0, web.reference() / web.REFERENCE)
        assert statistics.median(took) < 1000 * slow, "milliseconds a key"
        assert shown.locator("tbody tr").count() == 100
        shown.get_by_role("button", name="Show more").click()
        assert shown.locator("tbody tr").count() == 111
        assert len(asked) <= 2 and sum(asked) <= 100, "only rows that were not there"
        assert seen.faults == []


def test_lists_and_runs_come_to_life_by_themselves(browser: Any, tmp_path: Path) -> None:
    with served(tmp_path) as book, browser.new_context() as context:
        seen = Watched(context.new_page(), book.root)
        shown = seen.open("/en/runs")
        shown.get_by_text("No runs yet").wait_for()
        run = made_run(tmp_path / "a,b", rows=2, examples={"train": 9})
        shown.locator("tbody").get_by_role("link", name="a,b").click()
        shown.get_by_text("2 / 9 epochs").wait_for()
        assert "--resume" in shown.locator(".card code").inner_text(), "killed"
        with run:
            shown.get_by_text("training now").wait_for()
            run.append_metric({"epoch": 3, "step": 3, "cost": 0.1, "lr": 0.25})
            shown.get_by_text("3 / 9 epochs").wait_for()
            shown.wait_for_function("() => document.querySelector('#lr').value === '0.25'")
            assert shown.locator(".card").inner_text() == ""
        shown.locator(".card code").wait_for()
        shown.evaluate("document.querySelector('.runs-form').hidden = false")  # as it is for a moment
        shown.get_by_role("button", name="Change").click()
        shown.get_by_text("0.25 as soon as it is resumed").wait_for()
        assert seen.faults == []


def test_names_with_commas_are_compared(tab: Open, runs: Path) -> None:
    for name in ("slow,one", "other"):
        shutil.copytree(runs / "first", runs / name)
    try:
        shown = tab("/en/runs/compare?run=slow%2Cone&run=other")
        shown.locator("tbody").get_by_role("link", name="slow,one").wait_for()
        assert shown.locator(".key").first.inner_text().split() == ["slow,one", "other"]
        assert shown.locator(".wrong").count() == 0
    finally:
        for name in ("slow,one", "other"):
            shutil.rmtree(runs / name)


def test_gallery_filters_all_errors_and_shows_them_by_the_page(browser: Any, runs: Path, tmp_path: Path) -> None:
    shutil.copytree(runs / "first", tmp_path / "wrong")
    dev = tmp_path / "wrong/predictions/dev.csv"
    header, *rows = dev.read_text().splitlines()
    ids = [row.split(",")[0] for row in rows]
    made = [f"{i if k else ids[0]},setosa,virginica,0.05,0.05,0.9," for k, i in enumerate(f"e{k}" for k in range(59))]
    dev.write_text("\n".join([header, *made, f"{ids[1]},versicolor,setosa,0.5,0.3,0.2,", ""]))
    with served(tmp_path) as book, browser.new_context() as context:
        seen = Watched(context.new_page(), book.root)
        shown = seen.open("/en/runs/wrong")
        shown.get_by_text("24 of 60").wait_for()
        shown.locator(".gallery dl").wait_for()
        shown.get_by_role("button", name="Show more").click()
        shown.get_by_text("48 of 60").wait_for()
        shown.locator("#truth").select_option("versicolor")
        shown.get_by_text("1 of 1 that match, 60 in all").wait_for()
        shown.locator(".gallery dl").wait_for()
        assert ids[1] in shown.locator(".gallery li").inner_text() and seen.faults == []


@pytest.mark.processes
def test_learning_rate_of_a_run_that_trains_is_changed_from_its_page(
    tab: Open, iris: Path, runs: Path
) -> None:
    control = runs / "live" / "control.jsonl"
    training = fit(iris, runs, "--name", "live", "--epochs", "1000000", "--patience", "1000000")
    try:
        until((runs / "live" / "metrics.jsonl").exists, by=training)
        shown = tab("/en/runs/live")
        shown.wait_for_function("() => Number(document.querySelector('#lr').value) > 0")
        shown.locator("#lr").fill("0.003")
        shown.get_by_role("button", name="Change").click()
        shown.get_by_text("0.003 from its next step on").wait_for()
        assert {"lr": 0.003} in [json.loads(line).get("set") for line in control.read_text().splitlines()]
    finally:
        training.terminate()
        training.wait()


# -- the export -------------------------------------------------------------------------------------------------------


class Quiet(SimpleHTTPRequestHandler):
    """As `python -m http.server`, without its log."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def test_export_needs_nothing_but_a_web_server(browser: Any, tmp_path: Path) -> None:
    export(tmp_path / "site")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "site")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with browser.new_context(viewport={"width": 1200, "height": 800}) as context:
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


@pytest.mark.processes
def test_a_training_is_started_and_stopped_on_its_page(browser: Any, tmp_path: Path) -> None:
    with served(tmp_path) as book, browser.new_context() as context:
        seen = Watched(context.new_page(), book.root)
        shown = seen.open("/en/convnets/lenet5")
        shown.get_by_role("button", name="Train it here").click()
        shown.get_by_text("training now").wait_for(timeout=60_000)
        assert shown.get_by_role("button", name="Train it here").is_disabled()
        shown.get_by_text(re.compile(r"\b([2-9]|\d\d) / 40 epochs")).wait_for(timeout=60_000)  # one is soon past
        shown.get_by_role("button", name="Stop").click()
        shown.locator(".fit .card .cause").wait_for(timeout=60_000)
        assert RunFolder.open(tmp_path / "lenet5-notes").facts()["stopped"] == "interrupted"
        assert seen.faults == []
