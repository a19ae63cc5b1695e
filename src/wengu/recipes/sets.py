"""Which example is in which set: the data's own sets where it has them, the rest by the rule of practice.split.

    one source     train, dev, test
    two sources    one's own data alone: train, dev, test; what is from elsewhere joins train, and of both together
                   train-dev is cut, which measures what was not trained on and is like what was           [notes 15]

What is equal stays together: copies of an example go where the first of them goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import InputError, at_least
from wengu.core.i18n import say
from wengu.practice import exact_duplicates, split, train_dev_size
from wengu.recipes.split_file import sets_by_file

if TYPE_CHECKING:
    from wengu.recipes.settings import Common

Indices = NDArray[np.intp]

MOST_NAMED = 5  # classes, in an error
FEW_COPIES = 0.01  # of all: fewer hardly make an interval wider
SETS = ("train", "dev", "test")
ALL = ("train", "train-dev", "dev", "test")


def split_indices(
    m: int,
    *,
    labels: NDArray[np.int64] | None = None,
    set_of: NDArray[np.str_] | None = None,
    groups: NDArray[np.str_] | None = None,
    sources: NDArray[np.str_] | None = None,
    elsewhere: NDArray[np.bool_] | None = None,
    times: NDArray[Any] | None = None,
    copies: NDArray[np.intp] | None = None,
    classes: Sequence[str] | None = None,
    seed: int,
) -> dict[str, Indices]:
    """Indices of train, dev and test, each ascending; and of train-dev, where some examples are from elsewhere.

    An official test set stays the test set. Where there is an official dev set and no test set, one of dev's size is
    cut from train, at most a fifth of it. With `labels`, (m,), every class of `classes` keeps its share in each set;
    tasks that have none, such as boxes or pairs of sentences, go without. So does every source, where each has
    examples enough of every class. Groups are never cut.

    elsewhere   (m,) what is not one's own: whatever its official set, it is for train and train-dev, or is left out,
                where it is a copy of one in dev or test, or of a group that is there
    times       (m,) instead of chance: the oldest train, the newest test
    copies      (m,) of each example the first that it equals, itself where it is none's copy

    Raises InputError for too few examples, and for a class in dev or test that train lacks or has too few examples of.

    >>> y, official = np.arange(50) % 2, np.array(["test"] * 10 + [""] * 40)
    >>> parts = split_indices(50, labels=y, set_of=official, classes=("a", "b"), seed=0)
    >>> {name: len(index) for name, index in parts.items()}
    {'train': 28, 'dev': 12, 'test': 10}
    """
    at_least("split_seed", seed, 0)
    of_set = np.full(m, "") if set_of is None else set_of
    for name, column in (("labels", labels), ("set_of", of_set), ("groups", groups), ("sources", sources),
                         ("elsewhere", elsewhere), ("times", times), ("copies", copies)):
        if column is not None and len(column) != m:
            raise InputError(say("{name}: expected {m}, one an example, got {got}", name=name, m=m, got=len(column)))
    names = classes or tuple(map(str, range(0 if labels is None else int(labels.max(initial=-1)) + 1)))
    own = np.ones(m, np.bool_) if elsewhere is None else ~elsewhere
    if not own.any():
        raise InputError(say("there is no example of one's own: dev and test are cut from those alone; add some"))
    itself = np.arange(m)
    first = itself if copies is None else copies
    cut = _Cut(of_set, labels, groups, sources, times, names, seed)
    parts = cut.three(np.flatnonzero(own & (of_set != "train-dev") & ((first == itself) | (of_set != ""))))
    of = np.where(of_set == "train-dev", "train-dev", np.full(m, "train", "<U9"))
    for name, index in parts.items():
        of[index] = name
    free = (of_set == "") & (first != itself)  # a copy with a set of its own keeps it
    of[free & own] = of[first[free & own]]
    if elsewhere is not None:
        judged = np.isin(of, ("dev", "test"))
        of[elsewhere & judged[first]] = ""  # what belongs to what is judged by may not be learned from
        if groups is not None:
            of[elsewhere & np.isin(groups, groups[judged])] = ""
        if not (of == "train-dev").any():
            held = cut.train_dev(np.flatnonzero((of == "train") & (first == itself)), int((of == "dev").sum()))
            of[np.isin(first, held) & (of == "train")] = "train-dev"
    found = {name: np.flatnonzero(of == name) for name in ALL if name in SETS or (of == name).any()}
    if groups is not None:
        _check_groups(found, groups)
    if labels is not None:
        for name in found:
            if unknown := set(labels[found[name]].tolist()) - set(labels[found["train"]].tolist()):
                raise InputError(say("{set} has the class {name}, which train lacks; move some of its examples to "
                                     "train", set=name, name=", ".join(names[k] for k in sorted(unknown))))
    return found


@dataclass(frozen=True, eq=False)
class _Cut:
    """What is known of the examples, (m,) each, by which sets are cut of them."""

    set_of: NDArray[np.str_]
    labels: NDArray[np.int64] | None
    groups: NDArray[np.str_] | None
    sources: NDArray[np.str_] | None
    times: NDArray[Any] | None
    classes: Sequence[str]
    seed: int

    def three(self, index: Indices) -> dict[str, Indices]:
        """Train, dev and test of these examples; those that have a set already stay there."""
        official = self.set_of[index]
        own = {name: index[official == name] for name in ("dev", "test") if (official == name).any()}
        rest = index[(official != "dev") & (official != "test")]
        if not len(rest):
            raise InputError(say("there is no example to train on: each is dev or test; move some to train"))
        if len(own) == 2:
            return {"train": rest, **own}
        needed = [name for name in SETS if name not in own]
        kinds, how = self._how(rest, needed)
        if "dev" in own:
            share = min(len(own["dev"]) / len(rest), 0.2)
            parts = split(kinds, fractions=(1 - share, share), test=False, **how)
            return {"train": rest[parts["train"]], "dev": own["dev"], "test": rest[parts["dev"]]}
        parts = split(kinds, test="test" not in own, **how)
        return {name: rest[part] for name, part in parts.items()} | own

    def train_dev(self, train: Indices, dev: int) -> Indices:
        """Which of those that would be trained on are kept for train-dev, beside so many of dev."""
        kinds, how = replace(self, times=None)._how(train, ("train", "train-dev"))
        held = train_dev_size(len(train), dev)
        return train[split(kinds, sizes=(len(train) - held, held), test=False, **how)["dev"]]

    def _how(self, index: Indices, needed: Sequence[str]) -> tuple[NDArray[np.int64], dict[str, Any]]:
        """What keeps its share in every set that is needed, and what else `split` goes by."""
        columns: Any = (self.labels, self.groups, self.sources, self.times)
        labels, groups, sources, times = (None if column is None else column[index] for column in columns)
        if times is not None and groups is not None:
            raise InputError(say("--by-time and --group: a group may be of several times, so only one of the two can "
                                 "divide the data; leave out --by-time, or --group (a column `group`: --ignore group)"))
        if times is None:
            _check_enough(len(index), labels, groups, self.classes, needed)
        kinds = _kinds(len(index), labels, sources, len(needed))
        stratify = times is None and len(np.unique(kinds)) > 1
        return kinds, {"groups": groups, "times": times, "stratify": stratify, "seed": self.seed}


class Divided(NamedTuple):
    """The places of each set's examples, what is to be said of them, and (m,) which of them err together, if any."""

    places: dict[str, Indices]
    notes: tuple[str, ...]
    groups: NDArray[np.str_] | None

    def groups_of(self, index: Indices) -> tuple[str, ...] | None:
        """Those of some of the examples."""
        return None if self.groups is None else tuple(self.groups[index].tolist())


def cut(
    settings: Common,
    ids: Sequence[str],
    *,
    set_of: NDArray[np.str_],
    groups: NDArray[np.str_] | None = None,
    copies: NDArray[np.intp] | None = None,
    **more: Any,
) -> Divided:
    """The sets by what was set; `more` as `split_indices`. Copies err together, as a group does."""
    notes: tuple[str, ...] = ()
    if settings.split:
        set_of, notes = sets_by_file(settings.split, ids)
    elif copies is not None and (n := int(((copies != np.arange(len(ids))) & (set_of == "")).sum())):
        notes = say("{n} {n:example is|examples are} equal to another, and {n:is|are} in the set of the first of them",
                    n=n),
    found = split_indices(len(ids), set_of=set_of, groups=groups, copies=copies, seed=settings.split_seed, **more)
    if copies is not None:
        notes += tuple(_copied(found, copies))
    if (set_of == "dev").any() and not (set_of == "test").any():
        notes += say("no test set is given, so test is cut from train: it is like train, and dev need not be"),
    if left := len(ids) - sum(map(len, found.values())):
        notes += say("left out, as {left:it is|they are} from elsewhere and {left:belongs|belong} to what is in dev or "
                     "test: {left} {left:example|examples}", left=left),
    if "train-dev" in found and (elsewhere := more.get("elsewhere")) is not None:
        fewer = getattr(settings, "train_examples", None)  # which they are is said when they are drawn
        notes += say("two sources train; train-dev is cut from both") if fewer else say(
            "two sources: {own:,} of your own and {other:,} from elsewhere train; train-dev is cut from both",
            own=int((~elsewhere[found["train"]]).sum()), other=int(elsewhere[found["train"]].sum())),
    if groups is None and copies is not None and (copies != np.arange(len(ids))).mean() >= FEW_COPIES:
        groups = np.array(ids)[copies]
    return Divided(found, notes, groups)


def _copied(found: dict[str, Indices], copies: NDArray[np.intp]) -> Iterator[str]:
    """How many of dev and test, which came so, are copies of training examples; test is not looked at otherwise."""
    for name in ("dev", "test"):
        index = found.get(name, np.empty(0, np.intp))
        if n := int(np.isin(copies[index], copies[found["train"]]).sum()):
            yield say("{n} of the {m} {m:example|examples} of {set} {n:is a copy|are copies} of what is in train; "
                      "remove {n:it|them} from {set}", n=n, m=len(index), set=name)


def alike_by_nature(x: NDArray[Any]) -> float:
    """How many pairs of the rows x (m, n) would be equal by chance: m(m - 1)/2 · Π_j Σ_v (share of v in column j)².

    >>> alike_by_nature(np.array([[0, 0], [0, 1], [1, 0], [1, 1]]))  # six pairs, each equal with a chance of a quarter
    1.5
    """
    m, together = len(x), 1.0
    for column in x.T:
        together *= float(((np.unique(column, return_counts=True)[1] / m) ** 2).sum())
    return m * (m - 1) / 2 * together


def copies_of(x: NDArray[Any], *, most: float = 1.0, by_chance: float = 0.0) -> NDArray[np.intp] | None:
    """(m,): of each example the first that it equals, itself where there is none before it; x is (m, ...).

    None where no two are equal, where more than `most` of them are copies, or where half as many would be by chance.

    >>> copies_of(np.array([[1.0], [2.0], [1.0]])).tolist()
    [0, 1, 0]
    """
    pairs = exact_duplicates(x)
    if not len(pairs) or len(pairs) > most * len(x) or 2 * by_chance > len(pairs):
        return None
    first = np.arange(len(x))
    first[pairs[:, 1]] = pairs[:, 0]
    return first


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
