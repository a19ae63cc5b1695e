"""Which example is in which set: the data's own sets where it has them, the rest by the rule of practice.split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import InputError
from wengu.core.words import say
from wengu.practice import split

Indices = NDArray[np.intp]


def cut(
    labels: NDArray[np.int64],
    set_of: NDArray[np.str_],
    *,
    classes: Sequence[str],
    groups: NDArray[np.str_] | None = None,
    seed: int,
) -> dict[str, Indices]:
    """Indices of train, dev and test, each ascending.

    An official test set stays the test set. Where there is an official dev set and no test set, one of dev's size is
    cut from train, at most a fifth of it. Raises InputError for a class in dev or test that train lacks.

    >>> y, official = np.arange(50) % 2, np.array(["test"] * 10 + [""] * 40)
    >>> {name: len(index) for name, index in cut(y, official, classes=("a", "b"), seed=0).items()}
    {'train': 28, 'dev': 12, 'test': 10}
    """
    parts = _cut(labels, set_of, groups, seed)
    for name in ("dev", "test"):
        if unknown := set(labels[parts[name]].tolist()) - set(labels[parts["train"]].tolist()):
            raise InputError(say("{set} has the class {name}, which train lacks; move some of its examples to train",
                                 set=name, name=", ".join(classes[k] for k in sorted(unknown))))
    return parts


def _cut(
    labels: NDArray[np.int64], set_of: NDArray[np.str_], groups: NDArray[np.str_] | None, seed: int
) -> dict[str, Indices]:
    own = {name: np.flatnonzero(set_of == name) for name in ("dev", "test") if (set_of == name).any()}
    rest = np.flatnonzero((set_of != "dev") & (set_of != "test"))
    if len(own) == 2:
        return {"train": rest, **own}
    of_rest = None if groups is None else groups[rest]
    if "dev" in own:
        share = min(len(own["dev"]) / len(rest), 0.2)
        parts = split(labels[rest], fractions=(1 - share, share), groups=of_rest, test=False, seed=seed)
        return {"train": rest[parts["train"]], "dev": own["dev"], "test": rest[parts["dev"]]}
    parts = split(labels[rest], groups=of_rest, test="test" not in own, seed=seed)
    return {name: rest[index] for name, index in parts.items()} | own
