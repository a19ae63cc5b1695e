"""The exported handbook in a real browser: its figures move to what the library computes, and it promises no more."""

from __future__ import annotations

import functools
import http.server
import json
import random
import resource
import statistics
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.handbook.browsing import AXE, AXE_RUN, Watched
from tests.pace import slower
from wengu.core.files import size_below
from wengu.core.i18n import LANGUAGES, Language, speaking
from wengu.handbook.export import export
from wengu.handbook.grids import ROOM, grid_at, stored_states
from wengu.pages import figure_of, figures_of, pages
from wengu.pages.alone import Alone, alone_states
from wengu.pages.grid import states_of
from wengu.pages.page import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

MINUTES = 2  # that the whole book may take on two cores
A_PAGE = 400e3  # bytes of a page's grids at most, in both languages
SAMPLE = 40  # of all stored states
MOVED = [("activations/activations", "curve", "z"), ("gradient_descent/descent", "landscape", "lr"),
         ("gradient_descent/batch_size", "noise", "size"), ("convnets/stride_padding", "walk", "s"),
         ("practice/ledger", "calculator", "worth"), ("models/softmax", "regions", "lam")]  # fmt: skip

MOVE_ALL = """async () => {
  const found = []
  for (const figure of document.querySelectorAll('figure.fig')) {
    const look = () => figure.querySelector('[role=status]').textContent + figure.querySelector('.panels').innerHTML
      + figure.querySelector('.numbers-table').innerHTML
    const frame = () => new Promise(requestAnimationFrame)
    const moves = async turn => {
      const before = look()
      turn()
      for (const end = performance.now() + 4000; performance.now() < end; await frame())
        if (look() !== before) return !figure.querySelector('.wrong')
      return false
    }
    const turned = one => () => {
      if (one.type === 'radio' || one.type === 'checkbox') return one.click()
      if (one.type === 'range') one.value = one.value === one.max ? one.min : one.max
      else one.selectedIndex = (one.selectedIndex + 1) % one.options.length
      one.dispatchEvent(new Event(one.type === 'range' ? 'input' : 'change'))
    }
    const every = [...figure.querySelectorAll('.controls [data-name]')], dead = [], names = new Set()
    for (const one of every) {
      names.add(one.dataset.name)
      const reset = figure.querySelector('button.reset')
      if (!reset.disabled) await moves(() => reset.click())
      if (one.type === 'radio' && one.checked) continue
      if (one.classList.contains('pad')) {  // of the reader's own no more than its examples
        for (const sample of one.closest('.drawing').querySelectorAll('.samples button:not([aria-pressed="true"])'))
          if (!await moves(() => sample.click())) dead.push(`${figure.dataset.name}: ${sample.ariaLabel}`)
        continue
      }
      if (!await moves(turned(one))) dead.push(`${figure.dataset.name}: ${one.dataset.name} ${one.value}`)
    }
    const given = JSON.parse(figure.querySelector('script').textContent).controls
    const fixed = [...figure.querySelectorAll('dl.fixed > div')].map(one => [
      given.find(({label}) => label === one.querySelector('dt').textContent).name, one.querySelector('dd').textContent])
    found.push({dead: dead.join(', '), moved: [...names], fixed: Object.fromEntries(fixed)})
  }
  return found
}"""
"Every control of every figure moved from the default to where it was not: whether that changes anything, and what is told as a value."


class Copy(NamedTuple):
    """The whole book as files, where it is served, the processor time that it took, and the machine's pace around it."""

    folder: Path
    root: str
    seconds: float
    pace: float

    def ahead(self, language: Language, path: str) -> dict[str, dict[str, Any]]:
        """The grid of each figure of a page that has one."""
        from tests.handbook.conftest import Outline

        outline = Outline((self.folder / language / f"{path}.html").read_text(encoding="utf-8"))
        names = [given["data-name"] for tag, given in outline.tags if tag == "figure"]
        figures = [one for one in outline.figures if "controls" in one]
        return {name: one["grid"] for name, one in zip(names, figures, strict=True) if "grid" in one}


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nothing."""


def _used() -> float:
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in both)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """The book, exported once, behind Python's own web server."""
    folder, paces, before = tmp_path_factory.mktemp("copy") / "book", [slower()], _used()
    export(folder)
    seconds = _used() - before
    paces.append(slower())
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Copy(folder, f"http://127.0.0.1:{server.server_port}", seconds, statistics.mean(paces))
        server.shutdown()


@pytest.fixture
def seen(real_browser: Any, copy: Copy) -> Iterator[Watched]:
    """A tab on the copy; nothing may go wrong in it, and nothing may be asked for elsewhere."""
    with real_browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        made = Watched(context.new_page(), copy.root)
        yield made
        assert made.faults == []


def test_whole_book_is_exported_in_two_minutes_of_two_cores(copy: Copy) -> None:
    assert copy.seconds / 2 <= MINUTES * 60 * copy.pace, f"{copy.seconds:.0f} s of processor time"
    largest = max(copy.folder.glob("grids/*"), key=lambda one: one.stat().st_size)
    assert largest.stat().st_size <= ROOM, largest.name
    assert size_below(copy.folder / "grids") / len(pages("en")) < A_PAGE
    assert size_below(copy.folder) < 20e6


def test_a_sample_of_all_states_is_what_the_library_computes(copy: Copy) -> None:
    rng = random.Random(1)
    every = [(one.path, name, part) for one in pages("en") for name, given in copy.ahead("en", one.path).items()
             for part in ("", ".alone")[: 1 + bool(given["alone"]["each"])]]
    assert len(every) > 80
    for path, name, part in rng.sample(every, SAMPLE):
        given, language = copy.ahead("en", path)[name], rng.choice(LANGUAGES)
        states = alone_states(Alone(**given["alone"])) if part else states_of(given["axes"])
        k = rng.randrange(len(states))
        with speaking(language):
            expected = figure_of(path, name)(**states[k]).to_json()
        stored = stored_states((copy.folder / grid_at(path, name + part)).read_bytes(), language)
        assert len(stored) == len(states)
        assert stored[k] == json.loads(json.dumps(expected)), (language, path, name, states[k])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("path", "name", "control"), MOVED)
def test_a_slider_moves_the_figure_to_what_the_library_computes(
    copy: Copy, seen: Watched, path: str, name: str, control: str, language: Language
) -> None:
    asked: list[str] = []
    seen.page.on("request", lambda one: asked.append(one.url))
    page = seen.open(f"/{language}/{path}.html")
    assert not [url for url in asked if ".grid" in url], "the page stays light"
    figure, given = page.locator(f"figure.fig[data-name={name}]"), copy.ahead(language, path)[name]
    values = given["alone"]["each"].get(control) or given["axes"][control]
    slider = figure.locator(f"input[data-name={control}]").first
    assert int(slider.get_attribute("max")) == len(values) - 1
    slider.focus()
    page.keyboard.press("ArrowRight")
    default = figure_of(path, name).controls[control].value
    now = values[min(values.index(default) + 1, len(values) - 1)]
    steps = {one: kind.high for one, kind in figure_of(path, name).controls.items()  # a path is then shown whole
             if type(kind).__name__ == "Steps" and figure_of(path, name)().each}
    with speaking(language):
        told = figure_of(path, name)(**{control: now}, **steps).say
    page.wait_for_function("([name, told]) => document.querySelector(`figure.fig[data-name=${name}] [role=status]`).textContent === told",
                           arg=[name, told])
    assert sum(".grid" in url for url in asked) == 1
    figure.locator("button.reset").click()
    page.wait_for_function("name => document.querySelector(`figure.fig[data-name=${name}] button.reset`).disabled", arg=name)


def test_one_control_moves_in_fine_stops_and_a_start_that_is_dragged_stays_where_it_was_put(copy: Copy, seen: Watched) -> None:
    path, name = "gradient_descent/momentum", "paths"
    made, alone = figure_of(path, name), copy.ahead("en", path)[name]["alone"]["each"]
    figure = seen.open(f"/en/{path}.html").locator(f"figure.fig[data-name={name}]")
    says = "([name, told]) => document.querySelector(`figure.fig[data-name=${name}] [role=status]`).textContent === told"
    grip, field = figure.locator(".grip"), figure.locator(".panel svg").first
    grip.scroll_into_view_if_needed()
    before, box = grip.bounding_box(), field.bounding_box()
    at = [before["x"] + 9, before["y"] + 9]
    seen.page.mouse.move(*at)
    seen.page.mouse.down()
    seen.page.mouse.move(box["x"] + 0.6 * box["width"], at[1] - 20, steps=5)
    seen.page.mouse.up()
    seen.page.wait_for_function("name => document.querySelector(`figure.fig[data-name=${name}]`).dataset.state.includes('\"step\":180')", arg=name)
    start = json.loads(figure.get_attribute("data-state"))["start"]
    assert start in alone["start"] and start != list(made.controls["start"].value)
    seen.page.wait_for_function(says, arg=[name, made(start=start, step=180).say])
    slider = figure.locator("input[data-name=beta]")
    stops = int(slider.get_attribute("max")) + 1
    assert stops < len(alone["beta"]) and "start" in figure.locator(".alone").inner_text()
    slider.press("ArrowRight")
    state = json.loads(figure.get_attribute("data-state"))
    assert state["start"] == list(made.controls["start"].value), "the start goes back where another is moved"
    seen.page.wait_for_function(says, arg=[name, made(beta=state["beta"], step=180).say])
    assert int(slider.get_attribute("max")) + 1 == len(alone["beta"])


def test_an_address_with_a_state_opens_there(seen: Watched, copy: Copy) -> None:
    path, name = "activations/activations", "curve"
    z = copy.ahead("en", path)[name]["axes"]["z"][3]
    page = seen.open(f"/en/{path}.html?curve.name=tanh&curve.z={z}")
    told = figure_of(path, name)(name="tanh", z=z).say
    page.wait_for_function("told => document.querySelector('figure.fig [role=status]').textContent === told", arg=told)


@pytest.mark.parametrize("shown", pages("en"), ids=lambda one: one.path)
def test_every_control_of_a_copy_moves_its_figure_and_all_others_are_told_as_values(seen: Watched, shown: Page) -> None:
    path = shown.path
    for language in LANGUAGES:
        page = seen.open(f"/{language}/{path}.html")
        moved = page.evaluate(MOVE_ALL)
        assert [one for one in moved if one["dead"]] == []
        for name, one in zip(shown.figures, moved, strict=True):
            assert set(one["moved"]) | set(one["fixed"]) == set(figures_of(path)[name].controls), name
            assert not set(one["moved"]) & set(one["fixed"]) and all(one["fixed"].values()), name
        assert page.locator("p.ahead").count() <= 1 and page.locator(":disabled:visible").count() == page.locator(".player :disabled").count()
        assert not any(one["fixed"] for one in moved) or page.locator("p.ahead").count() == 1


def test_what_a_copy_cannot_move_is_told_as_a_value(seen: Watched) -> None:
    figure = seen.open("/en/practice/ledger.html").locator("figure.fig[data-name=calculator]")
    assert figure.locator("input:not([type=range])").count() == 0 and figure.locator("input[type=range]").is_enabled()
    assert "train 6, train-dev –, dev 11" in figure.locator("dl.fixed").inner_text()
    still = seen.open("/en/practice/metrics.html").locator("figure.fig[data-name=counts]")
    assert still.locator("button, input").count() == 0 and "TP" in still.locator("dl.fixed").inner_text()
    assert "wengu notes" in still.page.locator("p.ahead").inner_text()


def test_states_that_cannot_be_read_are_said(copy: Copy, real_browser: Any) -> None:
    with real_browser.new_context() as context:
        page = context.new_page()
        page.route("**/*.grid", lambda route: route.abort())
        page.goto(f"{copy.root}/en/activations/activations.html")
        page.locator("figure.fig input[type=range]").first.press("ArrowRight")
        page.wait_for_function("() => document.querySelector('figure.fig .wrong')?.textContent.includes('web server')")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_copy_is_accessible_once_it_has_moved(seen: Watched, language: Language) -> None:
    page = seen.open(f"/{language}/gradient_descent/descent.html")
    for slider in page.locator("figure.fig input[type=range]:not([disabled])").all():
        slider.press("ArrowRight")
    page.wait_for_function("() => !document.querySelector('[aria-busy]')")
    page.add_script_tag(path=str(AXE))
    assert page.evaluate(AXE_RUN) == []
