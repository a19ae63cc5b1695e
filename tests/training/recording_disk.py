"""A disk that remembers in what order things were done.

It stands in the place of wengu.core.disk, and of nothing else: whatever writes past it is an error.
"""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from wengu.core import disk


@dataclass(eq=False)
class Node:
    """A file or a folder, whatever it is called."""

    folder: bool = False
    number: int = 0


@dataclass(frozen=True)
class Done:
    """One operation: new, write, truncate, rename, remove; or sync, of a file or of a folder's names."""

    what: str
    node: Node
    parent: Node | None = None
    name: str = ""
    new_name: str = ""
    at: int = 0
    data: bytes = b""


class RecordingDisk:
    """Notes what is done below `root`, and does it."""

    def __init__(self, root: Path) -> None:
        self.root, self.top, self.log = root, Node(folder=True), list[Done]()
        self.nodes: dict[str, Node] = {".": self.top}
        self.lock, self.within = threading.RLock(), threading.local()

    def name(self, path: Path | str) -> str | None:
        """The path below the root; None of what lies elsewhere."""
        full = Path(path).absolute()
        return str(full.relative_to(self.root)) if full.is_relative_to(self.root) else None

    def note(self, what: str, path: str, node: Node | None = None, **more: Any) -> None:
        parent, name = os.path.split(path)
        self.log.append(Done(what, node or self.nodes[path], self.nodes[parent or "."], name, **more))

    def made(self, path: str, *, folder: bool) -> Node:
        node = self.nodes[path] = Node(folder, len(self.log))
        self.note("new", path)
        return node

    @contextmanager
    def doing(self) -> Iterator[None]:
        """Whatever reaches the disk within it is remembered."""
        with self.lock:
            self.within.depth = getattr(self.within, "depth", 0) + 1
            try:
                yield
            finally:
                self.within.depth -= 1

    @contextmanager
    def in_place(self) -> Iterator[RecordingDisk]:
        """Stand in the place of wengu.core.disk."""
        recorder, real = self, {name: getattr(disk, name) for name in ("sync", "sync_file", "sync_folder", "rename", "remove",
                                                                       "remove_folder", "make_folder")}

        class File(io.FileIO):
            node: Node | None = None

            def __init__(self, path: Any, mode: str) -> None:
                with recorder.doing():
                    there = os.path.lexists(path)
                    super().__init__(path, mode)
                    if (name := recorder.name(path)) is None:
                        return
                    self.node = recorder.nodes[name] if there else recorder.made(name, folder=False)
                    if there and mode == "w":
                        recorder.log.append(Done("truncate", self.node))

            def write(self, data: Any) -> int:
                with recorder.doing():
                    before = os.fstat(self.fileno()).st_size if "a" in self.mode else self.tell()
                    n = super().write(data)
                    if self.node is not None:
                        recorder.log.append(Done("write", self.node, at=before, data=bytes(data)[:n]))
                    return n

            def truncate(self, size: int | None = None) -> int:
                with recorder.doing():
                    n = super().truncate(size)
                    if self.node is not None:
                        recorder.log.append(Done("truncate", self.node, at=n))
                    return n

        def sync(file: Any) -> None:
            with recorder.doing():
                file.flush()
                if (node := getattr(file, "raw", file).node) is not None:
                    recorder.log.append(Done("sync", node))

        def sync_path(path: Path) -> None:
            with recorder.doing():
                if (name := recorder.name(path)) is not None:
                    recorder.log.append(Done("sync", recorder.nodes[name]))

        def rename(old: Path, new: Path) -> None:
            with recorder.doing():
                real["rename"](old, new)
                a, b = recorder.name(old), recorder.name(new)
                if a is None or b is None:
                    return
                assert old.parent == new.parent, "renamed into another folder"
                recorder.note("rename", a, new_name=new.name)
                moved = {name: node for name, node in recorder.nodes.items() if name == a or name.startswith(f"{a}{os.sep}")}
                recorder.nodes = {name: node for name, node in recorder.nodes.items() if name not in moved}
                recorder.nodes |= {b + name[len(a):]: node for name, node in moved.items()}

        def remove(path: Path) -> None:
            with recorder.doing():
                there = os.path.lexists(path)
                real["remove" if not path.is_dir() else "remove_folder"](path)
                if there and (name := recorder.name(path)) is not None:
                    recorder.note("remove", name)
                    del recorder.nodes[name]

        def make_folder(path: Path) -> None:
            with recorder.doing():
                real["make_folder"](path)
                if (name := recorder.name(path)) is not None:
                    recorder.made(name, folder=True)

        with pytest.MonkeyPatch.context() as patch, watched(self):
            for name, of in {"File": File, "sync": sync, "sync_file": sync_path, "sync_folder": sync_path, "rename": rename,
                             "remove": remove, "remove_folder": remove, "make_folder": make_folder}.items():
                patch.setattr(disk, name, of)
            yield self


_watched: list[RecordingDisk] = []
_past: list[str] = []


def _audit(event: str, given: tuple[Any, ...]) -> None:
    """Python tells of every file that is opened, renamed, removed: none may be so past the disk that is watched."""
    if not _watched or event not in ("open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.link", "os.symlink"):
        return
    recorder, path = _watched[-1], given[0]
    if event == "open" and not (isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)):
        return
    if getattr(recorder.within, "depth", 0) or not isinstance(path, str | Path) or recorder.name(path) is None:
        return
    if Path(path).name != "lock" and not (event in ("open", "os.mkdir") and Path(path).is_dir()):  # filelock's
        _past.append(f"{event} {path}")


sys.addaudithook(_audit)


@contextmanager
def watched(recorder: RecordingDisk) -> Iterator[None]:
    """Fails where something below the recorder's root is written past it."""
    _past.clear()
    _watched.append(recorder)
    try:
        yield
    finally:
        _watched.pop()
    assert not _past, f"written past wengu.core.disk: {_past}"
