"""The store: whole or not at all, sound or made anew, shared, and cleared only where nobody uses it."""

from __future__ import annotations

import gc
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wengu.core.checks import InputError
from wengu.data import cache_folder, pixel_file
from wengu.data.kept_data import KeptData, clear, kept
from wengu.data.picture_files import Put
from wengu.data.picture_store import keep, store_folder

KEY = "0123abcd"


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WENGU_CACHE", str(tmp_path / "cache"))


def count(key: str = KEY, *, m: int = 4, size: tuple[int, int] = (3, 2)) -> np.memmap[Any, Any]:
    """Grey pictures 0, 1, 2, ... in the store."""

    def write(put: Put) -> dict[str, Any]:
        for i in range(m):
            put(np.full((1, *size), i, np.uint8), False)
        return {"made": True}

    found = keep(key, write, name="numbers", origin="/numbers", most=m, size=size)
    assert found.said == {"made": True}
    return found.pixels


def refuse(put: Put) -> Mapping[str, Any]:
    raise AssertionError("it is made again")


def there() -> list[str]:
    return sorted(path.name for path in store_folder().iterdir() if path.name != "locks")


def test_it_is_made_once_and_mapped() -> None:
    first = count()
    again = keep(KEY, refuse, name="", origin="", most=4, size=(3, 2)).pixels
    assert again[:, 0, 0, 0].tolist() == first[:, 0, 0, 0].tolist() == [0, 1, 2, 3]
    assert first.shape == (4, 1, 3, 2) and not first.flags.writeable
    assert there() == [KEY]


def test_colour_that_comes_late_widens_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixel_file, "BUFFER", 1000)  # many turns of the loop that copies
    pictures = np.random.default_rng(0).integers(0, 256, (50, 3, 9, 8), np.uint8)
    pictures[:40] = pictures[:40, :1]

    def write(put: Put) -> dict[str, Any]:
        for i, picture in enumerate(pictures):
            put(picture, i == 40)
        return {}

    np.testing.assert_array_equal(keep(KEY, write, name="", origin="", most=50, size=(9, 8)).pixels, pictures)
    assert sorted(p.name for p in (store_folder() / KEY).iterdir()) == ["about.json", "pixels.npy", "seen", "sums.npy",
                                                                        "users"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_writer_that_fails_leaves_nothing(error: type[BaseException]) -> None:
    def write(put: Put) -> dict[str, Any]:
        put(np.zeros((1, 3, 2), np.uint8), False)
        raise error

    with pytest.raises(error):
        keep(KEY, write, name="", origin="", most=4, size=(3, 2))
    assert there() == []
    assert len(count()) == 4


@pytest.mark.parametrize("damage", ["cut", "longer", "zeros", "header", "about", "format", "shape", "no pixels", "sums"])
def test_a_damaged_set_is_made_anew(damage: str) -> None:
    count(m=40, size=(64, 64))
    gc.collect()
    file, about = (store_folder() / KEY / name for name in ("pixels.npy", "about.json"))
    length = file.stat().st_size
    if damage == "cut":
        os.truncate(file, length - 1)
    elif damage == "longer":
        os.truncate(file, length + 1)
    elif damage == "zeros":  # a tenth of the file, as a disk may lose it
        with file.open("r+b") as content:
            content.seek(length // 2)
            content.write(bytes(length // 10))
    elif damage == "header":
        with file.open("r+b") as content:
            content.write(b"x")
    elif damage == "sums":
        sums = file.with_name("sums.npy")
        sums.write_bytes(sums.read_bytes()[:-1] + b"\1")
    elif damage == "about":
        about.write_bytes(about.read_bytes()[:-1])
    elif damage == "format":
        about.write_text(about.read_text().replace('"format": 1', '"format": 2'))
    elif damage == "shape":
        about.write_text(about.read_text().replace("[40, 1,", "[20, 2,"))
    else:
        file.unlink()
    assert count(m=40, size=(64, 64))[:, 0, 5, 5].tolist() == list(range(40))
    assert keep(KEY, refuse, name="", origin="", most=0, size=(1, 1)).said == {"made": True}
    assert there() == [KEY]


@contextmanager
def files_of_at_most(n: int) -> Iterator[None]:
    """The system then refuses to write more, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_one_line_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixel_file, "BUFFER", 10_000)
    with files_of_at_most(100_000), pytest.raises(InputError, match=r"decoded cannot be written: File too large\. WENGU"):
        count(m=40, size=(64, 64))
    assert there() == []
    assert len(count(m=40, size=(64, 64))) == 40


def test_a_disk_without_room_is_seen_before_anything_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 0, 5_000_000))  # type: ignore[attr-defined]
    with pytest.raises(InputError, match=r"take 6\.0 MB, and .*decoded has 5\.0 MB left; free some space \(`wengu"):
        keep(KEY, refuse, name="", origin="", most=1000, size=(60, 100))
    assert there() == []

    def write(put: Put) -> dict[str, Any]:  # 2 MB while they are grey, and 6 as soon as one has colour
        put(np.zeros((3, 20, 100), np.uint8), False)
        put(np.zeros((3, 20, 100), np.uint8), True)
        raise AssertionError("the second one has no room")

    with pytest.raises(InputError, match=r"take 6\.0 MB"):
        keep(KEY, write, name="", origin="", most=1000, size=(20, 100))
    assert there() == []


def test_a_cache_that_cannot_be_written_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WENGU_CACHE", str(tmp_path / "file"))
    with pytest.raises(InputError, match=r"decoded cannot be written: Not a directory\. WENGU_CACHE names another"):
        count()


def test_what_is_mapped_stays_until_it_is_let_go() -> None:
    pixels = count()
    part = np.asarray(pixels)[1:, 0]
    del pixels
    gc.collect()
    assert [gone for _, gone in clear()] == [False]
    assert part[:, 0, 0].tolist() == [1, 2, 3]
    del part
    gc.collect()
    assert [gone for _, gone in clear()] == [True]
    assert there() == [] and clear() == ()


USE = """
import sys
from wengu.data.picture_store import keep
def refuse(put): raise AssertionError
kept = keep(sys.argv[1], refuse, name="", origin="", most=4, size=(3, 2))
print("mapped", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("end", ["ends", "is killed"])
def test_what_another_process_has_mapped_stays_until_it_ends(end: str) -> None:
    count()
    gc.collect()
    other = subprocess.Popen([sys.executable, "-c", USE, KEY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdin is not None and other.stdout is not None and other.stdout.readline() == "mapped\n"
    assert [gone for _, gone in clear()] == [False] and there() == [KEY]
    if end == "is killed":
        other.kill()
    other.communicate()
    assert [gone for _, gone in clear()] == [True] and there() == []


def test_a_forked_process_that_lets_go_does_not_free_it() -> None:
    pixels = count()
    child = os.fork()
    if not child:
        del pixels
        gc.collect()
        os._exit(0)
    os.waitpid(child, 0)
    assert [gone for _, gone in clear()] == [False]
    assert len(pixels) == 4


def fetched(name: str = "fashion-mnist") -> Path:
    folder = cache_folder() / name
    folder.mkdir(parents=True)
    (folder / "pictures").write_bytes(bytes(1000))
    return folder


def named(found: tuple[tuple[KeptData, bool], ...]) -> list[tuple[str, bool]]:
    return [(one.name, gone) for one, gone in found]


def test_what_is_kept_is_listed_with_its_size() -> None:
    folder = fetched()
    pixels = count()
    one, other = kept()
    assert (one.name, one.decoded, one.bytes, one.path) == ("fashion-mnist", False, 1000, folder)
    assert (other.name, other.origin, other.shape, other.decoded) == ("numbers", "/numbers", pixels.shape, True)
    assert other.bytes == sum(p.stat().st_size for p in (store_folder() / KEY).rglob("*") if p.is_file())


def test_opening_a_set_is_using_it() -> None:
    count()
    os.utime(store_folder() / KEY / "about.json", (1e9, 1e9))
    assert kept()[0].used == 1e9
    count()
    assert kept()[0].used > 1e9


def test_without_a_name_all_that_was_decoded_goes_and_nothing_that_was_fetched() -> None:
    folder = fetched()
    count("aa")
    count("bb")
    gc.collect()
    assert named(clear()) == [("numbers", True)] * 2
    assert there() == [] and folder.exists()


def test_a_name_clears_what_has_it() -> None:
    folder = fetched()
    count()
    gc.collect()
    with pytest.raises(InputError, match=r"name: 'number' is unknown; did you mean numbers\? Choose from: fashion-mnist, n"):
        clear("number")
    assert named(clear("fashion-mnist")) == [("fashion-mnist", True)]
    assert not folder.exists() and there() == [KEY]
    assert named(clear("numbers")) == [("numbers", True)]
    with pytest.raises(InputError, match="fashion-mnist: nothing is kept in "):
        clear("fashion-mnist")


def test_what_killed_writers_left_is_cleared_too() -> None:
    part = store_folder() / f".part-{KEY}-x1y2"
    part.mkdir(parents=True)
    (part / "pixels.npy").write_bytes(bytes(500))
    assert kept() == ()
    ((one, gone),) = clear()
    assert (one.name, one.bytes, gone) == ("what a killed process left behind", 500, True)
    assert there() == []
