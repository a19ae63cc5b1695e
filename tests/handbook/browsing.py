"""The real server and a real browser, for tests, measurements and screenshots."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from wengu.pages import figures_of
from wengu.pages.controls import Control, Numbers, Point, Points

DRAWN = """() => document.documentElement.classList.contains('maths-done')
  && !document.querySelector('[aria-busy]')
  && [...document.querySelectorAll('figure.fig')].every(f =>
    f.querySelector('[role=status]')?.textContent && f.querySelector('.panel svg')?.childElementCount)"""
"Formulas and figures stand."
AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
AXE_RUN = """async () => (await axe.run({resultTypes: ['violations']})).violations
  .map(v => `${v.id}: ${v.nodes.map(n => n.target.join(' ')).slice(0, 3).join(' | ')}`)"""

WIDTHS = (360, 1280)
EVERY_WIDTH = (320, 360, 375, 640, 768, 1280)  # 640 is 1280 at 200 %
SCHEMES = ("light", "dark")


ENTRANCES: dict[str, str] = {}
"Where each running handbook is entered, with its secret."


class Served(NamedTuple):
    """A running `wengu notes`."""

    root: str  # without a slash at the end
    process: subprocess.Popen[str]


@contextmanager
def served(runs: Path) -> Iterator[Served]:
    """`wengu notes`, from its address to its end."""
    words = (sys.executable, "-m", "wengu", "notes", "--no-browser", "--port", "0", "--lang", "en", "--runs", str(runs))
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as notes:
        try:
            assert notes.stdout
            address = notes.stdout.readline().split()[0]
            root = address.partition("/en/")[0]
            ENTRANCES[root] = address
            yield Served(root, notes)
        finally:
            notes.terminate()


@contextmanager
def chromium() -> Iterator[Any]:
    """Debian's Chromium without a screen."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        made = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-background-networking", "--disable-dev-shm-usage"],
        )
        yield made
        made.close()


@dataclass
class Watched:
    """A page of the browser, and all that went wrong in it."""

    page: Any
    root: str
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.root in ENTRANCES:  # its cookie, without a page that the browser would have seen then
            assert self.page.context.request.get(ENTRANCES[self.root]).ok
        self.page.on("request", self._asked)
        self.page.on("response", lambda one: one.status >= 400 and self.faults.append(f"{one.status} {one.url}"))
        self.page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))
        self.page.on("console", lambda one: one.type in ("error", "warning") and self.faults.append(one.text))

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((f"{self.root}/", "data:", "blob:")):
            self.faults.append(f"foreign request: {request.url}")

    def open(self, path: str) -> Any:
        """The page at this path, with its figures and formulas."""
        self.page.goto(self.root + path)
        self.page.wait_for_function(DRAWN)
        return self.page


def state_of(address: str, path: str, name: str) -> dict[str, Any]:
    """The values of a figure's controls that an address holds."""
    given = parse_qs(urlsplit(address).query, keep_blank_values=True)
    return {key: _read(control, given[f"{name}.{key}"][0])
            for key, control in figures_of(path)[name].controls.items() if f"{name}.{key}" in given}


def _read(control: Control, text: str) -> Any:
    if isinstance(control, Numbers):
        return [None if one == "" else float(one) for one in text.split(",")]
    if isinstance(control, Point):
        return [float(one) for one in text.split("_")]
    if isinstance(control, Points):
        return [[float(one) for one in point.split("_")] for point in text.split(",") if point]
    return text
