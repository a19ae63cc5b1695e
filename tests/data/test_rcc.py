"""Qt's resource files, written here as Qt's compiler writes them, and the photographs in them."""

from __future__ import annotations

import importlib
import io
import struct
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from wengu.core.checks import InputError
from wengu.core.files import sha256
from wengu.data import load
from wengu.data.catalogue import entry
from wengu.data.rcc import rcc_files
from wengu.data.sources import NoAnswer, Source
from wengu.data.unpack import Inner

catalogue_module = importlib.import_module("wengu.data.catalogue")

FILES = {"a/b/one.txt": (b"1" * 900, True), "a/b/two.txt": (b"22", False), "a/c.txt": (b"", False), "d.txt": (b"d", False)}


def rcc(files: dict[str, tuple[bytes, bool]], version: int = 3) -> bytes:
    """Breadth first, as rcc.cpp writes: the children of a folder lie together."""
    folders: dict[str, list[str]] = {"": []}
    for path in files:
        parts = path.split("/")
        for k in range(len(parts)):
            above, here = "/".join(parts[:k]), "/".join(parts[:k + 1])
            folders.setdefault(above, [])
            if here not in folders[above]:
                folders[above].append(here)
    order, k = [""], 0
    first: dict[str, int] = {}
    while k < len(order):
        if order[k] in folders:
            first[order[k]] = len(order)
            order += folders[order[k]]
        k += 1
    tree, data, names = b"", b"", b""
    for here in order:
        name = here.rpartition("/")[2]
        if here in folders:
            tree += struct.pack(">IHII", len(names), 2, len(folders[here]), first[here])
        else:
            content, packed = files[here]
            raw = struct.pack(">I", len(content)) + zlib.compress(content) if packed else content
            tree += struct.pack(">IHHHI", len(names), int(packed), 0, 1, len(data))
            data += struct.pack(">I", len(raw)) + raw
        tree += b"" if version == 1 else bytes(8)
        names += struct.pack(">HI", len(name), 0) + name.encode("utf-16-be")
    start = 20 + (4 if version == 3 else 0)
    head = struct.pack(">4s4I", b"qres", version, start + len(data) + len(names), start, start + len(data))
    return head + (bytes(4) if version == 3 else b"") + data + names + tree


@pytest.mark.parametrize("version", [1, 2, 3])
def test_every_file_by_its_path(version: int, tmp_path: Path) -> None:
    (file := tmp_path / "x.rcc").write_bytes(rcc(FILES, version))
    assert dict(rcc_files(file)) == {path: content for path, (content, _) in FILES.items()}


def damaged(raw: bytes, at: int, value: bytes) -> bytes:
    return raw[:at] + value + raw[at + len(value):]


@pytest.mark.parametrize("change", [
    lambda raw: b"", lambda raw: b"PK" + raw[2:], lambda raw: raw[:-9], lambda raw: damaged(raw, 7, b"\x09"),
    lambda raw: damaged(raw, struct.unpack_from(">I", raw, 8)[0] + 10, bytes(4)),  # the root is its own child
    lambda raw: damaged(raw, struct.unpack_from(">I", raw, 8)[0] + 6, b"\x7f\xff\xff\xff"),
    lambda raw: raw.replace(struct.pack(">I", 900), struct.pack(">I", 899)),
])  # fmt: skip
def test_a_damaged_one_is_refused(change: Any, tmp_path: Path) -> None:
    (file := tmp_path / "x.rcc").write_bytes(change(rcc(FILES)))
    with pytest.raises(InputError, match=r"x\.rcc: no Qt resource file, or damaged"):
        dict(rcc_files(file))


def test_photographs_are_those_in_folders_of_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def webp(colour: tuple[int, int, int], size: tuple[int, int]) -> bytes:
        out = io.BytesIO()
        Image.new("RGB", size, colour).save(out, "WEBP", lossless=True)
        return out.getvalue()

    files = {"src/images/tools/saw.webp": (webp((200, 0, 0), (40, 30)), False), "src/images/others/x.webp": (b"", False),
             "src/animals/cow.webp": (webp((0, 0, 90), (20, 60)), True), "src/animals/cow.ogg": (b"moo", False)}
    (tmp_path / "gcompris-photos").mkdir()
    (file := tmp_path / "gcompris-photos" / "a.rcc").write_bytes(rcc(files))
    small = replace(entry("gcompris-photos"), files=(Inner("a.rcc", file.stat().st_size, sha256(file)),), sources=())
    monkeypatch.setattr(catalogue_module, "catalogue", lambda: (small,))
    found = load("gcompris-photos", size=(16, 24), cache=tmp_path)
    assert found.ids == ("animals/cow.webp", "tools/saw.webp") and found.labels.tolist() == [0, 4]
    assert found.pixels.shape == (2, 3, 16, 24)
    assert found.pixels[:, :, 8, 12].tolist() == [[0, 0, 90], [200, 0, 0]]
    assert load("gcompris-photos", cache=tmp_path).size == (160, 160)


def test_a_package_of_the_system_may_be_there(tmp_path: Path) -> None:
    (there := tmp_path / "rcc").mkdir()
    (into := tmp_path / "into").mkdir()
    (file := there / "a.rcc").write_bytes(rcc(FILES))
    wanted = Inner("a.rcc", file.stat().st_size, sha256(file))
    Source("installed", "gcompris-qt-data", folder=str(there)).deliver([wanted], into)
    assert (into / "a.rcc").read_bytes() == file.read_bytes()
    with pytest.raises(NoAnswer, match="not installed"):
        Source("installed", "gcompris-qt-data", folder=str(tmp_path / "none")).deliver([wanted], into)


@pytest.mark.registry
def test_the_package_serves_the_photographs(tmp_path: Path) -> None:
    """The counts of the package's folders."""
    found = load("gcompris-photos", cache=tmp_path)
    assert found.counts() == {"animals": 24, "fishes": 28, "monuments": 27, "renewable": 29, "tools": 39}
    assert len(set(found.ids)) == 147 and not np.all(found.pixels[:, 0] == found.pixels[:, 1])
