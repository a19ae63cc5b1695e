"""Summary of a model: its parameters, its buffers, and the hyper-parameters that somebody chose.           [notes 3.1]

    parameters         every W^[l], b^[l]:  name, shape, count, type, trainable or frozen, its share of all
    buffers            running averages, masks, tables of positions
    hyper-parameters   α, epochs, layers, units, activation, momentum, mini-batch, λ: value, and where it came from

l counts the layers with parameters of their own, in the order in which the model holds them. A parameter that appears
in two places (tied) is one parameter: it is counted once, under its first name, and its other names are listed. γ and β
are those of a normalisation. Source: the notes' tables; LeCun et al. 1998, section II.B, for LeNet-5, in today's form.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
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
        return sum(row.count for row in self.parameters)

    @property
    def learned(self) -> int:
        """How many of the parameters training changes."""
        return sum(row.count for row in self.parameters if row.learned)

    @property
    def bytes(self) -> int:
        """Memory of parameters and buffers."""
        return sum(row.bytes for row in (*self.parameters, *self.buffers))

    def to_dict(self) -> dict[str, Any]:
        """Parameters and buffers as plain values."""
        rows = {"parameters": self.parameters, "buffers": self.buffers}
        return {name: [asdict(row) for row in held] for name, held in rows.items()}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Summary:
        """The same again, from JSON too.

        >>> held = summary(nn.Linear(3, 2))
        >>> Summary.from_dict(held.to_dict()) == held
        True
        """
        def rows(name: str) -> tuple[ParameterRow, ...]:
            return tuple(ParameterRow(**{**row, "shape": tuple(row["shape"]), "also": tuple(row["also"])})
                         for row in plain[name])

        return cls(rows("parameters"), rows("buffers"))

    def share(self, row: ParameterRow) -> float:
        """Its share of all parameters."""
        return row.count / self.total if self.total else 0.0

    def __str__(self) -> str:
        head = [say("name"), "", say("layer"), say("shape"), say("type"), "", say("count"), say("share")]
        rows = [[*_cells(row), "" if row.learned else say("frozen"), f"{row.count:,}", f"{self.share(row):.1%}"]
                for row in self.parameters]
        rows += [[*_cells(row), say("buffer"), f"{row.count:,}", ""] for row in self.buffers]
        lines = [text_table(head, rows, left=6)]
        lines += [say("{name} is also {others}: one parameter, counted once.", name=row.name,
                      others=", ".join(row.also)) for row in (*self.parameters, *self.buffers) if row.also]
        lines.append(say("{total} {total:parameter|parameters}, {learned} of them trainable; {buffers} "
                         "{buffers:number|numbers} in buffers; {size} MB.",
                         total=f"{self.total:,}", learned=f"{self.learned:,}",
                         buffers=f"{sum(row.count for row in self.buffers):,}", size=f"{self.bytes / 1e6:,.2f}"))
        if self.hyper_parameters:
            lines += ["", text_table([say("hyper-parameter"), say("value"), say("came from")],
                                     [[h.name, str(h.value), h.came_from] for h in self.hyper_parameters], left=3)]
        return "\n".join(lines)


def summary(
    model: nn.Module, *, settings: Mapping[str, Any] | None = None, came_from: Mapping[str, str] | None = None
) -> Summary:
    """The summary of any model, with hyper-parameters as in `settings` and `came_from` of a run's config.toml.

    Raises InputError for a lazy layer that has not seen its first batch, and for the origin of a setting that is not
    there.

    >>> print(summary(nn.Linear(3, 2), settings={"lr": 0.1}, came_from={"lr": "flag"}))
    name            layer   shape  type     count  share
    weight  W^[1]   Linear  2 × 3  float32      6  75.0%
    bias    b^[1]   Linear  2      float32      2  25.0%
    8 parameters, 8 of them trainable; 0 numbers in buffers; 0.00 MB.
    <BLANKLINE>
    hyper-parameter  value  came from
    lr               0.1    flag
    """
    settings, came_from = settings or {}, came_from or {}
    if unknown := sorted(came_from.keys() - settings.keys()):
        raise InputError(
            say("came_from: expected names of settings, got {unknown}", unknown=", ".join(unknown))
        )
    known_shapes(model)
    number = {name: l for l, name in enumerate(numbered_layers(model), 1)}
    modules = dict(model.named_modules(remove_duplicate=False))
    names: dict[int, list[str]] = {}
    found: dict[int, Tensor] = {}
    for name, tensor in (*model.named_parameters(remove_duplicate=False), *model.named_buffers(remove_duplicate=False)):
        names.setdefault(id(tensor), []).append(name)
        found[id(tensor)] = tensor
    rows = {key: _row_of(found[key], names[key], modules, number) for key in found}
    return Summary(
        tuple(row for key, row in rows.items() if isinstance(found[key], nn.Parameter)),
        tuple(row for key, row in rows.items() if not isinstance(found[key], nn.Parameter)),
        tuple(HyperParameter(name, value, came_from.get(name, say("not given"))) for name, value in settings.items()),
    )


def numbered_layers(model: nn.Module) -> dict[str, nn.Module]:
    """The layers l = 1, 2, .. that have parameters of their own, by name, in the order in which the model holds them.

    >>> list(numbered_layers(nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))))
    ['0', '2']
    """
    return {name: layer for name, layer in model.named_modules() if any(True for _ in layer.parameters(recurse=False))}


def _row_of(
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


def _cells(row: ParameterRow) -> list[str]:
    return [row.name, row.symbol, row.kind, " × ".join(map(str, row.shape)) or "1", row.dtype]
