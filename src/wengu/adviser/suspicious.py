"""What is wrong with the sets, in words, and what to look at first."""

from __future__ import annotations

from collections.abc import Container, Sequence

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.practice.ledger_words import set_name
from wengu.practice.suspicions import Suspicion

MOST = 3  # classes that are named
OF_THE_DATA = ("inputs", "duplicates", "near duplicates", "contradictions")


def in_words(found: Sequence[Suspicion]) -> tuple[str, ...]:
    """A line for each, in the language spoken now."""
    return tuple(map(_line, found))


def of_the_preflight(run: RunFolder) -> tuple[str, ...]:
    """What the checks before training found wrong with the data, as they said it then."""
    try:
        checks = run.read_json("preflight.json").get("checks", ())
    except (InputError, OSError):
        return ()
    return tuple(say("before training: {name}: {words}", name=check["name"], words=check["words"]) for check in checks
                 if check["verdict"] == "failed" or (check["verdict"] != "ok" and check["name"] in OF_THE_DATA))


def unexplained(found: Sequence[Suspicion], unlike: Container[str]) -> tuple[Suspicion, ...]:
    """Without what a difference of the inputs explains as well as labels do: worse than always one answer."""
    return tuple(one for one in found if not (one.kind == "below chance" and one.set in unlike))


def look_first(found: Sequence[Suspicion]) -> tuple[str, ...]:
    """What is to be done about them before anything else; repeated ids are counted right, and need nothing."""
    kinds = {one.kind for one in found}
    steps = []
    if kinds & {"exchanged", "below chance"}:
        steps.append(say("Look at some wrong examples beside their labels: the labels are not those of train."))
    if kinds & {"shared ids", "shared groups"}:
        steps.append(say("Divide the data again, so that what belongs together is in one set alone."))
    return tuple(steps)


def _line(one: Suspicion) -> str:
    where = set_name(one.set)
    match one.kind:
        case "exchanged":
            told = say(", ").join(say("{truth} is called {called} in {n} of {m}", truth=truth, called=called, n=n, m=m)
                                  for truth, called, n, m in one.told[:MOST])
            more = say(" and {n} more", n=len(one.told) - MOST) if len(one.told) > MOST else ""
            return say("{set}: {told}{more}, and not in train: are labels exchanged?", set=where, told=told, more=more)
        case "below chance":
            return say("{set}: clearly worse than always the same answer, and train is not: are these the same labels?",
                       set=where)
        case "shared ids":
            return say("{set}: {n} of its {m} {m:id|ids} {n:is|are} in train too, so it measures what was trained on.",
                       set=where, n=one.n, m=one.of)
        case "shared groups":
            return say("{set}: {n} of its {m} {m:group|groups} {n:is|are} in train too, so it measures what was "
                       "trained on.", set=where, n=one.n, m=one.of)
        case "repeated ids":
            return say("{set}: {n} {n:id|ids} in {m} {m:row|rows}; the rows of an id are counted as one group.",
                       set=where, n=one.n, m=one.of)
