"""What a recipe makes of settings and data: all that the loop, the card and the report need to know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor, nn

Preview = bytes | dict[str, str]
"An example as the report shows it: a PNG, or the values of a row."


@dataclass(frozen=True)
class Examples:
    """One set: ids and sources (m,), inputs x (m, ...), classes y int64 (m,), groups (m,) or none."""

    ids: tuple[str, ...]
    x: Tensor
    y: Tensor
    source: str
    groups: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Task:
    """A model to train and the sets to train and judge it on."""

    recipe: str
    network: str
    model: nn.Module
    sets: Mapping[str, Examples]  # train, dev, test
    classes: tuple[str, ...]
    loss_fn: Callable[[Tensor, Tensor], Tensor]
    metric: Callable[[Tensor, Tensor], Tensor]
    spec: Mapping[str, Any]  # plain values from which `restore` makes the model and its reader again
    preview: Callable[[Examples, int], Preview]
    augment: Callable[[Tensor], Tensor] | None = None
    chosen: Mapping[str, Any] = field(default_factory=dict)  # settings that were 'auto', and what they became
    notes: tuple[str, ...] = ()


def wrong(outputs: Tensor, y: Tensor) -> Tensor:
    """1 for each example whose likeliest class is not the true one, else 0."""
    return (outputs.argmax(dim=1) != y).float()


@dataclass(frozen=True)
class Predictions:
    """Classes for inputs: ids (m,), probabilities (m, C).

    >>> p = Predictions(("a.png",), ("cat", "dog"), np.array([[0.2, 0.8]]))
    >>> p.labels, p.records()
    (('dog',), [{'id': 'a.png', 'predicted': 'dog', 'p_cat': 0.2, 'p_dog': 0.8}])
    """

    ids: tuple[str, ...]
    classes: tuple[str, ...]
    probabilities: npt.NDArray[np.float64]
    notes: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """The likeliest class of each input."""
        return tuple(self.classes[k] for k in self.probabilities.argmax(axis=1))

    def records(self) -> list[dict[str, Any]]:
        """One mapping an input, as `wengu predict --json` prints them."""
        return [
            {"id": name, "predicted": label, **{f"p_{c}": float(p) for c, p in zip(self.classes, row, strict=True)}}
            for name, label, row in zip(self.ids, self.labels, self.probabilities, strict=True)
        ]
