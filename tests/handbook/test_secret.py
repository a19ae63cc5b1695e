"""The secret of a start: nothing is served without it, and how a browser comes by it."""

from __future__ import annotations

import os
import re
import stat
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Mount, Route

from tests.handbook.conftest import HOST, TOKEN, Browser, Here
from wengu.handbook.secret import Secret, private_page
from wengu.handbook.server import app_of

KEY = "the-secret-of-this-start"
PAGE = {"accept": "text/html,*/*"}


@pytest.fixture
def closed(runs: Path) -> Browser:
    return Browser(app_of(Here(), runs, token=TOKEN, secret=Secret(KEY, port=8420)))  # type: ignore[arg-type]


def addresses(routes: Any, before: str = "") -> list[tuple[str, str]]:
    """Every route of the application, with names that there are."""
    found: list[tuple[str, str]] = []
    for route in routes:
        if isinstance(route, Mount):
            found += addresses(route.routes, route.path) if route.routes else [("GET", f"{route.path}/app.css")]
        elif isinstance(route, Route):
            path = (before + route.path).format(name="first", room="layers", chapter="activations", slug="activations")
            found += [(method, path) for method in route.methods or ()]
    return found


def test_every_route_asks_for_the_secret(closed: Browser) -> None:
    """Pages, files, JSON, the stream of events and what does not exist: none says anything, in whatever method."""
    every = [*addresses(closed.app.routes), ("GET", "/nothing"), ("GET", "/static/../x"), ("PUT", "/en/"), ("OPTIONS", "/api/runs")]
    assert {("GET", "/api/runs/first/events"), ("POST", "/api/fit"), ("GET", "/runs/first/report.html"), ("GET", "/static/app.css"),
            ("HEAD", "/en/")} <= set(every) and len(every) > 40
    ours = {"host": HOST, "origin": f"http://{HOST}", "x-wengu-token": TOKEN}
    for method, path in every:
        for wrong in ({}, {"cookie": "wengu-8420=another"}, {"cookie": f"wengu-8421={KEY}"}, {"cookie": f"wengu-8420={KEY}x"},
                      {"cookie": "wengu-8420="}, {"cookie": "\xff;=;\"" }, PAGE):
            found = closed.ask(method, path, headers={**ours, **wrong})
            assert found.status == 403 and "first" not in found.text and "set-cookie" not in found.headers, (method, path, wrong)
            assert "wengu notes" in unescape(found.text)
        assert closed.ask(method, f"{path}?token=another", headers=ours).status == 403
    with_it = {**ours, "cookie": f'odd="; wengu-8420=planted; wengu-8420={KEY}; x'}
    assert all(closed.ask(method, path, headers=with_it).status != 403 for method, path in every)


def test_a_browser_is_given_the_cookie_and_led_on(closed: Browser) -> None:
    found = closed.get(f"/en/runs?token={KEY}&a=1&b=x%20y", **PAGE)
    assert found.status == 200
    assert found.headers["set-cookie"] == f"wengu-8420={KEY}; Path=/; HttpOnly; SameSite=Strict"
    (on,) = re.findall(r'http-equiv="refresh" content="0; url=([^"]*)"', found.text)
    assert unescape(on) == "/en/runs?a=1&b=x+y" and KEY not in found.text
    assert found.headers["referrer-policy"] == "no-referrer"
    assert closed.get("/en/runs", cookie=found.headers["set-cookie"].partition(";")[0], **PAGE).status == 200


def test_it_is_led_to_no_other_place(closed: Browser) -> None:
    for path in (f"//evil.example/?token={KEY}", f"/\\evil.example/?token={KEY}", f'/"><script>/?token={KEY}'):
        found = closed.get(path, **PAGE)
        (on,) = re.findall(r'content="0; url=(/[^"/\\][^"]*)"', found.text) or ["/"]
        assert not on.startswith("//") and "<script>" not in found.text


def test_a_program_is_answered_at_once(closed: Browser) -> None:
    assert closed.get(f"/api/runs?token={KEY}").json["runs"][0]["name"] == "first"
    found = closed.ask("POST", f"/api/rows?token={KEY}", b'{"after": {"first": 0}}', {
        "host": HOST, "origin": f"http://{HOST}", "x-wengu-token": TOKEN})
    assert found.status == 200 and list(found.json) == ["first"]
    assert closed.ask("POST", f"/api/rows?token={KEY}", b"{}", {"host": HOST}).status == 403, "and is of our own pages"


def test_it_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch, closed: Browser) -> None:
    compared: list[bytes] = []
    monkeypatch.setattr("wengu.handbook.secret.secrets.compare_digest", lambda a, b: compared.append(a) or False)
    closed.get("/en/?token=guess", cookie="wengu-8420=other")
    assert {b"guess", b"other"} <= set(compared)


def test_the_refusal_is_in_the_language_of_the_page(closed: Browser) -> None:
    assert "wengu notes" in (found := closed.get("/zh/", **PAGE)).text and "终端" in found.text


def test_what_opens_the_browser_is_this_user_s_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its command line, which all users can read, has no secret: only the name of the file."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    file = private_page(f"http://127.0.0.1:8420/en/?token={KEY}")
    assert KEY in file.read_text() and KEY not in str(file)
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700 and file.parent.stat().st_uid == os.geteuid()
