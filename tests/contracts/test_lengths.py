"""The contract of files: whoever opens one of ours reads it to its end, and so none has more than 300 lines."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST = 300
BUILT = ROOT / "src/wengu/handbook/static"
"What web/ makes; no one reads it."


@pytest.mark.parametrize("folder", ["src", "tests", "benchmarks", "studies", "scripts", "web/src"])
def test_no_file_has_more_than_300_lines(folder: str) -> None:
    files = [file for file in (ROOT / folder).rglob("*") if file.suffix in (".py", ".ts", ".css") and BUILT not in file.parents]
    lines = {str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines()) for file in files}
    assert lines
    assert {name: n for name, n in lines.items() if n > MOST} == {}
