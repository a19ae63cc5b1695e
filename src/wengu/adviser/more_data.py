"""More data, and what others learned from theirs: what they would bring, and where they stand.        [notes 15.6]

    measured     where the learning curve says that twice the data gains less than the worth, more data comes last;
                 where it gains, the step says by how much; where it shows longer training as well it ranks nothing
    few          below 1,000 examples a class, the number from which all layers of a transfer train at once, weights
                 are offered that learned from ten times as many of another task, or that are published

Source: ours; why so few and so many stands in training/unfreezing.py and training/transfer_fits.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wengu.adviser.data_curve import DataCurve
from wengu.adviser.plan import Plan, joined
from wengu.adviser.run_context import RunContext
from wengu.core.i18n import say
from wengu.core.printable import shell_word
from wengu.data import known_entry
from wengu.practice import Remedy, split_sizes
from wengu.practice.metric_words import amount, interval, on_dev
from wengu.practice.metric_words import gap as gap_in_words
from wengu.practice.splits import Sizes

MORE = ("more-data", "human-labels")
PUBLISHED = ("published", "pretrained")  # sources that are no run
FEW = 1_000  # examples a class; where there are none, examples
ENOUGH_TO_HALVE = 64  # training examples


def in_order(found: Iterable[Remedy], known: RunContext | None, worth: float) -> list[Remedy]:
    """The remedies, more data last where it gains too little; a transfer before regularisation, where data is few.

    Published weights come before a larger network, too: on little data they fit better than one that begins anew.
    """
    found = list(found)
    if gains_too_little(known, worth):
        found = [*(one for one in found if one.key not in MORE), *(one for one in found if one.key in MORE)]
    before = ("regularise", "bigger-network") if known and known.source in PUBLISHED else ("regularise",)
    place = next((k for k, one in enumerate(found) if one.key in before), None)
    if place is not None and known and known.source and few(known):
        why = say("Layers that have seen far more examples need not learn again what these show.")
        found.insert(place, Remedy("transfer", say("Begin with what another network has learned."), why))
    return found


def gains_too_little(known: RunContext | None, worth: float) -> bool:
    """Whether the learning curve says that twice the data gains less than what matters."""
    measured = known.curve if known else None
    return measured is not None and measured.curve is not None and not measured.doubt \
        and measured.curve.verdict(worth) == "flat"


def few(known: RunContext) -> bool:
    """Whether there are so few examples that what was learned elsewhere is worth taking."""
    return known.examples < FEW * max(known.classes, 1)


def transfer(plan: Plan, remedy: Remedy) -> None:
    """From a run of the same network on far more examples, or with the weights that its makers publish."""
    how: dict[str, Any] = {"from": plan.known.source}
    plan.fit(remedy.what, remedy.why, **how)


def more_data(plan: Plan, remedy: Remedy) -> None:
    """More training examples: with what the learning curve says, or the command that measures it."""
    known, told = plan.known, brings(plan.known)
    name = known.settings.get("data", "")
    fewer: dict[str, Any] = {"without": ("train_examples",)} if "train_examples" in known.own else {}
    if is_ones_own(name):
        if fewer and plan.fit(remedy.what, remedy.why, told, no_gain=True, **fewer):
            return
        remark = say("add to {data}; there are {n} to train on now", data=name, n=f"{known.examples:,}")
        plan.tell(remedy.what, remedy.why, joined(told, remark))
    elif larger := larger_of(name):  # else this is all there is of it
        remark = say("{times:.0f} times the examples", times=larger[1].train / known.examples)
        plan.fit(remedy.what, remedy.why, joined(remark, told), no_gain=True, data=larger[0],
                 **fewer)


def larger_of(data: str) -> tuple[str, Sizes] | None:
    """The data set that has more of the same, and how it is divided; None where there is none."""
    of = known_entry(data)
    larger = known_entry(of.larger) if of else None
    if larger is None:
        return None
    return larger.name, split_sizes(larger.pictures - larger.test, test=not larger.test)


def is_ones_own(data: str) -> bool:
    """Whether it is none of the catalogue's, so that more of it can only be added by hand."""
    return known_entry(data) is None


def brings(known: RunContext) -> str:
    """What the learning curve says of more data, or the command that measures one; of too few there is none."""
    if known.curve is not None and known.curve.curve is not None:
        return _gain(known.curve)
    if known.examples < ENOUGH_TO_HALVE or known.stopped not in ("epochs", "early"):
        return ""
    return curve_tells(f"wengu learning-curve {shell_word(known.path)}")


def curve_tells(command: str) -> str:
    """That a learning curve tells what more data brings."""
    return say("a learning curve tells what it gains: {command}", command=command)


def _gain(measured: DataCurve) -> str:
    """'twice the data: dev error 8.1 % [7.6, 8.7]', and where it gains too little or nobody can tell also that."""
    curve, facts = measured.curve, measured.metric
    if curve is None:
        return ""
    if measured.doubt == "nothing learnt":
        return say("its learning curve tells nothing, as nothing was learnt")
    if measured.doubt:
        return say("its learning curve shows longer training as well, so it does not tell what this gains")
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
