"""What a power cut could have left of what was done on a disk.

    images(recorder)  after every operation: what is not synced is there, gone, cut short or zero; new names, renames and
                      removals that are not synced are there or not, each for itself

What it models is what POSIX promises and no more: a file's content lasts from its sync on, its name from the sync of
its folder on, and a rename is there or not. As SQLite's tests do it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.training.recording_disk import Done, Node, RecordingDisk

Tree = dict[str, bytes | None]
"Content by path; of a folder None."


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
