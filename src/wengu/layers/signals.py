"""Vanishing and exploding: how large activations and gradients are, layer by layer.                         [notes 2.5]

A batch is run through the model, and for every call of every layer with weights it is measured:

    forward     √mean(z²), the scale of its output                compared with that of the input, or 1
    backward    ‖dJ/da‖, the gradient at its input                compared with ‖dJ/dŷ‖
    dead        the share of units at which ReLU is 0 for the whole batch
    saturated   the share of values at which g'(z) < g'(0) / 10, g sigmoid or tanh

Under weights of variance gain² / n_in both scales stay level: the mean square forward, the norm backward (He et al.
2015, arXiv:1502.01852, equations 10 and 14), so a quotient beyond `limit` either way is a fault. It is attributed to
the first layer to cross: on the way from the input, else on the way back from the output. Where normalisations begin
with γ = 0, so that a residual branch adds nothing at first (Goyal et al. 2017, arXiv:1706.02677, section 5.1), the
gradient in it is exactly 0 until a step changes γ: a layer that gets 0 is judged again with γ = 1 wherever γ = 0 has a
gradient. The notes' example is in deep_linear.py. Source: Glorot & Bengio 2010, section 4, for reading a network by its
activations and gradients.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from wengu.core.batches import mapped
from wengu.core.checks import InputError, differentiable
from wengu.core.i18n import say
from wengu.core.seeds import seed_for
from wengu.functions.activations import d_sigmoid, d_tanh
from wengu.graph.call import tensors_in
from wengu.layers.probe import LayerCall, run, units_dim, watching, wide

SignalVerdict = Literal["healthy", "vanishing", "exploding", "dead", "saturated"]
DEAD, SATURATED = 0.9, 0.5  # shares that make the verdict; in a deep healthy ReLU network half of the units may be off
_DERIVATIVES = {"sigmoid": d_sigmoid, "expit": d_sigmoid, "tanh": d_tanh}


@dataclass(frozen=True)
class LayerScale:
    """What one call of one layer passes on; None: no gradient arrives (`backward`), or the share does not apply."""

    name: str
    kind: str
    activation: str
    forward: float
    backward: float | None
    weight_gradient: float | None
    dead: float | None
    saturated: float | None
    forward_verdict: SignalVerdict
    backward_verdict: SignalVerdict

    @property
    def verdict(self) -> SignalVerdict:
        return self.backward_verdict if self.forward_verdict == "healthy" else self.forward_verdict


@dataclass(frozen=True)
class Signals:
    """Every layer in order of its call, and what the layers are compared with."""

    layers: tuple[LayerScale, ...]
    input_scale: float
    output_gradient: float
    limit: float

    @property
    def failing(self) -> LayerScale | None:
        """The first layer to fail on the way from the input, else on the way back from the output."""
        forward = (layer for layer in self.layers if layer.forward_verdict != "healthy")
        backward = (layer for layer in reversed(self.layers) if layer.backward_verdict != "healthy")
        return next(forward, None) or next(backward, None)

    @property
    def verdict(self) -> SignalVerdict:
        return self.failing.verdict if self.failing else "healthy"


@dataclass(eq=False)
class _Scales:
    forward: float
    backward: Tensor | None = None
    dead: float | None = None
    saturated: float | None = None


def measure_signals(
    model: nn.Module, x: Any, y: Any, loss_fn: Callable[..., Tensor] | None, limit: float
) -> Signals:
    """Every layer's on one batch in training mode; the model stays as it is."""
    twin = copy.deepcopy(model).train()
    leaf = mapped(lambda t: t.detach().clone().requires_grad_(t.is_floating_point()), x)
    scales: dict[LayerCall, _Scales] = {}
    arriving: list[Tensor] = []

    def on_layer(call: LayerCall, inputs: Any, z: Tensor) -> None:
        scale = scales[call] = _Scales(_rms(z))
        _on_gradient(next((a for a in tensors_in(inputs) if a.requires_grad), z),
                             lambda norm: setattr(scale, "backward", norm))

    def on_activation(call: LayerCall, z: Tensor) -> None:
        z = z.detach()
        if call.activation == "relu":
            units = z.movedim(units_dim(call.layer), 0).flatten(1)
            scales[call].dead = (units <= 0).all(1).float().mean().item()
        elif derivative := _DERIVATIVES.get(call.activation):
            scales[call].saturated = (derivative(z) < derivative(z.new_zeros(())) / 10).float().mean().item()

    with torch.random.fork_rng(cuda_devices(twin)), torch.enable_grad():
        torch.manual_seed(seed_for(0, "init report"))  # dropout and the random direction are the same every time
        with watching(twin, on_layer=on_layer, on_activation=on_activation):
            outputs = run(twin, mapped(torch.clone, leaf), name="x")  # a model may change its input in place
        if not scales:
            raise InputError(say("model: expected at least one layer with weights, got none"))
        made = [out for out in tensors_in(outputs) if out.requires_grad]
        for out in made:
            _on_gradient(out, arriving.append)
        cost = _cost(outputs, y, loss_fn, made)
        leaves = [t for t in (*twin.parameters(), *tensors_in(leaf)) if t.requires_grad]
        gradients = torch.autograd.grad(cost, leaves, allow_unused=True)
    of = {t: g for t, g in zip(leaves, gradients, strict=True) if g is not None}
    begun: dict[str, SignalVerdict] = {}
    if any(scale.backward == 0 for scale in scales.values()) and _begin(twin, of):
        begun = {one.name: one.backward_verdict for one in measure_signals(twin, x, y, loss_fn, limit).layers}
    input_scale = _rms(next((t for t in tensors_in(x) if t.is_floating_point()), torch.ones(1)))
    output_gradient = math.hypot(*(norm.item() for norm in arriving))

    def judged(call: LayerCall, scale: _Scales) -> LayerScale:
        earlier = sum(other.name == call.name for other in scales if other.order < call.order)
        name = (call.name or "model") + (f" ({earlier + 1})" if earlier else "")
        backward = None if scale.backward is None else scale.backward.item()
        waits = backward == 0 and begun.get(name, "vanishing") != "vanishing"
        weights = [wide(of[p]).norm().item() for p in call.layer.parameters(recurse=False) if p.dim() > 1 and p in of]
        return LayerScale(
            name, type(call.layer).__name__, call.activation, scale.forward, backward, max(weights, default=None),
            scale.dead, scale.saturated, _forward_verdict(scale, input_scale, limit),
            "healthy" if waits else _beyond(backward, output_gradient, output_gradient, limit),
        )

    return Signals(tuple(judged(*item) for item in scales.items()), input_scale, output_gradient, limit)


def _on_gradient(z: Tensor, then: Callable[[Tensor], None]) -> None:
    if z.requires_grad:  # below the first layer that learns nothing does
        z.register_hook(lambda gradient: then(wide(gradient).norm()))  # type: ignore[no-untyped-call]


def _begin(model: nn.Module, gradients: Mapping[Tensor, Tensor]) -> bool:
    """Set γ = 1 wherever γ = 0 has a gradient, as a step would change it; whether there is such a γ."""
    found = False
    for name, gamma in model.named_parameters():
        if name.endswith("weight") and gamma.dim() == 1 and gamma in gradients:
            waits = (gamma == 0) & (gradients[gamma] != 0)
            gamma.data[waits] = 1
            found |= bool(waits.any())
    return found


def cuda_devices(model: nn.Module) -> list[int]:
    """The numbers of the GPUs that hold its parameters."""
    return sorted({p.device.index for p in model.parameters() if p.is_cuda})


def _cost(outputs: Any, y: Any, loss_fn: Callable[..., Tensor] | None, floating: list[Tensor]) -> Tensor:
    if loss_fn is None:
        cost = sum((torch.randn_like(out) * out).sum() for out in floating)
    else:
        cost = loss_fn(outputs) if y is None else loss_fn(outputs, y)
    return differentiable("loss_fn", cost)  # type: ignore[no-any-return]


def _forward_verdict(scale: _Scales, input_scale: float, limit: float) -> SignalVerdict:
    """Judged against the input's scale and against 1: a normalising layer makes 1 out of anything."""
    beyond = _beyond(scale.forward, min(1, input_scale), max(1, input_scale), limit)
    if beyond == "exploding":
        return beyond
    if scale.dead is not None and scale.dead >= DEAD:
        return "dead"
    return "saturated" if scale.saturated is not None and scale.saturated > SATURATED else beyond


def _beyond(value: float | None, low: float, high: float, limit: float) -> SignalVerdict:
    if value is None:
        return "healthy"
    if not math.isfinite(value) or value > high * limit:
        return "exploding"
    return "vanishing" if value < low / limit else "healthy"


def _rms(z: Tensor) -> float:
    return wide(z).square().mean().sqrt().item()
