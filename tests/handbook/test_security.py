"""Who may ask, and that no request leads out of the server, breaks it, or is told a path."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.handbook.conftest import CURVE, HOST, TOKEN, Browser, made_run
from wengu.core.checks import InputError
from wengu.core.i18n import LANGUAGES, Language
from wengu.handbook.request import clamped
from wengu.handbook.server import app_of
from wengu.pages import figure_of
from wengu.pages import page as page_of


@pytest.mark.parametrize("path", [
    "/static/../server.py", "/static/..%2fserver.py", "/static/%2e%2e/%2e%2e/rows.toml", "/static//etc/passwd",
    "/runs/..%2f..%2fsecret/report.html", "/api/runs/../rows", "/api/runs/%2e%2e/rows", "/api/runs/..%2fsecret/rows",
    "/api/runs/secret%00/rows", "/static/%00", "/en/..%2f..%2fsecret", "/en/../../secret", "/api/runs/%ff/rows",
    f"/api/runs/{'a' * 5000}/rows", f"/static/{'a' * 5000}",
])  # fmt: skip
def test_no_path_leads_out(browser: Browser, runs: Path, path: str) -> None:
    made_run(runs.parent / "secret", rows=2)
    assert browser.get(path).status in (400, 404, 405)


@pytest.mark.parametrize("changed", [
    {"origin": "http://evil.example"}, {"origin": ""}, {"origin": "null"}, {"origin": f"http://{HOST}.evil.example"},
    {"origin": "http://localhost:8420"}, {"x_wengu_token": ""}, {"x_wengu_token": "another"}, {"x_wengu_token": "é"},
    {"host": "evil.example"}, {"host": ""}, {"host": "127.0.0.1.evil.example"}, {"host": "[::1"}, {"host": "192.168.0.7"},
])  # fmt: skip
def test_foreign_requests_are_refused_and_change_nothing(browser: Browser, runs: Path, changed: dict[str, str]) -> None:
    for path, value in (("/api/runs/first/set", {"lr": 0.5}), ("/api/figure", CURVE)):
        found = browser.post(path, value, **changed)
        assert found.status == 403 and list(found.json) == ["error"]
    assert not (runs / "first" / "control.jsonl").exists()


@pytest.mark.parametrize("host", ["127.0.0.1:8420", "localhost:9999", "LOCALHOST", "[::1]:80"])
def test_this_machine_s_names_are_ours(browser: Browser, host: str) -> None:
    assert browser.get("/en/", host=host).status == 200
    assert browser.post("/api/figure", CURVE, host=host, origin=f"http://{host}").status == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8420", "127.0.0.1@evil.example", "", "a b", "192.168.0.7"])
def test_reading_under_a_foreign_name_is_refused(browser: Browser, host: str) -> None:
    assert browser.get("/en/", host=host).status == 403


def test_served_to_the_network_addresses_are_ours_and_foreign_names_are_not(runs: Path) -> None:
    opened = Browser(app_of(None, runs, token=TOKEN, host="0.0.0.0"))  # type: ignore[arg-type]
    assert opened.get("/en/", host="192.168.0.7:8420").status == 200
    assert opened.get("/en/", host="evil.example").status == 403


def test_nothing_but_get_and_post(browser: Browser) -> None:
    ours = {"host": HOST, "origin": f"http://{HOST}", "x-wengu-token": TOKEN}
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "X"):
        assert browser.ask(method, "/api/figure", headers=ours).status == 405
        assert browser.ask(method, "/api/figure", headers={"host": HOST}).status == 403
    assert browser.get("/api/figure").status == browser.get("/api/runs/first/set").status == 405
    assert browser.ask("HEAD", "/en/", headers=ours).status == 200


class Echo:
    """A worker that computes nothing, but sees to it that what it is asked is fit for it."""

    def ask(self, what: str, *, seconds: float, lang: str, **values: Any) -> bytes:
        assert lang in LANGUAGES and 0 < seconds <= 60
        if what == "figure":
            figure = figure_of(values["page"], values["name"])
            assert clamped(figure, values["state"]) == values["state"], "clamped already"
        return json.dumps(values["state"] if what == "figure" else {}).encode()


class NoTraining:
    """In the place of a training: it refuses, and sees to it that what it is asked is offered."""

    def now(self) -> dict[str, None]:
        return {"name": None}

    def start(self, words: str, *, page: str, lang: Language, offer: str) -> str:
        assert offer in page_of(page, lang).fits and "{" not in words
        raise InputError("not here")

    def stop(self) -> None:
        return


def test_ten_thousand_odd_requests_make_no_500_and_tell_no_path(runs: Path) -> None:
    """Pieces of real requests put together by chance: same seed, same requests."""
    browser = Browser(app_of(Echo(), runs, token=TOKEN, training=NoTraining()))  # type: ignore[arg-type]
    leaks = ("Traceback", "site-packages", str(Path(__file__).parents[2]), str(runs), f"{Path.home()}/")
    chance = random.Random(0)
    pieces = ["", "en", "zh", "api", "runs", "first", "rows", "events", "card", "set", "figure", "compare", "search", "en.json",
              "static", "figures", "..", ".", "%2e%2e", "%00", "%ff", "activations", "report.html", "é", "a" * 300, "run.json",
              "?after=1", "?after=-1", "?after=x", "?run=first", "?run=..", "?lang=zh", "?lang=%00", "#", "\\", "~", "'", ";"]
    values: list[Any] = [None, True, 0, -1, 1e308, "", "x", "\ud800", [], {}, [[1, 2, 3]], [None], {"z": [[[]]]}, "en", "curve",
                         CURVE["page"], "lenet5", "\ud800", {"first": 1, "..": -1, "\ud800": True}, {"z": "1"}, {"name": {"a": 1}}, 10**30]
    names = ["page", "name", "words", "after", "state", "lr", "x"]
    ours = {"host": HOST, "origin": f"http://{HOST}", "x-wengu-token": TOKEN}
    seen = set()
    for k in range(10_000):
        path = "/" + "/".join(chance.choices(pieces, k=chance.randint(0, 5))).replace("/?", "?").replace("/#", "#")
        if chance.random() < 0.2:
            path = chance.choice(["/api/figure", "/api/runs/first/set", "/api/compare", "/api/rows", "/api/fit", "/api/fit/stop"])
        method = chance.choice(["GET", "GET", "POST", "HEAD", "PUT"])
        given = {name: chance.choice(values) for name in chance.sample(names, chance.randint(0, 5))}
        if chance.random() < 0.3:
            given = CURVE | {"state": {name: chance.choice(values) for name in ("name", "z", "slope", "w")}}
        if path == "/api/fit" and chance.random() < 0.3:
            given = {"page": "convnets/lenet5", "words": "lenet5"}
        body = json.dumps(given).encode()[: chance.choice([None, None, None, 5])]
        headers = dict(ours)
        if chance.random() < 0.2:
            headers[chance.choice([*ours, "last-event-id", "accept-language"])] = chance.choice(["", "x", "evil", "\xff", ";q=,"])
        found = browser.ask(method, path, body if method != "GET" else b"", headers)
        seen.add(found.status)
        assert found.status in (200, 204, 206, 307, 400, 403, 404, 405, 409), (k, method, path, body)
        assert not any(leak.encode() in found.body for leak in leaks), (k, method, path, body)
    assert {200, 400, 403, 404, 405, 409} <= seen
