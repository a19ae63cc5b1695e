"""Weights to begin with that somebody has published: of a network here, by its entry, or of timm and torchvision.

    0.mean, 0.std     μ, σ of the pictures that they were learned from, in place of those of the data
    1.*               the network's own; grey pictures are given to every channel alike:  Σ_c W_c * x = (Σ_c W_c) * x

The network is of the form that they were learned in, whatever the size of the pictures: behind the stem for small ones
the same filters would see other things.

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
from wengu.core.run_folder import RunFolder
from wengu.data import imagenet_classes, known_weights, published, published_weights
from wengu.data.picture_files import Progress
from wengu.recipes.published_network import body_of, weights_of
from wengu.recipes.zoo import from_zoo
from wengu.recipes.zoo import pretrained as of_zoo
from wengu.training import PretrainedWeights
from wengu.vision.convnets.blocks import SMALL

OF_OTHERS = ("published", "pretrained")


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


def form_of(network: str, begins: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Arguments of the network that the weights to begin with are for, and the modules that these lack.

    `begins` is the setting: published, or a run's folder, which may have begun so itself.

    >>> form_of("vgg16", "published"), form_of("vgg16", "none")
    (({'stem': 'small', 'batch_norm': False}, ('1.head',)), ({}, ()))
    """
    known = known_weights(network)
    if begins in OF_OTHERS and known:
        return dict(known.options), tuple(f"1.{name}" for name in known.lacks)
    if begins in ("", "none", *OF_OTHERS) or not Path(begins).expanduser().is_dir():
        return {}, ()
    facts = RunFolder.open(Path(begins).expanduser()).facts()
    return dict(facts.get("spec", {}).get("form", {}) if facts.get("network") == network else {}), ()


def start_notes(network: str, begins: str, size: tuple[int, int]) -> tuple[str, ...]:
    """What is said where a network that is published trained begins from scratch, or with far smaller pictures."""
    known = known_weights(network)
    if known is not None and begins == "none":
        return (say("from scratch: {network}; --from published begins with its trained weights, which suits "
                    "photographs in colour", network=network),)
    if known is None or begins not in OF_OTHERS or min(size) >= SMALL:
        return ()
    return (say("the published weights learned from {theirs}, and of {own} little is left behind their stem; without "
                "--size pictures become {better}", theirs=_shown(known.size), own=_shown(size),
                better=_shown(known.transfer_size)),)


def _shown(size: tuple[int, int]) -> str:
    return f"{size[0]} × {size[1]}"


def _of_model(weights: Mapping[str, Tensor], mean: tuple[float, ...], std: tuple[float, ...]) -> dict[str, Tensor]:
    """Of the normalisation and the network behind it."""
    return {**{f"1.{key}": weight for key, weight in weights.items()},
            "0.mean": 255 * torch.tensor(mean), "0.std": 255 * torch.tensor(std)}
