"""One pass through a network in evaluation mode, with what every layer gave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from wengu.core.checks import InputError, known_shapes, nearest
from wengu.core.i18n import say

Classes = int | Sequence[int] | Tensor | None
"One class for all pictures, or one for each; None for the likeliest of each."


@dataclass(frozen=True, eq=False)
class LayerOutput:
    """What one call of a layer took and gave; `call` counts the calls of this layer from 0."""

    name: str
    layer: nn.Module
    call: int
    taken: Tensor | None
    given: Tensor

    @property
    def has_places(self) -> bool:
        """Whether these are maps, with several places each."""
        return self.given.dim() == 4 and self.given.shape[2] * self.given.shape[3] > 1


def network_in(model: Any) -> nn.Module:
    """The network itself: of what `wengu.load` gives, its model."""
    net = model if isinstance(model, nn.Module) else getattr(model, "model", None)
    if not isinstance(net, nn.Module):
        raise InputError(say("model: expected an nn.Module or a loaded run, got {got}", got=type(model).__name__))
    known_shapes(net)
    return net


def name_of(net: nn.Module) -> str:
    """What the network is called: of a chain that begins with the normalisation of its inputs, what follows."""
    last = net[-1] if isinstance(net, nn.Sequential) and len(net) else net
    return type(last if type(last).__module__.startswith("wengu.vision") else net).__name__


@contextmanager
def in_evaluation(net: nn.Module) -> Iterator[None]:
    """Evaluation mode; afterwards each layer's mode is as before."""
    before = [(module, module.training) for module in net.modules()]
    net.eval()
    try:
        yield
    finally:
        for module, training in before:
            module.training = training


@torch.no_grad()
def passed(net: nn.Module, x: Tensor) -> tuple[list[LayerOutput], Tensor]:
    """What every layer gives for these pictures, in order, and the scores (m, C)."""
    outputs: list[LayerOutput] = []
    count: dict[str, int] = {}
    handles = []
    for name, module in net.named_modules():
        def hook(module: nn.Module, args: Any, output: Any, name: str = name) -> None:
            if isinstance(output, Tensor):
                k = count[name] = count.get(name, -1) + 1
                taken = args[0] if args and isinstance(args[0], Tensor) else None
                outputs.append(LayerOutput(name, module, k, taken, output))

        handles.append(module.register_forward_hook(hook))
    try:
        with in_evaluation(net):
            return outputs, scores_of(net, x)
    finally:
        for handle in handles:
            handle.remove()


def scores_of(net: nn.Module, x: Tensor) -> Tensor:
    """The scores (m, C). Raises InputError for what is no batch of pictures, and for outputs of another shape."""
    if not isinstance(x, Tensor) or x.dim() != 4:
        raise InputError(say("x: expected pictures (m, channels, height, width), got {got}", got=_told(x)))
    z = net(x)
    if not isinstance(z, Tensor) or z.dim() != 2:
        raise InputError(say("model: expected one that gives scores (m, classes), got {got}", got=_told(z)))
    return z


def _told(value: Any) -> str:
    """The shape of a tensor, and the kind of anything else."""
    return str(tuple(value.shape)) if isinstance(value, Tensor) else type(value).__name__


def classes_in(classes: Classes, scores: Tensor) -> Tensor:
    """The class of each picture (m,)."""
    m, n = scores.shape
    if classes is None:
        return scores.argmax(1)
    chosen = torch.as_tensor(classes, device=scores.device)
    chosen = chosen.expand(m) if chosen.dim() == 0 else chosen
    if chosen.is_floating_point() or chosen.shape != (m,) or not bool(((chosen >= 0) & (chosen < n)).all()):
        raise InputError(say("classes: expected a class from 0 to {last}, or one for each of {m} {m:picture|pictures}, "
                             "got {got}", last=n - 1, m=m, got=str(classes)))
    return chosen.long()


def named(outputs: Sequence[LayerOutput], layer: str) -> LayerOutput:
    """The last output of the layer of this name."""
    names = list(dict.fromkeys(one.name for one in outputs if one.name))
    if layer not in names:
        near = nearest(layer, names)
        hint = say("; did you mean {near}?", near=near) if near else ""
        raise InputError(say("layer: expected the name of one that is called, as model.named_modules() has it, got "
                             "{layer}{hint}", layer=layer, hint=hint))
    return next(one for one in reversed(outputs) if one.name == layer)
