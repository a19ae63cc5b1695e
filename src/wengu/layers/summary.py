"""Inventory: all that a model learns, what it keeps beside, and the hyper-parameters that somebody chose.   [notes 3.1]

    learned          every W^[l], b^[l]:  name, shape, count, type, trainable or frozen, its share of all
    kept             buffers: running averages, masks, tables of positions
    chosen           α, epochs, layers, units, activation, momentum, mini-batch, λ: value, and where it came from

l counts the layers with parameters of their own, in the order in which the model holds them. A parameter that stands at
two places (tied) is one parameter: it is counted once, under its first name, and the others are said. γ and β are those
of a normalisation. Source: the notes' tables; LeCun et al. 1998, section II.B, for LeNet-5, here in today's form.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from wengu.core.checks import InputError, known_shapes
from wengu.core.i18n import say, text_table


@dataclass(frozen=True)
class ParameterRow:
    """One parameter or buffer; `also` are the other names of a tied one, `learned` is False where it is frozen."""

    name: str
    symbol: str
    layer: str
    kind: str
    shape: tuple[int, ...]
    dtype: str
    bytes: int
    learned: bool
    also: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        return math.prod(self.shape)


@dataclass(frozen=True)
class HyperParameter:
    """A value that somebody chose, and where it came from: a default, a flag, a file."""

    name: str
    value: Any
    came_from: str


@dataclass(frozen=True)
class Summary:
    """All parameters and buffers of a model in order, and the hyper-parameters that were given."""

    parameters: tuple[ParameterRow, ...]
    buffers: tuple[ParameterRow, ...]
    hyper_parameters: tuple[HyperParameter, ...] = ()

    @property
    def total(self) -> int:
        """All parameters, frozen ones too, tied ones once."""
        return sum(held.count for held in self.parameters)

    @property
    def learned(self) -> int:
        """Those that training changes."""
        return sum(held.count for held in self.parameters if held.learned)

    @property
    def bytes(self) -> int:
        """Memory of parameters and buffers."""
        return sum(held.bytes for held in (*self.parameters, *self.buffers))

    def share(self, held: ParameterRow) -> float:
        """Its part of all parameters."""
        return held.count / self.total if self.total else 0.0

    def __str__(self) -> str:
        head = [say("name"), "", say("layer"), say("shape"), say("type"), "", say("count"), say("share")]
        rows = [[*_row(held), "" if held.learned else say("frozen"), f"{held.count:,}", f"{self.share(held):.1%}"]
                for held in self.parameters]
        rows += [[*_row(held), say("buffer"), f"{held.count:,}", ""] for held in self.buffers]
        lines = [text_table(head, rows, left=6)]
        lines += [say("{name} is also {others}: one parameter, counted once.", name=held.name,
                      others=", ".join(held.also)) for held in (*self.parameters, *self.buffers) if held.also]
        lines.append(say("{total} {total:parameter|parameters}, {learned} of them to learn; {buffers} "
                         "{buffers:number|numbers} in buffers; {size} MB.",
                         total=f"{self.total:,}", learned=f"{self.learned:,}",
                         buffers=f"{sum(held.count for held in self.buffers):,}", size=f"{self.bytes / 1e6:,.2f}"))
        if self.hyper_parameters:
            lines += ["", text_table([say("hyper-parameter"), say("value"), say("came from")],
                                     [[h.name, str(h.value), h.came_from] for h in self.hyper_parameters], left=3)]
        return "\n".join(lines)


def summary(
    model: nn.Module, *, settings: Mapping[str, Any] | None = None, came_from: Mapping[str, str] | None = None
) -> Summary:
    """The inventory of any model, with hyper-parameters as `settings` and `came_from` of a run's config.toml hold them.

    Raises InputError for a lazy layer that has not seen its first batch, and for an origin of an unknown setting.

    >>> print(summary(nn.Linear(3, 2), settings={"lr": 0.1}, came_from={"lr": "flag"}))
    name            layer   shape  type     count  share
    weight  W^[1]   Linear  2 × 3  float32      6  75.0%
    bias    b^[1]   Linear  2      float32      2  25.0%
    8 parameters, 8 of them to learn; 0 numbers in buffers; 0.00 MB.
    <BLANKLINE>
    hyper-parameter  value  came from
    lr               0.1    flag
    """
    settings, came_from = settings or {}, came_from or {}
    if unknown := sorted(came_from.keys() - settings.keys()):
        raise InputError(
            say("came_from: expected names that settings has, got {unknown}", unknown=", ".join(unknown))
        )
    known_shapes(model)
    number = {name: l for l, name in enumerate(numbered_layers(model), 1)}
    modules = dict(model.named_modules(remove_duplicate=False))
    names: dict[int, list[str]] = {}
    found: dict[int, Tensor] = {}
    for name, tensor in (*model.named_parameters(remove_duplicate=False), *model.named_buffers(remove_duplicate=False)):
        names.setdefault(id(tensor), []).append(name)
        found[id(tensor)] = tensor
    held = [_held(found[key], names[key], modules, number) for key in found]
    parameters = tuple(h for h, tensor in zip(held, found.values(), strict=True) if isinstance(tensor, nn.Parameter))
    return Summary(
        parameters,
        tuple(h for h in held if h not in parameters),
        tuple(HyperParameter(name, value, came_from.get(name, say("not said"))) for name, value in settings.items()),
    )


def numbered_layers(model: nn.Module) -> dict[str, nn.Module]:
    """The layers l = 1, 2, .. that have parameters of their own, by name, in the order in which the model holds them.

    >>> list(numbered_layers(nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))))
    ['0', '2']
    """
    return {name: layer for name, layer in model.named_modules() if any(True for _ in layer.parameters(recurse=False))}


def _held(
    tensor: Tensor, names: list[str], modules: Mapping[str, nn.Module], number: Mapping[str, int]
) -> ParameterRow:
    layer, _, own = names[0].rpartition(".")
    module = modules[layer]
    weight = dict(module.named_parameters(recurse=False)).get("weight")
    normalises = weight is not None and weight.dim() == 1
    letters = {"weight": "γ", "bias": "β"} if normalises else {"weight": "W", "bias": "b"}
    symbol = f"{letters.get(own, own)}^[{number[layer]}]" if isinstance(tensor, nn.Parameter) else ""
    return ParameterRow(
        names[0], symbol, layer, type(module).__name__, tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."),
        tensor.numel() * tensor.element_size(), tensor.requires_grad, tuple(names[1:]),
    )


def _row(held: ParameterRow) -> list[str]:
    return [held.name, held.symbol, held.kind, " × ".join(map(str, held.shape)) or "1", held.dtype]
