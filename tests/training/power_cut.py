"""A disk that remembers in what order things were done, and builds what a power cut could have left of them.

    RecordingDisk     stands in the place of wengu.core.disk, and of nothing else: whatever writes past it is an error
    images(log)       after every operation: what is not synced is there, gone, cut short or zero; new names, renames and
                      removals that are not synced are there or not, each for itself

What it models is what POSIX promises and no more: a file's content lasts from its sync on, its name from the sync of
its folder on, and a rename is there or not. As SQLite's tests do it.
"""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from wengu.core import disk

Tree = dict[str, bytes | None]
"Content by path; of a folder None."


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


@dataclass
class _Disk:
    """What is surely on it, and what may be."""

    names: dict[Node, dict[str, Node]] = field(default_factory=dict)
    content: dict[Node, bytes] = field(default_factory=dict)
    pending_names: list[Done] = field(default_factory=list)
    pending_writes: list[Done] = field(default_factory=list)

    def do(self, done: Done) -> None:
        if done.what in ("write", "truncate"):
            self.pending_writes.append(done)
        elif done.what != "sync":
            self.pending_names.append(done)
        elif done.node.folder:
            self.names[done.node] = _named(self.names.get(done.node, {}), [d for d in self.pending_names if d.parent is done.node])
            self.pending_names = [d for d in self.pending_names if d.parent is not done.node]
        else:
            self.content[done.node] = _written(self.content.get(done.node, b""), [d for d in self.pending_writes if d.node is done.node])
            self.pending_writes = [d for d in self.pending_writes if d.node is not done.node]

    def tree(self, top: Node, names: list[Done], writes: list[Done]) -> Tree:
        """What is there, where of what was pending these came onto the disk."""
        tree: Tree = {}

        def walk(folder: Node, at: str) -> None:
            for name, node in _named(self.names.get(folder, {}), [d for d in names if d.parent is folder]).items():
                if node.folder:
                    tree[f"{at}{name}"] = None
                    walk(node, f"{at}{name}/")
                else:
                    tree[f"{at}{name}"] = _written(self.content.get(node, b""), [d for d in writes if d.node is node])

        walk(top, "")
        return tree


def _named(names: Mapping[str, Node], done: list[Done]) -> dict[str, Node]:
    now = dict(names)
    for one in done:
        if one.what == "new":
            now[one.name] = one.node
        else:
            if now.get(one.name) is one.node:
                del now[one.name]
            if one.what == "rename":
                now[one.new_name] = one.node
    return now


def _written(content: bytes, done: list[Done]) -> bytes:
    now = bytearray(content)
    for one in done:
        if one.what == "truncate":
            now = now[:one.at].ljust(one.at, b"\0")
        else:
            now = now.ljust(one.at, b"\0")
            now[one.at:one.at + len(one.data)] = one.data
    return bytes(now)


def _chosen(pending: list[Done]) -> Iterator[list[Done]]:
    """All, none, the first few, all but one, one alone."""
    yield pending
    for k in range(len(pending)):
        yield pending[:k]
        yield pending[:k] + pending[k + 1:]
        yield pending[k:k + 1]


def _cut(writes: list[Done], *, every_byte: bool) -> Iterator[list[Done]]:
    """Of each write that is pending: dropped, a part of it there, zeros in its place."""
    for k, one in enumerate(writes):
        n = len(one.data)
        for size in range(n) if every_byte and n < 200 else sorted({0, 1, 8, n // 2, n - 1}):
            if 0 <= size < n:
                part = Done("write", one.node, at=one.at, data=one.data[:size])
                yield [*writes[:k], part, *writes[k + 1:]]
                yield [*writes[:k], Done("write", one.node, at=one.at, data=one.data[:size].ljust(n, b"\0")), *writes[k + 1:]]


def images(recorder: RecordingDisk, *, every_byte: bool) -> Iterator[tuple[int, Tree]]:
    """(operations done, what a power cut then can leave), each once."""
    seen: set[frozenset[tuple[str, bytes | None]]] = set()
    now = _Disk()
    for k, done in enumerate([None, *recorder.log]):
        if done is not None:
            now.do(done)
        names, writes = now.pending_names, now.pending_writes
        choices = [(n, w) for n in _chosen(names) for w in (writes, [])]
        choices += [(n, w) for n in (names, []) for w in (*_chosen(writes), *_cut(writes, every_byte=every_byte))]
        for some_names, some_writes in choices:
            tree = now.tree(recorder.top, some_names, some_writes)
            told = frozenset((path, b"" if content and ".part-" in path else content) for path, content in tree.items())
            if told not in seen:  # what is half done is never read
                seen.add(told)
                yield k, tree


def laid_out(tree: Tree, root: Path) -> None:
    """The tree as files."""
    root.mkdir(parents=True)
    for name, content in sorted(tree.items()):
        if content is None:
            (root / name).mkdir()
        else:
            (root / name).write_bytes(content)


@contextmanager
def no_waiting() -> Iterator[None]:
    """Syncs that do not wait for the disk: what is tried then is not whether this machine's power fails."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield
