"""Folders of one's own: what another user planted is not trusted. Other users are made where this one may (root)."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.other_user import NOBODY, as_another
from wengu.core import own_folder
from wengu.core.checks import InputError
from wengu.core.own_folder import is_own, is_trusted, make_own, own_cache, runtime_folder


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
        (tmp_path / name).mkdir(mode=0o700)
    monkeypatch.setattr(own_folder.tempfile, "gettempdir", lambda: str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp").chmod(0o1777)
    return tmp_path


def test_the_first_place_that_is_one_s_own(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert runtime_folder() == places / "XDG_RUNTIME_DIR" / "wengu"
    (places / "XDG_RUNTIME_DIR").chmod(0o777)
    assert runtime_folder() == places / "XDG_CACHE_HOME" / "wengu" / "run", "where others may write it is nobody's own"
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    found = runtime_folder()
    assert found == places / "tmp" / f"wengu-{os.geteuid()}" and stat.S_IMODE(found.stat().st_mode) == 0o700


def test_it_is_closed_to_others_before_it_is_used(places: Path) -> None:
    (places / "XDG_RUNTIME_DIR" / "wengu").mkdir(mode=0o777)
    assert stat.S_IMODE(runtime_folder().stat().st_mode) == 0o700


@pytest.mark.parametrize("plant", [
    lambda at: at.symlink_to(at.parent), lambda at: at.write_text(""), lambda at: at.symlink_to("nowhere"), os.mkfifo,
], ids=["link", "file", "dangling link", "pipe"])
def test_what_is_no_folder_is_none_of_one_s_own(places: Path, plant: Callable[[Path], object]) -> None:
    at = places / "XDG_RUNTIME_DIR" / "wengu"
    plant(at)
    assert not is_own(at) and not is_trusted(at)
    with pytest.raises(OSError, match="not a folder of your own"):
        make_own(at)
    assert runtime_folder() == places / "XDG_CACHE_HOME" / "wengu" / "run"


def test_a_folder_that_another_user_planted_is_refused(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no other is left it is said, and nothing in it is read."""
    if os.geteuid() != 0:  # whoever is not root cannot make another user's folder, nor be shown one: the test is the same by a fake
        monkeypatch.setattr(own_folder.os, "geteuid", lambda: NOBODY)
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    planted = places / "tmp" / f"wengu-{os.geteuid()}"
    planted.mkdir(mode=0o777)
    if os.geteuid() == 0:
        os.chown(planted, NOBODY, NOBODY)
    with pytest.raises(InputError, match=rf"no folder of your own .* own {planted}"):
        runtime_folder()


def test_a_cache_of_another_user_has_a_part_of_one_s_own(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = places / "shared"
    monkeypatch.setenv("WENGU_CACHE", str(cache))
    assert own_cache("decoded") == cache / "decoded", "one that is not there yet will be one's own"
    cache.mkdir()
    assert own_cache("decoded") == cache / "decoded"
    cache.chmod(0o777)
    if os.geteuid() == 0:
        os.chown(cache, NOBODY, NOBODY)
    else:
        monkeypatch.setattr(own_folder.os, "geteuid", lambda: NOBODY)
    assert own_cache("decoded") == cache / f"decoded-{os.geteuid()}"


def test_two_users(tmp_path: Path) -> None:
    """The other one sees nothing of what the first keeps for himself."""
    tmp_path.chmod(0o755)
    mine = make_own(tmp_path / "mine")
    (mine / "marker").write_text("run")
    (mine / "marker").chmod(0o666)

    def look() -> list[str]:
        return [str(type(error).__name__) for act in (mine.iterdir, (mine / "marker").read_text, lambda: (mine / "x").touch())
                for error in [_error(lambda act=act: list(act() or ()))]]  # type: ignore[misc]

    assert as_another(look) in (["PermissionError"] * 3, None)


def _error(act: Callable[[], object]) -> BaseException | None:
    try:
        act()
    except OSError as error:
        return error
    return None
