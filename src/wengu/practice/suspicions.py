"""What is wrong with the sets themselves, before any cause is sought in the model.                     [notes 15.2]

    exchanged    in a set most of class a are called b, surely, and of no other class as large a share; most of b are
                 called a, or c and so on round to a; in train none is: the labels are not those of train, or were read
                 in another order. Of many classes that are called by one name none is
    below chance clearly more wrong than always one answer, and it agrees with the truth no more than by chance, on
                 train less than that: accuracy against Σ p(truth) p(predicted), as of Cohen's κ; or it has one class
                 alone, which it misses as surely as train meets it
    at chance    train is learned, and a set agrees with the truth by chance alone: its κ may be 0, and is surely below
                 a fifth of train's; not of one answer alone, nor where hardly any example is of another class
    shared       ids, copies, or groups, of a set are in train as well: what is measured there was trained on; or of
                 test in dev, so that it does not measure anew
    repeated     an id has several rows: they are counted as one unit

Source: ours. 'Surely' and 'clearly' are 95 % intervals; that κ may be 0 is judged by one of 99.9 %.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from wengu.practice.confusion import confusion
from wengu.practice.estimate import difference, estimate, estimate_rate
from wengu.practice.fitting import kind_of
from wengu.practice.records import Array, Records

Kind = Literal["exchanged", "below chance", "at chance", "shared ids", "shared groups", "shared copies",
               "repeated ids"]
FEWEST = 5  # rows of a class
OTHERS = 30  # rows of all but the commonest class
LITTLE = 0.2  # of what train has learned
NEARLY_ALL = 0.999  # of the sets whose labels were drawn by chance


@dataclass(frozen=True)
class Suspicion:
    """What is found in `set`: `n` of `of` ids or groups; of exchanged classes `told` as (class, called, n, of)."""

    kind: Kind
    set: str
    n: int = 0
    of: int = 0
    told: tuple[tuple[Any, Any, int, int], ...] = ()
    other: str = "train"  # the set that it shares with


def suspicions(
    sets: Mapping[str, Records], ids: Mapping[str, Sequence[str]] | None = None
) -> tuple[Suspicion, ...]:
    """All that is found; of predictions that are no classes what ids and groups tell.

    >>> good, bad = Records([0] * 50 + [1] * 50, [0] * 50 + [1] * 50), Records([0] * 50 + [1] * 50, [1] * 50 + [0] * 50)
    >>> [(one.kind, one.set, len(one.told)) for one in suspicions({"train": good, "dev": bad})]
    [('exchanged', 'dev', 2)]
    """
    found: list[Suspicion] = []
    train, of_copies = sets.get("train"), ids is not None and _are_copies(sets, ids)
    for name, rows in sets.items():
        if train is not None:
            found += _of_labels(name, rows, train)
        if train is not None and name != "train":
            if rows.group is not None and train.group is not None:
                found += _copies(name, rows.group, train.group) if of_copies else \
                    _shared("shared groups", name, rows.group, train.group)
            if ids:
                found += _shared("shared ids", name, ids[name], ids["train"])
        if name == "test" and (dev := sets.get("dev")) is not None:
            if rows.group is not None and dev.group is not None:
                found += _shared("shared groups", name, rows.group, dev.group, "dev")
            if ids:
                found += _shared("shared ids", name, ids[name], ids["dev"], "dev")
        if ids and (n := len(ids[name]) - len(set(ids[name]))):
            found.append(Suspicion("repeated ids", name, len(ids[name]) - n, len(ids[name])))
    return tuple(found)


def _of_labels(name: str, rows: Records, train: Records) -> list[Suspicion]:
    if kind_of(rows) != "classes" or kind_of(train) != "classes":
        return []
    every = [rows.truth, rows.predicted, train.truth, train.predicted]
    classes = np.unique(np.concatenate([np.array(list(set(one.tolist())), one.dtype) for one in every]))
    here, there = (confusion(part.truth, part.predicted, classes) for part in (rows, train))
    told = tuple(_exchanged(here, there, classes))
    if told:
        return [Suspicion("exchanged", name, told=told)]
    low, high = (1 - end for end in (estimate(rows).interval() or (0.0, 1.0))[::-1])
    chance, learned = _by_chance(here), there.trace() / there.sum() - _by_chance(there)
    if name != "train" and _misses_its_only_class(rows, here, there):
        return [Suspicion("below chance", name)]
    if _worse_than_one_answer(rows):
        as_well = name == "train" or _worse_than_one_answer(train)  # then it may be a model that has learnt nothing
        if (high if as_well else low) < chance:
            return [Suspicion("below chance", name)]
    enough = len(rows) - here.sum(axis=1).max() >= OTHERS and (here.sum(axis=0) > 0).sum() > 1
    least = 1 - (estimate(rows).interval(NEARLY_ALL) or (0.0, 1.0))[1]
    if name != "train" and enough and least <= chance and high < chance + LITTLE * learned:
        return [Suspicion("at chance", name)]
    return []


def _by_chance(table: Array) -> float:
    """How often truth and prediction would agree by chance: Σ p(truth) p(predicted)."""
    return float((table.sum(axis=0) * table.sum(axis=1)).sum()) / float(table.sum()) ** 2


def _exchanged(here: Array, there: Array, classes: Array) -> list[tuple[Any, Any, int, int]]:
    """(class, what it is called here, so often, of so many) of each that train calls by its own name, if it has any."""
    found, shares = [], here / here.sum(axis=1, keepdims=True).clip(min=1)
    for k, counts in enumerate(here):
        called, n = int(counts.argmax()), int(counts.sum())
        if called == k or n < FEWEST or (there[k].any() and there[k].argmax() != k):
            continue
        low, _ = estimate_rate(counts[called] / n, n).interval() or (0.0, 1.0)
        if low > 0.5 and 2 * shares[k, called] > shares[:, called].sum():
            found.append((_plain(classes[k]), _plain(classes[called]), int(counts[called]), n))
    while any(lone := [one for one in found if one[1] not in {name for name, *_ in found}
                       or one[0] not in {called for _, called, *_ in found}]):
        found = [one for one in found if one not in lone]  # no way round: a mistake of the model's
    return found


def _misses_its_only_class(rows: Records, here: Array, there: Array) -> bool:
    """Whether a set of one class is surely mostly wrong, and train is surely mostly right of that class."""
    (k, *more) = np.flatnonzero(here.sum(axis=1)).tolist()
    if more or len(rows) < FEWEST or there[k].sum() < FEWEST:
        return False
    _, high = estimate_rate(here[k, k] / len(rows), len(rows)).interval() or (0.0, 1.0)
    low, _ = estimate_rate(there[k, k] / there[k].sum(), int(there[k].sum())).interval() or (0.0, 1.0)
    return high < 0.5 < low


def _worse_than_one_answer(rows: Records) -> bool:
    """Whether always the commonest answer of the set itself would be clearly better."""
    answers, often = np.unique(rows.truth, return_counts=True)
    if len(answers) < 2:
        return False
    always = Records(rows.truth, np.full(len(rows), answers[often.argmax()]), rows.group)
    low, _ = difference(estimate(rows), estimate(always)) or (0.0, 0.0)
    return low > 0


def _shared(
    kind: Kind, name: str, here: Sequence[Any] | Array, there: Sequence[Any] | Array, other: str = "train"
) -> list[Suspicion]:
    mine, known = (set(map(str, side.tolist() if isinstance(side, np.ndarray) else side)) for side in (here, there))
    both = len(mine & known)
    return [Suspicion(kind, name, both, len(mine), other=other)] if both else []


def _are_copies(sets: Mapping[str, Records], ids: Mapping[str, Sequence[str]]) -> bool:
    """Whether groups are copies of one example, whose id is their name: that of most, as some may be of another set."""
    groups = {name: list(map(str, rows.group.tolist())) for name, rows in sets.items() if rows.group is not None}
    named = {group for own in groups.values() for group in own}
    found = [one == group for name, own in groups.items() for one, group in zip(ids[name], own, strict=True)
             if one in named]
    return all(found) and 2 * len(found) > len(named)


def _copies(name: str, here: Array, train: Array) -> list[Suspicion]:
    """As many rows of this set as are copies of rows of train."""
    n = int(np.isin(here, train).sum())
    return [Suspicion("shared copies", name, n, len(here))] if n else []


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
