"""The runs pages in a real browser, of runs that are judged by perplexity, by an error, and by nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.handbook.browsing import AXE, AXE_RUN, SCHEMES, WIDTHS, Watched, chromium, served
from tests.judged_runs import blocks, old_run
from wengu.adviser.diagnose import judge
from wengu.core.run_folder import RunFolder
from wengu.practice import Perplexity

pytestmark = pytest.mark.browser


def test_each_run_is_shown_in_its_own_unit_and_direction(judged_run: Callable[..., RunFolder], tmp_path: Path) -> None:
    for name, cost in (("ppl", 3.1), ("worse", 3.4)):
        judge(judged_run(name, Perplexity(), {"train": blocks(90, 2.7), "dev": blocks(90, cost)}))
    judged_run("style", None, {}, task="88")
    with served(tmp_path / "runs") as book, chromium() as browser:
        seen = Watched(browser.new_page(), book.root)
        shown = seen.open("/en/runs")
        shown.get_by_role("button", name="Perplexity on dev").wait_for()
        assert texts(shown, "tbody tr td:nth-child(6)") == ["–", "22.3", "22.3"], "all by one metric: its name is in the head"
        judge(old_run(tmp_path / "runs" / "old"))
        shown = seen.open("/en/runs")
        shown.get_by_role("button", name="On dev").click()  # the better ones first, metric by metric
        assert texts(shown, "tbody tr td:nth-child(6)") == ["–", "3.0\u00a0% error", "22.3 perplexity", "22.3 perplexity"]
        shown.locator("canvas").nth(2).wait_for()
        assert set(texts(shown, ".chart h2")) == {"dev cost", "dev error", "perplexity on dev"}
        shown = seen.open("/en/runs/compare?run=ppl&run=worse&run=old")
        shown.get_by_text("old: only settings are compared").wait_for()
        assert texts(shown, "h2 + .scroll tbody tr:nth-child(2) td")[2].endswith("] worse on these examples; one seed each")
        assert read_out(shown, "dev error") == "epoch 2:  old 3\u00a0%" and "ppl 25.1" in read_out(shown, "perplexity on dev")
        shown = seen.open("/en/runs/ppl")
        shown.get_by_role("columnheader", name="Perplexity, lower is better").wait_for()
        assert shown.locator(".gallery").count() == 0 and "%" not in shown.locator(".card table").inner_text().replace("95\u00a0%", "")
        shown = seen.open("/en/runs/style")
        shown.get_by_text("This run has no metric").wait_for()
        assert seen.faults == []


def test_they_can_be_used_by_everybody(judged_run: Callable[..., RunFolder], tmp_path: Path) -> None:
    judge(judged_run("ppl", Perplexity(), {"train": blocks(90, 2.7), "dev": blocks(90, 3.1)}))
    judge(old_run(tmp_path / "runs" / "old"))
    with served(tmp_path / "runs") as book, chromium() as browser:
        for width in WIDTHS:
            for language, scheme in zip(("en", "zh"), SCHEMES, strict=True):
                context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
                seen = Watched(context.new_page(), book.root)
                for address, awaited in (("", "canvas"), ("/ppl", ".card table"), ("/compare?run=ppl&run=old", "tbody")):
                    shown = seen.open(f"/{language}/runs{address}")
                    shown.wait_for_selector(awaited)
                    assert shown.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0, width
                    shown.evaluate(AXE.read_text(encoding="utf-8"))
                    assert shown.evaluate(AXE_RUN) == [], f"{address} {width} px, {scheme}"
                context.close()


def texts(page: Any, place: str) -> list[str]:
    """What is seen of these elements."""
    return [one.strip() for one in page.locator(place).all_inner_texts()]


def read_out(page: Any, title: str) -> str:
    """What a chart tells at its end."""
    return str(page.get_by_role("slider", name=title, exact=True).get_attribute("aria-valuetext"))
