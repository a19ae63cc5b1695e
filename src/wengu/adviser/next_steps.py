"""What to try next, in order, each a command where it can be one.                                    [notes 15.6]

    go on with what was interrupted
    start from the best run           where another one beside it is clearly better
    see how sets differ               where a later set is the easier one
    ask what people reach             where it is unknown, and what is left may be bias
    look at the labels                where the model is no better than always one answer: do inputs tell them at all?
    take back own settings            that may be what holds it back (held_back.py)
    the remedies of the cause         in the notes' order (practice.remedies), with this run's own settings; more data
                                      last where the learning curve says that it gains too little (more_data.py)
    measure on more                   where a gap cannot be told, what would decide it (measure_more.py)

Of several causes each has its turn, that of the largest gap first, so that the first few steps hold one for each; what
only looks at the sets comes before them.

What a run beside it has tried already, or tried further, is not advised again: it is named at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from wengu.adviser.beside import Unlearnt
from wengu.adviser.expected import expected
from wengu.adviser.held_back import from_fitting, from_generalising, left_behind
from wengu.adviser.measure_more import measure_more
from wengu.adviser.more_data import MORE, gains_too_little, in_order
from wengu.adviser.plan import FIRST, LAST, NextStep, Plan
from wengu.adviser.remedy_steps import NOBODYS, ask_for_human, compare_sets, step_of, take_back
from wengu.adviser.run_context import RunContext, loss_of
from wengu.adviser.set_comparison import SetComparison
from wengu.core.i18n import say
from wengu.core.printable import shell_word
from wengu.practice import Ledger, Remedy, remedies
from wengu.practice.ledger_words import bias_is_open, in_reach, set_name
from wengu.practice.metric_words import Facts, units_of_dev

FOR_BIAS_ALONE = ("bigger-network", "train-longer", "better-optimiser")
ONCE_LABELS_ARE_RIGHT = ("train-longer", "bigger-network", "other-architecture", "better-optimiser")


def next_steps(
    ledger: Ledger,
    known: RunContext | None = None,
    *,
    table: Path | None = None,
    flags: str = "",
    no_better: bool = False,
    unlearnt: Unlearnt = "",
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
    remedies of a variance, which it may be instead. `flags` are what `wengu diagnose` was given, as in `--metric
    macro-f1`; `unlearnt` is the set up to which it learnt nothing; where `rare` classes fail, whose errors the error of
    all hides, one that counts them alike comes first.
    """
    known = known and replace(known, loss=loss_of(ledger))
    value = {row.set: row.value for row in ledger.rows}
    perfect = value["train"] == _best(ledger.metric)
    unknown = ledger.worse_than_human is None and value["dev"] != _best(ledger.metric)
    may_be_bias = unknown and (ledger.possible_bias is not None or (not ledger.causes and bias_is_open(ledger)))
    plan = Plan(known or NOBODYS, differ, expected=expected(ledger), left_behind=left_behind(known) if known else {})
    judge = known.diagnose(flags) if known else f"wengu diagnose {shell_word(table)} {flags}" if table else ""
    if known and known.stopped == "interrupted":
        plan.add(NextStep(say("Continue this run; it was stopped before the end."), "", known.resume()))
    for what in look_first:
        plan.tell(what, "")
    if ledger.reversed:
        compare_sets(plan, _of_the_easier(ledger))
        _why_easier(plan, ledger)
    if easier := any(gap.start == "train" for gap in ledger.reversed) and not ledger.causes:
        may_be_bias = False  # what is wrong on train may be its labels
    if look_first:  # until the sets are right, nothing that they say of the model is
        return plan.steps
    unfitted = ("bias" in ledger.causes or no_better or may_be_bias) and not perfect and not easier
    if may_be_bias:
        ask_for_human(plan, _picked("cannot tell yet", "give-human", ledger), ledger, judge.strip())
    if rare and ledger.metric["name"] == "error":
        judge = judge or "wengu diagnose FILE.csv"
        plan.add(NextStep(say("Judge every class alike, however rare it is."), "",
                          f"{judge.strip()} --metric balanced-accuracy"))
    causes = _in_turn(ledger, may_be_bias=may_be_bias and not no_better)
    for cause in causes:
        plan.go_on_with(cause)
    first = {remedy.key: remedy for remedy in _if_mismatch(ledger, plan.differ)}
    for remedy in first.values():
        looks = remedy.key == "compare-sets" and any(one.differ for one in plan.differ)
        plan.go_on_with(FIRST if looks else next((one for one in ("mismatch", "variance") if one in causes), FIRST))
        step_of(plan, remedy, ledger)
    if unlearnt and not first:
        plan.go_on_with(FIRST)
        _look_at_labels(plan, unlearnt, ledger)
    late = MORE if gains_too_little(known, ledger.worth) else ()
    for held in from_fitting(known) if known else ():
        refuted = not {*held.names}.isdisjoint(plan.left_behind)  # by its training cost, whatever the cause
        if unfitted or refuted:
            largest = "bias" in causes and (not refuted or causes[0] == "bias") and not no_better
            plan.go_on_with("bias" if largest else FIRST)
            plan.cut_short |= held.kind == "length"
            take_back(plan, held)
    if known and "variance" in ledger.causes:
        for held in from_generalising(known):
            plan.go_on_with(LAST if late and held.kind == "fewer" else "variance")
            take_back(plan, held)
    found = _remedies(ledger, causes, no_better=no_better, unlearnt=unlearnt, may_be_bias=may_be_bias, perfect=perfect,
                      of_a_run=known is not None)
    for remedy in in_order(found, known, ledger.worth):
        if remedy.key not in first:
            plan.go_on_with(LAST if remedy.key in late else _part_of(remedy, ledger, causes))
            step_of(plan, remedy, ledger)
    if ledger.causes and ledger.needed:  # another gap than that of the cause
        plan.go_on_with(LAST)
        measure_more(plan, _picked("cannot tell yet", "more-examples", ledger), ledger)
    if plan.tried and "variance" in ledger.causes and not late \
            and not any(" fit " in step.command for step in plan.steps):
        plan.parts[FIRST].insert(0, NextStep(say("Of what can be tried here only more data is left."), ""))
    plan.tell_tried()
    return plan.steps


def _in_turn(ledger: Ledger, *, may_be_bias: bool) -> list[str]:
    """The causes, that of the largest gap first; before them a bias that there may be."""
    size: dict[str, float] = {gap.name: abs(gap.points) for gap in ledger.gaps}
    causes: list[str] = sorted(ledger.causes, key=lambda cause: -size.get(cause, 0.0))
    return causes if "bias" in causes or not may_be_bias else ["bias", *causes]


def _part_of(remedy: Remedy, ledger: Ledger, causes: Sequence[str]) -> str:
    """The cause that it is for, the first where it is for several."""
    like = "regularise" if "variance" in causes else "bigger-network"
    key = like if remedy.key == "transfer" else remedy.key
    return next((cause for cause in causes if cause in ledger.causes and any(
        one.key == key for one in remedies(cause, worse_than_human=False))), LAST)


def _remedies(
    ledger: Ledger,
    causes: Sequence[str],
    *,
    no_better: bool,
    unlearnt: Unlearnt,
    may_be_bias: bool,
    perfect: bool,
    of_a_run: bool,
) -> list[Remedy]:
    """Those of the causes, each in the notes' order; before the test set is opened those of a bias that may be there.

    Where the cause cannot be told there is none, but to go on with a run whose own cost was still falling.

    What learnt nothing, though its labels are right, first gets more room and time, and another α last.
    """
    unknown = ledger.cause == "cannot tell yet" and unlearnt != "train"  # then only what would decide
    in_turn = " and ".join(cause for cause in causes if cause in ledger.causes) or ledger.cause
    found = list(remedies(in_turn, worse_than_human=ledger.worse_than_human, metric=ledger.metric))
    for_bias = [remedy for remedy in remedies("bias", metric=ledger.metric) if remedy.key in FOR_BIAS_ALONE]
    if no_better and not ledger.causes and not unknown:
        found = [*for_bias, *found]
    elif may_be_bias and not ledger.causes:
        longer = (one for one in for_bias if one.key == "train-longer" and (of_a_run or not unknown))
        found = [*longer, *found[::-1]]
    if ledger.reversed or no_better:
        found = [one for one in found if one.key != "open-test"]
    if ledger.reversed:
        found = [one for one in found if one.key != "compare-sets"]
    if perfect:
        found = [one for one in found if one.key not in FOR_BIAS_ALONE]
    if {row.set: row.value for row in ledger.rows}["dev"] == _best(ledger.metric):  # nothing is wrong to go through
        found = [one for one in found if one.key != "error-analysis"]
    if unlearnt == "train":
        found.sort(key=lambda one: ONCE_LABELS_ARE_RIGHT.index(one.key) if one.key in ONCE_LABELS_ARE_RIGHT else 9)
    return list(dict.fromkeys(found))


def _look_at_labels(plan: Plan, unlearnt: Unlearnt, ledger: Ledger) -> None:
    """Whether they belong to the inputs at all, which no setting of a training can mend; of too few nobody can tell."""
    if unlearnt == "few":
        if not (ledger.cause == "cannot tell yet" and in_reach(ledger)):  # else it is said with how many
            plan.tell(say("Measure on more examples: there are too few to tell whether it is better than always one "
                          "answer."), "")
        return
    what = (say("Look at some training examples beside their labels, and at their inputs: on train, too, it is hardly "
                "better than always one answer.") if unlearnt == "train" else
            say("Look at some dev examples beside their labels, and at their inputs: what it learnt on train says "
                "nothing of dev."))
    plan.tell(what, "", "" if plan.known is NOBODYS else
              say("{command} looks over the data", command=f"{plan.known.fit()} --check"))


def _why_easier(plan: Plan, ledger: Ledger) -> None:
    """What may make a later set the easier one: to be looked at, not to be trained away."""
    for gap in ledger.reversed:
        earlier, later = set_name(gap.start), set_name(gap.end)
        plan.tell(say("Look for labels of {earlier} that are noisier, for copies of training examples in {later}, and "
                      "for easier examples in {later}.", earlier=earlier, later=later), "")


def _if_mismatch(ledger: Ledger, differ: Sequence[SetComparison]) -> tuple[Remedy, ...]:
    """What comes first where a cause is, or may be, another distribution: that can be seen at once, before all else.

    Where it cannot be told yet whether the gap is one, or nobody has looked, what differs is looked at, and nothing is
    changed.
    """
    ends = {one.b for one in differ if one.differ}
    verdicts = {gap.verdict for gap in ledger.gaps
                if ledger.may_be_mismatch(gap) or (gap.name == "mismatch" and gap.end in ends)}
    found = remedies("mismatch", metric=ledger.metric, worse_than_human=False)
    if "cause" in verdicts and not ledger.unknown_source:
        return found
    looks = "cannot tell" in verdicts or (ledger.unknown_source and "cause" in verdicts)
    return tuple(one for one in found if one.key == "compare-sets") if looks else ()


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
