"""Which example is in which set: the data's own sets where it has them, the rest by the rule of practice.split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import InputError, at_least
from wengu.core.i18n import say
from wengu.practice import split

Indices = NDArray[np.intp]

MOST_NAMED = 5  # classes, in an error


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
    cut from train, at most a fifth of it. Raises InputError for a class in dev or test that train lacks, or has too few
    examples of.

    >>> y, official = np.arange(50) % 2, np.array(["test"] * 10 + [""] * 40)
    >>> {name: len(index) for name, index in cut(y, official, classes=("a", "b"), seed=0).items()}
    {'train': 28, 'dev': 12, 'test': 10}
    """
    at_least("split_seed", seed, 0)
    parts = _cut(labels, set_of, groups, classes, seed)
    for name in ("dev", "test"):
        if unknown := set(labels[parts[name]].tolist()) - set(labels[parts["train"]].tolist()):
            raise InputError(say("{set} has the class {name}, which train lacks; move some of its examples to train",
                                 set=name, name=", ".join(classes[k] for k in sorted(unknown))))
    return parts


def _cut(
    labels: NDArray[np.int64],
    set_of: NDArray[np.str_],
    groups: NDArray[np.str_] | None,
    classes: Sequence[str],
    seed: int,
) -> dict[str, Indices]:
    own = {name: np.flatnonzero(set_of == name) for name in ("dev", "test") if (set_of == name).any()}
    rest = np.flatnonzero((set_of != "dev") & (set_of != "test"))
    if not len(rest):
        raise InputError(say("there is no example to train on: each is dev or test; move some to train"))
    if len(own) == 2:
        return {"train": rest, **own}
    of_rest = None if groups is None else groups[rest]
    _check_enough(labels[rest], of_rest, classes, [name for name in ("train", "dev", "test") if name not in own])
    if "dev" in own:
        share = min(len(own["dev"]) / len(rest), 0.2)
        parts = split(labels[rest], fractions=(1 - share, share), groups=of_rest, test=False, seed=seed)
        return {"train": rest[parts["train"]], "dev": own["dev"], "test": rest[parts["dev"]]}
    parts = split(labels[rest], groups=of_rest, test="test" not in own, seed=seed)
    return {name: rest[index] for name, index in parts.items()} | own


def _check_enough(
    labels: NDArray[np.int64], groups: NDArray[np.str_] | None, classes: Sequence[str], names: Sequence[str]
) -> None:
    """What practice.split asks of its arguments, in words of the data."""
    counts = {classes[k]: int(n) for k, n in enumerate(np.bincount(labels)) if n}
    sets, needed = ", ".join(names), len(names)
    if len(counts) < 2:
        raise InputError(say("{sets} are cut from examples of two classes or more, and all that may be cut are of the "
                             "class {name}; add examples of another, or move some from an official set", sets=sets,
                             name=next(iter(counts))))
    few = [f"{name} ({n})" for name, n in counts.items() if n < needed]
    if groups is None and few:
        raise InputError(say("too few examples of {classes}: {sets} need at least one of every class each, {needed} in "
                             "all; add some, or merge such a class with another", sets=sets, needed=needed,
                             classes=", ".join([*few[:MOST_NAMED], *["…"] * (len(few) > MOST_NAMED)])))
    if groups is not None and (n := len(np.unique(groups))) < needed:
        raise InputError(say("group: expected at least {needed} groups, one each for {sets}, got {n}, and a group is "
                             "never cut; add rows of other groups, or cut them with --ignore group", needed=needed,
                             sets=sets, n=n))
