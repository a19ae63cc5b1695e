"""Each remedy as a step: the command that does it with the run's own settings, or in words where there is none.

What the step is expected to bring stands beside it (expected.py); of more data a learning curve tells that.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import get_args

from wengu.adviser.held_back import HeldBack, Kind, at_chance, still_falling
from wengu.adviser.measure_more import bigger_dev, measure_more
from wengu.adviser.more_data import MORE, brings, curve_tells, more_data, transfer
from wengu.adviser.nearer_steps import nearer_steps, to_collect
from wengu.adviser.plan import NextStep, Plan, joined
from wengu.adviser.regularise import regularise
from wengu.adviser.run_context import RunContext
from wengu.core.i18n import say
from wengu.core.printable import shell_word
from wengu.practice import Ledger, Remedy
from wengu.practice.metric_words import metric_name
from wengu.recipes import recipe, recipes

NO_GAIN = (*MORE, "human-insight", "compare-sets")  # of which no gap tells what they bring
FOR_FITTING = frozenset(get_args(Kind)) - {"fewer", "unregularised"}
OF_ANY_SETS = ("compare-sets", "nearer-data")  # that need no run
NOBODYS = RunContext(Path(), "", "", {}, {}, 0, 1, 1, "", 0)


def step_of(plan: Plan, remedy: Remedy, ledger: Ledger) -> None:
    """The remedy with a run's command if there is one, else in words."""
    if remedy.key in _COUNTED:
        _COUNTED[remedy.key](plan, remedy, ledger)
    elif remedy.key in _CONCRETE and (plan.known is not NOBODYS or remedy.key in OF_ANY_SETS):
        _CONCRETE[remedy.key](plan, remedy)
    elif remedy.key == "more-data":
        plan.tell(remedy.what, remedy.why, curve_tells("wengu learning-curve CURVE.csv"))
    elif remedy.key != "give-human":
        in_words(plan, remedy)


def in_words(plan: Plan, remedy: Remedy) -> None:
    """Without a command."""
    plan.tell(remedy.what, remedy.why, "" if remedy.key in NO_GAIN else plan.brings())


def ask_for_human(plan: Plan, remedy: Remedy, ledger: Ledger, command: str) -> None:
    """No number that could be copied as it stands: it is the reader's to find out. `command` judges anew."""
    form = "ERROR" if ledger.metric["name"] == "error" else metric_name(ledger.metric).replace(" ", "-").upper()
    plan.tell(remedy.what, remedy.why, f"{command} --human {form}" if command else "")


def take_back(plan: Plan, held: HeldBack) -> None:
    """What was given by hand as it usually is; of fewer training examples a learning curve tells what all bring.

    What the command leaves behind beside it is named as well.
    """
    fewer, more = held.kind == "fewer", plan.flags_left_behind(held.names)
    what = (say("Leave out {flags}, and {more} too: {why}.", flags=held.flags, more=more, why=held.why) if more else
            say("Leave out {flags}: {why}.", flags=held.flags, why=held.why))
    if plan.fit(what, "", brings(plan.known) if fewer else "", no_gain=fewer, without=held.names):
        plan.taken_back.add(held.kind)


def compare_sets(plan: Plan, remedy: Remedy) -> None:
    """Beside the worst examples, what a classifier tells two sets by."""
    if not any(one.differ for one in plan.differ):
        in_words(plan, remedy)
    else:
        plan.add(NextStep(say("See how the sets differ, and by which examples."), remedy.why,
                          f"wengu data compare {shell_word(plan.known.path)}"))


def _nearer_data(plan: Plan, remedy: Remedy) -> None:
    """Training data made nearer to dev, or drawn as dev is; and what to collect, by those that are nearest already.

    What part of a variance is another distribution nobody knows.
    """
    own = plan.now == "mismatch"
    for one in nearer_steps(plan.differ, plan.known.settings):
        plan.fit(one.what, remedy.why, one.remark, no_gain=not own, **one.how)
    told = plan.brings() if own and plan.now not in plan.said else ""
    plan.tell(remedy.what, remedy.why, joined(to_collect(plan.differ), told))


def _train_longer(plan: Plan, remedy: Remedy) -> None:
    known = plan.known
    if still_falling(known) and not plan.cut_short:  # else dev had stopped falling, or it was interrupted and goes on
        plan.fit(remedy.what, remedy.why,
                 say("the best epoch was {best} of {epochs}", best=known.best_epoch, epochs=known.settings["epochs"]),
                 epochs=2 * known.settings["epochs"])


def _tune(plan: Plan, remedy: Remedy) -> None:
    """α in the direction that the training cost tells; it says nothing where it has come down and is level."""
    known, lr = plan.known, plan.known.settings.get("lr")
    if not lr or "lr" in plan.left_behind:  # then the usual one is tried first
        return
    if plan.taken_back & FOR_FITTING and "lr" not in known.own:  # by which the cost is explained
        return
    check = say("see which suits: {command}", command=f"{known.fit()} --check")
    if at_chance(known):
        plan.fit(say("Take a smaller learning rate: the training cost did not come down."), remedy.why, check,
                 lr=float(f"{lr / 10:.1g}"))
    elif still_falling(known) and not plan.cut_short:
        plan.fit(say("Take a larger learning rate: the training cost was still falling at the end."), remedy.why, check,
                 lr=float(f"{3 * lr:.1g}"))


def _bigger(plan: Plan, remedy: Remedy) -> None:
    """The one that the recipe's entry names; who brought a network of their own can make it bigger.

    None where widths that were tried say that a larger one gains too little, or the wider ones gained that little.
    """
    known, measured = plan.known, plan.known.widths
    listed = recipe(known.recipe).NETWORKS if known.recipe in recipes() else {}
    if measured and (measured.verdict == "flat" or (measured.points[-1][0] > measured.own and not measured.gained)):
        plan.tried[say("a larger network, up to width {width}", width=f"{measured.points[-1][0]:g}")] = known.path
    elif "narrow" in plan.taken_back:  # which makes it wider
        return
    elif known.network not in listed:
        in_words(plan, remedy)
    elif bigger := listed[known.network].bigger:
        plan.fit(remedy.what, remedy.why, say("{network} instead", network=bigger), network=bigger)
    elif "width" in listed[known.network].options:
        width = 2 * float(known.settings.get("width") or 1.0)
        told = joined(say("twice the units in each layer"), measured.at(width) if measured else "")
        plan.fit(remedy.what, remedy.why, told, width=width)


def _no_command(plan: Plan, remedy: Remedy) -> None:
    """Which other would suit the data is not known."""


def _open_test(plan: Plan, remedy: Remedy) -> None:
    plan.add(NextStep(remedy.what, remedy.why, plan.known.diagnose("--open-test")))


def _errors(plan: Plan, remedy: Remedy) -> None:
    plan.tell(remedy.what, remedy.why, say("the report shows the worst ones"))


_COUNTED: dict[str, Callable[[Plan, Remedy, Ledger], None]] = {
    "more-examples": measure_more,
    "bigger-dev": bigger_dev,
}
_CONCRETE: dict[str, Callable[[Plan, Remedy], None]] = {
    "bigger-network": _bigger,
    "better-optimiser": _tune,
    "other-architecture": _no_command,
    "more-data": more_data,
    "transfer": transfer,
    "regularise": regularise,
    "train-longer": _train_longer,
    "compare-sets": compare_sets,
    "nearer-data": _nearer_data,
    "open-test": _open_test,
    "error-analysis": _errors,
}
