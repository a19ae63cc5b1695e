"""How many examples go through the model at once: a mini-batch in pieces, and the sets that are judged.

    mini-batch of B examples, micro-batches of b:   ⌈B/b⌉ pieces; step.py adds up their gradients

Augmentation is given the whole mini-batch before it is cut, as what it draws may be one for all of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.utils.data import Dataset

from wengu.core.batches import Batch, examples_in, read, take
from wengu.core.checks import InputError
from wengu.core.i18n import say


def at_once(first: Sequence[Tensor] | None, batch_size: int) -> int:
    """How many of dev go through the model at once: without gradients twice as many; of an order its small ones."""
    return 2 * batch_size if first is None else sorted(map(len, first))[:2][-1]


def pieces_of(
    train: Dataset[Batch], index: Tensor, size: int | None, augment: Callable[[Batch], Batch] | None
) -> list[Batch]:
    """A mini-batch in as many micro-batches as it takes."""
    if augment is None and size is None:
        return [read(train, index)]
    if augment is None:
        return [read(train, part) for part in _parts(index, size)]
    batch = augment(read(train, index))  # all of it, for what is drawn may be one for the whole mini-batch
    if not isinstance(batch, tuple) or len(batch) != 2:
        raise InputError(say("augment: expected (inputs, targets) back, got {got}", got=type(batch).__name__))
    places = _parts(torch.arange(examples_in(batch[1]), device=index.device), size)  # it may give more or fewer
    return [batch] if len(places) == 1 else [(take(batch[0], some), take(batch[1], some)) for some in places]


def _parts(index: Tensor, size: int | None) -> Sequence[Tensor]:
    """In ⌈B/b⌉ parts of nearly the same size, so that none is left with an example or two."""
    return (index,) if size is None or len(index) <= size else index.tensor_split(math.ceil(len(index) / size))
