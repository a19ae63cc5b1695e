"""What to try next, in order, each a command where it can be one.                                    [notes 15.6]

    go on with what was interrupted
    start from the best run           where another one beside it is clearly better
    see how sets differ               where a later set is the easier one
    ask what people reach             where it is unknown, and what is left may be bias
    take back own settings            that may be what holds it back (held_back.py)
    the remedies of the cause         in the notes' order (practice.remedies), with this run's own settings; more data
                                      last where the learning curve says that it gains too little (more_data.py)

Of several causes each has its turn, that of the largest gap first, so that the first few steps hold one for each; what
only looks at the sets comes before them.

What a run beside it has tried already, or tried further, is not advised again: it is named at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from wengu.adviser.held_back import HeldBack, at_chance, from_fitting, from_generalising, still_falling
from wengu.adviser.more_data import MORE, gains_too_little, in_order, more_data, more_examples, transfer
from wengu.adviser.nearer_steps import nearer_steps, to_collect
from wengu.adviser.plan import FIRST, LAST, NextStep, Plan, sizes_in_words
from wengu.adviser.regularise import regularise
from wengu.adviser.run_context import RunContext
from wengu.adviser.set_comparison import SetComparison
from wengu.core.i18n import say
from wengu.core.printable import printable, shell_word
from wengu.practice import Ledger, Remedy, remedies
from wengu.practice.ledger_words import bias_is_open
from wengu.practice.metric_words import Facts, metric_name, units_of_dev
from wengu.recipes import recipe, recipes

FOR_BIAS_ALONE = ("bigger-network", "train-longer", "better-optimiser")


def next_steps(
    ledger: Ledger,
    known: RunContext | None = None,
    *,
    table: Path | None = None,
    metric: str = "",
    no_better: bool = False,
    rare: bool = False,
    look_first: Sequence[str] = (),
    differ: Sequence[SetComparison] = (),
) -> tuple[NextStep, ...]:
    """What to try for the ledger's cause; without a run of ours in words, but for what judges a `table` again.

    Where what people reach is unknown and what is left on train is more than the largest judged gap, that may be bias:
    it is asked for first, and what holds a run back from fitting comes before the test set is spent. With the best
    value there is nothing to fix. Where something is to be looked at in the data it is all that is said: what such sets
    tell of the model is not so. Sets that are not alike come before both, and so does a model that is no better than
    always one answer: of these the test set would tell nothing. Of sets that `differ` the difference comes before the
    remedies of a variance, which it may be instead. `metric` is what `wengu diagnose` was given by
    --metric; where `rare` classes fail, whose errors the error of all hides, one that counts them alike comes first.
    """
    value = {row.set: row.value for row in ledger.rows}
    perfect = value["train"] == _best(ledger.metric)
    unknown = ledger.worse_than_human is None and value["dev"] != _best(ledger.metric)
    may_be_bias = unknown and (ledger.possible_bias is not None or (not ledger.causes and bias_is_open(ledger)))
    plan = Plan(known or _NOBODYS, differ, most=sizes_in_words(ledger))
    if known and known.stopped == "interrupted":
        plan.add(NextStep(say("Continue this run; it was stopped before the end."), "", known.resume()))
    for what in look_first:
        plan.tell(what, "")
    if ledger.reversed:
        _compare_sets(plan, _of_the_easier(ledger))
    if look_first:  # until the sets are right, nothing that they say of the model is
        return plan.steps
    unfitted = ("bias" in ledger.causes or no_better or may_be_bias) and not perfect
    if may_be_bias:
        _ask_for_human(plan, known, table, metric, ledger)
    if rare and ledger.metric["name"] == "error":
        flags = "--metric balanced-accuracy"
        plan.add(NextStep(say("Judge every class alike, however rare it is."), "", known.diagnose(flags) if known else
                          f"wengu diagnose {shell_word(table or Path('FILE.csv'))} {flags}"))
    causes = _in_turn(ledger, may_be_bias=may_be_bias and not no_better)
    for cause in causes:
        plan.go_on_with(cause)
    first = {remedy.key: remedy for remedy in _if_mismatch(ledger, plan.differ)}
    for remedy in first.values():
        looks = remedy.key == "compare-sets" and any(one.differ for one in plan.differ)
        plan.go_on_with(FIRST if looks else next((one for one in ("mismatch", "variance") if one in causes), FIRST))
        _CONCRETE[remedy.key](plan, remedy)
    if known and unfitted:
        plan.go_on_with("bias" if "bias" in causes and not no_better else FIRST)
        for held in from_fitting(known):
            plan.cut_short |= held.kind == "length"
            _take_back(plan, held)
    if known and "variance" in ledger.causes:
        plan.go_on_with("variance")
        for held in from_generalising(known):
            _take_back(plan, held)
    found = _remedies(ledger, no_better=no_better, may_be_bias=may_be_bias, perfect=perfect)
    late = MORE if gains_too_little(known, ledger.worth) else ()
    for remedy in in_order(found, known, ledger.worth):
        if remedy.key in first:
            continue
        plan.go_on_with(LAST if remedy.key in late else _part_of(remedy, ledger, causes))
        if known and remedy.key in _CONCRETE:
            _CONCRETE[remedy.key](plan, remedy)
        elif remedy.key != "give-human":
            _say(plan, remedy)
    if plan.tried and "variance" in ledger.causes and not gains_too_little(known, ledger.worth) \
            and not any(" fit " in step.command for step in plan.steps):
        plan.parts[FIRST].insert(0, NextStep(say("Of what can be tried here only more data is left."), ""))
    if plan.tried:
        plan.go_on_with(LAST)
        plan.tell(say("Tried already, without a clear gain: {tried}.", tried="; ".join(
            f"{what} ({printable(path)})" for what, path in plan.tried.items())), "")
    return plan.steps


def _in_turn(ledger: Ledger, *, may_be_bias: bool) -> list[str]:
    """The causes, that of the largest gap first; before them a bias that there may be."""
    size: dict[str, float] = {gap.name: abs(gap.points) for gap in ledger.gaps}
    causes: list[str] = sorted(ledger.causes, key=lambda cause: -size.get(cause, 0.0))
    return causes if "bias" in causes or not may_be_bias else ["bias", *causes]


def _part_of(remedy: Remedy, ledger: Ledger, causes: Sequence[str]) -> str:
    """The cause that it is for, the first where it is for several."""
    key = "regularise" if remedy.key == "transfer" else remedy.key
    return next((cause for cause in causes if cause in ledger.causes and any(
        one.key == key for one in remedies(cause, worse_than_human=False))), LAST)


def _remedies(ledger: Ledger, *, no_better: bool, may_be_bias: bool, perfect: bool) -> list[Remedy]:
    """Those of the cause; before the test set is opened those of a bias that there may be."""
    found = list(remedies(ledger.cause, worse_than_human=ledger.worse_than_human, metric=ledger.metric))
    for_bias = [remedy for remedy in remedies("bias", metric=ledger.metric) if remedy.key in FOR_BIAS_ALONE]
    if no_better and not ledger.causes:
        found = [*for_bias, *found]
    elif may_be_bias and not ledger.causes:
        found = [*(one for one in for_bias if one.key == "train-longer"), *found[::-1]]
    if ledger.reversed or no_better:
        found = [one for one in found if one.key != "open-test"]
    if ledger.reversed:
        found = [one for one in found if one.key != "compare-sets"]
    if perfect:
        found = [one for one in found if one.key not in FOR_BIAS_ALONE]
    if {row.set: row.value for row in ledger.rows}["dev"] == _best(ledger.metric):  # nothing is wrong to go through
        found = [one for one in found if one.key != "error-analysis"]
    return list(dict.fromkeys(found))


def _if_mismatch(ledger: Ledger, differ: Sequence[SetComparison]) -> tuple[Remedy, ...]:
    """What comes first where a cause is, or may be, another distribution: that can be seen at once, before all else.

    Where it cannot be told yet whether the gap is one, what differs is looked at, and nothing is changed.
    """
    ends = {one.b for one in differ if one.differ}
    verdicts = {gap.verdict for gap in ledger.gaps
                if ledger.may_be_mismatch(gap) or (gap.name == "mismatch" and gap.end in ends)}
    found = remedies("mismatch", metric=ledger.metric, worse_than_human=False)
    if "cause" in verdicts:
        return found
    return tuple(one for one in found if one.key == "compare-sets") if "cannot tell" in verdicts else ()


def _best(metric: Facts) -> float | None:
    """The best value that there can be, if there is one."""
    if metric["direction"] == "lower":
        return 0.0
    return 1.0 if metric["scale"] == "rate" else None


def _picked(cause: str, key: str, ledger: Ledger) -> Remedy:
    return next(remedy for remedy in remedies(cause, metric=ledger.metric) if remedy.key == key)


def _of_the_easier(ledger: Ledger) -> Remedy:
    """To see how sets differ, of those of which the later is the easier."""
    remedy = _picked("mismatch", "compare-sets", ledger)
    if any(gap.end != "test" for gap in ledger.reversed):
        return remedy
    return replace(remedy, what=say("Look at the worst {units} by hand and find how dev differs from test.",
                                    units=units_of_dev(ledger.metric)))


def _say(plan: Plan, remedy: Remedy) -> None:
    plan.tell(remedy.what, remedy.why)


def _ask_for_human(
    plan: Plan, known: RunContext | None, table: Path | None, metric: str, ledger: Ledger
) -> None:
    """No number that could be copied as it stands: it is the reader's to find out."""
    remedy = _picked("cannot tell yet", "give-human", ledger)
    judged = known.path if known else table
    if judged is None:
        _say(plan, remedy)
        return
    by = f" --metric {shell_word(metric)}" if metric else ""
    form = "ERROR" if ledger.metric["name"] == "error" else metric_name(ledger.metric).replace(" ", "-").upper()
    plan.tell(remedy.what, remedy.why, f"wengu diagnose {shell_word(judged)}{by} --human {form}")


def _take_back(plan: Plan, held: HeldBack) -> None:
    plan.fit(say("Leave out {flags}: {why}.", flags=held.flags, why=held.why), "", without=held.names)


def _compare_sets(plan: Plan, remedy: Remedy) -> None:
    """Beside the worst examples, what a classifier tells two sets by."""
    if not any(one.differ for one in plan.differ):
        _say(plan, remedy)
    else:
        plan.add(NextStep(say("See how the sets differ, and by which examples."), remedy.why,
                                   f"wengu data compare {shell_word(plan.known.path)}"))


def _nearer_data(plan: Plan, remedy: Remedy) -> None:
    """Training data made nearer to dev, or drawn as dev is; and what to collect, by those that are nearest already."""
    for one in nearer_steps(plan.differ, plan.known.settings):
        plan.fit(one.what, remedy.why, one.remark, **one.how)
    plan.tell(remedy.what, remedy.why, to_collect(plan.differ))


def _train_longer(plan: Plan, remedy: Remedy) -> None:
    known = plan.known
    if still_falling(known) and not plan.cut_short:  # else dev had stopped falling, or it was interrupted and goes on
        plan.fit(remedy.what, remedy.why,
                 say("the best epoch was {best} of {epochs}", best=known.best_epoch, epochs=known.settings["epochs"]),
                 epochs=2 * known.settings["epochs"])


def _tune(plan: Plan, remedy: Remedy) -> None:
    """α in the direction that the training cost tells; it says nothing where it has come down and is level."""
    known, lr = plan.known, plan.known.settings.get("lr")
    check = say("see which suits: {command}", command=f"{known.fit()} --check")
    if lr and at_chance(known):
        plan.fit(say("Take a smaller learning rate: the training cost did not come down."), remedy.why, check,
                 lr=float(f"{lr / 10:.1g}"))
    elif lr and still_falling(known) and not plan.cut_short:
        plan.fit(say("Take a larger learning rate: the training cost was still falling at the end."), remedy.why, check,
                 lr=float(f"{3 * lr:.1g}"))


def _bigger(plan: Plan, remedy: Remedy) -> None:
    """The one that the recipe's entry names; who brought a network of their own can make it bigger."""
    known = plan.known
    listed = recipe(known.recipe).NETWORKS if known.recipe in recipes() else {}
    if known.network not in listed:
        _say(plan, remedy)
    elif bigger := listed[known.network].bigger:
        plan.fit(remedy.what, remedy.why, network=bigger)
    elif "width" in listed[known.network].options:
        plan.fit(remedy.what, remedy.why, say("twice the units in each layer"),
                 width=2 * float(known.settings.get("width") or 1.0))


def _no_command(plan: Plan, remedy: Remedy) -> None:
    """Which other would suit the data is not known."""


def _open_test(plan: Plan, remedy: Remedy) -> None:
    plan.add(NextStep(remedy.what, remedy.why, plan.known.diagnose("--open-test")))


def _errors(plan: Plan, remedy: Remedy) -> None:
    plan.tell(remedy.what, remedy.why, say("the report shows the worst ones"))


_NOBODYS = RunContext(Path(), "", "", {}, {}, 0, 1, 1, "", 0)

_CONCRETE: dict[str, Callable[[Plan, Remedy], None]] = {
    "bigger-network": _bigger,
    "better-optimiser": _tune,
    "other-architecture": _no_command,
    "more-data": more_data,
    "more-examples": more_examples,
    "bigger-dev": more_examples,
    "transfer": transfer,
    "regularise": regularise,
    "train-longer": _train_longer,
    "compare-sets": _compare_sets,
    "nearer-data": _nearer_data,
    "open-test": _open_test,
    "error-analysis": _errors,
}
