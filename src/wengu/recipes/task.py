"""What a recipe makes of settings and data: all that the loop, the card and the report need to know."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from wengu.core.batches import Batch, subset
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.practice import Metric
from wengu.training import Check, Order, Watcher
from wengu.training.evaluation import Column, LossFn, Predict, column_of

Preview = bytes | dict[str, str]
"An example as the report shows it: a PNG, or the values of a row."


Features = npt.NDArray[np.float64]
Describe = Callable[[Batch], tuple[Features, tuple[str, ...]]]
"""What is to be said of each example of a batch, (B, q), and the names of the q features; NaN where there is none."""


@dataclass(frozen=True)
class Split:
    """One set: ids and truth (m,), the examples as (inputs, targets), where they are from, groups (m,) or none.

    `truth` is what answers are compared with, plain values: classes by their number, boxes, tags, a sentence.
    """

    ids: tuple[str, ...]
    examples: Dataset[Batch]
    truth: Sequence[Any] | npt.NDArray[Any]
    source: str | tuple[str, ...] = ""  # of all, or of each example
    groups: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, index: Sequence[int]) -> Split:
        """These examples of it, in this order."""
        groups = None if self.groups is None else tuple(self.groups[i] for i in index)
        truth = self.truth[list(index)] if isinstance(self.truth, np.ndarray) else [self.truth[i] for i in index]
        source = self.source if isinstance(self.source, str) else tuple(self.source[i] for i in index)
        return Split(tuple(self.ids[i] for i in index), subset(self.examples, index), truth, source, groups)

    @property
    def sources(self) -> tuple[str, ...]:
        """(m,) where each example is from."""
        return (self.source,) * len(self) if isinstance(self.source, str) else self.source


@dataclass(frozen=True)
class Task:
    """A model to train, and the sets to train and judge it on.

    What the loop takes is as `training.fit` has it: loss_fn, num_items, augment, order. `predict` gives the answers
    that `metric` judges; a task without a metric ends with its product. `spec` is plain values and `files` bytes, from
    which `restore` makes the model and its reader again. `heads` names the modules that a transfer reinitialises.
    `classes` are those of classification alone. `checks` are the task's own for the pre-flight, `causes` its own error
    attribution: lines of what went wrong, of truth and predicted. `trainer` makes what gradient steps in epochs do not.
    """

    recipe: str
    network: str
    model: Callable[[], nn.Module]  # a fresh one each call, the same weights
    sets: Mapping[str, Split]  # train, dev, test; train-dev where there are two sources
    loss_fn: LossFn
    predict: Predict
    metric: Metric | None = None
    spec: Mapping[str, Any] = field(default_factory=dict)
    preview: Callable[[Split, int], Preview] = lambda split, i: {}
    num_items: Callable[[Any], float | Tensor] | None = None
    augment: Callable[[Batch], Batch] | None = None
    order: Order | None = None
    made: Callable[[Batch], Batch] | None = None  # how train was made nearer to dev; it is judged as it was trained on
    drawn: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # of train those that stand for it, by weight
    files: Mapping[str, bytes] = field(default_factory=dict)
    heads: tuple[str, ...] = ()
    classes: tuple[str, ...] | None = None
    expected_cost: float | None = None  # of a model that knows nothing; of classes it is ln C
    least_cost: Callable[[Any], float] | None = None  # of these targets, where no answer costs 0
    checks: Callable[[], Iterable[Check]] | None = None
    judge_every: int = 1  # epochs between two looks at dev's answers while it trains
    judge_most: int | None = None  # of dev's examples that are looked at then; and, for the ledger, of train's
    causes: Callable[[Sequence[Any], Sequence[Any]], tuple[str, ...]] | None = None
    trainer: Trainer | None = None
    describe: Describe | None = None  # where the kind of its inputs is not known to recipes/describe.py
    chosen: Mapping[str, Any] = field(default_factory=dict)  # settings that were 'auto', and what they became
    notes: tuple[str, ...] = ()

    def hash(self) -> str:
        """What two runs of the same task share: recipe, and dev's ids and truth."""
        dev = self.sets.get("dev")
        told = [self.recipe, list(dev.ids), to_plain(dev.truth)] if dev else [self.recipe]
        return hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]


class Product(Protocol):
    """What a trainer of its own leaves."""

    def save(self, run: RunFolder) -> None:
        """Write it into the run."""

    def facts(self) -> dict[str, Any]:
        """What run.json says of it: how training ended, seconds."""


Trainer = Callable[[Task, Any, RunFolder | None, Watcher, bool], Product]
"""(task, settings, run, watcher, resume) -> what was made."""


@dataclass(frozen=True)
class NewInputs:
    """What is to be predicted: ids, the inputs as a batch or a Dataset has them, and what was left out.

    `failed` is filled while the examples are read: the places of those that cannot be, and why. `notes` may be.
    """

    ids: tuple[str, ...]
    examples: Dataset[Batch]
    notes: Sequence[str] = ()
    failed: Mapping[int, str] = field(default_factory=dict)

    @property
    def read(self) -> tuple[int, ...]:
        """The places of the others, once all were read. Raises InputError where there is none."""
        if self.failed and len(self.failed) == len(self.ids):
            first = min(self.failed)
            raise InputError(say("inputs: found none that can be read; {file}: {reason}", file=self.ids[first],
                                 reason=self.failed[first]))
        return tuple(i for i in range(len(self.ids)) if i not in self.failed)


@dataclass(frozen=True)
class Restored:
    """What of a task its run keeps: the model without its weights, how new inputs are read, how it answers.

    `example` is a batch of inputs of the right shape, for export, and `inputs` names them in its order, each with its
    dimensions that may differ from batch to batch beside the first: {"ids": {1: "length"}, "lengths": {}}. Without it
    they have the names of forward's parameters, and the first dimension alone is free. `probabilities` makes them of
    outputs that are logits; of classes `predict` gives them. `larger` reads pictures as `read` does, so many times as
    large, for people to look at.
    """

    model: nn.Module
    read: Callable[[Any], NewInputs]
    predict: Predict
    classes: tuple[str, ...] | None = None
    example: Any = None
    inputs: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    probabilities: Callable[[Tensor], Tensor] | None = None
    larger: Callable[[Any, int], NewInputs] | None = None


def classes_of(model: nn.Module, batch: Batch, outputs: Tensor) -> Column:
    """The likeliest class of each example, and the probability of each class: softmax of the outputs (B, C)."""
    p = torch.softmax(outputs.float(), dim=1)
    return {"predicted": p.argmax(dim=1), "p": p}


def to_plain(values: Any) -> Any:
    """Arrays and tensors as lists, NaN as None: what JSON holds."""
    if isinstance(values, Tensor):
        values = column_of(values)
    if isinstance(values, np.ndarray | np.generic):
        values = values.tolist()
    if isinstance(values, float) and values != values:
        return None
    if isinstance(values, list | tuple):
        return [to_plain(value) for value in values]
    return {str(name): to_plain(value) for name, value in values.items()} if isinstance(values, dict) else values


@dataclass(frozen=True)
class Predictions:
    """Answers to inputs: ids and predicted (m,); of classes also their probabilities (m, C); more columns by name.

    >>> p = Predictions(("a.png",), ("dog",), ("cat", "dog"), np.array([[0.2, 0.8]]))
    >>> p.labels, p.records()
    (('dog',), [{'id': 'a.png', 'predicted': 'dog', 'p_cat': 0.2, 'p_dog': 0.8}])
    """

    ids: tuple[str, ...]
    predicted: tuple[Any, ...]
    classes: tuple[str, ...] | None = None
    probabilities: npt.NDArray[np.float64] | None = None
    more: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[Any, ...]:
        """The likeliest class of each input, or whatever the task answers."""
        return self.predicted

    def records(self) -> list[dict[str, Any]]:
        """One mapping an input, as `wengu predict --json` prints them."""
        return list(self.each())

    def each(self) -> Iterator[dict[str, Any]]:
        """The same, one at a time."""
        for i, (name, value) in enumerate(zip(self.ids, self.predicted, strict=True)):
            row: dict[str, Any] = {"id": name, "predicted": to_plain(value)}
            if self.classes and self.probabilities is not None:
                row |= {f"p_{c}": float(p) for c, p in zip(self.classes, self.probabilities[i], strict=True)}
            yield row | {key: to_plain(values[i]) for key, values in self.more.items()}
