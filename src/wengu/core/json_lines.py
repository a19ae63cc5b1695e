"""Files with one JSON object a line, appended to while others read: an unfinished last line is ignored."""

from __future__ import annotations

import errno
import io
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wengu.core import disk


def append_json_line(path: Path, row: Mapping[str, Any], *, lasting: bool = False) -> None:
    """One object more; in one piece, so that two writers do not mix. A number that is not finite is null, as in JSON.

    A `lasting` one is on the disk when this returns. An unfinished last line, as a power cut leaves it, is no more.

    Raises OSError, naming the file, where the disk does not take all of it; what it took of it is removed.
    """
    known = {name: None if isinstance(value, float) and not math.isfinite(value) else value
             for name, value in row.items()}
    line = json.dumps(known).encode() + b"\n"
    try:
        with disk.File(path, "a+") as file:
            _cut_unfinished(file)
            if (taken := file.write(line)) < len(line):
                file.truncate(file.tell() - taken)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if lasting:
                disk.sync(file)
                disk.sync_folder(path.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _cut_unfinished(file: io.FileIO) -> None:
    """What is appended to half a line would be lost with it."""
    end = whole = file.seek(0, os.SEEK_END)
    while whole:
        start = max(0, whole - 4096)
        file.seek(start)
        if found := file.read(whole - start).rfind(b"\n") + 1:
            whole = start + found
            break
        whole = start
    if whole < end:
        file.truncate(whole)
