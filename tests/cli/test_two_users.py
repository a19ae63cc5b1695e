"""Two users on one machine: a foreign one sees nothing of the other's runs, and plants nothing that is taken for his.

Where this user is not root no other can be made; what each mode lets others do is then all that is looked at.
"""

from __future__ import annotations

import http.client
import os
import stat
from pathlib import Path

import pytest

from tests.handbook.browsing import ENTRANCES, served
from tests.other_user import NOBODY, as_another, open_to_all
from wengu.core.own_folder import make_own
from wengu.core.run_folder import RunFolder
from wengu.training.launch import RunMarker


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder that all users may pass through, and list."""
    tmp_path.chmod(0o755)
    open_to_all(tmp_path)
    return tmp_path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def seen(folder: Path) -> list[str]:
    """What can be read below a folder, or known to be there."""
    found: list[str] = []
    for at, folders, files in os.walk(folder):
        found += [str(Path(at) / name) for name in folders]
        found += [str(Path(at) / name) for name in files if _try((Path(at) / name).read_bytes) == "done"]
    return found


def test_a_run_is_its_user_s_alone(home: Path) -> None:
    """By name and content, whether its folder was made by wengu or stood there open to all."""
    (home / "open").mkdir(mode=0o755)
    (home / "open").chmod(0o755)
    for run in (RunFolder.create(home / "runs" / "secret", recipe="table"), RunFolder.create(home / "open" / "secret", recipe="table")):
        assert mode(run.path) == 0o700
    assert mode(home / "runs") == 0o700
    assert as_another(lambda: seen(home / "runs")) in ([], None)
    assert as_another(lambda: [Path(one).name for one in seen(home / "open")]) in (["secret"], None), "its name, and nothing more"


def test_a_folder_that_a_group_shares_is_the_group_s(home: Path) -> None:
    team = home / "team"
    team.mkdir()
    team.chmod(0o2775)
    before = os.umask(0o002)
    try:
        run = RunFolder.create(team / "a", recipe="table")
    finally:
        os.umask(before)
    assert mode(run.path) == 0o2770
    team.chmod(0o777)
    assert mode(RunFolder.create(team / "b", recipe="table").path) == 0o700, "of everybody's folder nobody has more"


def test_another_user_s_runs_take_no_listing_down(home: Path) -> None:
    """They are named as what cannot be read, and one's own are listed."""
    from wengu.adviser import runs_in

    settings = {"data": "x.csv"}
    theirs = RunFolder.create(home / "open" / "theirs", settings=settings, recipe="table", network="softmax")
    (home / "open").chmod(0o777)

    def look() -> list[object]:
        mine = RunFolder.create(home / "open" / "mine", settings=settings, recipe="table", network="softmax")
        found = runs_in(home / "open")
        return [mine.path.name, [run.path.name for run in found.runs], dict(found.unreadable)]

    if (got := as_another(look)) is not None:
        assert got[:2] == ["mine", ["mine"]] and "theirs" in got[2], got
        assert mode(home / "open" / "mine") == 0o700 and (home / "open" / "mine").stat().st_uid == NOBODY
    assert mode(theirs.path) == 0o700


def test_another_user_is_served_nothing_by_the_handbook(home: Path) -> None:
    """Nor is the secret in what he can see of the process: its words and where it lies."""
    with served(home) as book:
        secret = ENTRANCES[book.root].partition("token=")[2]
        assert len(secret) == 43

        def look() -> list[object]:
            asked = http.client.HTTPConnection(book.root.removeprefix("http://"), timeout=20)
            asked.request("GET", "/api/runs")
            answer = asked.getresponse()
            words = Path(f"/proc/{book.process.pid}/cmdline").read_bytes()
            return [answer.status, answer.read().decode(), words.decode()]

        got = as_another(look)
        if got is not None:
            assert got[0] == 403 and secret not in got[1] + got[2] and "notes" in got[2]


def test_a_marker_that_another_planted_is_not_believed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither where markers lay once, nor where they lie now."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home / "run"))
    (home / "run").mkdir(mode=0o700)
    (home / "tmp").mkdir()
    (home / "tmp").chmod(0o1777)
    monkeypatch.setattr("tempfile.tempdir", str(home / "tmp"))
    as_another(lambda: (home / "tmp" / "wengu-7-id").write_text("planted"))
    assert RunMarker("id", agent=7).name is None

    marker = RunMarker("id", agent=7)
    marker.keep("mine")
    (file,) = (home / "run" / "wengu").iterdir()
    assert as_another(lambda: _try(lambda: file.read_text())) in ("PermissionError", None)
    assert as_another(lambda: _try(lambda: file.write_text("planted"))) in ("PermissionError", None)
    assert RunMarker("id", agent=7).name == "mine"

    with pytest.MonkeyPatch.context() as patch:  # another's folder in the place of one's own
        patch.setenv("XDG_RUNTIME_DIR", str(home / "none"))
        patch.setenv("XDG_CACHE_HOME", "/dev/null")
        assert make_own(home / "tmp" / f"wengu-{os.geteuid()}")
        if os.geteuid() == 0:
            os.chown(home / "tmp" / "wengu-0", NOBODY, NOBODY)
            with pytest.raises(ValueError, match="no folder of your own"):
                RunMarker("id", agent=7)


def _try(act: object) -> str:
    try:
        act()  # type: ignore[operator]
    except OSError as error:
        return type(error).__name__
    return "done"
