"""Files with one JSON object a line, appended to while others read: an unfinished last line is ignored."""

from __future__ import annotations

import errno
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def append_json_line(path: Path, row: Mapping[str, Any]) -> None:
    """One object more; in one piece, so that two writers do not mix. A number that is not finite is null, as in JSON.

    Raises OSError, naming the file, where the disk does not take all of it; what it took of it is removed.
    """
    known = {name: None if isinstance(value, float) and not math.isfinite(value) else value
             for name, value in row.items()}
    line = json.dumps(known).encode() + b"\n"
    try:
        with path.open("ab", buffering=0) as file:
            if (taken := file.write(line)) < len(line):
                file.truncate(file.tell() - taken)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
