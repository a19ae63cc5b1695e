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
from torch.utils.data import Dataset, TensorDataset

from wengu.core.batches import Batch, examples_in, finite, leaves, read, size_of
from wengu.core.i18n import say
from wengu.core.seeds import seed_for
from wengu.practice import exact_duplicates, near_duplicates
from wengu.practice.metric_words import Facts, on_dev
from wengu.training.preflight_parts.check import Check, Verdict, few

SOME = 256  # examples that are looked at of a set that is read one by one
MOST_SAMPLED = 1 << 26  # bytes of a set that is not in memory
MOST_BYTES = 500_000_000  # of inputs that are compared, a second's work; of larger pictures fewer pixels
LEAK, NEAR_LEAK, ALIKE, RARE = 0.01, 0.005, 0.05, 0.1


def at_most(n: int, inputs: Any, *, size: int | None = None) -> int:
    """n, or fewer where so many examples with inputs like these take more bytes, by default 64 MB; one at least.

    >>> at_most(64, torch.zeros(5, 3, 512, 512), size=1 << 24)
    5
    """
    one = sum(leaf.nbytes for leaf in leaves(inputs)) // max(1, examples_in(inputs))
    return min(n, max(1, (size or MOST_SAMPLED) // max(1, one)))


@dataclass(frozen=True)
class Sample:
    """What is looked at of a set: all of it where it is in memory, else a random few, always the same."""

    batch: Batch
    m: int  # of the set
    index: Tensor | None = None  # which they are; None for all

    @classmethod
    def of(cls, examples: Dataset[Batch]) -> Sample:
        """Of a set that reads many at once as much as MOST_SAMPLED allows; of another SOME at most."""
        m = size_of(examples)
        if isinstance(examples, TensorDataset) and len(examples.tensors) == 2:
            return cls(examples.tensors, m)
        most = at_most(m if hasattr(examples, "__getitems__") else SOME, read(examples, torch.arange(1))[0])
        generator = torch.Generator().manual_seed(seed_for(0, "sample"))
        index = torch.randperm(m, generator=generator)[:most].sort().values
        return cls(read(examples, index), m, index)

    @property
    def looked(self) -> int:
        """How many are looked at."""
        return self.m if self.index is None else len(self.index)

    @property
    def in_columns(self) -> bool:
        """Whether inputs and targets are a tensor each."""
        return all(isinstance(part, Tensor) for part in self.batch)

    def place(self, i: int) -> int:
        """Where in the set the i-th of them is."""
        return i if self.index is None else int(self.index[i])


@dataclass(frozen=True)
class Data:
    """Train and dev, as much as is looked at of them, and what their examples are called."""

    sets: Mapping[str, Sample]
    classes: Sequence[str] | None = None
    ids: Mapping[str, Sequence[str]] | None = None
    fills_in: bool = False  # whether the loss leaves out targets that are missing
    metric: Facts | None = None  # that dev is judged by

    @property
    def x(self) -> dict[str, Any]:
        """The inputs of each set."""
        return {name: part.batch[0] for name, part in self.sets.items()}

    @property
    def y(self) -> dict[str, Any]:
        """The targets of each set."""
        return {name: part.batch[1] for name, part in self.sets.items()}

    @property
    def seen(self) -> float:
        """The share of train that is looked at: of what repeats there, a sample finds that share."""
        return self.sets["train"].looked / self.sets["train"].m

    def named(self, name: str, i: int) -> str:
        """How an example is called; by its number where it has no name."""
        at = self.sets[name].place(i)
        return self.ids[name][at] if self.ids else f"{name} {at}"

    def of_sample(self) -> str:
        """What is said behind what was found, where not all was looked at."""
        if all(part.index is None for part in self.sets.values()):
            return ""
        return say("; in a sample of {train:,} of train and {dev:,} of dev", train=self.sets["train"].looked,
                   dev=self.sets["dev"].looked)

    def too_well(self, share: float) -> str:
        """What it means for dev that a share of it was learned; of an error it can be said in points."""
        if self.metric is None:
            return say("the dev cost looks better than it is")
        if self.metric["name"] == "error":
            return say("the dev error is too low by up to {points:.1f} points", points=100 * share)
        return say("{dev} looks better than it is", dev=on_dev(self.metric))

    @property
    def labels(self) -> dict[str, NDArray[Any]] | None:
        """The targets where they are classes: one whole number each."""
        if any(y.dim() != 1 or y.is_floating_point() for y in self.y.values()):
            return None
        return {name: y.cpu().numpy() for name, y in self.y.items()}

    @property
    def pictures(self) -> bool:
        """Whether the inputs are pictures (m, channels, height, width)."""
        return bool(self.x["train"].dim() == 4)


def data_checks(data: Data) -> Iterator[Check]:
    """All of them, as far as inputs and targets are a tensor each."""
    yield _inputs(data)
    if not all(part.in_columns for part in data.sets.values()):
        return
    yield from _repeats(data)
    if data.labels is not None and data.classes:
        yield _balance(data, data.labels["train"], data.classes)


def _inputs(data: Data) -> Check:
    sound = {name: finite(part.batch[0], part.looked) for name, part in data.sets.items()}
    whole = {name: finite(part.batch[1], part.looked) for name, part in data.sets.items()}
    missing = sum(int((~part).sum()) for part in whole.values())
    bad = [data.named(name, int(i)) for name, fine in sound.items()
           for i in (~(fine if data.fills_in else fine & whole[name])).nonzero()[:, 0].tolist()]
    if bad:
        return _not_finite(bad)
    looked = {name: part.looked for name, part in data.sets.items()}
    words = (say("a sample of {train:,} of train and {dev:,} of dev, every number finite", **looked)
             if data.of_sample() else say("{train:,} of train and {dev:,} of dev, every number finite", **looked))
    if missing:
        words += say("; {n:,} {n:example lacks|examples lack} some target, which is left out of the cost", n=missing)
    if not all(part.in_columns for part in data.sets.values()):
        words += say("; not searched for duplicates")
    return Check("inputs", "ok", words)


def _not_finite(bad: Sequence[str]) -> Check:
    words = say("{n} {n:example holds|examples hold} numbers that are not finite: {ids}", n=len(bad), ids=few(bad))
    return Check("inputs", "failed", words, say("fix them or leave them out"))


def _repeats(data: Data) -> Iterator[Check]:
    """Exact and near duplicates, and equal inputs of different classes."""
    step = math.ceil(math.sqrt(sum(x.nbytes for x in data.x.values()) / MOST_BYTES)) if data.pictures else 1
    x = {name: (part[..., ::step, ::step] if data.pictures else part).cpu().numpy() for name, part in data.x.items()}
    coarse = ("" if step == 1 else say("; by every {n}th pixel, to save time", n=step)) + data.of_sample()
    pairs = {"train": exact_duplicates(x["train"]), "dev": exact_duplicates(x["train"], x["dev"])}
    within, between = len(pairs["train"]), len(pairs["dev"])
    share = min(1.0, between / len(x["dev"]) / data.seen)

    words = say("{n} of dev also in train", n=between) + _such_as(data, pairs["dev"])
    words += say(", {n} twice in train", n=within) + coarse
    if between and (data.pictures or share >= ALIKE):
        worst: Verdict = "failed" if data.pictures and share >= LEAK else "warning"
        yield Check("duplicates", worst, words,
                    say("{too_well}: remove these copies from dev, or from train",
                        too_well=data.too_well(share)), share=share)
    elif within / len(x["train"]) / data.seen >= ALIKE:
        yield Check("duplicates", "warning", words, say("what appears twice counts twice: leave the copies out"))
    else:
        yield Check("duplicates", "ok", words)

    if (labels := data.labels) is not None:
        yield _contradictions(data, labels, pairs)

    if not data.pictures:
        yield Check("near duplicates", "ok", say("searched among pictures only: rows of a table may well be alike"))
        return
    near, looked = near_duplicates(x["train"], x["dev"])
    near = near[~np.isin(near[:, 1], pairs["dev"][:, 1])]
    share = min(1.0, len(near) / looked / data.seen)
    words = say("{n} of dev nearly equal one of train", n=len(near)) + _such_as(data, near)
    words += coarse + ("" if looked == len(x["dev"]) else say("; of {n} of dev, to save time", n=looked))
    if share >= NEAR_LEAK:
        yield Check("near duplicates", "warning", words,
                    say("look at them; where they are the same thing, leave them out of train or put them in one set: "
                        "{too_well}", too_well=data.too_well(share)))
    else:
        yield Check("near duplicates", "ok", words)


def _contradictions(data: Data, labels: Mapping[str, NDArray[Any]], pairs: Mapping[str, NDArray[np.intp]]) -> Check:
    """Equal inputs with different labels: one of the two is wrong, or the inputs do not decide the class."""
    torn = {name: found[labels["train"][found[:, 0]] != labels[name][found[:, 1]]] for name, found in pairs.items()}
    n = sum(map(len, torn.values()))
    if not n:
        return Check("contradictions", "ok", say("equal inputs have equal labels"))
    ids = few([text for name, found in torn.items() for text in _each(data, found[:3], name)], most=2)
    many = data.pictures and n / len(labels["train"]) / data.seen >= ALIKE
    return Check("contradictions", "failed" if many else "warning",
                 say("{n} {n:example equals|examples equal} another with another label: {ids}", n=n, ids=ids),
                 say("no model gets both right: fix the labels, or give the model what distinguishes the two"))


def _such_as(data: Data, pairs: NDArray[np.intp]) -> str:
    """The first pairs, in brackets."""
    return f" ({few([*_each(data, pairs[:2], 'dev'), *[''] * (len(pairs) - 2)], most=2)})" if len(pairs) else ""


def _each(data: Data, pairs: NDArray[np.intp], name: str) -> list[str]:
    return [f"{data.named(name, int(j))} = {data.named('train', int(i))}" for i, j in pairs]


def _balance(data: Data, labels: NDArray[Any], classes: Sequence[str]) -> Check:
    """Whether a class is rare in train beside the commonest."""
    counts = np.bincount(labels, minlength=len(classes))
    k, most = int(counts.argmin()), int(counts.argmax())
    if counts[k] == counts[most]:
        return Check("balance", "ok", say("every class is {share:.1%} of train", share=1 / len(classes))
                     + data.of_sample())
    words = say("of train {rare:.1%} are {a}, the rarest class, and {common:.1%} {b}, the commonest",
                rare=counts[k] / len(labels), a=classes[k], common=counts[most] / len(labels), b=classes[most])
    words += data.of_sample()
    if counts[k] >= RARE * counts[most]:
        return Check("balance", "ok", words)
    return Check("balance", "warning", words,
                 say("always saying {b} is wrong in {error:.1%} only: judge the error by class, weigh the cost by "
                     "class, or get more of {a}", a=classes[k], b=classes[most], error=1 - counts[most] / len(labels)))
