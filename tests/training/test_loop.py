"""The one loop."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from sklearn.datasets import load_digits  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from torch import Tensor, nn

from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.optimization import AdamW, schedule
from wengu.training import Diverged, Silent, fit
from wengu.training.checkpoint import steps_kept

Pair = tuple[Tensor, Tensor]


@pytest.fixture(scope="module")
def digits() -> tuple[Pair, Pair]:
    data = load_digits()
    x, y = torch.tensor(data.data / 16).float(), torch.tensor(data.target)
    return (x[:600], y[:600]), (x[600:900], y[600:900])


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 10))


def wrong(z: Tensor, y: Tensor) -> Tensor:
    return (z.argmax(1) != y).float()


ARGUMENTS = {"objective": nn.functional.cross_entropy, "metric": wrong, "lr": 3e-3}


def weights(model: nn.Module) -> Tensor:
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def test_it_learns_digits_and_keeps_the_history(digits: tuple[Pair, Pair], tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "r")
    run = fit(network(), *digits, **ARGUMENTS, run=folder, epochs=40, patience=40)
    assert run.stopped == "epochs" and [row["epoch"] for row in run.history] == list(range(1, 41))
    assert run.history == folder.metrics()
    (x, y), (dev_x, dev_y) = digits
    linear = LogisticRegression(max_iter=1000).fit(x.numpy(), y.numpy()).score(dev_x.numpy(), dev_y.numpy())
    assert run.best["dev_error"] < 1 - linear + 0.03
    assert run.history[0]["cost"] > 3 * run.history[-1]["cost"]


def test_parity_of_one_epoch_with_plain_torch(digits: tuple[Pair, Pair]) -> None:
    """Authority: torch.optim.AdamW and cross_entropy in a script of five lines, in float64 to 1e-12."""
    from wengu.training import mini_batches

    (x, y), dev = digits
    ours, theirs = (nn.Linear(64, 10).double() for _ in range(2))
    theirs.load_state_dict(ours.state_dict())
    run = fit(ours, (x.double(), y), (dev[0].double(), dev[1]), objective=nn.functional.cross_entropy, epochs=1, seed=5,
              optimizer=AdamW(ours.parameters(), weight_decay=1e-3))
    adam = torch.optim.AdamW(theirs.parameters(), lr=1e-3, weight_decay=1e-3)
    for index in mini_batches(600, 64, seed=5, epoch=1):
        adam.zero_grad()
        nn.functional.cross_entropy(theirs(x[index].double()), y[index]).backward()
        adam.step()
    torch.testing.assert_close(weights(run.model), weights(theirs), rtol=0, atol=1e-12)
    expected = nn.functional.cross_entropy(theirs(dev[0].double()), dev[1]).item()
    assert run.history[0]["dev_cost"] == pytest.approx(expected, abs=1e-12)


def test_early_stopping_restores_the_best_point(digits: tuple[Pair, Pair]) -> None:
    """The dev labels are shuffled, so that training soon makes dev worse."""
    train, (x, y) = digits
    noise = (x, y[torch.randperm(len(y), generator=torch.Generator().manual_seed(0))])
    run = fit(network(), train, noise, **ARGUMENTS, epochs=50, patience=3)
    assert run.stopped == "early"
    assert len(run.history) == run.best["epoch"] + 3
    run.model.eval()
    with torch.no_grad():
        cost = nn.functional.cross_entropy(run.model(noise[0]), noise[1]).item()
    assert cost == pytest.approx(run.best["dev_cost"], abs=1e-6)
    assert run.best["dev_cost"] == min(row["dev_cost"] for row in run.history)


def test_monitoring_the_error(digits: tuple[Pair, Pair]) -> None:
    run = fit(network(), *digits, **ARGUMENTS, epochs=12, monitor="error")
    assert run.best["dev_error"] == min(row["dev_error"] for row in run.history)


def test_the_same_seed_gives_the_same_weights_and_leaves_the_callers_randomness(digits: tuple[Pair, Pair]) -> None:
    torch.manual_seed(7)
    a = fit(network(), *digits, **ARGUMENTS, epochs=2)
    torch.manual_seed(7)
    before = torch.random.get_rng_state()
    b = fit((torch.random.fork_rng(), network())[1], *digits, **ARGUMENTS, epochs=2)
    assert torch.equal(weights(a.model), weights(b.model))
    model = network()
    before = torch.random.get_rng_state()
    fit(model, *digits, **ARGUMENTS, epochs=1)
    assert torch.equal(before, torch.random.get_rng_state())
    c = fit(network(), *digits, **ARGUMENTS, epochs=2, seed=1)
    assert not torch.equal(weights(a.model), weights(c.model))


class Interrupting(Silent):
    """Presses Ctrl-C at the end of an epoch, or within it."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.epoch = epoch

    def epoch_ended(self, row: dict[str, object], *, best: bool) -> None:
        super().epoch_ended(row, best=best)
        if row["epoch"] == self.epoch:
            signal.raise_signal(signal.SIGINT)


class PressesAt:
    """An augmentation that changes nothing and presses Ctrl-C at its n-th batch."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __call__(self, x: Tensor) -> Tensor:
        self.n -= 1
        if self.n == 0:
            signal.raise_signal(signal.SIGINT)
        return x


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
    run = fit(network(), *digits, **ARGUMENTS, run=RunFolder.create(tmp_path / "r"), epochs=9, watcher=Interrupting(3))
    assert run.stopped == "interrupted" and len(run.history) == 3 and run.best["epoch"] in (1, 2, 3)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


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


CHILD = """
import sys, torch
sys.path.insert(0, {tests!r})
from test_loop import ARGUMENTS, network
from wengu.core.run_folder import RunFolder
from wengu.training import fit
torch.set_num_threads(1)
x, y = torch.load({data!r})
fit(network(), (x[:600], y[:600]), (x[600:900], y[600:900]), **ARGUMENTS, run=RunFolder.open({run!r}), epochs=4000, patience=4000)
"""


def test_kill_9_then_resume(digits: tuple[Pair, Pair], tmp_path: Path) -> None:
    """Killed at any moment: what is left is whole, and goes on to the weights of the run that was never killed."""
    (x, y), (dev_x, dev_y) = digits
    torch.save([torch.cat([x, dev_x]), torch.cat([y, dev_y])], tmp_path / "data.pt")
    folder = RunFolder.create(tmp_path / "r")
    code = CHILD.format(tests=str(Path(__file__).parent), data=str(tmp_path / "data.pt"), run=str(folder.path))
    child = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "OMP_NUM_THREADS": "1"})
    deadline = time.monotonic() + 60
    while len(folder.metrics()) < 3 and time.monotonic() < deadline:
        time.sleep(0.005)
    child.kill()
    child.wait()
    reached = len(folder.metrics())
    assert reached >= 3
    torch.set_num_threads(1)
    with folder:
        resumed = fit(network(), *digits, **ARGUMENTS, run=folder, epochs=reached + 2, patience=4000, resume=True)
    assert not list(folder.path.rglob(".part-*"))
    whole = fit(network(), *digits, **ARGUMENTS, epochs=reached + 2, patience=4000)
    assert [row["epoch"] for row in resumed.history] == list(range(1, reached + 3))
    assert torch.equal(weights(whole.model), weights(resumed.model))


def test_a_full_disk_stops_with_its_name_and_keeps_the_run(
    digits: tuple[Pair, Pair], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = RunFolder.create(tmp_path / "r")
    real, calls = Path.write_bytes, []

    def full(path: Path, content: bytes) -> int:
        if path.name == "model.safetensors":
            calls.append(1)
        if len(calls) == 4:
            raise OSError(28, "No space left on device")
        return real(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left on device"):
        fit(network(), *digits, **ARGUMENTS, run=folder, epochs=9)
    assert steps_kept(folder.path / "checkpoints")[-1] == 20
    monkeypatch.undo()
    run = fit(network(), *digits, **ARGUMENTS, run=folder, epochs=4, resume=True)
    assert [row["epoch"] for row in run.history] == [1, 2, 3, 4]


@pytest.mark.parametrize(("change", "message"), [
    ({"lr": 0}, "^lr: expected a number above 0, got 0"),
    ({"lr": -0.1}, "^lr: "),
    ({"epochs": 0}, "^epochs: "),
    ({"batch_size": 0}, "^batch_size: "),
    ({"patience": 0}, "^patience: "),
    ({"monitor": "f1"}, "^monitor: 'f1' is unknown"),
    ({"monitor": "error", "metric": None}, "^monitor: 'error' needs a metric"),
    ({"resume": True}, "^resume: "),
])
def test_bad_arguments(digits: tuple[Pair, Pair], change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        fit(network(), *digits, **{**ARGUMENTS, **change})  # type: ignore[arg-type]


def test_empty_sets(digits: tuple[Pair, Pair]) -> None:
    train, dev = digits
    with pytest.raises(InputError, match="examples in dev: expected a number of at least 1"):
        fit(network(), train, (dev[0][:0], dev[1][:0]), **ARGUMENTS)


def test_a_cost_that_explodes_is_stopped(digits: tuple[Pair, Pair]) -> None:
    def nan(z: Tensor, y: Tensor) -> Tensor:
        return nn.functional.cross_entropy(z, y) * float("nan")

    with pytest.raises(Diverged, match="cost became nan in epoch 1.*a smaller --lr than 0.002$"):
        fit(network(), *digits, objective=nan, lr=0.002, decay=schedule("cosine"))


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
