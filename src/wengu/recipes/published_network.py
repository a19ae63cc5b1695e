"""A network with the weights that somebody has published: it names the classes of ImageNet without any training.

    pixels -> (x - μ)/σ with the μ, σ that it learned from -> network -> softmax over 1,000 classes

The pixels are those that the weights were judged on: a square out of the middle of the picture, 0.875 of its shorter
side. What one trains oneself sees the whole picture.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.data import get, imagenet_classes, published
from wengu.data.picture_files import Progress
from wengu.layers import InputNormalisation
from wengu.recipes.new_pictures import read_pictures
from wengu.recipes.published_files import read_weights
from wengu.recipes.task import Restored, classes_of
from wengu.vision.convnets.published import from_published


def published_network(name: str, *, progress: Progress | None = None) -> Restored:
    """The network of this name with its published weights, fetched where they are not here.

    Raises InputError where they cannot be had, naming every source that was asked, and where there are none.

    >>> published_network("mobilenet_v2").classes[967]                                          # doctest: +SKIP
    'espresso'
    """
    known = published(name)
    if known.lacks:
        raise InputError(say("weights: those that are published of {network} end before the layers that name classes; "
                             "`wengu fit {network} --from published` trains them on yours",
                             network=name))
    classes = imagenet_classes()
    body = body_of(name, classes=len(classes))
    body.load_state_dict(weights_of(name, body, progress=progress))
    channels = len(known.mean)
    normalisation = InputNormalisation(channels)
    normalisation.mean.copy_(255 * torch.tensor(known.mean))
    normalisation.std.copy_(255 * torch.tensor(known.std))
    model = nn.Sequential(normalisation, body).eval()
    spec: dict[str, Any] = {"size": list(known.size), "channels": channels, "middle": known.middle}
    example = torch.zeros(1, channels, *known.size, dtype=torch.uint8)
    return Restored(model, partial(read_pictures, spec=spec), classes_of, classes, example, {"pictures": {}},
                    larger=lambda inputs, times: read_pictures(inputs, spec, times=times))


def body_of(name: str, **arguments: Any) -> nn.Module:
    """The network alone, with weights drawn at random."""
    known = published(name)
    module, _, maker = known.network.partition(":")
    made: nn.Module = getattr(import_module(module), maker)(**{**known.options, **arguments})
    return made


def weights_of(name: str, body: nn.Module, *, progress: Progress | None = None) -> dict[str, Tensor]:
    """The published weights by the names of the network.

    The file is read only after its SHA-256 was found right, and no more of it than numbers.
    """
    known = published(name)
    file = get(name, progress=progress) / known.files[0].name
    return from_published(body, read_weights(file, known), without=known.lacks)
