"""Shapes: what each layer of a network makes of a picture, and what that costs, with the formulas filled in. [notes 6]

    n' = ⌊(n + 2P - d(f-1) - 1) / s⌋ + 1          parameters = (f_H · f_W · n_C / G + 1) · filters
    multiplications = n_H' · n_W' · filters · f_H · f_W · n_C / G               sees: receptive_field.py

The network runs on torch's device "meta", which knows shapes alone: nothing is computed, no memory is needed. Sources:
convolution.py for the three; receptive_field.py for the fourth.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from wengu.core.checks import InputError, known_shapes
from wengu.core.i18n import say, text_table
from wengu.graph.call import tensors_in
from wengu.layers.convolution import sizes
from wengu.layers.receptive_field import EVERYTHING, Field, FollowedFields

CONVOLUTIONS = nn.Conv1d | nn.Conv2d | nn.Conv3d
POOLS = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d, nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d, nn.AdaptiveAvgPool1d,
         nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d)  # fmt: skip


@dataclass(frozen=True)
class LayerShape:
    """One call of one layer; `shape` is without the examples, the formulas are empty where there is none."""

    name: str
    kind: str
    shape: tuple[int, ...]
    size_formula: str
    parameters: int
    parameter_formula: str
    multiplications: int
    field: Field


@dataclass(frozen=True)
class Shapes:
    """The layers of a network in the order in which they run, for pictures of one size."""

    input_shape: tuple[int, ...]
    layers: tuple[LayerShape, ...]

    @property
    def parameters(self) -> int:
        """Of all layers, those that are called twice once."""
        return sum({layer.name: layer.parameters for layer in self.layers}.values())

    @property
    def multiplications(self) -> int:
        """Of one picture."""
        return sum(layer.multiplications for layer in self.layers)

    def __str__(self) -> str:
        head = [say("layer"), say("type"), say("output"), "n'", say("parameters"), say("multiplications"), say("sees")]
        rows = [["", say("input"), _times(self.input_shape), "", "", "", "1"]]
        for layer in self.layers:
            count = f"{layer.parameters:,}" if layer.parameters else ""
            rows.append([layer.name, layer.kind, _times(layer.shape), layer.size_formula,
                         f"{layer.parameter_formula} = {count}" if layer.parameter_formula else count,
                         f"{layer.multiplications:,}" if layer.multiplications else "",
                         _sees(layer.field)])
        return "\n".join([text_table(head, rows, left=5), say(
            "{n} {n:parameter|parameters}; {products} {products:multiplication|multiplications} for one input of "
            "{shape}.", n=f"{self.parameters:,}", products=f"{self.multiplications:,}",
            shape=_times(self.input_shape))])


def shapes(model: nn.Module, input_shape: tuple[int, ...]) -> Shapes:
    """Every layer with parameters and every pool, for one input of this shape: (channels, height, width), say.

    Raises InputError where a layer cannot take what reaches it, with the smallest picture that goes through.

    >>> net = nn.Sequential(nn.Conv2d(3, 10, 3), nn.ReLU(), nn.MaxPool2d(2))
    >>> print(shapes(net, (3, 7, 7)))
    layer  type       output      n'                 parameters            multiplications  sees
           input      3 × 7 × 7                                                                1
    0      Conv2d     10 × 5 × 5  ⌊(7-3)/1⌋ + 1 = 5  (3·3·3+1)·10 = 280              6,750     3
    2      MaxPool2d  10 × 2 × 2  ⌊(5-2)/2⌋ + 1 = 2                                            4
    280 parameters; 6,750 multiplications for one input of 3 × 7 × 7.
    """
    known_shapes(model)
    try:
        return _measured(model, input_shape)
    except InputError as error:
        channels, *places = input_shape
        passing = next((n for n in _sides(places) if _passes(model, (channels, *[n] * len(places)))), None)
        if passing is None:
            raise
        low, high = min(places), passing  # the first fails, the second passes
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if _passes(model, (channels, *[middle] * len(places))) else (middle, high)
        raise InputError(say("{error}; the smallest input that goes through is {smallest}", error=error,
                             smallest=_times((channels, *[high] * len(places))))) from None


def _sides(places: list[int]) -> list[int]:
    """Twice as long, and twice again."""
    return [max(places) * 2**k for k in range(1, 7)] if places else []


def _passes(model: nn.Module, input_shape: tuple[int, ...]) -> bool:
    try:
        _measured(model, input_shape)
    except InputError:
        return False
    return True


def _measured(model: nn.Module, input_shape: tuple[int, ...]) -> Shapes:
    x = torch.zeros(1, *input_shape, device="meta")
    state = {name: t.to("meta") for name, t in (*model.named_parameters(), *model.named_buffers())}
    rows: list[LayerShape] = []
    at: list[str] = []
    modes = [(module, module.training) for module in model.modules()]
    with FollowedFields(x) as fields, _hooked(model, rows, at, fields), torch.no_grad():
        try:
            model.eval()
            functional_call(model, state, (x,))
        except (InputError, RuntimeError, ValueError, IndexError) as error:
            raise InputError(say("input_shape: {layer} cannot take what reaches it of an input of {shape}: {error}",
                                 layer=at[-1] if at and at[-1] else type(model).__name__, shape=_times(input_shape),
                                 error=str(error).splitlines()[0])) from None
        finally:
            for module, training in modes:
                module.training = training
    return Shapes(tuple(input_shape), tuple(rows))


@contextmanager
def _hooked(model: nn.Module, rows: list[LayerShape], at: list[str], fields: FollowedFields) -> Iterator[None]:
    """Each call of each layer that counts becomes a row; `at` is where the pass has come to."""
    handles = []
    for name, module in model.named_modules():
        own = sum(p.numel() for p in module.parameters(recurse=False))

        def before(module: nn.Module, inputs: Any, name: str = name) -> None:
            at.append(name)

        def after(module: nn.Module, inputs: Any, output: Any, name: str = name, own: int = own) -> None:
            at.pop()
            if own or isinstance(module, POOLS):
                z, x = tensors_in(output)[0], tensors_in(inputs)[0]
                rows.append(_row(name, module, x, z, own, fields[z]))

        handles += [module.register_forward_pre_hook(before), module.register_forward_hook(after)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _row(name: str, module: nn.Module, x: Tensor, z: Tensor, own: int, field: Field) -> LayerShape:
    parameters = products = ""
    n = 0
    if isinstance(module, CONVOLUTIONS):
        f, channels = module.kernel_size, module.in_channels // module.groups
        b = "+1" if module.bias is not None else ""
        inside = "·".join(map(str, (*f, channels)))
        parameters = f"({inside}{b})·{module.out_channels}" if b else f"{inside}·{module.out_channels}"
        n = z.numel() // len(z) * math.prod(f) * channels
    elif isinstance(module, nn.Linear):
        b = "+1" if module.bias is not None else ""
        parameters = f"({module.in_features}{b})·{module.out_features}" if b else \
            f"{module.in_features}·{module.out_features}"
        n = z.numel() // len(z) * module.in_features
    if isinstance(module, CONVOLUTIONS) or (isinstance(module, POOLS) and hasattr(module, "kernel_size")):
        products = _size_formula(module, x, z)
    return LayerShape(name, type(module).__name__, tuple(z.shape[1:]), products, own, parameters, n, field)


def _size_formula(module: Any, x: Tensor, z: Tensor) -> str:
    """⌊(n + 2P - f) / s⌋ + 1 = n' with its numbers; that of the height, and of others where they differ."""
    n = x.dim() - 2
    f, s, p = (sizes(key, getattr(module, key), n, 0) for key in ("kernel_size", "stride", "padding"))
    d = sizes("dilation", getattr(module, "dilation", 1), n)
    open_, close = "⌈⌉" if getattr(module, "ceil_mode", False) else "⌊⌋"
    each = []
    for n_i, f_i, s_i, p_i, d_i, out in zip(x.shape[2:], f, s, p, d, z.shape[2:], strict=True):
        window = f"{d_i}·{f_i - 1}-1" if d_i > 1 else str(f_i)
        each.append(f"{open_}({n_i}{f'+2·{p_i}' if p_i else ''}-{window})/{s_i}{close} + 1 = {out}")
    return ", ".join(dict.fromkeys(each))


def _times(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) or "1"


def _sees(field: Field) -> str:
    return say("all") if field == EVERYTHING else " × ".join(dict.fromkeys(f"{r:g}" for r in field.size))
