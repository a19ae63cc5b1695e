"""The form in which a network predicts: as fast as it goes here, with the answers that it has.            [notes 2.20]

    fp32    batch norms folded into the layers before them (layers/fold.py), channels last in memory
    bf16    that, and products in bfloat16, the last layer's in float32: its sums are the scores

In float32 only the rounding is another, and p the same to five digits. In bfloat16 a number has 8 bits, and p of a
trained ResNet-20 is off by 0.002 on average and 0.01 at most; each example's answer is the same whether it is asked for
alone or among others. So a run predicts in what it was trained and judged in, where the processor has units for that:
training took bfloat16 only where it measured that it gains, and that the cost is the same. Elsewhere, and for published
weights, which nobody judged in bfloat16, it is float32.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from wengu.core.batches import call, leaves
from wengu.core.run_folder import RunFolder
from wengu.layers import folded
from wengu.layers.fold import CONVOLUTIONS, NORMS, has_listeners
from wengu.layers.linear import Linear
from wengu.torch_private import version
from wengu.training.evaluation import device_of
from wengu.training.precision import Precision, has_bf16_units

AT_ONCE = 6_500_000  # numbers that a layer may give at once, so that they stay in the cache: 8 pictures of ResNet-18 at
# 224, 99 at 32. Of 64 of 224 at once each takes it 1.3 times as long, and MobileNetV2 twice
LAYERS = *CONVOLUTIONS, nn.Linear, Linear


def precision_of(run: RunFolder | None, model: nn.Module, asked: Literal["auto", "fp32", "bf16"]) -> Precision:
    """What is asked for; of `auto` that of the run, for networks with convolutions where the processor has units."""
    if asked != "auto":
        return asked
    trained = "fp32" if run is None else run.facts().get("precision", "fp32")
    convolves = any(isinstance(module, CONVOLUTIONS) for module in model.modules())
    return "bf16" if trained == "bf16" and convolves and has_bf16_units(device_of(model)) else "fp32"


@dataclass(frozen=True)
class Form:
    """What predicts, and how many examples go through it at once; None where that was not looked at."""

    model: nn.Module
    at_once: int | None = None


def for_prediction(model: nn.Module, example: Any, precision: Precision) -> Form:
    """A copy in that form, to be run in `casting(precision)`; the model itself where there is none.

    That is so without an example of its inputs, and where the network cannot be copied, is listened to by hooks, or
    has no layer that would gain.
    """
    layers = [module for module in model.modules() if type(module) in LAYERS]
    if example is None or not any(type(layer) in CONVOLUTIONS for layer in layers):
        return Form(model)
    try:
        if any(map(has_listeners, model.modules())):
            return Form(model)
        made: nn.Module = folded(model, example).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        _in_place(made)
        with torch.inference_mode():
            if precision == "bf16":
                _in_bf16(made, example)
            with torch.autocast(device_of(made).type, torch.bfloat16, enabled=precision == "bf16"):
                most = _most_numbers(made, example)
    except Exception:  # a network of one's own may raise anything; as it is it predicts
        return Form(model)
    return Form(made, max(1, int(AT_ONCE / most)))


class InFloat32(nn.Module):
    """A layer whose products are in float32, whatever the others are in."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Any:
        with torch.autocast(x.device.type, enabled=False):
            return self.layer(x.float())


def _in_place(made: nn.Module) -> None:
    """ReLU writes over what a layer of the same `nn.Sequential` has just given, for nobody else has that."""
    for sequence in made.modules():
        if isinstance(sequence, nn.Sequential) and type(sequence).forward is nn.Sequential.forward:
            fresh = False
            for k, module in enumerate(list(sequence)):
                if type(module) in (nn.ReLU, nn.ReLU6) and fresh:
                    sequence[k] = type(module)(inplace=True)  # one of its own, for it may be shared
                else:
                    fresh = type(module) in (*LAYERS, *NORMS) or (type(module) is nn.Identity and fresh)


def _most_numbers(made: nn.Module, example: Any) -> float:
    """Of the module that gives the most, for one example."""
    most = [1.0]

    def see(_module: nn.Module, _inputs: Any, given: Any) -> None:
        most.append(sum(t.numel() / len(t) for t in leaves(given) if t.numel()))

    handles = [module.register_forward_hook(see) for module in made.modules()]
    call(made, example)
    for handle in handles:
        handle.remove()
    return max(most)


def _in_bf16(made: nn.Module, example: Any) -> None:
    """Weights in bfloat16, so that no mini-batch casts them again; the layer that is called last stays as it is."""
    ended: list[str] = []
    handles = [module.register_forward_hook(lambda *_, name=name: ended.append(name))
               for name, module in made.named_modules() if name and type(module) in LAYERS]
    call(made, example)
    for handle in handles:
        handle.remove()
    last = made.get_submodule(ended[-1])
    shared = {id(w) for w in last.parameters()}
    for module in made.modules():
        if type(module) in LAYERS and module is not last and shared.isdisjoint(map(id, module.parameters())):
            module.to(torch.bfloat16)
    parent, _, own = ended[-1].rpartition(".")
    setattr(made.get_submodule(parent), own, InFloat32(last))


def state_of(model: nn.Module) -> tuple[Any, ...]:
    """What is another one where the model was changed: its modules, their listeners, a hash of every weight."""
    modules, tensors = list(model.modules()), (*model.parameters(), *model.buffers())
    hashes = [(torch.hash_tensor(t.detach()).item(), version(t)) for t in tensors]
    return *map(id, modules), *map(has_listeners, modules), *hashes
