"""Data larger than memory: 2 GB of pictures train, and resume exactly, in a process that may take 1 GB."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from studies.larger_than_memory import STUDY, whole_and_resumed


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that goes afterwards: pytest keeps those of the last three runs."""
    yield tmp_path
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.mark.large
@pytest.mark.timeout(1500)
def test_two_gigabytes_train_and_resume_exactly_in_one(folder: Path) -> None:
    """The study's smaller cell, which raises where a training fails and where the resumed one is another."""
    found = whole_and_resumed(folder, **STUDY.cells["2gb"])
    assert found["gigabytes"] > 2 and 100 < found["most_of_its_own_mb"] < 1024
    assert 0 < found["stopped_at_step"] < found["of_steps"]
