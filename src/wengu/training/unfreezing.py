"""Thawing: which layers train in which epoch, and with which α, where the lower ones are learned already. [notes 5.3]

    little data    only the last layer trains
    some           the last first, then in each epoch one layer more from the top;    α^[l-1] = α^[l] / 2.6
    much           all layers from the start, with the same smaller α below

Source: Howard & Ruder 2018, arXiv:1801.06146: 3.1 for the smaller α of lower layers (discriminative fine-tuning), 3.3
for unfreezing from the top (gradual unfreezing). Theirs are a handful of layers; below the fifth from the top α falls
no further here, or the first ones of a deep network would stand still.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor, nn

from wengu.core.checks import InputError, whole
from wengu.core.i18n import say
from wengu.layers.summary import numbered_layers

# Examples a class; without classes, examples. A LeNet-5 that had learned eight classes of the sample distinguished the
# other two, by 12 examples each, better when layers were unfrozen than by its last layer alone: 10 % wrong against
# 12 %, from scratch 13 % (2 pairs, 3 draws). A thousand a class is what ImageNet, from which most trained layers come,
# has.
LITTLE, MUCH = 10, 1000
RATIO, DEEPEST = 2.6, 4  # α of a layer over that of the one below; how many times at most


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
    frozen: int = 0  # layers, from the bottom, that never train
    gradual: bool = False
    ratio: float = 1.0  # α of a layer over that of the one below
    heads: tuple[str, ...] = ()  # modules that are reinitialised: on top of all others, and counted as one layer

    @property
    def levels(self) -> list[list[nn.Module]]:
        """The layers from the bottom; the heads together are the last."""
        return [list(level.values()) for level in levels_of(self.model, self.heads)]

    def at(self, epoch: int) -> None:
        """Set requires_grad of every parameter for this epoch, counted from 1."""
        whole("epoch", epoch, 1)
        levels = self.levels
        first = max(self.frozen, len(levels) - epoch) if self.gradual else self.frozen
        for l, level in enumerate(levels):  # upwards: of a tied parameter the upper layer decides
            for w in (w for layer in level for w in layer.parameters(recurse=False)):
                w.requires_grad_(l >= first)

    def groups(self, groups: Sequence[Mapping[str, Any]], *, lr: float) -> list[dict[str, Any]]:
        """Groups, such as `weight_decay_groups(model)`, each divided by α, the last layer's first: that is `lr`."""
        if self.ratio == 1:
            return [dict(group) for group in groups]
        of: dict[Tensor, float] = {}
        for depth, level in enumerate(reversed(self.levels)):
            for w in (w for layer in level for w in layer.parameters(recurse=False)):
                of.setdefault(w, lr / self.ratio ** min(depth, DEEPEST))
        return [
            {**group, "params": [w for w in group["params"] if of[w] == rate], "lr": rate}
            for group in groups for rate in sorted({of[w] for w in group["params"]}, reverse=True)
        ]

    def on(self, model: nn.Module) -> UnfreezeSchedule:
        """The same for another model of the same layers, such as a copy."""
        return replace(self, model=model)


def levels_of(model: nn.Module, heads: Sequence[str] = ()) -> list[dict[str, nn.Module]]:
    """The layers that have parameters, by name, each a level; those within the heads are the last level together.

    >>> model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    >>> [list(level) for level in levels_of(model)], [list(level) for level in levels_of(model, ("0", "2"))]
    ([['0'], ['2']], [['0', '2']])
    """
    layers = numbered_layers(model)
    of_heads = {name: layer for name, layer in layers.items() if is_within(name, heads)}
    body = [{name: layer} for name, layer in layers.items() if name not in of_heads]
    return [*body, of_heads] if of_heads else body


def is_within(name: str, modules: Sequence[str]) -> bool:
    """Whether a layer or a parameter is one of these modules, or in it."""
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def schedule_of_run(model: nn.Module, done: Mapping[str, Any]) -> UnfreezeSchedule:
    """The plan of a run that goes on, from what `Transferred.to_dict` made; the source may be gone."""
    try:
        return UnfreezeSchedule(model, len(done["frozen"]), bool(done["gradual"]), float(done["ratio"]),
                                tuple(done.get("heads", ())))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(say("run.json: transfer cannot be read: {error}", error=error)) from None


def planned(
    model: nn.Module, freeze: str | int, *, examples: int, classes: int, heads: tuple[str, ...] = ()
) -> tuple[UnfreezeSchedule, str]:
    """The plan, and why it is this one in a sentence. Raises InputError for a number that leaves nothing to train."""
    layers, own = len(levels_of(model, heads)), len(numbered_layers(model))  # the heads are one
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
    k = layers - 1 if freeze == "all-but-last" else _count(freeze, layers - 1, own)
    why = say("frozen, as was asked: {k} of {layers} {layers:layer|layers}", k=k, layers=own)
    if layers < own:
        why = say("{why}; the heads are the last layer", why=why)
    return UnfreezeSchedule(model, k, heads=heads), why


def trains_last(freeze: str | int, examples: int, classes: int) -> bool:
    """Whether the last layer alone trains, as is asked for, or by how much data there is.

    >>> trains_last("auto", 45, 5), trains_last("auto", 500, 5), trains_last("all-but-last", 500, 5)
    (True, False, True)
    """
    return freeze == "all-but-last" or (freeze == "auto" and examples // max(classes, 1) < LITTLE)


def _count(freeze: str | int, most: int, layers: int) -> int:
    try:
        k = int(freeze)
    except ValueError:
        k = -1
    if not 0 <= k <= most:
        raise InputError(say("freeze: expected auto, none, all-but-last, or how many of the {layers} "
                             "{layers:layer|layers} stay frozen, from 0 to {most}, got {got}",
                             layers=layers, most=most, got=freeze))
    return k
