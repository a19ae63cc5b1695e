"""Which example is in which set: the data's own sets where it has them, the rest by the rule of practice.split."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import InputError, at_least
from wengu.core.i18n import say
from wengu.practice import split

Indices = NDArray[np.intp]

MOST_NAMED = 5  # classes, in an error
SETS = ("train", "dev", "test")


def split_indices(
    m: int,
    *,
    labels: NDArray[np.int64] | None = None,
    set_of: NDArray[np.str_] | None = None,
    groups: NDArray[np.str_] | None = None,
    sources: NDArray[np.str_] | None = None,
    classes: Sequence[str] | None = None,
    seed: int,
) -> dict[str, Indices]:
    """Indices of train, dev and test, each ascending.

    An official test set stays the test set. Where there is an official dev set and no test set, one of dev's size is
    cut from train, at most a fifth of it. With `labels`, (m,), every class of `classes` keeps its share in each set;
    tasks that have none, such as boxes or pairs of sentences, go without. So does every source, where each has
    examples enough of every class. Groups are never cut.

    Raises InputError for too few examples, and for a class in dev or test that train lacks or has too few examples of.

    >>> y, official = np.arange(50) % 2, np.array(["test"] * 10 + [""] * 40)
    >>> parts = split_indices(50, labels=y, set_of=official, classes=("a", "b"), seed=0)
    >>> {name: len(index) for name, index in parts.items()}
    {'train': 28, 'dev': 12, 'test': 10}
    """
    at_least("split_seed", seed, 0)
    of_set = np.full(m, "") if set_of is None else set_of
    for name, column in (("labels", labels), ("set_of", of_set), ("groups", groups), ("sources", sources)):
        if column is not None and len(column) != m:
            raise InputError(say("{name}: expected {m}, one an example, got {got}", name=name, m=m, got=len(column)))
    names = classes or tuple(map(str, range(0 if labels is None else int(labels.max(initial=-1)) + 1)))
    parts = _split(of_set, labels, groups, sources, names, seed)
    if groups is not None:
        _check_groups(parts, groups)
    if labels is not None:
        for name in ("dev", "test"):
            if unknown := set(labels[parts[name]].tolist()) - set(labels[parts["train"]].tolist()):
                raise InputError(say("{set} has the class {name}, which train lacks; move some of its examples to "
                                     "train", set=name, name=", ".join(names[k] for k in sorted(unknown))))
    return parts


def _split(
    set_of: NDArray[np.str_],
    labels: NDArray[np.int64] | None,
    groups: NDArray[np.str_] | None,
    sources: NDArray[np.str_] | None,
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
    needed = [name for name in SETS if name not in own]
    _check_enough(len(rest), None if labels is None else labels[rest], of_rest, classes, needed)
    kinds = _kinds(len(rest), None if labels is None else labels[rest], None if sources is None else sources[rest],
                   len(needed))
    how: dict[str, Any] = {"groups": of_rest, "stratify": len(np.unique(kinds)) > 1, "seed": seed}
    if "dev" in own:
        share = min(len(own["dev"]) / len(rest), 0.2)
        parts = split(kinds, fractions=(1 - share, share), test=False, **how)
        return {"train": rest[parts["train"]], "dev": own["dev"], "test": rest[parts["dev"]]}
    parts = split(kinds, test="test" not in own, **how)
    return {name: rest[index] for name, index in parts.items()} | own


def _check_groups(parts: dict[str, Indices], groups: NDArray[np.str_]) -> None:
    """Raises InputError where official sets part a group: what is learned of it in one would show in another."""
    home: dict[str, str] = {}
    for name, index in parts.items():
        for group in np.unique(groups[index]).tolist():
            if group in home:
                raise InputError(say("group: {group!r} is in {first} and in {second}, and a group is never split; move "
                                     "its rows to one set, or split them with --ignore group", group=group,
                                     first=home[group], second=name))
            home[group] = name


def _kinds(
    m: int, labels: NDArray[np.int64] | None, sources: NDArray[np.str_] | None, needed: int
) -> NDArray[np.int64]:
    """What keeps its share in every set: class and source together, where each such pair is there often enough."""
    kinds = np.zeros(m, np.int64) if labels is None else labels
    if sources is None:
        return kinds
    places = np.unique(sources, return_inverse=True)[1]
    pairs = kinds * (int(places.max()) + 1) + places
    return pairs if np.unique(pairs, return_counts=True)[1].min() >= needed else kinds


def _check_enough(
    m: int,
    labels: NDArray[np.int64] | None,
    groups: NDArray[np.str_] | None,
    classes: Sequence[str],
    names: Sequence[str],
) -> None:
    """What practice.split asks of its arguments, in words of the data."""
    sets, needed = ", ".join(names), len(names)
    if labels is None and m < needed:
        raise InputError(say("too few examples: {sets} need at least one each, and there {m:is|are} {m} in all; add "
                             "some",
                             sets=sets, m=m))
    counts = {} if labels is None else {classes[k]: int(n) for k, n in enumerate(np.bincount(labels)) if n}
    if len(counts) == 1:
        raise InputError(say("{sets} are cut from examples of two classes or more, and all that may be cut are of the "
                             "class {name}; add examples of another, or move some from an official set", sets=sets,
                             name=next(iter(counts))))
    few = [f"{name} ({n})" for name, n in counts.items() if n < needed]
    if groups is None and few:
        raise InputError(say("too few examples of {classes}: {sets} need at least one of every class each, {needed} in "
                             "all; add some, or merge such a class with another", sets=sets, needed=needed,
                             classes=", ".join([*few[:MOST_NAMED], *["…"] * (len(few) > MOST_NAMED)])))
    if groups is not None and (n := len(np.unique(groups))) < needed:
        raise InputError(say("group: expected at least {needed} {needed:group|groups}, one each for {sets}, got {n}, "
                             "and a group is never split; add rows of other groups, or split them with --ignore group",
                             needed=needed,
                             sets=sets, n=n))
