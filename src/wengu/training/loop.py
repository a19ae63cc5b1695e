"""The one loop: mini-batches, an optimiser, a checkpoint every epoch, early stopping, and the best point restored.

    for epoch e = 1, 2, ...
        for X^{t}, Y^{t} in the shuffled mini-batches, with α <- α0 · decay(step):
            W <- the optimiser's step on dJ^{t}/dW
        J_dev <- the cost on dev;  keep the weights where it is the lowest;  stop after `patience` epochs without

Randomness is a function of (seed, step): the order of the batches, and, because torch's generator is set anew at every
step, dropout and augmentation. So a run that is resumed repeats the one that was never stopped.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import Dataset, TensorDataset

from wengu.core.checks import InputError, at_least, one_of, positive
from wengu.core.run_folder import RunFolder
from wengu.core.seeds import seed_for
from wengu.core.words import say
from wengu.optimization import Adam, Schedule
from wengu.training.checkpoint import forget_checkpoints, load_best, load_newest, save_checkpoint, steps_kept
from wengu.training.control import Control
from wengu.training.early_stopping import EarlyStopping
from wengu.training.evaluation import evaluate
from wengu.training.interruption import Interruption
from wengu.training.mini_batches import Batch, batch_of, mini_batches, size_of
from wengu.training.penalty import Penalty
from wengu.training.progress import Silent, Watcher
from wengu.training.state import State

Objective = Callable[[Tensor, Tensor], Tensor]
Stopped = Literal["epochs", "early", "interrupted"]


class Diverged(InputError):
    """The cost is no longer a number; the same settings would lead there again."""


@dataclass
class Run:
    """What training leaves: the model at its best point, and the history."""

    model: nn.Module
    folder: RunFolder | None
    history: list[dict[str, Any]]
    best: dict[str, Any]
    stopped: Stopped
    seconds: float


def fit(
    model: nn.Module,
    train: Dataset[Batch] | tuple[Tensor, Tensor],
    dev: Dataset[Batch] | tuple[Tensor, Tensor],
    *,
    objective: Objective,
    metric: Objective | None = None,
    run: RunFolder | None = None,
    epochs: int = 30,
    batch_size: int = 64,
    optimizer: Optimizer | None = None,
    lr: float = 1e-3,
    decay: Schedule | None = None,
    penalty: Penalty | None = None,
    patience: int = 8,
    monitor: Literal["cost", "error"] = "cost",
    augment: Callable[[Tensor], Tensor] | None = None,
    seed: int = 0,
    device: str | torch.device = "cpu",
    watcher: Watcher | None = None,
    resume: bool = False,
    begin: Callable[[], None] | None = None,
) -> Run:
    """Train the model, and give it back at its best dev point.

    `train` and `dev` are (x, y) tensors, which is fastest, or any map-style Dataset of (x, y).
    `objective(outputs, y)` is the mean cost of a batch, a scalar; `metric(outputs, y)` the error of each example (m,),
    or nothing. `optimizer` is any of ours or torch's over the model's parameters, by default Adam with α = `lr`;
    `decay` gives α/α0 at every step. `augment(x)` changes training inputs only. `monitor` is what early stopping goes
    by: the dev cost or the dev error. With `run`, every epoch appends to its metrics.jsonl and writes a checkpoint;
    with `resume` it goes on from the newest sound one. `begin` is called when all is checked and restored, and training
    begins. Ctrl-C ends training after the step in hand and leaves a checkpoint.

    Raises InputError for α <= 0 and the like, for empty sets, and on resume for a checkpoint of another network or more
    epochs done than asked for; Diverged where the cost is no longer finite.

    >>> x = torch.linspace(-1, 1, 64)[:, None]
    >>> run = fit(nn.Linear(1, 1), (x, 3 * x), (x, 3 * x), objective=nn.functional.mse_loss, epochs=400, lr=0.05)
    >>> round(run.model.weight.item(), 2)
    3.0
    """
    positive("lr", lr)
    at_least("epochs", epochs, 1)
    at_least("batch_size", batch_size, 1)
    one_of("monitor", monitor, ("cost", "error"))
    if monitor == "error" and metric is None:
        raise InputError(say("monitor: 'error' needs a metric; give one, or monitor the cost"))
    if resume and run is None:
        raise InputError(say("resume: expected the run to go on with, got none"))
    device = torch.device(device)
    train, dev = (_in_memory(examples, device) for examples in (train, dev))
    m = size_of(train)
    for name, size in (("train", m), ("dev", size_of(dev))):
        at_least(say("examples in {set}", set=name), size, 1)

    model.to(device)
    optimizer = optimizer or Adam((p for p in model.parameters() if p.requires_grad), lr=lr)
    penalty = penalty or Penalty(())
    stopping = EarlyStopping(patience=patience)
    state = State(epochs=epochs, steps_per_epoch=math.ceil(m / batch_size), examples_per_step=min(m, batch_size),
                  initial_lr=[group["lr"] for group in optimizer.param_groups],
                  most_lr=[math.inf for _ in optimizer.param_groups])
    watcher = watcher or Silent()
    if resume and run is not None:
        _restore(run, model, optimizer, stopping, state, watcher)
    control = Control(run, step=state.step)
    best_weights = copy.deepcopy(model.state_dict())
    noise = seed_for(seed, "noise") >> 1
    # torch.manual_seed sets every device's generator, which takes a quarter of a millisecond
    set_noise = torch.cuda.manual_seed if device.type == "cuda" else torch.default_generator.manual_seed

    def save() -> None:
        state.seconds, state.since = state.elapsed(), time.monotonic()
        if run is None:
            return
        folder = run.path / "checkpoints"
        save_checkpoint(
            folder,
            state.step,
            model.state_dict(),
            {
                "step": state.step,
                "cost_sum": float(state.cost_sum),
                "count": state.count,
                "seconds": state.seconds,
                "best": state.best,
                "stopping": stopping.state_dict(),
                "optimizer": optimizer.state_dict(),
                "initial_lr": state.initial_lr,
                "most_lr": state.most_lr,
                "metrics_offset": run.metrics_offset(),
            },
        )
        forget_checkpoints(folder, keep={state.best["step"]} if state.best else set())

    if begin is not None:
        begin()
    with Interruption() as interruption, torch.random.fork_rng(), watcher.watching(state):
        if run is not None and state.step == 0:
            save()
        while state.step < state.total and not stopping.stop and not interruption.asked():
            model.train()
            done = state.step % state.steps_per_epoch
            batches = mini_batches(m, batch_size, seed=seed, epoch=state.epoch)
            for index in batches[done:]:
                set_noise(noise + state.step)
                x, y = batch_of(train, index if device.type == "cpu" else index.to(device))
                if augment is not None:
                    x = augment(x)
                ratio = decay(state.step, state.steps_per_epoch, state.total) if decay else 1.0
                for change in control.changes(state.step):
                    factor = change["lr"] / (ratio * state.initial_lr[0])
                    state.initial_lr = [factor * initial for initial in state.initial_lr]
                    state.most_lr = [ratio * initial for initial in state.initial_lr]
                    watcher.warn(say("α set to {lr} at step {step}", lr=change["lr"], step=state.step))
                for group, initial, most in zip(optimizer.param_groups, state.initial_lr, state.most_lr, strict=True):
                    group["lr"] = min(initial * ratio, most)
                state.lr = optimizer.param_groups[0]["lr"]
                optimizer.zero_grad()
                cost = objective(model(x), y)
                cost.backward()  # type: ignore[no-untyped-call]
                penalty.pull()
                optimizer.step()
                penalty.shrink(optimizer.param_groups)
                state.cost_sum += cost.detach() * len(index)
                state.count += len(index)
                state.step += 1
                if interruption.asked():
                    break
            if state.step % state.steps_per_epoch:  # interrupted within the epoch
                save()
                break
            row = _end_of_epoch(model, dev, objective, metric, state)
            if stopping.improves(row[f"dev_{monitor}"]):
                state.best = row
                best_weights = copy.deepcopy(model.state_dict())
            if run is not None:
                run.append_metric(row)
            save()
            watcher.epoch_ended(row, best=state.best is row)

    stopped: Stopped = "early" if stopping.stop else "epochs" if state.step == state.total else "interrupted"
    if run is not None and state.best:
        best_weights, _ = load_best(run.path / "checkpoints", warn=watcher.warn)
    model.load_state_dict(best_weights if state.best else model.state_dict())
    model.eval()
    history = [row for row in run.metrics() if "epoch" in row] if run is not None else watcher.rows
    return Run(model, run, history, state.best, stopped, state.seconds)


def _end_of_epoch(
    model: nn.Module, dev: Dataset[Batch], objective: Objective, metric: Objective | None, state: State
) -> dict[str, Any]:
    """The epoch's line of metrics.jsonl."""
    cost = float(state.cost_sum) / state.count
    if not math.isfinite(cost):
        raise Diverged(
            say("the cost became {cost} in epoch {epoch}: the steps are too large; try a smaller --lr than {lr}",
                cost=cost, epoch=state.step // state.steps_per_epoch, lr=state.initial_lr[0])
        )
    dev_cost, dev_error = evaluate(model, dev, objective=objective, metric=metric)
    row = {"epoch": state.step // state.steps_per_epoch, "step": state.step, "cost": cost, "dev_cost": dev_cost}
    if dev_error is not None:
        row["dev_error"] = dev_error
    state.cost_sum, state.count, state.dev = 0.0, 0, row
    return row | {"lr": state.lr, "seconds": round(state.elapsed(), 3)}


def _restore(
    run: RunFolder,
    model: nn.Module,
    optimizer: Optimizer,
    stopping: EarlyStopping,
    state: State,
    watcher: Watcher,
) -> None:
    """Go back to the newest sound checkpoint; what metrics.jsonl says of later epochs is forgotten."""
    if not steps_kept(run.path / "checkpoints"):  # stopped before the first was written: start at the beginning
        return
    weights, kept = load_newest(run.path / "checkpoints", warn=watcher.warn)
    try:
        model.load_state_dict(weights)
        optimizer.load_state_dict(kept["optimizer"])
    except (RuntimeError, ValueError, KeyError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(say("the checkpoint is of another network: {error}", error=reason)) from None
    stopping.load_state_dict(kept["stopping"])
    state.step, state.cost_sum, state.count = kept["step"], kept["cost_sum"], kept["count"]
    if state.step > state.total:
        raise InputError(say("epochs: expected more than the {done} that the run has done, got {got}",
                             done=state.step // state.steps_per_epoch, got=state.epochs))
    state.seconds, state.best = kept["seconds"], kept["best"]
    state.initial_lr, state.most_lr = kept["initial_lr"], kept["most_lr"]
    state.dev, state.clock = state.best, (time.monotonic(), state.step)
    run.cut_metrics(kept["metrics_offset"])


def _in_memory(examples: Dataset[Batch] | tuple[Tensor, Tensor], device: torch.device) -> Dataset[Batch]:
    """Tensors on the device where there are tensors; another Dataset as it is."""
    if isinstance(examples, tuple):
        examples = TensorDataset(*examples)
    if isinstance(examples, TensorDataset):
        return TensorDataset(*(tensor.to(device) for tensor in examples.tensors))
    return examples
