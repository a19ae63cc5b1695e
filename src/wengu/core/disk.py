"""The few calls by which a run reaches the disk: all that writes to it goes through here.

    File                    opens, writes and truncates: in the machine's memory by then, and nowhere else
    sync                    what a file holds is on the disk
    sync_folder             which names a folder has is on the disk: new ones, renamed ones, those that are gone

Until its sync a power cut may drop a write, keep a part of it or leave zeros in its place; new names, renames and
removals may come onto the disk in any order. A test puts another disk in the place of these calls: one that fails, or
one that remembers what was done in which order, and what a power cut would leave of it.
"""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path
from typing import IO

File = io.FileIO
"Opens a file, unbuffered."

_NOT_POSSIBLE = (errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EPERM, errno.EBADF)  # there, a folder has no sync


def opened(path: Path, mode: str) -> IO[bytes]:
    """A file to write; its writes are gathered to larger ones."""
    return io.BufferedWriter(File(path, mode))


def sync(file: IO[bytes] | io.FileIO) -> None:
    """Put what was written to the file onto the disk."""
    file.flush()
    _sync(file.fileno(), file.name)


def sync_file(path: Path) -> None:
    """Put what any process wrote to the file onto the disk."""
    with File(path, "r") as file:
        _sync(file.fileno(), path)


def sync_folder(folder: Path) -> None:
    """Put the names in a folder onto the disk, where the system has that for a folder (Windows has not)."""
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            _sync(handle, folder)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno not in _NOT_POSSIBLE:
            raise


def rename(old: Path, new: Path) -> None:
    """Give a file or folder another name; a file, or an empty folder, that has it already is no more."""
    old.replace(new)


def remove(path: Path) -> None:
    """Remove a file, if it is there."""
    path.unlink(missing_ok=True)


def remove_folder(path: Path) -> None:
    """Remove an empty folder."""
    path.rmdir()


def make_folder(path: Path) -> None:
    """Make a folder, which must not be there yet."""
    path.mkdir()


def _sync(handle: int, path: object) -> None:
    """The system's own names no file where it fails."""
    try:
        os.fsync(handle)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
