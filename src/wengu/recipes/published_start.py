"""Weights to begin with that somebody has published: of a network here, by its entry, or of timm and torchvision.

    0.mean, 0.std     μ, σ of the pictures that they were learned from, in place of those of the data
    1.*               the network's own; grey pictures are given to every channel alike:  Σ_c W_c * x = (Σ_c W_c) * x

Weights that cannot be had are an error: a network never begins from scratch instead without being told to.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.data import imagenet_classes, published, published_weights
from wengu.data.picture_files import Progress
from wengu.recipes.published_network import body_of, weights_of
from wengu.recipes.zoo import from_zoo
from wengu.recipes.zoo import pretrained as of_zoo
from wengu.training import PretrainedWeights


def published_start(name: str, spec: Mapping[str, Any], *, progress: Progress | None = None) -> PretrainedWeights:
    """The published weights as those of the recipe's model, with what is known of their origin.

    Raises InputError where there are none, or they cannot be had.
    """
    channels = spec["channels"]
    if from_zoo(name):
        theirs = of_zoo(name, channels=channels)
        return PretrainedWeights(Path(name), _of_model(theirs.weights, theirs.mean, theirs.std))
    if name not in {entry.name for entry in published_weights()}:
        raise InputError(say("from: there are published weights of {names} and of networks of timm and torchvision, "
                             "{network} has none; give a run's folder or a .safetensors file, or --from none",
                             names=", ".join(entry.name for entry in published_weights()), network=name))
    known, classes = published(name), imagenet_classes()
    body = body_of(name, classes=len(classes))
    try:
        weights = weights_of(name, body, progress=progress)
    except InputError as error:
        raise InputError(say("from: the published weights of {network} cannot be had: {error}. --from none begins from "
                             "scratch", network=name, error=error)) from None
    mean, std = known.mean, known.std
    if channels == 1:
        weights = {key: w.sum(1, keepdim=True) if w.dim() == 4 and w.shape[1] == len(mean) else w
                   for key, w in weights.items()}
        mean, std = (sum(mean) / len(mean),), (sum(std) / len(std),)
    facts = {"spec": {"channels": len(known.mean), "classes": list(classes)}, "examples": {"train": known.examples}}
    return PretrainedWeights(Path(name), _of_model(weights, mean, std), facts, known.files[0].sha256)


def _of_model(weights: Mapping[str, Tensor], mean: tuple[float, ...], std: tuple[float, ...]) -> dict[str, Tensor]:
    """Of the normalisation and the network behind it."""
    return {**{f"1.{key}": weight for key, weight in weights.items()},
            "0.mean": 255 * torch.tensor(mean), "0.std": 255 * torch.tensor(std)}
