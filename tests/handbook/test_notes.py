"""`wengu notes` from the command line."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.handbook.conftest import made_run
from tests.waiting import PATIENCE, children, lives
from wengu.cli import notes
from wengu.cli.main import run
from wengu.core.checks import InputError
from wengu.handbook import serve
from wengu.handbook.export import export
from wengu.handbook.serve import listening


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_from_the_command_to_a_figure_and_to_the_end(tmp_path: Path, how: signal.Signals) -> None:
    made_run(tmp_path / "runs" / "first", rows=2, stopped="epochs")
    words = (sys.executable, "-m", "wengu", "notes", "--no-browser", "--port", "0", "--lang", "zh")
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as notes:
        assert notes.stdout and notes.stderr
        address = notes.stdout.readline().split()[0]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/zh/\?token=[\w-]{43}", address)
        root, _, secret = address.partition("/zh/?token=")
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(f"{root}/zh/")
        with urllib.request.urlopen(address) as reply:
            cover = reply.read().decode()
            cookie = {"Cookie": reply.headers["Set-Cookie"].partition(";")[0]}
            assert "server" not in {name.lower() for name in reply.headers}
        assert "first" in cover
        (token,) = re.findall(r'name="wengu-token" content="([^"]+)"', cover)
        body = json.dumps({"page": "activations/activations", "name": "curve", "lang": "zh", "state": {"z": 2}}).encode()
        asked = urllib.request.Request(f"{root}/api/figure", body, {"Origin": root, "X-Wengu-Token": token, **cookie})
        with urllib.request.urlopen(asked) as reply:
            assert "，导数是 g′(z)" in json.loads(reply.read())["say"]
        (worker,) = children(notes.pid)
        listening_on = urllib.request.urlopen(f"{root}/api/runs/first/events?token={secret}")  # left open
        waiting = [_asked(root, f"/{lang}/api/{room}?token={secret}") for lang in ("en", "zh")
                   for room in ("wengu", "layers", "training", "data")]  # answers that take a while, and are cut off
        notes.send_signal(how)
        notes.wait(timeout=PATIENCE)  # it does not wait for who listens: that would be for ever
        for one in (listening_on, *waiting):
            one.close()
        assert notes.stderr.read() == ""
        assert not lives(worker)


def _asked(root: str, path: str) -> socket.socket:
    """Who has asked, and not been answered yet."""
    host, _, port = root.removeprefix("http://").partition(":")
    asking = socket.create_connection((host, int(port)))
    asking.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
    return asking


def test_taken_port_is_told_and_without_one_the_next_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(InputError, match=f"--port {port}: taken"), listening("127.0.0.1", port):
            pass
        monkeypatch.setattr(serve, "PORT", port)
        with listening("127.0.0.1", None) as door:
            assert door.getsockname()[1] > port
    for host, wrong, why in (("no.such.host.invalid", 80, "cannot listen there"), ("127.0.0.1", 99_999, "to 65535"),
                             ("127.0.0.1", -1, "to 65535")):
        with pytest.raises(InputError, match=why), listening(host, wrong):
            pass


def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(notes, "find_spec", lambda name: None if name == "uvicorn" else find_spec(name))
    assert run(["notes"]) == 2
    assert capsys.readouterr().err == "wengu: `wengu notes` needs uvicorn; install: pip install 'wengu[web]'\n"


def test_export_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("wengu.handbook.export.export", partial(export, moving=[]))  # grids of all take minutes
    assert run(["notes", "--export", str(tmp_path / "site")]) == 0
    assert re.search(r"site: \d+ pages", capsys.readouterr().out) and (tmp_path / "site/zh/index.html").is_file()
    assert run(["notes", "--export", str(Path(__file__).parent)]) == 2


def test_browser_is_opened_where_there_is_a_screen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By a page of this user's own, which is gone at the end: the address is on no command line."""
    opened: list[str] = []
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))

    def open_page(uri: str) -> None:
        assert uri.startswith(tmp_path.as_uri()) and "token" not in uri
        (lead,) = re.findall(r'content="0; url=([^"]*)"', urllib.request.urlopen(uri).read().decode())
        opened.append(lead)

    monkeypatch.setattr("webbrowser.open", open_page)
    monkeypatch.setattr(serve, "serve", lambda runs, *, host, port, opened: opened("http://here/en/?token=x"))

    def call(*words: str, **environment: str) -> Any:
        monkeypatch.delenv("DISPLAY", raising=False)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert run(["notes", *words]) == 0 and not list(tmp_path.rglob("*.html"))
        return [opened.pop() for _ in opened[:]]

    assert call(DISPLAY=":0") == ["http://here/en/?token=x"]
    assert call("--no-browser", DISPLAY=":0") == []
    if sys.platform.startswith("linux"):
        assert call() == [], "no browser of letters in this terminal"
    assert os.environ.get("DISPLAY") is None
