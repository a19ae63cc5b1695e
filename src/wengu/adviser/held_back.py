"""Which of a run's own settings may keep it from what it could do, and how its training went.       [notes 15.6]

    at chance        the cost of training is no number, or ended where log K is, the cost of K equal guesses, and did
                     not fall throughout
    fell throughout  below log K, the means of a fifth of the epochs each fall, and the last not by far less than all
    still falling    the best epoch is among the last tenth of those that were asked for
    bias             own settings that regularise more than usual, an α or an optimiser that does not fit, fewer epochs
    variance         fewer training examples than there are, own settings that regularise less than usual

What was given by hand and is usual otherwise is taken back before anything is added: of a run with --l2 0.3 whose train
error is 47 % more epochs cure nothing. But nothing is that a card beside it advised, or that did good there.

Source: ours; the order of what to tune first is the notes' (3.6).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import Any, Literal

from wengu.adviser.plan import flags
from wengu.adviser.run_context import RunContext
from wengu.core.i18n import say

Kind = Literal["narrow", "regularise", "rate", "length", "start", "batch", "unregularised", "fewer"]

REGULARISES = ("l1", "l2", "dropout", "weight_decay", "label_smoothing")
WITH_RATE = ("lr", "optim", "beta1", "beta2", "warm_up", "decay", "decay_rate", "decay_power", "decay_every", "clip",
             "ema")
MUCH = 2.0  # times more, or less, than usual
NEARLY = 0.9
PARTS, LEVEL = 5, 0.1  # of the epochs; of the mean fall, below which the cost is level


@dataclass(frozen=True)
class HeldBack:
    """Own settings of one kind that may be at fault."""

    kind: Kind
    names: tuple[str, ...]
    flags: str  # as they were given: --l2 0.3

    @property
    def why(self) -> str:
        """In the language spoken now."""
        match self.kind:
            case "regularise":
                return say("it regularises more than usual, and train itself is not fitted")
            case "narrow":
                return say("the network is narrower than usual")
            case "rate":
                return say("the descent is another than usual, and the training cost came down too little")
            case "length":
                return say("it ended sooner than usual")
            case "start":
                return say("the network begins, or stays, otherwise than usual")
            case "unregularised":
                return say("it regularises less than usual, and fits its training set alone")
            case "fewer":
                return say("there are more training examples than it takes")
            case "batch":
                return say("so large mini-batches make few steps in an epoch")


def from_fitting(known: RunContext) -> tuple[HeldBack, ...]:
    """What may keep it from fitting its training set, the likeliest first."""
    own, usual = _unproven(known), known.usual
    kinds: dict[Kind, list[str]] = {
        "rate": [name for name in WITH_RATE if name in own and _counts(name, own[name], usual.get(name))],
        "start": [name for name in ("init", "freeze") if name in own],
        "narrow": ["width"] if _more(usual.get("width") or 1.0, own.get("width", 1.0)) else [],
        "regularise": [*(name for name in REGULARISES if name in own and _more(own[name], usual.get(name))),
                       *(["augment"] if own.get("augment", "none") != "none" else [])],
        "length": [name for name in ("epochs", "patience") if name in own and _more(usual.get(name), own[name])],
        "batch": [name for name in ("batch_size",) if name in own and own[name] >= MUCH * (usual.get(name) or 1)],
    }
    order: tuple[Kind, ...] = ("regularise", "length", "narrow", "rate", "start", "batch")
    if at_chance(known):
        order = ("rate", "start", "regularise", "length", "narrow", "batch")
    elif still_falling(known):
        order = ("length", "rate", "regularise", "narrow", "start", "batch")
    return tuple(HeldBack(kind, tuple(kinds[kind]), flags(kinds[kind], own)) for kind in order if kinds[kind])


def from_generalising(known: RunContext) -> tuple[HeldBack, ...]:
    """What makes it fit its training set alone: fewer examples, regularisation turned off, or down, by hand."""
    own, usual = _unproven(known), known.usual
    names = [name for name in REGULARISES if name in own and _more(usual.get(name), own[name])]
    names += ["augment"] if own.get("augment") == "none" else []
    kinds: dict[Kind, list[str]] = {"fewer": ["train_examples"] if "train_examples" in own else [],
                                    "unregularised": names}
    return tuple(HeldBack(kind, tuple(of), flags(of, own)) for kind, of in kinds.items() if of)


def _unproven(known: RunContext) -> Mapping[str, Any]:
    """The own settings without those that a card beside it advised, and those without which a run beside is worse.

    Advice does not undo itself: of one that harmed the run without it is the better start (attempts.py).
    """
    commands = [f"{command} " for other in known.attempts for command in other.advised]
    return {name: value for name, value in known.own.items()
            if not known.better_with(name) and not any(f"{flags([name], known.own)} " in one for one in commands)}


def at_chance(known: RunContext) -> bool:
    """Whether training learnt nothing: nearly log K is left of its cost, or of its first where K is not known."""
    if len(known.costs) < 2 or any(cost != cost for cost in known.costs):
        return any(cost != cost for cost in known.costs)
    guessing = math.log(known.classes) if known.classes > 1 else known.costs[0]
    return known.costs[-1] > NEARLY * guessing and not _fell_throughout(known.costs, guessing)


def hardly_changed(known: RunContext) -> bool:
    """Whether nearly all of the cost of equal guesses is left, however it fell: its answers are those of its start."""
    return bool(known.costs) and known.classes > 1 and not known.costs[-1] < NEARLY * math.log(known.classes)


def _fell_throughout(costs: Sequence[float], guessing: float) -> bool:
    """Whether it is on its way, however slowly: one that sways about chance, or has come down to it, is not."""
    n = min(len(costs), PARTS)
    parts = [fmean(costs[k * len(costs) // n:(k + 1) * len(costs) // n]) for k in range(n)]
    falls = [before - after for before, after in pairwise(parts)]
    return costs[-1] < guessing and min(falls) > 0 and falls[-1] > LEVEL * fmean(falls)


def left_behind(known: RunContext) -> dict[str, tuple[str, str]]:
    """Own settings that the training cost says are wrong, and why no command carries them on: in full, and in short.

    An α too large where nothing was learnt, too small where the cost was still falling; so few epochs that it was.
    Where a run beside it has the usual one already it was no better, and this one's stays.
    """
    if not known.costs:
        return {}
    own, usual, found = _unproven(known), known.usual, dict[str, tuple[str, str]]()
    chance, falling = at_chance(known), still_falling(known)
    lr, its = own.get("lr"), usual.get("lr")
    if lr and its and _counts("lr", lr, its) and not known.tried(without=("lr",)):
        if chance:
            found["lr"] = (say("at the usual learning rate, as at its own the training cost did not come down"),
                           say("at the usual learning rate"))
        elif falling and lr < its:
            found["lr"] = (say("at the usual learning rate, as at its own the training cost was still falling"),
                           say("at the usual learning rate"))
    if falling and not chance and _more(usual.get("epochs"), own.get("epochs")) and "epochs" in own \
            and not known.tried(without=("epochs",)):
        found["epochs"] = (say("with the usual epochs, as with its own the training cost was still falling"),
                           say("with the usual epochs"))
    return found


def still_falling(known: RunContext) -> bool:
    """Whether it ended before it had come to its best."""
    epochs = len(known.costs)
    return known.stopped == "epochs" and known.best_epoch >= NEARLY * epochs


def _counts(name: str, value: Any, usual: Any) -> bool:
    """An α that is nearly the usual one holds nothing back."""
    if name != "lr" or not usual:
        return True
    return not 1 / MUCH < value / usual < MUCH


def _more(value: Any, usual: Any) -> bool:
    return value is not None and value > (usual or 0)
