"""What the loop refuses to continue it says in one line, and leaves the run as it was."""

import hashlib
import pickle
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from wengu.core.checks import InputError
from wengu.core.files import sha256
from wengu.core.run_folder import RunFolder
from wengu.optimization import Momentum
from wengu.training import Penalty, Run, fit, mini_batches
from wengu.training.checkpoint import steps_kept

X = torch.linspace(-1, 1, 64)[:, None]


def line(run: RunFolder, *, x: torch.Tensor = X, model: nn.Module | None = None, epochs: int = 4, resume: bool = True) -> Run:
    return fit(model or nn.Linear(1, 1), (x, 3 * X), (X, 3 * X), loss_fn=nn.functional.mse_loss, run=run, epochs=epochs,
               resume=resume)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    made = RunFolder.create(tmp_path / "r")
    line(made, epochs=2, resume=False)
    return made


def hashes(run: RunFolder) -> dict[Path, str]:
    return {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(run.path.rglob("*")) if file.is_file()}


def flipped(at: Path, name: str) -> None:
    content = bytearray((at / name).read_bytes())
    content[len(content) // 2] ^= 1
    (at / name).write_bytes(content)


def foreign(at: Path, name: str, content: object) -> None:
    """Another program's, with the right SHA-256 beside it."""
    (at / name).write_bytes(content) if isinstance(content, bytes) else torch.save(content, at / name)
    (at / "sha256").write_text("".join(f"{sha256(at / name)}  {name}\n" for name in ("model.safetensors", "state.pt")))


@pytest.mark.parametrize(("harm", "message"), [
    (lambda at: flipped(at, "model.safetensors"), "holds no checkpoint that can be read: .*; start a new run"),
    (lambda at: flipped(at, "state.pt"), "holds no checkpoint that can be read: .*; start a new run"),
    (lambda at: (at / "sha256").unlink(), "holds no checkpoint that can be read: .*; start a new run"),
    (lambda at: foreign(at, "state.pt", {"epoch": 3, "model": {}}), "holds no checkpoint that can be read"),
    (lambda at: foreign(at, "state.pt", [1, 2]), "holds no checkpoint that can be read"),
    (lambda at: foreign(at, "state.pt", pickle.dumps({"step": object()})), "holds no checkpoint that can be read"),
    (lambda at: foreign(at, "model.safetensors", b"PK"), "holds no checkpoint that can be read"),
    (lambda at: foreign(at, "state.pt", {"step": 1, "rests_on": []}), "the checkpoint is of another network"),
], ids=["weights", "state", "no sha256", "a model", "a list", "a pickle", "a zip file", "half a state"])
def test_no_checkpoint_is_sound(run: RunFolder, harm: Callable[[Path], None], message: str) -> None:
    for step in steps_kept(run.path / "checkpoints"):
        harm(run.path / "checkpoints" / str(step))
    before = hashes(run)
    with pytest.raises(InputError, match=message) as refused:
        line(run)
    assert "\n" not in str(refused.value) and hashes(run) == before


@pytest.mark.parametrize(("model", "moved", "message"), [
    (nn.Sequential(nn.Linear(1, 2), nn.Linear(2, 1)), 0.0, "the checkpoint is of another network"),
    (nn.Linear(1, 1, bias=False), 0.0, "the checkpoint is of another network"),
    (nn.Linear(1, 1), 1e-3, "the data has changed: train is not what the checkpoint was trained on"),
], ids=["other layers", "no bias", "one number of the data"])
def test_another_network_and_other_data(run: RunFolder, model: nn.Module, moved: float, message: str) -> None:
    before = hashes(run)
    x = X.clone()
    x[17] += moved
    with pytest.raises(InputError, match=message) as refused:
        line(run, x=x, model=model)
    assert "\n" not in str(refused.value) and hashes(run) == before


def test_a_run_that_lost_its_checkpoints_is_left_as_it_is(run: RunFolder) -> None:
    """Two epochs are told of, whose weights nobody can bring back: what is told of them is not thrown away."""
    for step in steps_kept(run.path / "checkpoints"):
        shutil.rmtree(run.path / "checkpoints" / str(step))
    before = hashes(run)
    with pytest.raises(InputError, match="has no checkpoint, and metrics.jsonl tells of 2 epochs: their weights are gone; start a new run"):
        line(run)
    assert hashes(run) == before


def test_a_run_that_was_stopped_before_its_first_checkpoint_begins_anew(run: RunFolder) -> None:
    for step in steps_kept(run.path / "checkpoints"):
        shutil.rmtree(run.path / "checkpoints" / str(step))
    metrics = run.path / "metrics.jsonl"
    metrics.write_bytes(metrics.read_bytes().splitlines(keepends=True)[0])
    assert [row["epoch"] for row in line(run).history] == [1, 2, 3, 4]


@pytest.mark.parametrize("row", [1, 4_321, 8_998])
def test_any_number_of_a_large_set_counts(tmp_path: Path, row: int) -> None:
    x, y = torch.linspace(-1, 1, 9000)[:, None], torch.zeros(9000, 1)
    made = RunFolder.create(tmp_path / "large")
    settings: dict[str, Any] = {"loss_fn": nn.functional.mse_loss, "run": made, "batch_size": 9000}
    fit(nn.Linear(1, 1), (x, y), (x[:9], y[:9]), epochs=1, **settings)
    x[row] += 1e-3
    with pytest.raises(InputError, match="the data has changed: train is not what the checkpoint was trained on"):
        fit(nn.Linear(1, 1), (x, y), (x[:9], y[:9]), epochs=2, resume=True, **settings)


@pytest.mark.parametrize(("changed", "message"), [
    ({"lr": 1e-5}, "lr: the checkpoint was trained with 0.001, got 1e-05; give the same, or start a new run"),
    ({"clip": 0.1}, "clip: the checkpoint was trained with None, got 0.1"),
    ({"ema": 0.9}, "ema: the checkpoint was trained with 0.0, got 0.9"),
    ({"optimizer": Momentum}, "optimizer: the checkpoint was trained with Adam, got Momentum"),
    ({"penalty": True}, "l2: the checkpoint was trained with 0.0, got 0.5"),
], ids=str)
def test_what_decides_the_steps_does_not_change(run: RunFolder, changed: dict[str, Any], message: str) -> None:
    before, model = hashes(run), nn.Linear(1, 1)
    if "optimizer" in changed:
        changed = {"optimizer": changed["optimizer"](model.parameters(), lr=1e-3)}
    if "penalty" in changed:
        changed = {"penalty": Penalty(model.parameters(), l2=0.5)}
    with pytest.raises(InputError, match=message):
        fit(model, (X, 3 * X), (X, 3 * X), loss_fn=nn.functional.mse_loss, run=run, epochs=4, resume=True, **changed)
    assert hashes(run) == before


def test_a_run_that_has_only_skipped_yet_goes_on_with_its_average(tmp_path: Path) -> None:
    """No step was taken, so there is no average to judge; there is one to go on with."""
    made = RunFolder.create(tmp_path / "skips")
    x = X.clone()
    x[:32] = torch.nan

    def half(epochs: int, *, stop: bool = False, **more: Any) -> Run:
        calls = [0]

        def loss_fn(z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            calls[0] += 1
            if stop and calls[0] == 1:
                signal.raise_signal(signal.SIGINT)
            return nn.functional.mse_loss(z, y)

        return fit(nn.Linear(1, 1), (x, 3 * x), (X, 3 * X), loss_fn=loss_fn, run=made, epochs=epochs, ema=0.9,
                   batch_size=1, seed=seed, non_finite="skip", **more)

    seed = next(s for s in range(99) if int(mini_batches(64, 1, seed=s, epoch=1)[0]) < 32)  # begins with one to skip
    assert half(2, stop=True).stopped == "interrupted" and steps_kept(made.path / "checkpoints")[-1] == 1
    assert half(2, resume=True).history[-1]["epoch"] == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's full disk")
def test_a_history_for_which_there_is_no_room_is_named(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "r")
    (run.path / "metrics.jsonl").symlink_to("/dev/full")
    with pytest.raises(OSError, match=r"No space left on device: '.*metrics\.jsonl'"):
        line(run, resume=False)
    assert steps_kept(run.path / "checkpoints") == [0]
