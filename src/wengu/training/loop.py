"""The one loop: mini-batches, an optimiser, checkpoints, early stopping, and the best point restored.

    for epoch e = 1, 2, ...
        a step on every mini-batch of order(e)                                          (epoch.py)
        J_dev <- the cost on dev;  keep the weights where it is the lowest;  stop after `patience` epochs without

Inputs, targets and outputs may be anything that a tensor, a tuple, a list or a dict can hold (core/batches.py).

Randomness is a function of (seed, step): the order of the batches, and, because the generators are set anew at every
step, dropout and augmentation. So a run that is resumed, from an epoch's end or from within, repeats the one that was
never stopped: bit for bit on one machine, to the last digits on another processor, whose kernels add in another order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import Dataset

from wengu.core.batches import Batch, TreeDataset, in_memory, size_of
from wengu.core.checks import InputError, at_least, one_of, positive, trainable, whole
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.functions import EMA
from wengu.optimization import Adam, Schedule
from wengu.practice import Metric, described
from wengu.training.checkpoint import Writer, load_best
from wengu.training.control import LiveControl
from wengu.training.early_stopping import EarlyStopping
from wengu.training.epoch import Epoch
from wengu.training.evaluation import Judge, LossFn, Predict, any_counts, evaluate
from wengu.training.frozen_features import has_frozen, upper_part
from wengu.training.interruption import Interruption
from wengu.training.micro_batches import at_once
from wengu.training.order import Order, checked, shuffled
from wengu.training.penalty import Penalty
from wengu.training.precision import Precision, casting
from wengu.training.progress import Silent, Watcher
from wengu.training.restore import fingerprint, restore, snapshot
from wengu.training.rng import StepRNG, draws_elsewhere
from wengu.training.state import State
from wengu.training.step import Step
from wengu.training.world import World

Stopped = Literal["epochs", "early", "interrupted"]


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
    train: Dataset[Batch] | Batch,
    dev: Dataset[Batch] | Batch,
    *,
    loss_fn: LossFn,
    num_items: Callable[[Any], float | Tensor] | None = None,
    judge: Judge | tuple[Predict, Metric] | None = None,
    order: Order | None = None,
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
    ema: float = 0.0,
    patience: int = 8,
    monitor: Literal["cost", "metric"] = "cost",
    unfreeze: Callable[[int], None] | None = None,
    keep_features: bool = False,
    augment: Callable[[Batch], Batch] | None = None,
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

    model          called as core.batches.call does: model(x), model(*xs) or model(**xs)
    train, dev     (inputs, targets) in memory, which is fastest, or any map-style Dataset of such pairs
    loss_fn        loss_fn(outputs, targets), the mean cost of a mini-batch, a scalar; one that mines pairs in the
                   mini-batch is marked by `of_whole_batch`
    num_items      num_items(targets), how many things that mean is of, where they are not the examples: tokens, boxes,
                   labels that are not masked
    judge          (predict, metric) or a Judge, what dev is judged by beside its cost: `predict(model, batch, outputs)`
                   gives the answers, `metric` compares them with dev's targets
    order          order(epoch), the indices of the mini-batches; by default `shuffled(m, batch_size, seed=seed)`
    run            where metrics and checkpoints are written, at every epoch and every `save_every` seconds
    micro_batch    how many examples go through the model at once, where a mini-batch is too large for memory; the
                   gradient stays that of the mini-batch, and dev is judged so too
    precision      "bf16" computes in bfloat16 where that is safe (precision.py); `fastest_format` says if it gains
    compile        make one kernel of many by torch.compile: a minute of waiting for some percent
    optimizer      any of ours or torch's over the model's parameters; by default Adam with α = `lr`
    decay          α/α0 at every step
    penalty        what is added to the cost, such as λ/2m Σ w²
    clip           the longest gradient that is stepped on, by its norm
    ema            a β such as 0.999: the exponentially weighted average of the weights is judged, kept and given back
    patience       after how many epochs without a better dev point training stops
    monitor        what is better: a lower dev cost, or the metric in its own direction
    unfreeze       unfreeze(epoch), called before every epoch, may freeze and unfreeze layers by requires_grad; a frozen
                   layer's running averages stay
    keep_features  what layers give that are frozen throughout is computed once (frozen_features.py)
    augment        augment(batch) changes training examples only, inputs and targets together
    non_finite     a mini-batch whose cost or gradient is not finite is never trained on: "stop" raises Diverged, which
                   names its examples, "skip" leaves it out and counts it
    ids            the names of the training examples; by default their numbers
    resume         go on from the newest sound checkpoint of `run`
    begin          called when all is restored, and training begins

    Ctrl-C ends training after the step in hand and leaves a checkpoint. Under torchrun, and `joined`, the processes
    train together: each with its part of every mini-batch, the first with the run (world.py). All get the trained
    model; the first has the history.

    Raises InputError for α <= 0 and the like, for sets that are empty or without any target, and on resume for a
    checkpoint of another network, other data, or more epochs done than asked for.

    >>> _, x = torch.manual_seed(0), torch.linspace(-1, 1, 64)[:, None]
    >>> run = fit(nn.Linear(1, 1), (x, 3 * x), (x, 3 * x), loss_fn=nn.functional.mse_loss, epochs=400, lr=0.05)
    >>> round(run.model.weight.item(), 2)
    3.0
    """
    _check_numbers(lr=lr, epochs=epochs, batch_size=batch_size, micro_batch=micro_batch, clip=clip)
    one_of("monitor", monitor, ("cost", "metric"))
    one_of("non_finite", non_finite, ("stop", "skip"))
    judge = Judge(*judge) if isinstance(judge, tuple) else judge
    if monitor == "metric" and (judge is None or judge.every > 1):
        raise InputError(say("monitor: the metric needs a judge that looks at every epoch; give one, or monitor the "
                             "cost"))
    if micro_batch is not None and getattr(loss_fn, "whole_batch", False):
        raise InputError(say("micro_batch: this loss needs the whole mini-batch at once; leave it out, or take a "
                             "smaller batch_size"))
    if resume and run is None:
        raise InputError(say("resume: expected the run to continue, got none"))
    device, world = torch.device(device), World.current()
    run = run if world.is_first else None
    train, dev = _sound(train, "train", num_items, device), _sound(dev, "dev", num_items, device)
    m = size_of(train)
    first = order and checked(order, 1, m)
    steps = math.ceil(m / batch_size) if first is None else len(first)
    batches = partial(checked, order, m=m, batches=steps) if order else shuffled(m, batch_size, seed=seed)

    model.to(device)
    optimizer = optimizer or Adam(trainable("model", model), lr=lr)
    cast = casting(precision, device)
    step = Step(model, optimizer, loss_fn, num_items=num_items, penalty=penalty, clip=clip, skips=non_finite == "skip",
                ema=EMA(model, beta=ema) if ema else None, cast=cast, compiled=compile, world=world)
    goal = judge.metric if judge is not None and monitor == "metric" else None
    stopping = EarlyStopping(patience=patience, direction=goal.direction if goal else "lower")
    state = State.of(optimizer, epochs=epochs, steps_per_epoch=steps, examples_per_step=math.ceil(m / steps))
    state.metric = described(judge.metric) if judge is not None else None
    watcher, looked_at = watcher or Silent(), micro_batch or at_once(first, batch_size)
    rests_on = {"batch_size": batch_size, "seed": seed, "precision": precision, "processes": world.size,
                "train": fingerprint(train), "dev": fingerprint(dev)}
    if first is not None:
        every = torch.cat(list(first))
        rests_on["order"] = fingerprint(TreeDataset((every, every)))
    if any(other != rests_on for other in world.all_gather(rests_on)):
        raise InputError(say("train: expected the same data and settings in every process, got different ones; give "
                             "every machine the same files and the same command"))
    forget = restore(run, step, stopping, state, rests_on, watcher, world) if resume else None
    if keep_features and has_frozen(model):
        kept = upper_part(model, train, dev, sizes=(micro_batch or batch_size, looked_at), cast=cast, augment=augment,
                          predict=judge.predict if judge else None)
        reasons = [why for why in world.all_gather(kept if isinstance(kept, str) else None) if why is not None]
        if reasons and reasons[0]:
            watcher.note(reasons[0])
        elif not isinstance(kept, str):
            step.upper, train, dev = kept
            step.unfrozen()
    control = LiveControl(run, step=state.step)  # refuses what it cannot read, before anything of the run changes
    averaged = step.ema.applied if step.ema else nullcontext
    best_weights: dict[str, Tensor] = {}

    if forget is not None:
        forget()
    if begin is not None:
        begin()
    with (
        Writer(run) as writer,
        Interruption() as interruption,
        StepRNG(seed, device, everywhere=draws_elsewhere(train, augment, model, loss_fn), rank=world.rank) as rng,
        watcher.watching(state),
    ):

        def save() -> dict[str, Tensor]:
            weights, rest = snapshot(step, stopping, state, rests_on)
            writer.write(state, weights, rest)
            return weights

        if run is not None and state.step == 0:
            save()
        epoch = Epoch(
            step, state, train, batches, device, world, rng, control, interruption, save,
            watcher.warn, decay=decay, micro_batch=micro_batch, augment=augment, ids=ids, save_every=save_every,
        )
        while state.step < state.total and not stopping.stop:
            if unfreeze is not None:
                unfreeze(state.epoch)
                step.unfrozen()
            if not epoch.run():
                break
            world.broadcast(model)  # running averages are each process's own
            due = judge if judge is not None and state.step // steps % judge.every == 0 else None
            with averaged():
                dev_cost, value = evaluate(step.upper or model, dev, loss_fn=loss_fn, num_items=num_items, judge=due,
                                           size=looked_at, cast=cast, world=world)
            row = state.end_epoch(dev_cost, {} if due is None or value is None else {f"dev_{due.metric.name}": value})
            if better := stopping.improves(row[f"dev_{goal.name}" if goal else "dev_cost"]):
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


def _check_numbers(**given: float | None) -> None:
    """α and the norm to clip at may be any positive numbers, the others are counts; None is not given."""
    for name, value in given.items():
        if value is not None:
            positive(name, value) if name in ("lr", "clip") else whole(name, value, 1)


def _sound(
    examples: Dataset[Batch] | Batch,
    name: str,
    num_items: Callable[[Any], float | Tensor] | None,
    device: torch.device,
) -> Dataset[Batch]:
    """The set as a Dataset, if there is anything to learn from in it."""
    examples = in_memory(examples, device)
    at_least(say("examples in {set}", set=name), size_of(examples), 1)
    if not any_counts(examples, num_items, device):
        raise InputError(say("targets of {set}: expected some that count, got none; are all of them missing?",
                             set=name))
    return examples
