"""Sources are parsed by one thread at a time: Python 3.11 fails at two."""

import ast
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wengu.core.syntax import parse

SOURCE = Path(__file__).parents[2] / "src/wengu"


@pytest.fixture
def hurried() -> Iterator[None]:
    """Threads that take turns as often as Python lets them."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_threads_that_parse_at_once_all_get_their_trees(hurried: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """How often two are within the parser is counted too: the fault itself shows once in some hundred times."""
    within, most = [0], [0]
    count = threading.Lock()
    parser = ast.parse

    def counted(*given: Any, **named: Any) -> Any:
        with count:
            within[0] += 1
            most[0] = max(most[0], within[0])
        try:
            return parser(*given, **named)
        finally:
            with count:
                within[0] -= 1

    monkeypatch.setattr(ast, "parse", counted)
    sources = [file.read_text(encoding="utf-8") for file in sorted((SOURCE / "core").glob("*.py"))]
    trees: list[ast.Module] = []
    threads = [threading.Thread(target=lambda: trees.extend(map(parse, sources))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(trees) == 6 * len(sources)
    assert most[0] == 1


def test_nothing_else_in_the_house_asks_pythons_parser() -> None:
    asks = [file.name for file in SOURCE.rglob("*.py") if "ast.parse(" in file.read_text(encoding="utf-8")]
    assert asks == ["syntax.py"]
