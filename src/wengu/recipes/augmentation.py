"""Which changes training pictures get: as `--augment` names them, or what suits the data.

    auto   colour pictures                   crop, or shift where they are smaller than 32
           any other                         shift
           flip as well for a data set of the catalogue whose entry says that a mirrored picture is still one of its
           class, and for a folder of colour pictures
    never flip a folder's where classes are named as digits and letters are, or by a side: 3, b, seven, left

What may harm, as colours may be what tells a class, is never chosen: colour, randaugment, erase, mixup,
cutmix.

Source: the rules are ours; crop and flip are He et al.'s 2016 for CIFAR-10, arXiv:1512.03385, section 4.2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from wengu.core.checks import InputError, one_of
from wengu.core.i18n import say

if TYPE_CHECKING:
    from wengu.core.batches import Batch

ORDER = ("shift", "crop", "flip", "colour", "randaugment", "erase", "mixup", "cutmix")
"""In which they are applied, in whatever order they are named."""
ALONE = ("auto", "none")
SMALL = 32  # pixels, the shorter side
SIDED = frozenset((
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "digit", "digits", "letter",
    "letters", "left", "right", "links", "rechts", "gauche", "droite", "east", "west", "clockwise", "counterclockwise",
))


def ordered(text: str) -> str:
    """The setting in the order of application. Raises InputError for a name that is unknown, or there twice.

    >>> ordered("flip+shift"), ordered("auto")
    ('shift+flip', 'auto')
    """
    if text in ALONE:
        return text
    names = [one_of("augment", name.strip(), (*ALONE, *ORDER)) for name in str(text).split("+")]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InputError(say("augment: expected every change once, got {name} more than once", name=twice))
    if both := next((name for name in names if name in ALONE), None):
        raise InputError(say("augment: {name} goes with no other; leave it out, or the others", name=both))
    return "+".join(name for name in ORDER if name in names)


def suited(data: str, classes: Sequence[str], channels: int, size: tuple[int, int]) -> str:
    """What `auto` becomes for this data.

    >>> suited("mnist", [*"0123456789"], 1, (28, 28)), suited("pets/", ["cat", "dog"], 3, (64, 64))
    ('shift', 'crop+flip')
    """
    from wengu.data import known_entry

    known = known_entry(data)
    move = "crop" if channels == 3 and min(size) >= SMALL else "shift"
    flips = channels == 3 and not any(map(has_a_side, classes)) if known is None else known.mirror
    return f"{move}+flip" if flips else move


def has_a_side(name: str) -> bool:
    """Whether a class of this name may not be one any more in the mirror; rather too often than too seldom.

    >>> [name for name in ("3", "b", "turn_left", "Seven", "cat", "右转") if not has_a_side(name)]
    ['cat']
    """
    if len(name) == 1 or name.isdecimal() or "左" in name or "右" in name:
        return True
    return not SIDED.isdisjoint(re.split(r"[\W_\d]+", name.lower()))


def augmentation(text: str, *, classes: int) -> Callable[[Batch], Batch] | None:
    """The changes that the setting names; where mixup and cutmix are both there, one of them for each mini-batch."""
    from wengu.vision import augment as room

    made: dict[str, Callable[[], Callable[[Batch], Batch]]] = {
        "shift": room.RandomShift, "crop": room.RandomCrop, "flip": room.RandomHorizontalFlip,
        "colour": room.ColorJitter, "randaugment": room.RandAugment, "erase": room.RandomErasing,
        "mixup": lambda: room.Mixup(classes), "cutmix": lambda: room.CutMix(classes),
    }
    names = [] if text == "none" else text.split("+")
    parts = [made[name]() for name in names if name not in ("mixup", "cutmix")]
    mixes = [made[name]() for name in names if name in ("mixup", "cutmix")]
    parts += [room.RandomChoice(tuple(mixes))] if len(mixes) > 1 else mixes
    return room.Compose(tuple(parts)) if parts else None
