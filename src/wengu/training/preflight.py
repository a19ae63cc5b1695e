"""The pre-flight: what goes wrong in training, found in the first seconds and not after the last epoch.

The data is looked at for numbers that are none, examples that stand twice, labels that contradict, and rare classes;
the model, on copies, for its cost at the start, dead or exploding signals, parameters that no gradient comes to, and
whether it can learn one batch by heart; the machine for time and memory. Each check that is not well says what to do.

Source: Karpathy 2019, "A recipe for training neural networks", for the cost at the start and the one batch.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import Dataset, TensorDataset

from wengu.core.checks import InputError, at_least, known_shapes, positive
from wengu.core.i18n import say
from wengu.core.seeds import seed_for
from wengu.optimization import Adam
from wengu.training.mini_batches import Batch, batch_of, size_of
from wengu.training.precision import Precision, casting
from wengu.training.preflight_parts import data, machine
from wengu.training.preflight_parts.check import Check, Preflight
from wengu.training.preflight_parts.model import POOL, Subject, gradients, one_batch, signals, start
from wengu.training.rng import StepRNG
from wengu.training.step import Objective

EXAMPLES = 256  # that the cost at the start is measured on


def preflight(
    model: nn.Module,
    train: Dataset[Batch] | tuple[Tensor, Tensor],
    dev: Dataset[Batch] | tuple[Tensor, Tensor],
    *,
    loss_fn: Objective,
    epochs: int,
    batch_size: int = 64,
    micro_batch: int | None = None,
    precision: Precision = "fp32",
    metric: Objective | None = None,
    expected_cost: float | None = None,
    transferred: bool = False,
    classes: Sequence[str] | None = None,
    ids: Mapping[str, Sequence[str]] | None = None,
    optimizer_of: Callable[[nn.Module], Optimizer] | None = None,
    augment: Callable[[Tensor], Tensor] | None = None,
    seed: int = 0,
    device: str | torch.device = "cpu",
    seconds: float = 2.0,
) -> Preflight:
    """Check all that a training of this model on these sets rests on; nothing is changed, generators included.

    `train`, `dev`, `loss_fn`, `metric`, `micro_batch`, `precision` and `augment` are those of `fit`. `expected_cost`
    is that of a model which knows nothing, ln C; with `transferred` layers it may begin below. `ids` are the names of
    the examples of "train" and "dev", `classes` those of the labels. `optimizer_of(model)` makes the optimiser, by
    default Adam. `seconds` is about what trial training may take; the rest is short, but for reading large data once.
    What is not in memory is not searched for duplicates.

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
    sets: dict[str, Dataset[Batch]] = {name: TensorDataset(*part) if isinstance(part, tuple) else part
                                       for name, part in (("train", train), ("dev", dev))}
    for name, part in sets.items():
        at_least(say("examples in {set}", set=name), size_of(part), 1)
    began = time.perf_counter()
    checks: list[Check] = []
    with StepRNG(seed, device, everywhere=True) as noise, torch.enable_grad():
        noise.at(0)
        checks += _of_data(sets, classes, ids)
        sound = _sound(sets["train"], torch.Generator().manual_seed(seed_for(seed, "preflight")))
        if not len(sound):
            raise InputError(say("train: expected an example whose every number is finite, got none; mend the inputs"))
        twin = copy.deepcopy(model).to(device)
        on = {name: _on(part, device) for name, part in sets.items()}
        known = TensorDataset(*batch_of(on["train"], sound.to(device)))
        subject = Subject(twin, loss_fn, known[:POOL], 0.4 * seconds, expected_cost, transferred)
        checks.append(start(subject, known, len(classes) if classes else None))
        tried = one_batch(subject)  # which also finds what gradients come to
        checks += [gradients(subject), signals(subject), tried]
        if subject.linked:
            checks.append(machine.duration(
                twin, on["train"], on["dev"], loss_fn=loss_fn, metric=metric, augment=augment, epochs=epochs,
                batch_size=batch_size, micro_batch=micro_batch, cast=casting(precision, device), seconds=0.15 * seconds,
                optimizer_of=optimizer_of or _adam,
            ))
            checks.append(machine.memory(twin, on["train"], on["dev"], loss_fn=loss_fn,
                                         batch_size=min(batch_size, micro_batch or batch_size)))
    return Preflight(tuple(checks), round(time.perf_counter() - began, 2))


def _of_data(
    sets: Mapping[str, Dataset[Batch]], classes: Sequence[str] | None, ids: Mapping[str, Sequence[str]] | None
) -> Iterator[Check]:
    tensors = {name: part.tensors for name, part in sets.items() if isinstance(part, TensorDataset)}
    if len(tensors) < len(sets):
        yield Check("inputs", "ok", say("not looked through: they are read one by one, not in memory"))
        return
    yield from data.data_checks(data.Data({name: x for name, (x, _) in tensors.items()},
                                          {name: y for name, (_, y) in tensors.items()}, classes, ids))


def _sound(train: Dataset[Batch], generator: torch.Generator) -> Tensor:
    """A random few examples, of those whose numbers are all finite."""
    some = torch.randperm(size_of(train), generator=generator)
    if isinstance(train, TensorDataset):
        some = some[(data.finite(train.tensors[0]) & data.finite(train.tensors[1])).cpu()[some]]
    return some[:EXAMPLES]


def _adam(model: nn.Module) -> Optimizer:
    return Adam(p for p in model.parameters() if p.requires_grad)


def _on(part: Dataset[Batch], device: torch.device) -> Dataset[Batch]:
    """Tensors on the device, as the loop has them."""
    return TensorDataset(*(t.to(device) for t in part.tensors)) if isinstance(part, TensorDataset) else part
