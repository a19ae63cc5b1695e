"""Watching a model at work: each call of each layer, and the activation that its output meets first.

Layers are found by hooks. Activations are found where they are called, as a module or as a function, by looking at
every torch function on the way; each result inherits the layers that its inputs come from, until the next layer. So
residual sums, pooling, normalisation and reshaping between layer and activation do not hide it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils.weak import WeakTensorKeyDictionary

from wengu.core.batches import call
from wengu.core.checks import known_shapes, two_examples
from wengu.graph.call import tensors_in

NAMES = frozenset(
    ("celu", "elu", "expit", "gelu", "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "log_sigmoid",
     "logsigmoid", "mish", "prelu", "relu", "relu6", "selu", "sigmoid", "silu", "softplus", "softshrink", "softsign",
     "tanh", "tanhshrink", "threshold")
)
"""The elementwise functions of torch that count as activations."""
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d, *TRANSPOSED)


@dataclass(eq=False)
class LayerCall:
    """One call of one layer, the `order`-th from 0; activation and g stay empty where its output meets none."""

    name: str
    layer: nn.Module
    shape: torch.Size
    order: int
    activation: str = ""
    g: Callable[[Tensor], Tensor] | None = None


def is_linear(module: nn.Module) -> bool:
    """A linear or convolutional layer that holds its own weight."""
    return isinstance(module, (nn.Linear, *CONVOLUTIONS)) and "weight" in dict(module.named_parameters(recurse=False))


def parameters_of(layer: nn.Module) -> tuple[Tensor, Tensor | None]:
    """W and b of such a layer; b is None where it has none."""
    own = dict(layer.named_parameters(recurse=False))
    return own["weight"], own.get("bias")


def units_dim(layer: nn.Module) -> int:
    """The dimension of its output that counts units: channels of a convolution, else the last."""
    return 1 if isinstance(layer, CONVOLUTIONS) else -1


def run(model: nn.Module, batch: Any, *, name: str = "batch") -> Any:
    """The model on a batch: an input, a tuple of arguments, or a dict of named ones; an error calls it by `name`."""
    with two_examples(name):
        return call(model, batch)


def wide(z: Tensor) -> Tensor:
    """In float32 at least, and cut off from autograd: in half precision a sum of squares overflows."""
    return z.detach().to(torch.promote_types(z.dtype, torch.float32))


@contextmanager
def watching(
    model: nn.Module,
    *,
    on_layer: Callable[[LayerCall, Any, Tensor], Tensor | None] = lambda call, inputs, z: None,
    on_activation: Callable[[LayerCall, Tensor], None] = lambda call, z: None,
) -> Iterator[list[LayerCall]]:
    """Every call of a layer with weights of two or more dimensions, in order, while the model runs within.

    on_layer(call, (args, kwargs), z) may give a tensor to go on with in place of z; on_activation(call, z) comes just
    before a layer's output, as it is by then, enters its activation.
    """
    known_shapes(model)
    calls: list[LayerCall] = []
    followers = _Followers(on_activation)

    def hook(name: str) -> Callable[..., Any]:
        def after(layer: nn.Module, args: Any, kwargs: Any, output: Any) -> Any:
            z = tensors_in(output)[0]
            calls.append(one := LayerCall(name, layer, z.shape, len(calls)))
            new = on_layer(one, (args, kwargs), z)
            output = output if new is None else new
            for z in tensors_in(output):
                followers.origins[z] = (one,)
            return output

        return after

    handles = [
        module.register_forward_hook(hook(name), with_kwargs=True)
        for name, module in model.named_modules()
        if any(p.dim() >= 2 for p in module.parameters(recurse=False))
    ]
    try:
        with followers:
            yield calls
    finally:
        for handle in handles:
            handle.remove()


def calls_in(model: nn.Module, batch: Any) -> list[LayerCall]:
    """The calls of one pass in evaluation mode, with the model's own layers; the model itself is not run."""
    twin, layers = copy.deepcopy(model).eval(), dict(model.named_modules())
    with torch.no_grad(), watching(twin) as calls:
        run(twin, batch)
    for one in calls:
        one.layer = layers[one.name]
    return calls


class _Followers(TorchFunctionMode):
    """Knows which layers' calls every tensor comes from; the first activation on the way belongs to the call."""

    def __init__(self, on_activation: Callable[[LayerCall, Tensor], None]) -> None:
        super().__init__()
        self.on_activation = on_activation
        self.origins: Any = WeakTensorKeyDictionary()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        inputs = tensors_in((args, kwargs))
        origins = tuple(dict.fromkeys(one for z in inputs for one in self.origins.get(z, ())))
        name = getattr(func, "__name__", "").rstrip("_")  # relu_ is relu
        if origins and name in NAMES and args:
            for one in origins:
                if not one.activation:
                    one.activation, one.g = name, lambda z: func(z, *args[1:], **kwargs)
                    self.on_activation(one, inputs[0])
        result = func(*args, **kwargs)
        if origins:
            for out in tensors_in(result):
                self.origins[out] = origins
        return result
