"""A test waits for a state, never for a time; and a process that is gone is no fault."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

Found = TypeVar("Found")

PATIENCE = 100.0  # seconds: no measure of anything, but below pytest's own limit, so that what did not come is named


def until(there: Callable[[], Found], *, by: subprocess.Popen[Any] | None = None) -> Found:
    """What `there` gives as soon as it gives something; `by` is the process that is to bring it, and must not end before."""
    end = time.monotonic() + PATIENCE
    while not (found := there()):
        assert by is None or by.poll() is None or there(), by.communicate()
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)
    return found


def kill(pid: int, how: signal.Signals = signal.SIGKILL) -> None:
    """Send it, to whoever is still there."""
    with suppress(ProcessLookupError):
        os.kill(pid, how)


def bounded() -> None:
    """For a `preexec_fn`: who trains without an end is ended after ten minutes, though nobody is left to do it."""
    signal.alarm(600)


def lives(pid: int) -> bool:
    """Whether a process is there and has not ended; one that nobody has waited for yet has."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False


def children(pid: int) -> list[int]:
    """The processes that a process has started, from whichever of its threads."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has ended meanwhile
            found += map(int, (task / "children").read_text().split())
    return found
