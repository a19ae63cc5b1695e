"""Many pictures are decoded once: what comes of it is what decoding into memory gives, and is kept by content."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.waiting import until
from wengu.core.checks import InputError
from wengu.core.i18n import use_language
from wengu.data import Pictures, decode_once, load, picture_files, picture_store, read_picture_folder
from wengu.data.picture_files import LEAST_AT_ONCE, decode_into
from wengu.data.picture_store import store_folder

SIZE = (6, 5)


@pytest.fixture(autouse=True)
def everything_is_large(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WENGU_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(picture_store, "MOST_IN_MEMORY", 0)


@pytest.fixture
def zoo(tmp_path: Path) -> Path:
    """Two classes of nine pictures of noise, all grey but the last, which is red."""
    numbers = np.random.default_rng(0)
    for name in ("ant", "bee"):
        (tmp_path / "zoo" / name).mkdir(parents=True)
        for i in range(9):
            Image.fromarray(numbers.integers(0, 256, (7, 8), np.uint8)).save(tmp_path / "zoo" / name / f"{i}.png")
    Image.new("RGB", (8, 7), "red").save(tmp_path / "zoo" / "bee" / "8.png")
    return tmp_path / "zoo"


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are decoded, as they are."""
    names: list[str] = []
    decode = picture_files.decode

    def noting(source: Path, **how: Any) -> Any:
        names.append(source.name)
        return decode(source, **how)

    monkeypatch.setattr(picture_files, "decode", noting)
    return names


def key(pictures: Pictures) -> str:
    assert pictures.kept is not None
    return pictures.kept.key


def in_memory(folder: Path, monkeypatch: pytest.MonkeyPatch, **how: Any) -> Pictures:
    with monkeypatch.context() as small:
        small.setattr(picture_store, "MOST_IN_MEMORY", 1 << 30)
        return read_picture_folder(folder, **how)


@pytest.mark.parametrize("channels", [None, 1, 3])
@pytest.mark.parametrize("grey", [False, True])
def test_mapped_pictures_are_those_in_memory(
    zoo: Path, monkeypatch: pytest.MonkeyPatch, channels: int | None, grey: bool
) -> None:
    if grey:
        (zoo / "bee" / "8.png").unlink()
    expected = in_memory(zoo, monkeypatch, size=SIZE, channels=channels)
    for _ in range(2):  # written, then found
        pictures = read_picture_folder(zoo, size=SIZE, channels=channels)
        assert isinstance(pictures.pixels, np.memmap) and not pictures.pixels.flags.writeable
        np.testing.assert_array_equal(pictures.pixels, expected.pixels)
        assert (pictures.ids, pictures.classes, pictures.notes) == (expected.ids, expected.classes, expected.notes)
        assert pictures.labels.tolist() == expected.labels.tolist()
    assert pictures.channels == (channels or (1 if grey else 3))
    x = expected.pixels.astype(np.int64)
    assert pictures.kept is not None and expected.kept is None and pictures.take([0]).kept is None
    assert pictures.kept.sums.tolist() == np.stack([x.sum((2, 3)), (x * x).sum((2, 3))], axis=-1).tolist()


def test_anybody_can_read_the_file(zoo: Path) -> None:
    pictures = read_picture_folder(zoo, size=SIZE)
    np.testing.assert_array_equal(np.load(store_folder() / key(pictures) / "pixels.npy"), pictures.pixels)


def test_a_set_in_memory_keeps_nothing(zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_store, "MOST_IN_MEMORY", 18 * 3 * 6 * 5)
    pictures = read_picture_folder(zoo, size=SIZE)
    assert not isinstance(pictures.pixels, np.memmap) and not store_folder().exists()
    monkeypatch.setattr(picture_store, "MOST_IN_MEMORY", 18 * 3 * 6 * 5 - 1)
    assert isinstance(read_picture_folder(zoo, size=SIZE).pixels, np.memmap)


def test_content_decides_and_not_names(zoo: Path, tmp_path: Path, decoded: list[str]) -> None:
    first = read_picture_folder(zoo, size=SIZE)
    moved = zoo.rename(tmp_path / "animals")
    (moved / "bee").rename(moved / "wasp")
    del decoded[:]
    again = read_picture_folder(moved, size=SIZE)
    assert key(again) == key(first) and again.classes == ("ant", "wasp") and not decoded
    assert key(read_picture_folder(moved, size=(5, 6))) != key(first)
    assert key(read_picture_folder(moved, size=SIZE, channels=1)) != key(first)


def test_a_change_that_hides_behind_the_same_size_and_time_is_seen(zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_once, "SETTLED", -60.0)  # what was just written counts as settled
    file = zoo / "ant" / "3.png"
    Image.fromarray(np.full((7, 8), 10, np.uint8)).save(file)
    before = file.stat()
    first = read_picture_folder(zoo, size=SIZE)
    Image.fromarray(np.full((7, 8), 20, np.uint8)).save(file)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = file.stat()
    assert (after.st_size, after.st_mtime_ns, after.st_ino) == (before.st_size, before.st_mtime_ns, before.st_ino)
    second = read_picture_folder(zoo, size=SIZE)
    assert key(second) != key(first)
    assert (first.pixels[3].max(), second.pixels[3].max()) == (10, 20)


def test_files_are_not_read_again_to_know_them(zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unread(*_: Any) -> str:
        raise AssertionError("a file was read")

    read_picture_folder(zoo, size=SIZE)
    with monkeypatch.context() as blind, pytest.raises(AssertionError, match="was read"):
        blind.setattr(decode_once, "sha256", unread)  # they changed a moment ago, so nothing is remembered yet
        read_picture_folder(zoo, size=SIZE)
    monkeypatch.setattr(decode_once, "SETTLED", -60.0)
    first = read_picture_folder(zoo, size=SIZE)
    monkeypatch.setattr(decode_once, "sha256", unread)
    np.testing.assert_array_equal(read_picture_folder(zoo, size=SIZE).pixels, first.pixels)


def test_another_decoder_decodes_again(zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {key(read_picture_folder(zoo, size=SIZE))}
    monkeypatch.setattr(decode_once, "DECODER", decode_once.DECODER + 1)
    keys.add(key(read_picture_folder(zoo, size=SIZE)))
    monkeypatch.setattr(decode_once.PIL, "__version__", "0.0")
    keys.add(key(read_picture_folder(zoo, size=SIZE)))
    assert len(keys) == 3


def test_what_cannot_be_read_is_said_each_time_in_the_language_of_the_time(zoo: Path, tmp_path: Path) -> None:
    for i in range(200):
        shutil.copy(zoo / "ant" / "0.png", zoo / "ant" / f"copy{i}.png")
    (zoo / "bee" / "bad.png").write_bytes(b"no picture")
    (zoo / "bee" / "gone.png").symlink_to(tmp_path / "nowhere")
    english = "2 of 220 files could not be read as pictures and were skipped: bee/bad.png (not a png, "
    for _ in range(2):
        pictures = read_picture_folder(zoo, size=SIZE)
        assert len(pictures) == 218 and any(note.startswith(english) for note in pictures.notes)
    use_language("zh")
    assert any("bee/bad.png (不是 png" in note for note in read_picture_folder(zoo, size=SIZE).notes)


def test_a_folder_of_which_too_much_cannot_be_read_keeps_nothing(zoo: Path) -> None:
    (zoo / "bee" / "bad.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match="more than 1 %"):
        read_picture_folder(zoo, size=SIZE)
    assert [p.name for p in store_folder().iterdir()] == ["locks"]


def test_files_that_change_while_they_are_read_are_refused(zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decode = picture_files.decode

    def meddling(source: Path, **how: Any) -> Any:
        if source.name == "8.png":
            Image.new("RGB", (9, 9), "blue").save(zoo / "ant" / "0.png")
        return decode(source, **how)

    monkeypatch.setattr(picture_files, "decode", meddling)
    with pytest.raises(InputError, match="changed while they were read; start again"):
        read_picture_folder(zoo, size=SIZE)
    assert [p.name for p in store_folder().iterdir()] == ["locks"]


def test_progress_counts_each_file_read_and_then_decoded(zoo: Path) -> None:
    ticks: list[tuple[int, int]] = []
    read_picture_folder(zoo, size=SIZE, progress=lambda done, of: ticks.append((done, of)))
    assert ticks[0] == (18, 36) and ticks[-1] == (36, 36) and ticks == sorted(ticks)


def test_a_data_set_that_is_scaled_up_is_mapped_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as small:
        small.setattr(picture_store, "MOST_IN_MEMORY", 1 << 30)
        expected = load("sample", size=(30, 31))
    mapped = load("sample", size=(30, 31))
    assert isinstance(mapped.pixels, np.memmap) and mapped.notes == expected.notes
    np.testing.assert_array_equal(mapped.pixels, expected.pixels)
    assert key(load("sample", size=(30, 31))) == key(mapped)


def test_only_a_few_pictures_are_held_at_a_time(zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a hundred files none is decoded further ahead than the few that fit into the bound."""
    monkeypatch.setattr(picture_files, "MOST_BYTES", LEAST_AT_ONCE * 3 * 6 * 5)
    begun, put, ahead = 0, 0, 0
    decode = picture_files.decode

    def noting(source: Path, **how: Any) -> Any:
        nonlocal begun
        begun += 1
        return decode(source, **how)

    def away(*_: Any) -> None:
        nonlocal put, ahead
        ahead, put = max(ahead, begun - put), put + 1

    monkeypatch.setattr(picture_files, "decode", noting)
    decode_into(away, [zoo / "ant" / "0.png"] * 100, size=SIZE, grey=True)
    assert put == 100 and ahead <= LEAST_AT_ONCE


READ = """
import os, sys, time
from pathlib import Path
from wengu.data import picture_files, picture_store, read_picture_folder
picture_store.MOST_IN_MEMORY = 0
decode = picture_files.decode
def noting(source, **how):
    with open(sys.argv[2], "a") as log:
        print(os.getpid(), file=log)
    if sys.argv[3] == "hang":
        time.sleep(600)
    time.sleep(0.02)
    return decode(source, **how)
picture_files.decode = noting
print(int(read_picture_folder(sys.argv[1], size=(6, 5)).pixels.sum()))
"""


def reading(zoo: Path, log: Path, how: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", READ, zoo, log, how], stdout=subprocess.PIPE, text=True)


def test_several_processes_decode_once(zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "log"
    processes = [reading(zoo, log, "slowly") for _ in range(3)]
    sums = {int(process.communicate()[0]) for process in processes}
    assert sums == {int(in_memory(zoo, monkeypatch, size=SIZE).pixels.sum(dtype=np.int64))}
    pids = log.read_text().split()
    assert len(pids) == 18 and len(set(pids)) == 1


def test_what_a_killed_writer_left_does_not_count_and_goes(
    zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    writer = reading(zoo, log, "hang")
    until(lambda: log.exists() and log.read_text(), by=writer)
    writer.kill()
    writer.wait()
    assert writer.stdout is not None
    writer.stdout.close()
    assert list(store_folder().glob(".part-*"))
    pictures = read_picture_folder(zoo, size=SIZE)
    np.testing.assert_array_equal(pictures.pixels, in_memory(zoo, monkeypatch, size=SIZE).pixels)
    assert not list(store_folder().glob(".part-*"))
