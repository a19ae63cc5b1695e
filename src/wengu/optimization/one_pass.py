"""What all optimisers share: which tensors are stepped on together, in one pass over memory. No formula.

torch's fused kernels step on a whole list of tensors in one call and read each as it lies in memory. The lists are
made once and kept while the same parameters have gradients, as making them costs more than the step itself where
tensors are small. Everything is checked anew at every step by what costs least: where the weights lie, and how the
gradients do. A tensor that does not fit (a gradient that lies otherwise than its weights) is stepped on by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.optim import Optimizer

from wengu.core.checks import at_least, fraction, positive
from wengu.core.words import say
from wengu.optimization.light_step import light_step

SMALL = 2**14  # numbers in a tensor
_HAS_KERNEL = ("cpu", "cuda")


@dataclass
class Alike:
    """Tensors of one type, on one device, stepped on as often, large or small; t is common to them."""

    t: Tensor
    weights: list[Tensor] = field(default_factory=list)
    averages: list[list[Tensor]] = field(default_factory=list)  # one list for each name in `AVERAGES`
    places: list[int] = field(default_factory=list)  # of these among the parameters with gradients
    gradients: list[Tensor] = field(default_factory=list)  # of this step
    scratch: list[Tensor] = field(default_factory=list)  # what a kernel writes and nobody reads


@dataclass
class _Plan:
    """The parameters of a group that have gradients, as they were found."""

    none: list[bool]  # which parameters of the group have no gradient
    parameters: list[Tensor]  # the others
    addresses: list[int]
    strides: list[tuple[int, ...]]  # of the gradients
    state: Any  # of the first
    alike: list[Alike]
    by_hand: list[int]

    def gradients(self, group: Mapping[str, Any], states: Mapping[Tensor, Any]) -> list[Tensor] | None:
        """This step's gradients, where all is as it was when the plan was made."""
        every = [w.grad for w in group["params"]]
        if [g is None for g in every] != self.none:
            return None
        if self.parameters and states[self.parameters[0]] is not self.state:
            return None
        found = [g for g in every if g is not None]
        try:
            as_before = [g.stride() for g in found] == self.strides
        except RuntimeError:  # a sparse one has none
            return None
        return found if as_before and [w.data_ptr() for w in self.parameters] == self.addresses else None


@contextmanager
def _threads(alike: Alike) -> Iterator[None]:
    """One thread for small tensors: the kernel calls all together for each, which takes longer than the work."""
    if alike.weights[0].numel() > SMALL:
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class OnePass(Optimizer):
    """`step` for an optimiser that has a kernel for many tensors and a formula for one."""

    AVERAGES: tuple[str, ...] = ()  # the running averages kept for each weight, by their names in the state

    def __init__(self, params: Iterable[Any], **defaults: Any) -> None:
        positive("lr", defaults["lr"])
        for name in ("weight_decay", "eps"):
            at_least(name, defaults.get(name, 0), 0)
        for name in ("beta", "betas"):
            for beta in np.atleast_1d(defaults.get(name, 0)):
                fraction(name, float(beta))
        self._plans: dict[int, _Plan] = {}
        super().__init__(params, defaults)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """After loading or unpickling, what was planned for the former state holds no longer."""
        super().__setstate__(state)
        self._plans = {}
        for group in self.param_groups:
            for name, value in self.defaults.items():
                group.setdefault(name, value)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, or with set_to_none=False keep them and make them 0."""
        parameters = [w for group in self.param_groups for w in group["params"] if w.grad is not None]
        if not set_to_none and parameters:
            with torch.no_grad():
                torch._foreach_zero_([w.grad.detach_() for w in parameters])
            return
        for w in parameters:
            w.grad = None

    def state_dict(self) -> dict[str, Any]:
        """As torch's, each parameter with a t of its own: here those stepped on together share one."""
        made: dict[str, Any] = super().state_dict()
        made["state"] = {k: {**state, "step": state["step"].clone()} for k, state in made["state"].items()}
        return made

    def kernel(self, alike: Alike, **group: Any) -> None:
        """One step of many tensors at once; t has been counted already."""
        raise NotImplementedError

    def by_hand(self, w: Tensor, g: Tensor, averages: Sequence[Tensor], t: int, **group: Any) -> None:
        """One step of one tensor, by the formula."""
        raise NotImplementedError

    @light_step
    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """One step for every parameter with a gradient; `closure`, where given, computes the cost anew first."""
        cost = None
        if closure is not None:
            with torch.enable_grad():
                cost = closure()
        for k, group in enumerate(self.param_groups):
            plan = self._plans.get(k)
            gradients = plan.gradients(group, self.state) if plan else None
            if plan is None or gradients is None:
                plan = self._plans[k] = self._plan(group)
                gradients = [w.grad for w in plan.parameters if w.grad is not None]
            for alike in plan.alike:
                alike.t.add_(1)
                alike.gradients = gradients if len(alike.places) == len(gradients) else [
                    gradients[i] for i in alike.places
                ]
                with _threads(alike):
                    self.kernel(alike, **group)
                alike.gradients = []
            for i in plan.by_hand:
                self._step_by_hand(plan.parameters[i], gradients[i], group)
        return cost

    def _plan(self, group: Mapping[str, Any]) -> _Plan:
        """The lists for these gradients; averages follow their weights to another type or device."""
        with_gradient = [(w, w.grad) for w in group["params"] if w.grad is not None]
        alike: dict[tuple[Any, ...], Alike] = {}
        by_hand = []
        for i, (w, g) in enumerate(with_gradient):
            if g.is_sparse:
                raise TypeError(say("gradient: expected a dense one, got a sparse one of shape {shape}; make the "
                                    "embedding with sparse=False", shape=tuple(g.shape)))
            state = self.state[w]
            averages = [state[name].to(w) if name in state else torch.zeros_like(w) for name in self.AVERAGES]
            t = torch.full((), float(state.get("step", 0)), device=w.device)
            if w.device.type in _HAS_KERNEL and all(x.stride() == w.stride() for x in (g, *averages)):
                key = (w.dtype, w.device, float(t), w.numel() <= SMALL)
                together = alike.setdefault(key, Alike(t, averages=[[] for _ in averages]))
                together.places.append(i)
                together.weights.append(w)
                for tensors, average in zip(together.averages, averages, strict=True):
                    tensors.append(average)
                t = together.t
            else:
                by_hand.append(i)
            state |= {"step": t, **dict(zip(self.AVERAGES, averages, strict=True))}
        return _Plan(
            none=[w.grad is None for w in group["params"]],
            parameters=[w for w, _ in with_gradient],
            addresses=[w.data_ptr() for w, _ in with_gradient],
            strides=[g.stride() for _, g in with_gradient],
            state=self.state[with_gradient[0][0]] if with_gradient else None,
            alike=list(alike.values()),
            by_hand=by_hand,
        )

    def _step_by_hand(self, w: Tensor, g: Tensor, group: Mapping[str, Any]) -> None:
        state = self.state[w]
        state["step"].add_(1)
        if group["decoupled_weight_decay"]:
            w.mul_(1 - group["lr"] * group["weight_decay"])
        elif group["weight_decay"]:
            g = g + group["weight_decay"] * w
        self.by_hand(w, g, [state[name] for name in self.AVERAGES], int(state["step"]), **group)
