"""A training that was stopped goes on to the very same weights, from what it kept, or says why it cannot."""

import random
import signal
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from tests.training.digits import ARGUMENTS, Pair, PressesAt, network, weights
from wengu.core.batches import Batch
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.optimization import AdamW, schedule
from wengu.training import Penalty, Silent, checkpoint, fit
from wengu.training.checkpoint import steps_kept


class Interrupting(Silent):
    """Presses Ctrl-C at the end of an epoch, or within it."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.epoch = epoch

    def epoch_ended(self, row: dict[str, object], *, best: bool) -> None:
        super().epoch_ended(row, best=best)
        if row["epoch"] == self.epoch:
            signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("at", [1, 10, 14, 33])
def test_ctrl_c_in_mid_epoch_then_resume_gives_the_very_same_weights(digits: tuple[Pair, Pair], tmp_path: Path, at: int) -> None:
    whole = fit(network(), *digits, **ARGUMENTS, run=RunFolder.create(tmp_path / "whole"), epochs=4)
    folder = RunFolder.create(tmp_path / "cut")
    first = fit(network(), *digits, **ARGUMENTS, run=folder, epochs=4, augment=PressesAt(at))
    assert first.stopped == "interrupted"
    assert steps_kept(folder.path / "checkpoints")[-1] == at
    second = fit(network(), *digits, **ARGUMENTS, run=folder, epochs=4, resume=True)
    assert torch.equal(weights(whole.model), weights(second.model))
    assert [row["cost"] for row in second.history] == pytest.approx([row["cost"] for row in whole.history], abs=1e-6)


def test_ctrl_c_leaves_the_best_point_and_usable_history(digits: tuple[Pair, Pair], tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)  # a shell's background job begins with one that ignores
    run = fit(network(), *digits, **ARGUMENTS, run=RunFolder.create(tmp_path / "r"), epochs=9, watcher=Interrupting(3))
    assert run.stopped == "interrupted" and len(run.history) == 3 and run.best["epoch"] in (1, 2, 3)
    assert signal.getsignal(signal.SIGINT) is before


def test_resume_of_a_finished_run_changes_nothing(digits: tuple[Pair, Pair], tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "r")
    a = fit(network(), *digits, **ARGUMENTS, run=folder, epochs=3)
    b = fit(network(), *digits, **ARGUMENTS, run=folder, epochs=3, resume=True)
    assert torch.equal(weights(a.model), weights(b.model)) and len(b.history) == 3


def test_resume_passes_over_a_damaged_checkpoint(digits: tuple[Pair, Pair], tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "r")
    fit(network(), *digits, **ARGUMENTS, run=folder, epochs=3)
    newest = steps_kept(folder.path / "checkpoints")[-1]
    (folder.path / "checkpoints" / str(newest) / "model.safetensors").write_bytes(b"damage")
    with pytest.warns(UserWarning, match=rf"{newest}.* is damaged; the one of step 20 is used"):
        run = fit(network(), *digits, **ARGUMENTS, run=folder, epochs=3, resume=True)
    assert [row["epoch"] for row in run.history] == [1, 2, 3]


def test_a_full_disk_stops_with_its_name_and_keeps_the_run(
    digits: tuple[Pair, Pair], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = RunFolder.create(tmp_path / "r")
    real, calls = checkpoint.write, []

    def full(path: Path, content: bytes | str) -> None:
        if path.name == "model.safetensors":
            calls.append(1)
        if len(calls) == 4:
            raise OSError(28, "No space left on device")
        real(path, content)

    monkeypatch.setattr(checkpoint, "write", full)
    with pytest.raises(OSError, match="No space left on device"):
        fit(network(), *digits, **ARGUMENTS, run=folder, epochs=9)
    assert steps_kept(folder.path / "checkpoints")[-1] == 20
    monkeypatch.undo()
    run = fit(network(), *digits, **ARGUMENTS, run=folder, epochs=4, resume=True)
    assert [row["epoch"] for row in run.history] == [1, 2, 3, 4]


def test_fewer_epochs_than_are_done(digits: tuple[Pair, Pair], tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "r")
    fit(network(), *digits, **ARGUMENTS, run=folder, epochs=3)
    with pytest.raises(InputError, match="epochs: expected more than the 3 that the run has done, got 2"):
        fit(network(), *digits, **ARGUMENTS, run=folder, epochs=2, resume=True)


def test_the_network_must_be_the_checkpoints(digits: tuple[Pair, Pair], tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "r")
    fit(network(), *digits, **ARGUMENTS, run=folder, epochs=1)
    with pytest.raises(InputError, match="checkpoint is of another network"):
        fit(nn.Linear(64, 10), *digits, **ARGUMENTS, run=folder, epochs=2, resume=True)


@pytest.mark.parametrize("at", [4, 10, 13])
def test_everything_that_moves_goes_on_bit_for_bit(digits: tuple[Pair, Pair], tmp_path: Path, at: int) -> None:
    """Average, penalty, clipping, decay, batch normalisation, micro-batches and dropout, stopped anywhere."""
    def made() -> dict[str, object]:
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(64, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 10))
        return {"model": model, "optimizer": AdamW(model.parameters(), lr=3e-3, weight_decay=0.01),
                "penalty": Penalty(model.parameters(), l2=1e-4, l1=1e-4), "clip": 0.5, "ema": 0.9, "micro_batch": 24,
                "decay": schedule("cosine", warm_up_epochs=1), "epochs": 3, "train": digits[0], "dev": digits[1],
                **{k: v for k, v in ARGUMENTS.items() if k != "lr"}}

    whole = fit(**made(), run=RunFolder.create(tmp_path / "whole"))  # type: ignore[arg-type]
    folder = RunFolder.create(tmp_path / "cut")
    assert fit(**made(), run=folder, augment=PressesAt(at)).stopped == "interrupted"  # type: ignore[arg-type]
    resumed = fit(**made(), run=folder, resume=True)  # type: ignore[arg-type]
    assert torch.equal(weights(whole.model), weights(resumed.model))
    assert all(torch.equal(a, b) for a, b in zip(whole.model.buffers(), resumed.model.buffers(), strict=True))
    assert [{**row, "seconds": 0} for row in whole.history] == [{**row, "seconds": 0} for row in resumed.history]


class Noisy(torch.utils.data.Dataset[Pair]):
    """A Dataset that draws from Python's and NumPy's generators, as augmentation libraries do."""

    def __init__(self, pair: Pair) -> None:
        self.x, self.y = pair

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, i: int) -> Pair:
        return self.x[i] + random.random() + float(np.random.random()), self.y[i]  # noqa: NPY002


def test_a_datasets_own_draws_are_repeated_too(digits: tuple[Pair, Pair], tmp_path: Path) -> None:
    train = Noisy((digits[0][0][:200], digits[0][1][:200]))
    before = random.getstate()
    whole = fit(network(), train, digits[1], **ARGUMENTS, epochs=2)
    assert random.getstate() == before
    folder = RunFolder.create(tmp_path / "cut")
    fit(network(), train, digits[1], **ARGUMENTS, epochs=2, run=folder, augment=PressesAt(6))
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002
    resumed = fit(network(), train, digits[1], **ARGUMENTS, epochs=2, run=folder, resume=True)
    assert torch.equal(weights(whole.model), weights(resumed.model))


def test_long_epochs_are_saved_within(digits: tuple[Pair, Pair], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that goes on by a second a step: the last two that are kept are of 9 seconds and of the epoch's end."""
    folder, now = RunFolder.create(tmp_path / "r"), [time.monotonic()]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def slow(batch: Batch) -> Batch:
        now[0] += 1
        return batch

    fit(network(), *digits, **ARGUMENTS, run=folder, epochs=1, augment=slow, save_every=3.0)
    assert steps_kept(folder.path / "checkpoints") == [9, 10]


@pytest.mark.parametrize("change", ["train", "dev", "seed", "batch_size"])
def test_resume_needs_the_same_data_and_order(digits: tuple[Pair, Pair], tmp_path: Path, change: str) -> None:
    folder = RunFolder.create(tmp_path / "r")
    fit(network(), *digits, **ARGUMENTS, run=folder, epochs=1)
    kept = steps_kept(folder.path / "checkpoints")
    train, dev = digits
    given: dict[str, object] = {"train": train, "dev": dev, "seed": 0, "batch_size": 64}
    given[change] = {"train": (train[0] + 0.5, train[1]), "dev": (dev[0][:-1], dev[1][:-1]), "seed": 3, "batch_size": 32}[change]
    message = (f"^the data has changed: {change} is not what" if change in ("train", "dev") else
               f"^{change}: the checkpoint was trained with another")
    with pytest.raises(InputError, match=message):
        fit(network(), **given, **ARGUMENTS, run=folder, epochs=2, resume=True)  # type: ignore[arg-type]
    assert steps_kept(folder.path / "checkpoints") == kept and len(folder.metrics()) == 1
