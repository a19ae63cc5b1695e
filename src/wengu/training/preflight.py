"""The pre-flight: what goes wrong in training, found in the first seconds and not after the last epoch.

The data is looked at for numbers that are not finite, examples that appear twice, labels that contradict, and rare
classes; the model, on copies, for its cost at the start, dead or exploding signals, parameters that no gradient
reaches, and whether it can memorise one batch; the machine for time and memory. A task may bring checks of its own.
Each check that is not well says what to do. Targets that are missing (NaN, -100) are no fault where the loss leaves
them out.

Source: Karpathy 2019, "A recipe for training neural networks", for the cost at the start and the one batch.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import Dataset

from wengu.core.batches import Batch, TreeDataset, call, examples_in, finite, in_memory, read, size_of, take
from wengu.core.checks import InputError, at_least, known_shapes, positive
from wengu.core.i18n import say
from wengu.core.seeds import seed_for
from wengu.optimization import Adam
from wengu.practice import described
from wengu.training.evaluation import Judge, LossFn, device_of, evaluating
from wengu.training.order import Order
from wengu.training.precision import Precision, casting
from wengu.training.preflight_parts import data, machine
from wengu.training.preflight_parts.check import Check, Preflight
from wengu.training.preflight_parts.model import POOL, Subject, gradients, one_batch, signals, start
from wengu.training.preflight_parts.normalisation import normalisation
from wengu.training.preflight_parts.rate import learning_rate
from wengu.training.rng import StepRNG

EXAMPLES, POOL_BYTES = 256, 1 << 24  # that the cost at the start is measured on; of a pool's inputs


def preflight(
    model: nn.Module,
    train: Dataset[Batch] | Batch,
    dev: Dataset[Batch] | Batch,
    *,
    loss_fn: LossFn,
    epochs: int,
    batch_size: int = 64,
    micro_batch: int | None = None,
    precision: Precision = "fp32",
    num_items: Callable[[Any], float | Tensor] | None = None,
    judge: Judge | None = None,
    order: Order | None = None,
    expected_cost: float | None = None,
    least_cost: Callable[[Any], float] | None = None,
    transferred: bool = False,
    classes: Sequence[str] | None = None,
    ids: Mapping[str, Sequence[str]] | None = None,
    optimizer_of: Callable[[nn.Module], Optimizer] | None = None,
    augment: Callable[[Batch], Batch] | None = None,
    checks: Iterable[Check] = (),
    seed: int = 0,
    device: str | torch.device = "cpu",
    seconds: float = 2.0,
    range_test: bool = False,
) -> Preflight:
    """Check all that a training of this model on these sets rests on; nothing is changed, generators included.

    model, train, dev, loss_fn, num_items, judge, order, epochs, batch_size, micro_batch, precision, augment, seed and
    device are those of `fit`.

    expected_cost  of a model which knows nothing, ln C
    least_cost     least_cost(targets), what their cost can be at least where that is not 0, as of smoothed labels
    transferred    whether it has learned elsewhere, so that its cost may begin below
    classes        the names of the labels
    ids            the names of the examples of "train" and "dev"
    optimizer_of   optimizer_of(model), the optimiser; by default Adam
    checks         the task's own, which come first
    seconds        what trial training may take, about; the rest is short, but for reading large data once
    range_test     look for an α that suits, too, in half of the seconds

    What is not in memory is searched for duplicates in a sample, and what has many parts or is ragged is not.

    Raises InputError for empty sets, and for a lazy layer that has not seen its first batch.

    >>> x = torch.linspace(-1, 1, 64)[:, None]
    >>> found = preflight(nn.Linear(1, 1), (x, 3 * x), (x + 0.001, 3 * x), loss_fn=nn.functional.mse_loss, epochs=9)
    >>> found.failed, found["duplicates"].words
    (False, '0 of dev also in train, 0 twice in train')
    """
    at_least("epochs", epochs, 1)
    at_least("batch_size", batch_size, 1)
    positive("seconds", seconds)
    known_shapes(model)
    device = torch.device(device)
    sets: dict[str, Dataset[Batch]] = {"train": in_memory(train), "dev": in_memory(dev)}
    for name, part in sets.items():
        at_least(say("examples in {set}", set=name), size_of(part), 1)
    began = time.perf_counter()
    found = list(checks)
    with StepRNG(seed, device, everywhere=True) as rng, torch.enable_grad():
        rng.at(0)
        twin = copy.deepcopy(model).to(device)
        on = {name: in_memory(part, device) for name, part in sets.items()}
        generator = torch.Generator().manual_seed(seed_for(seed, "preflight"))
        at_once = min(batch_size, micro_batch or batch_size)  # what training has room for
        some, fills_in = _sound(twin, on["train"], loss_fn, at_once, generator)
        samples = {name: data.Sample.of(part) for name, part in sets.items()}
        metric = described(judge.metric) if judge else None
        found += data.data_checks(data.Data(samples, classes, ids, fills_in, metric))
        found += normalisation(model, samples["train"], samples["dev"])
        known = TreeDataset(some)
        pool = torch.arange(data.at_most(min(POOL, len(known)), some[0], size=POOL_BYTES), device=device)
        subject = Subject(twin, loss_fn, (take(some[0], pool), take(some[1], pool)), 0.4 * seconds, expected_cost,
                          least_cost, transferred)
        found.append(start(subject, known, len(classes) if classes else None, num_items, size=at_once))
        tried = one_batch(subject)  # which also finds what gradients reach
        found += [gradients(subject), signals(subject), tried]
        if subject.linked:
            training = machine.TrainingSetup(loss_fn, num_items, judge, order, augment, optimizer_of or _adam,
                                             casting(precision, device), batch_size, micro_batch)
            found.append(machine.duration(twin, on["train"], on["dev"], training, epochs=epochs,
                                          seconds=0.15 * seconds))
            if range_test:
                found.append(learning_rate(twin, on["train"], training, seconds=0.5 * seconds))
            found.append(machine.memory(twin, on["train"], on["dev"], loss_fn=loss_fn,
                                        batch_size=min(batch_size, micro_batch or batch_size)))
    return Preflight(tuple(found), round(time.perf_counter() - began, 2))


def _sound(
    model: nn.Module, train: Dataset[Batch], loss_fn: LossFn, at_once: int, generator: torch.Generator
) -> tuple[Batch, bool]:
    """A random few examples whose inputs are finite, and whether the loss leaves out targets that are missing.

    Raises InputError where there is no such example.
    """
    device = device_of(model)
    order = torch.randperm(size_of(train), generator=generator).to(device)
    for index in torch.split(order, data.at_most(EXAMPLES, read(train, order[:1])[0])):
        inputs, targets = read(train, index)
        m = examples_in(targets)
        sound = finite(inputs, m)
        if not (whole := sound & finite(targets, m)).any():
            whole = sound
        if not whole.any():
            continue
        kept, every = (which.nonzero()[:, 0].to(device) for which in (whole, sound))
        if fills_in := all(_is_finite(model, loss_fn, (take(inputs, part), take(targets, part)))
                           for part in torch.split(every, at_once) if whole[part.cpu()].any()):
            kept = every
        return (take(inputs, kept), take(targets, kept)), fills_in
    raise InputError(say("train: expected an example whose every number is finite, got none; fix the inputs"))


def _is_finite(model: nn.Module, loss_fn: LossFn, batch: Batch) -> bool:
    with evaluating(model):
        return bool(torch.isfinite(loss_fn(call(model, batch[0]), batch[1])))


def _adam(model: nn.Module) -> Optimizer:
    return Adam(p for p in model.parameters() if p.requires_grad)
