"""The checks of the data: numbers that are not finite, duplicates, labels that contradict, rare classes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from wengu.core.batches import Batch, finite, read, size_of
from wengu.core.i18n import say
from wengu.practice import exact_duplicates, near_duplicates
from wengu.training.preflight_parts.check import Check, Verdict, few

SOME = 256  # examples of a set that is read one by one
MOST_BYTES = 500_000_000  # of inputs that are compared, a second's work; of larger pictures fewer pixels
LEAK, NEAR_LEAK, ALIKE, RARE = 0.01, 0.005, 0.05, 0.1


@dataclass(frozen=True)
class Data:
    """Inputs and targets of train and dev, and what their examples are called."""

    x: Mapping[str, Tensor]
    y: Mapping[str, Tensor]
    classes: Sequence[str] | None = None
    ids: Mapping[str, Sequence[str]] | None = None
    fills_in: bool = False  # whether the loss leaves out targets that are missing

    def named(self, name: str, i: int) -> str:
        """How an example is called; by its number where it has no name."""
        return self.ids[name][i] if self.ids else f"{name} {i}"

    @property
    def labels(self) -> dict[str, NDArray[Any]] | None:
        """The targets where they are classes: one whole number each."""
        if any(y.dim() != 1 or y.is_floating_point() for y in self.y.values()):
            return None
        return {name: y.cpu().numpy() for name, y in self.y.items()}

    @property
    def pictures(self) -> bool:
        """Whether the inputs are pictures (m, channels, height, width)."""
        return self.x["train"].dim() == 4


def data_checks(data: Data) -> Iterator[Check]:
    """All of them, where the data is in memory."""
    yield _inputs(data)
    yield from _repeats(data)
    if data.labels is not None and data.classes:
        yield _balance(data.labels["train"], data.classes)


def _inputs(data: Data) -> Check:
    sound = {name: finite(x, len(x)) for name, x in data.x.items()}
    whole = {name: finite(y, len(y)) for name, y in data.y.items()}
    missing = sum(int((~part).sum()) for part in whole.values())
    bad = [data.named(name, int(i)) for name, fine in sound.items()
           for i in (~(fine if data.fills_in else fine & whole[name])).nonzero()[:, 0].tolist()]
    if bad:
        return _not_finite(bad)
    words = say("{train:,} of train and {dev:,} of dev, every number finite", train=len(data.x["train"]),
                dev=len(data.x["dev"]))
    if missing:
        words += say("; targets of {n:,} are missing, and left out of the cost", n=missing)
    return Check("inputs", "ok", words)


def looked_at(
    sets: Mapping[str, Dataset[Batch]], ids: Mapping[str, Sequence[str]] | None, *, fills_in: bool
) -> Check:
    """The same of a few examples of each set, where they are read one by one or have many parts."""
    bad, looked = [], {}
    for name, part in sets.items():
        looked[name] = min(size_of(part), SOME)
        inputs, targets = read(part, torch.arange(looked[name]))
        fine = finite(inputs, looked[name])
        fine = fine if fills_in else fine & finite(targets, looked[name])
        bad += [ids[name][i] if ids else f"{name} {i}" for i in (~fine).nonzero()[:, 0].tolist()]
    if bad:
        return _not_finite(bad)
    return Check("inputs", "ok", say("the first {train:,} of train and {dev:,} of dev, every number finite; not "
                                     "searched for duplicates", train=looked["train"], dev=looked["dev"]))


def _not_finite(bad: Sequence[str]) -> Check:
    words = say("{n} {n:example holds|examples hold} numbers that are not finite: {ids}", n=len(bad), ids=few(bad))
    return Check("inputs", "failed", words, say("fix them or leave them out"))


def _repeats(data: Data) -> Iterator[Check]:
    """Exact and near duplicates, and equal inputs of different classes."""
    step = math.ceil(math.sqrt(sum(x.nbytes for x in data.x.values()) / MOST_BYTES)) if data.pictures else 1
    x = {name: (part[..., ::step, ::step] if data.pictures else part).cpu().numpy() for name, part in data.x.items()}
    coarse = "" if step == 1 else say("; by every {n}th pixel, for time", n=step)
    pairs = {"train": exact_duplicates(x["train"]), "dev": exact_duplicates(x["train"], x["dev"])}
    within, between = len(pairs["train"]), len(pairs["dev"])
    share = between / len(x["dev"])

    words = say("{n} of dev also in train", n=between) + _such_as(data, pairs["dev"])
    words += say(", {n} twice in train", n=within) + coarse
    if between and (data.pictures or share >= ALIKE):
        worst: Verdict = "failed" if data.pictures and share >= LEAK else "warning"
        yield Check("duplicates", worst, words,
                    say("the dev error is too low by up to {points:.1f} points: leave them out of train, or give both "
                        "one group, which is never cut", points=100 * share))
    elif within / len(x["train"]) >= ALIKE:
        yield Check("duplicates", "warning", words, say("what appears twice counts twice: leave the copies out"))
    else:
        yield Check("duplicates", "ok", words)

    if (labels := data.labels) is not None:
        yield _contradictions(data, labels, pairs)

    if not data.pictures:
        yield Check("near duplicates", "ok", say("sought among pictures alone: rows may well be alike"))
        return
    near, looked = near_duplicates(x["train"], x["dev"])
    near = near[~np.isin(near[:, 1], pairs["dev"][:, 1])]
    share = len(near) / looked
    words = say("{n} of dev nearly equal one of train", n=len(near)) + _such_as(data, near)
    words += coarse + ("" if looked == len(x["dev"]) else say("; of {n} of dev, for time", n=looked))
    if share >= NEAR_LEAK:
        yield Check("near duplicates", "warning", words,
                    say("look at them; where they are the same thing, leave them out of train or put them in one set: "
                        "the dev error is too low by up to {points:.1f} points", points=100 * share))
    else:
        yield Check("near duplicates", "ok", words)


def _contradictions(data: Data, labels: Mapping[str, NDArray[Any]], pairs: Mapping[str, NDArray[np.intp]]) -> Check:
    """Equal inputs with different labels: one of the two is wrong, or the inputs do not decide the class."""
    torn = {name: found[labels["train"][found[:, 0]] != labels[name][found[:, 1]]] for name, found in pairs.items()}
    n = sum(map(len, torn.values()))
    if not n:
        return Check("contradictions", "ok", say("equal inputs have equal labels"))
    ids = few([text for name, found in torn.items() for text in _each(data, found[:3], name)], most=2)
    many = data.pictures and n / len(labels["train"]) >= ALIKE
    return Check("contradictions", "failed" if many else "warning",
                 say("{n} {n:example equals|examples equal} another with another label: {ids}", n=n, ids=ids),
                 say("no model gets both right: fix the labels, or give the model what distinguishes the two"))


def _such_as(data: Data, pairs: NDArray[np.intp]) -> str:
    """The first pairs, in brackets."""
    return f" ({few([*_each(data, pairs[:2], 'dev'), *[''] * (len(pairs) - 2)], most=2)})" if len(pairs) else ""


def _each(data: Data, pairs: NDArray[np.intp], name: str) -> list[str]:
    return [f"{data.named(name, int(j))} = {data.named('train', int(i))}" for i, j in pairs]


def _balance(labels: NDArray[Any], classes: Sequence[str]) -> Check:
    """Whether a class is rare in train beside the commonest."""
    counts = np.bincount(labels, minlength=len(classes))
    k, most = int(counts.argmin()), int(counts.argmax())
    if counts[k] == counts[most]:
        return Check("balance", "ok", say("every class is {share:.1%} of train", share=1 / len(classes)))
    words = say("of train {rare:.1%} are {a}, the rarest class, and {common:.1%} {b}, the commonest",
                rare=counts[k] / len(labels), a=classes[k], common=counts[most] / len(labels), b=classes[most])
    if counts[k] >= RARE * counts[most]:
        return Check("balance", "ok", words)
    return Check("balance", "warning", words,
                 say("always saying {b} is wrong in {error:.1%} only: judge the error by class, weigh the cost by "
                     "class, or get more of {a}", a=classes[k], b=classes[most], error=1 - counts[most] / len(labels)))
