"""Receptive field: how much of the picture one number of a layer sees.

    r^[l] = r^[l-1] + (f - 1) · d · j^[l-1]        j^[l] = j^[l-1] · s              r^[0] = j^[0] = 1

j is how many pixels lie between what two neighbours see. Where ways come together, by a sum or side by side, the
largest r counts. What an average over all places or a linear layer gives sees everything: r = ∞. What is beside the
picture is counted, too.

Source: Araujo, Norris & Sim 2019, "Computing receptive fields of convolutional neural networks", Distill, equations 1
and 2.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils.weak import WeakTensorKeyDictionary

from wengu.graph.call import tensors_in
from wengu.layers.convolution import sizes


@dataclass(frozen=True)
class Field:
    """r and j, one for each dimension of places; without any, everything is seen."""

    size: tuple[float, ...]
    step: tuple[float, ...]

    def after(self, f: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]) -> Field:
        """Behind a layer with such a window.

        >>> Field((1, 1), (1, 1)).after((7, 7), (2, 2), (1, 1)).after((3, 3), (2, 2), (1, 1))
        Field(size=(11, 11), step=(4, 4))
        """
        size = tuple(r + (f_i - 1) * d * j for r, j, f_i, d in zip(self.size, self.step, f, dilation, strict=True))
        return Field(size, tuple(j * s for j, s in zip(self.step, stride, strict=True)))


EVERYTHING = Field((), ())
Window = Callable[[Any, Tensor], tuple[Any, Any, Any]]  # f, s, d of a call


def _of_convolution(given: Any, x: Tensor) -> tuple[Any, Any, Any]:
    return tuple(given(1, "weight").shape[2:]), given(3, "stride", 1), given(5, "dilation", 1)


def _of_pool(given: Any, x: Tensor) -> tuple[Any, Any, Any]:
    f = given(1, "kernel_size")
    return f, given(2, "stride") or f, given(4, "dilation", 1)


def _of_average(given: Any, x: Tensor) -> tuple[Any, Any, Any]:
    f = given(1, "kernel_size")
    return f, given(2, "stride") or f, 1


def _of_adaptive(given: Any, x: Tensor) -> tuple[Any, Any, Any]:
    """Windows from ⌊i · n/n'⌋ to ⌈(i + 1) · n/n'⌉: the largest, and their mean distance."""
    wanted, n = given(1, "output_size"), x.shape[2:]
    out = [a if a is not None else b for a, b in zip(
        wanted if isinstance(wanted, tuple | list) else (wanted,) * len(n), n, strict=True)]
    return tuple(max(math.ceil((i + 1) * a / b) - i * a // b for i in range(b)) for a, b in zip(n, out, strict=True)), \
        tuple(max(1, a // b) for a, b in zip(n, out, strict=True)), 1


WINDOWS: dict[str, Window] = {
    **{f"conv{n}d": _of_convolution for n in (1, 2, 3)}, **{f"max_pool{n}d": _of_pool for n in (1, 2, 3)},
    **{f"avg_pool{n}d": _of_average for n in (1, 2, 3)},
    **{f"adaptive_{kind}_pool{n}d": _of_adaptive for kind in ("avg", "max") for n in (1, 2, 3)},
}  # fmt: skip


class FollowedFields(TorchFunctionMode):
    """The receptive field of every tensor that is made within, from those of its inputs.

    >>> import torch
    >>> x = torch.zeros(1, 3, 32, 32)
    >>> with FollowedFields(x) as fields:
    ...     z = torch.nn.functional.max_pool2d(torch.nn.Conv2d(3, 4, 5)(x), 2)
    >>> fields[z]
    Field(size=(6, 6), step=(2, 2))
    """

    def __init__(self, *pictures: Tensor) -> None:
        super().__init__()
        self.fields: Any = WeakTensorKeyDictionary()
        for x in pictures:
            self.fields[x] = Field((1,) * max(0, x.dim() - 2), (1,) * max(0, x.dim() - 2))

    def __getitem__(self, z: Tensor) -> Field:
        return self.fields.get(z, EVERYTHING)  # type: ignore[no-any-return]

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        inputs = [z for z in tensors_in((args, kwargs)) if z in self.fields]
        if inputs:
            for out in tensors_in(result):
                self.fields[out] = self._after(getattr(func, "__name__", ""), args, kwargs, inputs, out)
        return result

    def _after(self, name: str, args: Any, kwargs: Any, inputs: list[Tensor], out: Tensor) -> Field:
        seen = [self[z] for z in inputs]
        if any(field == EVERYTHING for field in seen):
            return EVERYTHING
        if name in WINDOWS:
            def given(place: int, key: str, default: Any = None) -> Any:
                return args[place] if len(args) > place else kwargs.get(key, default)

            n = inputs[0].dim() - 2
            f, s, d = (sizes(name, value, n) for value in WINDOWS[name](given, inputs[0]))
            return seen[0].after(f, s, d)
        if all(out.dim() == z.dim() and out.shape[2:] == z.shape[2:] for z in inputs):
            return Field(tuple(map(max, *[field.size for field in seen], seen[0].size)),
                         tuple(map(max, *[field.step for field in seen], seen[0].step)))
        return EVERYTHING
