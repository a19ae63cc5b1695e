"""A weight of another network as one of this: real numbers alone, rounded to this network's type, and finite there too.

What stands for real numbers by a scale of its own (float8, float4, whole numbers of a quantised network) means nothing
without that scale, and a complex weight has no place in a real one.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from wengu.core.checks import InputError
from wengu.core.i18n import say

REAL = (torch.float64, torch.float32, torch.bfloat16, torch.float16)


def value_of(there: Tensor, own: Tensor, name: str, path: Path) -> Tensor:
    """The values in `own`'s type.

    A counter, such as that of batches that batch normalisation keeps, is a whole number in both.

    Raises InputError for other types, and for values that are not finite, in their type or in this one.

    >>> value_of(torch.ones(2, dtype=torch.float16), torch.zeros(2), "W", Path("w.safetensors"))
    tensor([1., 1.])
    """
    if own.dtype in REAL:
        fits, expected = there.dtype in REAL, say("real numbers (float32, float16, bfloat16 or float64)")
    elif own.is_complex() or own.dtype == torch.bool:
        fits, expected = there.dtype == own.dtype, short(own)
    else:
        fits, expected = not (there.is_floating_point() or there.is_complex() or there.dtype == torch.bool), short(own)
    if not fits:
        raise InputError(say("from: {path}: expected {expected} in {name}, got {got}; convert it there, with its scale "
                             "where it has one, or leave it out", path=path, expected=expected, name=name,
                             got=short(there)))
    if not there.isfinite().all():
        raise InputError(say("from: {path} holds numbers that are not finite, in {names}", path=path, names=name))
    value = there.to(own.dtype)
    if not (value.isfinite().all() and (own.dtype in REAL or torch.equal(value.to(there.dtype), there))):
        raise InputError(say("from: {path} holds numbers that are too large for {type}, in {name}", path=path,
                             type=short(own), name=name))
    return value


def short(tensor: Tensor) -> str:
    """The type's name, such as float16."""
    return str(tensor.dtype).removeprefix("torch.")
