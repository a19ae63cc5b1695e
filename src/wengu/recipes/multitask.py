"""The task of answering several yes-or-no questions about each example: multi-task learning.             [notes 5.4]

    x -> (x - μ)/σ -> layers that all tasks share -> z (m, T) -> σ;   J = the binary loss summed over the labels there

Labels may be missing: they are left out of the cost, and of the error, which is the mean of every question's own. Truth
and answers are mappings: {"top": 1, "long sleeves": None, "footwear": 0}.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from wengu.core.checks import InputError, one_of
from wengu.core.i18n import say
from wengu.recipes.network import Network, entry_of, fits
from wengu.recipes.own_network import recorded, unowned
from wengu.recipes.settings import setting
from wengu.recipes.table import check_reach
from wengu.recipes.table import read as read_rows
from wengu.recipes.table_settings import OfTable, cut_table

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from wengu.core.batches import Batch
    from wengu.core.run_folder import RunFolder
    from wengu.recipes.task import NewInputs, Preview, Restored, Split, Task
    from wengu.training import Check
    from wengu.training.evaluation import Column

NETWORKS = {
    "multitask-lenet5": Network(
        "wengu.vision.convnets:LeNet5", "LeNet-5 on pictures, one output for each question.",
        size=(28, 28),
        lr={"sgd": 0.1, "momentum": 0.1, "rmsprop": 1e-3, "adam": 3e-3, "adamw": 3e-3},
        options={"dropout": 0.2},
    ),
    "multitask-layers": Network(
        "wengu.regression:SharedLayers", "Fully connected layers on a table, one output for each question.",
    ),
}  # fmt: skip
HEADS = {"multitask-lenet5": ("1.output",), "multitask-layers": ("1.heads",)}  # the units of the questions
FOR_TABLES = ("ignore", "keep", "as_text", "group", "by_time", "own", "other")
SIMILAR = 1 / 3  # of the labels of the most labelled question: below that the cost is nearly that of the others alone


@dataclass(frozen=True, kw_only=True)
class Settings(OfTable):
    """Several questions about each example."""

    LR: ClassVar = {"sgd": 0.1, "momentum": 0.1, "rmsprop": 1e-3, "adam": 3e-3, "adamw": 3e-3}
    WEIGHT_DECAY: ClassVar = {"adamw": 0.05}

    data: str = setting(
        "sample", "A CSV file with several targets; or sample, fashion-mnist: is it a top, long-sleeved, footwear."
    )

    target: tuple[str, ...] = setting((), "Columns to predict, one --target each; an empty cell is a missing label.")

    only: tuple[str, ...] = setting((), "Train these questions alone; by default all of them together.")

    network: str = setting(
        "auto",
        "The network, or your own: ./mine.py:Net; auto is multitask-layers with --target, else multitask-lenet5.",
    )

    patience: int = setting(12, "Early stopping: epochs without a better dev value before training ends.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.network == "auto":
            object.__setattr__(self, "network", "multitask-layers" if self.target else "multitask-lenet5")


def about() -> str:
    """In the language spoken now."""
    return say("Answer several yes-or-no questions about each example; labels may be missing.")


def prepare(settings: Settings, *, progress: Callable[[int, int], None] | None = None) -> Task:
    """Read pictures or a table, cut the sets; what has no label of the questions is left out of them."""
    from functools import partial

    import torch

    from wengu.functions import multi_task_cross_entropy
    from wengu.layers import InputNormalisation
    from wengu.practice import MultiLabelError, wrong_of_each
    from wengu.recipes.rules import fresh
    from wengu.recipes.task import Task

    read = _read(settings, progress)
    asked = [k for k, name in enumerate(read.labels) if not settings.only or name in settings.only]
    for name in settings.only:
        one_of("only", name, read.labels)
    labels, y = tuple(read.labels[k] for k in asked), read.targets[:, asked]
    divided = cut_table(settings, read, y)
    there = (y == y).any(axis=1)
    labelled = {name: index[there[index]] for name, index in divided.places.items()}
    counted = _counted(labels, y, labelled)
    known = counted["train"]
    sets = {name: _split(read, labels, y, index, divided.groups_of(index)) for name, index in labelled.items()}
    x = torch.from_numpy(read.x)
    values = {name: list(pair) for name, pair in read.values.items() if name in labels}
    spec: dict[str, Any] = {"labels": list(labels), "values": values, "shape": list(x.shape[1:]),
                            **recorded(settings.network), **({"schema": dict(read.schema)} if read.schema else {})}
    normalisation = InputNormalisation.of(x[torch.from_numpy(labelled["train"])])
    if read.schema:
        check_reach(normalisation, read.x, read.ids, read.features)

    def preview(split: Split, i: int) -> Preview:
        inputs, _ = split.examples[i]
        if inputs.dim() == 3:
            from wengu.recipes.new_pictures import png

            return png(inputs.movedim(0, 2).numpy().squeeze())
        return {name: f"{value:g}" for name, value in zip(read.features, inputs.tolist(), strict=True)}

    return Task(
        recipe="multitask",
        network=settings.network,
        model=partial(fresh, partial(model_of, settings.network, spec), settings, normalisation),
        sets=sets,
        loss_fn=multi_task_cross_entropy,
        predict=partial(answers, labels=labels),
        metric=MultiLabelError(),
        expected_cost=math.log(2) * sum(known) / len(sets["train"]),  # for each label that is there
        checks=lambda: labels_of_each(labels, counted),
        causes=wrong_of_each,
        heads=HEADS.get(settings.network, ()),
        spec=spec,
        preview=preview,
        notes=(*read.notes, *divided.notes, *_left_out(int((~there).sum()))),
    )


def model_of(name: str, spec: Mapping[str, Any], generator: torch.Generator | None = None) -> nn.Sequential:
    """The model by its name: input normalisation, then the network."""
    import torch
    from torch import nn

    from wengu.layers import InputNormalisation

    entry, shape, tasks = entry_of(name, NETWORKS), spec["shape"], len(spec["labels"])
    pictures = len(shape) == 3
    if name in NETWORKS and pictures != (entry.size is not None):
        if pictures:
            raise InputError(say("network: {network} reads the rows of a table, got pictures; leave --network out",
                                 network=name))
        raise InputError(say("network: {network} reads pictures, got the rows of a table; leave --network out",
                             network=name))
    offered = {"channels": shape[0], "size": tuple(shape[1:])} if pictures else {"features": shape[0]}
    body = entry.made(classes=tasks, generator=generator, **offered)
    model = nn.Sequential(InputNormalisation(shape[0], dtype=torch.float32 if pictures else torch.float64), body)
    return model if name in NETWORKS else fits(model, entry, torch.zeros(2, *shape), tasks, generator=generator)


def answers(model: nn.Module, batch: Batch, outputs: Tensor, *, labels: Sequence[str]) -> Column:
    """Of each example every question's answer, 1 where ŷ is above a half, and its ŷ."""
    p = outputs.float().sigmoid().cpu()
    return {"predicted": [dict(zip(labels, row, strict=True)) for row in (p > 0.5).long().tolist()],
            "p": [dict(zip(labels, row, strict=True)) for row in p.tolist()]}


def labels_of_each(labels: Sequence[str], counted: Mapping[str, Sequence[int]]) -> Iterable[Check]:
    """Whether the questions have about as many labels each: then all others teach each of them much.

    And whether all can be judged: `counted` is how many labels each has in each set.
    """
    from wengu.practice.ledger_words import set_name
    from wengu.training import Check

    known = counted["train"]
    few, many = min(known), max(known)
    least, most = labels[known.index(few)], labels[known.index(many)]
    words = say("{least}: {few:,} {few:label|labels}, the fewest; {most}: {many:,}, the most", least=least, few=few,
                most=most, many=many)
    if few >= SIMILAR * many:
        yield Check("labels", "ok", words, title=say("labels"))
    else:
        yield Check("labels", "warning", words,
                    say("a question with few labels counts little in the cost: label more of it, and see with --only "
                        "whether it does better alone"), title=say("labels"))
    for name, numbers in counted.items():
        if without := [label for label, n in zip(labels, numbers, strict=True) if not n]:
            yield Check(f"labels in {name}", "warning",
                        say("{names}: no label in {set}", names=", ".join(without), set=set_name(name)),
                        say("it is left out of the ledger: label some examples of {set}, or move some to it",
                            set=set_name(name)), title=say("labels"))


def restore(run: RunFolder, *, network: str = "") -> Restored:
    """The model of a run, and how it reads new examples; `network` is one's own where that may be imported."""
    from functools import partial

    import torch

    from wengu.recipes.task import Restored

    facts = run.facts()
    spec = facts["spec"]
    pictures = len(spec["shape"]) == 3
    example = torch.zeros(1, *spec["shape"], dtype=torch.uint8 if pictures else torch.float64)
    model = model_of(network or unowned(facts), spec)
    return Restored(model, partial(read_new, spec=spec, normalisation=model[0]),
                    partial(answers, labels=spec["labels"]), None, example,
                    {"pictures" if pictures else "features": {}}, probabilities=torch.sigmoid)


def read_new(inputs: Any, spec: Mapping[str, Any], normalisation: Any) -> NewInputs:
    """New pictures, or new rows of a table."""
    if len(spec["shape"]) == 3:
        from wengu.recipes.new_pictures import read_pictures

        channels, *size = spec["shape"]
        return read_pictures(inputs, spec={"channels": channels, "size": size})
    return read_rows(inputs, spec, normalisation)


@dataclass(frozen=True, eq=False)
class _Examples:
    """What was read: m pictures or rows, and T labels of each, NaN where they are missing."""

    x: NDArray[Any]
    targets: NDArray[Any]  # (m, T)
    labels: Sequence[str]
    values: Mapping[str, tuple[str, str]]  # what 0 and 1 are called; of the others they are no and yes
    features: Sequence[str]
    ids: Sequence[str]
    set_of: NDArray[Any]
    groups: NDArray[Any] | None
    source: str
    schema: Mapping[str, Any] | None
    notes: tuple[str, ...]
    times: NDArray[Any] | None = None
    sources: NDArray[Any] | None = None
    elsewhere: NDArray[Any] | None = None


def _read(settings: Settings, progress: Callable[[int, int], None] | None) -> _Examples:
    from wengu import data

    if settings.target:
        table = data.read_targets(settings.data, targets=settings.target, **settings.columns())
        return _Examples(table.x, table.targets, table.label_names, table.values, table.feature_names, table.ids,
                         table.set_of, table.groups, table.source, table.schema, table.notes, table.times,
                         table.sources, table.elsewhere)
    if data.known_entry(settings.data) is None:
        raise InputError(say("--target: expected the columns to predict, got none: wengu fit multitask --data FILE.csv "
                             "--target COLUMN --target COLUMN"))
    for name in FOR_TABLES:
        if getattr(settings, name):
            raise InputError(say("{name}: it is for tables, and {data} is a set of pictures; leave it out",
                                 name=name.replace("_", "-"), data=settings.data))
    pictures = data.load(settings.data, size=(28, 28), progress=progress)
    return _Examples(pictures.pixels, data.attributes_of(pictures), data.QUESTIONS, {}, (), pictures.ids,
                     pictures.set_of, None, pictures.source, None, pictures.notes)


def _split(
    read: _Examples, labels: Sequence[str], y: NDArray[Any], index: NDArray[Any], groups: tuple[str, ...] | None
) -> Split:
    import torch

    from wengu.core.batches import in_memory
    from wengu.recipes.task import Split

    truth = [dict(zip(labels, (None if one != one else int(one) for one in row), strict=True))
             for row in y[index].tolist()]
    return Split(
        ids=tuple(read.ids[i] for i in index),
        examples=in_memory((torch.from_numpy(read.x[index]), torch.from_numpy(y[index]))),
        truth=truth,
        source=read.source if read.sources is None else tuple(read.sources[index].tolist()),
        groups=groups,
    )


def _counted(labels: Sequence[str], y: NDArray[Any], places: Mapping[str, NDArray[Any]]) -> dict[str, list[int]]:
    """How many labels each question has in each set. Raises InputError where one has none in train, or a set none."""
    counted = {name: [int(n) for n in (y[index] == y[index]).sum(axis=0)] for name, index in places.items()}
    for name, numbers in counted.items():
        needed = [(label, n) for label, n in zip(labels, numbers, strict=True) if name == "train" or not any(numbers)]
        if without := [label for label, n in needed if not n]:
            raise InputError(say("{set} has no label of {names}; label some of its examples, or move some to it",
                                 set=name, names=", ".join(without)))
    return counted


def _left_out(n: int) -> tuple[str, ...]:
    return (say("{n:,} {n:example|examples} without any label left out", n=n),) if n else ()
