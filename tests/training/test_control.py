"""α changed by hand on a live run."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.optimization import GradientDescent, schedule
from wengu.training import Silent, change_live_run, fit, mini_batches
from wengu.training.state import State

X = torch.linspace(-1, 1, 40, dtype=torch.float64)[:, None]


class Asking(Silent):
    """Asks for another α at the end of an epoch, and lets the loop look at once; stops after another."""

    def __init__(self, folder: RunFolder, *, after: int, stop: int = 10**9) -> None:
        super().__init__()
        self.folder, self.after, self.stop = folder, after, stop
        self.said: list[str] = []

    def epoch_ended(self, row: dict[str, Any], *, best: bool) -> None:
        if row["epoch"] == self.after:
            change_live_run(self.folder, {"lr": 0.05})
        if row["epoch"] == self.stop:
            raise KeyboardInterrupt

    def warn(self, text: str) -> None:
        self.said.append(text)


def model() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(1, 1).double()


def train(folder: RunFolder, watcher: Silent, **more: Any) -> Any:
    net = model()
    return fit(net, (X, 3 * X), (X, 3 * X), loss_fn=nn.functional.mse_loss, run=folder, epochs=6, batch_size=10,
               optimizer=GradientDescent(net.parameters(), lr=0.2), decay=schedule("by-epoch"), watcher=watcher, **more)


@pytest.fixture(autouse=True)
def looking_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wengu.training.control._EVERY", 0.0)


def test_parity_manual_decay(tmp_path: Path) -> None:
    """Authority: a script of plain torch, whose α is 0.2/(1+e), from epoch 3 on (e = 2) 0.05 · 3/(1+e)."""
    folder = RunFolder.create(tmp_path / "r")
    run = train(folder, Asking(folder, after=2))
    theirs = model()
    for epoch in range(6):
        lr = 0.2 / (1 + epoch) if epoch < 2 else 0.05 * 3 / (1 + epoch)
        descent = torch.optim.SGD(theirs.parameters(), lr=lr)
        for index in mini_batches(40, 10, seed=0, epoch=epoch + 1):
            descent.zero_grad()
            nn.functional.mse_loss(theirs(X[index]), 3 * X[index]).backward()
            descent.step()
    torch.testing.assert_close(run.model.weight, theirs.weight, rtol=0, atol=1e-12)
    assert folder.lines("control.jsonl") == [{"set": {"lr": 0.05}}, {"taken": 0, "step": 8}]
    assert [row["lr"] for row in run.history][1:3] == pytest.approx([0.1, 0.05])


@pytest.mark.parametrize("lost", [True, False])
def test_a_resumed_run_takes_it_up_at_the_same_step(tmp_path: Path, lost: bool) -> None:
    """From before the change was in a checkpoint, and from after: the very weights of the run that was not stopped."""
    whole = RunFolder.create(tmp_path / "whole")
    expected = train(whole, Asking(whole, after=2)).model.weight
    folder = RunFolder.create(tmp_path / "r")
    with pytest.raises(KeyboardInterrupt):
        train(folder, Asking(folder, after=2, stop=3))
    if lost:  # with the power: the change came at step 8
        (folder.path / "checkpoints" / "12" / "state.pt").write_bytes(b"")
    resumed = train(folder, Asking(folder, after=0), resume=True)
    assert torch.equal(resumed.model.weight, expected)
    assert len(folder.lines("control.jsonl")) == 2


def test_alpha_set_during_warm_up_is_not_exceeded(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "r")
    net = model()
    run = fit(net, (X, 3 * X), (X, 3 * X), loss_fn=nn.functional.mse_loss, run=folder, epochs=8, batch_size=10,
              optimizer=GradientDescent(net.parameters(), lr=0.2), decay=schedule("by-epoch", warm_up_epochs=4),
              watcher=Asking(folder, after=1))
    alphas = [row["lr"] for row in run.history]
    assert alphas[1:5] == pytest.approx([0.05] * 4) and alphas[-1] < 0.2


def test_alpha_set_where_a_schedule_stands_at_0_is_grown_to(tmp_path: Path) -> None:
    """At the first step of a warm-up from 0, as transformers has it, and where the optimiser began with α = 0."""
    for first in (0.2, 0.0):
        state = State(1, 10, 10, initial_lr=[first, first / 2], most_lr=[float("inf")] * 2)
        descent = GradientDescent([{"params": [nn.Parameter(torch.zeros(1))]} for _ in range(2)], lr=first)
        state.set_lr(0.05, 0.0)
        found = []
        for ratio in (0.0, 0.5, 1.0):
            state.decay(descent, ratio)
            found.append([group["lr"] for group in descent.param_groups])
        second = 0.5 if first else 1.0
        assert found == [pytest.approx([0.05 * ratio, 0.05 * ratio * second]) for ratio in (0.0, 0.5, 1.0)]


def test_another_thread_changes_a_run_that_trains(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "r")

    class Waiting(Asking):
        """Another thread asks as soon as the second epoch has ended; the third begins when it has asked."""

        @contextmanager
        def watching(self, state: State) -> Iterator[None]:
            self.begins, self.asks = threading.Event(), threading.Thread(target=self.ask)
            self.asks.start()
            yield

        def ask(self) -> None:
            self.begins.wait()
            change_live_run(folder, {"lr": 1e-4})

        def epoch_ended(self, row: dict[str, Any], *, best: bool) -> None:
            if row["epoch"] == 2:
                self.begins.set()
                self.asks.join()

    watcher = Waiting(folder, after=0)
    run = train(folder, watcher)
    assert run.history[-1]["lr"] < 1e-4 < run.history[1]["lr"]
    assert len(watcher.said) == 1 and "α set to 0.0001 at step" in watcher.said[0]


def test_bad_input(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "r")
    for changes, message in (({}, "expected what to set"), ({"batch_size": 3}, "set: 'batch_size' is unknown.*Choose from: lr"),
                             ({"lr": 0}, "lr: expected a number above 0, got 0")):
        with pytest.raises(InputError, match=message):
            change_live_run(folder, changes)
    assert not (folder.path / "control.jsonl").exists()


@pytest.mark.parametrize(("facts", "message"), [
    ({"stopped": "diverged"}, "run diverged, and is not continued; start a new run with a smaller --lr"),
    ({"settings": {"seed": 0}}, "run was not trained by gradient steps, and has no α to set"),  # a trainer of its own
])
def test_a_run_that_would_never_take_it_up(tmp_path: Path, facts: dict[str, Any], message: str) -> None:
    run = RunFolder.create(tmp_path / "run", **facts)
    with pytest.raises(InputError, match=message):
        change_live_run(run, {"lr": 0.1})
    assert run.lines("control.jsonl") == []
