"""What all optimisers share: which tensors are stepped on together, in one pass over memory. No formula.

torch's fused kernels step on a whole list of tensors in one call and read each as it lies in memory. The lists are
made once and kept while the same parameters have gradients, as making them costs more than the step itself where
tensors are small. Every step checks cheaply that they still hold: by the addresses of the weights and the strides of
the gradients. A tensor that does not fit (a gradient with other strides than its weights) is stepped on by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from wengu.core.checks import InputError, at_least, fraction
from wengu.core.i18n import say
from wengu.torch_private import foreach, has_fused, without_profiler_hooks

SMALL = 2**14  # numbers in a tensor
_HAS_KERNEL = ("cpu", "cuda")


@dataclass
class TensorGroup:
    """Tensors of one dtype and device with the same t, all of them large or all of them small."""

    t: Tensor
    weights: list[Tensor] = field(default_factory=list)
    averages: list[list[Tensor]] = field(default_factory=list)  # one list for each name in `AVERAGES`
    places: list[int] = field(default_factory=list)  # of these weights among the parameters with gradients
    gradients: list[Tensor] = field(default_factory=list)  # of this step
    scratch: list[Tensor] = field(default_factory=list)  # what a kernel writes and nobody reads


@dataclass
class _Grouping:
    """How the parameters of a group that have gradients are stepped on, and what this depends on."""

    depends_on: Any
    states: list[dict[str, Any]]
    groups: list[TensorGroup]
    by_hand: list[int]


@contextmanager
def _one_thread() -> Iterator[None]:
    """For small tensors: to wake all threads for each takes longer than the work itself."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class FusedOptimizer(Optimizer):
    """`step` for an optimiser that has a kernel for many tensors and a formula for one."""

    AVERAGES: tuple[str, ...] = ()  # the running averages kept for each weight, by their names in the state
    UNKNOWN: tuple[str, ...] = ("amsgrad", "maximize", "centered", "alpha", "nesterov", "momentum")
    "What torch's optimisers have and this one has not."

    def __init__(self, params: Iterable[Any], **defaults: Any) -> None:
        _check(defaults)
        self._plans: dict[int, _Grouping] = {}
        super().__init__(params, defaults)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """One more group; its settings are checked like the constructor's."""
        group = self.from_torch(param_group)
        _check({**self.defaults, **group})
        super().add_param_group(group)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """After loading or unpickling, plans for the former state are forgotten."""
        super().__setstate__(state)
        self._plans = {}
        for group in self.param_groups:
            for name, value in self.defaults.items():
                group.setdefault(name, value)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop the gradients, or with set_to_none=False set them to 0."""
        parameters = [w for group in self.param_groups for w in group["params"] if w.grad is not None]
        if not set_to_none and parameters:
            with torch.no_grad():
                foreach("zero_", [w.grad.detach_() for w in parameters])
            return
        for w in parameters:
            w.grad = None

    def state_dict(self) -> dict[str, Any]:
        """As torch's, with a t for each parameter: here those stepped on together share one.

        The settings are there by torch's names too, so that torch's optimiser of the same rule goes on from here.
        """
        made: dict[str, Any] = super().state_dict()
        made["state"] = {k: {name: value.clone() if name == "step" else value for name, value in state.items()}
                         for k, state in made["state"].items()}
        made["param_groups"] = [group | self.to_torch(group) for group in made["param_groups"]]
        return made

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a `state_dict`, of ours or of torch's optimiser of the same rule.

        Raises InputError, with nothing changed, for settings out of their range, or that this rule does not have.
        """
        groups = [self.from_torch(group) for group in state_dict["param_groups"]]
        for group in groups:
            _check({**self.defaults, **group})
        super().load_state_dict({**state_dict, "param_groups": groups})

    def to_torch(self, group: Mapping[str, Any]) -> dict[str, Any]:
        """The settings of a group that torch calls otherwise, by its names."""
        return {}

    def from_torch(self, group: Mapping[str, Any]) -> dict[str, Any]:
        """A group with its settings by our names. Raises InputError for one of torch's that this rule does not have."""
        for name in self.UNKNOWN:
            if group.get(name):
                raise InputError(say("{name}: torch's optimiser has it, this one does not; it cannot take up that "
                                     "state", name=name))
        return dict(group)

    def kernel(self, tensors: TensorGroup, **group: Any) -> None:
        """One step of many tensors at once; t has been counted already."""
        raise NotImplementedError

    def by_hand(self, w: Tensor, g: Tensor, averages: Sequence[Tensor], t: int, **group: Any) -> None:
        """One step of one tensor, by the formula."""
        raise NotImplementedError

    @without_profiler_hooks
    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """One step for every parameter with a gradient; `closure`, where given, first computes the cost again."""
        cost = None
        if closure is not None:
            with torch.enable_grad():
                cost = closure()
        for k, group in enumerate(self.param_groups):
            if not group["lr"] >= 0:  # a schedule's doing; NaN is none either
                at_least("lr", float(group["lr"]), 0)
            every = [w.grad for w in group["params"]]
            gradients = [g for g in every if g is not None]
            parameters = group["params"]
            if len(gradients) < len(every):
                parameters = [w for w, g in zip(parameters, every, strict=True) if g is not None]
            plan = self._plans.get(k)
            if plan is None or plan.depends_on != self._fingerprint(parameters, gradients, plan.states):
                plan = self._plans[k] = self._plan(parameters, gradients)
            for tensors in plan.groups:
                tensors.t.add_(1)
                tensors.gradients = gradients if len(tensors.places) == len(gradients) else [
                    gradients[i] for i in tensors.places
                ]
                if torch.get_num_threads() > 1 and tensors.weights[0].numel() <= SMALL:
                    with _one_thread():
                        self.kernel(tensors, **group)
                else:
                    self.kernel(tensors, **group)
                tensors.gradients = []
            for i in plan.by_hand:
                self._step_by_hand(parameters[i], gradients[i], group)
        return cost

    def _fingerprint(
        self, parameters: list[Tensor], gradients: list[Tensor], states: list[dict[str, Any]]
    ) -> tuple[list[Any], ...]:
        """What a plan depends on: which weights, and the layout in memory of them, their gradients and averages."""
        return (
            list(map(id, parameters)),
            [w.data_ptr() for w in parameters],
            [None if g.is_sparse else g.stride() for g in gradients],
            list(map(id, self.state.values())),
            [id(state.get(name)) for state in states for name in self.AVERAGES],
        )

    def _plan(self, parameters: list[Tensor], gradients: list[Tensor]) -> _Grouping:
        """The lists for these gradients; averages follow their weights to another dtype or device."""
        groups: dict[tuple[Any, ...], TensorGroup] = {}
        by_hand = []
        devices = _HAS_KERNEL if has_fused() else ()
        for i, (w, g) in enumerate(zip(parameters, gradients, strict=True)):
            if g.is_sparse:
                raise TypeError(say("gradient: expected a dense one, got a sparse one of shape {shape}; make the "
                                    "embedding with sparse=False", shape=tuple(g.shape)))
            if w.is_complex():
                raise TypeError(say("params: expected real weights, got {dtype}; give torch.view_as_real of them",
                                    dtype=w.dtype))
            state = self.state[w]
            averages = [torch.zeros_like(w) if state.get(name) is None else state[name].to(w)
                        for name in self.AVERAGES]
            t = torch.full((), float(state.get("step", 0)), device=w.device)
            without_holes = torch.empty_like(w, device="meta").stride() == w.stride()
            if w.device.type in devices and without_holes and all(x.stride() == w.stride() for x in (g, *averages)):
                key = (w.dtype, w.device, float(t), w.numel() <= SMALL)
                together = groups.setdefault(key, TensorGroup(t, averages=[[] for _ in averages]))
                together.places.append(i)
                together.weights.append(w)
                for held, average in zip(together.averages, averages, strict=True):
                    held.append(average)
                t = together.t
            else:
                by_hand.append(i)
            state |= {"step": t, **dict(zip(self.AVERAGES, averages, strict=True))}
        states = [self.state[w] for w in parameters]
        return _Grouping(self._fingerprint(parameters, gradients, states), states, list(groups.values()), by_hand)

    def _step_by_hand(self, w: Tensor, g: Tensor, group: Mapping[str, Any]) -> None:
        state = self.state[w]
        state["step"].add_(1)
        if group["decoupled_weight_decay"]:
            w.mul_(1 - group["lr"] * group["weight_decay"])
        elif group["weight_decay"]:
            g = g + group["weight_decay"] * w
        self.by_hand(w, g, [state[name] for name in self.AVERAGES], int(state["step"]), **group)


def _check(settings: Mapping[str, Any]) -> None:
    """Raises InputError or TypeError for a setting that is out of its range, or that this optimiser does not know."""
    at_least("lr", settings["lr"], 0)
    for name in ("weight_decay", "eps"):
        at_least(name, settings.get(name, 0), 0)
    for name in ("beta", "momentum", "dampening"):
        if settings.get(name) is not None:
            fraction(name, settings[name])
    if settings.get("nesterov") and settings.get("dampening") != 0:
        raise InputError(say("nesterov: expected dampening=0 beside it, as in torch, got {got}",
                             got=settings.get("dampening")))
    betas = settings.get("betas", (0, 0))
    if not isinstance(betas, tuple | list) or len(betas) != 2:
        raise InputError(say("betas: expected two numbers, such as (0.9, 0.999), got {got!r}", got=betas))
    for k, beta in enumerate(betas):
        fraction(f"betas[{k}]", beta)
