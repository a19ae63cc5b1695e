"""What is wrong with the sets, in words, and what to look at first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.printable import printable
from wengu.core.run_folder import RunFolder
from wengu.practice.ledger_words import set_name
from wengu.practice.suspicions import Suspicion
from wengu.running.predictions import Predicted

MOST = 3  # classes that are named
LEAK = 0.05  # of a set: less can hardly move what is measured there
FAR = 0.9  # AUC
OF_CHANCE = ("below chance", "at chance")
SHARED = ("shared ids", "shared groups", "shared copies")
OF_THE_DATA = ("inputs", "duplicates", "near duplicates", "contradictions")


def in_words(found: Sequence[Suspicion]) -> tuple[str, ...]:
    """A line for each, in the language spoken now."""
    return tuple(map(_line, found))


def of_the_preflight(run: RunFolder) -> tuple[str, ...]:
    """What the checks before training found wrong with the data, as they said it then."""
    return tuple(say("before training: {name}: {words}", name=check["name"], words=check["words"])
                 for check in _checks(run)
                 if check["verdict"] == "failed" or (check["verdict"] != "ok" and check["name"] in OF_THE_DATA))


def leaks(run: RunFolder) -> bool:
    """Whether the checks before training found so much of dev in train that dev measures what was trained on."""
    return any(check["name"] == "duplicates" and check["verdict"] != "ok"
               and (check["verdict"] == "failed" or check.get("share", 0.0) >= LEAK) for check in _checks(run))


def _checks(run: RunFolder) -> Sequence[Mapping[str, Any]]:
    try:
        return tuple(run.read_json("preflight.json").get("checks", ()))
    except (InputError, OSError):
        return ()


def unexplained(found: Sequence[Suspicion], unlike: Mapping[str, float]) -> tuple[Suspicion, ...]:
    """Without what a difference of the inputs explains as well as labels do: worse than always one answer.

    unlike: the sets whose inputs differ, and by which AUC; where that is large, so are exchanged labels.
    """
    return tuple(one for one in found if not (
        (one.kind in OF_CHANCE and one.set in unlike and one.set != "train")
        or (one.kind == "exchanged" and unlike.get(one.set, 0.0) >= FAR)))


def in_doubt(found: Sequence[Suspicion], *, leak: bool = False) -> tuple[str, ...]:
    """The sets of which nothing should be said of the model before they are looked at; of a `leak` that is dev."""
    sets = [one.set for one in found if one.kind != "repeated ids" and not _is_slight(one)]
    return tuple(dict.fromkeys([*sets, *(["dev"] if leak else [])]))


def _is_slight(one: Suspicion) -> bool:
    """Whether so little is shared that what is measured can hardly move."""
    return one.kind in SHARED and one.n < LEAK * one.of


def without_untrained(found: Sequence[Suspicion], *, unlearnt: bool) -> tuple[Suspicion, ...]:
    """Without what a network that training has hardly changed answers by itself: that says nothing of labels."""
    return tuple(one for one in found if not (unlearnt and one.kind in OF_CHANCE))


def look_first(
    found: Sequence[Suspicion], sets: Mapping[str, Predicted] | None = None, *, leak: bool = False
) -> tuple[str, ...]:
    """What is to be done about them before anything else; repeated ids are counted right, and need nothing.

    sets: where some of the examples are found that look so; nothing that is only suspected is said to be so.
    """
    steps = []
    of_train = any(one.kind == "below chance" and one.set == "train" for one in found)  # then the others are as it is
    for one in found:
        if of_train and one.kind in OF_CHANCE and one.set != "train":
            continue
        if one.kind == "exchanged":
            steps.append(say("Look at some examples of {classes} in {set} beside their labels{those}: these look as if "
                             "they were exchanged.", classes=_both(one.told), set=set_name(one.set),
                             those=_those(one, sets)))
        elif one.kind == "below chance" and one.set == "train":
            steps.append(say("Look at some wrong examples of {set} beside their labels{those}, and at the order of the "
                             "classes.", set=set_name(one.set), those=_those(one, sets)))
        elif one.kind in OF_CHANCE:
            steps.append(say("Look at some wrong examples of {set} beside their labels{those}, and at how they were "
                             "prepared: something may not be as in train.", set=set_name(one.set),
                             those=_those(one, sets)))
    shared = {one.kind for one in found if one.kind in SHARED and not _is_slight(one)}
    if shared == {"shared copies"}:
        steps.append(say("Remove the copies of training examples from the other sets."))
    elif leak or shared:
        steps.append(say("Divide the data again, so that what belongs together is in one set alone."))
    return tuple(steps)


def _both(told: Sequence[tuple[Any, Any, int, int]]) -> str:
    """The classes that look exchanged: 'cat, dog'."""
    more = say(" and {n} more", n=len(told) - MOST) if len(told) > MOST else ""
    return say(", ").join(str(truth) for truth, *_ in told[:MOST]) + more


def _those(one: Suspicion, sets: Mapping[str, Predicted] | None) -> str:
    """The ids of the first examples that look so; where a file has no ids these are its lines."""
    if sets is None or one.set not in sets:
        return ""
    rows, pairs = sets[one.set], {(truth, called) for truth, called, *_ in one.told}
    wrong = (i for i, t, p in zip(rows.ids, rows.truth, rows.predicted, strict=True)
             if ((t, p) in pairs if pairs else t != p))
    return say(", such as id or line {ids}", ids=say(", ").join(map(printable, islice(wrong, MOST))))


def _line(one: Suspicion) -> str:
    where = set_name(one.set)
    match one.kind:
        case "exchanged":
            told = say(", ").join(say("{truth} is called {called} in {n} of {m}", truth=truth, called=called, n=n, m=m)
                                  for truth, called, n, m in one.told[:MOST])
            more = say(" and {n} more", n=len(one.told) - MOST) if len(one.told) > MOST else ""
            return say("{set}: {told}{more}, and not in train: are labels exchanged?", set=where, told=told, more=more)
        case "below chance":
            return say("{set}: clearly worse than always the same answer: are these the labels, and is the order of "
                       "classes the same? Or was nothing learnt?", set=where) if one.set == "train" else \
                say("{set}: clearly worse than always the same answer: are these the labels, and is the order of "
                    "classes the same?", set=where)
        case "at chance":
            return say("{set}: no better than chance, though train is learned: are these the labels of its examples, "
                       "prepared as those of train? If so, the inputs may tell nothing of the classes.", set=where)
        case "shared ids" if one.other == "dev":
            return say("{set}: {n} of its {m} {m:id|ids} {n:is|are} in dev too, so it does not measure anew.",
                       set=where, n=one.n, m=one.of)
        case "shared groups" if one.other == "dev":
            return say("{set}: {n} of its {m} {m:group|groups} {n:is|are} in dev too, so it does not measure anew.",
                       set=where, n=one.n, m=one.of)
        case "shared ids" if _is_slight(one):
            return say("{set}: {n} of its {m} {m:id|ids} {n:is|are} in train too; leave {n:it|them} out of one.",
                       set=where, n=one.n, m=one.of)
        case "shared groups" if _is_slight(one):
            return say("{set}: {n} of its {m} {m:group|groups} {n:is|are} in train too; leave {n:it|them} out of one.",
                       set=where, n=one.n, m=one.of)
        case "shared ids":
            return say("{set}: {n} of its {m} {m:id|ids} {n:is|are} in train too, so it measures what was trained on.",
                       set=where, n=one.n, m=one.of)
        case "shared groups":
            return say("{set}: {n} of its {m} {m:group|groups} {n:is|are} in train too, so it measures what was "
                       "trained on.", set=where, n=one.n, m=one.of)
        case "shared copies":
            return say("{set}: {n} of its {m} {m:example|examples} {n:is a copy|are copies} of what is in train; "
                       "remove {n:it|them} from {set}.", set=where, n=one.n, m=one.of)
        case "repeated ids":
            return say("{set}: {n} {n:id|ids} in {m} {m:row|rows}; the rows of an id are counted as one group.",
                       set=where, n=one.n, m=one.of)
