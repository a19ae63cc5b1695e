"""A disk of which the Nth call fails: to open, to write (no room, an error, a part alone), to sync, to rename, to read."""

from __future__ import annotations

import errno
import io
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from wengu.core import disk

KINDS = {"open": errno.EIO, "write": errno.EIO, "full": errno.ENOSPC, "short": 0, "sync": errno.EIO, "rename": errno.EIO,
         "remove": errno.EACCES, "folder": errno.ENOSPC, "read": errno.EIO}
"What fails, and with what; a `full` disk stays so, and of a `short` write a part is taken."


class FailingDisk:
    """Counts the calls of one kind below `root`; the one of this number fails."""

    def __init__(self, root: Path, kind: str, number: int) -> None:
        self.root, self.kind, self.number, self.calls = root, kind, number, 0
        self._lock = threading.Lock()

    def now(self, kind: str) -> bool:
        """Whether this call is the one."""
        if kind != self.kind:
            return False
        with self._lock:
            self.calls += 1
            return self.calls == self.number or (kind == "full" and self.calls > self.number)

    def fail(self, kind: str, path: Any) -> None:
        if self.now(kind):
            raise OSError(KINDS[kind], os.strerror(KINDS[kind]), str(path))

    @contextmanager
    def in_place(self) -> Iterator[FailingDisk]:
        """Stand in the place of wengu.core.disk."""
        failing, real = self, {name: getattr(disk, name) for name in ("sync", "sync_file", "sync_folder", "rename", "remove",
                                                                      "remove_folder", "make_folder")}

        class File(io.FileIO):
            def __init__(self, path: Any, mode: str) -> None:
                if mode != "r":
                    failing.fail("open", path)
                super().__init__(path, mode)

            def write(self, data: Any) -> int:
                failing.fail("write", self.name)
                failing.fail("full", self.name)
                return super().write(memoryview(data)[:len(data) // 2] if failing.now("short") else data)

        def before(kind: str, name: str) -> Any:
            def call(path: Any, *more: Any) -> None:
                failing.fail(kind, path if isinstance(path, Path) else path.name)
                real[name](path, *more)
            return call

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(disk, "File", File)
            for name, kind in {"sync": "sync", "sync_file": "sync", "sync_folder": "sync", "rename": "rename", "remove": "remove",
                               "remove_folder": "remove", "make_folder": "folder"}.items():
                patch.setattr(disk, name, before(kind, name))
            _failing.append(self)
            try:
                yield self
            finally:
                _failing.pop()


_failing: list[FailingDisk] = []


def _audit(event: str, given: tuple[Any, ...]) -> None:
    """Python tells of every file before it opens it, and passes on what is raised then."""
    if not _failing or event != "open" or not isinstance(given[0], str | Path):
        return
    if isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        return
    if Path(given[0]).absolute().is_relative_to(_failing[-1].root):
        _failing[-1].fail("read", given[0])


sys.addaudithook(_audit)
