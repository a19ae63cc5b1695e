"""The store: pictures that were decoded once, in a file of bytes that is mapped into memory and shared by processes.

    decoded/<key>/pixels.npy   uint8 (m, channels, height, width), see pixel_file.py
    decoded/<key>/sums.npy     int64 (m, channels, 2): Σ x and Σ x² of every picture
    decoded/<key>/about.json   whose pictures they are, the file's digest, and what the writer has to say
    decoded/<key>/seen/        what the key was worked out from, so that it need not be again, see decode_once.py
    decoded/<key>/users/       a file for each process that has the pixels mapped, locked as long as it has
    decoded/locks/<key>        locked while the set is written, opened or removed

    key = SHA-256 of all that decides the pixels

A set is written into a temporary folder, which is renamed when all of it is on the disk: it is there whole or not at
all. Of several processes that want the same one writes, and the others wait; the system frees the locks of one that was
killed. A set whose digest is no longer what it was is made anew. The store is this user's own, see own_folder.py: what
another may have put there is not trusted.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock
import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import InputError
from wengu.core.files import sha256, sweep, whole_folder
from wengu.core.i18n import say
from wengu.core.own_folder import is_trusted, make_own, own_cache
from wengu.data.picture_files import Put
from wengu.data.pixel_file import PixelFile, digest, mapped

FORMAT = 1
LOCKS = "locks"  # a folder in the store
MOST_IN_MEMORY = 256 << 20
"""Bytes of pixels; a larger set is mapped from a file."""


@dataclass(frozen=True)
class Kept:
    """A set of the store, mapped: as long as the pixels are held, nobody clears them."""

    key: str
    pixels: np.memmap[Any, Any]
    sums: NDArray[np.int64]  # (m, channels, 2): Σ x and Σ x² of every picture
    said: Mapping[str, Any]  # by its writer


def store_folder() -> Path:
    """Where decoded pictures are kept; the folder need not exist yet."""
    return own_cache("decoded")


def keep(
    key: str,
    write: Callable[[Put], Mapping[str, Any]],
    *,
    name: str,
    origin: str,
    most: int,
    size: tuple[int, int],
    channels: int | None = None,
) -> Kept:
    """The set of this key, mapped. Where it is not there yet, `write` puts its pictures, and says what else it knows.

    `most` is how many pictures there may be; channels None: 3 if any picture has colour, else 1.

    Raises: InputError where the disk has no room for it, or the cache cannot be written.
    """
    store = store_folder()
    try:
        with locked(store, key):
            if found := _opened(store / key):
                return found
            sweep(store, of=key)
            with whole_folder(store / key) as part:
                (part / "seen").mkdir()
                (part / "users").mkdir()
                with PixelFile(part / "pixels.npy", size, most=most, channels=channels) as file:
                    said = write(file.put)
                np.save(part / "sums.npy", file.sums)
                about = {"format": FORMAT, "name": name, "origin": origin, "shape": file.shape, "said": said,
                         "digest": digest(part / "pixels.npy"), "sums": sha256(part / "sums.npy")}
                (part / "about.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")
            if found := _opened(store / key):
                return found
    except OSError as error:
        raise InputError(say("{folder} cannot be written: {error}. WENGU_CACHE names another place for the cache",
                             folder=store, error=error.strerror or error)) from error
    raise InputError(say("{folder}: what is read there is not what was written; is the disk damaged?",
                         folder=store / key))


def key_seen(what: str) -> str | None:
    """The key that was worked out from this before, if its set is still there."""
    return next((path.parents[1].name for path in store_folder().glob(f"*/seen/{what}")), None)


def remember(key: str, what: str) -> None:
    """Keep that the key was worked out from this."""
    with contextlib.suppress(OSError):  # cleared a moment ago, or not ours to write
        (store_folder() / key / "seen" / what).touch()


@contextlib.contextmanager
def locked(store: Path, key: str, *, blocking: bool = True) -> Iterator[None]:
    """Alone with the set of this key; where the cache may only be read nobody writes either.

    Raises: filelock.Timeout where another process has it and this one does not wait.
    """
    lock = filelock.FileLock(store / LOCKS / key, timeout=-1 if blocking else 0)
    try:
        if not is_trusted(store) or os.access(store, os.W_OK):
            make_own(store)
        (store / LOCKS).mkdir(exist_ok=True)
        lock.acquire()
    except OSError as error:
        if isinstance(error, filelock.Timeout) or not (store / key).exists():
            raise
    try:
        yield
    finally:
        lock.release()


def in_use(folder: Path) -> bool:
    """Whether a process has the set mapped; files of processes that were killed go."""
    used = False
    for file in (folder / "users").glob("*"):
        try:
            with filelock.FileLock(file, timeout=0):
                file.unlink(missing_ok=True)
        except OSError:  # locked, or another user's
            used = True
    return used


def _opened(folder: Path) -> Kept | None:
    """The set in this folder, mapped and in use from now on; None where it is not there or no longer sound."""
    if not is_trusted(folder.parent):
        return None
    try:
        about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
        pixels, sums = folder / "pixels.npy", folder / "sums.npy"
        if (about["format"], about["digest"], about["sums"]) != (FORMAT, digest(pixels), sha256(sums)):
            return None
        kept = Kept(folder.name, mapped(pixels), np.load(sums, allow_pickle=False), dict(about["said"]))
        if list(kept.pixels.shape) != about["shape"]:
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    with contextlib.suppress(OSError):  # where the cache may only be read
        os.utime(folder / "about.json")
        _use(folder, kept.pixels)
    return kept


def _use(folder: Path, pixels: np.memmap[Any, Any]) -> None:
    """Hold the set in use until nothing looks into the mapped file any more, or this process has ended."""
    in_use(folder)
    lock = filelock.FileLock(folder / "users" / secrets.token_hex(8), thread_local=False)
    lock.acquire()
    weakref.finalize(pixels.base, _leave, lock, os.getpid())


def _leave(lock: filelock.BaseFileLock, pid: int) -> None:
    if os.getpid() == pid:  # a forked process has the lock with us, and is not to free it
        with contextlib.suppress(OSError):
            Path(lock.lock_file).unlink()
        lock.release(force=True)
