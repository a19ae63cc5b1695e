"""Trainings in a real browser: with the settings of the figures, two beside one another, and told of on every page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.handbook.browsing import AXE, AXE_RUN, Watched, served
from wengu.core.run_folder import RunFolder

pytestmark = [pytest.mark.browser, pytest.mark.processes]
LONG = 60_000  # milliseconds that a training may take to begin, or to end


def test_figures_set_a_training_two_stand_in_one_chart_and_every_page_tells_of_it(real_browser: Any, tmp_path: Path) -> None:
    with served(tmp_path) as book, real_browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        seen, other = (Watched(context.new_page(), book.root) for _ in range(2))
        page = seen.open("/en/gradient_descent/descent")
        offer, command = page.locator(".fit"), page.locator(".fit code").first
        assert command.inner_text() == "wengu fit lenet5 --optim sgd --lr 0.3", "the figure's default"
        alpha = page.locator("figure.fig[data-name=rates] input[data-name=lr]")
        alpha.press("Home")
        assert command.inner_text() == "wengu fit lenet5 --optim sgd --lr 0.05"
        offer.get_by_role("button", name="Train it here").click()
        offer.locator(".chart").first.wait_for(timeout=LONG)
        elsewhere = other.open("/zh/models/softmax")
        elsewhere.locator(".trains a").wait_for(timeout=LONG)
        assert elsewhere.locator(".trains a").get_attribute("href") == "/zh/runs/lenet5-notes"
        for width in (360, 1280):
            elsewhere.set_viewport_size({"width": width, "height": 800})
            assert elsewhere.evaluate("() => document.scrollingElement.scrollWidth - innerWidth") <= 0
        elsewhere.evaluate(AXE.read_text(encoding="utf-8"))
        assert elsewhere.evaluate(AXE_RUN) == []
        elsewhere.locator(".trains").get_by_role("button", name="停止").click()
        elsewhere.locator(".trains").wait_for(state="hidden", timeout=LONG)
        run = RunFolder.open(tmp_path / "lenet5-notes")
        assert run.facts()["stopped"] == "interrupted" and run.settings()[0]["lr"] == 0.05

        alpha.press("ArrowRight")
        offer.get_by_role("button", name="Train it again").and_(page.locator("[aria-disabled=false]")).click(timeout=LONG)
        key = offer.locator(".chart .key").first
        key.get_by_text("lenet5-notes-2 (--lr 0.1)").wait_for(timeout=LONG)
        assert key.locator("li").all_inner_texts() == ["lenet5-notes (--lr 0.05)", "lenet5-notes-2 (--lr 0.1)"]
        assert offer.get_by_role("link", name="Compare").get_attribute("href").endswith("run=lenet5-notes&run=lenet5-notes-2")
        page.evaluate(AXE.read_text(encoding="utf-8"))
        assert page.evaluate(AXE_RUN) == []
        page.locator(".trains").get_by_role("button", name="Stop").click()
        page.locator(".trains").wait_for(state="hidden", timeout=LONG)
        assert seen.faults == other.faults == []
