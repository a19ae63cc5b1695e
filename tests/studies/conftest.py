"""Studies without the start of a process for each cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from studies import filling, process


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells and canaries in this process, which takes no start; the tests that speak of processes are without it."""

    def call(function: Callable[..., Any], *args: Any, seconds: float) -> Any:
        try:
            return function(*args)
        except KeyboardInterrupt:
            raise process.StoppedError from None
        except Exception as error:
            raise process.DiedError(repr(error)) from None

    monkeypatch.setattr(filling, "in_process", call)
