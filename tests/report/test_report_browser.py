"""The report in a real browser: it loads nothing, fits a phone, can be read in light and dark, and its filter works."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.judged_runs import DEV, TRAIN, sentences
from tests.report.page import png
from wengu.adviser.diagnose import card_of
from wengu.core.i18n import use_language
from wengu.report.report import report

pytestmark = pytest.mark.browser

CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const over = (colours) => {  // colours painted over each other, the lowest first
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    const element = node.parentElement;
    if (!node.data.trim() || element.closest("script, title, option") || !element.getClientRects().length) continue;
    const grounds = [];
    for (let e = element; e; e = e.parentElement) grounds.unshift(getComputedStyle(e).backgroundColor);
    const style = getComputedStyle(element);
    const ink = element.closest("svg") ? style.fill : style.color;
    const [a, b] = [luminance(over(grounds)), luminance(over([...grounds, ink]))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faint.push(node.data.trim() + ": " + ratio.toFixed(2));
  }
  return faint;
}"""


def picture(name: str, i: str) -> bytes:
    """A grey slope of 28 x 28."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize((28, 28)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, once for this file."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-background-networking"]
        )
        yield chromium
        chromium.close()


def opened(browser: Any, html: str, folder: Path, width: int, scheme: str) -> Any:
    """The page of a report; it asks for nothing, complains of nothing, fits, and all its text can be read."""
    file = folder / "report.html"
    file.write_text(html, encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(file.as_uri())
    assert asked == [file.as_uri()]
    assert complaints == []
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    assert page.evaluate(CONTRAST) == []
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1200])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_loads_nothing_fits_and_can_be_read(made_run, since, browser, tmp_path: Path, language, width, scheme) -> None:
    long_name = "a_class_with_a_name_that_would_not_end_if_one_let_it_go_on"
    names = [f"class {k}" for k in range(11)] + [long_name]
    dev = {(name, name): 20 for name in names[1:]} | {(name, names[k - 1]): k for k, name in enumerate(names) if k}
    dev[names[0], names[1]] = 20  # never right: the darkest cell off the diagonal
    run, card = made_run(long_name, dev=dev, test=dev, opened=1, since=since)
    use_language(language)
    page = opened(browser, report(run, card, picture), tmp_path, width, scheme)
    assert page.evaluate("document.images.length") == 48
    assert page.evaluate("[...document.images].every((one) => one.complete && one.naturalWidth === 28)")
    assert page.locator("h1").inner_text() == long_name and page.locator("h2:visible").count() == 9
    assert page.locator("svg[role=img]:visible").count() == 3 + 3  # learning curves; ROC, precision-recall, calibration
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1200])
def test_a_report_of_sentences_fits_too(judged_run, browser, tmp_path: Path, width, scheme) -> None:
    words = " ".join(["a_word_that_would_not_end_if_one_let_it_go_on"] * 9), "one two"
    run = judged_run("bleu", sets={"train": sentences(TRAIN), "dev": (words, ["one", "two"]), "test": sentences(DEV)})
    page = opened(browser, report(run, card_of(run), lambda name, i: None), tmp_path, width, scheme)
    assert page.locator("h2:visible").count() == 7 and page.locator(".worst li:visible").count() == 2
    page.close()


def test_the_filter_and_the_copy_button_work(made_run, browser, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(report(*made_run(), picture), encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    figures = page.locator(".gallery figure:visible")
    assert figures.count() == 9
    page.locator("select[data-key=truth]").select_option("cat")
    assert figures.count() == 6 and page.locator(".filter output").inner_text() == "6 shown"
    page.locator("select[data-key=guess]").select_option("cat")
    assert figures.count() == 0
    page.locator("select[data-key=truth]").select_option("all")
    assert figures.count() == 2
    page.locator(".copy").first.click()
    assert page.evaluate("getSelection().toString()") == "wengu fit lenet5 --data more-pets/"
    page.close()


def test_maps_lie_over_the_pictures_when_asked_for_without_scripts_too(made_run, browser, tmp_path: Path) -> None:
    def seen(ids: Any, classes: Any) -> Any:
        return "CAM", {i: png(noise=True) for i in ids[1:]}

    file = tmp_path / "report.html"
    file.write_text(report(*made_run(), picture, seen=seen), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    maps = page.locator(".gallery img.map:visible")
    assert maps.count() == 0
    page.locator(".gallery figure").last.hover()
    assert maps.count() == 1
    page.get_by_label("what spoke for the wrong class").check()
    assert maps.count() == 8
    over, under = (page.locator(f".gallery figure:last-child img{kind}").bounding_box() for kind in (".map", ":not(.map)"))
    assert over == under
    context.close()


def test_without_scripts_nothing_that_needs_one_is_shown(made_run, browser, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(report(*made_run(), picture), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    assert page.locator("select:visible, button:visible").count() == 0
    assert page.locator(".gallery figure:visible").count() == 9
    context.close()
