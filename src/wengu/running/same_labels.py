"""Whether what was predicted is of the same labels as truth: where none is, every answer would count as wrong.

    1 and 1.00, True and true, Cat and cat;  probabilities, or distances to learn, in place of classes
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from wengu.core.checks import InputError
from wengu.core.i18n import say

FEW = 3  # that are shown of each


def same_labels(path: object, truth: Iterable[str], predicted: Iterable[str]) -> None:
    """Raises InputError, with some of both, where nothing that was predicted is among the truths.

    >>> same_labels("p.csv", ["cat", "dog"], ["dog"])
    """
    known, said = dict.fromkeys(truth), dict.fromkeys(predicted)
    if known.keys() & said.keys():
        return
    raise InputError(say("{path}: nothing in predicted is among the truths, so that all of it would be wrong: truth "
                         "has {truth}, predicted has {predicted}; {hint}", path=path, truth=_some(known),
                         predicted=_some(said), hint=_hint(list(known), list(said))))


def _some(labels: dict[str, None]) -> str:
    shown = ", ".join(map(repr, list(labels)[:FEW]))
    return f"{shown}, …" if len(labels) > FEW else shown


def _hint(truth: list[str], predicted: list[str]) -> str:
    """What is the likely reason, and what to do."""
    spelled: tuple[Callable[[str], object], ...] = (str.casefold, _number)
    if any({*map(way, truth)} & {*map(way, predicted)} - {None} for way in spelled):
        return say("they differ in how they are written: write them alike")
    numbers = [_number(label) for label in predicted]
    if None in numbers:
        return say("give the classes as truth has them")
    if all(0 <= p <= 1 for p in numbers if p is not None) and len(predicted) > len(truth):
        return say("these look like probabilities: give the class that is likeliest, such as 1 where p > 0.5")
    if len({*map(_number, truth)} - {None}) > FEW:
        return say("these look like numbers to come near to, and not classes: of such only classes are judged")
    return say("give the classes as truth has them")


def _number(label: str) -> float | None:
    try:
        return float(label.replace(",", "."))
    except ValueError:
        return None
