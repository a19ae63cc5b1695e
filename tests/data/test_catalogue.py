from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.data.archives import GOOD, inner
from wengu.core.checks import InputError
from wengu.core.i18n import LANGUAGES, use_language
from wengu.data import cache_folder, get, published_weights
from wengu.data.catalogue import HERE, Entry, catalogue
from wengu.data.sources import NoAnswer
from wengu.data.unpack import Inner, Tick

catalogue_module = importlib.import_module("wengu.data.catalogue")  # the package's own `catalogue` is the function


@dataclass(frozen=True)
class Told:
    """A source that does as it is told."""

    act: Callable[[Path, Tick | None], None]
    needs_network: bool = True

    def deliver(self, files: Sequence[Inner], into: Path, *, tick: Tick | None = None) -> None:
        self.act(into, tick)

    def __str__(self) -> str:
        return f"told: {getattr(self.act, '__name__', '')}"


def good(into: Path, tick: Tick | None) -> None:
    for i in range(0, len(GOOD), 1000):
        with (into / "numbers").open("ab") as file:
            file.write(GOOD[i : i + 1000])
        if tick:
            tick(1000)


def silent(into: Path, tick: Tick | None) -> None:
    (into / "half").write_bytes(b"half")
    raise NoAnswer("nobody is at home")


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Entry]:
    """Makes `get("numbers")` mean an entry with these sources."""

    def make(*acts: Callable[[Path, Tick | None], None], needs_network: bool = True) -> Entry:
        sources: Any = tuple(Told(act, needs_network) for act in acts)
        made = Entry(name="numbers", kind="csv", pictures=1, size=(1, 1), classes=("a",), words={}, files=(inner(),),
                     sources=sources)
        monkeypatch.setattr(catalogue_module, "catalogue", lambda: (made,))
        return made

    return make


def test_get_fetches_once_and_then_reads_the_cache(tmp_path: Path, known: Callable[..., Entry]) -> None:
    made = known(good)
    assert not made.is_here(tmp_path)
    folder = get("numbers", cache=tmp_path)
    assert (folder, (folder / "numbers").read_bytes()) == (tmp_path / "numbers", GOOD)
    assert made.is_here(tmp_path)
    known(silent)
    assert get("numbers", cache=tmp_path, offline=True) == folder
    assert [p.name for p in tmp_path.iterdir()] == ["numbers"]


def test_sources_are_tried_in_turn(tmp_path: Path, known: Callable[..., Entry]) -> None:
    known(silent, good)
    assert sorted(p.name for p in get("numbers", cache=tmp_path).iterdir()) == ["numbers"]


def test_if_none_answers_every_source_and_reason_is_named(tmp_path: Path, known: Callable[..., Entry]) -> None:
    def broken(into: Path, tick: Tick | None) -> None:
        raise NoAnswer("the cable is cut")

    known(silent, broken)
    with pytest.raises(InputError, match=r"\[told: silent\] nobody is at home; \[told: broken\] the cable is cut\."):
        get("numbers", cache=tmp_path)
    assert not list(tmp_path.iterdir())


def test_offline_asks_only_what_is_on_this_machine(tmp_path: Path, known: Callable[..., Entry]) -> None:
    known(good)
    with pytest.raises(InputError, match=r"not in the cache.* because offline was requested\. Or run `wengu data get"):
        get("numbers", cache=tmp_path, offline=True)
    known(good, needs_network=False)
    assert get("numbers", cache=tmp_path, offline=True).is_dir()


def test_a_damaged_copy_is_fetched_again(tmp_path: Path, known: Callable[..., Entry]) -> None:
    known(good)
    file = get("numbers", cache=tmp_path) / "numbers"
    file.write_bytes(GOOD[:-1] + b"?")  # the same length
    assert (get("numbers", cache=tmp_path) / "numbers").read_bytes() == GOOD
    assert [p.name for p in tmp_path.iterdir()] == ["numbers"]


def test_an_interrupted_get_leaves_nothing(tmp_path: Path, known: Callable[..., Entry]) -> None:
    known(good)

    def stop(done: int, of: int) -> None:
        if done > of / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        get("numbers", cache=tmp_path, progress=stop)
    assert not list(tmp_path.iterdir())


def test_progress_counts_bytes(tmp_path: Path, known: Callable[..., Entry]) -> None:
    known(good)
    seen: list[tuple[int, int]] = []
    get("numbers", cache=tmp_path, progress=lambda done, of: seen.append((done, of)))
    assert (seen[0], seen[-1], len(seen)) == ((1000, 12_000), (12_000, 12_000), 12)


def test_two_at_the_same_time_do_not_clash(tmp_path: Path, known: Callable[..., Entry]) -> None:
    both = threading.Barrier(2, timeout=20)

    def together(into: Path, tick: Tick | None) -> None:
        good(into, tick)
        both.wait()

    known(together)
    folders: list[Path] = []
    threads = [threading.Thread(target=lambda: folders.append(get("numbers", cache=tmp_path))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert folders == [tmp_path / "numbers"] * 2
    assert [p.name for p in tmp_path.iterdir()] == ["numbers"]
    assert (tmp_path / "numbers" / "numbers").read_bytes() == GOOD


def test_the_first_to_finish_stays(tmp_path: Path, known: Callable[..., Entry]) -> None:
    """Whoever reads it already must not find it gone."""
    first: list[int] = []

    def overtaken(into: Path, tick: Tick | None) -> None:
        good(into, tick)
        if not first:
            first.append(0)
            first[0] = get("numbers", cache=tmp_path).stat().st_ino

    known(overtaken)
    assert get("numbers", cache=tmp_path).stat().st_ino == first[0]


def test_what_a_killed_get_left_is_swept_after_a_day(tmp_path: Path, known: Callable[..., Entry]) -> None:
    old, fresh = tmp_path / ".part-old", tmp_path / ".part-fresh"
    for part in (old, fresh):
        part.mkdir()
        (part / "half").write_bytes(b"half")
    os.utime(old, (time.time() - 2 * 86_400,) * 2)
    known(good)
    get("numbers", cache=tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [".part-fresh", "numbers"]


def test_a_cache_that_cannot_be_written(tmp_path: Path, known: Callable[..., Entry]) -> None:
    (tmp_path / "file").write_bytes(b"")
    known(good)
    with pytest.raises(InputError, match=r"cannot be written: .*WENGU_CACHE"):
        get("numbers", cache=tmp_path / "file" / "below")


def test_a_full_disk_is_not_blamed_on_the_source(tmp_path: Path, known: Callable[..., Entry]) -> None:
    def full(into: Path, tick: Tick | None) -> None:
        raise OSError(28, "No space left on device")

    known(full, good)
    with pytest.raises(InputError, match=r"cannot be written: .*No space left"):
        get("numbers", cache=tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_unknown_name() -> None:
    with pytest.raises(InputError, match=r"data: 'fashion_mnist' is unknown; did you mean fashion-mnist\?"):
        get("fashion_mnist")


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("WENGU_CACHE", "~/own")
    assert cache_folder() == tmp_path / "own"
    monkeypatch.delenv("WENGU_CACHE")
    assert cache_folder() == tmp_path / "xdg" / "wengu"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == tmp_path / ".cache" / "wengu"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache_folder() == tmp_path / "Library" / "Caches" / "wengu"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert cache_folder() == tmp_path / "local" / "wengu"


def test_every_entry_says_what_it_is_in_both_languages() -> None:
    for language in LANGUAGES:
        use_language(language)  # a fixture for all tests goes back to English
        for known_entry in (*catalogue(), *published_weights()):
            assert bool(re.search("[\u4e00-\u9fff]", known_entry.what)) == (language == "zh")
            assert re.search("MIT|CC BY|BSD|not stated|未注明", known_entry.licence)


def test_every_entry_is_pinned_and_has_a_second_source() -> None:
    for known_entry in (*catalogue(), *published_weights()):
        if known_entry.name == "sample":
            assert known_entry.bytes == 0 and known_entry.is_here()
            continue
        assert len(known_entry.sources) >= 2 or known_entry.name in ("squeezenet", "vgg16")  # one package alone has them
        assert all(re.fullmatch("[0-9a-f]{64}", file.sha256) and file.size > 0 for file in known_entry.files)
        assert all(bool(source.version) for source in known_entry.sources if source.package and source.needs_network)


def test_no_heavy_import() -> None:
    code = "import sys, wengu.data as d; d.load('sample'); print({'torch', 'pandas', 'sklearn'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_catalogue_names_no_package_registry() -> None:
    text = "".join(p.read_text(encoding="utf-8") for p in HERE.iterdir() if p.suffix in (".py", ".toml"))
    assert set(re.findall(r"https?://([\w.-]+)", text)) == {
        "raw.githubusercontent.com", "fashion-mnist.s3-website.eu-central-1.amazonaws.com",
        "ossci-datasets.s3.amazonaws.com", "storage.googleapis.com",
        "download.pytorch.org", "codeload.github.com",
    }
