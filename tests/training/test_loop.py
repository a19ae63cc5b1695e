"""The one loop."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from torch import Tensor, nn

from tests.waiting import bounded, kill, until
from wengu.core.batches import Batch
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.optimization import AdamW, schedule
from wengu.practice import ErrorRate
from wengu.training import Diverged, Penalty, Silent, fit
from wengu.training.checkpoint import load_checkpoint, steps_kept

Pair = tuple[Tensor, Tensor]


@pytest.fixture(scope="module")
def digits() -> tuple[Pair, Pair]:
    data = load_digits()
    x, y = torch.tensor(data.data / 16).float(), torch.tensor(data.target)
    return (x[:600], y[:600]), (x[600:900], y[600:900])


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 10))


def likeliest(model: nn.Module, batch: Batch, outputs: Tensor) -> Tensor:
    return outputs.argmax(1)


ARGUMENTS = {"loss_fn": nn.functional.cross_entropy, "judge": (likeliest, ErrorRate()), "lr": 3e-3}


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
    run = fit(ours, (x.double(), y), (dev[0].double(), dev[1]), loss_fn=nn.functional.cross_entropy, epochs=1, seed=5,
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
    run = fit(network(), *digits, **ARGUMENTS, epochs=12, monitor="metric")
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

    def __call__(self, batch: Batch) -> Batch:
        self.n -= 1
        if self.n == 0:
            signal.raise_signal(signal.SIGINT)
        return batch


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


ROOT = str(Path(__file__).parents[2])
CHILD = """
import sys, torch
sys.path.insert(0, {root!r})
from tests.training.test_loop import ARGUMENTS, network
from wengu.core.run_folder import RunFolder
from wengu.training import fit
torch.set_num_threads(1)
x, y = torch.load({data!r})
fit(network(), (x[:600], y[:600]), (x[600:900], y[600:900]), **ARGUMENTS, run=RunFolder.open({run!r}), epochs=10**6, patience=10**6)
"""


def test_kill_9_then_resume(digits: tuple[Pair, Pair], tmp_path: Path) -> None:
    """Killed at any moment: what is left is whole, and goes on to the weights of the run that was never killed."""
    (x, y), (dev_x, dev_y) = digits
    torch.save([torch.cat([x, dev_x]), torch.cat([y, dev_y])], tmp_path / "data.pt")
    folder = RunFolder.create(tmp_path / "r")
    code = CHILD.format(root=ROOT, data=str(tmp_path / "data.pt"), run=str(folder.path))
    child = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "OMP_NUM_THREADS": "1"}, preexec_fn=bounded)
    until(lambda: len(folder.metrics()) >= 3, by=child)
    child.kill()
    child.wait()
    reached = len(folder.metrics())
    torch.set_num_threads(1)
    with folder:
        resumed = fit(network(), *digits, **ARGUMENTS, run=folder, epochs=reached + 2, patience=10**6, resume=True)
    assert not list(folder.path.rglob(".part-*"))
    whole = fit(network(), *digits, **ARGUMENTS, epochs=reached + 2, patience=10**6)
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
    ({"monitor": "metric", "judge": None}, "^monitor: the metric needs a judge"),
    ({"resume": True}, "^resume: "),
])
def test_bad_arguments(digits: tuple[Pair, Pair], change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        fit(network(), *digits, **{**ARGUMENTS, **change})  # type: ignore[arg-type]


def test_empty_sets(digits: tuple[Pair, Pair]) -> None:
    train, dev = digits
    with pytest.raises(InputError, match="examples in dev: expected a number of at least 1"):
        fit(network(), train, (dev[0][:0], dev[1][:0]), **ARGUMENTS)


@pytest.mark.parametrize("without", ["train", "dev"])
def test_a_set_without_any_target(without: str) -> None:
    x, y = torch.ones(8, 2), torch.ones(8, 1)
    sets = {name: (x, torch.full_like(y, torch.nan) if name == without else y) for name in ("train", "dev")}
    with pytest.raises(InputError, match=f"targets of {without}: expected some that count, got none"):
        fit(nn.Linear(2, 1), **sets, loss_fn=nn.functional.mse_loss, num_items=lambda y: (~y.isnan()).sum())  # type: ignore[arg-type]


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


def test_a_cost_that_explodes_is_stopped_and_says_where(digits: tuple[Pair, Pair]) -> None:
    def nan(z: Tensor, y: Tensor) -> Tensor:
        return nn.functional.cross_entropy(z, y) * float("nan")

    with pytest.raises(Diverged, match=r"cost became nan in epoch 1, step 1, on the examples (\d+, ){4}\d+ and 59 more: "
                                       "the steps are too large; try a smaller --lr than 0.002, or --clip 1$"):
        fit(network(), *digits, loss_fn=nan, lr=0.002, decay=schedule("cosine"))


def test_the_guilty_examples_are_named(digits: tuple[Pair, Pair]) -> None:
    (x, y), dev = digits
    x = x.clone()
    x[17, 3], x[401, 0] = torch.nan, torch.inf
    names = [f"{i}.png" for i in range(len(x))]
    with pytest.raises(Diverged, match=r"these examples hold numbers that are not finite: 17.png, 401.png|: 17.png;|: 401.png;"):
        fit(network(), (x, y), dev, **ARGUMENTS, ids=names)


def test_what_is_not_finite_can_be_skipped_and_is_counted(digits: tuple[Pair, Pair]) -> None:
    (x, y), dev = digits
    bad = x.clone()
    bad[17, 3] = torch.nan
    run = fit(network(), (bad, y), dev, **ARGUMENTS, epochs=6, non_finite="skip")
    assert [row["skipped"] for row in run.history] == [1, 2, 3, 4, 5, 6]
    assert run.best["dev_error"] < 0.3
    assert bool(torch.isfinite(weights(run.model)).all())
    with pytest.raises(Diverged, match="epoch 1: every mini-batch was skipped"):
        fit(network(), (x * torch.nan, y), dev, **ARGUMENTS, epochs=6, non_finite="skip")


def test_micro_batches_train_as_the_whole_batch_does(digits: tuple[Pair, Pair]) -> None:
    """In float64, without dropout, whose masks are drawn piece by piece."""
    def trained(micro_batch: int | None) -> Tensor:
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)).double()
        (x, y), (dev_x, dev_y) = digits
        return weights(fit(model, (x.double(), y), (dev_x.double(), dev_y), **ARGUMENTS, epochs=2,
                           micro_batch=micro_batch).model)

    torch.testing.assert_close(trained(10), trained(None), rtol=0, atol=1e-11)


def test_the_average_is_what_is_judged_kept_and_given_back(digits: tuple[Pair, Pair], tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "r")
    run = fit(network(), *digits, **ARGUMENTS, run=folder, epochs=5, ema=0.95)
    kept, state = load_checkpoint(folder.path / "checkpoints", run.best["step"])
    assert all(torch.equal(kept[name], value) for name, value in run.model.state_dict().items())
    assert any(not torch.equal(state["own"][name], value) for name, value in kept.items())
    (x, y) = digits[1]
    with torch.no_grad():
        assert nn.functional.cross_entropy(run.model(x), y).item() == pytest.approx(run.best["dev_cost"], abs=1e-6)
    with pytest.raises(InputError, match="^ema: "):
        fit(network(), *digits, **ARGUMENTS, run=folder, epochs=6, resume=True)


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
    with pytest.raises(InputError, match=f"^{change}: the checkpoint was trained with another"):
        fit(network(), **given, **ARGUMENTS, run=folder, epochs=2, resume=True)  # type: ignore[arg-type]
    assert steps_kept(folder.path / "checkpoints") == kept and len(folder.metrics()) == 1


ZYGOTE = """
import os, sys, torch
sys.path.insert(0, {root!r})
from tests.training.test_loop import ARGUMENTS, network, noisy
from tests.waiting import bounded
from wengu.core.run_folder import RunFolder
from wengu.training import fit
torch.set_num_threads(1)
x, y = torch.load({data!r})
fit(network(), (x[:64], y[:64]), (x[:9], y[:9]), **ARGUMENTS, epochs=1)  # brings along what a first step imports
for line in sys.stdin:  # a child for each path, as importing torch takes longer than the whole test
    if (pid := os.fork()) == 0:
        bounded()
        with RunFolder.open(line.strip()) as run:
            fit(network(), (x[:600], y[:600]), (x[600:900], y[600:900]), **ARGUMENTS, run=run, resume=True, epochs=10**6,
                patience=10**6, save_every=0.0, ema=0.9, augment=noisy)
        os._exit(0)
    print(pid, flush=True)
    print(os.waitpid(pid, 0)[1], flush=True)
"""


def noisy(batch: Batch) -> Batch:
    return batch[0] + 0.1 * torch.randn_like(batch[0]), batch[1]


def test_twenty_kills_at_random_instants_and_the_very_same_weights(digits: tuple[Pair, Pair], tmp_path: Path) -> None:
    """kill -9 again and again, within epochs and within writing; the weights are those of the run left in peace.

    A checkpoint is written at every step, and training ends only after the kills: whatever the machine's pace, the
    process is there to be killed, and every other time has come further.
    """
    (x, y), (dev_x, dev_y) = digits
    torch.save([torch.cat([x, dev_x]), torch.cat([y, dev_y])], tmp_path / "data.pt")
    code = ZYGOTE.format(root=ROOT, data=str(tmp_path / "data.pt"))
    harassed = RunFolder.create(tmp_path / "harassed")
    draws, reached, folder = random.Random(0), [-1], harassed.path / "checkpoints"
    with subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "OMP_NUM_THREADS": "1"}, text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as zygote:
        assert zygote.stdin is not None and zygote.stdout is not None

        def has_come_further() -> bool:
            return steps_kept(folder)[-1:] > reached[-1:]

        for k in range(20):
            print(harassed.path, file=zygote.stdin, flush=True)
            pid = int(zygote.stdout.readline())
            if k % 2:
                until(has_come_further, by=zygote)
            time.sleep(draws.uniform(0, 0.05))  # any instant will do
            kill(pid)
            assert int(zygote.stdout.readline()) == signal.SIGKILL
            reached += steps_kept(folder)[-1:]
        zygote.stdin.close()
    assert len(set(reached)) > 10 and any(step % 10 for step in reached), reached  # within epochs, too
    settings = {**ARGUMENTS, "epochs": reached[-1] // 10 + 2, "patience": 10**6, "ema": 0.9, "augment": noisy}
    with harassed:
        fit(network(), *digits, **settings, run=harassed, resume=True)
    peace = fit(network(), *digits, **settings, run=RunFolder.create(tmp_path / "peace"))
    last = [load_checkpoint(run.path / "checkpoints", 10 * settings["epochs"])[0] for run in (peace.folder, harassed)]
    assert all(torch.equal(last[0][name], last[1][name]) for name in last[0])
    assert [row["cost"] for row in peace.history] == [row["cost"] for row in harassed.metrics()]
    assert not list(harassed.path.rglob(".part-*"))
