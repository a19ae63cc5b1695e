"""What is said of examples to see whether two sets are alike: features with names, by kind of example.

    pictures, uint8 (channels, height, width)    what people would say of them (practice.picture_features)
    rows of a table, numbers (n,)                their columns and levels
    others                                       what the task's own `describe` says; without one nothing is known
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wengu.core.batches import Batch, leaves, read
from wengu.data.table_schema import feature_names
from wengu.practice import TwoSamples, copied_rows, distinguish, equal_rows, picture_features
from wengu.practice.picture_features import enough_pictures, visible_steps
from wengu.practice.ranks import spread_evenly
from wengu.practice.two_samples import MOST, Groups
from wengu.recipes.nearer import looked_at
from wengu.recipes.task import Describe, Features, Split, Task

AT_ONCE = 1 << 24  # bytes of inputs that are read together

@dataclass(frozen=True, eq=False)
class Described:
    """Features (k, q) of the examples at the places `index` of a set, and their names.

    `groups` are those of the set, or its ids where some have several rows. Where examples that look alike are the same,
    as pictures are, `repeats` says so; rows of a table are only where chance does not make so many equal.
    """

    features: Features
    names: tuple[str, ...]
    index: NDArray[np.intp]
    groups: tuple[str, ...] | None
    repeats: bool

    @property
    def steps(self) -> list[float] | None:
        """What of each feature of a picture nobody would see."""
        return visible_steps(self.names) if self.repeats else None


def described(task: Task, name: str, *, every: bool = False) -> Described | None:
    """The examples of a set, or an even sample of many; None where nothing is known of their kind."""
    split = task.sets[name]
    describe, most, repeats = _kind_of(task, split)
    if describe is None:
        return None
    index = spread_evenly(len(split), len(split) if every else most)
    inputs, _ = read(split.examples, torch.zeros(1, dtype=torch.int64))
    size = max(1, sum(leaf.nbytes for leaf in leaves(inputs)))
    parts = [describe(read(split.examples, torch.from_numpy(part)))
             for part in np.array_split(index, -(-len(index) * size // AT_ONCE))]
    groups = split.groups or (split.ids if len(set(split.ids)) < len(split) else None)
    return Described(np.concatenate([features for features, _ in parts]), parts[0][1], index,
                     None if groups is None else tuple(groups[i] for i in index), repeats)


def together(a: Described, b: Described) -> Groups | None:
    """Which examples of both belong together, as `distinguish` takes it."""
    if a.groups is not None or b.groups is not None:
        return _groups(a, "a"), _groups(b, "b")
    return _copies(a, b)


def pixels_of(task: Task, name: str) -> NDArray[np.uint8] | None:
    """An even sample of a set's pictures, as many as `strengths_of` looks at; None where it has none."""
    split = task.sets[name]
    if _kind_of(task, split)[0] is not _pictures:
        return None
    first, _ = split.examples[0]
    index = spread_evenly(len(split), looked_at(first.numel()))
    pixels: NDArray[np.uint8] = read(split.examples, torch.from_numpy(index))[0].numpy()
    return pixels


def told_apart(a: Described, b: Described) -> TwoSamples:
    """Whether the two are from one distribution; `rows` are places in a.index and b.index."""
    groups = together(a, b) if a.groups is not None or b.groups is not None else None
    return distinguish(a.features, b.features, names=a.names, groups=groups, copies=_copies(a, b), steps=a.steps)


def _copies(a: Described, b: Described) -> Groups | None:
    return (equal_rows if a.repeats else copied_rows)(a.features, b.features)


def _groups(one: Described, side: str) -> tuple[str, ...]:
    """Its groups; without any each example is one, in no other set."""
    return one.groups or tuple(f"{side}/{i}" for i in one.index)


def _kind_of(task: Task, split: Split) -> tuple[Describe | None, int, bool]:
    """How its examples are described, how many of them, and whether two that look alike are the same."""
    if task.describe is not None:
        return task.describe, MOST, False
    inputs, _ = read(split.examples, torch.zeros(1, dtype=torch.int64))
    if isinstance(inputs, Tensor) and inputs.dtype == torch.uint8 and inputs.dim() == 4 and inputs.shape[1] in (1, 3):
        _, channels, height, width = inputs.shape
        return _pictures, enough_pictures(channels, height, width, MOST), True
    if isinstance(inputs, Tensor) and inputs.dim() == 2:
        columns = (task.spec.get("schema") or {}).get("columns", ())
        names = feature_names(columns) or tuple(str(k + 1) for k in range(inputs.shape[1]))
        return partial(_rows, names=names), MOST, False
    return None, 0, False


def _pictures(batch: Batch) -> tuple[Features, tuple[str, ...]]:
    return picture_features(batch[0].numpy())


def _rows(batch: Batch, *, names: tuple[str, ...]) -> tuple[Features, tuple[str, ...]]:
    return batch[0].numpy().astype(np.float64), names
