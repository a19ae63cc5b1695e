"""Checkpoints: checkpoints/<step>/{model.safetensors, state.pt, sha256}, written whole or not at all.

Weights are safetensors, the rest of the state plain values and tensors that `torch.load(weights_only=True)` admits:
nothing is unpickled. Neither format notices a flipped bit, so a SHA-256 stands beside them. What a checkpoint rests on
is on the disk before it is (foundation.py). A second thread writes, while training goes on; it calls nothing of torch,
whose kernels would from then on share the cores with its threads.
"""

from __future__ import annotations

import errno
import io
import time
import zipfile
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import torch
from safetensors.torch import load, load_file, save
from torch import Tensor

from wengu.core import disk
from wengu.core.checks import InputError
from wengu.core.files import remove_aside, remove_folders, set_aside, sha256, whole_folder, write
from wengu.core.i18n import say
from wengu.core.regular_file import read_regular, read_text
from wengu.core.run_folder import RunFolder
from wengu.training.foundation import Foundation, check_foundation
from wengu.training.state import State

_FILES = ("model.safetensors", "state.pt")
_DAMAGE = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.EIO)  # of a file; others are of this moment


def save_checkpoint(folder: Path, step: int, weights: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
    """Write checkpoints/<step> whole, or leave what was there. Raises OSError where the disk does not take it.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     save_checkpoint(Path(folder), 7, {"W": torch.ones(2)}, {"step": 7})
    ...     weights, state = load_checkpoint(Path(folder), 7)
    >>> weights["W"], state["step"]
    (tensor([1., 1.]), 7)
    """
    _write(folder / str(step), _serialised(weights, state))


def _serialised(weights: Mapping[str, Tensor], state: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """The two files, in memory: a full disk is then Python's own OSError and not each library's idea of one."""
    buffer = io.BytesIO()
    torch.save(dict(state), buffer)
    return save({name: t.detach().contiguous().cpu() for name, t in weights.items()}), buffer.getvalue()


def _write(folder: Path, contents: tuple[bytes, bytes]) -> None:
    with whole_folder(folder) as part:
        for name, content in zip(_FILES, contents, strict=True):
            write(part / name, content)
        write(part / "sha256", "".join(f"{sha256(part / name)}  {name}\n" for name in _FILES))


class Writer:
    """Writes a run's checkpoints, one after the other, on a thread of its own; without a run, nothing.

    What is given may change afterwards. An error of writing is raised by the next `write`, or when the block ends.
    """

    def __init__(self, run: RunFolder | None) -> None:
        self._run = run
        self._foundation = Foundation(run) if run else None
        self._thread = ThreadPoolExecutor(1, "checkpoint")
        self._pending: Future[None] | None = None
        self._aside: list[Path] = []  # forgotten by name, not yet removed

    def write(self, state: State, weights: Mapping[str, Tensor], rest: Mapping[str, Any]) -> None:
        """checkpoints/<step>; all but the last two and the best are then forgotten."""
        state.seconds, state.since = state.elapsed(), time.monotonic()
        if self._run is None or self._foundation is None:
            return
        self.wait()
        foundation = self._foundation
        folder, step, keep = self._run.path / "checkpoints", state.step, {state.best.get("step", 0)}
        contents = _serialised(weights, {**rest, "metrics_offset": self._run.metrics_offset(),
                                          "files": foundation.measured()})

        def job() -> None:
            foundation.sync()
            _write(folder / str(step), contents)
            remove_aside(self._aside)  # for writing has synced their folder
            with suppress(OSError):  # another time
                self._aside = set_aside(*_superfluous(folder, keep=keep))

        self._pending = self._thread.submit(job)

    def wait(self) -> None:
        """Until all is written. Raises OSError where the disk did not take it."""
        if self._pending is not None:
            pending, self._pending = self._pending, None
            pending.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self.wait()
            if self._aside:
                disk.sync_folder(self._aside[0].parent)
                remove_aside(self._aside)
        except OSError:
            if error is None:
                raise
        finally:
            self._thread.shutdown()


def load_checkpoint(folder: Path, step: int) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The weights and the state of checkpoints/<step>.

    Raises InputError where a file is missing, its SHA-256 is another than when it was written, or another program
    wrote it; OSError where it may not be read.
    """
    at = folder / str(step)
    try:
        stated = read_text(at / "sha256").splitlines()
        damaged = next((name for name in _FILES if f"{sha256(at / name)}  {name}" not in stated), None)
    except UnicodeDecodeError:
        damaged = "sha256"
    except OSError as error:
        if error.errno not in _DAMAGE:
            raise
        damaged = "sha256"
    if damaged:
        raise InputError(say("checkpoint {path} is damaged", path=at / damaged))
    try:
        weights, state = tensors_in(at / _FILES[0]), _state_in(at / _FILES[1])
        state["step"]
    except Exception as error:  # each library has its own for a file of another program, or one that carries code
        raise InputError(say("checkpoint {path} was changed after wengu wrote it ({error})", path=at,
                             error=type(error).__name__)) from error
    return weights, state


def _state_in(path: Path) -> dict[str, Any]:
    """What torch has saved there. It packs nothing: a file whose parts are packed could unpack to any size."""
    with zipfile.ZipFile(path) as parts:
        if any(part.compress_type != zipfile.ZIP_STORED for part in parts.infolist()):
            raise ValueError(path)
    state: dict[str, Any] = torch.load(path, weights_only=True)
    return state


def tensors_in(path: Path) -> dict[str, torch.Tensor]:
    """What a safetensors file holds, whatever its name: the library takes names that are UTF-8 alone."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return load(read_regular(path))
    return load_file(path)


def steps_kept(folder: Path) -> list[int]:
    """The steps of the checkpoints that are there, oldest first. Raises OSError where the folder may not be read."""
    try:
        return sorted(int(path.name) for path in folder.iterdir() if path.name.isascii() and path.name.isdigit())
    except FileNotFoundError:
        return []


def load_newest(
    folder: Path, *, warn: Callable[[str], None], of: RunFolder | None = None
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The newest checkpoint; where it is damaged, the newest sound one before, which is said.

    `of` is the run that goes on from it: what the checkpoint rests on must then be there, too.

    Raises InputError where there is no sound checkpoint at all.
    """
    damage = []
    for step in reversed(steps_kept(folder)):
        try:
            found = load_checkpoint(folder, step)
            if of is not None:
                check_foundation(of, found[1])
        except InputError as error:
            damage.append(error)
            continue
        for found_damaged in damage:
            warn(say("{error}; the one of step {step} is used instead", error=found_damaged, step=step))
        return found
    if damage:
        raise InputError(say("{folder} holds no checkpoint that can be read: {error}; start a new run", folder=folder,
                             error=damage[0]))
    raise InputError(say("{folder} holds no checkpoint that can be read; start a new run", folder=folder))


def load_best(folder: Path, *, warn: Callable[[str], None]) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The checkpoint that was best on dev by the time of the newest sound one; that one where it is damaged, and said.

    Before the first epoch has ended there is no best one, and the newest is taken.
    """
    weights, state = load_newest(folder, warn=warn)
    best = (state.get("best") or state)["step"]
    if best == state["step"]:
        return weights, state
    try:
        return load_checkpoint(folder, best)
    except InputError as error:
        warn(say("{error}; the one of step {step} is used instead", error=error, step=state["step"]))
        return weights, state


def forget_checkpoints(folder: Path, *, keep: set[int], last: int = 2) -> None:
    """Remove all but the last few and those named."""
    remove_folders(*_superfluous(folder, keep=keep, last=last))


def _superfluous(folder: Path, *, keep: set[int], last: int = 2) -> list[Path]:
    return [folder / str(step) for step in steps_kept(folder)[:-last] if step not in keep]


def forget_later(folder: Path, *, than: int) -> None:
    """Remove what is of later steps than training goes on from: the run will be another there, if only by a date."""
    remove_folders(*(folder / str(step) for step in steps_kept(folder) if step > than))
