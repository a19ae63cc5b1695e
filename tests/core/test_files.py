"""Files are whole or not there."""

import errno
import os
from pathlib import Path

import pytest

from wengu.core import disk
from wengu.core.files import sha256, sweep, whole_folder, write_whole


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    write_whole(file, "old")
    write_whole(file, b"new")
    assert file.read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_full_disk_leaves_the_former_file_and_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.txt"
    write_whole(file, "old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*a\.txt'"):
        write_whole(file, "new")
    assert file.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_takes_its_place_only_when_filled(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), whole_folder(tmp_path / "f") as part:
        (part / "x").write_text("half")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    with whole_folder(tmp_path / "f") as part:
        (part / "x").write_text("whole")
        assert not (tmp_path / "f").exists()
    assert (tmp_path / "f" / "x").read_text() == "whole"


def test_what_a_killed_writer_left_is_swept(tmp_path: Path) -> None:
    (tmp_path / ".part-model-1").mkdir()
    (tmp_path / ".part-a.json-2").write_text("half")
    (tmp_path / "a.json").write_text("whole")
    sweep(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_sha256_is_the_published_one(tmp_path: Path) -> None:
    """Authority: FIPS 180-4's example 'abc'."""
    (tmp_path / "a").write_bytes(b"abc")
    assert sha256(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_folder_that_came_there_meanwhile_stays(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "x").write_text("another's")
    with pytest.raises(OSError, match="f'"), whole_folder(tmp_path / "f", replace=False) as part:
        (part / "x").write_text("ours")
    assert (tmp_path / "f" / "x").read_text() == "another's" and len(list(tmp_path.iterdir())) == 1
    with whole_folder(tmp_path / "f") as part:
        (part / "x").write_text("ours")
    assert (tmp_path / "f" / "x").read_text() == "ours" and len(list(tmp_path.iterdir())) == 1


def test_a_folder_whose_place_cannot_be_taken_leaves_the_former(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with whole_folder(tmp_path / "f") as part:
        (part / "x").write_text("old")
    real, names = disk.rename, []

    def failing(old: Path, new: Path) -> None:
        names.append(old.name)
        if len(names) == 2:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(old, new)

    monkeypatch.setattr(disk, "rename", failing)
    with pytest.raises(OSError, match="Input/output error"), whole_folder(tmp_path / "f") as part:
        (part / "x").write_text("new")
    assert (tmp_path / "f" / "x").read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_where_others_write_only_what_is_old_is_swept(tmp_path: Path) -> None:
    for name in (".part-new-1", ".part-old-1"):
        (tmp_path / name).mkdir()
    os.utime(tmp_path / ".part-old-1", (0, 0))
    sweep(tmp_path, older_than=3600)
    assert [p.name for p in tmp_path.iterdir()] == [".part-new-1"]
