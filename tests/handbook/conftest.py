"""The handbook's server within this process, asked as a browser asks it; and a reader of its HTML."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import pytest

from tests.handbook.tabs import book, real_browser, real_runs, tab, tabs  # noqa: F401  # fixtures
from wengu.core.i18n import use_language
from wengu.core.run_folder import RunFolder
from wengu.handbook.server import app_of
from wengu.handbook.worker import answer
from wengu.handbook.worker_pool import RefusedError, WorkerFailedError

TOKEN = "the-token-of-this-start"
HOST = "127.0.0.1:8420"
CURVE = {"page": "activations/activations", "name": "curve"}
WITHOUT_TORCH = (
    "import os, pathlib, sys, types\n"
    "sys.modules['torch'] = types.SimpleNamespace(set_num_threads=lambda n: None)\n"
    "import wengu.handbook.worker as w\n"
    "w.WARM = ('core',)\n"
    "w.ASKED['echo'] = lambda **values: values\n"
    "def forever(path=os.devnull):\n"
    "    pathlib.Path(path).touch()\n"
    "    while True: pass\n"
    "def fatal(path):\n"
    "    print(os.getpid(), file=open(path, 'a'))\n"
    "    os._exit(9)\n"
    "w.ASKED |= {'forever': forever, 'fatal': fatal}\n"
    "w.main()\n"
)
QUICK = (sys.executable, "-c", WITHOUT_TORCH)


class Here:
    """The worker's answers, in this process."""

    def ask(self, what: str, *, seconds: float, lang: str, **values: Any) -> bytes:
        outcome, text = answer({"ask": what, "lang": lang, **values})
        use_language("en")  # the worker's language is not this process's
        if outcome == "refused":
            raise RefusedError(json.loads(text))
        if outcome == "failed":
            raise WorkerFailedError
        return text.encode()


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Browser:
    """Asks an application; on our own page unless told otherwise."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self._runner = asyncio.Runner()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers={"host": HOST} | headers)

    def post(self, path: str, value: Any, **headers: str) -> Answer:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        ours = {"host": HOST, "origin": f"http://{HOST}", "x-wengu-token": TOKEN}
        given = {name.replace("_", "-"): one for name, one in headers.items()}
        return self.ask("POST", path, body, {k: v for k, v in (ours | given).items() if v})

    def ask(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None,
            until: Callable[[bytes], bool] = lambda body: False) -> Answer:
        """One request; a stream is left as soon as `until` holds."""
        return self._runner.run(self._ask(method, path, body, headers or {}, until))

    async def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str],
                   until: Callable[[bytes], bool]) -> Answer:
        split = urlsplit(path)
        raw = split.path.encode("latin-1", "replace")
        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": method,
            "scheme": "http", "path": _decoded(split.path), "raw_path": raw, "query_string": split.query.encode(),
            "root_path": "", "client": ("127.0.0.1", 5000), "server": ("127.0.0.1", 8420),
            "headers": [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()],
        }
        sent = [{"type": "http.request", "body": body, "more_body": False}]
        left = asyncio.Event()
        status, given, got = 0, {}, b""

        async def receive() -> dict[str, Any]:
            if sent:
                return sent.pop()
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            nonlocal status, got
            if message["type"] == "http.response.start":
                status = message["status"]
                given.update({k.decode(): v.decode() for k, v in message["headers"]})
            else:
                got += message.get("body", b"")
                if until(got):
                    left.set()

        await self.app(scope, receive, send)
        return Answer(status, given, got)


def _decoded(path: str) -> str:
    """As uvicorn decodes it, with a sign in the place of bytes that are none."""
    return unquote(path)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder for runs, with one in it."""
    made_run(tmp_path / "runs" / "first", rows=3, stopped="epochs")
    return tmp_path / "runs"


@pytest.fixture
def browser(runs: Path) -> Iterator[Browser]:
    """A browser on our own pages, and behind them the worker's functions in this process."""
    made = Browser(app_of(Here(), runs, token=TOKEN))  # type: ignore[arg-type]
    yield made
    made._runner.close()


def made_run(path: Path, *, rows: int = 0, **facts: Any) -> RunFolder:
    """A run without predictions."""
    run = RunFolder.create(path, settings={"data": "x.csv", "epochs": 9, "patience": 8, "lr": 0.1}, came_from={"data": "flag"},
                           recipe="table", network="softmax")
    if facts:
        run.note(**facts)
    if facts.get("stopped"):
        run.write_json("ledger.json", {"cause": "bias"})
    for e in range(1, rows + 1):
        run.append_metric({"epoch": e, "step": e, "cost": 1 / e, "dev_error": 0.5 / e})
    return run


VOID = {"meta", "link", "br", "hr", "img", "input", "path"}


class Outline(HTMLParser):
    """Reads HTML strictly: what opens closes, in order, and no id is given twice."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.figures: list[dict[str, Any]] = []
        self.words = ""
        self._json = False
        if not text.startswith("<!doctype html>"):
            self.faults.append("no doctype")
        self.feed(text)
        self.close()
        if self.open:
            self.faults.append(f"never closed: {self.open}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if len(given) != len(attrs):
            self.faults.append(f"{tag}: an attribute twice")
        self.tags.append((tag, given))
        self.links += [given[name] for name in ("href", "src", "data-search") if name in given]
        if "id" in given:
            if given["id"] in self.ids:
                self.faults.append(f"id {given['id']} twice")
            self.ids.append(given["id"])
        if tag in ("p", "ul", "ol", "pre", "div", "table", "figure", "details", "h1", "h2", "h3") and "p" in self.open:
            self.faults.append(f"{tag} within p")
        if tag not in VOID:
            self.open.append(tag)
        self._json = tag == "script" and given.get("type") == "application/json"

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()}")
        self._json = False

    def handle_data(self, data: str) -> None:
        if self._json:
            self.figures.append(json.loads(data))
        elif not {"script", "code"} & set(self.open):
            self.words += data

    def count(self, tag: str) -> int:
        return sum(one == tag for one, _ in self.tags)
