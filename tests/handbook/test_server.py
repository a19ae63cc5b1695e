"""The routes of pages and figures."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.handbook.conftest import CURVE, TOKEN, Browser, Outline
from wengu.core.i18n import LANGUAGES
from wengu.handbook.request import clamped
from wengu.handbook.server import app_of
from wengu.handbook.worker_pool import OverTimeError, RefusedError, WorkerFailedError
from wengu.pages import figure_of, pages

# ---------------------------------------------------------------------------------------------------------------- pages


def test_entrance_leads_to_the_language_that_the_browser_asks_for(browser: Browser) -> None:
    for wanted, to in (("zh-CN,zh;q=0.9,en;q=0.8", "/zh/"), ("fr, en;q=0.5, zh;q=0.7", "/zh/"), ("en-GB", "/en/"),
                       ("", "/en/"), ("de;q=x, ;;;", "/en/")):
        found = browser.get("/", **{"accept-language": wanted})
        assert (found.status, found.headers["location"]) == (307, to), wanted


def test_every_page_is_served_with_its_policy(browser: Browser) -> None:
    for language in LANGUAGES:
        for path in ("", "runs", "runs/first", "runs/compare?run=first&run=first", *(one.path for one in pages(language))):
            found = browser.get(f"/{language}/{path}")
            assert found.status == 200, path
            outline = Outline(found.text)
            assert not outline.faults
            assert ("meta", {"name": "wengu-token", "content": TOKEN}) in outline.tags
            policy = found.headers["content-security-policy"]
            assert policy.startswith("default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;")
            assert found.headers["x-content-type-options"] == "nosniff"
            for link in outline.links:
                if link.startswith("/") and not link.startswith("/static/"):
                    assert browser.get(link).status in (200, 307), link


def test_unknown_pages_are_404_in_the_language_asked(browser: Browser) -> None:
    for path in ("/en/nothing/there", "/en/activations/nothing", "/en/runs/nothing", "/runs/first/report.html", "/x"):
        found = browser.get(path)
        assert found.status == 404 and "no such page" in found.text and not Outline(found.text).faults
    assert "没有这一页" in browser.get("/zh/nothing/there").text
    assert browser.get("/api/nothing").json == {"error": "there is no such thing"}


def test_server_imports_no_torch(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from tests.handbook.conftest import *\nfrom wengu.pages import pages\n"
        f"runs = Path({str(tmp_path)!r}); made_run(runs / 'first', rows=2, stopped='epochs')\n"
        "b = Browser(app_of(None, runs, token=TOKEN))\n"
        "paths = ['/en/', '/en/runs', '/en/runs/first', '/api/runs', '/api/runs/first/events', '/api/search/zh.json']\n"
        "for path in paths + [f'/{p.language}/{p.path}' for l in ('en', 'zh') for p in pages(l)]:\n"
        "    assert b.get(path).status == 200, path\n"
        "print(sorted({'torch', 'numpy', 'sklearn', 'pandas', 'PIL'} & set(sys.modules)))\n"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60, cwd=root)
    assert done.stdout.strip() == "[]"


# -------------------------------------------------------------------------------------------------------------- figures


def test_figure_is_what_the_library_computes(browser: Browser) -> None:
    found = browser.post("/api/figure", CURVE | {"state": {"z": 2, "name": "tanh"}})
    assert found.status == 200 and found.headers["content-type"] == "application/json"
    expected = figure_of(CURVE["page"], "curve")(z=2, name="tanh").to_json()
    assert found.json == expected | {"state": {"name": "tanh", "z": 2.0}}
    assert "sigmoid" not in found.json["say"] and "g(z) = 0.964" in found.json["say"]


def test_controls_are_clamped_whatever_comes(browser: Browser) -> None:
    figure = figure_of(CURVE["page"], "curve")
    for given in (10**400, 1e999, -1e999, "nan", None, [], {}, "x" * 999, True):
        state = clamped(figure, {"z": given, "name": given, "more": given})
        assert -6 <= state["z"] <= 6 and list(state) == list(figure.controls)
        assert state["name"] == "sigmoid"
    assert browser.post("/api/figure", json.dumps(CURVE)[:-1].encode() + b', "state": {"z": 1' + b"0" * 5000 + b"}}").json[
        "state"]["z"] == 1.0


@pytest.mark.parametrize(("body", "status"), [
    (b"", 400), (b"[]", 400), (b"{", 400), (b"\xff", 400), (b"[" * 60_000, 400), (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400),
    (b"x" * 100_000, 413), (json.dumps(CURVE | {"state": 1}).encode(), 400),
    (json.dumps(CURVE | {"page": "../x"}).encode(), 404),
    (json.dumps(CURVE | {"name": "figure"}).encode(), 404), (json.dumps(CURVE | {"page": None}).encode(), 404),
    (json.dumps(CURVE | {"name": "__doc__"}).encode(), 404),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(browser: Browser, body: bytes, status: int) -> None:
    found = browser.post("/api/figure", body)
    assert found.status == status and list(found.json) == ["error"]


@pytest.mark.parametrize(("error", "status"), [
    (RefusedError("why /RUNS/first is bad"), 400), (OverTimeError(), 504), (WorkerFailedError(), 503),
])  # fmt: skip
def test_worker_that_does_not_answer(runs: Path, error: Exception, status: int) -> None:
    class Broken:
        def ask(self, *given: Any, **values: Any) -> bytes:
            raise type(error)(*(str(one).replace("/RUNS", str(runs)) for one in error.args))

    found = Browser(app_of(Broken(), runs, token=TOKEN)).post("/api/figure", CURVE)  # type: ignore[arg-type]
    assert found.status == status and str(runs) not in found.text
    if status == 400:
        assert found.json == {"error": "why first is bad"}


def test_refusals_are_in_the_language_of_the_page_that_asks(browser: Browser) -> None:
    for lang, words in (("?lang=zh", "没有"), ("?lang=en", "no such figure"), ("", "no such figure"), ("?lang=fr", "no such")):
        found = browser.post(f"/api/figure{lang}", {"page": "a/b", "name": "c", "state": {}})
        assert found.status == 404 and words in found.json["error"]
    assert "别的网页" in browser.post("/api/figure?lang=zh", {}, origin="http://elsewhere").json["error"]
