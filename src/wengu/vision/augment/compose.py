"""Augmentations one after the other, and one of several by chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from wengu.core.batches import Batch

Augmentation = Callable[[Batch], Batch]


@dataclass(frozen=True)
class Compose:
    """The augmentations in this order.

    >>> Compose((lambda batch: (batch[0] + 1, batch[1]), lambda batch: (batch[0] * 2, batch[1])))((3, None))
    (8, None)
    """

    parts: tuple[Augmentation, ...]

    def __call__(self, batch: Batch) -> Batch:
        for part in self.parts:
            batch = part(batch)
        return batch


@dataclass(frozen=True)
class RandomChoice:
    """One of the augmentations for each mini-batch, each as likely as any other.

    >>> sorted({RandomChoice((lambda batch: (1, None), lambda batch: (2, None)))((0, None))[0] for _ in range(30)})
    [1, 2]
    """

    parts: tuple[Augmentation, ...]

    def __call__(self, batch: Batch) -> Batch:
        x = batch[0]
        device = x.device if isinstance(x, torch.Tensor) else "cpu"
        return self.parts[int(torch.randint(len(self.parts), (), device=device))](batch)
