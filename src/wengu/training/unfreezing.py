"""Thawing: which layers train in which epoch, and with which α, where the lower ones are learned already. [notes 5.3]

    little data    only the last layer trains
    some           the last first, then in each epoch one level more from the top;    α^[l-1] = α^[l] / 2.6
    much           all levels from the start, with the same smaller α below

A level l is a layer, or a block with all that is in it (levels.py). Source: Howard & Ruder 2018, arXiv:1801.06146: 3.1
for the smaller α of lower layers (discriminative fine-tuning), 3.3 for unfreezing from the top (gradual unfreezing).
Theirs are a handful of layers; below the fifth from the top α falls no further here, or the first ones of a deep
network would stand still.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor, nn

from wengu.core.checks import InputError, whole
from wengu.core.i18n import say, text_table
from wengu.training.levels import Level, Unit, are_blocks, levels_of

# Examples a class; without classes, examples. With 2 photographs a class a MobileNetV2 of ImageNet erred less, in 5 of
# 5 draws, where layers were unfrozen one by one than with its last layer alone, and with 5, 10 and 20 no more, to half
# a point (studies/transfer.py). So did a LeNet-5 that had learned eight classes of the sample with 12 examples each of
# the other two: 10 % against 12 %, from scratch 13 % (2 pairs, 3 draws). A thousand a class is what ImageNet, from
# which most trained layers come, has.
LITTLE, MUCH = 2, 1000
RATIO, DEEPEST = 2.6, 4  # α of a level over that of the one below; how many times at most


@dataclass(frozen=True)
class UnfreezeSchedule:
    """Which layers train in which epoch, and with which α; a function of the epoch alone.

    >>> model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    >>> plan = UnfreezeSchedule(model, gradual=True, ratio=2.6)
    >>> plan.at(1); [w.requires_grad for w in model.parameters()]
    [False, False, True, True]
    >>> plan.at(2); [w.requires_grad for w in model.parameters()]
    [True, True, True, True]
    >>> [group["lr"] for group in plan.groups([{"params": list(model.parameters())}], lr=0.26)]
    [0.26, 0.1]
    """

    model: nn.Module
    frozen: int = 0  # levels, from the bottom, that never train
    gradual: bool = False
    ratio: float = 1.0  # α of a level over that of the one below
    heads: tuple[str, ...] = ()  # modules that are reinitialised: on top of all others, and one level together
    unit: Unit = "block"  # or "layer", where every layer is a level

    @property
    def levels(self) -> list[Level]:
        """From the bottom; the heads together are the last."""
        return levels_of(self.model, self.heads, self.unit)

    def first(self, epoch: int) -> int:
        """How many levels, from the bottom, do not train in this epoch, counted from 1."""
        whole("epoch", epoch, 1)
        return max(self.frozen, len(self.levels) - epoch) if self.gradual else self.frozen

    def rates(self, lr: float) -> list[float]:
        """α of each level from the bottom, where that of the last is `lr`."""
        n = len(self.levels)
        return [lr / self.ratio ** min(n - 1 - l, DEEPEST) for l in range(n)]

    def at(self, epoch: int) -> None:
        """Set requires_grad of every parameter for this epoch, counted from 1."""
        first = self.first(epoch)
        for l, level in enumerate(self.levels):  # upwards: of a tied parameter the upper level decides
            for w in _own(level):
                w.requires_grad_(l >= first)

    def groups(self, groups: Sequence[Mapping[str, Any]], *, lr: float) -> list[dict[str, Any]]:
        """Groups, such as `weight_decay_groups(model)`, each divided by α, the last level's first: that is `lr`."""
        if self.ratio == 1:
            return [dict(group) for group in groups]
        of: dict[Tensor, float] = {}
        for level, rate in zip(reversed(self.levels), reversed(self.rates(lr)), strict=True):
            for w in _own(level):
                of.setdefault(w, rate)
        return [
            {**group, "params": [w for w in group["params"] if of[w] == rate], "lr": rate}
            for group in groups for rate in sorted({of[w] for w in group["params"]}, reverse=True)
        ]

    def on(self, model: nn.Module) -> UnfreezeSchedule:
        """The same for another model of the same layers, such as a copy."""
        return replace(self, model=model)

    def __str__(self) -> str:
        """Each level from the top: what it is, its parameters, from which epoch it trains and with which α.

        >>> print(UnfreezeSchedule(nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 2)), gradual=True, ratio=2.6))
        level  name  made of  parameters          trains        α
            2  1     Linear           18  from the start        α
            1  0     Linear           40    from epoch 2  α / 2.6
        """
        levels, n = self.levels, len(self.levels)
        rows = []
        for l in range(n - 1, -1, -1):
            part = levels[l]
            kinds = list(dict.fromkeys(type(layer).__name__ for layer in part.layers.values()))
            count = sum(w.numel() for w in _own(part))
            began = None if l < self.frozen else n - l if self.gradual else 1
            trains = (say("never") if began is None else say("from the start") if began == 1
                      else say("from epoch {n}", n=began))
            share = self.ratio ** min(n - 1 - l, DEEPEST)
            alpha = "" if began is None else "α" if share == 1 else f"α / {share:.3g}"
            rows.append([str(l + 1), part.name, ", ".join(kinds), f"{count:,}", trains, alpha])
        head = [say("level"), say("name"), say("made of"), say("parameters"), say("trains"), "α"]
        return text_table(head, rows, left=3)


def _own(level: Level) -> Iterator[nn.Parameter]:
    for layer in level.layers.values():
        yield from layer.parameters(recurse=False)


def schedule_of_run(model: nn.Module, done: Mapping[str, Any]) -> UnfreezeSchedule:
    """The plan of a run that goes on, from what `Transferred.to_dict` made; the source may be gone."""
    try:
        return UnfreezeSchedule(model, len(done["frozen"]), bool(done["gradual"]), float(done["ratio"]),
                                tuple(done.get("heads", ())), done.get("unit", "layer"))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(say("run.json: transfer cannot be read: {error}", error=error)) from None


def planned(
    model: nn.Module, freeze: str | int, *, examples: int, classes: int, heads: tuple[str, ...] = ()
) -> tuple[UnfreezeSchedule, str]:
    """The plan, and why it is this one in a sentence. Raises InputError for a number that leaves nothing to train."""
    levels = levels_of(model, heads)
    layers, blocks = len(levels), are_blocks(levels[:-1] if heads else levels)
    if freeze == "auto":
        each = examples // max(classes, 1)
        data = say("{n:,} {n:example|examples} a class ({examples:,} of {classes:,} {classes:class|classes})", n=each,
                   examples=examples, classes=classes) if classes else say("{n:,} {n:example|examples}", n=each)
        if each < LITTLE:
            return UnfreezeSchedule(model, layers - 1, heads=heads), say(
                "only the last layer trains: {data}, fewer than {little}: too few to train more without memorising "
                "them", data=data, little=LITTLE)
        if each < MUCH:
            return UnfreezeSchedule(model, gradual=True, ratio=RATIO, heads=heads), say(
                "the last layer trains first, then one more in each epoch, with smaller α below: {data}, between "
                "{little} and {much:,}", data=data, little=LITTLE, much=MUCH)
        return UnfreezeSchedule(model, ratio=RATIO, heads=heads), say(
            "all layers train from the start, with smaller α below: {data}, {much:,} or more", data=data, much=MUCH)
    if freeze == "none":
        return UnfreezeSchedule(model, heads=heads), say("all layers train from the start, as was asked")
    k = _count(freeze, layers)
    why = (say("frozen, as was asked: {k} of {layers} {layers:block|blocks}", k=k, layers=layers) if blocks
           else say("frozen, as was asked: {k} of {layers} {layers:layer|layers}", k=k, layers=layers))
    if len(levels[-1].layers) > 1 and heads:
        why = say("{why}; the heads are the last together", why=why)
    return UnfreezeSchedule(model, k, heads=heads), why


def trains_last(freeze: str | int, examples: int, classes: int) -> bool:
    """Whether the last layer alone trains, as is asked for, or by how much data there is.

    >>> trains_last("auto", 9, 5), trains_last("auto", 10, 5), trains_last("all-but-last", 500, 5)
    (True, False, True)
    """
    alone = str(freeze) in ("all-but-last", "all-but-1")
    return alone or (freeze == "auto" and examples // max(classes, 1) < LITTLE)


def _count(freeze: str | int, levels: int) -> int:
    """How many levels from the bottom stay frozen."""
    text = "all-but-1" if freeze == "all-but-last" else str(freeze)
    top = re.fullmatch(r"all-but-(\d+)", text)
    k = levels - int(top[1]) if top else int(text) if text.isdecimal() else -1
    if not 0 <= k < levels:
        raise InputError(say("freeze: expected auto, none, all-but-last, all-but-N with N up to {levels}, or how many "
                             "of the {levels} {levels:level|levels} stay frozen, from 0 to {most}, got {got}",
                             levels=levels, most=levels - 1, got=freeze))
    return k
