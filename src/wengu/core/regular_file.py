"""The one place that opens a file whose path a user gave: regular files alone.

A pipe that bears the name of a picture would be waited for, for ever; a device may never end, or do something when it
is opened. So the kind is looked at first, and the file is opened without waiting, for it may be another by then.
"""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

from wengu.core.i18n import say

_FLAGS = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOCTTY", "O_BINARY", "O_CLOEXEC"))


class NotRegular(OSError):
    """A path of something else than a file; the message is one line, and says what it is."""

    def __str__(self) -> str:
        return f"{self.filename}: {self.strerror}"


def open_regular(path: str | os.PathLike[str]) -> BufferedReader:
    """The file, to read bytes from. A link counts as what it leads to.

    Raises NotRegular for a folder, pipe, socket or device, OSError where there is no file or it may not be read.
    """
    check_regular(path)
    handle = os.open(path, _FLAGS)
    try:
        _check(os.fstat(handle), path)
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_regular(path: str | os.PathLike[str], *, most: int | None = None) -> bytes:
    """All bytes of the file. Raises OSError as `open_regular`, and where it has more than `most`.

    >>> len(read_regular(__file__)) == Path(__file__).stat().st_size
    True
    """
    with open_regular(path) as file:
        content = file.read() if most is None else file.read(most + 1)
    if most is not None and len(content) > most:
        raise OSError(errno.EFBIG, say("more than {most} MB, which is not expected of such a file", most=most >> 20),
                      str(path))
    return content


def read_text(path: str | os.PathLike[str]) -> str:
    """The file's text, of UTF-8. Raises OSError as `open_regular`, and UnicodeDecodeError."""
    return read_regular(path).decode("utf-8").replace("\r\n", "\n")


def check_regular(path: str | os.PathLike[str]) -> None:
    """Raise OSError unless there is a regular file, or a link to one; nothing is opened."""
    _check(Path(path).stat(), path)


def _check(found: os.stat_result, path: str | os.PathLike[str]) -> None:
    if stat.S_ISREG(found.st_mode):
        return
    kind = {
        stat.S_IFDIR: say("a folder, not a file"),
        stat.S_IFIFO: say("a pipe, not a regular file; copy what comes through it into a file"),
        stat.S_IFSOCK: say("a socket, not a regular file"),
    }.get(stat.S_IFMT(found.st_mode), say("a device, not a regular file"))
    raise NotRegular(errno.EISDIR if stat.S_ISDIR(found.st_mode) else errno.EINVAL, kind, os.fspath(path))
