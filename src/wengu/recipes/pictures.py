"""The task of sorting pictures into classes: from a folder of class folders, or a data set of the catalogue.

    pixels -> (x - μ)/σ with μ, σ of the training set -> network -> softmax;   J = cross-entropy;   error = share wrong
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from wengu.core.checks import InputError, nearest, one_of
from wengu.core.i18n import say
from wengu.core.old_settings import dropout_of
from wengu.recipes.network import Network, entry_of
from wengu.recipes.settings import Training, epochs_for, setting

if TYPE_CHECKING:
    import torch
    from torch import nn

    from wengu.core.run_folder import RunFolder
    from wengu.data import Pictures
    from wengu.recipes.sets import Indices
    from wengu.recipes.task import Preview, Restored, Split, Task

NETWORKS = {
    "lenet5": Network(
        "wengu.vision.convnets:LeNet5", "LeNet-5 on pictures.",
        size=(28, 28),
        lr={"sgd": 0.1, "momentum": 0.1, "rmsprop": 1e-3, "adam": 3e-3, "adamw": 3e-3},
        options={"dropout": 0.2},
    ),
}  # fmt: skip

Augment = Literal["auto", "none", "shift", "shift+flip"]


@dataclass(frozen=True, kw_only=True)
class Settings(Training):
    """Pictures sorted into classes."""

    LR: ClassVar = {"sgd": 0.1, "momentum": 0.1, "rmsprop": 1e-3, "adam": 1e-3, "adamw": 1e-3}
    WEIGHT_DECAY: ClassVar = {"adamw": 0.05}

    data: str = setting(
        "sample", "A folder with a folder of pictures for each class, or a name from `wengu data list`."
    )

    network: str = setting("lenet5", "The network.")

    dropout: float | None = setting(
        None, "Chance that a unit of the fully connected layers is dropped at a step; by default the network's own."
    )

    augment: Augment = setting(
        "auto", "Changes to training pictures: shift (by a pixel), shift+flip (mirrored too), none, or auto."
    )

    def by_rule(self, network: Network) -> dict[str, Any]:
        ruled = super().by_rule(network)
        if self.dropout is None and "dropout" in network.options:
            ruled["dropout"] = network.options["dropout"]
        return ruled


def about() -> str:
    """In the language spoken now."""
    return say("Sort pictures into classes.")


def prepare(settings: Settings, *, progress: Callable[[int, int], None] | None = None) -> Task:
    """Read the pictures, cut the sets."""
    import copy

    import torch

    from wengu import data
    from wengu.core.seeds import seed_for
    from wengu.functions import cross_entropy
    from wengu.practice import ErrorRate
    from wengu.recipes.mapped_pictures import normalisation_of
    from wengu.recipes.random_shift import RandomShift
    from wengu.recipes.rules import reinitialise
    from wengu.recipes.sets import split_indices
    from wengu.recipes.task import Task, classes_of

    entry = entry_of(settings.network, NETWORKS)
    settings = replace(settings, **settings.by_rule(entry))
    pictures = _read(settings.data, entry.size or (28, 28), progress)
    places = split_indices(len(pictures), labels=pictures.labels, set_of=pictures.set_of, classes=pictures.classes,
                           seed=settings.split_seed)
    sets = {name: _split(pictures, index) for name, index in places.items()}
    augment = settings.augment
    if augment == "auto":
        augment = "shift+flip" if any(e.mirror and e.name == settings.data for e in data.catalogue()) else "shift"
    one_of("augment", augment, ("none", "shift", "shift+flip"))
    spec = {"classes": list(pictures.classes), "channels": pictures.channels, "size": list(pictures.size)}
    if settings.dropout is not None:
        spec["dropout"] = settings.dropout
    normalisation = normalisation_of(pictures, places["train"])

    def model() -> nn.Module:
        generator = torch.Generator().manual_seed(seed_for(settings.seed, "weights"))
        made = network(settings.network, spec, generator=generator)
        reinitialise(settings, made)
        made[0] = copy.deepcopy(normalisation)
        # channels innermost in memory: LeNet-5 trains 1.4 times as fast so on a CPU
        return made.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]

    return Task(
        recipe="pictures",
        network=settings.network,
        model=model,
        sets=sets,
        classes=pictures.classes,
        loss_fn=cross_entropy,
        predict=classes_of,
        metric=ErrorRate(),
        spec=spec,
        preview=preview,
        augment=None if augment == "none" else RandomShift(mirror=augment == "shift+flip"),
        chosen={
            **({"augment": augment} if settings.augment == "auto" else {}),
            **({"epochs": epochs_for(len(sets["train"]), most=40)} if settings.epochs is None else {}),
        },
        notes=pictures.notes,
    )


def network(name: str, spec: Mapping[str, Any], *, generator: torch.Generator | None = None) -> nn.Sequential:
    """The model by its name: input normalisation, then the network."""
    from torch import nn

    from wengu.layers import InputNormalisation

    offered = {"classes": len(spec["classes"]), "channels": spec["channels"], "size": tuple(spec["size"]),
               "dropout": dropout_of(spec), "generator": generator}
    body = entry_of(name, NETWORKS).made(**{what: value for what, value in offered.items() if value is not None})
    return nn.Sequential(InputNormalisation(spec["channels"]), body)


def restore(run: RunFolder) -> Restored:
    """The network of a run, and how it reads new pictures."""
    from functools import partial

    import torch

    from wengu.recipes.new_pictures import read_pictures
    from wengu.recipes.task import Restored, classes_of

    facts = run.facts()
    spec = facts["spec"]
    example = torch.zeros(1, spec["channels"], *spec["size"], dtype=torch.uint8)
    return Restored(network(facts["network"], spec), partial(read_pictures, spec=spec), classes_of,
                    tuple(spec["classes"]), example)


def preview(split: Split, i: int) -> Preview:
    """The picture as the network saw it, as a PNG."""
    import numpy as np

    from wengu.recipes.new_pictures import png

    pixels, _ = split.examples[i]
    return png(np.moveaxis(pixels.numpy(), 0, 2).squeeze())


def _read(name: str, size: tuple[int, int], progress: Callable[[int, int], None] | None) -> Pictures:
    """A name of the catalogue, else a folder."""
    from wengu import data

    entries = {entry.name: entry for entry in data.catalogue()}
    if name in entries:
        return data.load(name, size=size, progress=progress)
    path = Path(name).expanduser()
    near = nearest(name, entries)
    if not path.exists() and near and "/" not in name:
        raise InputError(say("data: there is no folder {name}, and no data set of that name; did you mean {near}?",
                             name=name, near=near))
    return data.read_picture_folder(path, size=size, progress=progress)


def _split(pictures: Pictures, index: Indices) -> Split:
    from wengu.recipes.mapped_pictures import examples_of
    from wengu.recipes.task import Split

    labels = pictures.labels[index]
    return Split(
        ids=tuple(pictures.ids[i] for i in index),
        examples=examples_of(pictures, index),
        truth=labels,
        source=pictures.source,
    )
