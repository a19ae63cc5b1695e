"""A network as its recipe lists it: one entry says where its code is, what it is, and what suits it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from wengu.core.checks import one_of

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Network:
    """An entry of a recipe's NETWORKS.

    `path` is module:name of a class or function that makes the network, `about` its line in `wengu fit --help`. `size`
    is the height and width of the pictures that it reads, None for any or for what is no picture. `lr` is the α that
    suits each optimiser, where it is not the recipe's. `options` are arguments of the maker. `bigger` is the network of
    the same recipe to take where this one is too small for its task.

    >>> Network("wengu.vision.convnets:LeNet5", "LeNet-5 on pictures.").made(classes=3)
    LeNet5(...)
    """

    path: str
    about: str
    _: KW_ONLY
    size: tuple[int, int] | None = None
    lr: Mapping[str, float] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    bigger: str = ""

    def made(self, **offered: Any) -> nn.Module:
        """A fresh network, given what its maker asks for of what is offered; the options come after these.

        Raises InputError where it asks for more.
        """
        module, _, name = self.path.partition(":")
        maker = getattr(import_module(module), name)
        asked = inspect.signature(maker).parameters
        model: nn.Module = maker(**{**self.options, **{key: offered[key] for key in asked if key in offered}})
        return model


def entry_of(name: str, networks: Mapping[str, Network]) -> Network:
    """The network of this name. Raises InputError, with the nearest name, where the recipe lists none."""
    return networks[one_of("network", name, networks)]
