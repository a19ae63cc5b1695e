"""Mini-batch gradient descent: the training set shuffled and cut into X^{1}, X^{2}, ... anew in every epoch [2.6].

    m examples, batches of size B:    ⌈m/B⌉ mini-batches, the last one ragged: m - B·(⌈m/B⌉ - 1) examples
    B = m is batch gradient descent, B = 1 stochastic gradient descent

Source: Goodfellow, Bengio & Courville 2016, Deep Learning, 8.1.3: shuffled, so that a batch is a fair sample. The
ragged last batch is kept, so that every example is seen once an epoch. The order is a function of (seed, epoch) alone:
a run that is resumed sees the batches of one that was never stopped.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.utils.data import Dataset, TensorDataset, default_collate

from wengu.core.checks import at_least
from wengu.core.seeds import seed_for

Batch = tuple[Tensor, ...]


def mini_batches(m: int, size: int, *, seed: int, epoch: int) -> tuple[Tensor, ...]:
    """The indices of every mini-batch of one epoch.

    Shapes: int64 (B,) each, the last (m - B·(⌈m/B⌉ - 1),). Raises InputError where m or size is below 1.

    >>> [len(batch) for batch in mini_batches(10, 4, seed=0, epoch=1)]
    [4, 4, 2]
    """
    at_least("m", m, 1)
    at_least("batch_size", size, 1)
    generator = torch.Generator().manual_seed(seed_for(seed, "order", epoch))
    return torch.split(torch.randperm(m, generator=generator), size)


def batch_of(examples: Dataset[Batch], index: Tensor) -> Batch:
    """The examples of these indices, where these are: cut from memory if they are tensors, else read one by one."""
    if isinstance(examples, TensorDataset):
        return tuple(tensor.index_select(0, index) for tensor in examples.tensors)
    return tuple(tensor.to(index.device) for tensor in default_collate([examples[i] for i in index.tolist()]))


def size_of(examples: Dataset[Batch]) -> int:
    """m, the number of examples."""
    return len(examples)  # type: ignore[arg-type]
