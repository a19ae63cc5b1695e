"""Many picture files decoded once: what comes of them lies in the store, and the next reading maps it.

    key = SHA-256(how they are decoded, SHA-256 of each file in order)

Names are no part of the key: a folder that was moved, or a class that was renamed, is not decoded again. To read all
files for their sums costs a tenth of decoding them, but is too long for every reading. So the key is remembered under
the names, sizes, inodes and times of the files, the time of the last change to an inode among them, which no program
can set. It is not where a file changed within the last two seconds: another change could have the same time.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import PIL

from wengu.core.checks import InputError
from wengu.core.files import sha256
from wengu.core.i18n import say
from wengu.core.printable import kept_text
from wengu.data import picture_store
from wengu.data.picture_decode import DECODER
from wengu.data.picture_files import AT_ONCE, Batch, Outcome, Progress, Put, decode_all, decode_into
from wengu.data.picture_levels import Depth, Levels
from wengu.data.picture_store import Kept, keep, key_seen, remember

SETTLED = 2.0  # seconds


def is_large(m: int, channels: int | None, size: tuple[int, int]) -> bool:
    """Whether m pictures are more than is held in memory."""
    return m * (channels or 3) * math.prod(size) > picture_store.MOST_IN_MEMORY


def decoder(size: tuple[int, int], channels: int | None, levels: Levels | None = None) -> str:
    """All but a file's content that decides its pixels."""
    cut = f", levels {levels[0]!r} to {levels[1]!r}" if levels else ""
    return f"decoder {DECODER}, Pillow {PIL.__version__}, {size[0]} × {size[1]}, {channels or 'any'} channels{cut}"


def decode_once(
    files: Sequence[Path],
    *,
    folder: Path,
    size: tuple[int, int],
    channels: int | None,
    levels: Levels | None = None,
    accept: Callable[[Outcome], None],
    progress: Progress | None = None,
) -> tuple[Batch, Kept | None]:
    """What `decode_all` gives; of many pictures mapped from the store.

    `accept` may raise InputError, and then nothing is kept.

    Raises: InputError as `keep` does, and for files that change while they are read.
    """
    if not is_large(len(files), channels, size):
        batch = decode_all(files, size=size, channels=channels, levels=levels, progress=progress)
        accept(batch)
        return batch, None
    how = decoder(size, channels, levels)
    listing, settled = _listing(files, how)
    key = key_seen(listing)
    first, of = (0, len(files)) if key else (len(files), 2 * len(files))
    key = key or _key(files, how, progress)

    def tick(done: int, _: int) -> None:
        if progress:
            progress(first + done, of)

    def write(put: Put) -> dict[str, Any]:
        outcome = decode_into(put, files, size=size, grey=channels == 1, levels=levels, progress=tick)
        accept(outcome)
        if _listing(files, how)[0] != listing:
            raise InputError(say("{folder}: its files changed while they were read; start again", folder=folder))
        return {"failed": [i for i, _ in outcome.failed], "were": [[*was, n] for was, n in outcome.were.items()],
                "depth": outcome.depth.to_json(), "cut": outcome.cut, "whitened": outcome.whitened}

    kept = keep(key, write, name=kept_text(folder.name), origin=kept_text(str(folder)), most=len(files), size=size,
                channels=channels)
    if settled:
        remember(key, listing)
    bad = kept.said["failed"]
    again = decode_into(lambda *_: None, [files[i] for i in bad], size=size, grey=channels == 1, levels=levels)
    why = dict(again.failed)
    return Batch(
        kept=tuple(sorted(set(range(len(files))) - set(bad))),
        failed=tuple((i, why.get(k, "")) for k, i in enumerate(bad)),
        were={(width, height): n for width, height, n in kept.said["were"]},
        depth=Depth.of_json(kept.said["depth"]),
        cut=tuple(kept.said["cut"]),
        whitened=tuple(kept.said["whitened"]),
        pixels=kept.pixels,
    ), kept


def _key(files: Sequence[Path], how: str, progress: Progress | None) -> str:
    """The name under which the decoded pictures are kept: a hash of every file's content."""
    found = hashlib.sha256(how.encode())
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        for start in range(0, len(files), AT_ONCE):
            found.update("".join(pool.map(_sum, files[start : start + AT_ONCE])).encode())
            if progress:
                progress(min(start + AT_ONCE, len(files)), 2 * len(files))
    return found.hexdigest()


def _sum(file: Path) -> str:
    try:
        return sha256(file)
    except OSError as error:  # it will not be decoded either
        return f"[{error.errno}]"


def _listing(files: Sequence[Path], how: str) -> tuple[str, bool]:
    """From what the system says of every file without opening it; and whether none has changed a moment ago."""
    found, newest = hashlib.sha256(how.encode()), 0
    for file in files:
        found.update(f"{file.absolute()}\0".encode(errors="surrogateescape"))
        with contextlib.suppress(OSError):  # a link that leads nowhere
            at = file.stat()
            found.update(f"{at.st_size} {at.st_ino} {at.st_mtime_ns} {at.st_ctime_ns}\0".encode())
            newest = max(newest, at.st_mtime_ns, at.st_ctime_ns)
    return found.hexdigest(), newest < (time.time() - SETTLED) * 1e9
