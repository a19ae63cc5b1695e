from __future__ import annotations

import resource
import struct
import subprocess
import sys
import threading
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from wengu.data import decode_memory, picture_decode, read_picture_files
from wengu.data.decode_memory import Budget, needed
from wengu.data.picture_decode import NotAPicture, decode

SIDE = 3000  # 9 million pixels


def picture(folder: Path, mode: str, form: str, *, size: tuple[int, int] = (SIDE, SIDE), **options: Any) -> Path:
    file = folder / f"{mode}.{form}"
    Image.new(mode, size).save(file, form, **options)
    return file


def test_those_that_have_no_room_wait_and_come_in_when_it_is_free() -> None:
    budget, most, now, lock = Budget(100), 0, 0, threading.Lock()

    def take(share: int) -> None:
        nonlocal most, now
        for _ in range(50):
            with budget.taken(share):
                with lock:
                    now += share
                    most = max(most, now)
                with lock:
                    now -= share

    threads = [threading.Thread(target=take, args=(share,)) for share in (60, 50, 40, 30, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
    assert (most <= 100, budget.left) == (True, 100)


def test_an_error_gives_its_share_back() -> None:
    budget = Budget(10)
    with pytest.raises(ZeroDivisionError), budget.taken(10):
        1 / 0  # noqa: B018
    assert budget.left == 10


PEAK = """
import os, resource, sys
from pathlib import Path
from wengu.data.picture_decode import decode
for file in map(Path, sys.argv[1:]):
    if child := os.fork():
        os.waitpid(child, 0)
        continue
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    decode(file, size=(28, 28))
    print(1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before), flush=True)
    os._exit(0)
"""

OF_MANY_KINDS: list[tuple[str, str, dict[str, Any]]] = [
    ("RGB", "png", {}), ("RGBA", "png", {}), ("LA", "png", {}), ("L", "png", {}), ("1", "png", {}),
    ("P", "png", {"transparency": 0}), ("I;16", "png", {}), ("F", "tiff", {"compression": "tiff_deflate"}),
    ("CMYK", "tiff", {"compression": "tiff_lzw"}), ("RGB", "jpeg", {"progressive": True}),
    ("CMYK", "jpeg", {"progressive": True}), ("L", "jpeg", {}), ("RGB", "webp", {"lossless": True}), ("P", "gif", {}),
    ("RGB", "bmp", {}), ("RGB", "ppm", {}),
]


def test_no_picture_takes_more_than_its_header_says(tmp_path: Path) -> None:
    """Authority: the system's account of a process for each; 12 MB for the decoders themselves and their buffers."""
    expected, files = [], []
    for i, (mode, form, options) in enumerate(OF_MANY_KINDS):
        files.append(picture(tmp_path, mode, form, **options).rename(tmp_path / str(i)))
        with Image.open(files[-1]) as image:
            image.draft(None, (56, 56))
            grey = mode in ("L", "LA", "1", "I;16", "F")
            expected.append(needed(image, was=(SIDE, SIDE), mode="L" if grey else "RGB"))
    said = subprocess.run([sys.executable, "-c", PEAK, *files], check=True, capture_output=True, text=True).stdout
    took = list(map(int, said.split()))
    assert len(took) == len(files)
    over = [(kind, t, e) for kind, t, e in zip(OF_MANY_KINDS, took, expected, strict=True) if t > e + 12e6]
    assert over == []


def promised(folder: Path, size: tuple[int, int], kind: int) -> Path:
    """A PNG whose header says so much; of its pixels only a few rows are there."""
    def piece(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", *size, 8, kind, 0, 0, 0)
    file = folder / "promised.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + piece(b"IHDR", head) + piece(b"IDAT", zlib.compress(bytes(999_999))) + piece(b"IEND", b""))
    return file


@pytest.mark.parametrize(("size", "kind", "said"), [
    ((10000, 9999), 6, r"its size \(10000×9999\) takes \d+ MB of memory .* all pictures together have 512 MB; scale it down"),
    ((1, 90_000_000), 0, r"its size \(1×90000000\) takes 4"),  # little to unpack, but the weights of its filter are not
    ((90_000_000, 1), 0, r"its size \(90000000×1\) takes 4"),
    ((1_000_000, 1_000_000), 2, "more than 100 million pixels, treated as a decompression bomb; scale it down"),
])  # fmt: skip
def test_what_takes_too_much_alone_is_refused_by_size_before_it_is_unpacked(
    tmp_path: Path, size: tuple[int, int], kind: int, said: str
) -> None:
    file = promised(tmp_path, size, kind)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(NotAPicture, match=said):
        decode(file, size=(28, 28))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # kB


def test_many_at_once_share_the_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of eight that take 3/4 of it each one is unpacked at a time, however many threads there are."""
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    files = [picture(tmp_path, "RGB", "png", size=(300, 300)).rename(tmp_path / f"{i}.png") for i in range(8)]
    with Image.open(files[0]) as image:
        share = needed(image, was=image.size, mode="RGB")
    for most, at_once in ((share * 4 // 3, 1), (share * 100, 8)):
        budget, together = Budget(most), threading.Barrier(at_once, timeout=20)
        unpacked: list[int] = []

        def flat(image: Image.Image, *rest: Any, budget: Budget = budget, together: threading.Barrier = together,
                 unpacked: list[int] = unpacked, flat: Any = picture_decode._flat) -> Image.Image:
            together.wait()
            unpacked.append(budget.left)
            return flat(image, *rest)  # type: ignore[no-any-return]

        monkeypatch.setattr(picture_decode, "BUDGET", budget)
        monkeypatch.setattr(picture_decode, "_flat", flat)
        assert len(read_picture_files(files, size=(8, 8), channels=3)[0]) == 8
        monkeypatch.undo()
        monkeypatch.setattr("os.cpu_count", lambda: 8)
        assert (len(unpacked), budget.left) == (8, most)
        assert min(unpacked) == most - at_once * share


def test_jpegs_in_several_scans_count_their_coefficients(tmp_path: Path) -> None:
    """2 bytes a coefficient; 4:2:0 has one and a half of them a pixel, 4:4:4 three."""
    for name, options, each in (("one", {}, 0), ("420", {"progressive": True}, 3), ("444", {"progressive": True, "subsampling": 0}, 6)):
        file = tmp_path / f"{name}.jpg"
        Image.new("RGB", (800, 800)).save(file, **options)
        with Image.open(file) as image:
            image.draft(None, (56, 56))
            assert image.size == (100, 100)
            assert needed(image, was=(800, 800), mode="RGB") == 800 * 800 * each + 100 * 100 * 4 + 48 * 200


def test_a_file_that_is_large_itself_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "sparse.webp"
    with file.open("wb") as out:
        out.write(b"RIFF\0\0\0\0WEBPVP8L")
        out.truncate(decode_memory.MOST_BYTES + (1 << 20))
    with pytest.raises(NotAPicture, match="a file of 513 MB, more than 512 MB"):
        decode(file, size=(8, 8))


@pytest.mark.parametrize("chunk", ["zTXt", "iCCP", "iTXt"])
def test_a_bomb_in_what_stands_beside_the_pixels(chunk: str) -> None:
    """50 MB of zeros in 50 kB: Pillow reads no more than a megabyte of each."""
    packed = zlib.compress(bytes(50_000_000), 9)
    body = {"zTXt": b"k\0\0" + packed, "iCCP": b"k\0\0" + packed, "iTXt": b"k\0\1\0\0\0" + packed}[chunk]
    out = BytesIO()
    Image.new("L", (8, 8), 7).save(out, "PNG")
    whole = out.getvalue()
    piece = struct.pack(">I", len(body)) + chunk.encode() + body + struct.pack(">I", zlib.crc32(chunk.encode() + body))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        assert decode(BytesIO(whole[:33] + piece + whole[33:]), size=(8, 8)).pixels.max() == 7
    except NotAPicture as error:
        assert "\n" not in str(error)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000
