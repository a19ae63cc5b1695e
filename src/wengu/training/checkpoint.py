"""Checkpoints: checkpoints/<step>/{model.safetensors, state.pt, sha256}, written whole or not at all.

Weights are safetensors, the rest of the state plain values and tensors that `torch.load(weights_only=True)` admits:
nothing is unpickled. Neither format notices a flipped bit, so a SHA-256 stands beside them.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save
from torch import Tensor

from wengu.core.checks import InputError
from wengu.core.files import sha256, whole_folder
from wengu.core.words import say

_FILES = ("model.safetensors", "state.pt")


def save_checkpoint(folder: Path, step: int, weights: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
    """Write checkpoints/<step> whole, or leave what was there. Raises OSError where the disk does not take it."""
    with whole_folder(folder / str(step)) as part:
        # made in memory, so that a full disk is Python's own OSError and not each library's idea of one
        (part / _FILES[0]).write_bytes(save({name: t.detach().contiguous().cpu() for name, t in weights.items()}))
        buffer = io.BytesIO()
        torch.save(dict(state), buffer)
        (part / _FILES[1]).write_bytes(buffer.getvalue())
        (part / "sha256").write_text("".join(f"{sha256(part / name)}  {name}\n" for name in _FILES))


def load_checkpoint(folder: Path, step: int) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The weights and the state of checkpoints/<step>.

    Raises InputError where a file is missing or its SHA-256 is another than when it was written.
    """
    at = folder / str(step)
    try:
        stated = (at / "sha256").read_text().splitlines()
        damaged = next((name for name in _FILES if f"{sha256(at / name)}  {name}" not in stated), None)
    except (OSError, UnicodeDecodeError):
        damaged = "sha256"
    if damaged:
        raise InputError(say("checkpoint {path} is damaged", path=at / damaged))
    return load_file(at / _FILES[0]), torch.load(at / _FILES[1], weights_only=True)


def steps_kept(folder: Path) -> list[int]:
    """The steps of the checkpoints that are there, oldest first."""
    return sorted(int(path.name) for path in folder.glob("*") if path.name.isdigit())


def load_newest(folder: Path, *, warn: Callable[[str], None]) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The newest checkpoint; where it is damaged, the newest sound one before, which is said.

    Raises InputError where there is no sound checkpoint at all.
    """
    damage = []
    for step in reversed(steps_kept(folder)):
        try:
            found = load_checkpoint(folder, step)
        except InputError as error:
            damage.append(error)
            continue
        for found_damaged in damage:
            warn(say("{error}; the one of step {step} is used instead", error=found_damaged, step=step))
        return found
    raise InputError(say("{folder} holds no checkpoint that can be read; train anew", folder=folder))


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
    steps = steps_kept(folder)
    for step in set(steps[:-last]) - keep:
        shutil.rmtree(folder / str(step), ignore_errors=True)
