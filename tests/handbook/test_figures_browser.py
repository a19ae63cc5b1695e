"""Figures in a real browser: played, dragged, read by mouse, finger and keyboard. Authority: the library for the values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.handbook.browsing import AXE, AXE_RUN, WIDTHS, Served, Watched, state_of
from tests.handbook.tabs import Open
from tests.pages.seeing import numbers
from wengu.pages import figure_of, pages
from wengu.pages.figure import Steps

pytestmark = pytest.mark.browser

DESCENT = "gradient_descent/descent"
PLAYED = [(one.path, name) for one in pages("en") for name in one.figures
          if any(isinstance(control, Steps) for control in figure_of(one.path, name).controls.values())]
COUNT = """name => {
  const growing = document.querySelector(`figure[data-name="${name}"] .growing`), seen = window.seen_ = {frames: 0, drawn: 0}
  new MutationObserver(() => seen.drawn++).observe(growing, {childList: true})
  const tick = () => { seen.frames++; requestAnimationFrame(tick) }
  requestAnimationFrame(tick)
}"""


def figure(shown: Any, name: str) -> Any:
    return shown.locator(f'figure[data-name="{name}"]')


def says(shown: Any, name: str, words: str) -> None:
    shown.wait_for_function("([name, words]) => document.querySelector(`figure[data-name=\"${name}\"] [role=status]`)"
                            ".textContent === words", arg=[name, words])


# -- steps -------------------------------------------------------------------------------------------------------------


def test_there_are_figures_that_play() -> None:
    assert len(PLAYED) >= 15


@pytest.mark.parametrize("path", sorted({path for path, _ in PLAYED}))
def test_figures_open_at_the_first_step_and_go_on_by_the_button(tab: Open, path: str) -> None:
    shown = tab(f"/en/{path}")
    for name in [name for one, name in PLAYED if one == path]:
        made = figure_of(path, name)
        control, steps = next((key, one) for key, one in made.controls.items() if isinstance(one, Steps))
        player = figure(shown, name).locator(".player")
        assert player.locator("output").inner_text().startswith(f"{steps.low} / ")
        says(shown, name, made().say)
        player.get_by_role("button", name="One step on").click()
        says(shown, name, made(**{control: steps.low + 1}).say)
        player.get_by_role("button", name="One step back").click()
        says(shown, name, made().say)
        assert player.get_by_role("button", name="One step back").is_disabled()


def test_it_plays_to_the_end_at_every_frame_without_asking_anybody(tab: Open) -> None:
    shown = tab(f"/en/{DESCENT}")
    asked: list[str] = []
    shown.on("request", lambda one: "/api/figure" in one.url and asked.append(one.url))
    shown.evaluate(COUNT, "landscape")
    play = figure(shown, "landscape").locator(".player .play")
    play.click()
    assert play.get_attribute("aria-label") == "Pause"
    says(shown, "landscape", figure_of(DESCENT, "landscape")().each[-1])
    seen = shown.evaluate("window.seen_")
    assert seen["drawn"] > 0.8 * seen["frames"] > 100
    assert play.get_attribute("aria-label") == "Play again"
    assert asked == []
    shown.wait_for_function("() => location.search.includes('landscape.step=60')")
    play.click()
    shown.wait_for_function("() => document.querySelector('figure[data-name=landscape] .player output').textContent.startsWith('3')")


def test_what_the_browser_has_not_is_asked_for_step_by_step(tab: Open) -> None:
    shown = tab("/en/convnets/pooling")
    made = figure_of("convnets/pooling", "window")
    figure(shown, "window").locator(".player .play").click()
    for place in (2, 3):
        says(shown, "window", made(place=place).say)
    says(shown, "window", made(place=9).say)  # the last that there is: then it rests
    assert figure(shown, "window").locator(".player output").inner_text() == "9 / 9"


def test_the_keyboard_plays_pauses_and_steps(tab: Open) -> None:
    shown = tab(f"/en/{DESCENT}")
    player = figure(shown, "rates").locator(".player")
    player.locator("input").focus()
    shown.keyboard.press("ArrowRight")
    says(shown, "rates", figure_of(DESCENT, "rates")(step=1).say)
    shown.keyboard.press("Space")
    assert player.locator(".play").get_attribute("aria-label") == "Pause"
    says(shown, "rates", figure_of(DESCENT, "rates")(step=3).say)
    shown.keyboard.press("Space")
    assert player.locator(".play").get_attribute("aria-label") == "Play"
    at = player.locator("output").inner_text()
    shown.wait_for_timeout(800)
    assert player.locator("output").inner_text() == at
    shown.keyboard.press("End")
    says(shown, "rates", figure_of(DESCENT, "rates")().each[-1])


def test_nothing_glides_where_motion_is_to_be_reduced(real_browser: Any, book: Served) -> None:
    with real_browser.new_context(reduced_motion="reduce", viewport={"width": 1200, "height": 800}) as context:
        shown = Watched(context.new_page(), book.root).open(f"/en/{DESCENT}")
        shown.evaluate(COUNT, "landscape")
        figure(shown, "landscape").locator(".player .play").click()
        shown.wait_for_timeout(2000)
        seen = shown.evaluate("window.seen_")
        assert 3 <= seen["drawn"] <= 9, "standing pictures, three a second"


def test_moving_another_control_first_shows_the_whole_path(tab: Open) -> None:
    shown = tab(f"/en/{DESCENT}")
    figure(shown, "rates").locator('input[data-name="lr"]').focus()
    shown.keyboard.press("ArrowRight")
    says(shown, "rates", figure_of(DESCENT, "rates")(lr=0.35).each[-1])
    figure(shown, "rates").get_by_role("button", name="Reset").click()
    says(shown, "rates", figure_of(DESCENT, "rates")().say)


# -- a start that is dragged -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "name"), [
    (DESCENT, "landscape"), ("gradient_descent/momentum", "paths"), ("gradient_descent/rmsprop", "ravine"), ("gradient_descent/adam", "descent"),
])  # fmt: skip
def test_the_start_is_dragged_over_the_landscape(tab: Open, path: str, name: str) -> None:
    shown = tab(f"/en/{path}")
    grip = figure(shown, name).locator(".grip")
    grip.scroll_into_view_if_needed()
    box = grip.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    shown.mouse.move(x, y)
    shown.mouse.down()
    for k in range(1, 6):
        shown.mouse.move(x + 8 * k, y - 5 * k)
    shown.mouse.up()
    shown.wait_for_timeout(400)  # the address follows
    shown.wait_for_function("name => location.search.includes(`${name}.start`)", arg=name)
    state = state_of(shown.url, path, name)
    before, after = figure_of(path, name).controls["start"].value, state["start"]
    assert after[0] > before[0] and after[1] > before[1]
    says(shown, name, figure_of(path, name)(**state).say)
    box = grip.bounding_box()
    assert (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) == pytest.approx((x + 40, y - 25), abs=4)


def test_a_finger_drags_the_start_and_a_tap_puts_it_elsewhere(real_browser: Any, book: Served) -> None:
    with real_browser.new_context(viewport={"width": 375, "height": 800}, has_touch=True) as context:
        shown = Watched(context.new_page(), book.root).open(f"/en/{DESCENT}")
        panel = figure(shown, "landscape").locator(".panel svg").first
        panel.scroll_into_view_if_needed()
        box = panel.bounding_box()
        shown.touchscreen.tap(box["x"] + 200, box["y"] + 150)
        shown.wait_for_function("() => location.search.includes('landscape.start')")
        state = state_of(shown.url, DESCENT, "landscape")
        says(shown, "landscape", figure_of(DESCENT, "landscape")(**state).say)
        reach = figure(shown, "landscape").locator(".reach")
        assert reach.evaluate("one => getComputedStyle(one).touchAction") == "none"
        assert panel.evaluate("one => getComputedStyle(one).touchAction") != "none", "the page scrolls over it"


def test_two_sliders_move_the_start_for_the_keyboard(tab: Open) -> None:
    shown = tab(f"/en/{DESCENT}")
    for label in ("start w₁", "start w₂"):
        figure(shown, "landscape").get_by_label(label).focus()
        shown.keyboard.press("ArrowRight")
    shown.wait_for_function("() => location.search.includes('landscape.start')")
    assert state_of(shown.url, DESCENT, "landscape")["start"] == pytest.approx([0.55, -3.95])


# -- equal scales ------------------------------------------------------------------------------------------------------


def test_a_landscape_has_one_scale_and_the_ravine_is_one(tab: Open) -> None:
    """Of the axes' own numbers: as many pixels for a unit across as up."""
    for width in WIDTHS:
        shown = tab("/en/gradient_descent/momentum", width)
        ticks = shown.evaluate("""() => [...document.querySelectorAll('figure[data-name=paths] .panel:first-child text.tick')]
          .map(t => { const b = t.getBoundingClientRect(); return [t.textContent.replace('−', '-'), b.x + b.width / 2, b.y + b.height / 2,
            t.getAttribute('text-anchor')] })""")
        across = sorted((float(text), x) for text, x, _, anchor in ticks if anchor == "middle")
        up = sorted((float(text), y) for text, _, y, anchor in ticks if anchor == "end")
        a = np.polyfit(*zip(*across, strict=True), 1)[0]
        b = -np.polyfit(*zip(*up, strict=True), 1)[0]
        assert a == pytest.approx(b, rel=0.05), width


# -- values ------------------------------------------------------------------------------------------------------------


def test_pointing_reads_the_nearest_value(tab: Open) -> None:
    shown = tab(f"/en/{DESCENT}?landscape.step=60")
    costs = figure(shown, "landscape").locator(".panel").nth(1)
    costs.scroll_into_view_if_needed()
    head = costs.locator(".growing circle").bounding_box()
    shown.mouse.move(head["x"] + head["width"] / 2, head["y"] - 6)
    told = costs.locator(".readout")
    told.wait_for()
    step, j = numbers(told.inner_text())
    last = figure_of(DESCENT, "landscape")().panels[1].marks[0]["y"][-1]
    assert (step, j) == (60, pytest.approx(last, rel=1e-3))
    shown.evaluate(AXE.read_text(encoding="utf-8"))
    assert shown.evaluate(AXE_RUN) == []
    shown.mouse.move(5, 5)
    assert told.is_hidden()


def test_the_arrows_read_value_after_value(tab: Open) -> None:
    shown = tab("/en/activations/activations")
    panel = figure(shown, "curve").locator(".panel")
    figure(shown, "curve").locator('input[data-name="z"]').focus()
    shown.keyboard.press("Tab")
    assert panel.evaluate("one => one === document.activeElement")
    told = panel.locator(".readout")
    first = told.inner_text().split("\n")
    assert first[0] == "g(z)" and numbers(first[1]) == [-6]
    for _ in range(20):
        shown.keyboard.press("ArrowRight")
    assert numbers(told.inner_text())[0] == pytest.approx(-5)
    shown.keyboard.press("ArrowDown")
    name, z, slope = told.inner_text().split("\n")
    assert name == "g′(z)" and numbers(z) == [pytest.approx(-5)]
    y = 1 / (1 + np.exp(5))
    assert numbers(slope) == [pytest.approx(y * (1 - y), rel=1e-3)]
    assert told.get_attribute("aria-live") == "polite"
    shown.evaluate(AXE.read_text(encoding="utf-8"))
    assert shown.evaluate(AXE_RUN) == []
    shown.keyboard.press("Escape")
    assert told.is_hidden()


def test_a_square_of_a_matrix_says_its_place(tab: Open) -> None:
    shown = tab("/en/convnets/filters")
    cell = figure(shown, "step").locator("rect.cell").nth(8)
    cell.scroll_into_view_if_needed()
    cell.hover(force=True)
    told = figure(shown, "step").locator(".readout")
    assert told.inner_text().split("\n") == ["x", "(2, 3): 10"]
    figure(shown, "step").locator("rect.cell").nth(36 + 9 + 1).hover(force=True)
    assert told.inner_text().split("\n") == ["z", f"(1, 2): {' + '.join(3 * ['10 · 1 + 0 · (−1)'])} = 30"]


def test_a_point_is_dragged_and_a_click_removes_it(tab: Open) -> None:
    path, name = "models/softmax", "regions"
    shown = tab(f"/en/{path}")
    start = figure_of(path, name).controls["data"].value
    points = figure(shown, name).locator(".reach")
    points.first.scroll_into_view_if_needed()
    box = points.first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    shown.mouse.move(x, y)
    shown.mouse.down()
    shown.mouse.move(x + 30, y - 20, steps=4)
    shown.mouse.up()
    shown.wait_for_timeout(400)
    moved = state_of(shown.url, path, name)["data"]
    assert len(moved) == len(start) and moved[1:] == [pytest.approx(one) for one in start[1:]]
    assert moved[0][0] > start[0][0] and moved[0][1] > start[0][1]
    says(shown, name, figure_of(path, name)(data=moved).say)
    shown.mouse.click(x + 30, y - 20)
    shown.wait_for_timeout(400)
    assert len(state_of(shown.url, path, name)["data"]) == len(start) - 1
