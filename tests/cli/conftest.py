"""The command line as a user calls it, in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from wengu.cli.main import run


class Said(NamedTuple):
    """What a command ended with."""

    code: int
    out: str
    err: str


Wengu = Callable[..., Said]


@pytest.fixture
def wengu(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Wengu:
    """Runs a command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "120")
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)

    def call(*words: object) -> Said:
        capfd.readouterr()
        code = run([str(word) for word in words])
        out, err = capfd.readouterr()
        return Said(code, out, err)

    return call


def picture_folder(classes: dict[str, int]) -> Path:
    """A folder of class folders, with so many grey pictures of 9 × 9 in each."""
    grey = np.random.default_rng(0)
    for name, n in classes.items():
        (Path("p") / name).mkdir(parents=True)
        for i in range(n):
            Image.fromarray(grey.integers(0, 255, (9, 9), dtype=np.uint8)).save(Path("p") / name / f"{i}.png")
    return Path("p")
