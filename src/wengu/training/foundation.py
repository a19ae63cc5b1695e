"""What a checkpoint rests on: files of the run beside it, which must be on the disk before it is.

    metrics.jsonl, control.jsonl      the lines that there were; more may have come since
    split.csv                         all of it

Each checkpoint keeps how many bytes these files had, and the SHA-256 of those bytes. Where a file has fewer by now, or
others, the checkpoint is not gone on from: the one before may rest on what is left.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from wengu.core import disk
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.regular_file import NotRegular, open_regular
from wengu.core.run_folder import RunFolder
from wengu.core.safe_read import is_file

FILES = ("metrics.jsonl", "control.jsonl", "split.csv")
_PIECE = 1 << 20


class Foundation:
    """The files of a run that its checkpoints rest on; each is read once, as it grows."""

    def __init__(self, run: RunFolder) -> None:
        self._run = run
        self._read = {name: (hashlib.sha256(), 0) for name in FILES}
        self._kept = dict.fromkeys(FILES, 0)  # bytes that are on the disk

    def measured(self) -> dict[str, list[Any]]:
        """Of each file that is there its bytes and their SHA-256."""
        return {name: [self._read[name][1], digest] for name in FILES if (digest := self._digest(name)) is not None}

    def sync(self) -> None:
        """Put onto the disk what came since the last time."""
        grown = [name for name in FILES if is_file(self._run.path / name)
                 and self._kept[name] != (self._run.path / name).stat().st_size]
        for name in grown:
            size = (self._run.path / name).stat().st_size
            disk.sync_file(self._run.path / name)
            if not self._kept[name]:  # it may be a new one
                disk.sync_folder(self._run.path)
            self._kept[name] = size

    def _digest(self, name: str) -> str | None:
        digest, n = self._read[name]
        if not is_file(self._run.path / name):
            return None
        with open_regular(self._run.path / name) as file:
            file.seek(n)
            while piece := file.read(_PIECE):
                digest.update(piece)
                n += len(piece)
        self._read[name] = digest, n
        return digest.hexdigest()


def check_foundation(run: RunFolder, state: Mapping[str, Any]) -> None:
    """Raises InputError, which names the file, where what the checkpoint rests on is no longer there.

    Checkpoints of before keep `metrics_offset` alone.
    """
    kept = {"metrics.jsonl": (state.get("metrics_offset", 0), ""), **state.get("files", {})}
    for name, (size, digest) in kept.items():
        path, step = run.path / name, state["step"]
        found, left = hashlib.sha256(), size
        try:
            with open_regular(path) as file:
                while piece := file.read(min(left, _PIECE)):
                    found.update(piece)
                    left -= len(piece)
        except (FileNotFoundError, NotRegular):
            pass
        if left:
            raise InputError(say("checkpoint {step}: {path}, on which it rests, is shorter than it was ({found:,} of "
                                 "{size:,} B)", step=step, path=path, size=size, found=size - left))
        if digest and found.hexdigest() != digest:
            raise InputError(say("checkpoint {step}: {path}, on which it rests, is not what it was", step=step,
                                 path=path))
