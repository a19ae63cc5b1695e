"""What frozen lower layers give, computed once and kept: a last layer then trains in seconds.             [notes 5.3]

    model = upper ∘ lower,  lower frozen and the same for an example every time:    a = lower(x) once,  then upper(a)

Where a model is cut is found by running it (frozen_prefix.py): before the first thing that trains or that draws by
chance, such as dropout. Inputs that are changed anew at each step, by augmentation, cannot be kept.

Source: Yosinski et al. 2014, arXiv:1411.1792, for frozen lower layers; features that are computed once are what a
linear probe is trained on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from wengu.core.batches import Batch, in_memory, leaves, read, size_of
from wengu.core.i18n import say
from wengu.training.epoch import training_mode
from wengu.training.evaluation import Predict, batches_of, device_of, evaluating, predicted_in
from wengu.training.frozen_prefix import Cast, Upper, cut, drawn, output_of, unchanged

MOST_BYTES = 2**30  # that are kept of a set
TRIED, FEWEST = 16, 4  # examples that the cut is tried on


def has_frozen(model: nn.Module) -> bool:
    """Whether some weights are frozen and some are not."""
    return len({w.requires_grad for w in model.parameters()}) == 2


def upper_part(
    model: nn.Module, train: Dataset[Batch], dev: Dataset[Batch], *, sizes: tuple[int, int], cast: Cast,
    augment: Callable[[Batch], Batch] | None = None, predict: Predict | None = None,
) -> tuple[Upper, Dataset[Batch], Dataset[Batch]] | str:
    """The part of the model that is left to train, and both sets with what is below it in place of inputs.

    In words why not, where there is no such part or where what is below gives too much to keep. `sizes` says how many
    examples of each set go through the model at once, `augment` and `predict` are those of `fit`.
    """
    if augment is not None:
        return say("the frozen layers are computed at every step, because their inputs are changed at each; with "
                   "--augment none they are computed once")
    device, few = device_of(model), min(TRIED, size_of(train))
    if few < FEWEST:
        return ""
    with unchanged(model):
        batch, (again, _) = (read(train, torch.arange(few, device=device)) for _ in range(2))
    found = cut(model, batch[0], cast) if _fixed(batch[0]) and _alike(batch[0], again) else None
    if found is None or not _from_outputs(predict, found[1], found[0], model, batch, cast):
        return say("the frozen layers are computed at every step: what the others read of them cannot be kept in one "
                   "piece, or is not the same every time")
    last, upper = found
    made: list[Dataset[Batch]] = []
    for examples, learns, size in zip((train, dev), (True, False), sizes, strict=True):
        with unchanged(model):
            training_mode(model) if learns else model.eval()
            begin, parts = drawn(model), []
            for batch in _features(model, last, examples, size, cast):
                parts.append(batch)
                whole = sum(t.numel() * t.element_size() for t in leaves(batch)) / len(batch[0]) * size_of(examples)
                if whole > MOST_BYTES:
                    return say("the frozen layers are computed at every step: what they give would take {size:.1f} GB, "
                               "more than {most:.1f}", size=whole / 2**30, most=MOST_BYTES / 2**30)
            if drawn(model) != begin:
                return say("the frozen layers are computed at every step: reading the examples draws by chance")
        made.append(in_memory(_joined(parts), device))
    return upper, made[0], made[1]


def _features(
    model: nn.Module, last: nn.Module, examples: Dataset[Batch], size: int, cast: Cast
) -> Iterator[Batch]:
    """A batch at a time, what the last frozen module gives, and the targets."""
    for index in batches_of(torch.arange(size_of(examples)), device_of(model), size):
        inputs, targets = read(examples, index)
        with cast():
            yield output_of(last, model, inputs), targets


def _from_outputs(
    predict: Predict | None, upper: Upper, last: nn.Module, model: nn.Module, batch: Batch, cast: Cast
) -> bool:
    """Whether answers are made of the outputs alone, not of model or inputs, which are others above the cut."""
    if predict is None:
        return True
    with unchanged(model), evaluating(model), evaluating(upper), cast():
        a = output_of(last, model, batch[0])
        outputs = upper(a)
        try:
            predicted_in(predict(nn.Module(), (a.to("meta"), batch[1]), outputs))
        except Exception:
            return False
    return True


def _fixed(inputs: Any) -> bool:
    """Whether it is tensors of one shape an example, not lists of any."""
    if isinstance(inputs, tuple | Mapping):
        return all(map(_fixed, inputs.values() if isinstance(inputs, Mapping) else inputs))
    return isinstance(inputs, Tensor)


def _alike(a: Any, b: Any) -> bool:
    return all(torch.equal(one, other) for one, other in zip(leaves(a), leaves(b), strict=True))


def _joined(parts: list[Any]) -> Any:
    """Batches one after the other, as one."""
    first = parts[0]
    if isinstance(first, Tensor):
        return torch.cat(parts)
    if isinstance(first, tuple):
        return tuple(_joined(list(column)) for column in zip(*parts, strict=True))
    if isinstance(first, Mapping):
        return {name: _joined([part[name] for part in parts]) for name in first}
    return [row for part in parts for row in part]
