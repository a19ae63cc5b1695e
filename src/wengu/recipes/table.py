"""The task of sorting the rows of a table into classes.

    columns -> features -> (x - μ)/σ with μ, σ of the training rows -> W x + b -> softmax;   J = cross-entropy

`softmax` has a row of W for each class. `logistic` has one, for the second of two classes, the score of the first
being 0: softmax over (0, z) is σ(z). For the exact optimum in one call see wengu.regression, whose estimators solve the
same problem without mini-batches.
"""

from __future__ import annotations

import copy
import os
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from wengu import data
from wengu.core.batches import in_memory
from wengu.core.checks import InputError, one_of
from wengu.core.i18n import say
from wengu.core.old_settings import dropout_of
from wengu.core.run_folder import RunFolder
from wengu.core.seeds import seed_for
from wengu.data import Table as TableOfRows
from wengu.functions import cross_entropy
from wengu.layers import Dropout, InputNormalisation, Linear
from wengu.practice import ErrorRate
from wengu.recipes import settings as _settings
from wengu.recipes.rules import reinitialise
from wengu.recipes.sets import Indices, split_indices
from wengu.recipes.settings import epochs_for
from wengu.recipes.task import NewInputs, Preview, Restored, Split, Task, classes_of


def prepare(settings: _settings.Table, *, progress: Callable[[int, int], None] | None = None) -> Task:
    """Read the table, cut the sets, make the model."""
    for name in ("data", "target"):
        if not getattr(settings, name):
            raise InputError(say("--{name}: expected one, got none: wengu fit softmax --data FILE.csv --target COLUMN",
                                 name=name))
    table = data.read_table(settings.data, target=settings.target, ignore=settings.ignore)
    places = split_indices(len(table.ids), labels=table.labels, set_of=table.set_of, groups=table.groups,
                           classes=table.classes, seed=settings.split_seed)
    sets = {name: _split(table, index) for name, index in places.items()}
    spec = {"classes": list(table.classes), "features": len(table.feature_names), "schema": dict(table.schema),
            "dropout": settings.dropout}
    normalisation = InputNormalisation.of(torch.from_numpy(table.x[places["train"]]))

    def model() -> nn.Module:
        generator = torch.Generator().manual_seed(seed_for(settings.seed, "weights"))
        made = network(settings.network, spec, generator=generator)
        reinitialise(settings, made)
        made[0] = copy.deepcopy(normalisation)
        return made

    def preview(split: Split, i: int) -> Preview:
        x, _ = split.examples[i]
        return {name: f"{value:g}" for name, value in zip(table.feature_names, x.tolist(), strict=True)}

    return Task(
        recipe="table",
        network=settings.network,
        model=model,
        sets=sets,
        classes=table.classes,
        loss_fn=cross_entropy,
        predict=classes_of,
        metric=ErrorRate(),
        spec=spec,
        preview=preview,
        chosen={"epochs": epochs_for(len(sets["train"]), most=200)} if settings.epochs is None else {},
        notes=table.notes,
    )


def network(name: str, spec: Mapping[str, Any], *, generator: torch.Generator | None = None) -> nn.Sequential:
    """The model by its name: input normalisation, dropout of features, then one linear layer."""
    one_of("network", name, ("softmax", "logistic"))
    n, classes = spec["features"], len(spec["classes"])
    if name == "logistic" and classes != 2:
        raise InputError(say("network: logistic regression separates two classes, the target has {n}; take softmax",
                             n=classes))
    # a convex cost has one valley: zeros are as good a start as any, and draw nothing
    weights = Linear(n, 1 if name == "logistic" else classes, init_variance=0.0, generator=generator)
    body = SecondOfTwo(weights) if name == "logistic" else weights
    dropout = Dropout(p=dropout_of(spec))
    return nn.Sequential(OrderedDict({"0": InputNormalisation(n, dtype=torch.float64), "dropout": dropout, "1": body}))


def restore(run: RunFolder) -> Restored:
    """The model of a run, and how it reads new rows."""
    facts = run.facts()
    spec = facts["spec"]
    return Restored(network(facts["network"], spec), partial(read, spec=spec), classes_of, tuple(spec["classes"]),
                    torch.zeros(1, spec["features"], dtype=torch.float64))


def read(inputs: Any, spec: Mapping[str, Any]) -> NewInputs:
    """New rows: a data frame, the path of a CSV file, or the bytes of one."""
    if isinstance(inputs, list | tuple):
        if len(inputs) != 1:
            raise InputError(say("inputs: expected one CSV file, got {n}", n=len(inputs)))
        inputs = inputs[0]
    if not (isinstance(inputs, str | os.PathLike | bytes) or (hasattr(inputs, "columns") and hasattr(inputs, "index"))):
        raise TypeError(say("inputs: expected a data frame, the path of a CSV file or the bytes of one, got {got}",
                            got=type(inputs).__name__))
    x, ids = data.encode(inputs, spec["schema"])
    return NewInputs(ids, in_memory((torch.from_numpy(x), torch.zeros(len(ids)))))


class SecondOfTwo(nn.Module):
    """Scores (m, 2) of two classes from one score (m, 1): 0 for the first, z for the second."""

    def __init__(self, score: nn.Module) -> None:
        super().__init__()
        self.score = score

    def forward(self, x: Tensor) -> Tensor:
        z = self.score(x)
        return torch.cat([torch.zeros_like(z), z], dim=1)


def _split(table: TableOfRows, index: Indices) -> Split:
    labels = table.labels[index]
    return Split(
        ids=tuple(table.ids[i] for i in index),
        examples=in_memory((torch.from_numpy(table.x[index]), torch.from_numpy(labels))),
        truth=labels,
        source=table.source,
        groups=None if table.groups is None else tuple(table.groups[index].tolist()),
    )
