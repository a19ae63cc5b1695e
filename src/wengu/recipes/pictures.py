"""The task of sorting pictures into classes: from a folder of class folders, or a data set of the catalogue.

    pixels -> (x - μ)/σ with μ, σ of the training set -> network -> softmax;   J = cross-entropy;   error = share wrong
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.old_settings import dropout_of
from wengu.recipes.augmentation import ordered
from wengu.recipes.network import Network, entry_of, fits
from wengu.recipes.own_network import recorded, unowned
from wengu.recipes.picture_networks import NETWORKS
from wengu.recipes.picture_settings import OfPictures
from wengu.recipes.settings import Classification, setting
from wengu.recipes.zoo import from_zoo

if TYPE_CHECKING:
    import torch
    from torch import nn

    from wengu.core.run_folder import RunFolder
    from wengu.recipes.task import Preview, Restored, Split, Task
    from wengu.training import PretrainedWeights
    from wengu.training.evaluation import Predict

SMALL, PHOTO = (28, 28), (64, 64)  # height and width where neither network nor user says

MOST_WIDE = 64
OWN = ("dropout", "width", "shortcut")  # what only some networks can be told

Tta = Literal["none", "flip", "shift", "shift+flip"]
Shortcut = Literal["auto", "zeros", "convolution", "none"]
Nearer = Literal["none", "auto", "noise", "blur", "light"]


@dataclass(frozen=True, kw_only=True)
class Settings(OfPictures, Classification):
    """Pictures sorted into classes."""

    LR: ClassVar = {"sgd": 0.1, "momentum": 0.1, "rmsprop": 1e-3, "adam": 1e-3, "adamw": 1e-3}
    WEIGHT_DECAY: ClassVar = {"adamw": 0.05}
    MOST_EPOCHS: ClassVar = 40

    data: str = setting(
        "sample", "A folder with a folder of pictures for each class, or a name from `wengu data list`."
    )

    network: str = setting(
        "lenet5",
        "The network, or your own: ./mine.py:Net (`wengu explain own-network`), timm:NAME, torchvision:NAME.",
    )

    size: str | int = setting(  # held as text
        "", "Height and width that pictures are brought to, 64 or 48x64; by default the network's own."
    )

    dropout: float | None = setting(
        None, "Chance that a unit of the fully connected layers is dropped at a step; by default the network's own."
    )

    width: float | None = setting(
        None, "Filters and units of every layer, beside the network's own: 2 is twice as many, 0.5 half of them."
    )

    shortcut: Shortcut = setting(
        "auto", "What ResNet-20 to ResNet-110 add to the output of every two layers: their input, where sizes differ "
        "with zeros (zeros, which is auto) or a 1 x 1 convolution; or nothing (none), the plain network."
    )

    augment: str = setting(
        "auto", "Changes to training pictures, joined by +: shift (by a pixel), crop (by an eighth), flip, colour, "
        "randaugment, erase, mixup, cutmix; or none, or auto, which takes what cannot harm the classes."
    )

    tta: Tta = setting(
        "none", "Test-time averaging: answers are the mean over views of a picture, flip (2), shift by a pixel (5) or "
        "shift+flip (10), which takes so many times the work."
    )

    nearer: Nearer = setting(
        "none", "Change training pictures to look like dev's: by noise, blur, light, or auto, what makes them "
        "nearest; how much is measured on the pictures of both, without labels."
    )

    from_: str = setting(
        "", "Begin with trained layers: a run's folder, a .safetensors file, published (the network's own trained "
        "weights, on colour photographs the default where there are any; pictures become 160 x 160), or none."
    )

    levels: str = setting(
        "full", "Grey of more than 8 bits: full (0 to 65535 is black to white), seen (the range of the training "
        "pictures, kept for prediction), or your own, such as 0:4095."
    )

    def by_rule(self, network: Network) -> dict[str, Any]:
        from wengu.data import holds_photographs, known_weights

        ruled = super().by_rule(network)
        begins, known = self.from_, known_weights(self.network)
        if known and not begins:
            begins = ruled["from_"] = "published" if self.init == "auto" and holds_photographs(self.data) else "none"
        if not self.size:
            size = known.transfer_size if known and begins == "published" else network.size
            ruled["size"] = "x".join(map(str, size or _size_of(network, self.data)))
        own = {name: network.options[name] for name in OWN if name in network.options}
        return ruled | {name: value for name, value in own.items() if getattr(self, name) in (None, "auto")}

    @property
    def transfers(self) -> bool:
        from wengu.data import known_weights

        return super().transfers or (not self.from_ and known_weights(self.network) is not None)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "augment", ordered(self.augment))
        if self.width is not None and not 0 < self.width <= MOST_WIDE:
            raise InputError(say("width: expected a number above 0, at most {most}, got {got}", most=MOST_WIDE,
                                 got=self.width))


def about() -> str:
    """In the language spoken now."""
    return say("Sort pictures into classes.")


def prepare(settings: Settings, *, progress: Callable[[int, int], None] | None = None) -> Task:
    """Read the pictures, cut the sets."""
    from functools import partial

    from wengu.data.picture_levels import parsed_levels
    from wengu.practice import METRICS
    from wengu.recipes.augmentation import augmentation, suited
    from wengu.recipes.balance import class_loss
    from wengu.recipes.mapped_pictures import normalisation_of
    from wengu.recipes.picture_sets import constant_ones, copies_in, cut_pictures, read_pictures, split_of
    from wengu.recipes.published_start import form_of, start_notes
    from wengu.recipes.rules import fresh
    from wengu.recipes.task import Task
    from wengu.training.unfreezing import trains_last

    entry = entry_of(settings.network, NETWORKS)
    settings = replace(settings, **settings.by_rule(entry))
    size = parsed_size(settings.size)

    pictures = read_pictures(settings, size, parsed_levels(settings.levels), progress)
    divided = cut_pictures(settings, pictures, copies=copies_in(settings, pictures))
    sets = {name: split_of(pictures, index, divided.groups_of(index)) for name, index in divided.places.items()}
    train = divided.places["train"]
    augment = settings.augment
    if augment == "auto" and settings.transfers and trains_last(settings.freeze, len(train), len(pictures.classes)):
        augment = "none"  # so that what the frozen layers give is computed once
    elif augment == "auto":
        augment = suited(settings.data, pictures.classes, pictures.channels, pictures.size)
    spec: dict[str, Any] = {"classes": list(pictures.classes), "channels": pictures.channels,
                            "size": list(pictures.size), **recorded(settings.network)}
    form, heads = form_of(settings.network, settings.from_)
    if form:
        spec["form"] = form
    if pictures.levels:
        spec["levels"] = list(pictures.levels)
    spec |= {name: value for name in OWN if (value := getattr(settings, name)) not in (None, "auto")}
    if settings.tta != "none":
        spec["tta"] = settings.tta
    normalisation = normalisation_of(pictures, train)

    loss = class_loss(settings, sets["train"].truth, len(pictures.classes))
    return Task(
        recipe="pictures",
        network=settings.network,
        model=partial(fresh, partial(model_of, settings.network, spec), settings, normalisation),
        sets=sets,
        classes=pictures.classes,
        loss_fn=entry.loss_from(loss),
        least_cost=partial(loss.least, classes=len(pictures.classes)),
        predict=predict_of(spec),
        metric=METRICS[settings.metric](),
        spec=spec,
        preview=preview,
        heads=heads,
        augment=augmentation(augment, classes=len(pictures.classes)),
        chosen={"augment": augment} if settings.augment == "auto" else {},
        notes=(*pictures.notes, *divided.notes, *constant_ones(pictures, train),
               *start_notes(settings.network, settings.from_, size)),
    )


def model_of(name: str, spec: Mapping[str, Any], generator: torch.Generator | None = None) -> nn.Sequential:
    """The model by its name: input normalisation, then the network."""
    import torch
    from torch import nn

    from wengu.layers import InputNormalisation

    entry, classes, channels, size = entry_of(name, NETWORKS), len(spec["classes"]), spec["channels"], spec["size"]
    own = {name: spec[name] for name in OWN if name in spec}
    if "keep_prob" in spec:
        own["dropout"] = dropout_of(spec)
    for setting_ in own:
        if not entry.takes(setting_):
            raise InputError(say("{setting}: {network} has no argument of that name; leave it out", setting=setting_,
                                 network=name))
    body = entry.made(classes=classes, channels=channels, size=tuple(size), generator=generator,
                      **own, **spec.get("form", {}))
    model = nn.Sequential(InputNormalisation(channels), body)
    like = torch.zeros(2, channels, *size)
    return model if name in NETWORKS else fits(model, entry, like, classes, generator=generator)


def restore(run: RunFolder, *, network: str = "") -> Restored:
    """The network of a run, and how it reads new pictures; `network` is one's own where that may be imported."""
    from functools import partial

    import torch

    from wengu.recipes.new_pictures import read_pictures
    from wengu.recipes.task import Restored

    facts = run.facts()
    spec = facts["spec"]
    example = torch.zeros(1, spec["channels"], *spec["size"], dtype=torch.uint8)
    return Restored(model_of(network or unowned(facts), spec), partial(read_pictures, spec=spec), predict_of(spec),
                    tuple(spec["classes"]), example, {"pictures": {}},
                    larger=lambda inputs, times: read_pictures(inputs, spec, times=times))


def predict_of(spec: Mapping[str, Any]) -> Predict:
    """How it answers: from the scores of a picture, or of several views of it."""
    from wengu.recipes.task import classes_of
    from wengu.vision.augment import AverageOverViews

    return AverageOverViews(spec["tta"]) if "tta" in spec else classes_of


def preview(split: Split, i: int) -> Preview:
    """The picture as the network saw it, as a PNG."""
    import numpy as np

    from wengu.recipes.new_pictures import png

    pixels, _ = split.examples[i]
    return png(np.moveaxis(pixels.numpy(), 0, 2).squeeze())


def pretrained(
    name: str, spec: Mapping[str, Any], *, progress: Callable[[int, int], None] | None = None
) -> PretrainedWeights:
    """The weights that the network is published with, as those of the model here.

    Raises InputError where there are none, or they cannot be had.
    """
    from wengu.recipes.published_start import published_start

    return published_start(name, spec, progress=progress)


def parsed_size(text: str | int) -> tuple[int, int]:
    """Height and width.

    >>> parsed_size("48x64"), parsed_size(32)
    ((48, 64), (32, 32))
    """
    found = re.fullmatch(r"([1-9]\d{0,4})(?:[x×]([1-9]\d{0,4}))?", str(text))
    if found is None:
        raise InputError(say("size: expected height and width, such as 64 or 48x64, got {got}", got=text))
    return int(found[1]), int(found[2] or found[1])


def _size_of(network: Network, data: str) -> tuple[int, int]:
    """Of a data set that is known its own, else 64; what one's own network takes, and 28 where that does not say."""
    if network in NETWORKS.values():
        from wengu.data import known_entry

        return known.size if (known := known_entry(data)) else PHOTO
    default = network.default_of("size")
    if default is None:
        return SMALL if not from_zoo(network.path) else PHOTO
    return (default, default) if isinstance(default, int) else tuple(default)
