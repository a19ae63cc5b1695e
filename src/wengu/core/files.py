"""Files are written whole or not at all, and known by their SHA-256.

A file is written under a temporary name beside its place, flushed to the disk, then renamed: a reader sees the old
file or the new one, and a kill or a full disk leaves the old one.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from wengu.core.regular_file import open_regular

_TEMPORARY = ".part-"


def write_whole(path: Path, content: str | bytes) -> None:
    """Write the file whole or leave what was there.

    Raises OSError (no space, no permission, ...) naming the file, with the former file untouched.
    """
    with whole_file(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A temporary file to write, piece by piece, which becomes the file when the block ends without an error."""
    path = Path(path)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{_TEMPORARY}{path.name}-")
    except OSError as error:
        raise _naming(error, path) from error
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.chmod(0o666 & ~_umask())
        part.replace(path)
        _sync_folder(path.parent)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _naming(error, path) from error
        raise


@contextlib.contextmanager
def whole_folder(folder: Path, *, replace: bool = True) -> Iterator[Path]:
    """A temporary folder to fill, which becomes `folder` when the block ends without an error; else nothing is left.

    A folder that stands there already is replaced: for an instant, between two renames, there is neither. Without
    `replace` a folder with something in it stays, and OSError is raised, though another process made it a moment ago.
    """
    folder = Path(folder)
    try:
        part = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f"{_TEMPORARY}{folder.name}-"))
    except OSError as error:
        raise _naming(error, folder) from error
    try:
        yield part
        for file in part.iterdir():
            if file.is_file():
                with file.open("rb") as written:
                    os.fsync(written.fileno())
        _sync_folder(part)
        part.chmod(0o777 & ~_umask())
        former = part.with_name(f"{part.name}-former")
        if replace and folder.exists():
            folder.rename(former)
        try:
            part.rename(folder)  # it takes the place of an empty folder, never of a full one
        except OSError:
            if former.exists():
                former.rename(folder)
            raise
        _sync_folder(folder.parent)
        shutil.rmtree(former, ignore_errors=True)
    except BaseException as error:
        shutil.rmtree(part, ignore_errors=True)
        if isinstance(error, OSError):
            raise _naming(error, folder) from error
        raise


def sweep(folder: Path, *, of: str = "", older_than: float = 0) -> None:
    """Remove what a killed writer left half done in this folder, of one name where it is given.

    Where others write too, only what is so many s old.
    """
    for part in Path(folder).glob(f"{_TEMPORARY}{of}*"):
        with contextlib.suppress(FileNotFoundError):
            if older_than and time.time() - part.stat().st_mtime < older_than:
                continue
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)


def size_below(folder: Path) -> int:
    """The bytes of all files in a folder and its folders."""
    return sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())


def sha256(path: Path) -> str:
    """The file's SHA-256, in hexadecimal. Raises OSError where there is no regular file."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _naming(error: OSError, path: Path) -> OSError:
    """The same error, naming the file that was to be written and not its temporary name."""
    return OSError(error.errno, error.strerror, str(path))


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a power cut, where the system lets a folder be opened (not on Windows)."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _umask() -> int:
    value = os.umask(0)
    os.umask(value)
    return value
