"""Shared machines in a real browser: how it comes by the secret, and one bad neighbour among the runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.handbook.browsing import ENTRANCES, Served, Watched, served
from tests.handbook.conftest import made_run
from wengu.handbook.secret import private_page

pytestmark = pytest.mark.browser


def test_the_printed_address_opens_the_handbook_and_leaves_no_secret_behind(real_browser: Any, book: Served) -> None:
    with real_browser.new_context() as context:
        page = context.new_page()
        answer = page.goto(f"{book.root}/en/")
        assert answer.status == 403 and "wengu notes" in page.inner_text("body") and page.title() == "The handbook"
        page.goto(ENTRANCES[book.root])
        page.wait_for_url(f"{book.root}/en/")
        page.reload()
        page.goto(f"{book.root}/en/runs/first")
        page.wait_for_selector("canvas, .panel, table")
        (cookie,) = context.cookies()
        assert cookie["httpOnly"] and cookie["sameSite"] == "Strict" and cookie["name"] == f"wengu-{book.root.rpartition(':')[2]}"
        assert page.evaluate("document.cookie") == ""
        page.go_back()
        assert "token=" not in page.url


def test_a_page_elsewhere_may_lead_there(
    real_browser: Any, book: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the file does with which the browser is opened: the cookie is Strict, and comes along all the same."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with real_browser.new_context() as context:
        page = context.new_page()
        page.goto(private_page(ENTRANCES[book.root]).as_uri())
        page.wait_for_url(f"{book.root}/en/")
        assert page.locator("h1").count()


def test_a_run_that_cannot_be_read_is_named_in_the_list(real_browser: Any, tmp_path: Path) -> None:
    for name in ("good", "bad"):
        made_run(tmp_path / name, rows=2, stopped="epochs")
    (tmp_path / "bad" / "run.json").write_text("{")
    with served(tmp_path) as book, real_browser.new_context() as context:
        seen = Watched(context.new_page(), book.root)
        page = seen.open("/en/runs")
        page.wait_for_selector("tr[data-name=good]")
        assert page.get_by_text("Not read: bad (bad/run.json cannot be read").is_visible() and seen.faults == []
