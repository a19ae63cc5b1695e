"""Typing on the cover: the page that tells of it comes first, by its name, by other words for it, and by what it has."""

from __future__ import annotations

import pytest

from tests.handbook.tabs import Open

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("language", "typed", "found"), [
    ("en", "adam", "gradient_descent/adam"), ("zh", "adam", "gradient_descent/adam"), ("en", "dropot", "regularisation/dropout"),
    ("zh", "过拟合", None), ("zh", "随机失活", "regularisation/dropout"),
    ("en", "beam", "#row-12.3"), ("zh", "集束搜索", "#row-12.3"), ("en", "rotated_quadratic", "api/optimization#rotated_quadratic"),
    ("zh", "wengu.graph", "api/graph"),
    ("en", "temperature", "models/softmax"), ("en", "label smoothing", "convnets/augmentation"), ("zh", "标签平滑", "convnets/augmentation"),
    ("en", "nesterov", "gradient_descent/momentum"), ("zh", "激活之前还是之后", "gradient_descent/batch_norm"),
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
