"""What frozen lower layers give, computed once and kept: a last layer then trains in seconds.             [notes 5.3]

    model = upper ∘ lower,  lower frozen and the same for an example every time:    a = lower(x) once,  then upper(a)

A model is cut where it says how: an nn.Sequential, nested ones too, or one whose `stages()` gives the functions that
its forward is made of, in order. The lower part ends before the first stage that trains or that draws by chance, such
as dropout. Inputs that are changed anew at each step, by augmentation, cannot be kept.

Source: Yosinski et al. 2014, arXiv:1411.1792, for frozen lower layers; features that are computed once are what a
linear probe is trained on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from wengu.core.batches import Batch, in_memory, read, size_of
from wengu.training.evaluation import device_of, evaluating

MOST_BYTES = 2**30  # that are kept of a set


class Chain(nn.Module):
    """Stages one after the other, modules or functions."""

    def __init__(self, stages: list[Callable[[Any], Any]]) -> None:
        super().__init__()
        self.stages = stages
        self.held = nn.ModuleList(stage for stage in stages if isinstance(stage, nn.Module))

    def forward(self, x: Any) -> Any:
        for stage in self.stages:
            x = stage(x)
        return x


def parted(model: nn.Module) -> tuple[nn.Module, nn.Module] | None:
    """The lower part that is frozen and never changes its mind, and the rest; they share the model's layers.

    None where there is no such part with weights, or nothing else.

    >>> model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 2))
    >>> _ = model[0].requires_grad_(False)
    >>> lower, upper = parted(model)
    >>> len(lower.stages), len(upper.stages)
    (2, 2)
    """
    stages = list(_stages(model))
    k = 0
    while k < len(stages) and _stays(stages[k]):
        k += 1
    lower = Chain(stages[:k])
    if k == len(stages) or next(lower.parameters(), None) is None:
        return None
    return lower, Chain(stages[k:])


def upper_part(
    model: nn.Module,
    train: Dataset[Batch],
    dev: Dataset[Batch],
    *,
    size: int,
    cast: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> tuple[nn.Module, Dataset[Batch], Dataset[Batch]]:
    """The part of the model that is left to train, and both sets with what the lower part gives in place of inputs.

    The model and the sets as they are where there is no such part, or where what it gives would take too much memory.
    `size` is how many examples go through it at once.
    """
    parts = parted(model)
    features = parts and _features(parts[0], (train, dev), size, cast)
    return (parts[1], *features) if parts and features else (model, train, dev)


def _features(
    lower: nn.Module, sets: tuple[Dataset[Batch], ...], size: int,
    cast: Callable[[], AbstractContextManager[object]],
) -> tuple[Dataset[Batch], Dataset[Batch]] | None:
    device = device_of(lower)
    made: list[Dataset[Batch]] = []
    for examples in sets:
        parts: list[Tensor] = []
        targets: list[Tensor] = []
        for index in torch.split(torch.arange(size_of(examples), device=device), size):
            with evaluating(lower), cast():
                inputs, targets_of = read(examples, index)
                if not isinstance(inputs, Tensor) or not isinstance(targets_of, Tensor):
                    return None
                features = lower(inputs).detach()
                features = features.float() if features.dtype == torch.bfloat16 else features
            if not parts and features[0].numel() * features.element_size() * size_of(examples) > MOST_BYTES:
                return None
            parts.append(features.clone())  # out of inference mode
            targets.append(targets_of)
        made.append(in_memory((torch.cat(parts).clone(), torch.cat(targets)), device))
    return made[0], made[1]


def _stages(model: nn.Module) -> Iterator[Callable[[Any], Any]]:
    if type(model).forward is nn.Sequential.forward:
        for child in model.children():
            yield from _stages(child)
    elif callable(own := getattr(model, "stages", None)):
        yield from own()
    else:
        yield model


def _stays(stage: Callable[[Any], Any]) -> bool:
    """Whether a stage gives the same for an example every time, as it is trained now."""
    if not isinstance(stage, nn.Module):
        return True
    if any(w.requires_grad for w in stage.parameters()):
        return False
    for module in stage.modules():
        if not type(module).__module__.startswith(("torch.nn.modules.", "wengu.")):
            return False  # nobody knows whether it draws by chance
        by_chance = "Drop" in type(module).__name__ and getattr(module, "p", 1) > 0
        of_batch = "running_mean" in dict(module.named_buffers(recurse=False)) and not list(
            module.parameters(recurse=False))  # without weights it is never told that it is frozen
        if by_chance or of_batch:
            return False
    return True
