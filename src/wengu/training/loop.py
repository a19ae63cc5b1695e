"""The one loop: mini-batches, an optimiser, checkpoints, early stopping, and the best point restored.

    for epoch e = 1, 2, ...
        for X^{t}, Y^{t} in the shuffled mini-batches, with α <- α0 · decay(step):
            W <- the optimiser's step on dJ^{t}/dW                                      (step.py)
        J_dev <- the cost on dev;  keep the weights where it is the lowest;  stop after `patience` epochs without

Randomness is a function of (seed, step): the order of the batches, and, because the generators are set anew at every
step, dropout and augmentation. So a run that is resumed, from an epoch's end or from within, repeats the one that was
never stopped: bit for bit on one machine, to the last digits on another processor, whose kernels add in another order.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import Dataset, TensorDataset

from wengu.core.checks import InputError, at_least, one_of, positive
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.functions import EMA
from wengu.optimization import Adam, Schedule
from wengu.training.checkpoint import Writer, load_best
from wengu.training.control import Control
from wengu.training.early_stopping import EarlyStopping
from wengu.training.evaluation import evaluate
from wengu.training.interruption import Interruption
from wengu.training.mini_batches import Batch, batch_of, mini_batches, size_of
from wengu.training.not_finite import NotFinite, about
from wengu.training.penalty import Penalty
from wengu.training.precision import Precision, casting
from wengu.training.progress import Silent, Watcher
from wengu.training.restore import fingerprint, restore, snapshot
from wengu.training.rng import StepRNG
from wengu.training.state import State
from wengu.training.step import Objective, Step
from wengu.training.world import World

Stopped = Literal["epochs", "early", "interrupted"]


class Diverged(InputError):
    """The cost or its gradient is no longer a number; the same settings would lead there again."""


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
    loss_fn: Objective,
    metric: Objective | None = None,
    counted: Callable[[Tensor], float | Tensor] | None = None,
    run: RunFolder | None = None,
    epochs: int = 30,
    batch_size: int = 64,
    micro_batch: int | None = None,
    precision: Precision = "fp32",
    compile: bool = False,
    optimizer: Optimizer | None = None,
    lr: float = 1e-3,
    decay: Schedule | None = None,
    penalty: Penalty | None = None,
    clip: float | None = None,
    average: float = 0.0,
    patience: int = 8,
    monitor: Literal["cost", "error"] = "cost",
    unfreeze: Callable[[int], None] | None = None,
    augment: Callable[[Tensor], Tensor] | None = None,
    non_finite: Literal["stop", "skip"] = "stop",
    ids: Sequence[str] | None = None,
    save_every: float = 300.0,
    seed: int = 0,
    device: str | torch.device = "cpu",
    watcher: Watcher | None = None,
    resume: bool = False,
    begin: Callable[[], None] | None = None,
) -> Run:
    """Train the model, and give it back at its best dev point.

    `train` and `dev` are (x, y) tensors, which is fastest, or any map-style Dataset of (x, y).
    `loss_fn(outputs, y)` is the mean cost of a batch, a scalar; `metric(outputs, y)` the error of each example (m,),
    or nothing. `counted(y)` says how many things that mean is of where they are not the examples: tokens, boxes, labels
    that are not masked. `micro_batch` is how many examples go through the model at once, where a mini-batch is too
    large for memory; the gradient stays that of the mini-batch.

    `optimizer` is any of ours or torch's over the model's parameters, by default Adam with α = `lr`; `decay` gives α/α0
    at every step. `clip` is the longest gradient that is stepped on, by its norm. With `average`, a β such as 0.999, it
    is the exponentially weighted average of the weights that is judged, kept and given back. `augment(x)` changes
    training inputs only. `monitor` is what early stopping goes by: the dev cost or the dev error.

    `precision="bf16"` computes in bfloat16 where that is safe (precision.py; `fastest` tells whether it gains), and
    `compile` makes one kernel of many by torch.compile: a minute of waiting for some percent. `thaw(epoch)`, called
    before every epoch, may freeze and thaw layers by requires_grad; a frozen layer's running averages stay.

    Under torchrun, and `joined`, the processes train together: each with its part of every mini-batch, the first with
    the run (world.py). All get the trained model; the first has the history.

    A mini-batch whose cost or gradient is not finite is never trained on: training stops with Diverged, which names its
    examples (by `ids`, else by number), or with non_finite="skip" the batch is left out, and counted in the history.

    With `run`, every epoch appends to its metrics.jsonl and writes a checkpoint, as every `save_every` seconds do; a
    second thread writes them. With `resume` it goes on from the newest sound one. `begin` is called when all is checked
    and restored, and training begins. Ctrl-C ends training after the step in hand and leaves a checkpoint.

    Raises InputError for α <= 0 and the like, for empty sets, and on resume for a checkpoint of another network, other
    data, or more epochs done than asked for.

    >>> x = torch.linspace(-1, 1, 64)[:, None]
    >>> run = fit(nn.Linear(1, 1), (x, 3 * x), (x, 3 * x), loss_fn=nn.functional.mse_loss, epochs=400, lr=0.05)
    >>> round(run.model.weight.item(), 2)
    3.0
    """
    positive("lr", lr)
    at_least("epochs", epochs, 1)
    at_least("batch_size", batch_size, 1)
    if micro_batch is not None:
        at_least("micro_batch", micro_batch, 1)
    if clip is not None:
        positive("clip", clip)
    one_of("monitor", monitor, ("cost", "error"))
    one_of("non_finite", non_finite, ("stop", "skip"))
    if monitor == "error" and metric is None:
        raise InputError(say("monitor: 'error' needs a metric; give one, or monitor the cost"))
    if resume and run is None:
        raise InputError(say("resume: expected the run to go on with, got none"))
    device, world = torch.device(device), World.current()
    run = run if world.is_first else None
    train, dev = (_in_memory(examples, device) for examples in (train, dev))
    m = size_of(train)
    for name, size in (("train", m), ("dev", size_of(dev))):
        at_least(say("examples in {set}", set=name), size, 1)

    model.to(device)
    optimizer = optimizer or Adam((p for p in model.parameters() if p.requires_grad), lr=lr)
    cast = casting(precision, device)
    step = Step(model, optimizer, loss_fn, counted=counted, penalty=penalty, clip=clip, skips=non_finite == "skip",
                average=EMA(model, beta=average) if average else None, cast=cast, compiled=compile,
                world=world)
    stopping = EarlyStopping(patience=patience)
    state = State(epochs=epochs, steps_per_epoch=math.ceil(m / batch_size), examples_per_step=min(m, batch_size),
                  initial_lr=[group["lr"] for group in optimizer.param_groups],
                  most_lr=[math.inf for _ in optimizer.param_groups])
    watcher = watcher or Silent()
    rests_on = {"batch_size": batch_size, "seed": seed, "precision": precision, "processes": world.size,
                "train": fingerprint(train), "dev": fingerprint(dev)}
    if any(other != rests_on for other in world.all_gather(rests_on)):
        raise InputError(say("train: expected the same data and settings in every process, got others; give every "
                             "machine the same files and the same command"))
    if resume:
        restore(run, step, stopping, state, rests_on, watcher, world)
    control = Control(run, step=state.step)
    judged = step.average.applied if step.average else nullcontext
    best_weights: dict[str, Tensor] = {}

    if begin is not None:
        begin()
    with (
        Writer(run) as writer,
        Interruption() as interruption,
        StepRNG(seed, device, everywhere=not isinstance(train, TensorDataset), rank=world.rank) as noise,
        watcher.watching(state),
    ):

        def save() -> dict[str, Tensor]:
            weights, rest = snapshot(step, stopping, state, rests_on)
            writer.write(state, weights, rest)
            return weights

        if run is not None and state.step == 0:
            save()
        asked = 0.0
        while state.step < state.total and not stopping.stop:
            if unfreeze is not None:
                unfreeze(state.epoch)
                step.unfrozen()
            _train(model)
            batches = mini_batches(m, batch_size, seed=seed, epoch=state.epoch)
            for index in batches[state.step % state.steps_per_epoch:]:
                changes = control.changes(state.step)
                asked, lr = world.sum(interruption.asked(), changes[-1]["lr"] if changes else 0.0)
                if asked:
                    break
                ratio = decay(state.step, state.steps_per_epoch, state.total) if decay else 1.0
                if lr:
                    state.set_lr(lr, ratio)
                    watcher.warn(say("α set to {lr} at step {step}", lr=lr, step=state.step))
                state.lr = _set_lr(optimizer, state, ratio)
                noise.at(state.step)
                part = world.shard(index)
                idle = not len(part)  # it then goes along with an example twice, of which one can take a variance
                pieces = _pieces(train, (index[:1].repeat(2) if idle else part).to(device), micro_batch, augment)
                try:
                    cost, count = step(pieces, idle=idle)
                    state.cost_sum += cost * count
                    state.count += count
                except NotFinite as error:
                    if non_finite == "stop":
                        names = [ids[i] if ids else str(i) for i in part.tolist()]
                        raise Diverged(about(error, state, names, pieces, world)) from None
                    state.skipped += 1
                state.step += 1
                # at the epoch's end the dev set comes first: what is kept there knows its row
                if state.step % state.steps_per_epoch and time.monotonic() - state.since >= save_every:
                    save()
            if asked:
                if state.step % state.steps_per_epoch:  # within the epoch
                    save()
                break
            if not state.count:
                raise Diverged(say("epoch {epoch}: every mini-batch was skipped, for none has a finite cost",
                                   epoch=state.step // state.steps_per_epoch))
            world.broadcast(model)  # running averages are each process's own
            with judged():
                dev_cost, dev_error = evaluate(model, dev, loss_fn=loss_fn, metric=metric, counted=counted,
                                               cast=cast, world=world)
            row = state.end_epoch(dev_cost, dev_error)
            if better := stopping.improves(row[f"dev_{monitor}"]):
                state.best = row
            if run is not None:
                run.append_metric(row)
            if better or run is not None:
                weights = save()
            if better:
                best_weights = weights
            watcher.epoch_ended(row, best=better)

    stopped: Stopped = "early" if stopping.stop else "epochs" if state.step == state.total else "interrupted"
    if run is not None and state.best:
        best_weights, _ = load_best(run.path / "checkpoints", warn=watcher.warn)
    if best_weights:
        model.load_state_dict(best_weights)
    world.broadcast(model)
    model.eval()
    history = [row for row in run.metrics() if "epoch" in row] if run is not None else watcher.rows
    return Run(model, run, history, state.best, stopped, state.seconds)


def _set_lr(optimizer: Optimizer, state: State, ratio: float) -> float:
    """α of every parameter group at this step; the first one is given back."""
    for group, initial, most in zip(optimizer.param_groups, state.initial_lr, state.most_lr, strict=True):
        group["lr"] = min(initial * ratio, most)
    return float(optimizer.param_groups[0]["lr"])


def _train(model: nn.Module) -> None:
    """Training mode, but for layers all of whose weights are frozen: their running averages stay as they are."""
    model.train()
    for module in model.modules():
        own = list(module.parameters(recurse=False))
        if own and not any(w.requires_grad for w in own):
            module.eval()


def _pieces(
    train: Dataset[Batch], index: Tensor, size: int | None, augment: Callable[[Tensor], Tensor] | None
) -> list[Batch]:
    """A mini-batch in as many micro-batches as it takes."""
    parts = (index,) if size is None or len(index) <= size else torch.split(index, size)
    return [(x if augment is None else augment(x), y) for x, y in (batch_of(train, part) for part in parts)]


def _in_memory(examples: Dataset[Batch] | tuple[Tensor, Tensor], device: torch.device) -> Dataset[Batch]:
    """Tensors on the device where there are tensors; another Dataset as it is."""
    if isinstance(examples, tuple):
        examples = TensorDataset(*examples)
    if isinstance(examples, TensorDataset):
        return TensorDataset(*(tensor.to(device) for tensor in examples.tensors))
    return examples
