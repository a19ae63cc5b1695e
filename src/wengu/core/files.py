"""Files are written whole or not at all, and known by their SHA-256.

A file is written under a temporary name beside its place, put onto the disk, then renamed: a reader sees the old file
or the new one, and a kill, a full disk or a power cut leaves the old one. What is to be forgotten is renamed first, so
that nothing half removed has its name.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from wengu.core import disk
from wengu.core.regular_file import open_regular

_TEMPORARY = ".part-"


def write_whole(path: Path, content: str | bytes) -> None:
    """Write the file whole or leave what was there.

    Raises OSError (no space, no permission, ...) naming the file, with the former file untouched.
    """
    with whole_file(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


def write(path: Path, content: str | bytes) -> None:
    """Write a file of a whole folder that is being made: it is whole, and on the disk, when that is."""
    with disk.opened(path, "w") as file:
        file.write(content.encode() if isinstance(content, str) else content)


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A temporary file to write, piece by piece, which becomes the file when the block ends without an error."""
    path = Path(path)
    part = _temporary(path)
    try:
        with disk.opened(part, "x") as file:
            yield file
            disk.sync(file)
        disk.rename(part, path)
        disk.sync_folder(path.parent)
    except BaseException as error:
        with contextlib.suppress(OSError):
            disk.remove(part)
        if isinstance(error, OSError):
            raise _naming(error, path) from error
        raise


@contextlib.contextmanager
def whole_folder(folder: Path, *, replace: bool = True, mode: int = 0o7777) -> Iterator[Path]:
    """A temporary folder to fill, which becomes `folder` when the block ends without an error; else nothing is left.

    A folder that stands there already is replaced: for an instant, between two renames, there is neither. Without
    `replace` a folder with something in it stays, and OSError is raised, though another process made it a moment ago.
    `mode` is what is left of the permissions that the umask gives; until then it is this user's alone.
    """
    folder = Path(folder)
    part = _temporary(folder)
    try:
        disk.make_folder(part)
        usual = part.stat().st_mode
        part.chmod(0o700)
        yield part
        part.chmod(usual & mode)
        _sync_below(part)
        former = part.with_name(f"{part.name}-former")
        if replace and folder.exists():
            disk.rename(folder, former)
        try:
            disk.rename(part, folder)  # it takes the place of an empty folder, never of a full one
        except OSError:
            if former.exists():
                disk.rename(former, folder)
            raise
        disk.sync_folder(folder.parent)
        _remove_tree(former)
    except BaseException as error:
        _remove_tree(part)
        if isinstance(error, OSError):
            raise _naming(error, folder) from error
        raise


def make_folders(folder: Path) -> None:
    """Make the folder and those that it is in, where they are not there yet, and put their names onto the disk."""
    if not folder.is_dir():
        make_folders(folder.parent)
        try:
            disk.make_folder(folder)
        except FileExistsError:
            if not folder.is_dir():  # else another process made it a moment ago
                raise
        disk.sync_folder(folder.parent)


def remove_files(*files: Path) -> None:
    """Remove those that are there; a power cut does not bring them back."""
    there = [file for file in files if os.path.lexists(file)]
    for file in there:
        disk.remove(file)
    for folder in {file.parent for file in there}:
        disk.sync_folder(folder)


def remove_folders(*folders: Path) -> None:
    """Remove them with all that is in them: first by name, so that half a folder never has one.

    Raises OSError where one cannot be renamed; what remains of them after that is swept by the next writer.
    """
    aside = set_aside(*folders)
    for parent in {folder.parent for folder in folders}:
        disk.sync_folder(parent)
    remove_aside(aside)


def set_aside(*folders: Path) -> list[Path]:
    """Take the names of folders away; what they are then called is for `remove_aside`, once their folder is synced."""
    aside = []
    for folder in folders:
        disk.rename(folder, part := _temporary(folder))
        aside.append(part)
    return aside


def remove_aside(folders: Iterable[Path]) -> None:
    """Remove what was set aside, as far as it can be: the rest is swept by the next writer."""
    for folder in folders:
        _remove_tree(folder)


def sweep(folder: Path, *, of: str = "", older_than: float = 0) -> None:
    """Remove what a killed writer left half done in this folder, of one name where it is given.

    Where others write too, only what is so many s old.
    """
    for part in Path(folder).glob(f"{_TEMPORARY}{of}*"):
        with contextlib.suppress(FileNotFoundError):
            if older_than and time.time() - part.stat().st_mtime < older_than:
                continue
        if part.is_dir():
            _remove_tree(part)
        else:
            disk.remove(part)


def size_below(folder: Path) -> int:
    """The bytes of all files in a folder and its folders."""
    return sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())


def sha256(path: Path) -> str:
    """The file's SHA-256, in hexadecimal. Raises OSError where there is no regular file."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _temporary(path: Path) -> Path:
    """A name beside this one that nothing has."""
    return path.with_name(f"{_TEMPORARY}{path.name}-{secrets.token_hex(6)}")


def _naming(error: OSError, path: Path) -> OSError:
    """The same error, naming the file that was to be written and not its temporary name."""
    return OSError(error.errno, error.strerror, str(path))


def _sync_below(folder: Path) -> None:
    """Put all that is in the folder onto the disk, the names in it last."""
    for path in folder.iterdir():
        if path.is_dir():
            _sync_below(path)
        else:
            disk.sync_file(path)
    disk.sync_folder(folder)


def _remove_tree(folder: Path) -> None:
    """As far as it can be removed."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                _remove_tree(path)
            else:
                disk.remove(path)
        disk.remove_folder(folder)
