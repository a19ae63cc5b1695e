"""Runs of the miniatures, made once for all that is asked of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.contracts.minis import MINIS, OWN, SETTINGS, STILL
from wengu.project import fit
from wengu.recipes import register, registry


@contextmanager
def _registered() -> Iterator[None]:
    """The miniatures' recipes, taken away again for the tests that come after."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "_registered", {})
        for mini in (*MINIS, *STILL, OWN):
            register(mini.name, mini)
        yield


@pytest.fixture(scope="module")
def registered() -> Iterator[None]:
    with _registered(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules["wengu.project.fit"], "PREFLIGHT", 0.1)  # seconds: there are many runs
        yield


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A run of each, with all that `fit` does by default."""
    folder = tmp_path_factory.mktemp("runs")
    with _registered():
        return {mini.name: fit(mini.name, name=mini.name, runs=folder, **SETTINGS).path for mini in (*MINIS, *STILL)}
