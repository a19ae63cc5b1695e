"""Whether what was predicted is of the same labels as truth: where it is not, every answer would count as wrong.

    none alike      nothing that was predicted is among the truths, of all sets or of one
    others          most of what was predicted are probabilities, of which some are 0 or 1 by rounding
    spelled apart   1 and 1.00, True and true, Cat and cat: one of them in truth, the other predicted
    to come near    numbers of many values that go along with truth, and seldom equal it: a regression
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from wengu.core.checks import InputError
from wengu.core.i18n import say

FEW = 3  # that are shown of each
MANY = 10  # values, above which numbers may be no classes
MOST = 0.5
SHARE, AT_LEAST = 0.1, 5  # of the rows; rows

Labels = Sequence[str]


def same_labels(path: object, sets: Mapping[str, tuple[Labels, Labels]]) -> None:
    """Raises InputError, with some of both, where truth and predicted of the sets are not of the same labels.

    >>> same_labels("p.csv", {"dev": (["cat", "dog"], ["dog", "dog"])})
    """
    truth, predicted = ([label for pair in sets.values() for label in pair[k]] for k in (0, 1))
    known, said = Counter(truth), Counter(predicted)
    others = {label: n for label, n in said.items() if label not in known}
    if not known.keys() & said.keys():
        raise InputError(say("{path}: nothing in predicted is among the truths, so that all of it would be wrong: "
                             "truth has {truth}, predicted has {predicted}; {hint}", path=path, truth=_some(known),
                             predicted=_some(said), hint=_hint(list(known), list(said))))
    if sum(others.values()) > MOST * len(predicted) and _are_probabilities(list(known), list(others)):
        raise InputError(say("{path}: {n} of {m} {m:prediction|predictions} are no class: truth has {truth}, predicted "
                             "has {predicted}; {hint}", path=path, n=sum(others.values()), m=len(predicted),
                             truth=_some(known), predicted=_some(others), hint=_hint(list(known), list(others))))
    apart = {label: n for label, n in others.items() if _spelled_apart([label], list(known))}
    if sum(apart.values()) >= max(AT_LEAST, SHARE * len(predicted)):
        raise InputError(say("{path}: predicted has {predicted}, and truth has {truth}: they differ in how they are "
                             "written: write them alike", path=path, predicted=_some(apart), truth=_some(known)))
    for name, (own, answers) in sets.items():
        elsewhere = {label for other, (theirs, _) in sets.items() if other != name for label in theirs}
        if len(own) >= AT_LEAST and set(answers) <= elsewhere and not set(own) & elsewhere:
            raise InputError(say("{path}: truth of the set {set} has {truth}, of which there is none elsewhere, and "
                                 "predicted has {predicted}; give the classes as the other sets have them", path=path,
                                 set=name, truth=_some(dict.fromkeys(own)), predicted=_some(dict.fromkeys(answers))))
    if _go_along(truth, predicted):
        raise InputError(say("{path}: truth and predicted look like numbers to come near to, such as {truth} and "
                             "{predicted}, and not classes, of which alone errors are counted; where they are "
                             "classes, write a letter before them", path=path, truth=_some(known),
                             predicted=_some(said)))


def _go_along(truth: Labels, predicted: Labels) -> bool:
    """Whether both are numbers of many values, seldom equal, and the one rises with the other."""
    if len(set(truth)) <= MANY or sum(map(str.__eq__, truth, predicted)) > MOST * len(truth):
        return False
    y, y_hat = ([_number(label) for label in labels] for labels in (truth, predicted))
    if None in y or None in y_hat:
        return False
    both = np.array([y, y_hat], dtype=np.float64)
    return bool(np.isfinite(both).all() and both.std(axis=1).all() and np.asarray(np.corrcoef(both))[0, 1] > MOST)


def _some(labels: Mapping[str, object]) -> str:
    shown = ", ".join(map(repr, list(labels)[:FEW]))
    return f"{shown}, …" if len(labels) > FEW else shown


def _hint(truth: list[str], predicted: list[str]) -> str:
    """What is the likely reason, and what to do."""
    if _are_probabilities(truth, predicted):
        return say("these look like probabilities: give the class that is likeliest, such as 1 where p > 0.5")
    if _spelled_apart(predicted, truth):
        return say("they differ in how they are written: write them alike")
    if None in map(_number, predicted):
        return say("give the classes as truth has them")
    if len({*map(_number, truth)} - {None}) > FEW:
        return say("these look like numbers to come near to, and not classes: of such only classes are judged")
    return say("give the classes as truth has them")


def _are_probabilities(truth: list[str], predicted: list[str]) -> bool:
    numbers = [_number(label) for label in predicted]
    return len(predicted) > len(truth) and all(p is not None and 0 <= p <= 1 for p in numbers)


def _spelled_apart(some: list[str], others: list[str]) -> bool:
    ways: tuple[Callable[[str], object], ...] = (str.casefold, _number)
    return any({*map(way, some)} & {*map(way, others)} - {None} for way in ways)


def _number(label: str) -> float | None:
    try:
        return float(label.replace(",", "."))
    except ValueError:
        return None
