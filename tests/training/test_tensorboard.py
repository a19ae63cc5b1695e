"""The mirror for TensorBoard says what metrics.jsonl says, and never stands in training's way."""

import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

import wengu
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.training import Run, Silent, fit
from wengu.training.checkpoint import steps_kept
from wengu.training.tensorboard import PARTS, Mirror, shown

X = torch.linspace(-1, 1, 64)[:, None]


class Heard(Silent):
    """Keeps the warnings too."""

    def __init__(self) -> None:
        super().__init__()
        self.warnings: list[str] = []

    def warn(self, text: str) -> None:
        self.warnings.append(text)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "r", settings={"lr": 0.05, "data": "a|b"})


def line(run: RunFolder, epochs: int, heard: Heard, *, resume: bool = False) -> Run:
    torch.manual_seed(0)
    return fit(torch.nn.Linear(1, 1), (X, 3 * X), (X, 3 * X), loss_fn=torch.nn.functional.mse_loss, lr=0.05, batch_size=16,
               run=run, watcher=Mirror(heard, run), epochs=epochs, resume=resume)


def assert_mirrors(run: RunFolder) -> None:
    """Every value of every row, read back by TensorBoard's own reader, and no other."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    rows = run.metrics()
    assert rows
    for part in PARTS:
        events = EventAccumulator(str(run.path / "tensorboard" / part)).Reload()
        found = {tag: [(event.step, event.value) for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
        assert found.keys() == shown(part, rows[0]).keys()
        for tag, points in found.items():
            assert points == [(row["step"], pytest.approx(shown(part, row)[tag], rel=1e-6)) for row in rows]


@pytest.mark.parity
def test_parity_of_a_metric_under_its_own_name(run: RunFolder) -> None:
    """Not every epoch has looked at it."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    rows = [{"epoch": 1, "step": 4, "cost": 2.0, "dev_cost": 2.5, "lr": 0.1, "seconds": 1.0},
            {"epoch": 2, "step": 8, "cost": 1.0, "dev_cost": 1.5, "dev_BLEU": 36.8, "dev_balanced accuracy": 0.5, "seconds": 2.0}]
    mirror = Mirror(Heard(), run)
    with mirror.watching(None):  # type: ignore[arg-type]
        for row in rows:
            mirror.epoch_ended(row, best=True)
    dev, train = (EventAccumulator(str(run.path / "tensorboard" / part)).Reload() for part in ("dev", "train"))
    assert set(dev.Tags()["scalars"]) == {"cost", "BLEU", "balanced accuracy"}
    assert [(event.step, event.value) for event in dev.Scalars("BLEU")] == [(8, pytest.approx(36.8))]
    assert set(train.Tags()["scalars"]) == {"cost", "α", "seconds"}


@pytest.mark.parity
def test_parity_with_what_tensorboard_reads_back_of_a_run(photos: Path, tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    fitted = wengu.fit("lenet5", data=str(photos), epochs=2, runs=tmp_path, quiet=True, tensorboard=True)
    assert_mirrors(fitted.run_folder)
    events = EventAccumulator(str(fitted.path / "tensorboard" / "train")).Reload()
    text = events.Tensors("settings")[0].tensor_proto.string_val[0].decode()
    assert "|epochs|2|" in text and "|seed|0|" in text


@pytest.mark.parity
def test_parity_of_a_run_that_was_cut_and_resumed(run: RunFolder) -> None:
    """The mirror was ahead of the checkpoint: what came after it is forgotten, by a reader that is open too."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    heard = Heard()
    line(run, 4, heard)
    live = EventAccumulator(str(run.path / "tensorboard" / "train")).Reload()
    shutil.rmtree(run.path / "checkpoints" / str(steps_kept(run.path / "checkpoints")[-1]))
    line(run, 6, heard, resume=True)
    assert [row["epoch"] for row in run.metrics()] == [1, 2, 3, 4, 5, 6]
    assert_mirrors(run)
    assert [event.step for event in live.Reload().Scalars("cost")] == [4, 8, 12, 16, 20, 24]
    assert not heard.warnings


@pytest.mark.parity
def test_a_row_is_on_the_disk_when_its_epoch_has_ended(run: RunFolder) -> None:
    seen = []

    class Looks(Mirror):
        def epoch_ended(self, row: dict[str, Any], *, best: bool) -> None:
            super().epoch_ended(row, best=best)
            assert_mirrors(run)
            seen.append(row["epoch"])

    fit(torch.nn.Linear(1, 1), (X, 3 * X), (X, 3 * X), loss_fn=torch.nn.functional.mse_loss, run=run, epochs=2,
        watcher=Looks(Heard(), run))
    assert seen == [1, 2]


@pytest.mark.parity
def test_a_disk_that_fills_up_ends_the_mirror_and_not_the_training(run: RunFolder) -> None:
    class Fills(Heard):
        def epoch_ended(self, row: dict[str, Any], *, best: bool) -> None:
            super().epoch_ended(row, best=best)
            if row["epoch"] == 2:
                for file in run.path.glob("tensorboard/*/events*"):
                    file.unlink()
                    file.symlink_to("/dev/full")

    heard = Fills()
    assert len(line(run, 5, heard).history) == 5
    assert len(heard.warnings) == 1 and "ends here ([Errno 28] No space left on device" in heard.warnings[0]


def test_a_mirror_that_cannot_begin_warns_once(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", ModuleType("tensorboard"))  # there, whether it is or not
    (run.path / "tensorboard").write_text("in the way")
    heard = Heard()
    assert len(line(run, 3, heard).history) == 3 == len(heard.rows)
    assert len(heard.warnings) == 1 and "training goes on without it" in heard.warnings[0]


def test_without_the_package_nothing_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(InputError, match=r"pip install 'wengu\[tensorboard\]'"):
        wengu.fit("lenet5", epochs=1, runs=tmp_path / "runs", quiet=True, tensorboard=True)
    assert not (tmp_path / "runs").exists()
