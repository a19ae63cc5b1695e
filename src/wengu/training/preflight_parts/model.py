"""The checks of the model, on copies of it: cost at the start, gradients, signals by depth, one batch over-fitted.

    start       J expected of a network that knows nothing: ln C. Scores of variance v add about v/2 to it, the mean of
                ln Σ e^z over normal z: 3 allows for scores of ±2.4, as He's weights give them behind two max poolings
                (LeNet-5: 2.2), and 10 means ±4.5, which have to be unlearned before anything is learned
    one batch   J <- under a tenth of what is expected at the start, else of what it was, on examples that even a linear
                model fits whatever their labels are, their (1, x) linearly independent: so a failure is the model's.
                Under a half where inputs are no such numbers: of texts that begin alike no model knows how each goes on
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from wengu.core.batches import Batch, call, examples_in, leaves, take
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.graph.call import tensors_in
from wengu.layers import init_report
from wengu.layers.probe import run, watching
from wengu.optimization import Adam
from wengu.training.evaluation import LossFn, evaluate
from wengu.training.preflight_parts.check import Check, few

FEW, POOL, STEPS, RATES = 16, 64, 200, (1e-2, 1e-1, 1e-3)
SETTLED, FELL = 50, 0.9  # steps after which a cost above so much of what it was is a failure, though time be short
ABOVE, FAR_ABOVE = 3.0, 10.0  # nats over the expected cost
LARGE_INPUTS = 10.0  # their scale at the first layer, where 1 is normal
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm,
         nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d)


@dataclass
class Subject:
    """What is checked: a model that nobody else holds, the loss, and a pool of sound training examples."""

    model: nn.Module
    loss_fn: LossFn
    pool: Batch
    seconds: float  # for all trial training
    expected: float | None = None  # the cost of a model that knows nothing
    least: Callable[[Any], float] | None = None  # what the cost of these targets can be at least, where not 0
    transferred: bool = False  # whether layers of it are trained already
    reached: set[str] = field(default_factory=set)  # parameters that a gradient reached
    linked: set[str] = field(default_factory=set)  # parameters that the cost depends on

    @property
    def learned(self) -> dict[str, nn.Parameter]:
        """The parameters to train."""
        return {name: p for name, p in self.model.named_parameters() if p.requires_grad}


def start(
    subject: Subject, examples: Dataset[Batch], classes: int | None,
    num_items: Callable[[Any], float | Tensor] | None = None, *, size: int | None = None,
) -> Check:
    """The cost before training against that of one who knows nothing."""
    expected = subject.expected
    cost, _ = evaluate(subject.model, examples, loss_fn=subject.loss_fn, num_items=num_items, size=size)
    if expected is None and math.isfinite(cost):
        return Check("start", "ok", say("{cost:.4g}; the cost to expect is unknown", cost=cost))
    expected = expected or 0.0
    of_classes = classes and math.isclose(expected, math.log(classes))
    what = f"ln {classes} = {expected:.3f}" if of_classes else f"{expected:.4g}"
    words = say("{cost:.4g}, where {what} is expected", cost=cost, what=what)
    if not math.isfinite(cost) or cost > expected + ABOVE:
        far = not math.isfinite(cost) or cost > expected + FAR_ABOVE
        return Check("start", "failed" if far else "warning", words, _too_far(subject))
    if cost < expected / 2 and not subject.transferred:
        return Check("start", "warning", words,
                     say("it knows too much for a start: right where the weights are trained already, otherwise look "
                         "whether the inputs tell the target"))
    return Check("start", "ok", words)


def _too_far(subject: Subject) -> str:
    """Which it is: the inputs, by their scale where they meet the first weights, or else the weights."""
    scales: list[float] = []

    def note(call: Any, inputs: Any, z: Tensor) -> None:
        if call.order == 0:
            scales.extend(x.detach().double().square().mean().sqrt().item() for x in tensors_in(inputs)[:1])

    with torch.no_grad(), watching(subject.model.eval(), on_layer=note):
        run(subject.model, subject.pool[0])
    if scales and not scales[0] <= LARGE_INPUTS:
        return say("the inputs are not normalised: their scale at the first layer is {scale:.2g}, not 1. Take off the "
                   "mean of train, and divide by its standard deviation", scale=scales[0])
    if subject.transferred:
        return say("the loaded layers give other values than they did where they learned: check that the inputs are "
                   "read and normalised as they were there")
    return say("the initial weights are too large: take --init he or xavier, or smaller ones in the last layer")


def one_batch(subject: Subject) -> Check:
    """Train on a few examples until the cost has fallen as far as it must, at one rate after another."""
    batch = distinct(subject.pool)
    share = 1 / 10 if may_be_independent(batch) else 1 / 2
    least = subject.least(batch[1]) if subject.least else 0.0
    began, cut, taken = math.inf, False, 0
    best, goal = (math.inf, math.nan, 0), math.nan  # cost then, before, steps
    for rate in RATES:
        costs: list[float] = []
        for cost in _trained(subject, copy.deepcopy(subject.model), batch, rate):
            costs.append(cost)
            known = subject.expected if (subject.expected or 0.0) > least else None
            goal = least + share * ((known or costs[0]) - least)
            if len(costs) == 2:  # the very first step is slower than all others
                began = min(began, time.perf_counter())
            cut = time.perf_counter() - began > subject.seconds
            if not math.isfinite(cost) or cost <= goal or cut or len(costs) > STEPS:
                break
        taken += len(costs) - 1
        if costs[-1] < best[0]:
            best = costs[-1], costs[0], len(costs) - 1
        if best[0] <= goal or cut:
            break
    now, before, steps = best
    words = say("{m} {m:example|examples}: cost {before:.3g} → {now:.2g} in {steps} {steps:step|steps}",
                m=examples_in(batch[1]), before=before,
                now=now, steps=steps)
    if now <= goal:
        return Check("one batch", "ok", words)
    if cut:
        words += say("; no time for more")
        if taken < SETTLED or now < FELL * before:
            return Check("one batch", "warning", words, say("undecided: --check, without training, tries longer"))
    if len(subject.learned) < len(list(subject.model.parameters())):
        return Check("one batch", "warning", words,
                     say("the frozen layers may not distinguish these: freeze fewer of them"))
    return Check("one batch", "failed", words,
                 say("a network that learns can memorise these: look for a layer that is cut off, an activation after "
                     "the last layer, a wrong cost, or targets that belong to other inputs"))


def _trained(subject: Subject, twin: nn.Module, batch: Batch, rate: float) -> Iterator[float]:
    """The cost before every step, without dropout; what gradients reach is noted."""
    for module in twin.modules():
        module.training = isinstance(module, (*NORMS, nn.RNNBase))  # cuDNN's go back in training alone
    learned = {name: p for name, p in twin.named_parameters() if p.requires_grad}
    adam = Adam(learned.values(), lr=rate)
    while True:
        adam.zero_grad()
        cost = subject.loss_fn(call(twin, batch[0]), batch[1])
        if cost.requires_grad:
            cost.backward()  # type: ignore[no-untyped-call]
        subject.linked.update(name for name, p in learned.items() if p.grad is not None)
        subject.reached.update(name for name in subject.linked - subject.reached if _any(learned[name].grad))
        yield cost.item()
        adam.step()


def _train_once(subject: Subject) -> None:
    """Note what gradients reach where all of the model is in training mode."""
    twin = copy.deepcopy(subject.model).train()
    cost = subject.loss_fn(call(twin, subject.pool[0]), subject.pool[1])
    if cost.requires_grad:
        cost.backward()  # type: ignore[no-untyped-call]
    learned = {name: p for name, p in twin.named_parameters() if p.requires_grad}
    subject.linked.update(name for name, p in learned.items() if p.grad is not None)
    subject.reached.update(name for name, p in learned.items() if _any(p.grad))


def _any(gradient: Tensor | None) -> bool:
    return gradient is not None and bool(gradient.any())


def may_be_independent(batch: Batch) -> bool:
    """Whether inputs are a tensor of numbers, and targets a tensor; whole numbers stand for letters and words."""
    x, y = batch
    return isinstance(x, Tensor) and x.is_floating_point() and isinstance(y, Tensor)


def distinct(batch: Batch) -> Batch:
    """Examples whose (1, x) are linearly independent, the classes in turn; of several inputs the first few."""
    x, y = batch
    if not may_be_independent(batch):
        first = torch.arange(min(FEW, examples_in(y)), device=next(leaves(batch)).device)
        return take(x, first), take(y, first)
    z = x.flatten(1).double()
    z = z - z.mean(0)
    z = torch.cat([torch.ones_like(z[:, :1]), z / z.std(0, correction=0).clamp_min(1e-12)], dim=1)
    order = list(range(len(x)))
    if y.dim() == 1 and not y.is_floating_point():
        labels = y.tolist()
        order = sorted(order, key=lambda i: labels[:i].count(labels[i]))  # the first of every class, the second, ..
    kept: list[int] = []
    basis: list[Tensor] = []
    for i in order:
        rest = z[i]
        for q in basis:
            rest = rest - (rest @ q) * q
        if len(kept) < FEW and rest.norm() > 0.1 * z[i].norm():
            kept.append(i)
            basis.append(rest / rest.norm())
    chosen = torch.tensor(kept if len(kept) > 1 else order[:2], device=x.device)  # batch normalisation takes no fewer
    return x[chosen], y[chosen]


def gradients(subject: Subject) -> Check:
    """Which parameters no gradient reached in all steps of `one_batch`: zero weights above hold one back for a step."""
    names = list(subject.learned)
    if not names:
        return Check("gradients", "failed", say("no parameter is to be trained"),
                     say("set requires_grad of those that should learn"))
    if not subject.reached.issuperset(names):
        _train_once(subject)  # branches that only train, such as GoogLeNet's at the side
    if cut := [name for name in names if name not in subject.linked]:
        return Check("gradients", "failed", say("no gradient reaches {names}", names=few(cut)),
                     say("the cost does not depend on them: look for detach, .data, numpy, argmax or a layer that "
                         "forward leaves out; what is frozen on purpose needs requires_grad_(False)"))
    if zero := [name for name in names if name not in subject.reached]:
        return Check("gradients", "failed", say("always exactly 0 at {names}", names=few(zero)),
                     say("what follows them is dead or constant: look at the signals, take --init he, or smaller "
                         "biases"))
    return Check("gradients", "ok", say("reach every one of {n} parameter {n:tensor|tensors}", n=len(names)))


def signals(subject: Subject) -> Check:
    """The init report; after some steps where weights begin at 0, for which it says nothing."""
    model = subject.model
    if any(p.dim() > 1 and not p.any() for p in subject.learned.values()):
        model = copy.deepcopy(model)
        for _ in zip(range(10), _trained(subject, model, subject.pool, RATES[0]), strict=False):
            pass
    try:
        report = init_report(model, *subject.pool, loss_fn=subject.loss_fn)
    except InputError as error:
        return Check("signals", "ok", say("not measured: {reason}", reason=error))
    said: Sequence[str] = report.sentences()
    if report.verdict == "healthy":
        return Check("signals", "ok", say("healthy forward and back in every layer ({n})", n=len(report.layers)))
    return Check("signals", "warning" if report.verdict == "saturated" else "failed", " ".join(said[:2]), said[2])
