"""A run to be exported, trained once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import wengu


@pytest.fixture(scope="session")
def softmax(iris: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A softmax regression on irises."""
    runs = tmp_path_factory.mktemp("runs")
    return wengu.fit("softmax", data=str(iris), target="species", epochs=20, precision="fp32", runs=runs).path


@pytest.fixture
def run(softmax: Path, tmp_path: Path) -> Path:
    """A run that may be spoilt."""
    return Path(shutil.copytree(softmax, tmp_path / "softmax-iris"))
