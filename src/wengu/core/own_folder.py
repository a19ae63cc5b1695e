"""Folders of this user's own on a machine that others share: nothing that another has planted there is trusted.

    runtime_folder()    $XDG_RUNTIME_DIR/wengu, else ~/.cache/wengu/run, else wengu-UID where temporary files lie
    own_cache("x")      CACHE/x, or CACHE/x-UID where the cache is another user's

A folder is one's own where it is a folder and no link, and has this user as its owner; it is closed to all others
before it is used. The cache is $WENGU_CACHE, else $XDG_CACHE_HOME/wengu, else where the system keeps caches:
~/.cache/wengu, ~/Library/Caches/wengu, %LOCALAPPDATA%\\wengu.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from wengu.core.checks import InputError
from wengu.core.i18n import say


def cache_folder() -> Path:
    """Where fetched data are kept; the folder need not exist yet."""
    if own := os.environ.get("WENGU_CACHE"):
        return Path(own).expanduser()
    return _cache_of_system()


def _cache_of_system() -> Path:
    if xdg := os.environ.get("XDG_CACHE_HOME"):
        return Path(xdg) / "wengu"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "wengu"
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "wengu"


def is_own(folder: Path) -> bool:
    """Whether it is a folder, no link to one, and this user's."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and (not hasattr(os, "geteuid") or found.st_uid == os.geteuid())


def is_trusted(folder: Path) -> bool:
    """Whether it is this user's or the system's, so that no other user can have put anything there."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return is_own(folder) or (stat.S_ISDIR(found.st_mode) and found.st_uid == 0 and not found.st_mode & 0o022)


def make_own(folder: Path) -> Path:
    """The folder, made where there is none, and closed to all other users. Raises OSError where it is another's."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), error.filename) from None
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    if not is_own(folder):
        raise PermissionError(errno.EPERM, say("not a folder of your own"), str(folder))
    if hasattr(os, "geteuid") and folder.lstat().st_mode & 0o077:
        folder.chmod(0o700)
    return folder


def own_cache(name: str) -> Path:
    """This user's own part of the cache; it need not exist yet. What is checked by its sum need lie in none."""
    cache = cache_folder()
    if is_trusted(cache.resolve()) or not cache.is_dir() or not hasattr(os, "geteuid"):
        return cache / name
    return cache / f"{name}-{os.geteuid()}"


def runtime_folder() -> Path:
    """Where this user's processes leave word for each other. Raises InputError where he has no folder of his own."""
    for folder in _candidates():
        with suppress(OSError):
            return make_own(folder)
    raise InputError(say("there is no folder of your own for what processes tell each other: give $XDG_RUNTIME_DIR, or "
                         "own {folder}", folder=folder))


def _candidates() -> Iterator[Path]:
    run = os.environ.get("XDG_RUNTIME_DIR")
    if run and is_own(Path(run)) and not Path(run).stat().st_mode & 0o022:
        yield Path(run) / "wengu"
    with suppress(RuntimeError):  # nobody's home is known
        yield _cache_of_system() / "run"
    yield Path(tempfile.gettempdir()) / f"wengu-{os.geteuid() if hasattr(os, 'geteuid') else os.getpid()}"
