"""Whether data are photographs in colour, which ImageNet's networks learned from: a look at a few files of a folder."""

from __future__ import annotations

import os
from pathlib import Path

from wengu.core.checks import InputError
from wengu.data.catalogue import known_entry
from wengu.data.picture_files import decode_all, files_below

LOOKED_AT = 16  # files, evenly over the folder
LEAST = 64  # pixels of the shorter side; below, a picture is no photograph, and larger would only be blurred


def holds_photographs(data: str | os.PathLike[str]) -> bool:
    """As the catalogue says; of a folder, whether some of 16 files have colour, and at least half of those that are
    pictures have 64 pixels each way.

    >>> holds_photographs("gcompris-photos"), holds_photographs("sample"), holds_photographs("no/such/folder")
    (True, False, False)
    """
    if known := known_entry(os.fspath(data)):
        return known.photographs
    try:
        files = files_below(Path(data).expanduser())
        looked_at = [files[k * len(files) // LOOKED_AT] for k in range(min(LOOKED_AT, len(files)))] \
            if len(files) > LOOKED_AT else files
        found = decode_all(looked_at, size=(32, 32), channels=None)
    except (OSError, InputError):  # the reader of the whole folder says what is wrong
        return False
    large = sum(n for size, n in found.were.items() if min(size) >= LEAST)
    return len(found.kept) > 0 and found.pixels.shape[1] == 3 and 2 * large >= len(found.kept)
