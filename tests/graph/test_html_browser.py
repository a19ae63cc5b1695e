"""The page in a real browser: it loads nothing, fits a phone in light and dark, steps, and opens modules."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional as F

from tests.graph.networks import ResNet18
from wengu.graph import expression, to_html, trace

pytestmark = pytest.mark.browser


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


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The notes' example as a page."""
    file = tmp_path_factory.mktemp("page") / "example.html"
    file.write_text(to_html(trace(expression("J = 3*(a + b*c)"), a=5, b=3, c=2)), encoding="utf-8")
    return file.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1200])
def test_it_loads_nothing_and_fits(browser: Any, example: str, width: int, scheme: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(example)
    assert asked == [example] and complaints == []
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    assert page.locator("svg.graph:visible").count() == 1
    drawn = page.locator("svg.graph:visible").bounding_box()
    assert (drawn["height"] > drawn["width"]) is (width == 375)
    assert drawn["x"] >= 0 and drawn["x"] + drawn["width"] <= width
    page.close()


def test_it_steps_forward_and_back_node_by_node(browser: Any, example: str) -> None:
    page = browser.new_page(viewport={"width": 1200, "height": 800})
    page.goto(example)
    values, gradients = page.locator("svg.graph:visible text.value:visible"), page.locator("svg.graph:visible text.gradient:visible")
    assert (values.count(), gradients.count()) == (6, 6)  # everything, before anybody steps
    back, forward = page.locator("section.shown button").all()
    said = page.locator("section.shown output")
    for _ in range(12):
        back.click()
    assert back.is_disabled() and (values.count(), gradients.count()) == (0, 0)
    for _ in range(4):
        forward.click()
    assert said.inner_text() == "u = b · c = 3 · 2 = 6" and (values.count(), gradients.count()) == (4, 0)
    page.locator("section.shown input[type=range]").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert said.inner_text() == "dJ/du = dJ/dv · ∂v/∂u = 3 · 1 = 3" and (values.count(), gradients.count()) == (6, 3)
    assert page.locator("svg.graph:visible .box.now text.name").text_content() == "u = b · c"
    page.close()


def test_modules_open_and_the_way_back_leads_out(browser: Any, tmp_path: Path) -> None:
    from playwright.sync_api import expect

    net = ResNet18(8, 10).eval()
    graph = trace(lambda x: F.cross_entropy(net(x), torch.tensor([3])), x=torch.randn(1, 3, 32, 32))
    file = tmp_path / "network.html"
    file.write_text(to_html(graph, title="ResNet-18"), encoding="utf-8")
    page = browser.new_page(viewport={"width": 375, "height": 800})
    page.goto(file.as_uri())
    for name in ("ResNet18", "layer2", "0"):
        page.locator("svg.graph:visible .module", has=page.get_by_text(name, exact=True)).locator("a").click()
    way = "The whole graph › ResNet18 › ResNet18.layer2 › ResNet18.layer2.0"
    expect(page.locator("nav:visible")).to_have_text(way, use_inner_text=True)  # the address changes, then the page
    expect(page.locator("svg.graph:visible .box")).to_have_count(9)
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    page.go_back()
    expect(page.locator("svg.graph:visible .box")).to_have_count(3)
    page.get_by_role("link", name="The whole graph").locator("visible=true").click()
    expect(page.locator("svg.graph:visible .module")).to_have_count(1)
    page.close()


def test_without_scripts_every_drawing_stands_below_the_other(browser: Any, example: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(example)
    assert page.locator("button:visible").count() == 0 and page.locator("svg.graph:visible").count() == 1
    context.close()
