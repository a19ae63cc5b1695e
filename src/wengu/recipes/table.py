"""The task of sorting the rows of a table into classes.

    columns -> features -> (x - μ)/σ with μ, σ of the training rows -> network -> softmax;   J = cross-entropy
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.old_settings import dropout_of
from wengu.recipes.network import Network, entry_of, fits
from wengu.recipes.own_network import recorded, unowned
from wengu.recipes.settings import Classification, setting
from wengu.recipes.table_settings import OfTable, cut_classes

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from torch import nn

    from wengu.core.run_folder import RunFolder
    from wengu.data import Table
    from wengu.recipes.sets import Indices
    from wengu.recipes.task import NewInputs, Preview, Restored, Split, Task

NETWORKS = {
    "softmax": Network("wengu.regression.networks:softmax", "Softmax regression on a table."),
    "logistic": Network("wengu.regression.networks:logistic", "Logistic regression on a table of two classes."),
}

FAR = 1e19
"""Standard deviations from the mean of training, in float32, whose square is nearly its largest number."""


@dataclass(frozen=True, kw_only=True)
class Settings(OfTable, Classification):
    """Rows of a table sorted into classes."""

    LR: ClassVar = {"sgd": 0.5, "momentum": 0.5, "rmsprop": 1e-2, "adam": 1e-2, "adamw": 1e-2}
    MOST_EPOCHS: ClassVar = 200

    data: str = setting("", "A CSV or TSV file with a header.")

    target: str = setting("", "The column that holds the class.")

    network: str = setting(
        "softmax", "The network, or your own: ./mine.py:Net (`wengu explain own-network`); logistic takes two classes."
    )

    dropout: float = setting(0.0, "Chance that a feature is dropped at a step; 0 is none.")

    patience: int = setting(20, "Early stopping: epochs without a better dev value before training ends.")


def about() -> str:
    """In the language spoken now."""
    return say("Sort the rows of a CSV file into classes.")


def prepare(settings: Settings, *, progress: Callable[[int, int], None] | None = None) -> Task:
    """Read the table, cut the sets."""
    from functools import partial

    import torch

    from wengu import data
    from wengu.data.table_file import refuse_pictures
    from wengu.layers import InputNormalisation
    from wengu.practice import METRICS
    from wengu.recipes.balance import class_loss
    from wengu.recipes.rules import fresh
    from wengu.recipes.task import Task, classes_of

    refuse_pictures(settings.data)
    for name in ("data", "target"):
        if not getattr(settings, name):
            raise InputError(say("--{name}: expected one, got none: wengu fit softmax --data FILE.csv --target COLUMN",
                                 name=name))
    table = data.read_table(settings.data, target=settings.target, **settings.columns())
    divided = cut_classes(settings, table)
    sets = {name: _split(table, index, divided.groups_of(index)) for name, index in divided.places.items()}
    spec = {"classes": list(table.classes), "features": len(table.feature_names), "schema": dict(table.schema),
            "dropout": settings.dropout, **recorded(settings.network)}
    normalisation = InputNormalisation.of(torch.from_numpy(table.x[divided.places["train"]]))
    check_reach(normalisation, table.x, table.ids, table.feature_names)

    def preview(split: Split, i: int) -> Preview:
        x, _ = split.examples[i]
        return {name: f"{value:g}" for name, value in zip(table.feature_names, x.tolist(), strict=True)}

    loss = class_loss(settings, sets["train"].truth, len(table.classes))
    return Task(
        recipe="table",
        network=settings.network,
        model=partial(fresh, partial(model_of, settings.network, spec), settings, normalisation),
        sets=sets,
        classes=table.classes,
        loss_fn=loss,
        least_cost=partial(loss.least, classes=len(table.classes)),
        predict=classes_of,
        metric=METRICS[settings.metric](),
        spec=spec,
        preview=preview,
        notes=(*table.notes, *divided.notes),
    )


def model_of(name: str, spec: Mapping[str, Any], generator: torch.Generator | None = None) -> nn.Sequential:
    """The model by its name: input normalisation, dropout of features, then the network."""
    from collections import OrderedDict

    import torch
    from torch import nn

    from wengu.layers import Dropout, InputNormalisation

    entry, features, classes = entry_of(name, NETWORKS), spec["features"], len(spec["classes"])
    model = nn.Sequential(OrderedDict({
        "0": InputNormalisation(features, dtype=torch.float64),
        "dropout": Dropout(p=dropout_of(spec)),
        "1": entry.made(features=features, classes=classes, generator=generator),
    }))
    return model if name in NETWORKS else fits(model, entry, torch.zeros(2, features), classes, generator=generator)


def restore(run: RunFolder, *, network: str = "") -> Restored:
    """The model of a run, and how it reads new rows; `network` is one's own where that may be imported."""
    from functools import partial

    import torch

    from wengu.data.table_schema import feature_names
    from wengu.recipes.task import Restored, classes_of

    facts = run.facts()
    spec = facts["spec"]
    if (n := len(feature_names(spec["schema"]["columns"]))) != spec["features"]:
        raise ValueError(say("{n} {n:feature|features} of its columns, {m} of its network", n=n, m=spec["features"]))
    model = model_of(network or unowned(facts), spec)
    return Restored(model, partial(read, spec=spec, normalisation=model[0]), classes_of, tuple(spec["classes"]),
                    torch.zeros(1, spec["features"], dtype=torch.float64), {"features": {}})


def read(inputs: Any, spec: Mapping[str, Any], normalisation: Any) -> NewInputs:
    """New rows: a data frame, the path of a CSV file, or the bytes of one; `normalisation` is that of training."""
    import torch

    from wengu import data
    from wengu.core.batches import in_memory
    from wengu.data.table_schema import feature_names
    from wengu.recipes.task import NewInputs

    if isinstance(inputs, list | tuple):
        if len(inputs) != 1:
            raise InputError(say("inputs: expected one CSV file, got {n}", n=len(inputs)))
        inputs = inputs[0]
    if not (isinstance(inputs, str | os.PathLike | bytes) or (hasattr(inputs, "columns") and hasattr(inputs, "index"))):
        raise TypeError(say("inputs: expected a data frame, the path of a CSV file or the bytes of one, got {got}",
                            got=type(inputs).__name__))
    x, ids = data.encode(inputs, spec["schema"])
    check_reach(normalisation, x, ids, feature_names(spec["schema"]["columns"]))
    return NewInputs(ids, in_memory((torch.from_numpy(x), torch.zeros(len(ids)))))


def check_reach(normalisation: Any, x: NDArray[np.float64], ids: Sequence[str], names: Sequence[str]) -> None:
    """Raises InputError for a number so far from those of training that the network's float32 would overflow."""
    import numpy as np

    z = np.abs(x - normalisation.mean.numpy()) / normalisation.std.numpy()
    if (far := np.argwhere(~(z < FAR))).size:
        i, k = far[0]
        raise InputError(say("row {id}: column {name!r} is {value:g}, {far:.1g} standard deviations from the mean of "
                             "training: more than float32 can count with; correct it or delete the row", id=ids[i],
                             name=names[k], value=x[i, k], far=z[i, k]))


def _split(table: Table, index: Indices, groups: tuple[str, ...] | None) -> Split:
    import torch

    from wengu.core.batches import in_memory
    from wengu.recipes.task import Split

    labels = table.labels[index]
    return Split(
        ids=tuple(table.ids[i] for i in index),
        examples=in_memory((torch.from_numpy(table.x[index]), torch.from_numpy(labels))),
        truth=labels,
        source=table.source if table.sources is None else tuple(table.sources[index].tolist()),
        groups=groups,
    )
