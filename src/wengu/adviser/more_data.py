"""More data, and what others learned from theirs: what they would bring, and where they stand.        [notes 15.6]

    measured     where the learning curve says that twice the data gains less than the worth, more data comes last;
                 where it gains, the step says by how much
    few          below 1,000 examples a class, the number from which all layers of a transfer train at once, weights
                 are offered that learned from ten times as many of another task, or that are published

Source: ours; why so few and so many stands in training/unfreezing.py and training/transfer.py.
"""

from __future__ import annotations

from collections.abc import Iterable

from wengu.adviser.data_curve import DataCurve
from wengu.adviser.plan import Plan
from wengu.adviser.run_context import RunContext
from wengu.core.i18n import say
from wengu.core.printable import shell_word
from wengu.data import catalogue
from wengu.practice import Remedy, split_sizes
from wengu.practice.metric_words import amount, interval, on_dev
from wengu.practice.metric_words import gap as gap_in_words

MORE = ("more-data", "human-labels")
FEW = 1_000  # examples a class; where there are none, examples
ENOUGH_TO_HALVE = 64  # training examples


def in_order(found: Iterable[Remedy], known: RunContext | None, worth: float) -> list[Remedy]:
    """The remedies, more data last where it gains too little; a transfer before regularisation, where data is few."""
    found = list(found)
    if gains_too_little(known, worth):
        found = [*(one for one in found if one.key not in MORE), *(one for one in found if one.key in MORE)]
    place = next((k for k, one in enumerate(found) if one.key == "regularise"), None)
    if place is not None and known and known.source and few(known):
        why = say("Layers that have seen far more examples need not learn again what these show.")
        found.insert(place, Remedy("transfer", say("Begin with what another network has learned."), why))
    return found


def gains_too_little(known: RunContext | None, worth: float) -> bool:
    """Whether the learning curve says that twice the data gains less than what matters."""
    measured = known.curve if known else None
    return measured is not None and measured.curve is not None and measured.curve.verdict(worth) == "flat"


def few(known: RunContext) -> bool:
    """Whether there are so few examples that what was learned elsewhere is worth taking."""
    return known.examples < FEW * max(known.classes, 1)


def transfer(plan: Plan, remedy: Remedy) -> None:
    """From a run of the same network on far more examples, or with the weights that its makers publish."""
    plan.fit(remedy.what, remedy.why, **{"from": plan.known.source})


def more_data(plan: Plan, remedy: Remedy) -> None:
    """More training examples: with what the learning curve says, or the command that measures it."""
    known = plan.known
    if known.curve is None or known.curve.curve is None:
        measure = (say("whether it would help: {command}", command=f"wengu learning-curve {shell_word(known.path)}")
                   if known.examples >= ENOUGH_TO_HALVE and known.stopped in ("epochs", "early") else "")
        _add(plan, remedy, measure)
    else:
        _add(plan, remedy, _brings(known.curve))


def more_examples(plan: Plan, remedy: Remedy) -> None:
    """More examples of dev, which no learning curve tells of."""
    _add(plan, remedy, "")


def _add(plan: Plan, remedy: Remedy, told: str) -> None:
    known = plan.known
    entries, name = {entry.name: entry for entry in catalogue()}, known.settings.get("data", "")
    fewer = {"without": ("train_examples",)} if "train_examples" in known.own else {}  # with it no more are trained on
    if name not in entries:
        if fewer and remedy.key == "more-data" and plan.fit(remedy.what, remedy.why, told, **fewer):
            return
        remark = say("add to {data}; there are {n} to train on now", data=name, n=f"{known.examples:,}")
        plan.tell(remedy.what, remedy.why, "; ".join(filter(None, [told, remark])))
    elif entries[name].larger:  # else this is all there is of it
        larger = entries[entries[name].larger]
        train = split_sizes(larger.pictures - larger.test, test=not larger.test).train
        remark = say("{times:.0f} times the examples", times=train / known.examples)
        told = told if known.curve else ""  # what is at hand is tried sooner than measured
        plan.fit(remedy.what, remedy.why, "; ".join(filter(None, [told, remark])), data=larger.name, **fewer)


def _brings(measured: DataCurve) -> str:
    """'twice the data: dev error 8.1 % [7.6, 8.7]', and where it gains too little or nobody can tell also that."""
    curve, facts = measured.curve, measured.metric
    if curve is None:
        return ""
    twice, (gain, ends) = curve.at(2 * curve.most), curve.gain()
    value = f"{amount(facts, twice.value)} {interval(facts, twice.low, twice.high)}"
    gained = f"{gap_in_words(facts, gain)} {interval(facts, *ends)}"
    match curve.verdict(measured.worth):
        case "gains":
            return say("twice the data: {dev} {value}, {gained} better", dev=on_dev(facts), value=value, gained=gained)
        case "flat":
            return say("twice the data gains {gained}, less than the {worth} that matter", gained=gained,
                       worth=gap_in_words(facts, measured.worth))
    return say("twice the data: {dev} {value}; whether that is a gain cannot be told", dev=on_dev(facts), value=value)
