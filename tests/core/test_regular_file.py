from __future__ import annotations

import errno
import os
import socket
import threading
from pathlib import Path

import pytest

from wengu.core import regular_file
from wengu.core.files import sha256
from wengu.core.regular_file import NotRegular, check_regular, open_regular, read_regular, read_text


def pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def test_a_file_and_a_link_to_it(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"x,y\r\n1,\xc3\xa9\r\n")
    (tmp_path / "link").symlink_to(file)
    for path in (file, tmp_path / "link", str(file)):
        assert read_regular(path) == file.read_bytes()
        assert read_text(path) == file.read_text(encoding="utf-8") == "x,y\n1,é\n"


@pytest.mark.parametrize("read", [read_regular, read_text, sha256, open_regular, check_regular])
def test_what_is_no_file_is_refused_at_once_by_what_it_is(tmp_path: Path, read: object) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "link").symlink_to(pipe(tmp_path / "pipe"))
    with socket.socket(socket.AF_UNIX) as at:
        at.bind(str(tmp_path / "socket"))
        for path, kind in ((folder, "a folder"), (tmp_path / "pipe", "a pipe"), (tmp_path / "link", "a pipe"),
                           (tmp_path / "socket", "a socket"), (Path("/dev/zero"), "a device")):
            with pytest.raises(NotRegular, match=f"^{path}: {kind}, not a"):
                read(path)  # type: ignore[operator]


def test_a_pipe_that_takes_the_files_place_in_between_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at the file and its opening another process may put a pipe there."""
    pipe(tmp_path / "pipe")
    monkeypatch.setattr(regular_file, "check_regular", lambda path: None)
    ended = threading.Event()

    def read() -> None:
        with pytest.raises(NotRegular):
            open_regular(tmp_path / "pipe")
        ended.set()

    threading.Thread(target=read, daemon=True).start()
    assert ended.wait(10)


def test_what_is_missing_or_too_large(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "none")
    (tmp_path / "large").write_bytes(bytes(9))
    assert len(read_regular(tmp_path / "large", most=9)) == 9
    with pytest.raises(OSError, match="more than 0 MB") as caught:
        read_regular(tmp_path / "large", most=8)
    assert caught.value.errno == errno.EFBIG
