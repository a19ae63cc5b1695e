"""A small training, cut by the power or by a failing disk: what `power_cut` tries, and how what is left is judged.

`python -m tests.training.cut_runs` tries every image and every fault, and tells how many; the tests take some of them.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from tests.training.failing_disk import KINDS, FailingDisk
from tests.training.power_cut import Tree, images, laid_out, no_waiting
from tests.training.recording_disk import RecordingDisk
from wengu.core.batches import Batch
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.training import control, fit
from wengu.training.checkpoint import load_checkpoint, steps_kept
from wengu.training.control import change_live_run

EPOCHS, STEPS = 3, 2
X = torch.linspace(-1, 1, 8)[:, None]
ASKED_AT = 3  # the step in which another process asks for another α

Result = tuple[bytes, tuple[tuple[Any, ...], ...]]


def trained(run: RunFolder, *, resume: bool, save_every: float = 300.0, augment: Callable[[Batch], Batch] | None = None) -> Result:
    """The weights and the history, without its clock."""
    torch.manual_seed(0)
    made = fit(nn.Linear(1, 1), (X, 3 * X), (X[:3], 3 * X[:3]), loss_fn=nn.functional.mse_loss, run=run, epochs=EPOCHS, batch_size=4,
               lr=0.1, save_every=save_every, augment=augment, resume=resume)
    steps = steps_kept(run.path / "checkpoints")
    assert steps[-1] == EPOCHS * STEPS
    newest = load_checkpoint(run.path / "checkpoints", steps[-1])[0]
    weights = b"".join(w.numpy().tobytes() for w in (*made.model.state_dict().values(), *newest.values()))
    return weights, tuple(tuple((name, value) for name, value in row.items() if name != "seconds") for row in run.metrics())


class Asks:
    """Asks for another α within a step, as `wengu runs set` does from another process."""

    def __init__(self, run: RunFolder) -> None:
        self.run, self.calls = run, 0

    def __call__(self, batch: Batch) -> Batch:
        self.calls += 1
        if self.calls == ASKED_AT + 1:
            change_live_run(self.run, {"lr": 0.05})
        return batch


def stamped(run: RunFolder) -> int | None:
    """The step at which α changed."""
    return next((row["step"] for row in run.lines("control.jsonl") if "taken" in row), None)


class References:
    """What a run gives that nothing disturbs, by the step at which its α was changed."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.known = folder, dict[int | None, Result]()

    def __getitem__(self, step: int | None) -> Result:
        if step not in self.known:
            run = RunFolder.create(self.folder / f"reference-{step}")
            if step is not None:
                run.append_line("control.jsonl", {"set": {"lr": 0.05}})
                run.append_line("control.jsonl", {"taken": 0, "step": step})
            self.known[step] = trained(run, resume=False)
        return self.known[step]


def hashes(folder: Path) -> dict[str, str]:
    """All that is there, but for the lock and for what was left half done."""
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name != "lock" and not any(part.startswith(".part-") for part in path.relative_to(folder).parts)}


def recorded(folder: Path) -> tuple[RecordingDisk, References]:
    """One run on a disk that remembers: a checkpoint at every step, α changed on the way."""
    recorder = RecordingDisk(folder / "disk")
    recorder.root.mkdir()
    with pytest.MonkeyPatch.context() as patch, no_waiting():
        patch.setattr(control, "_EVERY", 0.0)
        references = References(folder)
        with recorder.in_place(), RunFolder.create(recorder.root / "runs" / "r") as run:
            result = trained(run, resume=False, save_every=0.0, augment=Asks(run))
        assert stamped(run) == ASKED_AT + 1 and result == references[ASKED_AT + 1] != references[None]
    return recorder, references


def held(tree: Tree, at: Path, references: References) -> str:
    """What comes of the image: 'resumed' to the very digits, or 'refused' in a line with nothing changed; else it fails."""
    laid_out(tree, at)
    before = hashes(at)
    try:
        with pytest.MonkeyPatch.context() as patch, no_waiting():
            patch.setattr(control, "_EVERY", 0.0)
            try:
                with RunFolder.open(at / "runs" / "r") as run:
                    result = trained(run, resume=True)
            except (InputError, OSError) as error:
                assert "\n" not in str(error), error
                assert hashes(at) == before, f"{error}: and something was changed"
                assert "runs/r/run.json" not in before, f"refused, though the run was there: {error}"
                return "refused"
            assert result == references[stamped(run)]
            return "resumed"
    finally:
        shutil.rmtree(at)


def with_fault(kind: str, number: int, at: Path, references: References, *, begun: Tree | None = None) -> bool:
    """A run, or one that goes on from `begun`, of which a call fails; then once more. False where there are fewer calls.

    The fault is one line, or none that matters; nothing that was kept is lost; and what comes in the end are the very
    digits.
    """
    laid_out(begun or {}, at)
    path = at / "runs" / "r"
    before = max(steps_kept(path / "checkpoints"), default=-1)
    disk = FailingDisk(at, kind, number)
    try:
        with pytest.MonkeyPatch.context() as patch, no_waiting():
            patch.setattr(control, "_EVERY", 0.0)
            try:
                with disk.in_place(), RunFolder.open(path) if begun is not None else RunFolder.create(path) as run:
                    trained(run, resume=begun is not None, save_every=0.0, augment=None if begun is not None else Asks(run))
            except (InputError, OSError) as error:
                assert "\n" not in str(error), error
                assert str(at) in str(error), f"{error!r} names no file"
            assert max(steps_kept(path / "checkpoints"), default=-1) >= before, "a checkpoint was lost"
            there = (path / "run.json").exists()
            with RunFolder.open(path) if there else RunFolder.create(path) as run:
                result = trained(run, resume=there)
            assert result == references[stamped(run)]
            assert not list(at.rglob(".part-*")) or not there
        return disk.calls >= number
    finally:
        shutil.rmtree(at, ignore_errors=True)


def main() -> None:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as name:  # quick to fill and empty
        recorder, references = recorded(Path(name))
        wrong = cuts(Path(name), recorder, references) + faults(Path(name), recorder, references)
    sys.exit(bool(wrong))


def cuts(folder: Path, recorder: RecordingDisk, references: References) -> int:
    began, counts = time.monotonic(), {"resumed": 0, "refused": 0, "wrong": 0}
    for k, tree in images(recorder, every_byte=True):
        try:
            counts[held(tree, folder / "image", references)] += 1
        except Exception as error:
            counts["wrong"] += 1
            if counts["wrong"] < 10:
                print(f"after {k} operations ({recorder.log[k - 1]}): {type(error).__name__}: {error}", sorted(tree))
    print(f"power cuts: {len(recorder.log)} operations, {sum(counts.values())} images: {counts}, {time.monotonic() - began:.0f} s")
    return counts["wrong"]


def in_the_middle(recorder: RecordingDisk) -> Tree:
    """A run that a power cut ended when most of it was done."""
    return next(tree for k, tree in images(recorder, every_byte=False) if k > 0.7 * len(recorder.log))


def faults(folder: Path, recorder: RecordingDisk, references: References) -> int:
    began, counts, wrong = time.monotonic(), dict.fromkeys(KINDS, 0), 0
    for kind in KINDS:
        for begun in (None, in_the_middle(recorder)):
            for number in range(1, sys.maxsize):
                try:
                    if not with_fault(kind, number, folder / "fault", references, begun=begun):
                        break
                    counts[kind] += 1
                except Exception as error:
                    wrong += 1
                    if wrong < 10:
                        print(f"{kind} {number}{' of a resumed run' if begun else ''}: {type(error).__name__}: {error}")
                    if wrong > 100:
                        return wrong
    print(f"faults: {sum(counts.values())} held, {wrong} not: {counts}, {time.monotonic() - began:.0f} s")
    return wrong


if __name__ == "__main__":
    main()
