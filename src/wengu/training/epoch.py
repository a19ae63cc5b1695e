"""One epoch of training: a step on each of its mini-batches, from where it was left.

    for X^{t}, Y^{t} in the mini-batches of order(e), with α <- α0 · decay(step):       (order.py)
        the generators are set for this step                                            (rng.py)
        W <- the optimiser's step on dJ^{t}/dW                                          (step.py)

Between two steps it looks for Ctrl-C, for changes that were asked for (control.py), and whether to save.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, device, nn
from torch.utils.data import Dataset

from wengu.core.batches import Batch
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.optimization import Schedule
from wengu.training.control import LiveControl
from wengu.training.interruption import Interruption
from wengu.training.micro_batches import pieces_of
from wengu.training.not_finite import NotFinite, about
from wengu.training.order import Order
from wengu.training.rng import StepRNG
from wengu.training.state import State
from wengu.training.step import Step
from wengu.training.world import World


class Diverged(InputError):
    """The cost or its gradient is no longer a number; the same settings would lead there again."""


@dataclass(frozen=True)
class Epoch:
    """What an epoch is trained with; `fit` says what each is."""

    step: Step
    state: State
    train: Dataset[Batch]
    order: Order
    device: device
    world: World
    rng: StepRNG
    control: LiveControl
    interruption: Interruption
    save: Callable[[], Any]
    warn: Callable[[str], None]
    decay: Schedule | None
    micro_batch: int | None
    augment: Callable[[Batch], Batch] | None
    ids: Sequence[str] | None
    save_every: float

    def run(self) -> bool:
        """Train on what is left of the epoch in hand; False where Ctrl-C ended it, with a checkpoint at that step."""
        state = self.state
        training_mode(self.step.model)
        for index in self.order(state.epoch)[state.step % state.steps_per_epoch:]:
            stop, lr = self._asked()
            if stop:
                if state.step % state.steps_per_epoch:  # at an epoch's beginning it is saved already
                    self.save()
                return False
            self._set_lr(lr)
            self.rng.at(state.step)
            self._take(index)
            state.step += 1
            # at the epoch's end the dev set comes first: what is kept there knows its row
            if state.step % state.steps_per_epoch and time.monotonic() - state.since >= self.save_every:
                self.save()
        if not state.count:
            raise Diverged(say("epoch {epoch}: every mini-batch was skipped, because none has a finite cost",
                               epoch=state.step // state.steps_per_epoch))
        return True

    def _asked(self) -> tuple[float, ...]:
        """Whether any process got Ctrl-C, and the α that the run was asked to go on with; 0 where none was."""
        changes = self.control.changes(self.state.step)
        return self.world.sum(self.interruption.asked(), changes[-1]["lr"] if changes else 0.0)

    def _set_lr(self, lr: float) -> None:
        """α of the step to come: what the schedule says of it, from `lr` on where that was asked for."""
        state = self.state
        ratio = self.decay(state.step, state.steps_per_epoch, state.total) if self.decay else 1.0
        if lr:
            state.set_lr(lr, ratio)
            self.warn(say("α set to {lr} at step {step}", lr=lr, step=state.step))
        state.decay(self.step.optimizer, ratio)

    def _take(self, index: Tensor) -> None:
        """One step on this process's part of the mini-batch."""
        mine = part = self.world.shard(index)
        n, weight = part.numel(), 1.0
        if not n:  # it then goes along, and counts nothing
            mine, weight = index[:1].repeat(2), 0.0
        elif n == 1 and self.step.normalises and index.numel() < self.state.examples_per_step:
            mine, weight = part.repeat(2), 0.5  # a remainder that has no variance alone; what is normalised becomes 0
        pieces = pieces_of(self.train, mine.to(self.device), self.micro_batch, self.augment)
        try:
            cost, count = self.step(pieces, weight=weight)
        except NotFinite as error:
            if not self.step.skips:
                names = [self.ids[i] if self.ids else str(i) for i in part.tolist()]
                raise Diverged(about(error, self.state, names, pieces, self.world)) from None
            self.state.skipped += 1
        else:
            self.state.cost_sum += cost * count
            self.state.count += count


def training_mode(model: nn.Module) -> None:
    """Training mode, but for layers all of whose weights are frozen: their running averages stay as they are."""
    model.train()
    for module in model.modules():
        own = list(module.parameters(recurse=False))
        if own and not any(w.requires_grad for w in own):
            module.eval()
