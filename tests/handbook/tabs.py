"""The handbook with one real run, opened in tabs of a real browser."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.handbook.browsing import SCHEMES, WIDTHS, Served, Watched, chromium, served
from tests.waiting import bounded

Open = Callable[..., Watched]


@pytest.fixture(scope="session")
def real_runs(iris: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one run, which `wengu fit` has made."""
    folder = tmp_path_factory.mktemp("runs")
    fit(iris, folder, "--name", "first", "--epochs", "5").wait()
    return folder


def fit(data: Path, folder: Path, *words: str) -> subprocess.Popen[bytes]:
    """A softmax regression that trains in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "wengu", "fit", "softmax", "--data", str(data), "--target", "species",
         "--runs", str(folder), *words],
        stdout=subprocess.DEVNULL,
        preexec_fn=bounded,
    )


@pytest.fixture(scope="module")
def book(real_runs: Path) -> Iterator[Served]:
    """`wengu notes`, once for each file of tests."""
    with served(real_runs) as made:
        yield made


@pytest.fixture(scope="module")
def real_browser() -> Iterator[Any]:
    """Chromium, once for each file of tests."""
    with chromium() as made:
        yield made


@pytest.fixture(scope="module")
def tabs(real_browser: Any, book: Served) -> Iterator[dict[tuple[int, str], Watched]]:
    """A tab for each width and scheme, used by one test after the other."""
    contexts = {
        (width, scheme): real_browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
        for width in WIDTHS for scheme in SCHEMES
    }
    yield {key: Watched(one.new_page(), book.root) for key, one in contexts.items()}
    for one in contexts.values():
        one.close()


@pytest.fixture
def tab(tabs: dict[tuple[int, str], Watched]) -> Iterator[Open]:
    """Opens a page; at the end nothing may have gone wrong in it."""
    used: list[Watched] = []

    def opened(path: str, width: int = 1280, scheme: str = "light") -> Any:
        used.append(tabs[width, scheme])
        used[-1].page.set_viewport_size({"width": width, "height": 800})  # another test may have changed it
        return used[-1].open(path)

    yield opened
    faults = [fault for one in used for fault in one.faults]
    for one in used:
        one.faults.clear()
    assert faults == []
